"""Runs a bundle's graphs with onnxruntime: one thread, no spinning, no torch."""

from typing import TypeAlias, cast

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from export.bundle import Bundle
from export.errors import BundleError

State: TypeAlias = NDArray[np.float32]
"""What was heard so far, shape (1, state); opaque, never changed in place."""

Probabilities: TypeAlias = tuple[float, float, float]
"""P(light_on), P(light_off), P(none)."""

Feed: TypeAlias = dict[str, NDArray[np.int64] | State]
"""Inputs of a graph by name."""


def graph_session(graph: bytes) -> ort.InferenceSession:
    """Return a graph ready to run, on one thread that sleeps when there is nothing to do."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 4  # its own messages are for developers; errors reach us as exceptions
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


class StepSession:
    """The language model of one bundle. Safe to use from one thread at a time."""

    def __init__(self, bundle: Bundle) -> None:
        """Prepare the graph; raises BundleError when onnxruntime cannot run it."""
        self._bundle = bundle
        self._vocabulary = bundle.vocabulary
        self._word = np.zeros(1, np.int64)
        self._decoder: ort.InferenceSession | None = None
        try:
            self._session = graph_session(bundle.graph)
            empty = np.zeros((1, bundle.state_size), np.float32)
            (self._started,) = self._run(self._session, ["start"], {"word": self._word, "state": empty})
        except Exception as error:  # onnxruntime raises its own kinds, without a common base
            raise _refusal(bundle, error) from error

    def start(self) -> State:
        """Return the state in which an utterance begins, with nothing heard before it."""
        return self._started

    def step(self, state: State, word: str) -> tuple[Probabilities, State]:
        """Hear one word; return the probabilities of the lamp's turn and the new state."""
        lamp, following = self._run(self._session, ["lamp", "next_state"], self._feed(state, word))
        light_on, light_off, none = lamp[0].tolist()
        return (light_on, light_off, none), following

    def next_words(self, state: State, word: str, count: int) -> list[tuple[str, float]]:
        """Return the `count` most probable known words after `word`, with their probabilities.

        Raises BundleError when onnxruntime cannot run the decoder, which is loaded when first needed.
        """
        if self._decoder is None:
            try:
                self._decoder = graph_session(self._bundle.words_graph)
            except Exception as error:
                raise _refusal(self._bundle, error) from error
        (hidden,) = self._run(self._session, ["hidden"], self._feed(state, word))
        ((probabilities,),) = self._run(self._decoder, ["next_word"], {"hidden": hidden})
        known = probabilities[1 : 1 + len(self._vocabulary.words)]
        best = np.argsort(known)[::-1][:count]
        return [(self._vocabulary.words[i], float(known[i])) for i in best]

    def _feed(self, state: State, word: str) -> Feed:
        self._word[0] = self._vocabulary.id(word)
        return {"word": self._word, "state": state}

    @staticmethod
    def _run(session: ort.InferenceSession, outputs: list[str], feed: Feed) -> list[State]:
        return cast(list[State], session.run(outputs, feed))


def _refusal(bundle: Bundle, error: Exception) -> BundleError:
    reason = str(error).splitlines()[0][:200]
    return BundleError(f"onnxruntime cannot run the bundle in {bundle.folder}: {reason}")
