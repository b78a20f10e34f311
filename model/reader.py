"""What a trained model can do, whatever is inside: model/language_model.py, and any member of model/saffu.py."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model.language_model import Array


class Reader(Protocol):
    """Hears utterances afresh and says after every word how likely the lamp's turns are."""

    def read(self, ids: Sequence[int]) -> Array:
        """Return P(lamp) after each word of one utterance, shape (words, 3), in the order of INTENTS."""

    def read_all(self, ids: NDArray[np.int32]) -> Array:
        """Return the same for many utterances, shape (utterances, longest, 3), for padded ids."""
