"""Which parts a member of the SAFFU family has; apart from model/saffu.py, so that naming them does not load torch."""

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Parts:
    """Choices; the defaults are the language model in service."""

    vectors: Literal["cipher", "co-occurrence", "random"] = "cipher"
    """What the explicit start takes for word vectors: model/bit_cipher.py, model/co_occurrence.py, or chance."""

    attention: int = 0
    """K: positions of the attention layer, a context of its own; 0 leaves it out."""

    weighting: Literal["softmax", "-log softmax"] = "softmax"
    """How attention weighs positions; the paper has -log softmax, where a word that is less like weighs more."""

    document: bool = False
    """Whether the mean of the words so far is a context; it brings nothing beside the block context."""

    hidden: Literal["relu", "softmax"] = "relu"
    """What the hidden layer does with its sums: rectified in service, softmax in the paper."""

    block: bool = True
    """Whether the lamp's turn also sees the running maximum of the hidden layer."""

    @property
    def served(self) -> bool:
        """Whether the language model in service is the same network; its vectors may have begun as anything."""
        return replace(self, vectors="cipher") == Parts()

    def contexts(self, radius: int) -> int:
        """Return how many vectors lie side by side in the features."""
        return radius + (self.attention > 0) + self.document
