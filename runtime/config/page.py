"""The configuration of the web page."""

from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from runtime.config.types import Flag, Section, Text, Whole


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise PydanticCustomError(
            "text", "must be an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them"
        ) from None


class PageConfig(Section):
    """The web page of the lamp."""

    enabled: Flag = False
    """Whether `foreglow run` serves the page; `foreglow page` does so at any time."""

    address: Annotated[Text, AfterValidator(_address)] = "127.0.0.1"
    """Address of this machine at which it is served; 0.0.0.0 is all of them. On any but 127.0.0.1 and ::1 a browser
    has to be let in with a link that `foreglow page --link` gives."""

    port: Whole = Field(default=8080, ge=1, le=65535)
    """Port of the page."""
