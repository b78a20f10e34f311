"""Runs a bundle's step graph with onnxruntime: one thread, no spinning, no torch."""

from typing import TypeAlias, cast

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from export.bundle import Bundle
from export.errors import BundleError

State: TypeAlias = NDArray[np.float32]
"""What was heard so far, shape (state,); opaque, never changed in place."""

Probabilities: TypeAlias = tuple[float, float, float]
"""P(light_on), P(light_off), P(none)."""

_START = np.zeros(1, np.int64)


class StepSession:
    """The language model of one bundle. Safe to use from one thread at a time."""

    def __init__(self, bundle: Bundle) -> None:
        """Prepare the graph; raises BundleError when onnxruntime cannot run it."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        options.log_severity_level = 4  # its own messages are for developers; errors reach us as exceptions
        self._vocabulary = bundle.vocabulary
        try:
            self._session = ort.InferenceSession(bundle.graph, options, providers=["CPUExecutionProvider"])
            empty = np.zeros(bundle.state_size, np.float32)
            _, self._started = self._run(_START, empty)
        except Exception as error:  # onnxruntime raises its own kinds, without a common base
            reason = str(error).splitlines()[0][:200]
            raise BundleError(f"onnxruntime cannot run the bundle in {bundle.folder}: {reason}") from error

    def start(self) -> State:
        """Return the state in which an utterance begins, with nothing heard before it."""
        return self._started

    def step(self, state: State, word: str) -> tuple[Probabilities, State]:
        """Hear one word; return the probabilities of the lamp's turn and the new state."""
        return self._run(np.array([self._vocabulary.id(word)], np.int64), state)

    def next_words(self, state: State, word: str, count: int) -> list[tuple[str, float]]:
        """Return the `count` most probable known words after `word`, with their probabilities."""
        feed = {"word": np.array([self._vocabulary.id(word)], np.int64), "state": state}
        (probabilities,) = cast(list[State], self._session.run(["next_word"], feed))
        known = probabilities[1 : 1 + len(self._vocabulary.words)]
        best = np.argsort(known)[::-1][:count]
        return [(self._vocabulary.words[i], float(known[i])) for i in best]

    def _run(self, word: NDArray[np.int64], state: State) -> tuple[Probabilities, State]:
        outputs = self._session.run(["lamp", "next_state"], {"word": word, "state": state})
        lamp, following = cast(list[State], outputs)
        return (float(lamp[0]), float(lamp[1]), float(lamp[2])), following
