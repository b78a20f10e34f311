"""A script is read as it is meant, or refused with the line that is wrong."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.simulate import script
from runtime.simulate.script import HeardLine, RetrainLine, SayLine, ScriptError, SwitchLine, read_script


@pytest.fixture
def write(tmp_path):
    def write_one(content) -> Path:
        path = tmp_path / "day.jsonl"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_one


def test_every_kind_of_line(write):
    path = write(
        '\ufeff{"at": 12.0, "heard": "bring me some light"}\r\n\n'
        '{"at": 12.0, "say": "clip.wav"}\n{"at": 14, "switch": "light_on"}\n{"at": 9e4, "retrain": true}'
    )
    assert read_script(path) == [
        HeardLine(12.0, 1, "bring me some light"),
        SayLine(12.0, 3, path.parent / "clip.wav"),
        SwitchLine(14.0, 4, True),
        RetrainLine(90_000.0, 5),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nonsense", "is no JSON: nonsense."),
        ("[" * 50_000, "is no JSON"),
        ("[1]", "must be a JSON object"),
        ('{"heard": "hello"}', 'needs "at"'),
        ('{"at": true, "heard": "hello"}', 'needs "at"'),
        ('{"at": NaN, "heard": "hello"}', 'needs "at"'),
        ('{"at": -1, "heard": "hello"}', "must be between 0 and"),
        ('{"at": 1e400, "heard": "hello"}', "must be between 0 and"),
        ('{"at": 9}', 'one of "heard", "say", "switch", "retrain"'),
        ('{"at": 9, "heard": "a", "switch": "light_on"}', "and nothing else"),
        ('{"at": 9, "hear": "a"}', 'one of "heard"'),
        ('{"at": 9, "heard": " "}', '"heard" must be text'),
        ('{"at": 9, "heard": 5}', '"heard" must be text, but is 5.'),
        ('{"at": 9, "heard": "\\ud800"}', '"heard" must be text'),
        ('{"at": 9, "say": "a\\u0000b"}', "path of a recording"),
        ('{"at": 9, "switch": true}', '"light_on" or "light_off", but is true'),
        ('{"at": 9, "retrain": false}', '"retrain" must be true'),
        ('{"at": 7.5, "heard": "too late"}', "at 7.5 s, but the line before it at 8 s"),
    ],
)
def test_a_line_that_is_wrong_is_named(write, line, why):
    path = write('{"at": 8, "heard": "hello"}\n\n' + line)
    with pytest.raises(ScriptError) as error:
        read_script(path)
    assert str(error.value).startswith(f"{path}, line 3: ")
    assert why in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_what_is_no_script_at_all(write, tmp_path):
    for path, why in [
        (tmp_path / "missing.jsonl", "cannot be read"),
        (tmp_path, "cannot be read"),
        (write(b"\xff\xfe"), "is not UTF-8"),
    ]:
        with pytest.raises(ScriptError, match=why):
            read_script(path)
    with pytest.raises(ScriptError, match="is empty"):
        read_script(write(" \n\n"))


@given(st.binary(max_size=200) | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(
    lambda value: json.dumps({"at": 1, "heard": value}).encode()
))  # fmt: skip
def test_nothing_makes_it_fail_otherwise(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(content)
    with contextlib.suppress(ScriptError):
        assert read_script(path)


def test_a_script_of_too_many_lines_or_too_long_ones_is_refused(write, monkeypatch):
    monkeypatch.setattr(script, "MOST_LINES", 3)
    line = '{"at": 1, "retrain": true}\n'
    assert len(read_script(write(3 * line))) == 3
    with pytest.raises(ScriptError, match="has more than 3 lines; divide it"):
        read_script(write(4 * line))
    for text in ("a" * 10_001, "\u00e9" * 10_001):
        with pytest.raises(ScriptError, match=r'line 1: "heard" is longer than 10,000 characters'):
            read_script(write(json.dumps({"at": 1, "heard": text})))
    with pytest.raises(ScriptError, match="line 1: is longer than 70,000 characters"):
        read_script(write(" " * 70_000 + line))
