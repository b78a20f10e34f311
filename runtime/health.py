"""What a running lamp knows about itself, for `foreglow status`."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runtime.events import Decided, Event, Heard, Retracted, Switched


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(slots=True)
class Health:
    """Counted by the listening thread, read by the status thread: single values, each whole on its own."""

    since: str = field(default_factory=_now)
    """When the process began, in UTC, ISO 8601."""

    state: str = "starting"
    """`starting`, `listening`, `muted` or `no microphone`."""

    microphone: str | None = None
    """Name of the device heard last."""

    microphone_trouble: str | None = None
    """With `no microphone`, the sentence that says why."""

    reopenings: int = 0
    """Times the microphone was lost and heard again."""

    pipeline_restarts: int = 0
    """Times what hears and decides failed and was begun afresh."""

    bundle: str | None = None
    """Version of the language model in service."""

    blocks: int = 0
    """Blocks of sound heard, 32 ms each."""

    dropped_blocks: int = 0
    """Blocks lost because computing did not keep up."""

    overflows: int = 0
    """Times the device lost sound before handing it over."""

    utterances: int = 0
    """Utterances heard to their end."""

    decisions: int = 0
    """Times the lamp decided to switch."""

    retractions: int = 0
    """Times it took a decision back."""

    light: str | None = None
    """`on` or `off` as last commanded; None before the first command."""

    last_decision: dict[str, Any] | None = None
    """Intent, confidence, text and UTC time of the last decision."""

    compute_ratio: float = 0.0
    """Seconds of computing for each second of sound, since the start."""

    parts: dict[str, Callable[[], Any]] = field(default_factory=dict)
    """What else knows how it is, by the name under which it is told."""

    def count(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case Heard(hypothesis=hypothesis) if hypothesis.final:
                self.utterances += 1
            case Decided(decision=decision):
                self.decisions += 1
                self.last_decision = {
                    "at": _now(),
                    "intent": decision.intent,
                    "confidence": round(decision.confidence, 4),
                    "text": " ".join(decision.words),
                }
            case Retracted():
                self.retractions += 1
            case Switched(on=on):
                self.light = "on" if on else "off"

    def snapshot(self) -> dict[str, Any]:
        """All of it and the memory in use, ready for JSON."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "parts"}
        told = {name: tell() for name, tell in tuple(self.parts.items())}
        return {"pid": os.getpid(), **values, **told, "memory_mb": resident_mb()}


def resident_mb() -> float | None:
    """Memory of this process in MB (10^6 bytes); None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
