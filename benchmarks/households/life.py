"""A lamp lives in a household: the loop of the lamp on a simulated clock, people who react to what it does."""

import heapq
import math
from collections.abc import Callable, Sequence
from itertools import count
from typing import Final

from benchmarks.households.lamps import BEGIN, LampInHousehold
from benchmarks.households.plan import DAY_S, Flip, Moment, Talk, Wish
from benchmarks.households.record import Asked, Day, Record
from runtime.config import LearnConfig
from runtime.events import Decided, Event, SpeechEnded
from runtime.learning.lessons import windows_of
from runtime.learning.loop import Loop
from runtime.pipeline import told
from runtime.simulate.playback import FINAL_S, PARTIAL_S, WORD_S, NoLight
from transcribe.hypothesis import Hypothesis

NIGHT_S: Final = 3 * 3600.0
"""Seconds since midnight at which lamps retrain."""

REPAIRED_AFTER_S: Final = 40.0
"""From a wrong flip to the one that puts it right."""


def live(
    lamp: LampInHousehold, moments: Sequence[Moment], days: int, advance: Callable[[], object] = lambda: None
) -> Record:
    """Let a lamp live through what was planned; `advance` is called after each day."""
    stage = _Stage(lamp)
    waiting = iter([*moments, None])
    moment = next(waiting)
    for day in range(days):
        stage.record.days.append(Day())
        if day and day % lamp.nights == 0:
            stage.wait(day * DAY_S + NIGHT_S)
            lamp.retrain(BEGIN + stage.now_s)
        while moment is not None and moment.at_s < (day + 1) * DAY_S:
            stage.take(moment)
            moment = next(waiting)
        advance()
    stage.wait(days * DAY_S)
    stage.loop.end(stage.now_s)
    return stage.record


class _Stage:
    """Plays moments; flips that people have in mind happen in between."""

    def __init__(self, lamp: LampInHousehold) -> None:
        self.record = Record()
        self.now_s = 0.0
        self.loop = Loop(
            *(lamp.journal, lamp.teacher, windows_of(LearnConfig()), lambda: lamp.service.reading),
            light=NoLight(),
            tell=self._told,
            wall=lambda: BEGIN + self.now_s,
        )
        self._lamp = lamp
        self._reader = lamp.service.reader()
        self._repeats = lamp.service.brain.policy.consecutive
        self._flips: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._silent_from_s = 0.0
        self._acts: list[Decided] = []
        self._heard = 0

    def take(self, moment: Moment) -> None:
        """Let it happen, after what is under way."""
        self.wait(moment.at_s)
        match moment:
            case Flip():
                self._flip(not self.loop.lit)
            case Talk():
                self._overhear(moment)
            case Wish():
                self._wish(moment)

    def wait(self, until_s: float) -> None:
        """Flips and lessons up to that time, in order."""
        while True:
            flip_s = self._flips[0][0] if self._flips else math.inf
            due_s = max(self.loop.due_s, self.now_s)
            if min(flip_s, due_s) > until_s:
                break
            self.now_s = max(self.now_s, min(flip_s, due_s))
            if flip_s <= due_s:
                heapq.heappop(self._flips)[2]()
            else:
                self.loop.tick(due_s)
        self.now_s = max(self.now_s, until_s)

    def _overhear(self, talk: Talk) -> None:
        before = self.loop.lit

        def undo() -> None:
            if self.loop.lit != before:
                self.record.days[-1].corrections += 1
                self._flip(before)

        self._say(talk.words, lambda: self._later(talk.undone_after_s, undo))
        if self._acts:
            self.record.days[-1].false_activations += 1
            self.record.false_at_s.append(self._acts[0].time)

    def _wish(self, wish: Wish) -> None:
        wanted = wish.intent == "light_on"
        if self.loop.lit == wanted:
            return
        day = self.record.days[-1]
        day.wish_words += len(wish.words)
        self._say(wish.words)
        obeyed = self.loop.lit == wanted
        day.wishes += 1
        day.obeyed += obeyed
        self.record.asked.append(Asked(wish.at_s, obeyed, self._heard))

        def by_hand() -> None:
            if self.loop.lit != wanted:
                self.record.days[-1].corrections += 1
                self._flip(wanted)

        def wrongly() -> None:
            self._flip(not wanted)
            self._later(REPAIRED_AFTER_S, lambda: self._flip(wanted))

        if not obeyed:
            self._later(wish.by_hand_after_s, by_hand)
        elif wish.slips:
            self._later(wish.by_hand_after_s, wrongly)

    def _flip(self, on: bool) -> None:
        self.loop.flip(on, "switch", self.now_s)
        self.loop.tick(self.now_s)

    def _later(self, after_s: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._flips, (self.now_s + after_s, next(self._order), do))

    def _say(self, words: tuple[str, ...], acted: Callable[[], object] = lambda: None) -> None:
        """Words one by one as the recogniser would write them, then the final; `acted` is called at the first act."""
        start_s = max(self.now_s, self._silent_from_s)  # nobody is heard while another speaks
        self._acts = []
        self.record.days[-1].words += len(words)
        self._heard += len(words)
        noticed = False
        for number in range(1, len(words) + 1):
            for again in range(self._repeats):
                at_s = start_s + WORD_S * number + PARTIAL_S * again
                self._hear(Hypothesis(words[:number], False, at_s, start_s), news=again == 0)
            if self._acts and not noticed:
                noticed = True
                acted()
        last_s = start_s + WORD_S * len(words)
        self._silent_from_s = last_s + FINAL_S
        self._hear(Hypothesis(words, True, self._silent_from_s, start_s), news=True)
        self._tell(SpeechEnded(self._silent_from_s, last_s))
        if self._acts and not noticed:
            acted()

    def _hear(self, hypothesis: Hypothesis, *, news: bool) -> None:
        self.wait(hypothesis.time)
        changes = self._reader.hear(hypothesis)
        known, reader = hypothesis if news else None, self._reader
        self._tell(*told(known, reader.trace, reader.ended, changes, hypothesis.time))

    def _tell(self, *events: Event) -> None:
        for event in events:
            self.loop.hear(event)
        if events:
            self.loop.tick(self.now_s)

    def _told(self, event: Event) -> None:
        if isinstance(event, Decided):
            self._acts.append(event)
