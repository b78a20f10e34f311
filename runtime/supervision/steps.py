"""What installing and removing a service consists of: each step can be told before it is done."""

import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from runtime.durable import sync_folder, temporary, write_synced
from runtime.errors import ServiceError


class Step(Protocol):
    """One thing that is done to the system."""

    def would(self) -> str:
        """What it would do, to follow "would"."""
        ...

    def do(self) -> str:
        """Do it; says what was done. Raises ServiceError or OSError."""
        ...


@dataclass(frozen=True)
class Write:
    """Write a file that everybody may read."""

    path: Path
    """Where."""

    text: str
    """All of it."""

    def would(self) -> str:
        """The file in full."""
        return f"write {self.path}:\n\n{self.text}"

    def do(self) -> str:
        """A reader finds the old file or the new one, whole."""
        if self.path.is_file() and self.path.read_text("utf-8", errors="replace") == self.text:
            return f"{self.path} is as it should be"
        fresh = temporary(self.path.parent)
        try:
            write_synced(fresh, self.text.encode())
            fresh.chmod(0o644)
            fresh.replace(self.path)
        finally:
            fresh.unlink(missing_ok=True)
        sync_folder(self.path.parent)
        return f"wrote {self.path}"


@dataclass(frozen=True)
class Run:
    """Run a command to its end."""

    command: tuple[str, ...]
    """Program and arguments."""

    hint: str = ""
    """What to do when it fails."""

    def would(self) -> str:
        """The command."""
        return f"run {' '.join(self.command)}"

    def do(self) -> str:
        """Raises ServiceError with the last line of what the command said."""
        try:
            done = subprocess.run(
                self.command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
            )
        except OSError as error:
            raise ServiceError(f"{self.command[0]} cannot be run: {error.strerror}.") from None
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit status {done.returncode}"]
            raise ServiceError(f"`{' '.join(self.command)}` failed: {lines[0]} {self.hint}".rstrip())
        return f"ran {' '.join(self.command)}"


@dataclass(frozen=True)
class Remove:
    """Remove a file, a link or a folder with all that is in it."""

    path: Path
    """What."""

    def would(self) -> str:
        """The path."""
        return f"remove {self.path}"

    def do(self) -> str:
        """Nothing there is fine."""
        if self.path.is_dir() and not self.path.is_symlink():
            shutil.rmtree(self.path)
        elif self.path.is_symlink() or self.path.exists():
            self.path.unlink()
        else:
            return f"{self.path} is not there"
        return f"removed {self.path}"


def carry_out(steps: Iterable[Step], dry_run: bool, tell: Callable[[str], object]) -> None:
    """Do every step in turn, or only say what it would do. Raises ServiceError, OSError."""
    for step in steps:
        tell(f"would {step.would()}" if dry_run else step.do())
