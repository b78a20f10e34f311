"""What the benchmarks of listening hear, and how they count."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import latency, recogniser
from benchmarks.recogniser import Setting, variant, words_wrong
from benchmarks.takes import own_takes, people_takes, spoken_takes
from runtime.readme import filled
from transcribe.tune import read_chunk_ms

words = st.lists(st.sampled_from("abc"), max_size=6)


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [
        ("turn on the light please", "turn on the like please", 1),
        ("turn on the light", "on the light", 1),
        ("light", "a light rain", 2),
        ("off", "", 1),
        ("turn it off", "turn it off", 0),
    ],
)
def test_words_put_in_taken_out_or_exchanged_are_wrong(said, heard, wrong):
    assert words_wrong(said.split(), heard.split()) == wrong


@given(words, words)
def test_words_are_as_wrong_in_either_direction_and_at_most_all_of_them(one, other):
    assert words_wrong(one, other) == words_wrong(other, one) <= max(len(one), len(other))
    assert (words_wrong(one, other) == 0) == (one == other)


def test_the_recordings_of_the_project_are_all_there():
    takes = own_takes()
    assert len(takes) == 19
    assert all(take.path.is_file() for take in takes)
    assert {take.intent for take in takes} == {"light_on", "light_off", "none"}


def test_spoken_takes_are_read_from_their_list_and_people_from_folders(tmp_path):
    rows = [
        {
            "file": f"{number}.flac",
            "said": "turn it off",
            "intent": "light_off",
            "condition": "clean",
            "voice": "v",
        }
        for number in range(3)
    ]
    (tmp_path / "takes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    takes = spoken_takes(tmp_path, 2)
    assert [take.path.name for take in takes] == ["0.flac", "1.flac"]
    assert (takes[0].intent, takes[0].said, takes[0].condition) == (
        "light_off",
        ("turn", "it", "off"),
        "clean",
    )
    (tmp_path / "coffee").mkdir()
    (tmp_path / "coffee" / "1.flac").touch()
    (person,) = people_takes(tmp_path)
    assert (person.intent, person.said, person.condition) == ("none", None, "coffee")


def test_a_setting_is_added_to_a_copy_and_the_tuned_one_left_alone(tmp_path):
    copy = variant(tmp_path, Setting(chunk_ms=60, beam=8.0, max_active=500))
    lines = (copy / "conf/model.conf").read_text().splitlines()
    assert lines[-2:] == ["--beam=8.0", "--max-active=500"]
    assert read_chunk_ms(copy) == 60
    assert (copy / "am/final.mdl").is_file()
    plain = variant(tmp_path, Setting())
    assert (plain / "conf/model.conf").read_text().splitlines()[-2:] == ["--beam=10.0", "--max-active=3000"]


def test_the_page_has_a_place_for_each_table():
    assert latency.PAGE == recogniser.PAGE
    page = filled(latency.PAGE.read_text(), {"latencies": "these", "settings": "those"})
    assert "\nthese\n" in page
    assert "\nthose\n" in page
    assert Path(latency.PAGE).name == "latency.md"
