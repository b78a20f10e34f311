"""README.md and its picture: generated parts up to date, examples that work."""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from runtime.config import load_config
from runtime.readme import README, filled, parts

PICTURE = README.parent / "docs" / "pictures" / "terminal.svg"


def example(language: str, test: str) -> str:
    """The code block of the README that says it is used by a test."""
    text = README.read_text(encoding="utf-8")
    found = re.search(
        rf"<!-- tests/test_readme.py {test} this[^>]*-->\n```{language}\n(.*?)```", text, re.DOTALL
    )
    assert found, f"README.md has no {language} example marked so"
    return found[1]


def test_the_generated_parts_are_up_to_date():
    text = README.read_text(encoding="utf-8")
    assert text == filled(text, parts()), "run: python -m runtime.readme"


def test_a_generated_part_replaces_only_what_is_between_its_comments():
    page = "before\n<!-- help: by a program -->\nold\n<!-- end of help -->\nafter\n"
    fresh = "before\n<!-- help: by a program -->\n\nnew \\1\n\n<!-- end of help -->\nafter\n"
    assert filled(page, {"help": "new \\1"}) == fresh
    assert filled(fresh, {"help": "new \\1"}) == fresh


def test_a_page_without_the_place_is_refused():
    with pytest.raises(ValueError, match="0 places for `help`"):
        filled("nothing here", {"help": "new"})


def test_the_configuration_shown_is_accepted_and_names_the_script_beside_it(tmp_path):
    path = tmp_path / "device.yaml"
    path.write_text(example("yaml", "loads"))
    config = load_config(path)
    assert config.capture.microphone == "USB"
    assert list(config.light.command) == [str(tmp_path / "lamp.sh"), "17"]


@pytest.mark.parametrize(("state", "drive"), [("on", "dh"), ("off", "dl")])
def test_the_script_shown_drives_the_pin(state, drive, tmp_path):
    (tmp_path / "lamp.sh").write_text(example("sh", "runs"))
    pinctrl = tmp_path / "pinctrl"
    pinctrl.write_text('#!/bin/sh\necho "$@"\n')
    pinctrl.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", tmp_path / "lamp.sh", "17", state], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"set 17 op {drive}\n"


def test_the_picture_shows_the_lamp_at_work_and_loads_nothing():
    content = PICTURE.read_text(encoding="utf-8")
    shown = " ".join("".join(ET.fromstring(content).itertext()).replace("\N{NO-BREAK SPACE}", " ").split())
    for words in ("make demo", "light_on", "light_off", "left alone", "before the end", "lit"):
        assert words in shown
    assert re.findall(r"(?:url\(|href=\W)\s*http", content) == []
    assert len(content) < 150_000
    assert PICTURE.relative_to(README.parent).as_posix() in README.read_text(encoding="utf-8").split("```")[0]


def test_the_script_shown_teaches_a_word_that_nobody_had_told_the_lamp(tmp_path):
    found = re.search(
        r"plays this -->\n```sh\n.*?<<'END'\n(.*?)END\n", README.read_text(encoding="utf-8"), re.DOTALL
    )
    assert found
    script = tmp_path / "lumos.jsonl"
    script.write_text(found[1])
    environment = os.environ | {"PYTHONPATH": str(README.parent)}
    command = [sys.executable, "-m", "runtime.cli", "simulate", "--json", str(script)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["source"] for line in lines if line["event"] == "label"][:1] == ["claimed"]
    decided = [(line["intent"], line["text"]) for line in lines if line["event"] == "decision"]
    assert decided == [("light_on", "lumos")]
