"""How the step graph lays out its state, and its units; docs/bundle.md says why.

A word adds to the rectified units now, and to those of the next r - 1 words, since features are linear in the
vectors. So the state holds no vectors but sums, one row of

    pending   what the units of the next r words are known to be so far, nearest first    (r H,)
    block     the most each unit has shown since the utterance began                     (H,)

Units are the B hidden ones, then the three logits of the direct path twice, as they are and negated: rectified like
the others, the two differ by the logit, because x = max(0, x) - max(0, -x).
"""

from model.intent import INTENTS
from model.language_model import Sizes


def units(sizes: Sizes) -> int:
    """H: hidden units, and two for each logit of the direct path."""
    return sizes.hidden + 2 * len(INTENTS)


def state_length(sizes: Sizes) -> int:
    """Length of the state row."""
    return (sizes.radius + 1) * units(sizes)
