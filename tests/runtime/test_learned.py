"""`foreglow anticipate` says what the lamp of this state folder would do, lessons included."""

import json

import pytest

from runtime.cli import main
from runtime.journal.journal import Journal
from tests.runtime.diary import heard


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "device.yaml"
    path.write_text("state_dir: state\n")
    return path


def anticipated(config, capsys, text: str) -> str:
    assert main(["anticipate", "--config", str(config), "--json", text]) == 0
    return json.loads(capsys.readouterr().out)["decision"]


def test_a_taught_word_is_anticipated(config, tmp_path, capsys):
    assert anticipated(config, capsys, "lumos") == "none"
    assert not (tmp_path / "state").exists(), "asking leaves nothing behind"
    with Journal.open(tmp_path / "state") as journal:
        session = journal.begin_session()
        for _ in range(2):
            number = journal.add_utterance(heard("lumos", session=session))
            journal.add_label(number, "light_on", "claimed", 0.0)
    assert anticipated(config, capsys, "lumos") == "light_on"


def test_from_zero_what_met_with_silence_counts_too(config, tmp_path, capsys):
    config.write_text("state_dir: state\nlearn: {from_zero: true}\n")
    with Journal.open(tmp_path / "state") as journal:
        session = journal.begin_session()
        for text in ["light please"] * 3 + ["light music", "light music"]:
            number = journal.add_utterance(heard(text, session=session))
            if text == "light please":
                journal.add_label(number, "light_on", "claimed", 0.0)
    assert anticipated(config, capsys, "light") == "light_on"
    assert anticipated(config, capsys, "light music") == "none"
