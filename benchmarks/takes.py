"""Sound whose meaning is known: what the benchmarks of listening hear."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import soundfile
import yaml

from model.intent import Intent

RECORDINGS: Final = Path(__file__).parents[1] / "recordings"
"""The project's own, with `recordings.yaml`."""

LIST: Final = "takes.jsonl"
"""In a folder that recordings/sounds.py made."""

TAIL_S: Final = 1.0
"""Seconds without speech after the words, in the project's own recordings and in those of recordings/sounds.py."""

SOUND: Final = {".flac", ".wav"}


@dataclass(frozen=True, slots=True)
class Take:
    """One recording."""

    path: Path
    """The file."""

    intent: Intent
    """What a lamp should do about it."""

    said: tuple[str, ...] | None
    """The words; None where nobody wrote them down."""

    condition: str
    """`recordings`, `clean`, `noise12` or, of people, the name of the folder."""

    def end_of_speech_s(self) -> float:
        """Where the words end, in seconds; of a take with words."""
        return float(soundfile.info(self.path).duration) - TAIL_S


def own_takes() -> list[Take]:
    """The project's own recordings, an evening."""
    rows = yaml.safe_load((RECORDINGS / "recordings.yaml").read_text(encoding="utf-8"))
    takes = []
    for row in rows:
        name = row["words"].replace("'", "").replace(" ", "_")
        takes.append(
            Take(RECORDINGS / f"{name}.wav", row["intent"], tuple(row["words"].split()), "recordings")
        )
    return takes


def spoken_takes(folder: Path, most: int | None = None) -> list[Take]:
    """The first `most` takes of a folder that recordings/sounds.py made. Raises OSError, ValueError, KeyError."""
    lines = (folder / LIST).read_text(encoding="utf-8").splitlines()[:most]
    rows = [json.loads(line) for line in lines]
    return [
        Take(folder / row["file"], row["intent"], tuple(row["said"].split()), row["condition"])
        for row in rows
    ]


def people_takes(folder: Path) -> list[Take]:
    """Recordings of people who ask a lamp for nothing, in folders below this one."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in SOUND)
    return [Take(path, "none", None, path.parent.name) for path in paths]
