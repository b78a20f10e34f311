"""Scripts through the whole loop on a simulated clock, with the real language model and journal."""

import json

import pytest

from runtime.config import Config
from runtime.errors import ForeglowError
from runtime.events import Decided, End, Heard, Labelled, Retrained, Switched
from runtime.journal.journal import Journal
from runtime.learning.assembly import learn_in_script
from runtime.learning.teacher import LaterTeacher
from runtime.simulate.files import simulate_files
from runtime.simulate.playback import simulate_script
from runtime.simulate.script import ScriptError
from tests.runtime.kept import Kept, of

NOON = 1_800_000_000.0


@pytest.fixture
def write(tmp_path):
    def write_one(*lines, name="day.jsonl"):
        path = tmp_path / name
        path.write_text("\n".join(json.dumps(line) for line in lines))
        return path

    return write_one


def learn_later(_config, _service, _journal, _now):
    return LaterTeacher(), dict


def play(path, learn=learn_later, **more):
    report = Kept()
    simulate_script(path, Config(), report, pytest.fail, learn, wall=lambda: NOON, **more)
    assert report.sources == [str(path)]
    return report.events[0]


def test_words_come_one_by_one_and_the_light_follows(write):
    events = play(write({"at": 2.0, "heard": "Turn on the light, please!"}))
    heard = of(Heard, events)
    assert [event.hypothesis.text for event in heard][:2] == ["turn", "turn on"]
    assert [round(event.time, 3) for event in heard] == [2.3, 2.6, 2.9, 3.2, 3.5, 4.0]
    assert [event.hypothesis.final for event in heard] == [False] * 5 + [True]
    (decided,) = of(Decided, events)
    assert decided.decision.intent == "light_on"
    assert decided.time < 4.0  # before the final
    assert [(event.on, event.who) for event in of(Switched, events)] == [(True, "lamp")]
    (label,) = of(Labelled, events)
    assert (label.utterance, label.intent, label.source) == (1, "light_on", "unobjected")
    assert isinstance(events[-1], End)
    times = [event.time for event in events[:-1]]
    assert times == sorted(times)


def test_the_switch_corrects_and_claims(write):
    events = play(
        write(
            {"at": 2, "heard": "turn on the light"},
            {"at": 6, "switch": "light_off"},
            {"at": 100, "heard": "lumos"},
            {"at": 103, "switch": "light_on"},
        )
    )
    labels = [(event.utterance, event.intent, event.source, event.text) for event in of(Labelled, events)]
    assert labels == [
        (1, "none", "objected", "turn on the light"),
        (2, "light_on", "claimed", "lumos"),
    ]


def test_who_speaks_while_another_does_waits_but_a_switch_does_not(write):
    events = play(
        write(
            {"at": 2, "heard": "one two three"},
            {"at": 2.1, "heard": "four"},
            {"at": 2.4, "switch": "light_on"},
        )
    )
    finals = [
        (event.hypothesis.text, round(event.time, 3)) for event in of(Heard, events) if event.hypothesis.final
    ]
    assert finals == [("one two three", 3.4), ("four", 4.2)]
    assert [event.time for event in of(Switched, events)] == [2.4]


def test_weeks_pass_at_once_and_a_state_folder_stays(write, tmp_path):
    path = write(
        {"at": 2, "heard": "lumos"}, {"at": 4, "switch": "light_on"},
        {"at": 2_000_000, "heard": "nox"}, {"at": 2_000_003, "switch": "light_off"},
    )  # fmt: skip
    state = tmp_path / "state"
    assert play(path, state=state)[-1].duration > 2_000_000
    with Journal.open(state) as journal:
        labels = [(label.words, label.intent, label.wall_time) for label in journal.labels()]
    assert [label[:2] for label in labels] == [(("lumos",), "light_on"), (("nox",), "light_off")]
    assert labels[0][2] == pytest.approx(NOON + 2.3)
    assert labels[1][2] == pytest.approx(NOON + 2_000_000.3)


def test_without_a_state_folder_nothing_stays(write, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = write({"at": 2, "heard": "lumos"})
    play(path)
    assert list(tmp_path.iterdir()) == [path]


def test_retraining_happens_in_its_turn(write):
    seen = []

    def learn(_config, _service, journal, now):
        def retrain():
            seen.append((journal.count("labels"), now() - NOON))
            return {"event": "result", "promoted": False}

        return LaterTeacher(), retrain

    path = write({"at": 2, "heard": "lumos"}, {"at": 4, "switch": "light_on"}, {"at": 9, "retrain": True})
    (retrained,) = of(Retrained, play(path, learn))
    assert seen == [(1, 9.0)]
    assert retrained == Retrained(9.0, {"event": "result", "promoted": False})


def test_a_private_word_is_learned_from_the_switch_and_outlives_retraining(write):
    day = [
        line
        for n in range(3)
        for line in (
            {"at": 60 * n, "heard": "lumos"},
            {"at": 60 * n + 3, "switch": "light_on"},
            {"at": 60 * n + 30, "switch": "light_off"},
        )
    ]
    path = write(
        *day, {"at": 500, "heard": "lumos"}, {"at": 600, "retrain": True}, {"at": 700, "heard": "lumos"}
    )
    events = play(path, learn_in_script)
    obeyed = [event.decision.intent for event in of(Decided, events) if event.time > 400]
    assert obeyed == ["light_on", "light_on"]
    (retrained,) = of(Retrained, events)
    assert retrained.result["event"] == "result"


def test_a_recording_is_heard_at_its_time(write, light_on_recording):
    events = play(write({"at": 50, "say": str(light_on_recording)}, {"at": 51, "heard": "thank you"}))
    (decided,) = of(Decided, events)
    assert decided.decision.intent == "light_on"
    assert 50.5 < decided.decision.time <= decided.time < 54
    finals = [event.hypothesis for event in of(Heard, events) if event.hypothesis.final]
    assert finals[0].start >= 50
    assert finals[1].text == "thank you"
    assert finals[1].start > finals[0].time - 1
    assert [event.intent for event in of(Labelled, events)] == ["light_on"]


def test_recordings_and_scripts_in_the_order_given_and_none_stops_the_others(write, light_on_recording):
    bad = write({"at": 5, "heard": "a"}, {"at": 4, "heard": "b"}, name="bad.jsonl")
    unsaid = write({"at": 5, "say": "nowhere.wav"}, name="unsaid.jsonl")
    good = write({"at": 2, "heard": "hello"})
    report, complaints = Kept(), []
    files = [bad, light_on_recording, unsaid, good]
    assert not simulate_files(files, Config(), report, complaints.append, learn_later)
    assert report.sources == [str(light_on_recording), str(good)]
    assert ["line 2: is at 4 s" in complaints[0], "line 1: there is no recording" in complaints[1]] == [
        True
    ] * 2
    assert len(complaints) == 2


def test_a_state_folder_is_for_scripts(light_on_recording, tmp_path):
    with pytest.raises(ScriptError, match="--state is for scripts"):
        simulate_files([light_on_recording], Config(), Kept(), pytest.fail, learn_later, state=tmp_path)


def test_a_state_folder_in_use_is_refused(write, tmp_path):
    from runtime.state_lock import state_lock

    with state_lock(tmp_path / "state"), pytest.raises(ForeglowError, match="already running"):
        play(write({"at": 2, "heard": "hello"}), state=tmp_path / "state")
