"""n-grams and their weights in a bundle: .npz files, no pickle inside, one for the evidence and one for what is buried.

Neighbouring n-grams have neighbouring numbers, so their differences are kept, all first bytes, then all second ones,
which compresses to a fifth. The weights are whole steps, kept likewise, twice as large and odd where negative, so that
second bytes are nearly always zero. It is small and checked by the manifest, but all the same nothing in it is trusted
before it was looked at.
"""

import io
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from export.errors import BundleError
from export.int8 import whole_steps
from model import buried as last_words
from model import evidence as whole
from model.arrays import read_arrays
from model.buried import Buried
from model.errors import ModelError
from model.evidence import Evidence
from model.ngrams import STEP

MAX_BYTES: Final = 4_000_000
"""Of all that is in one file, packed and unpacked; some ten times what the base model has."""

Arrays = Mapping[str, NDArray[Any]]
Made = TypeVar("Made")


def evidence_bytes(evidence: Evidence) -> bytes:
    """Return the file of the evidence."""
    return _packed(whole.to_arrays(evidence))


def read_evidence(data: bytes, name: str) -> Evidence:
    """Return what `evidence_bytes` wrote; raises BundleError, with the file's name, when it is not that or is too
    large for it."""
    return _unpacked(data, name, "evidence", whole.from_arrays)


def buried_bytes(buried: Buried) -> bytes:
    """Return the file of what commands buried in talk are found by."""
    return _packed(last_words.to_arrays(buried))


def read_buried(data: bytes, name: str) -> Buried:
    """Return what `buried_bytes` wrote; raises BundleError likewise."""
    return _unpacked(data, name, "n-grams of buried commands", last_words.from_arrays)


def _packed(arrays: Arrays) -> bytes:
    numbers = whole_steps(arrays["weights"]).astype(np.int32)
    file = io.BytesIO()
    np.savez_compressed(
        file,
        allow_pickle=False,
        steps=_by_place(np.diff(arrays["keys"], prepend=0).astype("<u8")),
        numbers=_by_place(np.where(numbers < 0, -2 * numbers - 1, 2 * numbers).astype("<u2").T.ravel()),
        **{name: array for name, array in arrays.items() if name not in ("keys", "weights")},
    )
    return file.getvalue()


def _by_place(numbers: NDArray[Any]) -> NDArray[np.uint8]:
    """Return all first bytes, all second bytes …, shape (bytes of a number, numbers)."""
    return np.ascontiguousarray(numbers.view(np.uint8).reshape(len(numbers), numbers.itemsize).T)


def _numbers(planes: NDArray[Any], kind: str) -> NDArray[np.int64]:
    """Return what `_by_place` was given, or raise ValueError."""
    if planes.dtype != np.uint8:
        raise ValueError("numbers in it are no bytes")
    return np.ascontiguousarray(planes.T).view(kind).reshape(-1).astype(np.int64)


def _unpacked(data: bytes, name: str, what: str, made: Callable[[Arrays], Made]) -> Made:
    try:
        arrays = read_arrays(data, MAX_BYTES)
        keys = np.cumsum(_numbers(arrays["steps"], "<u8"), dtype=np.int64)
        zigzag = _numbers(arrays["numbers"], "<u2").reshape(2, -1).T
        numbers = np.where(zigzag % 2, -(zigzag + 1) // 2, zigzag // 2)
        weights = np.ascontiguousarray(numbers, np.float32) * np.float32(STEP)
        for array in arrays.values():
            if not np.isfinite(array).all():
                raise ValueError("a number in it is not finite")
        return made({**arrays, "keys": keys, "weights": weights})
    except (ValueError, KeyError, TypeError, OverflowError, ModelError) as error:
        raise BundleError(f"{name} holds no {what} ({error}); export the bundle again.") from error
