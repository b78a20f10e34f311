"""The doctor finds what is missing, says how to mend it, and changes nothing."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from runtime import doctor
from runtime.config import Config, DecideConfig, LightConfig, TranscribeConfig
from runtime.doctor import Check, check_lines, diagnose, run_checks
from runtime.lights.check import check_light
from runtime.releases.promotion import promote
from tests.conftest import AudioDevice
from tests.runtime.bundles import make_bundle

TOP = Path(__file__).parents[2]


def test_every_package_that_listening_depends_on_is_checked() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    needed = {dependency.partition("==")[0] for dependency in project["dependencies"]}
    assert {*doctor.PACKAGES, "sounddevice"} == needed


def test_the_packages_here_are_found_with_their_versions() -> None:
    for check in [doctor.check_python(), *doctor.check_packages()]:
        assert check.ok, check
        assert check.detail[0].isdigit()


def test_looking_changes_nothing_and_imports_no_torch(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    program = (
        "import json, sys; from runtime.config import Config; from runtime.doctor import run_checks\n"
        "checks = run_checks(Config())\n"
        "print(json.dumps([[check.name for check in checks], 'torch' in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", program],
        cwd=TOP,
        env={"HOME": str(home)},
        capture_output=True,
        check=True,
    )
    names, torch_imported = json.loads(done.stdout)
    assert names[-5:] == ["microphone", "speech model", "bundle", "state folder", "light"]
    assert not torch_imported
    assert {entry.name for entry in home.iterdir()} <= {
        ".config"
    }  # there PortAudio's PulseAudio keeps a link


def test_a_package_that_breaks_on_import_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_installed.py").write_text("raise RuntimeError('wrong processor')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(doctor, "PACKAGES", {"half-installed": "half_installed", "absent": "no_such_module"})
    half, absent = doctor.check_packages()
    assert not half.ok
    assert half.detail == "cannot be imported: wrong processor"
    assert not absent.ok
    assert "make setup" in absent.mend


def test_one_missing_package_does_not_stop_the_other_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transcribe.verify", None)  # importing it fails from now on
    checks = {check.name: check for check in run_checks(Config())}
    assert not checks["speech model"].ok
    assert "cannot be checked" in checks["speech model"].detail
    assert checks["light"].ok


def test_a_microphone_is_found(audio_device: AudioDevice) -> None:
    assert audio_device.env
    assert doctor.check_portaudio().ok
    check = doctor.check_microphone(Config())
    assert check.ok, check


def test_an_unknown_microphone_is_told_but_may_come_later(audio_device: AudioDevice) -> None:
    assert audio_device.env
    config = Config.model_validate({"capture": {"microphone": "no such thing"}})
    check = doctor.check_microphone(config)
    assert not check.ok
    assert not check.required
    assert "'no such thing'" in check.detail
    assert "foreglow microphones" in check.mend


def test_a_speech_model_not_fetched_yet_is_told_with_the_command_that_fetches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    check = doctor.check_speech_model(Config())
    assert not check.ok
    assert check.required
    assert "not fetched yet" in check.detail
    assert "`python -m transcribe.fetch`" in check.mend
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_speech_model_is_told(tmp_path: Path) -> None:
    check = doctor.check_speech_model(Config(transcribe=TranscribeConfig(model=tmp_path)))
    assert not check.ok
    assert "transcribe.model" in check.mend


def test_the_base_bundle_is_found() -> None:
    check = doctor.check_bundle(Config())
    assert check.ok, check


def test_the_promoted_bundle_is_the_one_that_is_checked(tmp_path: Path) -> None:
    config = Config(state_dir=tmp_path / "s")
    candidate, version = make_bundle(tmp_path, 0)
    promote(config.state_folder, candidate, {})
    assert version in doctor.check_bundle(config).detail
    (config.state_folder / "releases" / version / "model.onnx").write_bytes(b"")
    check = doctor.check_bundle(config)
    assert not check.ok
    assert "foreglow rollback" in check.mend


def test_a_missing_bundle_is_told(tmp_path: Path) -> None:
    check = doctor.check_bundle(Config(decide=DecideConfig(bundle=tmp_path / "none")))
    assert not check.ok
    assert "decide.bundle" in check.mend


@pytest.mark.parametrize("there", [True, False])
def test_a_state_folder_that_is_or_can_be_made_is_fine_and_left_as_it_was(
    tmp_path: Path, there: bool
) -> None:
    folder = tmp_path / "a" / "s"
    if there:
        folder.mkdir(parents=True)
    check = doctor.check_state_folder(Config(state_dir=folder))
    assert check.ok, check
    assert folder.exists() == there
    assert not there or list(folder.iterdir()) == []


def test_a_state_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    for folder in (tmp_path / "f", tmp_path / "f" / "s", tmp_path / ("x" * 107)):
        check = doctor.check_state_folder(Config(state_dir=folder))
        assert not check.ok, folder
        assert "state_dir" in check.mend


def test_the_light_program_must_be_there_and_executable(tmp_path: Path) -> None:
    program = tmp_path / "lamp.sh"

    def check() -> Check:
        return check_light(Config(light=LightConfig(kind="command", command=(str(program),))))

    assert not check().ok
    assert "there is no program" in check().detail
    program.write_text("#!/bin/sh\n")
    assert check().mend == f"run `chmod +x {program}`"
    program.chmod(0o755)
    assert check().ok
    assert check_light(Config(light=LightConfig(kind="command", command=("sh",)))).ok
    assert not check_light(Config(light=LightConfig(kind="command", command=("no-such-lamp",)))).ok


def test_a_bad_configuration_is_told_and_the_rest_is_still_checked(tmp_path: Path) -> None:
    file = tmp_path / "device.yaml"
    file.write_text("light: {kind: on}")
    first, *others = diagnose(file)
    assert not first.ok
    assert first.detail.startswith(f"{file}, line 1: light.kind")
    assert [check.name for check in others][-1] == "light"


def test_a_good_configuration_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert diagnose()[0].detail == "built-in defaults"
    (tmp_path / "device.yaml").touch()
    assert diagnose()[0] == Check("configuration", True, True, "device.yaml", "")


def test_people_read_a_line_a_check_and_how_to_mend_it() -> None:
    checks = [
        Check("light", True, True, "console", ""),
        Check("microphone", False, False, "there is none", "plug one in"),
        Check("bundle", False, True, "one\ntwo", "get it"),
    ]
    assert list(check_lines(checks)) == [
        "ok    light       console",
        "note  microphone  there is none",
        "                  to mend it: plug one in",
        "FAIL  bundle      one",
        "                  two",
        "                  to mend it: get it",
    ]
