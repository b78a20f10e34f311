"""The calibration curve goes into a bundle and comes out of it, and nothing else does."""

import json

import pytest

from export.bundle import MANIFEST_FILE, load_bundle, write_bundle
from export.curve import MAX_COLUMNS, MAX_ROWS
from export.errors import BundleError
from tests.export.test_step_graph import THRESHOLDS
from tests.random_models import random_model

CURVE = [
    {"budget": 0.001, "light_on": 0.92, "recall": 0.8, "false_activations_an_hour": 0.2},
    {"budget": 0.01, "light_on": 0.7, "recall": 0.9, "false_activations_an_hour": 1},
]

NO_CURVES = [
    {"budget": 1},
    "rows",
    None,
    [1, 2],
    [{"budget": "small"}],
    [{"budget": True}],
    [{"budget": None}],
    [{"budget": float("nan")}],
    [{"budget": float("inf")}],
    [{"budget": [1]}],
    [{f"c{n}": n for n in range(MAX_COLUMNS + 1)}],
    [{"budget": 1}] * (MAX_ROWS + 1),
]


def write(folder, curve=()):
    model, vocabulary = random_model(3)
    return write_bundle(folder, model, vocabulary, THRESHOLDS, THRESHOLDS, {}, curve)


def test_a_curve_is_read_back(tmp_path):
    assert write(tmp_path / "b", CURVE).curve == tuple(CURVE)
    assert write(tmp_path / "none").curve == ()


@pytest.mark.parametrize("curve", NO_CURVES)
def test_what_is_no_curve_is_not_written(tmp_path, curve):
    with pytest.raises(BundleError, match="calibration curve"):
        write(tmp_path / "b", curve)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("curve", NO_CURVES)
def test_what_is_no_curve_is_not_read(tmp_path, curve):
    write(tmp_path / "b")
    path = tmp_path / "b" / MANIFEST_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), "curve": curve}))
    with pytest.raises(BundleError, match="calibration curve") as caught:
        load_bundle(tmp_path / "b")
    assert "\n" not in str(caught.value)
