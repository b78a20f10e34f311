"""What was loaded and what piled up is given back, at the right moment."""

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.errors import MemoryCeilingError
from runtime.memory import LEAST_GROWTH_MB, MOST_MB, QUIET_S, RENEW_MB, MemoryKeeper

ROOT = Path(__file__).parent.parent.parent

FRESH_MB = 200.0


class Grown:
    """A recogniser that uses so much memory until it is begun anew."""

    def __init__(self, resident_mb: float, fresh_mb: float = FRESH_MB) -> None:
        self.idle = True
        self.resident_mb: float | None = resident_mb
        self.did: list[str] = []
        self._fresh_mb = fresh_mb
        self.keeper = MemoryKeeper(self, lambda: self.resident_mb)

    def begin_afresh(self, *, warm: bool) -> None:
        assert self.idle
        assert not warm
        self.did.append("renewed")
        self.resident_mb = self._fresh_mb

    def warm_up(self) -> None:
        assert self.idle
        self.did.append("warmed up")

    def utterance(self, from_s: float, until_s: float) -> None:
        """Somebody speaks between two times."""
        self.idle = False
        for time_s in (from_s, until_s):
            self.keeper.look(time_s)
        self.idle = True
        self.keeper.look(until_s + 0.032)


def test_grown_large_it_is_begun_anew_at_the_end_of_the_utterance():
    grown = Grown(RENEW_MB + 1)
    grown.utterance(1.0, 3.0)
    assert grown.did == ["renewed"]


def test_it_is_warmed_up_once_when_nobody_speaks():
    grown = Grown(RENEW_MB + 1)
    grown.utterance(1.0, 3.0)
    grown.keeper.look(3.0 + QUIET_S - 0.1)
    assert grown.did == ["renewed"]
    grown.keeper.look(3.0 + QUIET_S)
    grown.keeper.look(100.0)
    assert grown.did == ["renewed", "warmed up"]


def test_somebody_speaking_again_puts_warming_up_off():
    grown = Grown(RENEW_MB + 1)
    grown.utterance(1.0, 3.0)
    grown.utterance(7.0, 9.0)
    grown.keeper.look(9.0 + QUIET_S - 0.1)
    assert grown.did == ["renewed"]
    grown.keeper.look(9.0 + QUIET_S)
    assert grown.did == ["renewed", "warmed up"]


def test_small_it_is_left_alone():
    grown = Grown(RENEW_MB - 1)
    grown.utterance(1.0, 3.0)
    grown.keeper.look(100.0)
    assert grown.did == []


def test_it_is_looked_at_after_each_utterance_and_not_all_the_time():
    grown = Grown(RENEW_MB - 1)
    grown.utterance(1.0, 3.0)
    grown.resident_mb = RENEW_MB + 1  # something else has grown
    grown.keeper.look(60.0)
    assert grown.did == []


def test_where_others_use_the_memory_it_is_not_begun_anew_again_and_again():
    grown = Grown(RENEW_MB + 50, fresh_mb=RENEW_MB + 40)
    grown.utterance(1.0, 3.0)
    grown.resident_mb = RENEW_MB + 40 + LEAST_GROWTH_MB - 1
    grown.utterance(10.0, 13.0)
    assert grown.did == ["renewed"]
    grown.resident_mb = RENEW_MB + 40 + LEAST_GROWTH_MB + 1
    grown.utterance(20.0, 23.0)
    assert grown.did == ["renewed", "renewed"]


def test_a_process_that_stays_far_too_large_ends_with_a_sentence():
    grown = Grown(MOST_MB + 50, fresh_mb=MOST_MB + 40)
    with pytest.raises(MemoryCeilingError, match=r"uses 440 MB of memory, and may use 400; it ends"):
        grown.utterance(1.0, 3.0)


def test_where_the_system_does_not_tell_nothing_is_done():
    grown = Grown(0.0)
    grown.resident_mb = None
    grown.utterance(1.0, 3.0)
    grown.keeper.look(100.0)
    assert grown.did == []


def test_code_that_was_read_to_load_it_is_given_back_and_can_be_used_again():
    program = """if True:
        import numpy, onnxruntime, sqlite3
        from runtime.health import resident_mb
        from runtime.memory import give_back_code
        before = resident_mb()
        give_back_code()
        print(before - resident_mb())
        assert (numpy.ones((9, 9)) @ numpy.ones((9, 9)) == 9).all()
        assert onnxruntime.get_available_providers()
        assert sqlite3.connect(":memory:").execute("SELECT 1").fetchone() == (1,)
    """
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert float(done.stdout) > 10
