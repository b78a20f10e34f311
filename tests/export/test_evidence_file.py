"""The n-grams in a bundle come back, and nothing that is not such a file is taken for one."""

import io

import numpy as np
import pytest

from export import evidence_file
from export.errors import BundleError
from export.evidence_file import buried_bytes, evidence_bytes, read_buried, read_evidence
from export.int8 import rounded, stepped
from model.ngrams import STEP
from tests.random_models import random_model

MODEL, _ = random_model(6)
DATA = evidence_bytes(MODEL.evidence)


def test_it_comes_back_in_whole_steps():
    read, expected = read_evidence(DATA, "e"), rounded(MODEL).evidence
    assert (read.keys == expected.keys).all()
    assert (read.weights == expected.weights).all()
    assert (read.speaking, read.at_end, read.end) == (expected.speaking, expected.at_end, expected.end)


def test_buried_commands_come_back_likewise():
    read, expected = read_buried(buried_bytes(MODEL.buried), "b"), rounded(MODEL).buried
    assert (read.keys == expected.keys).all()
    assert (read.weights == expected.weights).all()
    assert (read.kinds == expected.kinds).all()
    assert read.offset == expected.offset


def test_a_weight_is_moved_by_at_most_half_a_step_whatever_the_others_are():
    weights = np.random.default_rng(0).normal(0, 3, (500, 2)).astype(np.float32)
    assert np.abs(stepped(weights) - weights).max() <= STEP / 2
    assert (stepped(stepped(weights)) == stepped(weights)).all()
    assert (stepped(weights[:3]) == stepped(weights)[:3]).all()


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
        altered(numbers=np.zeros((2, 6), np.uint8)),
        altered(numbers=np.zeros((2, 7), np.uint8)),
        altered(numbers=np.zeros((2, 40), np.int64)),
        altered(numbers=None),
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
