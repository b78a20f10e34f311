"""The daemon as a process: it retrains by itself at night, and takes up what another process retrained."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from export.bundle import BASE_BUNDLE, load_bundle
from runtime.control import ask
from runtime.journal.file import FILE_NAME
from runtime.journal.journal import Journal
from runtime.releases.listing import in_service
from tests.runtime.lessons_said import household, write_down
from tests.runtime.running_lamp import PATIENCE_S, ROOT, command

pytestmark = pytest.mark.usefixtures("audio_device")

BASE = load_bundle(BASE_BUNDLE).version


class Lamp:
    """A lamp whose night is now, and that needs no quiet minute before it."""

    def __init__(self, config) -> None:
        program = (
            "import runtime.learning.nightly as nightly, runtime.cli as cli, sys\nnightly.QUIET_S = 0.1\n"
        )
        program += "sys.exit(cli.main(['run', '--config', sys.argv[1]]))"
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, str(config)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stderr.readline().startswith("listening on")

    def end(self) -> str:
        """End it in order; what it said on standard error."""
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=PATIENCE_S)
        assert self.process.returncode == 0
        return errors


def retrainings(state) -> int:
    """How many are in the journal, which the lamp has open."""
    with closing(sqlite3.connect(f"file:{state / FILE_NAME}?mode=ro", uri=True)) as database:
        return database.execute("SELECT count(*) FROM retrainings").fetchone()[0]


@pytest.fixture
def start(tmp_path):
    lamps = []

    def start_one(learn: str) -> Lamp:
        state, config = tmp_path / "state", tmp_path / "device.yaml"
        config.write_text(f"state_dir: {state}\nlearn: {{{learn}}}\n")
        state.mkdir()
        with Journal.open(state) as journal:
            write_down(journal, household())
        lamps.append(Lamp(config))
        return lamps[-1]

    yield start_one
    for lamp in lamps:
        lamp.process.kill()
        lamp.process.communicate()


def test_by_night_it_retrains_in_a_process_of_its_own_and_takes_the_result_up(start, tmp_path):
    a_minute_ago = datetime.now() - timedelta(minutes=1)
    lamp = start(f"retrain_at: '{a_minute_ago:%H:%M}', retrain_after: 30")
    deadline = time.monotonic() + PATIENCE_S
    while retrainings(tmp_path / "state") == 0:
        assert time.monotonic() < deadline, lamp.end()
        time.sleep(0.2)
    version = in_service(tmp_path / "state").name
    assert ask(tmp_path / "state", {"do": "reload"}) == {"bundle": version}
    assert lamp.end() == ""
    with Journal.open(tmp_path / "state") as journal:
        assert [row.bundle for row in journal.retrainings()] == [version]
        assert [(p.bundle, p.replaced) for p in journal.promotions()] == [(version, BASE)]


def test_with_too_little_new_the_night_passes(start, tmp_path):
    a_minute_ago = datetime.now() - timedelta(minutes=1)
    lamp = start(f"retrain_at: '{a_minute_ago:%H:%M}', retrain_after: 31")
    time.sleep(3)
    assert lamp.end() == ""
    assert not (tmp_path / "state" / "retraining").exists()


def test_what_is_retrained_by_hand_beside_it_is_written_down_and_taken_up(start, tmp_path):
    lamp = start("retrain_at: null")
    done = command("retrain", "--json", "--config", tmp_path / "device.yaml")
    result = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, result["promoted"], result["replaced"]) == (0, True, BASE)
    assert ask(tmp_path / "state", {"do": "reload"}) == {"bundle": result["version"]}
    assert lamp.end() == ""
    with Journal.open(tmp_path / "state") as journal:
        assert [(p.bundle, p.replaced) for p in journal.promotions()] == [(result["version"], BASE)]
        assert [row.promoted for row in journal.retrainings()] == [True]
