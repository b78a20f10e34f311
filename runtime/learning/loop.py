"""The learning loop: what was heard, done and flipped goes into the journal, and lessons to the teacher."""

import logging
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import TYPE_CHECKING

from model.intent import Intent
from runtime.errors import BusyError, ForeglowError
from runtime.events import Decided, End, Event, Heard, Labelled, Retracted, SpeechEnded, Switched
from runtime.learning.happened import Acted, Flipped
from runtime.learning.happened import Retracted as TookBack
from runtime.learning.ledger import Clip, Ledger
from runtime.learning.lesson_book import LessonBook, News
from runtime.learning.lessons import Windows
from runtime.learning.talk import CommandedLight, Talk
from runtime.learning.teacher import Teacher
from runtime.lesson import Source, Who
from runtime.lights.light import Light

if TYPE_CHECKING:
    from runtime.journal.journal import Journal

_log = logging.getLogger(__name__)

JITTER_S = 5.0
"""How far apart two threads may see the clock; only a longer step back means that it ran back."""


class Loop:
    """One session. May be used from several threads.

    Light first: a decision or a flip switches the light before anything is written or learned.
    """

    def __init__(
        self,
        journal: "Journal | None",
        teacher: Teacher,
        windows: Windows,
        bundle: Callable[[], str],
        *,
        light: Light,
        tell: Callable[[Event], object] = lambda _: None,
        wall: Callable[[], float] = time.time,
        worker: Executor | None = None,
        clip: Clip | None = None,
    ) -> None:
        """`journal`: None when there is none to be had; then nothing is kept or learned.

        Args:
            bundle: version of the language model that reads at the moment.
            tell: told every event heard and what follows from it, one at a time.
            wall: the time in seconds since 1970.
            worker: one thread for the teacher, so that listening does not wait; None teaches at once.
            clip: keeps the sound of an utterance; None keeps none.
        """
        self._bundle = bundle
        self._teacher = teacher
        self._windows = windows
        self._light = light
        self._tell = tell
        self._wall = wall
        self._worker = worker
        self._lock = threading.RLock()
        self._ledger = Ledger(journal, wall, clip)
        self._clock_s = 0.0
        self._lit = False
        self._commanded = (False, -math.inf)  # state and time of the last command of the lamp
        self._switched_to: bool | None = None
        self._open: Talk | None = None
        self._count = 0
        self._talks: dict[int, Talk] = {}
        self._book = LessonBook(windows)
        self._corrected: set[int] = set()

    @property
    def lit(self) -> bool:
        """Whether the light is on, as far as is known."""
        return self._lit

    @property
    def due_s(self) -> float:
        """When `tick` will next have something to do without anything new; inf for never."""
        return self._book.due_s

    def hear(self, event: Event) -> None:
        """The next event of the pipeline, in order."""
        with self._lock:
            match event:
                case Heard():
                    self._hear(event)
                    self._tell(event)
                case Decided(decision=decision):
                    on = decision.intent == "light_on"
                    before = self._lit
                    self._act(event.time, on, self._talk())
                    self._talk().decide(event)
                    self._book.add(Acted(self._talk().number, self._clock_s, on, before))
                    self._tell_switched(event)
                case Retracted():
                    talk = self._talk()
                    if not talk.touched:  # what a person has switched since is not for us to undo
                        self._act(event.time, self._book.lit_before(talk.number, self._lit), talk)
                    talk.retract(event)
                    self._book.add(TookBack(talk.number, self._clock_s))
                    self._tell_switched(event)
                case SpeechEnded() | End():
                    self._close()
                    self._tell(event)
                case _:
                    self._tell(event)

    def break_off(self, at_s: float) -> None:
        """What heard the utterance that is being spoken failed, and nothing more will come of it: it ends here."""
        with self._lock:
            if self._open is None:
                return
            heard = self._open.heard
            end_s = max(heard.time, at_s)
            if not self._open.final:
                self.hear(replace(heard, time=end_s, hypothesis=replace(heard.hypothesis, final=True)))
            self.hear(SpeechEnded(end_s, heard.hypothesis.time))

    def flip(self, on: bool, who: Who, at_s: float) -> None:
        """Somebody other than the lamp switches the light; `at_s` is on the audio clock."""
        lit, commanded_s = self._commanded
        if who == "switch" and on == lit == self._lit and at_s <= commanded_s + self._windows.echo_s:
            return  # the switch reports what we have just commanded
        self._switch(on)  # whatever happens below
        with self._lock:
            self._move(at_s)
            before, self._lit = self._lit, on
            if self._switched_to != on:  # the lamp has acted while we waited, on something older
                self._switch(on)
            if self._open is not None:
                self._open.touched = True
            self._book.add(Flipped(self._clock_s, on, before, who))
            self._ledger.flip(self._clock_s, on, who)
            self._tell(Switched(self._clock_s, on, who))

    def tick(self, at_s: float) -> None:
        """Time has passed: give the lessons that are due. Cheap when there are none."""
        with self._lock:
            self._move(at_s)
            if self._open is not None and self._open.final:
                self._close()
            if self._clock_s >= self._book.due_s:
                self._learn()

    def end(self, at_s: float) -> None:
        """The session is over; what is not known by now will not be learned."""
        with self._lock:
            self._close()
            self.tick(at_s)
            self._ledger.flush()

    def correct(self, utterance: int, intent: Intent | None) -> str | None:
        """A person says what an utterance meant; it wins over all else. None: it is not to be learned from.

        Returns:
            None when that is in service, else one sentence that says why it waits.

        Raises:
            JournalError: there is no such utterance, or it cannot be written.
        """
        with self._lock:
            words = self._ledger.utterance(utterance).words
            self._ledger.correct(utterance, intent)
            self._corrected.add(utterance)
            self._tell(Labelled(self._clock_s, utterance, intent, "corrected", " ".join(words)))
        if intent is None:
            return self._wait(lambda: self._teacher.unteach(utterance))
        return self._wait(lambda: self._teach(utterance, words, intent, "corrected"))

    def _hear(self, event: Heard) -> None:
        self._move(event.time)
        if self._open is not None and self._open.final:
            self._close()
        if self._open is None:
            self._open = Talk(self._count, self._wall(), self._bundle(), event)
            self._count += 1
        self._open.heard = event

    def _talk(self) -> Talk:
        assert self._open is not None, "a decision comes after the words it was made on"
        return self._open

    def _act(self, at_s: float, on: bool, talk: Talk) -> None:
        self._switch(on)
        self._move(at_s)
        self._lit, self._commanded = on, (on, self._clock_s)
        talk.commands.append(CommandedLight(self._clock_s, self._wall(), on))

    def _switch(self, on: bool) -> None:
        self._switched_to = on
        self._light.switch(on)

    def _tell_switched(self, event: Decided | Retracted) -> None:
        self._tell(event)
        self._tell(Switched(event.time, self._lit))

    def _move(self, at_s: float) -> None:
        """The clock goes on; a small step back is two threads looking at it."""
        self._clock_s = at_s if at_s < self._clock_s - JITTER_S else max(self._clock_s, at_s)

    def _close(self) -> None:
        """The utterance that is over goes into the journal, and from there its lessons."""
        talk = self._open
        if talk is None or not talk.final:
            return
        self._open = None
        if not talk.heard.hypothesis.words and talk.decided is None:
            return
        self._ledger.keep(talk)
        self._talks[talk.number] = talk
        self._book.add(talk.spoke())

    def _learn(self) -> None:
        for news in self._book.news(self._clock_s):
            self._take(news)
        acting = self._open is not None and self._open.decided is not None
        kept = self._book.trim(self._clock_s, busy=acting)
        for number in self._talks.keys() - kept:
            self._let_go(self._talks.pop(number))

    def _let_go(self, talk: Talk) -> None:
        """No lesson can come from an utterance any more; that none came says something too."""
        utterance, words = talk.id, talk.heard.hypothesis.words
        if (
            utterance is not None
            and not talk.labelled
            and talk.decided is None
            and utterance not in self._corrected
        ):
            self._start(lambda: self._teacher.silence(utterance, words))

    def _take(self, news: News) -> None:
        """Write a lesson down and teach it, or undo it."""
        lesson, talk = news.lesson, self._talks[news.lesson.utterance]
        utterance, words = talk.id, talk.heard.hypothesis.words
        if utterance is None or utterance in self._corrected:
            return
        if news.holds and self._ledger.label(utterance, lesson.intent, lesson.source):
            talk.labelled = True
            self._tell(Labelled(self._clock_s, utterance, lesson.intent, lesson.source, talk.text))
            self._start(lambda: self._teach(utterance, words, lesson.intent, lesson.source))
        elif not news.holds and self._ledger.unlabel(utterance):
            self._tell(Labelled(self._clock_s, utterance, None, lesson.source, talk.text))
            self._start(lambda: self._teacher.unteach(utterance))

    def _teach(self, utterance: int, words: tuple[str, ...], intent: Intent, source: Source) -> str | None:
        waits = self._teacher.teach(utterance, words, intent, source)
        if waits is not None:
            _log.info("What utterance %d meant is not in service yet: %s", utterance, waits)
        return waits

    def _start(self, work: Callable[[], object]) -> None:
        if self._worker is None:
            self._safely(work)
        else:
            self._worker.submit(self._safely, work).add_done_callback(_say_failure)

    def _safely(self, work: Callable[[], object]) -> None:
        """A lesson that cannot be taught is in the journal; it is no reason to stop listening."""
        try:
            work()
        except ForeglowError as error:
            _log.warning("A lesson is kept for the next retraining: %s", error)

    def _wait(self, work: Callable[[], str | None]) -> str | None:
        return work() if self._worker is None else self._worker.submit(work).result()


def _say_failure(done: "Future[None]") -> None:
    """A mistake of ours in the worker must not pass unseen."""
    error = done.exception()
    if isinstance(error, BusyError):
        _log.warning("A lesson is kept for the next retraining: %s", error)
    elif error is not None:
        _log.error("A lesson could not be taught.", exc_info=error)
