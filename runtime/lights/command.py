"""A light that a program of the person's own switches."""

from collections.abc import Sequence

from runtime.errors import LightError
from runtime.lights.light import state_of
from runtime.program import run_program


class CommandDevice:
    """Runs a program with `on` or `off` as its last argument."""

    def __init__(self, command: Sequence[str]) -> None:
        """`command`: program and arguments, at least the program."""
        self._command = tuple(command)
        self.name = f"The light program {self._command[0]}"

    def set(self, on: bool, timeout_s: float) -> None:
        """Run it to its end; it is killed when the time is over. Raises LightError."""
        failure = run_program((*self._command, state_of(on)), timeout_s)
        if failure is not None:
            raise LightError(failure)

    def close(self) -> None:
        """No program is left running."""
