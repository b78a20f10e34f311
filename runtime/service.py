"""The brain in service, exchanged while the lamp listens: between two utterances, without losing a block."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from export.bundle import BLANK_BUNDLE
from export.errors import BundleError
from export.session import State
from runtime.anticipator import Anticipator
from runtime.brain import Brain, load_brain
from runtime.config import Config
from runtime.decision import Decision, Probabilities, Retraction
from runtime.errors import ReleaseError
from runtime.releases.listing import usable
from runtime.releases.promotion import refuse, tidy
from transcribe.hypothesis import Hypothesis


class Service:
    """Holds the brain from which the next utterance is read. Safe to use from several threads."""

    def __init__(self, load: Callable[[], Brain]) -> None:
        """`load` gives the brain to begin with, and the one after each `reload`. Raises what it raises."""
        self._load = load
        self._adapt: Callable[[Brain], Brain] = lambda brain: brain
        self._changing = threading.Lock()
        self._brain = load()
        self.reading = self._brain.bundle.version
        """Version of the bundle that reads, or read last."""

    @property
    def brain(self) -> Brain:
        """What decides from the next utterance on."""
        return self._brain

    def change(self, make: Callable[[Brain], Brain]) -> Brain:
        """Put what `make` makes of the present brain into service; what it raises leaves the present one.

        It is called in the caller's thread, and no other change goes on meanwhile, so that none is lost.
        """
        with self._changing:
            self._brain = make(self._brain)
            return self._brain

    def reload(self) -> Brain:
        """Load again what is to be in service. Raises BundleError; then the present brain stays.

        Takes tens of milliseconds, so it is called outside the listening thread.
        """
        return self.change(lambda _: self._adapt(self._load()))

    def adapt(self, make: Callable[[Brain], Brain]) -> None:
        """Put the present brain, and whatever is loaded from now on, into service as `make` makes it."""
        self._adapt = make
        self.change(make)

    def reload_soon(self, say: Callable[[str], None]) -> threading.Thread:
        """Reload in a thread of its own; `say` is told a sentence if that fails."""

        def work() -> None:
            try:
                self.reload()
            except BundleError as error:
                say(str(error))

        thread = threading.Thread(target=work, name="reload", daemon=True)
        thread.start()
        return thread

    def answer_reload(self, _request: dict[str, Any]) -> dict[str, Any]:
        """The handler of {"do": "reload"} (runtime/control_server.py)."""
        return {"bundle": self.reload().bundle.version}

    def reader(self) -> "ServiceReader":
        """What reads one audio stream from its beginning."""
        return ServiceReader(self)


class ServiceReader:
    """An anticipator that takes up the brain in service whenever an utterance begins."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._brain = service.brain
        self._anticipator: Anticipator[State] = self._brain.anticipator()
        self._between = True
        service.reading = self._brain.bundle.version

    @property
    def trace(self) -> tuple[Probabilities, ...]:
        """The probabilities after each word of the hypothesis heard last."""
        return self._anticipator.trace

    @property
    def ended(self) -> Probabilities | None:
        """The probabilities once the utterance heard last was over; None while it may go on."""
        return self._anticipator.ended

    @property
    def decision(self) -> Decision | None:
        """The decision that stands for the utterance heard last."""
        return self._anticipator.decision

    def hear(self, hypothesis: Hypothesis, *, paused: bool = False) -> list[Decision | Retraction]:
        """Take in the next hypothesis; what follows from it, in order (runtime.anticipator.Anticipator.hear)."""
        brain = self._service.brain
        if self._between and brain is not self._brain:
            self._brain = brain
            self._anticipator.adopt(brain.session, brain.policy)
            self._service.reading = brain.bundle.version
        self._between = hypothesis.final
        return self._anticipator.hear(hypothesis, paused=paused)


def load_service(config: Config, say: Callable[[str], None]) -> Service:
    """The service of the configuration's state folder. Raises BundleError if not even the base bundle loads."""
    return Service(lambda: brain_in_service(config, say))


def open_service(config: Config, say: Callable[[str], None]) -> Service:
    """The same for `foreglow run`, which alone clears up what a killed promotion left."""
    if config.decide.bundle is None:
        try:
            tidy(config.state_folder, config.learn.keep_bundles)
        except ReleaseError as error:
            say(str(error))
    return load_service(config, say)


def brain_in_service(config: Config, say: Callable[[str], None]) -> Brain:
    """The configured bundle; else the one promoted last that loads, else the base bundle.

    A promoted bundle that is broken is refused for good, and `say` is told a sentence. Raises BundleError if the
    configured or the base bundle is broken.
    """
    if config.decide.bundle is None:
        for folder in usable(config.state_folder):
            try:
                return load_brain(config.decide, folder)
            except BundleError as error:
                _leave_out(config.state_folder, folder.name, error, say)
    return load_brain(
        config.decide, BLANK_BUNDLE if config.learn.from_zero and config.decide.bundle is None else None
    )


def _leave_out(state_folder: Path, version: str, error: BundleError, say: Callable[[str], None]) -> None:
    say(f"the bundle {version} is left out and the one before it used: {error}")
    # Too many open files, no memory, no permission: that may pass, and is no fault of the bundle.
    if isinstance(error.__cause__, OSError) and not isinstance(error.__cause__, FileNotFoundError):
        return
    try:
        refuse(state_folder, version, str(error))
    except ReleaseError as why:
        say(str(why))
