"""Reading a form that was sent: small, soon, and from a page that we gave to this very browser."""

import asyncio
import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from runtime.page.visitors import visitor_of

MOST_BYTES: Final = 16_384
"""Of a form; ours have a few hundred."""

_MOST_FIELDS: Final = 20
_SOON_S: Final = 10.0


async def sent_form(request: Request) -> Mapping[str, str]:
    """The fields of a form. Raises HTTPException 403 unless it comes from our page; 413, 408 and 400 as they say."""
    form = await read_form(request)
    # Of bytes: compare_digest takes no other letters than ASCII, and anything may have been sent.
    ours, sent = visitor_of(request).form_token.encode(), form.get("token", "").encode("utf-8", "replace")
    if not hmac.compare_digest(ours, sent):
        raise HTTPException(403, "This form is too old, or not from here. Load the page again.")
    return form


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a form from anywhere; of those given twice the last. Raises HTTPException 413, 408 and 400."""
    data = bytearray()
    try:
        async with asyncio.timeout(_SOON_S):
            async for chunk in request.stream():
                data += chunk
                if len(data) > MOST_BYTES:
                    raise HTTPException(413, "This is too much for a form of the lamp.")
    except TimeoutError:
        raise HTTPException(408, "The form did not arrive in time.") from None
    try:
        pairs = parse_qsl(data.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise HTTPException(400, "This is no form of the lamp.") from None
    return dict(pairs)
