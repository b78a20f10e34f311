"""A speech model is taken only byte for byte."""

from pathlib import Path

import pytest

from transcribe.errors import SpeechModelError
from transcribe.verify import CHECKSUMS, MODEL_NAME, verify_speech_model


def test_the_whole_model_passes(pristine: Path) -> None:
    verify_speech_model(pristine)


def test_every_file_of_the_model_has_a_checksum(pristine: Path) -> None:
    files = {str(file.relative_to(pristine)) for file in pristine.rglob("*") if file.is_file()}
    assert files == set(CHECKSUMS)


def test_files_that_are_not_the_models_do_not_matter(model_copy: Path) -> None:
    (model_copy / "notes.txt").write_text("kitchen")
    verify_speech_model(model_copy)


@pytest.mark.parametrize("path", CHECKSUMS)
def test_a_missing_file_is_named(model_copy: Path, path: str) -> None:
    (model_copy / path).unlink()
    with pytest.raises(SpeechModelError) as caught:
        verify_speech_model(model_copy)
    assert f"{path} missing" in str(caught.value)
    assert str(model_copy) in str(caught.value)


@pytest.mark.parametrize("path", ["am/final.mdl", "conf/model.conf"])
def test_one_wrong_byte_is_found_and_its_file_named(model_copy: Path, path: str) -> None:
    content = bytearray((model_copy / path).read_bytes())
    content[len(content) // 2] ^= 1
    (model_copy / path).unlink()
    (model_copy / path).write_bytes(content)
    with pytest.raises(SpeechModelError, match=f"wrong SHA-256 of {path}"):
        verify_speech_model(model_copy)


def test_a_file_cut_short_is_found(model_copy: Path) -> None:
    content = (model_copy / "graph/Gr.fst").read_bytes()
    (model_copy / "graph/Gr.fst").unlink()
    (model_copy / "graph/Gr.fst").write_bytes(content[: len(content) // 2])
    with pytest.raises(SpeechModelError, match=r"wrong SHA-256 of graph/Gr\.fst"):
        verify_speech_model(model_copy)


def test_another_folder_is_told_from_the_model_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SpeechModelError) as caught:
        verify_speech_model(tmp_path)
    assert f"README and {len(CHECKSUMS) - 1} other files missing" in str(caught.value)
    assert MODEL_NAME in str(caught.value)


def test_no_folder_at_all_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(SpeechModelError, match=r"There is no speech model at .*nowhere: give the folder of"):
        verify_speech_model(tmp_path / "nowhere")


def test_an_archive_instead_of_a_folder_says_to_unpack_it(tmp_path: Path) -> None:
    archive = tmp_path / "model.zip"
    archive.touch()
    with pytest.raises(SpeechModelError, match=r"model\.zip is a file, not a folder: unpack it"):
        verify_speech_model(archive)
