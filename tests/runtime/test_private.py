"""What the lamp keeps is for its user alone, under the widest umask and in whatever folder it is."""

import os
import stat
from pathlib import Path

import numpy as np
import pytest

from export.bundle import write_bundle
from runtime.config import Config
from runtime.control_server import ControlServer
from runtime.durable import write_json
from runtime.journal.clips import save_clip
from runtime.journal.journal import Journal
from runtime.learning import assembly
from runtime.learning import retrain as retraining
from runtime.learning.assembly import learn_in_script
from runtime.learning.budget import allow_a_day
from runtime.learning.learner import WAITING_FILE
from runtime.learning.workplace import FOLDER
from runtime.private import private_file, private_folder, tighten
from runtime.releases.promotion import refuse
from runtime.simulate.playback import simulate_script
from runtime.state_lock import state_lock
from tests.random_models import random_model
from tests.runtime.kept import Kept
from tests.runtime.lessons_said import FEW


@pytest.fixture
def no_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    """Everything there that others may read, write or enter; links have no rights of their own."""
    paths = [folder, *(path for path in folder.rglob("*") if not path.is_symlink())]
    return [f"{path} {path.stat().st_mode & 0o777:o}" for path in paths if path.stat().st_mode & 0o077]


def script(path: Path) -> Path:
    """A household that teaches two words, and a retraining."""
    lines = []
    for number in range(40):
        text = "oh dear me" if number % 3 == 0 else ("lumos maxima", "nox obscura")[number % 2]
        lines.append(f'{{"at": {100 * number}, "heard": "{text}"}}')
        if number % 3:
            lines.append(f'{{"at": {100 * number + 3}, "switch": "light_{("on", "off")[number % 2]}"}}')
    path.write_text("\n".join([*lines, '{"at": 4100, "retrain": true}']))
    return path


@pytest.mark.usefixtures("no_umask")
def test_a_whole_life_of_a_state_folder_is_private_whatever_the_umask(tmp_path, monkeypatch):
    monkeypatch.setattr(retraining, "load_sanity", lambda _: FEW)
    monkeypatch.setattr(assembly, "load_sanity", lambda _: FEW)
    state = tmp_path / "state"
    config = Config().model_copy(update={"state_dir": state})
    seen_at_work: list[Path] = []
    promote = retraining.promote

    def watched_promote(*arguments, **more):
        seen_at_work.extend((state / FOLDER).rglob("*"))
        assert open_to_others(state) == []
        return promote(*arguments, **more)

    monkeypatch.setattr(retraining, "promote", watched_promote)
    report = Kept()
    simulate_script(script(tmp_path / "s.jsonl"), config, report, pytest.fail, learn_in_script, state=state)
    assert any(path.name == "vocabulary.txt" for path in seen_at_work)
    with Journal.open(state) as journal, ControlServer(state, {}):
        journal.begin_session()
        journal.flush()
        clip = save_clip(state, np.zeros(16_000, np.int16), 1_800_000_000.0, 1)
        allow_a_day(config, 2.0)
        write_json(state / WAITING_FILE, [1, 2])
        (version,) = (
            path.name for path in (state / "releases").iterdir() if path.is_dir() and not path.is_symlink()
        )
        refuse(state, version, "for a test")
        names = {path.name for path in state.rglob("*")}
        assert {
            *(
                "journal.db",
                "journal.db-wal",
                "journal.db-shm",
                "foreglow.lock",
                "foreglow.sock",
                "budget.json",
            ),
            *("waiting.json", clip, "model.onnx", "figures.json", "promotions.json", "refused.json"),
        } <= names
        assert open_to_others(state) == []
    assert open_to_others(state) == []
    assert tighten(state) is None  # every name is known as the lamp's own


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_files_and_folders_have_their_rights_under_every_umask(tmp_path, umask):
    before = os.umask(umask)
    try:
        private_folder(tmp_path / "above" / "folder")
        private_folder(tmp_path / "folder")
        private_file(tmp_path / "folder" / "file").close()
    finally:
        os.umask(before)
    for name in ("folder", "above", "above/folder"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "folder" / "file").stat().st_mode) == 0o600


def wide(state: Path) -> Path:
    """A state folder of an earlier time, open to everybody."""
    (state / "releases" / "0123456789ab").mkdir(parents=True)
    (state / "journal.db").touch()
    (state / "releases" / "0123456789ab" / "vocabulary.txt").touch()
    (state / "releases" / "current").symlink_to("/etc/hostname")
    for path in (state, *state.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o777)
    return state


def test_a_folder_that_was_open_is_closed_with_all_that_is_in_it(tmp_path, caplog):
    state = wide(tmp_path / "state")
    hostname = Path("/etc/hostname").stat().st_mode
    with state_lock(state):
        assert open_to_others(state) == []
    assert Path("/etc/hostname").stat().st_mode == hostname  # no link is followed
    assert caplog.messages == []


def test_a_folder_with_other_things_in_it_is_left_as_it_is_and_that_is_said(tmp_path, caplog):
    state = wide(tmp_path / "state")
    (state / "letters").mkdir(mode=0o755)
    with state_lock(state):
        assert stat.S_IMODE(state.stat().st_mode) == 0o777
        assert stat.S_IMODE((state / "foreglow.lock").stat().st_mode) == 0o600
    (said,) = caplog.messages
    assert said.startswith(f"the state folder {state} holds other things too and may be entered by others")
    state.chmod(0o700)
    assert tighten(state) is None


def test_a_folder_of_another_user_is_left_as_it_is_and_that_is_said(tmp_path, monkeypatch):
    state = wide(tmp_path / "state")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert "belongs to another user" in (tighten(state) or "")
    assert stat.S_IMODE((state / "journal.db").stat().st_mode) == 0o777


@pytest.mark.usefixtures("no_umask")
@pytest.mark.parametrize(("folder", "file", "around"), [(0o700, 0o600, 0o700), (0o755, 0o644, 0o755)])
def test_a_bundle_takes_over_the_rights_of_what_is_around_it(tmp_path, folder, file, around):
    (tmp_path / "around").mkdir(around)
    model, vocabulary = random_model(3)
    both = {"light_on": 0.8, "light_off": 0.9}
    write_bundle(tmp_path / "around" / "bundle", model, vocabulary, both, both, {})
    bundle = tmp_path / "around" / "bundle"
    assert stat.S_IMODE(bundle.stat().st_mode) == folder
    assert {stat.S_IMODE(path.stat().st_mode) for path in bundle.iterdir()} == {file}
