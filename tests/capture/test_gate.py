"""The gate with the real detector on real sound, and its rules on any run of probabilities."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.block import BLOCK_SAMPLES, SAMPLE_RATE, Block
from capture.gate import SpeechEnd, SpeechGate
from capture.recording import read_recording

BLOCK_S = BLOCK_SAMPLES / SAMPLE_RATE
SILENCE = np.zeros(BLOCK_SAMPLES, np.int16)

# First sounds that are soft or long before the voice sets in, and the vowels and stops that are not.
PHRASES = ["switch on the light", "shut it off", "please make it dark", "half light", "turn on", "it is dark"]


def through(gate: SpeechGate, blocks: list[Block]) -> tuple[list[Block], list[SpeechEnd]]:
    passed: list[Block] = []
    ends: list[SpeechEnd] = []
    for out in [*(out for block in blocks for out in gate.push(block)), *gate.flush()]:
        if isinstance(out, SpeechEnd):
            ends.append(out)
        else:
            passed.append(out)
    return passed, ends


def loud(blocks: list[Block]) -> tuple[float, float]:
    """Seconds at which the first and after the last sample over a hundredth of full scale are heard."""
    samples = np.abs(np.concatenate([block.samples for block in blocks]).astype(int))
    at = np.flatnonzero(samples > 327)
    return float(at[0]) / SAMPLE_RATE, float(at[-1] + 1) / SAMPLE_RATE


def steps(
    gate: SpeechGate, probabilities: list[float], gap_at: int = -1
) -> tuple[list[Block], list[list[Block | SpeechEnd]]]:
    blocks = [
        Block(SILENCE, (n + (100 if n >= gap_at >= 0 else 0)) * BLOCK_S) for n in range(len(probabilities))
    ]
    outs = [gate._step(block, p) for block, p in zip(blocks, probabilities, strict=True)]
    return blocks, outs


@pytest.mark.parametrize("phrase", PHRASES)
def test_speech_after_silence_passes_from_before_its_first_sound_to_after_its_last(
    speech: Callable[..., Path], phrase: str
) -> None:
    blocks = list(read_recording(speech(phrase, before_s=2.0, after_s=2.0)))
    passed, ends = through(SpeechGate(), blocks)
    first_s, last_s = loud(blocks)
    assert passed[0].time < first_s - 0.1
    assert passed[-1].end > last_s
    assert [block.time for block in passed] == [
        block.time for block in blocks if passed[0].time <= block.time <= passed[-1].time
    ]
    assert len(ends) == 1
    assert ends[0].time == passed[-1].end
    assert abs(ends[0].last_speech - last_s) < 0.2


def test_two_utterances_apart_are_two_ends(speech: Callable[..., Path]) -> None:
    first = list(read_recording(speech("turn on the light", before_s=1.0, after_s=1.5)))
    second = list(read_recording(speech("good night", before_s=0.5, after_s=1.5)))
    later = [Block(block.samples, block.time + first[-1].end) for block in second]
    _, ends = through(SpeechGate(), first + later)
    assert len(ends) == 2


def test_silence_passes_nothing() -> None:
    assert through(SpeechGate(), [Block(SILENCE, n * BLOCK_S) for n in range(200)]) == ([], [])


def test_steady_noise_passes_nothing() -> None:
    noise = np.random.default_rng(0).normal(0, 600, (200, BLOCK_SAMPLES)).astype(np.int16)
    assert through(SpeechGate(), [Block(samples, n * BLOCK_S) for n, samples in enumerate(noise)]) == ([], [])


def test_speech_at_the_end_of_the_sound_is_ended_by_flush(speech: Callable[..., Path]) -> None:
    blocks = list(read_recording(speech("turn on the light", before_s=0.5)))
    gate = SpeechGate()
    assert not any(isinstance(out, SpeechEnd) for block in blocks for out in gate.push(block))
    (end,) = gate.flush()
    assert end.time == blocks[-1].end
    assert gate.flush() == []


def test_after_flush_the_gate_is_as_new(speech: Callable[..., Path]) -> None:
    blocks = list(read_recording(speech("turn on the light", before_s=0.5)))
    gate = SpeechGate()
    passed, _ = through(gate, blocks[:30])
    assert passed
    assert through(gate, blocks[30:]) == through(SpeechGate(), blocks[30:])
    assert through(gate, [Block(SILENCE, n * BLOCK_S) for n in range(3)]) == ([], [])


def test_after_a_long_mains_hum_speech_opens_the_gate_as_soon_as_ever(speech: Callable[..., Path]) -> None:
    at_s = np.arange(315 * BLOCK_SAMPLES) / SAMPLE_RATE  # just over 10 s
    hum = (3_000 * np.sign(np.sin(2 * np.pi * 50 * at_s))).astype(np.int16).reshape(-1, BLOCK_SAMPLES)
    gate = SpeechGate()
    for n, samples in enumerate(hum):
        assert gate.push(Block(samples, n * BLOCK_S)) == []
    said = read_recording(speech("it is dark"))
    opened_by = next(
        block for block in said if gate.push(Block(block.samples, block.time + len(hum) * BLOCK_S))
    )
    assert opened_by.time < 3 * BLOCK_S  # a detector that still has the hum in mind takes five blocks


probability = st.one_of(st.sampled_from([0.0, 0.34, 0.36, 0.49, 0.5, 1.0]), st.floats(0, 1))


@given(
    probabilities=st.lists(probability, max_size=120),
    gap_at=st.integers(-1, 120),
    hangover=st.integers(1, 12),
)
@settings(max_examples=100, deadline=None)
def test_blocks_pass_once_in_order_and_every_speech_block_passes(
    probabilities: list[float], gap_at: int, hangover: int
) -> None:
    gate = SpeechGate(hangover_s=hangover * BLOCK_S)
    blocks, outs = steps(gate, probabilities, gap_at)
    flat = [out for out in [*(out for some in outs for out in some), *gate.flush()]]
    passed = [out for out in flat if isinstance(out, Block)]
    assert all(before.time < after.time for before, after in pairwise(passed))
    assert {b.time for b, p in zip(blocks, probabilities, strict=True) if p >= 0.5} <= {
        b.time for b in passed
    }
    assert not passed or isinstance(flat[-1], SpeechEnd)
    for before, out in pairwise(flat):
        if isinstance(out, SpeechEnd):
            assert isinstance(before, Block)
            assert out.time == before.end
            assert out.last_speech <= out.time


@given(probabilities=st.lists(st.floats(0, 0.499), max_size=60))
@settings(deadline=None)
def test_below_the_threshold_nothing_passes(probabilities: list[float]) -> None:
    gate = SpeechGate()
    _, outs = steps(gate, probabilities)
    assert not any(outs)
    assert gate.flush() == []


@given(quiet=st.integers(0, 40), pre_roll=st.integers(1, 20))
@settings(deadline=None)
def test_the_pre_roll_is_the_moment_before_speech_and_no_more(quiet: int, pre_roll: int) -> None:
    # A block passes whole when any part of it is recent enough: half a block is rounded up.
    gate = SpeechGate(pre_roll_s=(pre_roll - 0.5) * BLOCK_S)
    blocks, outs = steps(gate, [0.0] * quiet + [1.0])
    assert outs[-1] == blocks[-1 - min(quiet, pre_roll) :]


def test_sound_from_before_a_gap_is_no_pre_roll() -> None:
    blocks, outs = steps(SpeechGate(), [0.0] * 20 + [1.0], gap_at=19)
    assert outs[-1] == blocks[-2:]


def test_the_gate_closes_when_the_hangover_is_over() -> None:
    blocks, outs = steps(SpeechGate(hangover_s=3 * BLOCK_S), [1.0, 0.0, 0.36, 0.1, 0.1, 0.1, 0.1])
    end = SpeechEnd(time=blocks[5].end, last_speech=blocks[2].end)
    assert outs[5] == [blocks[5], end]
    assert outs[6] == []


def test_the_gate_knows_how_long_nobody_has_spoken_while_it_is_open() -> None:
    gate = SpeechGate(hangover_s=4 * BLOCK_S)
    quiet_s = []
    for number, probability in enumerate([0.0, 1.0, 0.1, 0.36, 0.1, 0.1, 0.1, 0.1, 0.1]):
        gate._step(Block(SILENCE, number * BLOCK_S), probability)
        quiet_s.append(gate.quiet_s)
    assert quiet_s == pytest.approx([BLOCK_S * blocks for blocks in (0, 0, 1, 0, 1, 2, 3, 0, 0)])
