"""The microphone that survives, on a clock of the test's own; tests/runtime/test_survival.py pulls a real device."""

import logging
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.errors import MicrophoneError, MicrophoneStuck
from capture.microphone import STALL_S
from capture.no_sound import NoSound
from capture.steady import FIRST_RETRY_S, LAST_RETRY_S, STEADY_S, STUCK_S, TURN_S, SteadyMicrophone
from tests.capture.pulled import (
    BLOCK_S,
    EPSILON,
    Done,
    World,
    blocks_of,
    mute,
    plug,
    pull,
    states_of,
    unmute,
)  # fmt: skip


def test_a_pulled_device_is_noticed_within_two_seconds_and_heard_again_when_it_is_back() -> None:
    world = World((10.0, pull), (40.0, plug))
    heard = world.hear(60.0)
    assert states_of(heard) == ["listening", "no microphone", "listening"]
    first_miss_s = next(at_s for at_s, item in heard if isinstance(item, NoSound))
    assert 10.0 <= first_miss_s <= 12.0
    again_s = next(at_s for at_s, block in blocks_of(heard) if at_s > 40.0)
    assert again_s <= 40.0 + LAST_RETRY_S + BLOCK_S + EPSILON
    assert world.microphone.reopenings == 1
    assert (world.microphone.dropped_blocks, world.microphone.overflows) == (6, 4)


def test_the_clock_jumps_by_the_time_that_was_lost() -> None:
    heard = blocks_of(World((10.0, pull), (40.0, plug)).hear(60.0))
    assert all(block.end == pytest.approx(at_s) for at_s, block in heard)
    gap_s = max(after.time - before.end for (_, before), (_, after) in pairwise(heard))
    assert 30.0 <= gap_s <= 30.0 + LAST_RETRY_S + BLOCK_S


def test_it_is_tried_again_less_and_less_often_but_for_ever() -> None:
    world = World(present=False)
    world.hear(3600.0)
    pauses_s = np.diff(world.finds_s)
    assert pauses_s[:4] == pytest.approx(
        [FIRST_RETRY_S, 2 * FIRST_RETRY_S, 4 * FIRST_RETRY_S, 8 * FIRST_RETRY_S]
    )
    assert pauses_s[4:] == pytest.approx(LAST_RETRY_S)
    assert len(pauses_s) > 3600 / LAST_RETRY_S - 4


def test_a_device_that_fails_again_at_once_is_not_opened_twice_a_second() -> None:
    flaps = [(1.0 + 0.1 * n, plug) for n in range(6000)]  # each ends the stream that was open
    world = World(*flaps)
    world.hear(600.0)
    assert len(world.finds_s) < 600 / LAST_RETRY_S + 10


def test_after_some_seconds_of_sound_the_next_loss_is_answered_fast() -> None:
    world = World((1.0, pull), (60.0, plug), (60.0 + LAST_RETRY_S + STEADY_S + 1, plug))
    heard = world.hear(100.0)
    second_loss_s = 60.0 + LAST_RETRY_S + STEADY_S + 1
    again_s = next(at_s for at_s, _ in blocks_of(heard) if at_s > second_loss_s + STALL_S)
    assert again_s <= second_loss_s + STALL_S + FIRST_RETRY_S + 3 * BLOCK_S


def test_without_a_device_at_the_start_it_waits_for_one() -> None:
    heard = World((30.0, plug), present=False).hear(40.0)
    assert states_of(heard) == ["no microphone", "listening"]
    assert {item.trouble for _, item in heard if isinstance(item, NoSound)} == {"there is no microphone."}


def test_whoever_listens_is_free_for_something_else_while_there_is_no_sound() -> None:
    heard = World((1.0, pull), (20.0, mute)).hear(40.0)
    times_s = [at_s for at_s, _ in heard]
    assert max(np.diff(times_s)) <= max(TURN_S, STALL_S + BLOCK_S) + EPSILON


def test_muted_the_device_is_let_go_and_unmuted_it_is_heard_again() -> None:
    held: list[int] = []
    world = World((5.0, mute), (10.0, lambda world: held.append(len(world.open))), (15.0, unmute))
    heard = world.hear(20.0)
    assert held == [0]
    assert states_of(heard) == ["listening", "muted", "listening"]
    assert not [at_s for at_s, _ in blocks_of(heard) if 5.0 + EPSILON < at_s < 15.0]
    assert world.microphone.reopenings == 0


def test_muted_from_the_start_nothing_is_opened() -> None:
    world = World()
    world.microphone = SteadyMicrophone(
        world.find, lambda: world.now_s, muted=True, pause=world.pass_time, errand=lambda work, _: Done(work)
    )
    assert states_of(world.hear(10.0)) == ["muted"]
    assert world.finds_s == []


def test_between_two_openings_it_is_told_that_there_was_no_sound() -> None:
    def blink(world: World) -> None:
        mute(world)
        unmute(world)

    heard = World((5.0, blink)).hear(10.0)
    assert next(type(item) for at_s, item in heard if 5.0 - EPSILON < at_s < 5.0 + BLOCK_S) is NoSound


def test_what_waiting_cannot_mend_is_raised_at_the_start() -> None:
    world = World()
    world.error = MicrophoneError("'USB' could be any of these microphones.")
    with pytest.raises(MicrophoneError, match="could be any"):
        world.hear(10.0)


def test_a_second_device_of_that_name_does_not_end_a_lamp_that_runs() -> None:
    def plug_another(world: World) -> None:
        plug(world)
        world.error = MicrophoneError("'USB' could be any of these microphones.")

    def pull_it(world: World) -> None:
        world.error = None

    assert states_of(World((5.0, plug_another), (30.0, pull_it)).hear(60.0)) == [
        "listening", "no microphone", "listening",
    ]  # fmt: skip


def test_a_mistake_of_a_library_is_logged_once_and_the_device_opened_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def break_it(world: World) -> None:
        plug(world)
        world.error = TypeError("a mistake")

    def mend(world: World) -> None:
        world.error = None

    world = World((5.0, break_it), (30.0, mend))
    with caplog.at_level(logging.ERROR):
        assert states_of(world.hear(60.0)) == ["listening", "no microphone", "listening"]
    assert len(world.finds_s) > 4
    assert len([record for record in caplog.records if record.exc_info]) == 1


class Hanging:
    """An errand that is never done."""

    done = False

    def result(self) -> None:
        raise AssertionError

    def wait(self, _seconds: float) -> bool:
        return False


def hanging(world: World) -> SteadyMicrophone:
    return SteadyMicrophone(
        world.find, lambda: world.now_s, pause=world.pass_time, errand=lambda _, __: Hanging()
    )


def test_a_sound_system_that_hangs_for_good_is_given_up() -> None:
    world = World()
    world.microphone = hanging(world)
    with pytest.raises(MicrophoneStuck, match="has not answered for 60 s"):
        world.hear(STUCK_S + 10)


def test_a_wish_to_end_is_heard_while_the_sound_system_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten: list[bool] = []
    monkeypatch.setattr("capture.steady.forget_at_exit", lambda: forgotten.append(True))
    world = World()
    world.microphone = hanging(world)
    world.hear(7.25)
    assert world.now_s == pytest.approx(7.25)
    assert forgotten == [True]


HAPPENINGS = st.lists(
    st.tuples(st.floats(0.0, 120.0), st.sampled_from([pull, plug, mute, unmute])), min_size=1, max_size=30
)


@given(happenings=HAPPENINGS, present=st.booleans())
@settings(max_examples=60, deadline=None)
def test_whatever_happens_the_clock_never_goes_back_and_sound_comes_when_it_can(
    happenings: list[tuple[float, Callable[[World], object]]], present: bool
) -> None:
    wished: list[tuple[float, bool]] = [(0.0, present)]
    world = World(*happenings, present=present)
    plugged, muted = present, False
    for at_s, happening in sorted(happenings, key=lambda found: found[0]):
        plugged = {pull: False, plug: True}.get(happening, plugged)
        muted = {mute: True, unmute: False}.get(happening, muted)
        wished.append((at_s, plugged and not muted))
    heard = world.hear(150.0)
    sound = blocks_of(heard)
    for (_, before), (_, after) in pairwise(sound):
        assert after.time >= before.end - EPSILON
    for at_s, block in sound:
        assert block.end == pytest.approx(at_s, abs=BLOCK_S)
    for (since_s, hears), (until_s, _) in zip(wished, [*wished[1:], (150.0, False)], strict=True):
        within = [at_s for at_s, _ in sound if since_s + 2 * BLOCK_S < at_s < until_s]
        if not hears:
            assert not within
        elif until_s - since_s > STALL_S + LAST_RETRY_S + 1.0:
            assert within[0] <= since_s + STALL_S + LAST_RETRY_S + 3 * BLOCK_S
            late = [at_s for at_s in within if at_s > since_s + STALL_S + LAST_RETRY_S + 1.0]
            assert max(np.diff(late), default=0) < 2 * BLOCK_S
    assert not world.open
    assert world.microphone.dropped_blocks == 3 * len(world.opened)
