"""The space key as a switch, on a real terminal of its own."""

import os
import queue
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from runtime.errors import ControlError
from runtime.switches.console import ConsoleSwitch, make_console_switch
from runtime.switches.request import switch_handler
from runtime.switches.switch import NoSwitch

PATIENCE_S = 20.0
ROOT = Path(__file__).parents[2]


@pytest.fixture
def terminal():
    """(the side of the person, the side of the program)"""
    person, program = os.openpty()
    yield person, program
    os.close(person)
    os.close(program)


def test_space_flips_other_keys_do_not_and_the_terminal_is_as_before(terminal):
    person, program = terminal
    before = termios.tcgetattr(program)
    flips: queue.Queue[bool] = queue.Queue()
    lit = False

    def flip(on):
        nonlocal lit
        lit = on
        flips.put(on)

    switch = ConsoleSwitch(program, flip, lambda: lit)
    assert termios.tcgetattr(program) != before
    assert termios.tcgetattr(program)[3] & termios.ISIG  # Ctrl-C is still a signal
    os.write(person, b"x \x1b[A \n")
    assert [flips.get(timeout=PATIENCE_S) for _ in range(2)] == [True, False]
    switch.close()
    switch.close()
    assert termios.tcgetattr(program) == before
    assert flips.empty()


def test_a_terminal_that_goes_away_ends_it_quietly():
    person, program = os.openpty()
    switch = ConsoleSwitch(program, lambda _: None, lambda: False)
    os.close(person)
    switch._thread.join(PATIENCE_S)
    assert not switch._thread.is_alive()
    switch.close()
    os.close(program)


def test_without_a_terminal_there_is_no_switch(monkeypatch, tmp_path):
    (tmp_path / "keys").write_text(" ")
    with (tmp_path / "keys").open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert isinstance(make_console_switch(pytest.fail, lambda: False), NoSwitch)
    monkeypatch.setattr(sys, "stdin", None)
    assert isinstance(make_console_switch(pytest.fail, lambda: False), NoSwitch)


IN_BACKGROUND = """
import os, signal, sys
from runtime.switches.console import make_console_switch
from runtime.switches.switch import NoSwitch
os.setsid()
terminal = os.open(sys.argv[1], os.O_RDWR)  # becomes the terminal that this session is ruled by
os.dup2(terminal, 0)
if os.fork() == 0:
    os.setpgid(0, 0)  # a job in the background
    switch = make_console_switch(print, lambda: False)
    switch.close()
    os._exit(0 if isinstance(switch, NoSwitch) else 1)
_, status = os.waitpid(-1, os.WUNTRACED)
print("stopped" if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status))
"""


def test_a_job_in_the_background_leaves_the_terminal_to_the_shell(terminal):
    done = subprocess.run(
        [sys.executable, "-c", IN_BACKGROUND, os.ttyname(terminal[1])],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout == "0\n", done.stderr


class Flips:
    """As much of a loop as a request needs."""

    lit = False

    def flip(self, on, who, at_s):
        self.lit = on
        self.last = (on, who, at_s)


def test_another_program_may_switch():
    loop = Flips()
    handle = switch_handler(loop, lambda: 3.0)
    assert handle({"do": "switch", "to": "light_on"}) == {"light": "on"}
    assert loop.last == (True, "command", 3.0)
    handle({"do": "switch", "to": "light_off", "who": "page"})
    assert loop.last == (False, "page", 3.0)
    assert [handle({"do": "switch", "to": "toggle"})["light"] for _ in range(2)] == ["on", "off"]


@pytest.mark.parametrize("request_", [{}, {"to": "on"}, {"to": True}, {"to": "light_on", "who": "lamp"}])
def test_what_is_no_switching_is_refused(request_):
    with pytest.raises(ControlError, match="must be"):
        switch_handler(Flips(), lambda: 3.0)({"do": "switch", **request_})
