"""The evidence in a bundle comes back, and nothing that is not evidence is taken for it."""

import io

import numpy as np
import pytest

from export import evidence_file
from export.errors import BundleError
from export.evidence_file import evidence_bytes, read_evidence
from export.int8 import rounded
from tests.random_models import random_model

MODEL, _ = random_model(6)
DATA = evidence_bytes(MODEL.evidence)


def test_it_comes_back_as_float16_rounds_it():
    read, expected = read_evidence(DATA, "e"), rounded(MODEL).evidence
    assert (read.keys == expected.keys).all()
    assert (read.weights == expected.weights).all()
    assert (read.speaking, read.at_end, read.end) == (expected.speaking, expected.at_end, expected.end)


def test_equal_evidence_gives_equal_bytes():
    assert evidence_bytes(random_model(6)[0].evidence) == DATA


def altered(**arrays: object) -> bytes:
    with np.load(io.BytesIO(DATA)) as archive:
        kept = {name: archive[name] for name in archive.files} | arrays
    file = io.BytesIO()
    np.savez(file, **{name: array for name, array in kept.items() if array is not None})
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no archive",
        DATA[: len(DATA) // 2],
        altered(steps=None),
        altered(steps=np.array([[1, 2]])),
        altered(weights=np.zeros((3, 2), np.float16)),
        altered(bias=np.array([print], dtype=object)),
        altered(mixes=np.zeros((2, 3))),
        altered(mixes=np.zeros(2)),
        altered(end=np.array("x")),
    ],
)
def test_what_is_no_evidence_is_refused_in_one_sentence(data):
    with pytest.raises(
        BundleError, match=r"^folder/evidence.npz holds no evidence .*; export the bundle again\.$"
    ):
        read_evidence(data, "folder/evidence.npz")


def test_what_would_unpack_to_too_much_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(evidence_file, "MAX_BYTES", len(DATA))
    with pytest.raises(BundleError, match="unpacks to more than"):
        read_evidence(DATA, "evidence.npz")
