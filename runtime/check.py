"""One thing that `foreglow doctor` looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    """What was looked at, in a word or two."""

    ok: bool
    """True if it is as it should be."""

    required: bool
    """False for what may be missing now and come later, as a microphone that is plugged in."""

    detail: str
    """What was found."""

    mend: str
    """What to do about it; empty when all is well."""


def good(name: str, detail: str) -> Check:
    """It is as it should be."""
    return Check(name, True, True, detail, "")


def bad(name: str, detail: str, mend: str, *, required: bool = True) -> Check:
    """It is not, and this is what to do."""
    return Check(name, False, required, detail, mend)
