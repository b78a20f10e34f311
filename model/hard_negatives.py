"""Finding what the model is wrong about among more text than it can be trained on.

Of a hundred thousand sentences that ask for nothing nearly all teach nothing: the model is sure of them already. The
few that come closest to firing are those it will fire at in service. So a first descent is followed by a search
through everything at hand, and a second descent with what was found.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.examples import Utterance, encode
from model.intent import ACTIONS
from model.reader import Reader
from model.vocabulary import Vocabulary

BATCH = 2048
"""Utterances read at once; bounds memory."""


def peaks(
    model: Reader, vocabulary: Vocabulary, said: Sequence[Utterance], longest: int
) -> NDArray[np.float64]:
    """Return the highest probability of switching that each utterance ever reaches, its end included."""
    order = sorted(range(len(said)), key=lambda n: len(said[n].words))
    highest = np.zeros(len(said))
    for first in range(0, len(said), BATCH):
        part = order[first : first + BATCH]
        # `encode` sorts by length and keeps the order of equals, so rows and `part` go together.
        examples = encode([said[n] for n in part], vocabulary, longest)
        actions = model.read_all(examples.ids)[..., : len(ACTIONS)].max(axis=2)
        real = np.arange(actions.shape[1]) < examples.lengths[:, None]
        highest[part] = np.where(real, actions, 0).max(axis=1)
    return highest


def hardest(
    model: Reader, vocabulary: Vocabulary, pool: Sequence[Utterance], longest: int, count: int
) -> list[Utterance]:
    """Return the `count` utterances of a pool that come closest to firing, closest first."""
    order = np.argsort(-peaks(model, vocabulary, pool, longest), kind="stable")
    return [pool[n] for n in order[:count]]
