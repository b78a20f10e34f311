"""Nothing goes out, and nothing is written where it should not be: the system itself is asked."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import AudioDevice, Require
from tests.runtime.test_live import PATIENCE_S
from tests.watched import IN_AN_EMPTY_NETWORK, ROOT, Seen, foreglow, run, seen, watched
from transcribe.cache import cache_folder

NOWHERE = (Path("/dev/null"),)
SOUND = (Path("/dev/shm"), Path("/dev/snd"))
"""Where PortAudio's libraries meet a sound server or a card."""

SCRIPT = (
    *(
        {"at": 100 * n, "heard": "lumos"} if n % 2 else {"at": 100 * n, "heard": "oh dear"}
        for n in range(1, 9)
    ),
    *({"at": 100 * n + 2, "switch": "light_on"} for n in (1, 3, 5, 7)),
    {"at": 950, "say": str(ROOT / "recordings" / "its_late_please_switch_off_the_lamp.wav")},
    {"at": 1000, "retrain": True},
)
"""Speech, lessons from the switch and a retraining."""

RECORDINGS = ("turn_on_the_light_please", "its_too_bright_in_here", "remind_me_to_buy_light_bulbs")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Recordings and a script for `foreglow simulate`."""
    script = tmp_path_factory.mktemp("script") / "script.jsonl"
    script.write_text("\n".join(map(json.dumps, sorted(SCRIPT, key=lambda line: line["at"]))))
    return [*(f"recordings/{name}.wav" for name in RECORDINGS), str(script)]


def told(output: str) -> list[dict[str, object]]:
    """What was decided, switched, learned and retrained; without the times, which hang on the computer."""
    lines = [json.loads(line) for line in output.splitlines()]
    kept = [line for line in lines if line["event"] not in ("end", "speech_end")]
    return [{key: value for key, value in line.items() if key not in ("time",)} for line in kept]


@pytest.fixture(scope="module")
def simulation(require: Require, files: list[str], tmp_path_factory: pytest.TempPathFactory):
    """A simulation without the training packages, watched in an empty network: its output, what was seen, its state."""
    require("strace")
    require("util-linux")
    folder = tmp_path_factory.mktemp("watched")
    simulate = foreglow("simulate", "--json", "--state", folder / "state", *files, without_training=True)
    done = run(watched(folder, simulate, IN_AN_EMPTY_NETWORK), umask=0)
    return told(done.stdout), seen(folder), folder / "state"


def test_an_empty_network_is_empty(require):
    require("util-linux")
    program = "import socket; socket.create_connection(('127.0.0.1', 9))"
    done = subprocess.run(
        [*IN_AN_EMPTY_NETWORK, *python(program)], capture_output=True, text=True, check=False
    )
    assert "Network is unreachable" in done.stderr


def python(program: str) -> list[str]:
    return [foreglow()[0], "-B", "-c", program]


def test_what_would_be_seen_of_a_program_that_talks_and_writes(require, tmp_path):
    require("strace")
    (tmp_path / "x").mkdir()
    program = (
        "import os, socket\n"
        "socket.socket(socket.AF_INET); socket.socket(socket.AF_INET6)\n"
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)\n"
        f"os.chdir({str(tmp_path / 'x')!r}); open('../written', 'w'); os.mkdir('made')\n"
        f"import threading; t = threading.Thread(target=lambda: open('thread', 'a')); t.start(); t.join()\n"
        "os.system('echo > child')"
    )
    run(watched(tmp_path, python(program)))
    found = seen(tmp_path)
    assert {"AF_INET", "AF_INET6", "AF_NETLINK"} <= found.families
    assert found.written_outside(*NOWHERE) == {
        *(tmp_path / name for name in ("written", "x/made", "x/thread", "x/child"))
    }


def test_without_any_network_everything_is_decided_and_learned_alike(simulation, files, tmp_path):
    here = run(foreglow("simulate", "--json", "--state", tmp_path / "state", *files, without_training=True))
    decided = told(here.stdout)
    kinds = [line["event"] for line in decided]
    assert kinds.count("decision") >= 3
    assert kinds.count("label") >= 2
    assert kinds.count("result") == 1
    assert simulation[0] == decided


def test_a_simulation_opens_no_socket_at_all(simulation):
    assert simulation[1].families == frozenset()


def test_a_simulation_writes_into_its_state_and_the_cache_alone(simulation):
    _, found, state = simulation
    assert state / "journal.db" in found.written
    assert found.written_outside(state, cache_folder(), *NOWHERE) == set()


class Listening:
    """A lamp that was watched while it listened, under the widest umask, and kept what it heard."""

    def __init__(self, folder: Path, audio: AudioDevice, recording: Path, caches: dict[str, str]) -> None:
        self.folder, self.state = folder, folder / "state"
        config = folder / "device.yaml"
        config.write_text(f"state_dir: {self.state}\nprivacy: {{keep_audio: true}}\n")
        with subprocess.Popen(
            watched(folder, foreglow("run", "--json", "--config", config)),
            cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | audio.env | caches, umask=0,
        ) as process:  # fmt: skip
            try:
                pid = self._until(process, "ready")["pid"]
                audio.play(recording)
                self.decision = self._until(process, "decision")["intent"]
                self._until(process, "speech_end")
                run(foreglow("status", "--json", "--config", config))
                self.modes = modes(self.state)
                os.kill(pid, signal.SIGTERM)
                process.stdout.read()
                assert process.wait(PATIENCE_S) == 0
            finally:
                process.kill()
        self.seen: Seen = seen(folder)

    @staticmethod
    def _until(process: "subprocess.Popen[str]", kind: str) -> dict:
        return next(event for event in map(json.loads, process.stdout) if event["event"] == kind)


def modes(folder: Path) -> dict[str, str]:
    """The rights of a folder and of everything in it but links, in octal, by name."""
    paths = [folder, *(path for path in folder.rglob("*") if not path.is_symlink())]
    return {str(path.relative_to(folder)): f"{path.stat().st_mode & 0o7777:o}" for path in paths}


@pytest.fixture(scope="module")
def listening(require, audio_device, light_on_recording, tmp_path_factory) -> Iterator[Listening]:
    require("strace")
    return Listening(tmp_path_factory.mktemp("l"), audio_device, light_on_recording, {})


def test_a_lamp_that_listens_opens_unix_sockets_only(listening):
    assert listening.decision == "light_on"
    assert listening.seen.families == {"AF_UNIX"}
    assert str(listening.state / "foreglow.sock") in listening.seen.sockets


def test_a_lamp_that_listens_writes_into_its_state_and_the_cache_alone(listening):
    found = listening.seen
    assert {listening.state / "journal.db", listening.state / "foreglow.sock"} <= found.written | {
        Path(path) for path in found.sockets
    }
    assert found.written_outside(listening.state, cache_folder(), *NOWHERE, *SOUND) == set()


def test_a_lamp_that_listens_runs_no_other_program(listening):
    # Python asks ldconfig where the sound library is.
    assert listening.seen.programs <= {"ldconfig", "ldconfig.real"}


def test_what_a_lamp_keeps_while_it_listens_is_for_its_user_alone(listening):
    assert {
        "journal.db",
        "journal.db-wal",
        "journal.db-shm",
        "foreglow.sock",
        "foreglow.lock",
        "audio",
    } <= set(listening.modes)
    assert any(name.endswith(".flac") for name in listening.modes)
    folders = {".", "audio"}
    assert listening.modes == {name: "700" if name in folders else "600" for name in listening.modes}
