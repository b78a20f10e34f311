"""Runs a bundle: its graphs with onnxruntime, on one thread, no spinning, no torch; its n-grams by looking them up."""

from math import exp
from typing import NamedTuple, TypeAlias, cast

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from export.bundle import Bundle
from export.errors import BundleError
from model.buried import AFTER, LAMP, LONG, READ, RECENT, passes
from model.evidence import Mix
from model.ngrams import SCOPE, ngrams_at

Array: TypeAlias = NDArray[np.float32]


Probabilities: TypeAlias = tuple[float, float, float]
"""P(light_on), P(light_off), P(none)."""


class State(NamedTuple):
    """What was heard so far; opaque, never changed in place."""

    network: Array
    """Of the step graph, shape (1, state)."""

    before: int
    """Number of the word heard last, as it stands in an n-gram (model/evidence.py)."""

    earlier: int
    """Of the one before that; 0 where there is none."""

    scope: int
    """How many more words a negation turns."""

    light_on: float
    """Evidence so far."""

    light_off: float
    """Likewise."""

    recent: tuple[int, ...]
    """The last words, those that may be read as a command buried in talk."""

    since_lamp: int
    """Words since a lamp was named."""

    buried: Probabilities
    """Of the best such reading so far."""


Feed: TypeAlias = dict[str, NDArray[np.int64] | Array]
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
        evidence = bundle.evidence
        self._table, self._end = evidence.table(), evidence.end
        self._negators = frozenset(evidence.lexicon.negators.tolist())
        self._alike: dict[int, int] = dict(evidence.lexicon.alike.tolist())
        self._buried = bundle.buried
        self._kinds: dict[int, int] = dict(bundle.buried.kinds.tolist())
        self._lamps = frozenset(word for word, kind in self._kinds.items() if kind & LAMP)
        self._speaking, self._at_end = _factors(evidence.speaking), _factors(evidence.at_end)
        self._decoder: ort.InferenceSession | None = None
        try:
            self._session = graph_session(bundle.graph)
            empty = np.zeros((1, bundle.state_size), np.float32)
            (started,) = self._run(self._session, ["start"], {"word": self._word, "state": empty})
        except Exception as error:  # onnxruntime raises its own kinds, without a common base
            raise _refusal(bundle, error) from error
        light_on, light_off = evidence.bias.tolist()
        self._started = State(  # 1 is the start token
            started, 1, 0, 0, light_on, light_off, (), RECENT, (0.0, 0.0, 1.0)
        )

    def start(self) -> State:
        """Return the state in which an utterance begins, with nothing heard before it."""
        return self._started

    def step(self, state: State, word: str) -> tuple[Probabilities, State]:
        """Hear one word; return the probabilities of the lamp's turn and the new state."""
        lamp, following = self._run(self._session, ["lamp", "next_state"], self._feed(state, word))
        heard = self._vocabulary.evidence_id(word)
        _, before, earlier, scope, light_on, light_off, recent, since_lamp, buried = state
        for ngram in ngrams_at(heard, before, earlier, scope, self._alike):
            if found := self._table.get(ngram):
                light_on += found[0]
                light_off += found[1]
        network, ngrams, offset = self._at_end if heard == self._end else self._speaking
        on, off, none = lamp[0].tolist()
        probabilities = _softmax(
            network * on + ngrams * light_on + offset,
            network * off + ngrams * light_off + offset,
            network * none - ngrams * (light_on + light_off),
        )
        scope = SCOPE if heard in self._negators else max(scope - 1, 0)
        recent = (*recent[1 - RECENT :], heard)
        since_lamp = 0 if heard in self._lamps else since_lamp + 1
        if since_lamp <= AFTER and len(recent) >= LONG and heard != self._end:
            buried = _surer(buried, self._read(recent) or buried)
        following_state = State(
            following, heard + 1, before, scope, light_on, light_off, recent, since_lamp, buried
        )
        return _surer(probabilities, buried), following_state

    def _read(self, recent: tuple[int, ...]) -> Probabilities | None:
        """What the last words say by themselves, if they are read at all; few are, so arrays may take their time."""
        if not passes([self._kinds.get(word, 0) for word in recent[-READ:]]):
            return None
        padded = np.array([(0,) * (RECENT - len(recent)) + recent])
        on, off, none = self._buried.counting(padded)[0].tolist()
        return on, off, none

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
        return {"word": self._word, "state": state.network}

    @staticmethod
    def _run(session: ort.InferenceSession, outputs: list[str], feed: Feed) -> list[Array]:
        return cast(list[Array], session.run(outputs, feed))


def _factors(mix: Mix) -> tuple[float, float, float]:
    """What network logits and evidence are multiplied by, and what is added for light_on and light_off."""
    return (1 - mix.share) * mix.temperature, mix.share * mix.temperature, mix.offset


def _surer(probabilities: Probabilities, reading: Probabilities) -> Probabilities:
    """The reading where it is surer of an action."""
    return reading if max(reading[:2]) > max(probabilities[:2]) else probabilities


def _softmax(light_on: float, light_off: float, none: float) -> Probabilities:
    highest = max(light_on, light_off, none)
    light_on, light_off, none = exp(light_on - highest), exp(light_off - highest), exp(none - highest)
    total = light_on + light_off + none
    return light_on / total, light_off / total, none / total


def _refusal(bundle: Bundle, error: Exception) -> BundleError:
    reason = str(error).splitlines()[0][:200]
    return BundleError(f"onnxruntime cannot run the bundle in {bundle.folder}: {reason}")
