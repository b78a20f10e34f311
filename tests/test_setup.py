"""Set-up: what it does the first time, the second time, after an interruption and without rights.

packaging/setup.sh itself runs, in a folder of its own. Programs that would change the machine or need the
network (Python making .venv and installing into it, apt-get, dpkg-query, id, sudo) are stand-ins that write
down how they were called.
"""

import os
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

PYTHON = r"""#!/bin/bash
echo "python $*" >>"$CALLS"
case "$*" in
    -V) echo "Python 3.11.2" ;;
    *"(3, 11)"*) [[ -z ${OLD_PYTHON:-} ]] ;;
    *"import venv, ensurepip"*) [[ -z ${NO_ENSUREPIP:-} ]] ;;
    "-m venv --clear"*) rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
    *"--editable"*) [[ -z ${KILLED:-} ]] || kill -9 $PPID; [[ -z ${OFFLINE:-} ]] ;;
esac
"""
APT_GET = '#!/bin/bash\necho "apt-get $*" >>"$CALLS"\nexit ${APT_EXIT:-0}\n'
DPKG_QUERY = '#!/bin/bash\n[[ " ${MISSING:-} " == *" ${@: -1} "* ]] || echo installed\n'
ID = "#!/bin/bash\necho ${USER_ID:-0}\n"
SUDO = "#!/bin/bash\nexit 1\n"


@dataclass
class Machine:
    """A folder holding the set-up and a machine that notes what is done to it."""

    folder: Path
    """Holds the programs (bin/), what was called (calls) and the project."""

    project: Path
    """The folder in which the set-up is run."""

    def setup(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the set-up and forget the calls of earlier ones."""
        (self.folder / "calls").write_text("")
        return subprocess.run(
            ["bash", self.project / "packaging/setup.sh", *arguments],
            env={
                "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
                "CALLS": str(self.folder / "calls"),
                "PYTHON": str(self.folder / "bin/python3"),
                **environment,
            },
            capture_output=True,
            text=True,
        )

    @property
    def calls(self) -> list[str]:
        """What the last set-up did, without looking around (python -V, python -c ...)."""
        calls = (self.folder / "calls").read_text().splitlines()
        return [call for call in calls if not call.startswith(("python -V", "python -c"))]

    @property
    def made_venv(self) -> bool:
        return any(call.startswith("python -m venv --clear") for call in self.calls)

    @property
    def installed(self) -> list[str]:
        """What pip was asked to install."""
        return [call.split()[-1] for call in self.calls if "--editable" in call]


@pytest.fixture
def machine(tmp_path):
    (tmp_path / "bin").mkdir()
    programs = {"python3": PYTHON, "apt-get": APT_GET, "dpkg-query": DPKG_QUERY, "id": ID, "sudo": SUDO}
    for name, program in programs.items():
        (tmp_path / "bin" / name).write_text(program)
        (tmp_path / "bin" / name).chmod(0o755)
    machine = Machine(tmp_path, tmp_path / "foreglow")
    (machine.project / "packaging").mkdir(parents=True)
    shutil.copy(ROOT / "packaging/setup.sh", machine.project / "packaging")
    shutil.copy(ROOT / "pyproject.toml", machine.project)
    return machine


def test_a_fresh_machine_gets_an_environment_the_dependencies_and_the_speech_model(machine):
    done = machine.setup("listen")
    assert done.returncode == 0, done.stderr
    assert machine.made_venv
    assert machine.installed == ["."]
    assert machine.calls[-1] == "python -m transcribe.fetch"


def test_the_second_time_only_the_speech_model_is_looked_at(machine):
    machine.setup("listen")
    done = machine.setup("listen")
    assert machine.calls == ["python -m transcribe.fetch"]
    assert done.stdout == ""


def test_tests_need_more_than_listening_and_listening_nothing_beyond_that(machine):
    machine.setup("listen")
    machine.setup("test")
    assert machine.installed == [".[train,bench,test]"]
    assert not machine.made_venv
    machine.setup("listen")
    assert machine.installed == []
    machine.setup("test")
    assert machine.installed == []


def test_changed_dependencies_are_installed_into_the_same_environment(machine):
    machine.setup("test")
    with (machine.project / "pyproject.toml").open("a") as pyproject:
        pyproject.write("\n# changed\n")
    machine.setup("test")
    assert machine.installed == [".[train,bench,test]"]
    assert not machine.made_venv


def test_after_a_killed_installation_the_environment_is_made_afresh(machine):
    machine.setup("listen")
    killed = machine.setup("test", KILLED="yes")
    assert killed.returncode != 0
    machine.setup("listen")
    assert machine.made_venv
    assert machine.installed == ["."]


def test_a_failed_download_is_told_in_a_sentence_and_tried_again_the_next_time(machine):
    failed = machine.setup("listen", OFFLINE="yes")
    assert failed.returncode == 1
    assert "pip could not install the dependencies" in failed.stderr
    assert "python -m transcribe.fetch" not in machine.calls
    assert machine.setup("listen").returncode == 0
    assert machine.installed == ["."]


def test_a_moved_folder_gets_a_new_environment(machine):
    machine.setup("listen")
    machine.project = machine.project.rename(machine.folder / "moved")
    machine.setup("listen")
    assert machine.made_venv
    assert machine.installed == ["."]


def test_a_missing_system_package_is_installed_where_that_is_allowed(machine):
    done = machine.setup("listen", MISSING="libportaudio2")
    installs = [call for call in machine.calls if call.startswith("apt-get") and "install" in call]
    assert [call.split()[-1] for call in installs] == ["libportaudio2"]
    assert "--no-remove" in installs[0], "what a person uses is never taken away"
    assert done.returncode == 0


def test_present_system_packages_cost_no_apt_call(machine):
    machine.setup("test")
    assert not [call for call in machine.calls if call.startswith("apt-get")]


def test_listening_asks_for_no_package_that_only_tests_need(machine):
    machine.setup("listen", MISSING="pulseaudio espeak-ng")
    assert not [call for call in machine.calls if call.startswith("apt-get")]


def test_without_rights_a_line_names_the_package_and_set_up_goes_on(machine):
    done = machine.setup("listen", MISSING="libportaudio2", USER_ID="1000")
    assert [line for line in done.stdout.splitlines() if "please install" in line and "libportaudio2" in line]
    assert not [call for call in machine.calls if call.startswith("apt-get")]
    assert machine.calls[-1] == "python -m transcribe.fetch"
    assert done.returncode == 0


def test_a_package_that_cannot_be_installed_does_not_stop_the_others(machine):
    done = machine.setup("test", MISSING="pulseaudio espeak-ng", APT_EXIT="100")
    for package in ("pulseaudio", "espeak-ng"):
        assert f"could not install the system package {package}" in done.stdout
    assert done.returncode == 0


def test_without_ensurepip_the_pip_of_the_system_fills_the_environment(machine):
    done = machine.setup("listen", NO_ENSUREPIP="yes", MISSING="python3-venv", USER_ID="1000")
    assert "python -m venv --clear --without-pip .venv" in machine.calls
    assert "python -m pip --python .venv/bin/python install --quiet --no-input pip" in machine.calls
    assert done.returncode == 0, done.stderr


def test_a_python_that_is_too_old_is_refused_by_name(machine):
    done = machine.setup("listen", OLD_PYTHON="yes")
    assert done.returncode == 1
    assert "bin/python3 is not a Python of 3.11 or newer" in done.stderr
    assert not (machine.project / ".venv").exists()


def test_a_dry_run_says_what_it_would_do_and_touches_nothing(machine):
    before = sorted(machine.folder.rglob("*"))
    done = machine.setup("--dry-run", "test", MISSING="libportaudio2")
    assert [line.removeprefix("setup: would ").split(" ")[0] for line in done.stdout.splitlines()] == [
        *("install", "make", "install", "fetch")
    ]
    assert machine.calls == []
    assert sorted({*machine.folder.rglob("*")} - {machine.folder / "calls"}) == before


@pytest.mark.parametrize("arguments", [(), ("everything",), ("listen", "test")])
def test_a_wrong_call_is_answered_with_the_usage(machine, arguments):
    done = machine.setup(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: packaging/setup.sh")


def test_every_dependency_is_pinned_and_listening_needs_none_of_the_training():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listen = project["dependencies"]
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    assert [each for each in [*listen, *extras] if "==" not in each] == []
    training = {"torch", "onnx", "hassil", "home-assistant-intents"}
    assert {each.split("==")[0] for each in listen} & training == set()


@pytest.mark.parametrize("target", ["demo", "run"])
def test_the_demo_and_the_lamp_need_the_set_up_for_listening_only(target):
    recipe = make("--dry-run", target)
    assert "packaging/setup.sh listen" in recipe
    assert "packaging/setup.sh test" not in recipe


def test_the_tests_run_last_after_set_up_and_lint():
    commands = make("--dry-run", "test").splitlines()
    assert commands[0] == "packaging/setup.sh test"
    assert any("mypy" in command for command in commands[1:-1])
    assert "-m pytest" in commands[-1]


def test_make_alone_lists_every_target():
    listed = {line.split()[0] for line in make().splitlines()}
    assert listed >= {"setup", "demo", "run", "test", "lint", "base", "clean"}


def make(*arguments: str) -> str:
    """What make prints, as if called from a person's shell and not from inside `make test`."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env=outside, capture_output=True, text=True, check=True
    ).stdout
