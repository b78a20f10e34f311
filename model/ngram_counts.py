"""How often n-grams of up to three words were in the text of the base model.

They hold back what a household teaches (model/household.py): what people say all day must not switch a lamp because
it was once part of a command. Kept are a hash of each n-gram and its count on a scale of logarithms, not its words:
sentences cannot be read back.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.arrays import read_arrays
from model.errors import ModelError
from model.vocabulary import END, START

NGRAMS_FILE: Final = "ngrams.npz"

LONGEST: Final = 3
"""Words of the longest n-gram that is counted; longer ones are estimated."""

RAREST: Final = 3
"""Times that an n-gram must have occurred to be kept."""

STEPS: Final = 10
"""Steps of the scale for each factor e."""

MOST_BYTES: Final = 16_000_000
"""Of the file, unpacked; ten times what the base model has."""

Words = Sequence[str]


@dataclass(frozen=True)
class NgramCounts:
    """Counts by hash."""

    hashes: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))
    """Of the n-grams, in ascending order."""

    levels: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    """round(STEPS ln count) of each."""

    _found: dict[tuple[str, ...], float] = field(default_factory=dict, repr=False, compare=False)

    def count(self, ngram: tuple[str, ...]) -> float:
        """Return how often an n-gram occurred; 0 if less than RAREST times.

        One of more than three words is estimated as if each word hung on the two before it alone:
        c(a b c d) = c(a b c) c(b c d) / c(b c).
        """
        known = self._found.get(ngram)
        if known is None:
            known = self._found[ngram] = self._count(ngram)
        return known

    def _count(self, ngram: tuple[str, ...]) -> float:
        if len(ngram) > LONGEST:
            shared = self.count(ngram[1:-1])
            return self.count(ngram[:-1]) * self.count(ngram[1:]) / shared if shared else 0.0
        name = _hash(ngram)
        place = int(np.searchsorted(self.hashes, name))
        if place == len(self.hashes) or self.hashes[place] != name:
            return 0.0
        return float(np.exp(self.levels[place] / STEPS))


def count_ngrams(sentences: Iterable[Words]) -> NgramCounts:
    """Count the n-grams of sentences, `<s>` and the end token included."""
    counts: Counter[tuple[str, ...]] = Counter()
    for words in sentences:
        said = (START, *words, END)
        for n in range(1, LONGEST + 1):
            counts.update(zip(*(said[k:] for k in range(n)), strict=False))
    kept = {_hash(ngram): count for ngram, count in counts.items() if count >= RAREST}
    hashes = np.array(sorted(kept), np.uint32)
    frequent = np.array([kept[int(name)] for name in hashes], np.float64)
    levels = np.minimum(np.round(STEPS * np.log(frequent)), 255) if len(frequent) else frequent
    return NgramCounts(hashes, levels.astype(np.uint8))


def save_ngram_counts(counts: NgramCounts, path: Path) -> None:
    """Write counts to one .npz file, no pickle inside."""
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, hashes=counts.hashes, levels=counts.levels)


def load_ngram_counts(path: Path) -> NgramCounts:
    """Read what `save_ngram_counts` wrote.

    Raises:
        ModelError: the file is missing or is not such a file.
    """
    try:
        arrays = read_arrays(path, MOST_BYTES)
        hashes, levels = arrays["hashes"], arrays["levels"]
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path} holds no n-gram counts ({error}); build them with `make base`.") from error
    fits = (
        hashes.dtype == np.uint32
        and levels.dtype == np.uint8
        and hashes.ndim == 1
        and hashes.shape == levels.shape
    )
    if not fits:
        raise ModelError(f"{path} holds no n-gram counts that fit each other; build them with `make base`.")
    return NgramCounts(hashes, levels)


def _hash(ngram: Sequence[str]) -> int:
    return zlib.crc32(" ".join(ngram).encode())
