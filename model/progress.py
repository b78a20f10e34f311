"""How long work tells how far it is."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with steps done and steps in all."""


def no_progress(_done: int, _total: int) -> None:
    """Show nothing."""
