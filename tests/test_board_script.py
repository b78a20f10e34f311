"""The emulated board: made once, made again after an interruption, and of exactly the wheels that are locked.

packaging/board.sh itself runs, in a folder of its own. apt-get, dpkg, dpkg-deb and Python are stand-ins that write
down how they were called; `make board` runs it with the real ones.
"""

import os
import re
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

STANDS_IN = {
    "dpkg": "echo amd64",
    "apt-get": """
echo "apt-get $* with $APT_CONFIG" >>"$CALLS"
case "$*" in
    *--download-only*) : >"${APT_CONFIG%/*}/archives/python3.deb"; [[ -z ${OFFLINE:-} ]] ;;
    *download*) : >qemu-user-static.deb ;;
esac
""",
    "dpkg-deb": """
case "$1" in
    --extract) mkdir -p "$3/usr/bin"; : >"$3/usr/bin/${DEBIAN_PYTHON:-python3.11}"; chmod +x "$3"/usr/bin/* ;;
    --fsys-tarfile) mkdir -p packed/usr/bin; : >packed/usr/bin/qemu-aarch64-static; tar -cC packed . ;;
esac
""",
    "python": """
echo "python $*" >>"$CALLS"
case "$*" in
    *"pip wheel"*) : >"${*: -5:1}/foreglow-1.whl" ;;
    *--require-hashes*) [[ -z ${KILLED:-} ]] || kill -9 $PPID ;;
esac
""",
}


@dataclass
class Workshop:
    """A folder holding the script, what it needs, and the board that it makes."""

    folder: Path
    """Holds the programs (bin/), what was called (calls), the project and the board."""

    def make(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """Make the board, and forget the calls of earlier times."""
        (self.folder / "calls").write_text("")
        return subprocess.run(
            ["bash", self.folder / "project/packaging/board.sh", self.folder / "board"],
            env={
                "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
                "PYTHON": str(self.folder / "bin/python"),
                "CALLS": str(self.folder / "calls"),
                **environment,
            },
            capture_output=True,
            text=True,
        )

    @property
    def calls(self) -> list[str]:
        """What the last run did."""
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    (tmp_path / "bin").mkdir()
    for name, program in STANDS_IN.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/bash\n{program}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    project = tmp_path / "project"
    (project / "packaging").mkdir(parents=True)
    for name in ("board.sh", "board.lock"):
        shutil.copy(ROOT / "packaging" / name, project / "packaging")
    for name in ("capture", "transcribe", "model", "export", "runtime"):
        (project / name).mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        (project / name).touch()
    return Workshop(tmp_path)


def test_the_first_time_everything_is_fetched_with_an_apt_of_its_own(workshop):
    done = workshop.make()
    assert done.returncode == 0, done.stderr
    board = workshop.folder / "board"
    apt = [call for call in workshop.calls if call.startswith("apt-get")]
    assert len(apt) == 3
    assert all(call.endswith(f"with {board}/apt/apt.conf") for call in apt)
    (wheels,) = [call for call in workshop.calls if "--require-hashes" in call]
    assert "--no-deps" in wheels
    assert "--platform manylinux2014_aarch64 --requirement packaging/board.lock" in wheels
    assert "x86_64" not in wheels
    assert "-cpu cortex-a72" in (board / "python").read_text()
    assert os.access(board / "python", os.X_OK)
    assert "CPU part\t: 0xd08" in (board / "root/proc/cpuinfo").read_text()


def test_the_second_time_only_the_lamp_itself_is_made_again(workshop):
    first = workshop.make()
    assert workshop.make().returncode == first.returncode == 0
    assert [call.split()[3] for call in workshop.calls] == ["wheel", "install"]
    assert not [call for call in workshop.calls if "--require-hashes" in call]


def test_another_lock_makes_another_board(workshop):
    workshop.make()
    with (workshop.folder / "project/packaging/board.lock").open("a") as lock:
        lock.write("# changed\n")
    workshop.make()
    assert [call for call in workshop.calls if "--require-hashes" in call]


def test_after_an_interruption_everything_is_made_again(workshop):
    assert workshop.make(KILLED="yes").returncode != 0
    workshop.make()
    assert [call for call in workshop.calls if call.startswith("apt-get")]
    assert [call for call in workshop.calls if "--require-hashes" in call]


def test_packages_that_do_not_come_are_told_in_a_sentence(workshop):
    done = workshop.make(OFFLINE="yes")
    assert done.returncode == 1
    assert "board: could not fetch python3 libportaudio2 libatomic1 for arm64" in done.stderr


def test_another_python_of_debian_is_refused_since_the_lock_is_not_for_it(workshop):
    done = workshop.make(DEBIAN_PYTHON="python3.13")
    assert done.returncode == 1
    assert "bring no Python 3.11" in done.stderr


def test_a_missing_program_is_named(workshop):
    done = workshop.make(PYTHON="/nowhere/python")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("board: /nowhere/python is missing; run make setup")


def test_a_wrong_call_is_answered_with_the_usage():
    done = subprocess.run(["bash", ROOT / "packaging/board.sh"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "usage: packaging/board.sh FOLDER\n")


# --- the lock ----------------------------------------------------------------------------------------------------


def locked() -> dict[str, tuple[str, list[str], int]]:
    """Package -> version, files and number of hashes, as packaging/board.lock has them."""
    found: dict[str, tuple[str, list[str], int]] = {}
    files: list[str] = []
    for line in (ROOT / "packaging/board.lock").read_text().splitlines():
        if line.startswith("# ") and line.endswith((".whl", ".tar.gz")):
            files.append(line[2:])
        elif "==" in line and not line.startswith("#"):
            name, version = line.split()[0].split("==")
            found[name] = version, files, len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", line))
            files = []
    return found


def test_the_lock_holds_the_pins_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    pins = dict(each.split("==") for each in [*project["dependencies"], *extras["gpio"], *extras["mqtt"]])
    found = {name: version for name, (version, _, _) in locked().items()}
    assert {name: found.get(name) for name in pins} == pins, (
        "run: python packaging/make_lock.py >packaging/board.lock"
    )


def test_every_locked_package_has_a_wheel_for_both_machines_and_a_hash_for_every_file():
    for name, (_, files, hashes) in locked().items():
        assert len(set(files)) == hashes, name
        if name == "srt":  # pure Python that its author publishes as source alone
            continue
        for machine in ("x86_64", "aarch64"):
            assert [file for file in files if file.endswith(("none-any.whl", f"{machine}.whl"))], (
                name,
                machine,
            )


def test_no_version_that_is_known_to_fail_on_a_board_is_pinned():
    rows = re.findall(r"^\| ([\w-]+) ([\d.]+) \|", (ROOT / "docs/board.md").read_text(), re.MULTILINE)
    assert ("onnxruntime", "1.21.0") in rows
    assert [row for row in rows if locked()[row[0]][0] == row[1]] == []
