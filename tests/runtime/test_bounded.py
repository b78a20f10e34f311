"""Nothing that grows while the lamp listens grows for ever. Queues of threads have tests beside them."""

import io

import numpy as np

from capture.block import BLOCK_SAMPLES, SAMPLE_RATE, Block
from capture.gate import SpeechGate
from runtime.decision import Decision
from runtime.events import Decided, Heard, SpeechEnded
from runtime.journal.recent_sound import LONGEST_S, RecentSound
from runtime.learning.happened import Flipped
from runtime.learning.lesson_book import MOST_EVENTS, LessonBook
from runtime.learning.lessons import Windows
from runtime.mqtt.switch import MOST_COMMANDS, Echoes
from runtime.report import PlainReport
from transcribe.hypothesis import Hypothesis

BLOCK_S = BLOCK_SAMPLES / SAMPLE_RATE
SILENCE = np.zeros(BLOCK_SAMPLES, np.int16)


def test_a_closed_gate_holds_the_pre_roll_and_no_more():
    gate = SpeechGate(pre_roll_s=0.4)
    for number in range(1000):
        gate._step(Block(SILENCE, number * BLOCK_S), 0.0)
    assert len(gate._held) <= 0.4 / BLOCK_S + 2


def test_sound_is_held_for_a_minute(tmp_path):
    sound = RecentSound(tmp_path, 10)
    for number in range(round(3 * LONGEST_S / BLOCK_S)):
        sound.hear(Block(SILENCE, number * BLOCK_S))
    assert len(sound._blocks) <= LONGEST_S / BLOCK_S + 2


def test_a_switch_that_flutters_for_ever_fills_no_memory():
    book = LessonBook(Windows())
    for number in range(3 * MOST_EVENTS):
        book.add(Flipped(number * 0.1, number % 2 == 0, number % 2 == 1, "switch"))
        book.trim(number * 0.1, busy=False)
    assert len(book._events) <= MOST_EVENTS


def test_commands_that_nothing_echoes_are_forgotten():
    echoes = Echoes(3600.0)
    for _ in range(10 * MOST_COMMANDS):
        echoes.commanded(True)
    assert len(echoes._commands) == MOST_COMMANDS


def test_a_live_report_counts_nothing_that_is_told_at_the_end_of_recordings_only():
    report = PlainReport(io.StringIO(), recordings=False)
    report.begin("default")
    for number in range(50):
        words = Hypothesis(("turn", "on"), True, number + 0.5, float(number))
        decision = Decision("light_on", 0.9, words.words, 2, words.time)
        report.show(Heard(number + 0.5, words, None, ()))
        report.show(Decided(number + 0.5, decision))
        report.show(SpeechEnded(number + 0.9, number + 0.4))
    assert report._tally._leads_s == []
    assert report._tally._switched == [False]
