"""The private copy of the speech model that answers more often, and always the same."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.errors import ChunkError, SpeechModelError, StorageError
from transcribe.speech_model import find_speech_model
from transcribe.tune import CHUNK_MS, check_chunk_ms, read_chunk_ms, tuned_copy
from transcribe.verify import CHECKSUMS


@given(st.integers(-1000, 10_000))
def test_only_whole_steps_of_the_network_are_allowed(chunk_ms: int) -> None:
    if 30 <= chunk_ms <= 240 and chunk_ms % 30 == 0:
        check_chunk_ms(chunk_ms)
    else:
        with pytest.raises(ChunkError, match=f"chunk_ms is {chunk_ms}, .* can only do 30, 60, 90, .*, 240"):
            check_chunk_ms(chunk_ms)


def test_a_bad_chunk_is_refused_before_anything_is_read_or_fetched(cache: Path) -> None:
    with pytest.raises(ChunkError):
        find_speech_model(cache / "nowhere", 50)
    assert not cache.exists()


@pytest.mark.parametrize("chunk_ms", [30, 60, 240])
def test_chunk_length_and_no_dither_are_added_and_the_rest_is_linked(
    cache: Path, pristine: Path, chunk_ms: int
) -> None:
    copy = tuned_copy(pristine, chunk_ms)
    assert copy.parent == cache
    added = {"conf/model.conf": f"--frames-per-chunk={chunk_ms // 10}", "conf/mfcc.conf": "--dither=0"}
    for path, line in added.items():
        assert (copy / path).read_text().splitlines() == [*(pristine / path).read_text().splitlines(), line]
    files = {str(file.relative_to(copy)): file for file in copy.rglob("*") if file.is_file()}
    assert set(files) == set(CHECKSUMS)
    assert all(file.samefile(pristine / path) for path, file in files.items() if path not in added)
    assert read_chunk_ms(copy) == chunk_ms


def test_a_copy_for_each_chunk_length_stands_beside_the_others(cache: Path, pristine: Path) -> None:
    copies = [tuned_copy(pristine, chunk_ms) for chunk_ms in CHUNK_MS]
    assert [read_chunk_ms(copy) for copy in copies] == list(CHUNK_MS)
    assert {path for path in cache.iterdir() if path.name != ".lock"} == set(copies)


def test_a_current_copy_is_left_alone(cache: Path, pristine: Path) -> None:  # noqa: ARG001
    copy = tuned_copy(pristine, 60)
    before = copy.stat()
    assert tuned_copy(pristine, 60) == copy
    assert copy.stat().st_ino == before.st_ino


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("path", ["conf/model.conf", "conf/mfcc.conf"])
def test_a_copy_whose_configuration_was_changed_is_made_anew(pristine: Path, path: str) -> None:
    conf = tuned_copy(pristine, 60) / path
    wanted = conf.read_text()
    conf.write_text("--beam=1.0\n")
    tuned_copy(pristine, 60)
    assert conf.read_text() == wanted


@pytest.mark.usefixtures("cache")
def test_a_copy_that_links_to_another_model_is_made_anew(pristine: Path, model_copy: Path) -> None:
    assert tuned_copy(model_copy, 60) == (copy := tuned_copy(pristine, 60))
    assert (copy / "am/final.mdl").readlink() == pristine / "am/final.mdl"


@pytest.mark.usefixtures("cache")
def test_a_copy_that_lacks_a_file_is_made_anew(pristine: Path) -> None:
    copy = tuned_copy(pristine, 60)
    (copy / "graph/HCLr.fst").unlink()
    tuned_copy(pristine, 60)
    assert (copy / "graph/HCLr.fst").is_file()


@pytest.mark.usefixtures("cache")
def test_a_configured_model_is_used_where_it_is_and_not_written_to(model_copy: Path) -> None:
    before = sorted(model_copy.rglob("*"))
    copy = find_speech_model(model_copy, 60)
    assert (copy / "am/final.mdl").readlink() == model_copy / "am/final.mdl"
    assert sorted(model_copy.rglob("*")) == before


def test_a_damaged_configured_model_is_refused_and_no_other_taken(cache: Path, model_copy: Path) -> None:
    (model_copy / "am/final.mdl").unlink()
    with pytest.raises(SpeechModelError, match=r"am/final\.mdl missing"):
        find_speech_model(model_copy, 60)
    assert not cache.exists()


def test_a_cache_that_cannot_be_made_says_which_and_what_to_do(cache: Path, pristine: Path) -> None:
    cache.parent.write_text("a file where the cache should be")
    with pytest.raises(StorageError, match=f"Cannot write the speech model to {cache}: .*set XDG_CACHE_HOME"):
        tuned_copy(pristine, 60)


def test_an_untuned_model_is_not_taken_for_a_tuned_one(pristine: Path) -> None:
    with pytest.raises(SpeechModelError, match="is no tuned copy"):
        read_chunk_ms(pristine)
