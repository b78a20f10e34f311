"""Files of models and bundles are given as rubbish, and with bytes changed: a sentence, or an answer."""

import contextlib
import io
import json

import numpy as np
import pytest
from hypothesis import example, given, settings

from export.bundle import BASE_BUNDLE, FILES, FORMAT, load_bundle
from export.errors import BundleError
from export.evidence_file import buried_bytes, evidence_bytes, read_buried, read_evidence
from export.manifest import OtherFormatError, read_manifest
from model.arrays import read_arrays
from model.errors import ModelError
from model.ngram_counts import load_ngram_counts
from model.sanity import load_sanity
from tests.random_models import random_model
from tests.rubbish import (
    JSON,
    MANIFEST,
    QUICK,
    header,
    npz,
    refused,
    resigned,
    rubbish,
)

EVIDENCE = evidence_bytes(random_model(6)[0].evidence)
BURIED = buried_bytes(random_model(6)[0].buried)


@QUICK
@given(rubbish(EVIDENCE))
@example(EVIDENCE[:26] + b"\xff" + EVIDENCE[27:])  # zipfile quotes what it takes for a name
def test_evidence(data):
    with refused(BundleError):
        read_evidence(data, "evidence.npz")


@QUICK
@given(rubbish(BURIED))
def test_buried_commands(data):
    with refused(BundleError):
        read_buried(data, "buried.npz")


@QUICK
@given(rubbish(MANIFEST))
@example(b"[" * 100_000)
@example(MANIFEST.replace(b'"hidden": 64', b'"hidden": 1e999'))
@example(MANIFEST.replace(b'"hidden": 64', b'"hidden": ' + b"9" * 5_000))
def test_manifests(data):
    with refused(BundleError, OtherFormatError, ValueError, KeyError, TypeError):
        read_manifest(data, FORMAT, FILES)


@QUICK
@given(JSON)
def test_manifests_with_something_else_in_a_place(value):
    manifest = json.loads(MANIFEST)
    for key in manifest:
        with contextlib.suppress(BundleError, OtherFormatError, ValueError, KeyError, TypeError):
            read_manifest(json.dumps(manifest | {key: value}).encode(), FORMAT, FILES)
    for key in manifest["sizes"]:
        with contextlib.suppress(BundleError, ValueError, KeyError, TypeError):
            sizes = manifest["sizes"] | {key: value}
            read = read_manifest(json.dumps(manifest | {"sizes": sizes}).encode(), FORMAT, FILES)
            assert read.sizes.state < 200_000


@settings(QUICK, max_examples=25)
@given(
    data=rubbish((BASE_BUNDLE / "model.onnx").read_bytes()[:4_000], (BASE_BUNDLE / "model.onnx").read_bytes())
)
def test_graphs_that_a_manifest_vouches_for(data, tmp_path):
    from export.session import StepSession

    resigned(tmp_path, "model.onnx", data)
    with refused(BundleError):
        session = StepSession(load_bundle(tmp_path))
        session.step(session.start(), "light")


@settings(QUICK, max_examples=40)
@given(data=rubbish((BASE_BUNDLE / "vocabulary.txt").read_bytes()))
def test_vocabularies_that_a_manifest_vouches_for(data, tmp_path):
    resigned(tmp_path, "vocabulary.txt", data)
    with refused(BundleError):
        load_bundle(tmp_path)


@QUICK
@given(data=rubbish())
def test_counts_and_sanity_sets(data, tmp_path):
    for load in (load_ngram_counts, load_sanity):
        (tmp_path / "file").mkdir(exist_ok=True)
        (tmp_path / "file" / "sanity.jsonl").write_bytes(data)
        with refused(ModelError):
            load(tmp_path / "file" / "sanity.jsonl" if load is load_ngram_counts else tmp_path / "file")


@pytest.mark.parametrize(
    "data",
    [
        npz(a=header("{'descr': '<f8', 'fortran_order': False, 'shape': (999999999, 999999999), } \n")),
        npz(a=header("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), } \n") + b"12345678"),
        npz(a=header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), } \n") + b"12345678"),
        npz(a=header("__import__('os').system('touch /nowhere')\n")),
        npz(a=header("(" * 9_000)),
        npz(a=b"\x93NUMPY\x02\x00"),
        npz(**{f"a{number}": b"" for number in range(200)}),
    ],
)
def test_arrays_that_are_not_what_they_say(data):
    with pytest.raises(ValueError, match=r"it has|it holds|shape"):
        read_arrays(data, 100_000)


def test_what_numpy_writes_is_read():
    file = io.BytesIO()
    arrays: dict[str, np.ndarray] = {
        "table": np.arange(6, dtype=np.float32).reshape(2, 3),
        "turned": np.asfortranarray(np.arange(6, dtype=np.int64).reshape(2, 3)),
        "scalar": np.array(5), "text": np.array("run"), "nothing": np.zeros((0, 3), np.uint8), "on": np.array([True]),
    }  # fmt: skip
    for save in (np.savez, np.savez_compressed):
        file = io.BytesIO()
        save(file, **arrays)
        read = read_arrays(file.getvalue(), 100_000)
        assert read.keys() == arrays.keys()
        assert all(
            (read[name] == arrays[name]).all() and read[name].dtype == arrays[name].dtype for name in arrays
        )
        assert all(read[name].shape == arrays[name].shape and read[name].flags.writeable for name in arrays)
