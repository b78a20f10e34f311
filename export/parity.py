"""Does a bundle, its big matrices in int8, say what the float32 model says?"""

from collections.abc import Sequence

import numpy as np

from export.bundle import Bundle
from export.errors import BundleError
from export.session import StepSession
from model.language_model import LanguageModel
from model.vocabulary import END

TOLERANCE = 0.05
"""Largest difference of a probability, after any word of any sentence, with which a bundle is still written."""


def largest_difference(bundle: Bundle, model: LanguageModel, sentences: Sequence[Sequence[str]]) -> float:
    """Return by how much P(lamp) differs at most, after every word of the sentences and after their ends."""
    session = StepSession(bundle)
    largest = 0.0
    for sentence in sentences:
        words = [*sentence, END]
        state, heard = session.start(), []
        for word in words:
            probabilities, state = session.step(state, word)
            heard.append(probabilities)
        expected = model.read(bundle.vocabulary.ids(words))
        largest = max(largest, float(np.abs(np.array(heard) - expected).max()))
    return largest


def check_parity(bundle: Bundle, model: LanguageModel, sentences: Sequence[Sequence[str]]) -> None:
    """Raise BundleError when the bundle and the model differ by more than TOLERANCE on any of the sentences."""
    difference = largest_difference(bundle, model, sentences)
    if not difference <= TOLERANCE:
        raise BundleError(
            f"In int8 the model's probabilities differ by up to {difference:.3f} from those in float32, more than "
            f"{TOLERANCE}; it cannot be exported as it is, so train it again with other settings."
        )
