"""Paths in the configuration lead to the same place wherever the program is started."""

from pathlib import Path

import pytest

from runtime.config import Config, load_config


def test_relative_paths_are_taken_from_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/people/ada")
    file = tmp_path / "device.yaml"
    file.write_text(
        "transcribe: {model: speech}\ndecide: {bundle: ~/bundle}\nstate_dir: /var/lib/lamp\n"
        "light: {kind: command, command: [./lamp.sh, ./argument]}\n"
    )
    config = load_config(file)
    assert config.transcribe.model == tmp_path / "speech"
    assert config.decide.bundle == Path("/people/ada/bundle")
    assert config.state_folder == Path("/var/lib/lamp")
    assert config.light.command == (str(tmp_path / "lamp.sh"), "./argument")


def test_a_program_without_a_slash_is_left_to_path(tmp_path: Path) -> None:
    file = tmp_path / "device.yaml"
    file.write_text("light: {kind: command, command: [lamp]}")
    assert load_config(file).light.command == ("lamp",)


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"STATE_DIRECTORY": "/var/lib/foreglow", "XDG_STATE_HOME": "/state"}, "/var/lib/foreglow"),
        ({"STATE_DIRECTORY": "/var/lib/one:/var/lib/two"}, "/var/lib/one"),
        ({"XDG_STATE_HOME": "/state"}, "/state/foreglow"),
        ({"XDG_STATE_HOME": "not/absolute"}, "/people/ada/.local/state/foreglow"),
        ({}, "/people/ada/.local/state/foreglow"),
    ],
)
def test_the_state_folder_is_where_the_system_says(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], folder: str
) -> None:
    for name in ("STATE_DIRECTORY", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/people/ada", **environment}.items():
        monkeypatch.setenv(name, value)
    assert Config().state_folder == Path(folder)
