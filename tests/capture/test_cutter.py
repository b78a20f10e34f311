"""Any rate and any pieces in, whole blocks on a true clock out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from capture.block import BLOCK_SAMPLES, SAMPLE_RATE, Block
from capture.cutter import BlockCutter

RATES_HZ = [8_000, 16_000, 22_050, 44_100, 48_000, 96_000]


def cut(rate_hz: int, *pieces: NDArray[np.float32], start_s: float = 0.0) -> list[Block]:
    cutter = BlockCutter(rate_hz, start_s)
    blocks = [block for piece in pieces for block in cutter.push(piece)]
    return blocks + cutter.finish()


def samples(blocks: list[Block]) -> NDArray[np.int16]:
    return np.concatenate([block.samples for block in blocks])


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_click_stays_at_its_moment(rate_hz: int) -> None:
    sound = np.zeros(rate_hz * 2, np.float32)
    sound[rate_hz] = 0.9
    blocks = cut(rate_hz, sound, start_s=5.0)
    at = int(np.argmax(np.abs(samples(blocks).astype(int))))
    assert blocks[0].time + at / SAMPLE_RATE == pytest.approx(6.0, abs=1 / SAMPLE_RATE)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_blocks_cover_the_sound_without_gap(rate_hz: int) -> None:
    blocks = cut(rate_hz, np.zeros(rate_hz + rate_hz // 10, np.float32), start_s=3.0)
    assert len(blocks) == 35  # 1.1 s of 32 ms each, rounded up
    assert [block.time for block in blocks] == pytest.approx([3.0 + 0.032 * n for n in range(35)])
    assert all(
        block.samples.shape == (BLOCK_SAMPLES,) and block.samples.dtype == np.int16 for block in blocks
    )


@given(data=st.data(), rate_hz=st.sampled_from([16_000, 44_100]))
@settings(max_examples=50, deadline=None)
def test_how_the_sound_is_split_changes_nothing(data: st.DataObject, rate_hz: int) -> None:
    sound = np.random.default_rng(1).uniform(-0.5, 0.5, 6_000).astype(np.float32)
    at = data.draw(st.lists(st.integers(0, len(sound)), max_size=8).map(sorted))
    whole, split = cut(rate_hz, sound), cut(rate_hz, *np.split(sound, at))
    assert [block.time for block in split] == [block.time for block in whole]
    assert np.array_equal(samples(split), samples(whole))


def test_sixteen_kilohertz_passes_unchanged() -> None:
    sound = np.arange(-512, 512, dtype=np.int16) * 64
    assert np.array_equal(samples(cut(SAMPLE_RATE, (sound / 32768).astype(np.float32))), sound)


def test_sound_past_full_scale_is_limited_and_what_is_no_number_is_silence() -> None:
    sound = np.array([1.0, 7.0, -7.0, np.inf, -np.inf, np.nan], np.float32)
    heard = samples(cut(SAMPLE_RATE, sound))[:6]
    assert heard.tolist() == [32767, 32767, -32768, 32767, -32768, 0]


def test_the_last_block_is_padded_with_silence() -> None:
    (block,) = cut(SAMPLE_RATE, np.full(100, 0.5, np.float32))
    assert np.all(block.samples[:100] == 16384)
    assert not block.samples[100:].any()
