"""The page as a process: beside the lamp it is kept up and ends with it; alone it says what is wrong."""

import http.client
import importlib.util
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.config import Config
from runtime.doctor import run_checks
from runtime.errors import ConfigError
from runtime.page import child
from runtime.page.child import PageProcess, check_installed, page_command
from tests.runtime.page.serving import PATIENCE_S, soon

ROOT = Path(__file__).parents[3]


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def device(tmp_path: Path, port: int) -> Path:
    path = tmp_path / "device.yaml"
    path.write_text(f"state_dir: {tmp_path}/state\npage: {{port: {port}}}\n")
    return path


def answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False


def served_by() -> list[int]:
    """Processes of ours that serve a page."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"runtime.page" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:  # it has ended meanwhile
            continue
    return found


def test_beside_the_lamp_it_is_served_again_when_it_was_killed_and_ends_with_the_lamp(
    device, port, monkeypatch, caplog
):
    monkeypatch.setattr(child, "FIRST_RETRY_S", 0.1)
    monkeypatch.setattr(child, "LOOK_S", 0.05)
    monkeypatch.chdir(ROOT)
    with PageProcess(device):
        assert soon(lambda: answers(port))
        (first,) = served_by()
        os.kill(first, signal.SIGKILL)
        assert soon(lambda: served_by() not in ([], [first]) and answers(port))
    assert served_by() == []
    assert not answers(port)
    assert "was killed" not in caplog.text


def test_it_ends_when_its_lamp_is_gone_however_that_went(device, port):
    process = subprocess.Popen(page_command(device), cwd=ROOT, stdin=subprocess.PIPE)
    assert soon(lambda: answers(port))
    assert process.stdin is not None
    process.stdin.close()  # as the system does it for a process that was killed
    assert process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_alone_it_says_where_it_is_and_ends_in_order(device, port, number):
    command = [sys.executable, "-m", "runtime.cli", "page", "--config", str(device)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == f"the page is at http://127.0.0.1:{port}/\n"
    assert soon(lambda: answers(port))
    process.send_signal(number)
    assert process.wait(PATIENCE_S) == 0


def test_a_port_that_is_taken_is_told_in_one_sentence(device, port):
    command = [sys.executable, "-m", "runtime.cli", "page", "--config", str(device)]
    with socket.create_server(("127.0.0.1", port)):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"cannot be served at 127.0.0.1, port {port}: Address already in use" in line


def test_no_key_is_written_where_no_person_looks(tmp_path, port):
    """Standard output here is a pipe, as under systemd."""
    device = tmp_path / "device.yaml"
    device.write_text(f"state_dir: {tmp_path}/state\npage: {{address: 0.0.0.0, port: {port}}}\n")
    command = [sys.executable, "-m", "runtime.cli", "page", "--config", str(device)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    process.terminate()
    assert process.wait(PATIENCE_S) == 0
    assert line.startswith("the page is at http://")
    assert "key" not in line


def test_without_its_packages_it_is_told_what_to_install(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "uvicorn" else find(name))
    with pytest.raises(ConfigError, match=r"needs uvicorn, .* `pip install 'foreglow\[page\]'`"):
        check_installed()
    config = Config.model_validate({"page": {"enabled": True}})
    (check,) = [check for check in run_checks(config) if check.name == "page"]
    assert not check.ok


def test_the_page_loads_nothing_that_runs_the_model():
    program = "import sys, runtime.page.server; print({'onnxruntime', 'torch', 'vosk'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
