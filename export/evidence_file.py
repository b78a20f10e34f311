"""The evidence of n-grams in a bundle: one .npz file, no pickle inside.

Neighbouring n-grams have neighbouring numbers, so their differences are kept, all first bytes, then all second ones,
which compresses to a fifth; the weights are float16. It is small and checked by the manifest, but all the same nothing
in it is trusted before it was looked at.
"""

import io
import zipfile
from typing import Final

import numpy as np

from export.errors import BundleError
from model.errors import ModelError
from model.evidence import Evidence, from_arrays, to_arrays
from model.language_model import LanguageModel

MAX_BYTES: Final = 16_000_000
"""Unpacked, of all that is in the file."""


def evidence_bytes(model: LanguageModel) -> bytes:
    """Return the file."""
    evidence = model.evidence
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
    """Return what `evidence_bytes` wrote; raises BundleError, with the file's name, when it is not that."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_BYTES:
                raise BundleError(f"{name} unpacks to more than {MAX_BYTES:,} bytes, which no evidence does.")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            steps = np.ascontiguousarray(arrays["steps"].T).view("<i8").reshape(-1)
            keys = np.cumsum(steps, dtype=np.int64)
            weights = arrays["weights"].astype(np.float32)
            return from_arrays({**arrays, "keys": keys, "weights": weights})
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, ModelError) as error:
        raise BundleError(f"{name} holds no evidence ({error}); export the bundle again.") from error
