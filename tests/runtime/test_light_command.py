"""A program as a light: it is run and ended as it should be, and its failures are told once."""

import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from runtime.config import Config, LightConfig
from runtime.lights.command import CommandDevice
from runtime.lights.console import ConsoleLight
from runtime.lights.make import make_light
from runtime.lights.steady import SteadyLight

Script = Callable[[str], str]
PATIENT_S = 30.0
"""A timeout that no test reaches unless something hangs."""


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """A program from the lines of a shell script; it runs in the test's folder."""

    def write(lines: str) -> str:
        program = tmp_path / "lamp.sh"
        program.write_text(f"#!/bin/sh\ncd '{tmp_path}'\n{lines}\n")
        program.chmod(0o755)
        return str(program)

    return write


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """The warnings so far."""
    caplog.set_level(logging.WARNING, logger="runtime.lights")
    return lambda: [record.getMessage() for record in caplog.records]


def command_light(command: list[str], timeout_s: float) -> SteadyLight:
    return SteadyLight(CommandDevice(command), timeout_s)


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it did not come to pass")


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def test_the_default_light_writes_lines() -> None:
    written: list[str] = []
    light = make_light(Config().light, written.append)
    light.switch(True)
    light.switch(False)
    light.close()
    assert written == ["light on", "light off"]


def test_a_console_light_writes_to_standard_output_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    ConsoleLight().switch(True)
    assert capfd.readouterr().out == "light on\n"


def test_the_program_gets_its_arguments_and_then_the_state(tmp_path: Path, script: Script) -> None:
    program = script('printf "%s|" "$@" >> log; echo >> log')
    light = make_light(LightConfig(kind="command", command=(program, "two words", "$HOME")))
    light.switch(True)
    wait_for(lambda: len(lines(tmp_path / "log")) == 1)
    light.switch(False)
    light.close()
    assert lines(tmp_path / "log") == ["two words|$HOME|on|", "two words|$HOME|off|"]


def test_of_what_is_asked_during_a_run_only_the_latest_is_done(tmp_path: Path, script: Script) -> None:
    os.mkfifo(tmp_path / "go")
    light = command_light([script('echo "$1" >> log; read line < go')], PATIENT_S)
    light.switch(True)
    wait_for(lambda: lines(tmp_path / "log") == ["on"])
    for on in (False, True, False):  # all of them return although the program hangs
        light.switch(on)
    (tmp_path / "go").write_text("\n")
    wait_for(lambda: len(lines(tmp_path / "log")) == 2)
    (tmp_path / "go").write_text("\n")
    light.close()
    assert lines(tmp_path / "log") == ["on", "off"]


def test_closing_waits_for_the_state_last_asked_for(tmp_path: Path, script: Script) -> None:
    light = command_light([script('sleep 0.2; echo "$1" >> log')], PATIENT_S)
    light.switch(True)
    light.close()
    light.close()
    assert lines(tmp_path / "log")[-1] == "on"


def test_a_program_that_hangs_is_killed_with_its_children(
    tmp_path: Path, script: Script, warnings: Callable[[], list[str]]
) -> None:
    program = script("sleep 600 & echo $! > child; wait")
    with closing(command_light([program], 0.5)) as light:
        light.switch(True)
        wait_for(lambda: bool(warnings()))
    child = int((tmp_path / "child").read_text())
    wait_for(lambda: is_gone(child))
    assert warnings() == [f"The light program {program} did not end within 0.5 s and was stopped."]


def is_gone(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"  # dead, and only waits for its parent to notice


def test_failures_are_told_once_until_it_works_again(
    tmp_path: Path, script: Script, warnings: Callable[[], list[str]]
) -> None:
    program = script('echo "$1" >> log; test -e mended && exit 0; echo "no such pin" >&2; exit 3')
    with closing(command_light([program], PATIENT_S)) as light:
        for run, on in enumerate((True, False, True), start=1):
            if run == 3:
                (tmp_path / "mended").touch()
            light.switch(on)
            wait_for(lambda run=run: len(lines(tmp_path / "log")) == run)  # type: ignore[misc]
    assert warnings() == [
        f"The light program {program} failed with exit status 3: no such pin.",
        f"The light program {program} works again.",
    ]


def test_a_program_that_cannot_be_run_is_warned_about(
    tmp_path: Path, warnings: Callable[[], list[str]]
) -> None:
    with closing(command_light([str(tmp_path / "nothing")], PATIENT_S)) as light:
        light.switch(True)
    assert warnings() == [
        f"The light program {tmp_path / 'nothing'} cannot be run: No such file or directory."
    ]


def test_a_program_ended_by_a_signal_is_warned_about(
    script: Script, warnings: Callable[[], list[str]]
) -> None:
    program = script("kill -TERM $$")
    with closing(command_light([program], PATIENT_S)) as light:
        light.switch(True)
    assert warnings() == [f"The light program {program} was ended by signal 15."]


def test_much_error_output_does_not_block_the_program(
    tmp_path: Path, script: Script, warnings: Callable[[], list[str]]
) -> None:
    program = script("head -c 1000000 /dev/zero >&2; echo done > log")
    with closing(command_light([program], PATIENT_S)) as light:
        light.switch(True)
    assert lines(tmp_path / "log") == ["done"]
    assert warnings() == []


def test_a_child_left_in_the_background_is_not_waited_for(
    tmp_path: Path, script: Script, warnings: Callable[[], list[str]]
) -> None:
    program = script("sleep 600 & echo $! > child")
    with closing(command_light([program], 5.0)) as light:
        light.switch(True)
    os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)  # still there, so it was not stopped
    assert warnings() == []


def test_closing_gives_up_on_a_program_that_hangs(script: Script, warnings: Callable[[], list[str]]) -> None:
    light = command_light([script("exec sleep 600")], 0.5)
    light.switch(True)
    light.close()
    light.switch(False)  # too late: nothing runs any more
    assert len(warnings()) == 1
