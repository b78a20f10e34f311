"""The script that speaks phrases: rooms and noise, who says what, what is written down, and the replay."""

import json
import lzma
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import room
import spoken
from spoken_takes import TEST_SNR_DB, Take, all_takes, planned
from voices import LOUDNESS, RATE, Sound, speak_espeak, speech

from benchmarks.spoken import Outcome, Replay, figures, recordings
from model.phrases import Phrase
from model.spoken import Partial, Spoken, read_spoken
from tests.runtime.toy import POLICY, ScriptedModel
from transcribe.hypothesis import Hypothesis

PHRASE = Phrase("turn it off", "light_off", "direct")


def _take(number: int, text: str = "turn it off") -> Take:
    return Take(number, "train", Phrase(text, "light_off", "direct"), "flite slt", 1.0, 1.0)


def _random() -> np.random.Generator:
    return np.random.default_rng(1)


def _level(sound: Sound) -> float:
    return float(np.sqrt(np.mean(np.square(sound))))


def test_noise_stands_as_far_below_the_speech_as_asked() -> None:
    quiet = np.zeros(RATE, np.float32)
    for noise in (room.white_noise(RATE, _random()), room.pink_noise(RATE, _random()) * 50):
        under = room.mixed(quiet, noise, speech_level=0.08, snr_db=12)
        assert 20 * np.log10(0.08 / _level(under)) == pytest.approx(12, abs=0.01)


def test_pink_noise_loses_three_decibels_an_octave() -> None:
    power = np.square(np.abs(np.fft.rfft(room.pink_noise(1 << 16, _random()))))
    octaves = [power[1 << k : 2 << k].mean() for k in range(6, 15)]
    assert 10 * np.log10(octaves[0] / octaves[-1]) == pytest.approx(3.01 * 8, abs=1.5)


def test_an_echo_follows_the_sound_and_dies_away() -> None:
    click = np.zeros(RATE, np.float32)
    click[100] = 1
    heard = room.echoed(click, _random())
    assert heard.shape == click.shape
    assert heard[:100] == pytest.approx(0, abs=1e-6)
    assert heard[100] == pytest.approx(1, abs=1e-3)
    early, late = heard[200:1800], heard[3400:5000]
    assert 0 < _level(late) < _level(early) / 2


def test_babble_is_many_and_an_excerpt_begins_again_at_its_end() -> None:
    talk = [np.full(10, value, np.float32) for value in (1, 2)]
    assert set(room.excerpt(talk[0], 25, _random())) == {1}
    assert room.babble(25, _random(), talk, talkers=3).max() <= 6
    assert len(room.babble(25, _random(), talk)) == 25


@pytest.fixture(scope="module")
def takes() -> list[Take]:
    return all_takes()


def test_takes_are_the_same_every_time_and_test_is_apart_from_training(takes: list[Take]) -> None:
    assert takes == all_takes()
    assert len({take.number for take in takes}) == len(takes)
    train = [take for take in takes if take.split == "train"]
    test = [take for take in takes if take.split == "test"]
    assert not {take.phrase.text for take in train} & {take.phrase.text for take in test}
    assert not {take.voice.split()[0] for take in train} & {take.voice.split()[0] for take in test}
    assert "misheard" not in {take.phrase.group for take in takes}
    commands = {"light_on": 0, "light_off": 0, "none": 0}
    for take in train:
        commands[take.phrase.intent] += 1
    assert commands["light_on"] == commands["light_off"]
    assert 0.4 < 2 * commands["light_on"] / len(train) < 0.5


def test_what_was_drawn_stays_drawn_whatever_becomes_of_the_templates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noisy = Take(9, "test", PHRASE, "piper joe", 1.1, 1.0, noise="pink", snr_db=12)
    monkeypatch.setattr("spoken_takes.all_takes", lambda: [_take(1), noisy])
    path = tmp_path / "build" / "takes.jsonl"
    first = planned(path)
    monkeypatch.setattr("spoken_takes.all_takes", lambda: [_take(2)])
    assert first == planned(path) == [_take(1), noisy]


def test_every_phrase_for_test_is_heard_clean_and_in_noise_by_the_same_voice(takes: list[Take]) -> None:
    test = [take for take in takes if take.split == "test"]
    for clean, noisy in zip(test[::2], test[1::2], strict=True):
        assert (clean.phrase, clean.voice, clean.pace) == (noisy.phrase, noisy.voice, noisy.pace)
        assert (clean.condition, noisy.condition) == ("clean", f"noise{TEST_SNR_DB}")


def test_any_beginning_of_the_takes_is_a_sample_of_all(takes: list[Take]) -> None:
    whole = sum(take.split == "test" for take in takes) / len(takes)
    assert sum(take.split == "test" for take in takes[:1000]) / 1000 == pytest.approx(whole, abs=0.05)


def test_voice_pace_and_pitch_change_the_speech(require: Callable[[str], None]) -> None:
    require("espeak-ng")
    plain = speech(*speak_espeak("turn on the light", "en"))
    assert _level(plain) == pytest.approx(LOUDNESS, rel=0.01)
    assert len(speech(*speak_espeak("turn on the light", "en", 1.3))) < 0.9 * len(plain)
    assert len(speech(*speak_espeak("turn on the light", "en"), 1.1)) == pytest.approx(
        len(plain) / 1.1, rel=0.01
    )
    assert not np.array_equal(plain, speech(*speak_espeak("turn on the light", "en+f3")))


def test_a_take_sounds_the_same_every_time_and_noise_covers_its_quiet() -> None:
    def said(_words: str, _voice: str, _pace: float = 1.0) -> tuple[Sound, int]:
        return np.sin(np.arange(RATE) / 5).astype(np.float32), RATE

    studio = spoken.Studio({"flite": said, "espeak": said, "festival": said}, background=None)
    quiet = Take(1, "train", PHRASE, "flite slt", 1.0, 1.0)
    lead = slice(0, round(0.9 * spoken.LEAD_S * RATE))
    middle = slice(round((spoken.LEAD_S + 0.1) * RATE), round((spoken.LEAD_S + 0.9) * RATE))
    assert _level(studio.sound(quiet)[middle]) == pytest.approx(LOUDNESS, rel=0.05)
    assert _level(studio.sound(quiet)[lead]) < 0.001
    for noise in ("white", "pink", "babble", "background"):
        noisy = Take(1, "train", PHRASE, "flite slt", 1.0, 1.0, noise=noise, snr_db=12)
        assert np.array_equal(studio.sound(noisy), studio.sound(noisy))
        assert _level(studio.sound(noisy)[lead]) == pytest.approx(LOUDNESS / 4, rel=0.5)


def _stream(*texts: str) -> list[Hypothesis]:
    """Hypotheses of one utterance; the last is the final."""
    last = len(texts) - 1
    return [Hypothesis(tuple(text.split()), at == last, at * 0.06, 0.0) for at, text in enumerate(texts)]


def test_a_line_holds_the_whole_stream_of_an_utterance(tmp_path: Path) -> None:
    stream = _stream("turn", "turn", "turn it of", "turn it off", "turn it off ")
    (row,) = spoken.lines(_take(3), stream, 2.0)
    assert row["partials"] == [[1, 2], ["turn it of", 1], [3, 1]]
    assert row["final"] == "turn it off"
    path = tmp_path / "one.xz"
    path.write_bytes(lzma.compress(json.dumps(row).encode()))
    (read,) = read_spoken("train", path)
    replayed = [partial.words for partial in read.partials for _ in range(partial.repeats)]
    assert replayed == [hypothesis.words for hypothesis in stream[:-1]]
    assert (read.said, read.take, read.condition, read.seconds) == (("turn", "it", "off"), 3, "clean", 2.0)


def test_a_pause_makes_two_lines_and_silence_makes_an_empty_one() -> None:
    both = list(spoken.lines(_take(3), [*_stream("turn", "turn"), *_stream("off")], 2.0))
    assert [(row["take"], row["final"]) for row in both] == [(3, "turn"), (3, "off")]
    (nothing,) = spoken.lines(_take(3), [], 2.0)
    assert (nothing["partials"], nothing["final"]) == ([], "")


class _Studio:
    """Counts what it is asked to speak."""

    def __init__(self) -> None:
        self.spoken: list[int] = []

    def sound(self, take: Take) -> Sound:
        self.spoken.append(take.number)
        return np.zeros(RATE, np.float32)


def test_work_goes_on_where_it_was_broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoken, "transcribe", lambda _sound, _recogniser: _stream("turn", "turn it off"))
    work, path = tmp_path / "build" / "spoken.jsonl", tmp_path / "spoken.jsonl.xz"
    takes = [_take(2), _take(1), _take(5)]
    studio = _Studio()
    spoken.make(takes[:2], studio, None, work, path)  # type: ignore[arg-type]
    spoken.make(takes, studio, None, work, path)  # type: ignore[arg-type]
    assert studio.spoken == [2, 1, 5]
    assert [one.take for one in read_spoken("train", path)] == [1, 2, 5]


def test_work_on_other_phrases_is_refused(tmp_path: Path) -> None:
    work = tmp_path / "spoken.jsonl"
    work.write_text(json.dumps({"take": 1, "said": "something else"}) + "\n")
    with pytest.raises(ValueError, match="made from other phrases"):
        spoken.remaining([_take(1)], work)


def test_a_folder_that_is_not_kokoro_is_one_sentence(tmp_path: Path) -> None:
    script = Path(spoken.__file__)
    command = [sys.executable, str(script), "--kokoro", str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, text=True, env={"PYTHONPATH": str(script.parents[1]), "PATH": ""}
    )
    assert done.returncode == 1
    assert done.stderr.startswith("recordings/spoken.py: ")
    assert "tokenizer.json" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def _spoken(take: int, intent: str, final: str, *partials: str) -> Spoken:
    believed = tuple(Partial(tuple(words.split()), POLICY.consecutive) for words in partials)
    return Spoken(("said",), intent, "direct", "v", "clean", take, 36.0, believed, tuple(final.split()))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("utterances", "decided", "standing", "early"),
    [
        ([("put on", "put", "put on")], ("light_on",), ("light_on",), True),
        ([("put on", "put")], ("light_on",), ("light_on",), False),
        ([("put it", "put", "put on")], ("light_on",), (), False),
        ([("put off", "put on")], ("light_on", "light_off"), ("light_off",), False),
        ([("well",), ("put on", "put on")], ("light_on",), ("light_on",), True),
        ([("",)], (), (), False),
    ],
)
def test_replay_hears_what_the_lamp_heard(
    utterances: list[tuple[str, ...]], decided: tuple[str, ...], standing: tuple[str, ...], early: bool
) -> None:
    replay = Replay(ScriptedModel(), POLICY)
    outcome = replay.outcome([_spoken(1, "light_on", *texts) for texts in utterances])
    assert (outcome.decided, outcome.standing, outcome.early) == (decided, standing, early)


def test_replay_hears_every_recording_afresh() -> None:
    replay = Replay(ScriptedModel(), POLICY)
    command = [_spoken(1, "light_on", "put on", "put on")]
    # Within the refractory time of the first one, were the clock to go on.
    assert replay.outcome(command) == replay.outcome(command)


def test_recordings_gather_the_utterances_of_a_take() -> None:
    takes = [1, 1, 2, 4]
    gathered = recordings(_spoken(take, "none", "well") for take in takes)
    assert [len(one) for one in gathered] == [2, 1, 1]
    assert all(one[0].take < other[0].take for one, other in pairwise(gathered))


def test_figures_count_commands_and_false_activations() -> None:
    def outcome(intent: str, decided: list[str], standing: list[str], early: bool = False) -> Outcome:
        return Outcome(intent, "clean", "v", 1800.0, tuple(decided), tuple(standing), early)  # type: ignore[arg-type]

    of = [
        outcome("light_on", ["light_on"], ["light_on"], early=True),
        outcome("light_on", ["light_off", "light_on"], ["light_on"]),
        outcome("light_on", ["light_on"], []),
        outcome("light_off", [], []),
        outcome("none", [], []),
        outcome("none", ["light_on"], []),
        outcome("none", ["light_on"], ["light_on"]),
    ]
    result = figures(of)
    assert (result.commands, result.right, result.early) == (4, 2, 1)
    assert (result.wrong_intent, result.taken_back) == (1, 1)
    assert (result.others_h, result.false_activations, result.stood) == (1.5, 2, 1)
