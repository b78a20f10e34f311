"""The evidence of n-grams in a bundle: one .npz file, no pickle inside.

Neighbouring n-grams have neighbouring numbers, so their differences are kept, all first bytes, then all second ones,
which compresses to a fifth; the weights are float16. It is small and checked by the manifest, but all the same nothing
in it is trusted before it was looked at.
"""

import io
from typing import Final

import numpy as np

from export.errors import BundleError
from model.arrays import read_arrays
from model.errors import ModelError
from model.evidence import Evidence, from_arrays, to_arrays

MAX_BYTES: Final = 4_000_000
"""Of all that is in the file, packed and unpacked; some ten times what the base model has."""


def evidence_bytes(evidence: Evidence) -> bytes:
    """Return the file."""
    steps = np.diff(evidence.keys, prepend=0).astype("<i8")
    file = io.BytesIO()
    np.savez_compressed(
        file,
        allow_pickle=False,
        steps=np.ascontiguousarray(steps.view(np.uint8).reshape(-1, 8).T),
        weights=evidence.weights.astype(np.float16),
        **{name: array for name, array in to_arrays(evidence).items() if name not in ("keys", "weights")},
    )
    return file.getvalue()


def read_evidence(data: bytes, name: str) -> Evidence:
    """Return what `evidence_bytes` wrote; raises BundleError, with the file's name, when it is not that or is too
    large for it."""
    try:
        arrays = read_arrays(data, MAX_BYTES)
        steps = np.ascontiguousarray(arrays["steps"].T).view("<i8").reshape(-1)
        keys = np.cumsum(steps, dtype=np.int64)
        weights = arrays["weights"].astype(np.float32)
        if not all(np.isfinite(numbers).all() for numbers in (weights, arrays["bias"], arrays["mixes"])):
            raise ValueError("a number in it is not finite")
        return from_arrays({**arrays, "keys": keys, "weights": weights})
    except (ValueError, KeyError, TypeError, OverflowError, ModelError) as error:
        raise BundleError(f"{name} holds no evidence ({error}); export the bundle again.") from error
