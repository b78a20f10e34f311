"""Who may come in: links that are good for one browser, and the browsers that were let in.

Beside the journal lies `page.json`: a secret, the SHA-256 of the link that may still be used, and of the cookie of
each browser. Whoever reads it can neither make a link nor a cookie of it. `foreglow page --link` changes it while
the page is being served.
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from runtime.durable import write_json
from runtime.errors import PageError

FILE_NAME: Final = "page.json"
"""In the state folder."""

LINK_S: Final = 86_400.0
"""Seconds for which a link that nobody used is good."""

BROWSER_S: Final = 365 * 86_400.0
"""Seconds after which a browser has to be let in again."""

MOST_BROWSERS: Final = 50
"""When more are let in, the one let in first goes."""

_RANDOM_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the file holds; times in seconds since 1970."""

    secret: str
    """From which the tokens of forms are made."""

    link: tuple[str, float] | None = None
    """Hash of the link that may be used, and when it was made."""

    browsers: Mapping[str, float] = field(default_factory=dict)
    """Hash of a cookie, and when it was given."""


class Door:
    """Usable from several threads and processes. Everything raises PageError if the file cannot be used."""

    def __init__(self, state_folder: Path, now: Callable[[], float] = time.time) -> None:
        """`now`: seconds since 1970."""
        self._path = state_folder / FILE_NAME
        self._now = now
        self._known: tuple[object, _Kept] | None = None

    def new_link(self) -> str:
        """A key that lets one browser in; the one given before is good no more."""
        key = secrets.token_urlsafe(_RANDOM_BYTES)
        with self._changing() as kept:
            self._write(replace(kept, link=(_hash(key), self._now())))
        return key

    def use_link(self, key: str) -> str | None:
        """The cookie for the browser that came with this key; None if the key is wrong, used or too old."""
        with self._changing() as kept:
            link = kept.link
            if link is None or not hmac.compare_digest(link[0], _hash(key)) or self._now() > link[1] + LINK_S:
                return None
            cookie = new_cookie()
            browsers = sorted({**kept.browsers, _hash(cookie): self._now()}.items(), key=lambda each: each[1])
            self._write(replace(kept, link=None, browsers=dict(browsers[-MOST_BROWSERS:])))
        return cookie

    def knows(self, cookie: str) -> bool:
        """Whether the browser with this cookie was let in, and has not left."""
        since = self._read().browsers.get(_hash(cookie))
        return since is not None and self._now() <= since + BROWSER_S

    def leave(self, cookie: str) -> None:
        """This cookie is good no more, whoever has a copy."""
        with self._changing() as kept:
            browsers = {each: since for each, since in kept.browsers.items() if each != _hash(cookie)}
            self._write(replace(kept, browsers=browsers))

    def form_token(self, cookie: str) -> str:
        """What a form shown to the browser with this cookie must send back."""
        return hmac.new(self._secret(), cookie.encode(), "sha256").hexdigest()

    def _secret(self) -> bytes:
        kept = self._read()
        if not kept.secret:
            with self._changing() as kept:
                self._write(kept)
        return kept.secret.encode()

    @contextmanager
    def _changing(self) -> Iterator[_Kept]:
        """What is kept, while nobody else changes it."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                kept = self._read()
                yield kept if kept.secret else replace(kept, secret=secrets.token_hex(_RANDOM_BYTES))
            finally:
                os.close(lock)
        except OSError as error:
            raise PageError(f"{self._path} cannot be written: {error.strerror}.") from None

    def _read(self) -> _Kept:
        """What the file holds now; looked at each time, read only when it has changed."""
        try:
            stat = self._path.stat()
            mark = (stat.st_ino, stat.st_mtime_ns)
            known = self._known
            if known is None or known[0] != mark:
                known = self._known = (mark, _kept_of(self._path.read_bytes()))
            return known[1]
        except FileNotFoundError:
            return _Kept(secret="")
        except OSError as error:
            raise PageError(f"{self._path} cannot be read: {error.strerror}.") from None

    def _write(self, kept: _Kept) -> None:
        self._known = None
        write_json(self._path, {"secret": kept.secret, "link": kept.link, "browsers": dict(kept.browsers)})


def new_cookie() -> str:
    """A random one."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _kept_of(data: bytes) -> _Kept:
    """A damaged file lets nobody in: everybody needs a new link."""
    try:
        value: Any = json.loads(data)
        link = value["link"]
        return _Kept(
            secret=str(value["secret"]),
            link=None if link is None else (str(link[0]), float(link[1])),
            browsers={str(each): float(since) for each, since in value["browsers"].items()},
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return _Kept(secret="")
