"""What is told of events: JSON lines, plain lines, the live view."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from runtime.decision import Decision, Retraction
from runtime.events import Decided, End, Heard, Labelled, Ready, Retracted, SpeechEnded, Switched
from runtime.latency import Latencies, Latency
from runtime.report import JsonReport, PlainReport
from runtime.scene import Scene, advance
from runtime.view import LiveView, draw, record
from transcribe.hypothesis import Hypothesis

ON = Decision("light_on", 0.974, ("turn", "on", "the"), word=3, time=1.0)
WORDS = ("turn", "on", "the", "light")


def heard(words, time, *, final=False):
    return Heard(time, Hypothesis(tuple(words), final, time, 0.0), (0.9, 0.02, 0.08))


ANTICIPATED = [
    heard(WORDS[:3], 1.0),
    Decided(1.04, ON),
    heard(WORDS, 2.5, final=True),
    SpeechEnded(2.51, last_speech=2.0),
    End(3.0, 0.25, 0),
]
TAKEN_BACK = [
    heard(WORDS[:3], 1.0),
    Decided(1.04, ON),
    heard(("turn", "on", "the", "radio"), 2.5, final=True),
    Retracted(2.52, Retraction(ON, ("turn", "on", "the", "radio"), 2.5)),
    SpeechEnded(2.53, last_speech=2.0),
]
LEFT_ALONE = [heard(("good", "evening"), 1.0, final=True), SpeechEnded(1.01, last_speech=0.8)]


def scenes(events, scene=None):
    scene, found = scene or Scene(), []
    for event in events:
        scene = advance(scene, event)
        found.append(scene)
    return found


def plain(*recordings, named=True):
    stream = io.StringIO()
    report = PlainReport(stream, recordings=named)
    for number, events in enumerate(recordings):
        report.begin(f"{number}.wav")
        for event in events:
            report.show(event)
    report.close()
    return stream.getvalue().splitlines()


def json_lines(events, *, recordings):
    stream = io.StringIO()
    report = JsonReport(stream, recordings=recordings)
    report.begin("a.wav")
    for event in events:
        report.show(event)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_lines_of_a_recording_are_as_others_rely_on():
    words, decision, final, speech_end, end = json_lines(ANTICIPATED, recordings=True)
    assert words == {
        "event": "heard",
        "file": "a.wav",
        "time": 1.0,
        "text": "turn on the",
        "final": False,
        "probabilities": [0.9, 0.02, 0.08],
    }
    assert decision == {
        "event": "decision",
        "file": "a.wav",
        "time": 1.04,
        "intent": "light_on",
        "confidence": 0.974,
        "text": "turn on the",
        "word": 3,
    }
    assert final["final"] is True
    assert speech_end == {"event": "speech_end", "file": "a.wav", "time": 2.51, "last_speech": 2.0}
    assert end == {"event": "end", "file": "a.wav", "duration": 3.0, "compute": 0.25, "dropped_blocks": 0}


LABEL = Labelled(13.0, 7, "none", "objected", "it is late")


def test_what_was_learned_is_told():
    assert json_lines([LABEL], recordings=False) == [
        {
            "event": "label",
            "time": 13.0,
            "utterance": 7,
            "intent": "none",
            "source": "objected",
            "text": "it is late",
        }
    ]
    assert plain([LABEL])[1:2] == ['  learned, switched back  none             "it is late"']
    assert plain([replace(LABEL, intent=None)])[1].split()[0] == "unlearned"


def test_json_lines_of_the_microphone_name_no_file():
    ready, light, retracted = json_lines(
        [Ready("mic", "base"), Switched(1.0, True), TAKEN_BACK[3]], recordings=False
    )
    assert (ready["event"], ready["microphone"]) == ("ready", "mic")
    assert light == {"event": "light", "time": 1.0, "on": True, "who": "lamp"}
    assert retracted == {
        "event": "retracted",
        "time": 2.52,
        "intent": "light_on",
        "text": "turn on the radio",
    }


def test_a_decision_is_shown_with_its_lead_once_the_end_of_speech_is_known():
    name, line, summary = plain(ANTICIPATED)
    assert name == "0.wav"
    assert line.split() == [
        "0.96",
        "s",
        "before",
        "the",
        "end",
        "light_on",
        "97%",
        *'"turn on the | light"'.split(),
    ]
    assert "1 switched" in summary
    assert "0.96 s before" in summary


def test_columns_line_up_whatever_happened():
    lines = plain(ANTICIPATED, TAKEN_BACK, [*LEFT_ALONE, LABEL])
    starts = {line.index('"') for line in lines if '"' in line}
    assert len(starts) == 1
    assert "taken back" in lines[3]
    assert "left alone" in lines[5]
    assert lines[-1].startswith("3 recordings: 1 switched the light, 2 left it alone")


def test_the_microphone_is_not_counted_as_a_recording():
    assert len(plain(LEFT_ALONE, named=False)) == 1


def test_speech_that_goes_on_after_the_final_leaves_the_lead_unknown():
    events = [*ANTICIPATED[:3], heard(("and",), 3.0, final=True), SpeechEnded(4.0, last_speech=3.5)]
    assert [utterance.lead_s for utterance in scenes(events)[-1].closed] == [None, None]
    assert "while speech went on" in plain(events)[1]


def test_talk_without_a_pause_is_told_as_it_goes_and_not_hoarded():
    talk = [heard((f"word{number}",), float(number), final=True) for number in range(50)]
    after = scenes(talk)
    assert max(len(scene.open) for scene in after) == 2
    assert [u.words[0] for scene in after for u in scene.closed] == [f"word{number}" for number in range(48)]


def test_a_noise_after_the_final_does_not_hide_the_lead():
    events = [*ANTICIPATED[:3], heard(("huh",), 2.6, final=True), SpeechEnded(2.7, last_speech=2.0)]
    assert scenes(events)[-1].closed[0].lead_s == pytest.approx(0.96)


def test_the_light_goes_back_to_what_it_was_before():
    assert [scene.lit for scene in scenes(TAKEN_BACK)] == [False, True, True, False, False]
    assert scenes(TAKEN_BACK, Scene(lit=True))[-1].lit


def test_an_utterance_is_closed_once():
    assert [len(scene.closed) for scene in scenes([*LEFT_ALONE, End(1.0, 0.1, 0), End(1.0, 0.1, 0)])] == [
        0,
        1,
        0,
        0,
    ]


def test_the_live_view_shows_words_bars_lamp_and_record():
    console = Console(file=io.StringIO(), force_terminal=True, width=100, height=30, color_system=None)
    during = scenes(ANTICIPATED)[1]
    with console.capture() as capture:
        console.print(draw(during, "a.wav"))
    shown = capture.get()
    assert "turn on the" in shown
    assert "90%" in shown
    assert " lit " in shown
    with LiveView(console, recordings=True) as view:
        view.begin("a.wav")
        for event in [*ANTICIPATED, *LEFT_ALONE, *TAKEN_BACK]:
            view.show(event)
        view.close()
    record = console.file.getvalue()
    assert "0.96 s before the end" in record
    assert "taken back" in record
    assert "1 recording: 1 switched" in record


def drawn(renderable, columns: int) -> list[str]:
    """What a terminal so wide shows, line by line."""
    console = Console(force_terminal=True, width=columns, color_system=None, file=io.StringIO())
    console.print(renderable)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


LONG = "the book is dull and it is late so please be so kind to switch off the lamp beside me".split()


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_a_narrow_terminal_shows_the_newest_words_and_all_three_probabilities(columns):
    (scene,) = scenes([heard(LONG, 1.0)])
    lines = drawn(draw(scene, "a.wav"), columns)
    assert len(lines) == 6
    assert lines[1].endswith("beside me”")
    assert "…" in lines[1]
    ends = {"light_on": "90%", "light_off": "2%", "none": "8%"}
    for line, (intent, end) in zip(lines[3:], ends.items(), strict=True):
        assert intent in line
        assert line.endswith(end)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("[/red].wav", "[/red].wav"),
        (":smile:.wav", ":smile:.wav"),
        ("a\udce9\x1b\n.wav", r"a\udce9\x1b\n.wav"),
    ],
)
def test_the_live_view_shows_any_file_name_as_it_is_on_one_line(source, shown):
    console = Console(file=io.StringIO(), force_terminal=True, width=80, height=30, color_system=None)
    with LiveView(console, recordings=True) as view:
        view.begin(source)
    assert f"{shown} ───" in console.file.getvalue()


def test_the_last_line_of_the_live_view_ends_before_the_edge():
    console = Console(force_terminal=True, width=80, color_system=None, file=io.StringIO())
    console.print(draw(scenes(ANTICIPATED)[1], "a.wav"))
    assert len(console.file.getvalue().splitlines()[-1]) < 79


@pytest.mark.parametrize("columns", [40, 80])
def test_the_record_keeps_every_word(columns):
    *_, scene = scenes([heard(LONG, 1.0, final=True), SpeechEnded(1.1, last_speech=0.9)])
    (utterance,) = scene.closed
    lines = drawn(record(utterance), columns)
    assert max(map(len, lines)) <= columns
    assert " ".join(" ".join(lines).split()).endswith(f"left alone “{' '.join(LONG)}”")


def test_in_the_record_words_stand_under_words():
    *_, scene = scenes([heard(LONG, 1.0, final=True), SpeechEnded(1.1, last_speech=0.9)])
    first, *more = drawn(record(scene.closed[0]), 80)
    assert more
    assert {len(line) - len(line.lstrip()) for line in more} == {first.index("“")}


TIMED = Latencies(2, 1, 0, 0, (Latency(0.2, 0.01, 0.001, 0.005), Latency(0.3, 0.02, 0.001, 0.004)))


def test_how_long_decisions_took_is_told_at_the_end():
    events = [*ANTICIPATED[:-1], End(3.0, 0.25, 0, TIMED)]
    assert plain(events, events)[-2] == TIMED.sentence()
    assert plain(events, named=False)[-1] == TIMED.sentence()
    assert json_lines(events, recordings=True)[-1]["latency"] == TIMED.as_json()


def test_nothing_is_counted_when_no_recording_could_be_used():
    stream = io.StringIO()
    PlainReport(stream, recordings=True).close()
    assert stream.getvalue() == ""


def test_a_dark_lamp_looks_dark():
    console = Console(width=100, color_system=None)
    with console.capture() as capture:
        console.print(draw(Scene(), "a.wav"))
    assert "dark" in capture.get()
    assert "listening" in capture.get()
