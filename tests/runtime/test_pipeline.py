"""The clock of events, and what becomes of blocks, on scripted parts; real ones are in test_simulate.py."""

import numpy as np
import pytest

from capture.block import BLOCK_SAMPLES, Block
from capture.gate import SpeechEnd
from runtime.anticipator import Anticipator
from runtime.events import Decided, Heard, Retracted, SpeechEnded
from runtime.pipeline import Pipeline
from tests.runtime.toy import POLICY, SURE_ON, ScriptedModel
from transcribe.hypothesis import Hypothesis

BLOCK_S = BLOCK_SAMPLES / 16_000


class Clock:
    """Time that passes only when a part takes some."""

    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


class OpenGate:
    """Passes everything; closes where it is told."""

    def __init__(self, ends=(), quiet_from_s=float("inf")):
        self.ends = dict(ends)
        self.quiet_from_s = quiet_from_s
        self.quiet_s = 0.0

    def push(self, block):
        self.quiet_s = max(0.0, block.end - self.quiet_from_s)
        return [block, *[end for at, end in self.ends.items() if block.time <= at < block.end]]

    def flush(self):
        return []


class Scribe:
    """Writes down one given text a block, each at a cost; a final where a text ends with a full stop."""

    def __init__(self, texts, clock, cost_s=0.0):
        self.texts, self.clock, self.cost_s = list(texts), clock, cost_s
        self.left = None

    def accept(self, samples, end_s):
        assert samples.shape == (BLOCK_SAMPLES,)
        self.clock.now_s += self.cost_s
        text = self.texts.pop(0) if self.texts else None
        if text is None:
            return None
        final = text.endswith(".")
        self.left = None if final else tuple(text.split())
        return Hypothesis(tuple(text.rstrip(".").split()), final, end_s, 0.0)

    def finish(self, end_s):
        words, self.left = self.left, None
        return None if words is None else Hypothesis(words, True, end_s, 0.0)


def block(number):
    return Block(np.zeros(BLOCK_SAMPLES, np.int16), number * BLOCK_S)


def hear(texts, *, cost_s=0.0, blocks=None, ends=(), quiet_from_s=float("inf")):
    clock = Clock()
    anticipator = Anticipator(ScriptedModel(soon=(0.7, 0.05, 0.25)), POLICY)
    pipeline = Pipeline(OpenGate(ends, quiet_from_s), Scribe(texts, clock, cost_s), anticipator, timer=clock)
    events = [
        event for n in range(len(texts) if blocks is None else blocks) for event in pipeline.hear(block(n))
    ]
    return pipeline, [*events, *pipeline.finish()]


def test_words_become_known_when_their_block_has_been_heard_and_worked_on():
    _, events = hear(["turn"], cost_s=0.010)
    assert events[0].time == pytest.approx(BLOCK_S + 0.010)


def test_computing_that_keeps_up_leaves_no_backlog():
    _, events = hear(["turn", "turn on", "turn on the"], cost_s=0.010)
    assert [event.time for event in events[:2]] == pytest.approx([BLOCK_S + 0.010, 2 * BLOCK_S + 0.010])


def test_computing_that_falls_behind_carries_its_delay_over():
    pipeline, events = hear(["turn", "turn off", "turn in"], cost_s=0.100)
    heard = [event.time for event in events if isinstance(event, Heard)]
    assert heard[:3] == pytest.approx([BLOCK_S + 0.1, BLOCK_S + 0.2, BLOCK_S + 0.3])
    assert pipeline.compute_s == pytest.approx(0.3)
    assert pipeline.heard_until_s == pytest.approx(3 * BLOCK_S)


def test_unchanged_words_confirm_a_decision_but_are_told_once():
    _, events = hear(["on", "on", "on"])
    assert [type(event) for event in events] == [Heard, Decided, Heard]  # the last one is the final
    assert events[0].probabilities == SURE_ON
    assert [event.hypothesis.final for event in events if isinstance(event, Heard)] == [False, True]


def test_the_same_words_in_the_next_utterance_are_told_again():
    _, events = hear(["lamp", "lamp.", "lamp"])
    assert [event.hypothesis.final for event in events] == [False, True, False, True]


def test_the_gate_closing_ends_the_utterance_and_tells_when_speech_ended():
    ends = {1.5 * BLOCK_S: SpeechEnd(2 * BLOCK_S, 0.5 * BLOCK_S)}
    _, events = hear(["on", None, None], ends=ends)
    assert [type(event) for event in events] == [Heard, Heard, Decided, SpeechEnded]
    assert events[-1].last_speech == pytest.approx(0.5 * BLOCK_S)


def test_a_final_that_contradicts_is_told_after_its_words():
    _, events = hear(["on", "on", "own."])
    assert [type(event) for event in events] == [Heard, Decided, Heard, Retracted]


def test_the_end_of_the_stream_concludes_what_was_being_said():
    _, events = hear(["turn on"])
    assert [type(event) for event in events] == [Heard, Heard, Decided]


def test_a_pause_lets_a_partial_count_like_a_final_once_it_is_confirmed():
    quiet = [None] * 7  # 0.224 s
    _, events = hear(["soon", *quiet, "soon", "soon", None], quiet_from_s=BLOCK_S)
    (decided,) = (event for event in events if isinstance(event, Decided))
    assert decided.decision.time == pytest.approx(10 * BLOCK_S)
    _, events = hear(["soon", "soon", "soon", "soon", "more."], quiet_from_s=BLOCK_S)
    assert not any(isinstance(event, Decided) for event in events)


class SlowModel(ScriptedModel):
    """Takes its time over each word."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock

    def step(self, state, word):
        self.clock.now_s += 0.005
        return super().step(state, word)


def test_a_decision_knows_when_its_sound_was_at_hand_and_what_was_computed_since():
    clock = Clock()
    anticipator = Anticipator(SlowModel(clock), POLICY)
    pipeline = Pipeline(OpenGate(), Scribe(["on", "on on"], clock, 0.010), anticipator, timer=clock)
    (decided,) = (e for n in range(2) for e in pipeline.hear(block(n)) if isinstance(e, Decided))
    timing = decided.timing
    assert (timing.at_hand_s, timing.decode_s) == pytest.approx((2 * BLOCK_S, 0.010))
    assert timing.model_s == pytest.approx(0.005)
    assert timing.at_hand_s + timing.decode_s + timing.model_s == pytest.approx(decided.time)
    assert timing.decided_at == pytest.approx(clock.now_s)


def test_what_is_left_to_be_computed_of_earlier_blocks_counts_as_decoding():
    _, events = hear(["turn", "on", "on"], cost_s=0.100)
    (decided,) = (event for event in events if isinstance(event, Decided))
    assert decided.timing.at_hand_s == pytest.approx(3 * BLOCK_S)
    assert decided.timing.decode_s == pytest.approx(0.300 - 2 * BLOCK_S)


def test_silence_is_no_event():
    assert hear([], blocks=5)[1] == []


class ClosedGate(OpenGate):
    """Passes nothing."""

    def push(self, block):  # noqa: ARG002
        return []


class Pulsed(Scribe):
    """Notes when it was given a pulse."""

    def __init__(self, texts=()):
        super().__init__(texts, Clock())
        self.pulses = 0

    def pulse(self, samples):
        assert samples.shape == (BLOCK_SAMPLES,)
        self.pulses += 1


def test_in_silence_a_block_goes_through_the_recogniser_now_and_then_and_says_nothing():
    scribe = Pulsed()
    pipeline = Pipeline(ClosedGate(), scribe, Anticipator(ScriptedModel(), POLICY), pulse_s=5.0)
    decoded = []
    for n in range(round(60 / BLOCK_S)):
        assert pipeline.hear(block(n)) == []
        decoded.append(pipeline.decoded_until_s)
    assert scribe.pulses == len(set(decoded) - {0.0}) == 11
    assert decoded[-1] > 60 - 5.0 - BLOCK_S


def test_while_somebody_speaks_there_is_no_pulse():
    scribe = Pulsed([None] * 400)
    pipeline = Pipeline(OpenGate(), scribe, Anticipator(ScriptedModel(), POLICY), pulse_s=5.0)
    for n in range(400):
        pipeline.hear(block(n))
        assert pipeline.decoded_until_s == pytest.approx((n + 1) * BLOCK_S)
    assert scribe.pulses == 0


def cut(texts):
    clock = Clock()
    pipeline = Pipeline(OpenGate(), Scribe(texts, clock), Anticipator(ScriptedModel(), POLICY), timer=clock)
    before = [event for n in range(len(texts)) for event in pipeline.hear(block(n))]
    return before, pipeline.cut()


def test_where_the_sound_breaks_off_the_utterance_ends_and_nothing_is_decided():
    before, after = cut(["turn on"])  # one hypothesis is not enough, but its final would be
    _, finished = hear(["turn on"])
    assert any(isinstance(event, Decided) for event in finished)
    assert not any(isinstance(event, Decided) for event in [*before, *after])
    assert [event.hypothesis.final for event in after if isinstance(event, Heard)] == [True]
