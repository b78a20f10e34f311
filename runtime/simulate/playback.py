"""`foreglow simulate SCRIPT.jsonl`: the whole loop on a simulated clock, weeks in seconds."""

import heapq
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import count, groupby
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory

from capture.recording import read_recording
from model.vocabulary import split_words
from runtime.config import Config
from runtime.events import Decided, End, Event, Heard, Retracted, Retrained, SpeechEnded
from runtime.journal.journal import Journal
from runtime.lamp import Lamp, load_lamp
from runtime.learning.lessons import windows_of
from runtime.learning.loop import Loop
from runtime.learning.teacher import Teacher
from runtime.pipeline import told
from runtime.report import Report
from runtime.service import Service, load_service
from runtime.simulate.script import (
    HeardLine,
    RetrainLine,
    SayLine,
    ScriptError,
    ScriptLine,
    SwitchLine,
    read_script,
)
from runtime.state_lock import state_lock
from transcribe.hypothesis import Hypothesis

WORD_S = 0.3
"""Seconds from one heard word to the next."""

PARTIAL_S = 0.06
"""Seconds between two partials with the same words; a spoken word lasts for several."""

FINAL_S = 0.5
"""Seconds from the last partial to the final."""

Learn = Callable[
    [Config, Service, Journal, Callable[[], float]], tuple[Teacher, Callable[[], Mapping[str, object]]]
]
"""Makes what learns, for one state folder and a clock: the teacher, and what retrains and tells the result."""


class NoLight:
    """Nothing is switched in a simulation."""

    def switch(self, on: bool) -> None:
        """Nothing to switch."""

    def close(self) -> None:
        """Nothing to let go of."""


def simulate_script(
    path: Path,
    config: Config,
    report: Report,
    complain: Callable[[str], None],
    learn: Learn,
    *,
    state: Path | None = None,
    real_time: bool = False,
    wall: Callable[[], float] = time.time,
) -> None:
    """Play a script.

    Args:
        complain: told one sentence when a learned bundle cannot be used.
        learn: makes the teacher and what retrains.
        state: the state folder to use and to leave behind; None uses one that is removed in the end.
        real_time: let the clock run as fast as a real one.
        wall: the time in seconds since 1970 at which the simulation begins.

    Raises:
        ForeglowError, CaptureError, TranscribeError, BundleError
    """
    lines = read_script(path)
    for line in lines:
        if isinstance(line, SayLine) and not line.path.is_file():
            raise ScriptError(f"{path}, line {line.number}: there is no recording {line.path}.")
    with _state_folder(state) as folder:
        config = config.model_copy(update={"state_dir": folder})
        service = load_service(config, complain)
        clock = _Clock(wall(), real_time=real_time)
        with Journal.open(folder, now=clock.wall) as journal:
            if journal.set_aside is not None:
                complain(
                    f"the journal was damaged; it is kept as {journal.set_aside}, and a new one is begun."
                )
            teacher, retrain = learn(config, service, journal, clock.wall)
            loop = Loop(
                *(journal, teacher, windows_of(config.learn), lambda: service.reading),
                light=NoLight(),
                tell=report.show,
                wall=clock.wall,
            )
            report.begin(str(path))
            begin = time.perf_counter()
            stage = _Stage(loop, clock, service, config)
            stage.play(lines, lambda: report.show(Retrained(clock.now_s, retrain())))
            report.show(End(clock.now_s, time.perf_counter() - begin, dropped_blocks=0))


@contextmanager
def _state_folder(given: Path | None) -> Iterator[Path]:
    if given is None:
        with TemporaryDirectory(prefix="foreglow-") as folder:
            yield Path(folder)
    else:
        with state_lock(given):
            yield given


class _Clock:
    """The clock of the simulation: it goes on only when told to."""

    def __init__(self, begin: float, *, real_time: bool) -> None:
        self._begin = begin
        self._real_time = real_time
        self._began_s = time.monotonic()
        self.now_s = 0.0

    def wall(self) -> float:
        """Simulated seconds since 1970."""
        return self._begin + self.now_s

    def move(self, at_s: float) -> None:
        """Go on to that time, or stay when it is past."""
        self.now_s = max(self.now_s, at_s)
        if self._real_time:
            time.sleep(max(0.0, self._began_s + self.now_s - time.monotonic()))


class _Stage:
    """Plays the lines of a script; what a line begins may go on while the next one begins."""

    def __init__(self, loop: Loop, clock: _Clock, service: Service, config: Config) -> None:
        self._loop = loop
        self._clock = clock
        self._service = service
        self._config = config
        self._reader = service.reader()
        self._lamp: Lamp | None = None
        self._steps: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._silent_from_s = 0.0

    def play(self, lines: Sequence[ScriptLine], retrain: Callable[[], object]) -> None:
        for line in lines:
            self._pass(line.at_s)
            match line:
                case HeardLine(text=text):
                    self._hear(line.at_s, split_words(text))
                case SayLine(path=path):
                    self._say(line.at_s, path)
                case SwitchLine(on=on):
                    self._loop.flip(on, "switch", line.at_s)
                case RetrainLine():
                    retrain()
        self._pass(math.inf)
        self._loop.end(self._clock.now_s)

    def _pass(self, until_s: float) -> None:
        """Everything that is under way up to that time, in order; lessons come when they are due."""
        while True:
            step_s = self._steps[0][0] if self._steps else math.inf
            due_s = max(self._loop.due_s, self._clock.now_s)
            if min(step_s, due_s) > until_s or min(step_s, due_s) == math.inf:
                break
            self._clock.move(min(step_s, due_s))
            if step_s <= due_s:
                heapq.heappop(self._steps)[2]()
            else:
                self._loop.tick(due_s)
        if until_s < math.inf:
            self._clock.move(until_s)

    def _at(self, at_s: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._steps, (at_s, next(self._order), do))

    def _hear(self, at_s: float, words: tuple[str, ...]) -> None:
        """Words one by one, as the recogniser would write them, then the final."""
        if not words:
            return
        start_s = max(at_s, self._silent_from_s)  # nobody is heard while another speaks
        last_s = start_s + WORD_S * len(words)
        repeats = self._service.brain.policy.consecutive
        spacing_s = min(PARTIAL_S, WORD_S / repeats)
        for number in range(1, len(words) + 1):
            for again in range(repeats):
                time_s = start_s + WORD_S * number + spacing_s * again
                # Made when its time has come: all beginnings of a long text at once would take much memory.
                said = partial(_beginning, words, number, time_s, start_s)
                self._step(time_s, said, news=again == 0)
        self._silent_from_s = last_s + FINAL_S
        final = Hypothesis(words, True, self._silent_from_s, start_s)
        self._step(final.time, lambda: final, news=True)
        self._at(self._silent_from_s, lambda: self._tell(SpeechEnded(last_s + FINAL_S, last_s)))

    def _step(self, at_s: float, said: Callable[[], Hypothesis], *, news: bool) -> None:
        def read() -> None:
            hypothesis = said()
            changes = self._reader.hear(hypothesis)
            known = hypothesis if news else None
            self._tell(*told(known, self._reader.trace, self._reader.ended, changes, hypothesis.time))

        self._at(at_s, read)

    def _say(self, at_s: float, path: Path) -> None:
        """A recording through the real pipeline; what it gives is told at its time."""
        if self._lamp is None:
            self._lamp = load_lamp(self._config, self._service)
        start_s = max(at_s, self._silent_from_s)
        pipeline = self._lamp.pipeline()
        events = [event for block in read_recording(path) for event in pipeline.hear(block)]
        later = (_later(event, start_s) for event in [*events, *pipeline.finish()])
        for time_s, together in groupby(later, attrgetter("time")):
            self._at(time_s, partial(self._tell, *together))
        self._silent_from_s = start_s + pipeline.heard_until_s

    def _tell(self, *events: Event) -> None:
        for event in events:
            self._loop.hear(event)
        if events:
            self._loop.tick(self._clock.now_s)


def _beginning(words: tuple[str, ...], number: int, time_s: float, start_s: float) -> Hypothesis:
    """The partial after so many words."""
    return Hypothesis(words[:number], False, time_s, start_s)


def _later(event: Event, by_s: float) -> Heard | Decided | Retracted | SpeechEnded:
    """An event of a recording, on the clock of the script."""
    match event:
        case Heard(hypothesis=said):
            ends = tuple(end_s + by_s for end_s in said.ends)
            said = replace(said, time=said.time + by_s, start=said.start + by_s, ends=ends)
            return replace(event, time=event.time + by_s, hypothesis=said)
        case Decided(decision=decision):
            decision = replace(decision, time=decision.time + by_s)
            return Decided(event.time + by_s, decision)
        case Retracted(retraction=retraction):
            retraction = replace(retraction, time=retraction.time + by_s)
            return replace(event, time=event.time + by_s, retraction=retraction)
        case SpeechEnded():
            return SpeechEnded(event.time + by_s, event.last_speech + by_s)
    raise AssertionError(f"a pipeline gives no {type(event).__name__}")
