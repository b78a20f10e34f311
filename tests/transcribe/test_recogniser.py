"""Hypotheses from real speech by the real recogniser."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transcribe.decoder import Decoder
from transcribe.errors import SpeechModelError
from transcribe.recogniser import LOOK_AHEAD_SAMPLES, SAMPLE_RATE, Recogniser, final_words
from transcribe.speech_model import find_speech_model
from transcribe.tune import CHUNK_MS

_SENTENCE = "turn on the light and then we go to the other room"


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_partials_come_every_60_ms_and_then_one_final(recogniser: Recogniser, say: Any, feed: Any) -> None:
    heard = feed(recogniser, say(_SENTENCE, before_s=0.4, after_s=2.0))
    partials, final = heard[:-1], heard[-1]
    assert final.final
    assert not any(hypothesis.final for hypothesis in partials)
    gaps = [round(later.time - earlier.time, 6) for earlier, later in pairwise(partials)]
    assert set(gaps) == {0.06}
    assert len(partials) > 40


def test_partials_grow_while_speech_goes_on(recogniser: Recogniser, say: Any, feed: Any) -> None:
    sentence = say(_SENTENCE, before_s=0.4)
    partials = feed(recogniser, sentence)
    lengths = [len(hypothesis.words) for hypothesis in partials]
    assert lengths[0] == 1
    assert lengths[-1] >= 8
    assert len(set(lengths)) >= 7  # nearly word by word
    assert partials[0].time < len(sentence) / SAMPLE_RATE / 2
    assert {"turn", "on", "other"} <= set(partials[-1].words)


def test_a_partial_that_stays_the_same_is_said_again(recogniser: Recogniser, say: Any, feed: Any) -> None:
    partials = feed(recogniser, say(_SENTENCE))
    assert any(earlier.words == later.words for earlier, later in pairwise(partials))


def test_words_taken_back_altogether_are_said_to_be(recogniser: Recogniser, say: Any, feed: Any) -> None:
    partials = feed(recogniser, say("turn on the light"))
    lengths = [len(hypothesis.words) for hypothesis in partials]
    assert lengths[0] > 0
    assert 0 in lengths  # the first syllable was heard as a word and then was not
    assert lengths[-1] > 0


def test_the_final_comes_by_itself_in_silence(recogniser: Recogniser, say: Any, feed: Any) -> None:
    heard = feed(recogniser, say("turn on the light", before_s=0.4, after_s=2.0))
    assert [hypothesis.text for hypothesis in heard if hypothesis.final] == ["turn on the light"]


def test_the_final_can_be_had_before_the_recogniser_hears_the_end(
    recogniser: Recogniser, say: Any, feed: Any
) -> None:
    heard = feed(recogniser, say("turn on the light", before_s=0.4, after_s=0.2), from_s=5.0)
    final = recogniser.finish(7.5)
    assert not any(hypothesis.final for hypothesis in heard)
    assert final is not None
    assert (final.text, final.final, final.time, final.start) == ("turn on the light", True, 7.5, 5.0)


def test_times_are_those_of_the_audio_clock(recogniser: Recogniser, say: Any, feed: Any) -> None:
    first = feed(recogniser, say("turn on the light", after_s=0.1), from_s=100.0, step=512)
    first.append(recogniser.finish(102.0))
    second = feed(recogniser, say("switch it off", after_s=0.1), from_s=200.0, step=512)
    assert {hypothesis.start for hypothesis in first} == {100.0}
    assert {round(hypothesis.start, 6) for hypothesis in second} == {200.0}
    assert all(round((hypothesis.time - 100.0) / 0.032, 6) % 1 == 0 for hypothesis in first[:-1])
    assert second[0].time > 200.2


def test_after_its_own_final_the_next_utterance_starts_with_the_next_sound(
    recogniser: Recogniser, say: Any, feed: Any
) -> None:
    samples = np.concatenate([say("turn on the light", 0.4, 1.5), say("good night", 0.4, 1.5)])
    finals = [hypothesis for hypothesis in feed(recogniser, samples, step=512) if hypothesis.final]
    assert [final.text for final in finals] == ["turn on the light", "good night"]
    assert finals[1].start == finals[0].time


def test_nothing_is_said_about_silence(recogniser: Recogniser, feed: Any) -> None:
    assert feed(recogniser, np.zeros(8 * SAMPLE_RATE, np.int16), step=512) == []
    assert recogniser.finish(8.0) is None


def test_a_final_tells_when_each_word_ended_on_the_audio_clock(
    recogniser: Recogniser, say: Any, feed: Any
) -> None:
    samples = say("turn on the light", before_s=0.4, after_s=0.2)
    loud = np.flatnonzero(np.abs(samples.astype(int)) > np.abs(samples.astype(int)).max() / 50)
    for from_s in (0.0, 50.0, 100.0):
        if from_s == 50.0:
            recogniser.begin_afresh()
        recogniser.pulse(np.zeros(512, np.int16))
        partials = feed(recogniser, samples, from_s=from_s)
        final = recogniser.finish(from_s + 2.0)
        assert final is not None
        assert not any(partial.ends for partial in partials)
        assert len(final.ends) == len(final.words) == 4
        assert list(final.ends) == sorted(final.ends)
        assert final.ends[0] > from_s + 0.4
        assert final.ends[-1] == pytest.approx(from_s + loud[-1] / SAMPLE_RATE, abs=0.12)


def test_word_times_that_have_become_too_coarse_are_left_out(
    recogniser: Recogniser, say: Any, feed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transcribe.recogniser.MOST_SAMPLES", 0)
    feed(recogniser, say("turn on the light", before_s=0.4, after_s=0.2))
    final = recogniser.finish(2.0)
    assert final is not None
    assert (final.text, final.ends) == ("turn on the light", ())


def test_finishing_twice_or_without_sound_says_nothing(recogniser: Recogniser, say: Any, feed: Any) -> None:
    assert recogniser.finish(1.0) is None
    feed(recogniser, say("turn on the light"))
    assert recogniser.finish(3.0) is not None
    assert recogniser.finish(4.0) is None


def test_no_word_of_one_utterance_is_heard_in_the_next(recogniser: Recogniser, say: Any, feed: Any) -> None:
    feed(recogniser, say("turn on the light", before_s=0.4))
    recogniser.finish(2.0)
    feed(recogniser, say("good night", after_s=0.3), from_s=2.0)
    final = recogniser.finish(4.0)
    assert final is not None
    assert final.text == "good night"


def test_the_same_sound_gives_the_same_hypotheses_again(recogniser: Recogniser, say: Any, feed: Any) -> None:
    samples = say(_SENTENCE, before_s=0.3, after_s=0.3)
    first = [*feed(recogniser, samples), recogniser.finish(4.0)]
    assert first == [*feed(recogniser, samples), recogniser.finish(4.0)]


def test_a_final_without_words_keeps_those_of_the_last_partial() -> None:
    assert final_words((), ("light", "on")) == ("light", "on")
    assert final_words(("lights", "on"), ("light", "on")) == ("lights", "on")


def test_words_whose_final_comes_empty_are_kept(
    recogniser: Recogniser, say: Any, feed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    partials = feed(recogniser, say("turn on the light", after_s=0.2))
    # Vosk does this to its users now and then; no recording of ours brings it about.
    recogniser._decoder.final()
    monkeypatch.setattr(recogniser._decoder, "final", lambda: b'{"text": ""}')
    final = recogniser.finish(2.0)
    assert final is not None
    assert final.final
    assert final.words == partials[-1].words != ()


@pytest.mark.parametrize("chunk_ms", [30, 90, 240])
def test_partials_change_only_where_a_chunk_is_counted(say: Any, chunk_ms: int) -> None:
    # Asks the decoder after every 10 ms: whatever it newly believes must coincide with a chunk we count.
    folder = find_speech_model(None, chunk_ms)
    decoder = Decoder(folder, SAMPLE_RATE)
    samples = say("turn on the light")
    chunk, step, last, changes = chunk_ms * SAMPLE_RATE // 1000, 160, "", []
    for end in range(step, len(samples) + 1, step):
        decoder.accept(samples[end - step : end].tobytes())
        partial = json.loads(decoder.partial())["partial"]
        if partial != last:
            changes.append(end)
            last = partial
    assert len(changes) >= 3
    assert all((end - LOOK_AHEAD_SAMPLES) % chunk < step for end in changes)


def test_warming_up_leaves_no_trace_in_what_is_heard_next(
    recogniser: Recogniser, say: Any, feed: Any
) -> None:
    samples = say(_SENTENCE)
    before = feed(recogniser, samples)
    recogniser.finish(4.0)
    recogniser.warm_up()
    assert feed(recogniser, samples) == before


def test_warming_up_decodes_real_speech(recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []
    accept = recogniser.accept
    monkeypatch.setattr(recogniser, "accept", lambda *sound: heard.append(accept(*sound)))
    recogniser.warm_up()
    assert len(heard) == 1
    assert heard[0] is not None
    assert "turn on the" in heard[0].text


def test_memory_stays_where_it_is_over_many_utterances(recogniser: Recogniser, say: Any, feed: Any) -> None:
    samples = say("turn on the light", after_s=0.8)

    def hear(times: int) -> None:
        for _ in range(times):
            feed(recogniser, samples, step=512)
            recogniser.finish(0.0)

    hear(5)
    before = _resident_bytes()
    hear(20)
    # Without a new front end for each utterance these 20 would leave 7 MB behind.
    assert _resident_bytes() - before < 1_500_000


def test_a_folder_that_is_no_tuned_model_is_refused(pristine: Path) -> None:
    with pytest.raises(SpeechModelError, match="is no tuned copy of the speech model"):
        Recogniser(pristine)


def test_a_model_that_vosk_cannot_load_is_refused(cache: Path, model_copy: Path) -> None:  # noqa: ARG001
    copy = find_speech_model(model_copy, 60)
    (model_copy / "am/final.mdl").unlink()
    with pytest.raises(SpeechModelError, match="Vosk cannot load the speech model in"):
        Recogniser(copy)


def test_every_allowed_chunk_length_is_a_whole_number_of_samples() -> None:
    assert all(chunk_ms * SAMPLE_RATE % 1000 == 0 for chunk_ms in CHUNK_MS)


def test_pulses_in_silence_leave_no_trace_in_what_is_heard_next(
    recogniser: Recogniser, say: Any, feed: Any
) -> None:
    sentence = say(_SENTENCE, before_s=0.3, after_s=0.3)
    plain = [*feed(recogniser, sentence, step=512), recogniser.finish(9.0)]
    rng = np.random.default_rng(0)
    for loudness in (0, 30, 3000):
        recogniser.pulse((loudness * rng.normal(size=512)).clip(-32_768, 32_767).astype(np.int16))
    recogniser.pulse(say("off")[:512])
    assert [*feed(recogniser, sentence, step=512), recogniser.finish(9.0)] == plain


def test_a_pulse_goes_through_the_network(recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no proof that the decoder works unless a frame is decoded."""
    monkeypatch.setattr(recogniser, "_decoder", Spy(recogniser._decoder))
    recogniser.pulse(np.zeros(512, np.int16))
    assert recogniser._decoder.called == ["accept", "final"]


class Spy:
    """A decoder whose calls are noted."""

    def __init__(self, decoder: Any) -> None:
        self._decoder, self.called = decoder, []

    def __getattr__(self, name: str) -> Any:
        self.called.append(name)
        return getattr(self._decoder, name)


def test_a_broken_decoder_is_replaced_and_hears_as_before(
    recogniser: Recogniser, say: Any, feed: Any
) -> None:
    sentence = say("turn on the light", before_s=0.3, after_s=0.3)
    plain = [*feed(recogniser, sentence), recogniser.finish(9.0)]
    feed(recogniser, say(_SENTENCE)[:20_000])  # in the middle of an utterance
    recogniser.begin_afresh()
    assert recogniser.idle
    assert [*feed(recogniser, sentence), recogniser.finish(9.0)] == plain
