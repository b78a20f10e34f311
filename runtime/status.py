"""What a running lamp says about itself."""

from pathlib import Path
from typing import Any

from runtime.control import ask

_TIMEOUT_S = 3.0
"""A status is at hand, so a lamp that takes longer hangs."""


def read_status(state_folder: Path) -> dict[str, Any]:
    """The status of the lamp that runs with `state_folder`.

    Raises NotRunningError if none does, ControlError if it may not be asked or gives no whole answer.
    """
    return ask(state_folder, {"do": "status"}, _TIMEOUT_S)
