"""Bundles written without the training packages' help: with other thresholds, and the blank one."""

import json
import sys

import pytest

from export.blank import ASKED, blank_model
from export.blank import main as write_blank
from export.bundle import BASE_BUNDLE, BLANK_BUNDLE, FILES, MANIFEST_FILE, load_bundle, write_recalibrated
from export.errors import BundleError
from export.session import StepSession
from model.vocabulary import END
from runtime.anticipate import answer
from runtime.brain import load_brain
from runtime.config import Config

OTHER = {"light_on": 0.75, "light_off": 0.8}
FINAL = {"light_on": 0.65, "light_off": 0.7}


def test_the_same_model_with_other_thresholds(tmp_path):
    base = load_bundle(BASE_BUNDLE)
    bundle = write_recalibrated(tmp_path / "other", base, OTHER, FINAL, {"measured": 1})
    assert (bundle.thresholds, bundle.final_thresholds, bundle.metrics) == (OTHER, FINAL, {"measured": 1})
    assert bundle.version != base.version
    assert (bundle.vocabulary, bundle.curve, bundle.graph) == (base.vocabulary, base.curve, base.graph)
    for name in FILES:
        assert (bundle.folder / name).read_bytes() == (base.folder / name).read_bytes()


def test_the_same_thresholds_give_the_same_bundle(tmp_path):
    base = load_bundle(BASE_BUNDLE)
    again = write_recalibrated(tmp_path / "same", base, base.thresholds, base.final_thresholds, base.metrics)
    assert again.version == base.version
    assert (again.folder / MANIFEST_FILE).read_bytes() == (base.folder / MANIFEST_FILE).read_bytes()


def test_thresholds_out_of_range_are_not_written(tmp_path):
    base = load_bundle(BASE_BUNDLE)
    with pytest.raises(BundleError, match="out of range"):
        write_recalibrated(tmp_path / "low", base, {**OTHER, "light_on": 0.3}, FINAL, {})
    assert not (tmp_path / "low").exists()


def test_other_thresholds_need_no_training_packages(tmp_path, monkeypatch):
    for name in ("torch", "onnx", "hassil"):
        monkeypatch.setitem(sys.modules, name, None)
    write_recalibrated(tmp_path / "other", load_bundle(BASE_BUNDLE), OTHER, FINAL, {})


def test_the_blank_bundle_says_the_same_after_every_word_and_never_acts():
    session = StepSession(load_bundle(BLANK_BUNDLE))
    state = session.start()
    for word in ("turn", "on", "the", "light", END):
        probabilities, state = session.step(state, word)
        assert probabilities == pytest.approx((ASKED, ASKED, 1 - 2 * ASKED), abs=1e-6)
    brain = load_brain(Config().decide, BLANK_BUNDLE)
    assert answer(brain.anticipator(), "turn on the light").intent == "none"


def test_the_blank_bundle_is_what_its_program_writes(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("export.blank.BLANK_BUNDLE", tmp_path / "blank")
    assert write_blank() == 0
    assert load_bundle(tmp_path / "blank").version == load_bundle(BLANK_BUNDLE).version
    assert load_bundle(BLANK_BUNDLE).version in capsys.readouterr().out
    sizes = json.loads((BLANK_BUNDLE / MANIFEST_FILE).read_text())["sizes"]
    assert sizes["known_words"] == 0
    assert len(blank_model()[1]) == 2


def test_a_blank_bundle_that_cannot_be_written_is_one_sentence(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("export.blank.BLANK_BUNDLE", tmp_path / "file" / "blank")
    assert write_blank() == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
