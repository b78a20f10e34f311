"""A bundle is loaded only when it is whole."""

import hashlib
import json
import os
import subprocess
import sys

import pytest

from export.bundle import (
    BASE_BUNDLE,
    BURIED_FILE,
    MANIFEST_FILE,
    MODEL_FILE,
    VOCABULARY_FILE,
    WORDS_FILE,
    load_bundle,
    write_bundle,
)
from export.errors import BundleError
from export.session import StepSession
from model.vocabulary import Vocabulary
from tests.random_models import random_model

THRESHOLDS = {"light_on": 0.8, "light_off": 0.9}
FINAL = {"light_on": 0.6, "light_off": 0.7}


@pytest.fixture
def folder(tmp_path):
    model, vocabulary = random_model(3)
    write_bundle(tmp_path / "bundle", model, vocabulary, THRESHOLDS, FINAL, {"recall": 0.5})
    return tmp_path / "bundle"


def test_what_was_written_is_read_back(folder):
    bundle = load_bundle(folder)
    assert bundle.thresholds == THRESHOLDS
    assert bundle.final_thresholds == FINAL
    assert bundle.metrics == {"recall": 0.5}
    assert bundle.parameters == random_model(3)[0].parameters
    assert bundle.vocabulary.words[:2] == ("w0", "w1")
    assert len(bundle.version) == 12


def test_the_same_model_gives_the_same_bytes_and_another_model_another_version(folder, tmp_path):
    model, vocabulary = random_model(3)
    again = write_bundle(tmp_path / "again", model, vocabulary, THRESHOLDS, FINAL, {"recall": 0.5})
    assert again.version == load_bundle(folder).version
    other, _ = random_model(4)
    assert write_bundle(tmp_path / "o", other, vocabulary, THRESHOLDS, FINAL, {}).version != again.version


@pytest.mark.parametrize("name", [MODEL_FILE, BURIED_FILE, WORDS_FILE, VOCABULARY_FILE])
def test_one_altered_byte_is_refused_by_name(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(BundleError, match=f"{name} does not match its SHA-256"):
        load_bundle(folder)


@pytest.mark.parametrize("name", [MODEL_FILE, WORDS_FILE, VOCABULARY_FILE, MANIFEST_FILE])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(BundleError, match=f"{name} cannot be read"):
        load_bundle(folder)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"format": 6}', "[" * 100_000, "\x00", '{"format": 6, "intents": 3}'],
)
def test_a_manifest_that_is_none_is_refused_in_one_sentence(folder, text):
    (folder / MANIFEST_FILE).write_text(text)
    with pytest.raises(BundleError, match=r"manifest\.json is not a bundle's manifest") as caught:
        load_bundle(folder)
    assert "\n" not in str(caught.value)


def edit(folder, change):
    manifest = json.loads((folder / MANIFEST_FILE).read_text())
    change(manifest)
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest))


@pytest.mark.parametrize("other", [1, 2, 5])
def test_a_bundle_of_another_format_says_so_and_what_to_do(folder, other):
    edit(folder, lambda m: m.update(format=other))
    with pytest.raises(
        BundleError, match=f"format {other}, but this version reads format 6; `foreglow retrain` makes"
    ):
        load_bundle(folder)


@pytest.mark.parametrize("name", ["thresholds", "final_thresholds"])
@pytest.mark.parametrize("value", [0.2, 1.5, float("nan")])
def test_a_threshold_out_of_range_is_refused(folder, value, name):
    edit(folder, lambda m: m[name].update(light_on=value))
    with pytest.raises(BundleError, match="thresholds out of range"):
        load_bundle(folder)


def test_sizes_that_do_not_fit_the_graph_are_refused_when_it_is_run(folder):
    edit(folder, lambda m: m["sizes"].update(radius=7))
    with pytest.raises(BundleError, match="onnxruntime cannot run"):
        StepSession(load_bundle(folder))


def test_the_decoder_of_next_words_is_loaded_only_when_it_is_asked(folder):
    (folder / WORDS_FILE).write_bytes(b"no graph")
    digest = hashlib.sha256(b"no graph").hexdigest()
    edit(folder, lambda m: m["files"][WORDS_FILE].update(sha256=digest))
    session = StepSession(load_bundle(folder))
    session.step(session.start(), "w1")
    with pytest.raises(BundleError, match="onnxruntime cannot run"):
        session.next_words(session.start(), "w1", 3)


def test_a_vocabulary_that_does_not_fit_the_model_is_not_written(tmp_path):
    model, _ = random_model(3)
    with pytest.raises(BundleError, match="build both from the same run"):
        write_bundle(tmp_path / "b", model, Vocabulary(("one",), 3), THRESHOLDS, FINAL, {})
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_bundle_in_service_untouched(folder):
    before = load_bundle(folder).version
    model, vocabulary = random_model(5)
    with pytest.raises(BundleError, match="thresholds out of range"):
        write_bundle(folder, model, vocabulary, {"light_on": 7.0, "light_off": 0.9}, FINAL, {})
    assert load_bundle(folder).version == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_running_a_bundle_writes_nothing_and_loads_neither_torch_nor_onnx(tmp_path):
    code = (
        "import sys; from export.bundle import BASE_BUNDLE, load_bundle; from export.session import StepSession;"
        "s = StepSession(load_bundle(BASE_BUNDLE)); s.step(s.start(), 'light');"
        "assert not {'torch', 'onnx', 'scipy'} & set(sys.modules), sys.modules.keys()"
    )
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert list(tmp_path.rglob("*")) == []


def test_the_base_bundle_is_small_and_whole():
    bundle = load_bundle(BASE_BUNDLE)
    assert sum(path.stat().st_size for path in BASE_BUNDLE.iterdir()) <= 256_000
    assert {"light", "lights", "turn", "on", "off"} <= set(bundle.vocabulary.words)
