"""What the kernel tells of a process: memory, processor time, threads, bytes written."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class ProcessFigures:
    """One process at one moment; memory in MB of 10^6 bytes."""

    resident_mb: float
    """Memory in use, what is shared with other processes included."""

    peak_mb: float
    """The most that was ever in use."""

    proportional_mb: float
    """Memory in use, what is shared with other processes divided among them."""

    private_mb: float
    """Memory in use that is no file's: what swapping would have to write."""

    threads: int
    """Threads at work or asleep."""

    compute_s: float
    """Seconds of processor time so far, of all threads."""

    written_bytes: int
    """Bytes sent to a disk so far."""

    @classmethod
    def of(cls, pid: int) -> Self:
        """Of a running process of this user. Raises OSError when there is none."""
        folder = Path(f"/proc/{pid}")
        status = _fields(folder / "status")
        ticks = folder.joinpath("stat").read_text().rpartition(")")[2].split()
        return cls(
            resident_mb=status["VmRSS"] * 1024 / 1e6,
            peak_mb=status["VmHWM"] * 1024 / 1e6,
            proportional_mb=_fields(folder / "smaps_rollup")["Pss"] * 1024 / 1e6,
            private_mb=status["RssAnon"] * 1024 / 1e6,
            threads=status["Threads"],
            compute_s=(int(ticks[11]) + int(ticks[12])) * _TICK_S,
            written_bytes=_fields(folder / "io")["write_bytes"],
        )


def _fields(path: Path) -> dict[str, int]:
    """The lines of a file that hold a name and a whole number."""
    found = {}
    for line in path.read_text().splitlines():
        name, _, value = line.partition(":")
        if (words := value.split()) and words[0].isdecimal():
            found[name] = int(words[0])
    return found
