"""The journal gives back what it was given, and keeps it through what may happen."""

import os
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.intent import INTENTS
from runtime.errors import JournalError, UnknownUtteranceError
from runtime.journal.journal import Journal
from runtime.journal.records import Promotion, Retraining, UtteranceRecord
from runtime.lesson import SOURCES
from tests.runtime.diary import heard, switched, texts

word = st.text(st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp", "Cc"]), min_size=1, max_size=6)
single = st.floats(0, 1, width=32)
moment = st.floats(0, 1e10)
ends = (
    st.tuples(single, single)
    .filter(lambda both: sum(both) <= 1)
    .map(lambda both: (*both, 1.0 - both[0] - both[1]))
)
utterances = st.builds(
    UtteranceRecord,
    id=st.none(),
    session=st.just(1),
    began_s=moment,
    ended_s=moment,
    wall_time=moment,
    words=st.lists(word, max_size=5).map(tuple),
    partials=st.lists(word, max_size=3).map(tuple),
    bundle=st.just("base"),
    probabilities=st.lists(st.tuples(single, single, single), max_size=5).map(tuple),
    decided=st.none() | st.sampled_from(INTENTS),
    decided_word=st.none() | st.integers(1, 5),
    decided_s=st.none() | moment,
    retracted=st.booleans(),
    audio=st.none() | word,
    ended=st.none() | ends,
)


@given(st.lists(utterances, max_size=8))
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read_again_even_by_the_next_process(
    tmp_path_factory: pytest.TempPathFactory, records: list[UtteranceRecord]
) -> None:
    folder = tmp_path_factory.mktemp("state")
    with Journal.open(folder) as journal:
        journal.begin_session()
        numbers = [journal.add_utterance(record) for record in records]
        expected = [replace(record, id=number) for number, record in zip(numbers, records, strict=True)]
        assert journal.utterances(limit=100) == expected[::-1]
    with Journal.open(folder) as journal:
        assert [journal.utterance(number) for number in numbers] == expected


def test_light_events_retrainings_and_promotions_are_read_again(tmp_path: Path) -> None:
    retraining = Retraining(1.0, 2.0, {"missed": 3}, {"missed": 4}, True, "fewer are missed", "v2")
    promotion = Promotion(3.0, "v2", "base", "fewer are missed")
    with Journal.open(tmp_path) as journal:
        session = journal.begin_session()
        number = journal.add_utterance(heard("light please", session))
        event = switched(True, session, who="lamp", utterance=number)
        kept = journal.add_light_event(event)
        journal.add_retraining(retraining)
        journal.add_promotion(promotion)
        assert journal.light_events() == [replace(event, id=kept)]
        assert journal.retrainings() == [retraining]
        assert journal.promotions() == [promotion]
        assert journal.count("retrainings", since=2.5) == 0
        assert journal.count("promotions", since=2.5) == 1


@given(st.lists(st.tuples(st.integers(1, 3), st.none() | st.sampled_from(INTENTS), st.sampled_from(SOURCES))))
@settings(max_examples=40, deadline=None)
def test_the_label_in_force_is_the_last_one_but_a_correction_yields_only_to_another(
    tmp_path_factory: pytest.TempPathFactory, given_labels: list[tuple[int, str | None, str]]
) -> None:
    expected: dict[int, tuple[str, str]] = {}
    with Journal.open(tmp_path_factory.mktemp("state")) as journal:
        journal.begin_session()
        for _ in range(3):
            journal.add_utterance(heard("lumos"))
        for number, intent, source in given_labels:
            if intent is None:
                journal.remove_label(number)
                expected.pop(number, None)
                continue
            journal.add_label(number, intent, source, 5.0)
            if source == "corrected" or expected.get(number, ("", ""))[1] != "corrected":
                expected[number] = (intent, source)
        in_force = {label.id: (label.intent, label.source) for label in journal.labels()}
        history = [label for number in (1, 2, 3) for label in journal.label_history(number)]
    assert in_force == expected
    assert len({label.id for label in history}) == len(history) <= len(given_labels)


def test_a_superseded_label_stays_in_the_history(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        number = journal.add_utterance(heard("nox", journal.begin_session()))
        journal.add_label(number, "light_on", "unobjected", 1.0)
        journal.add_label(number, "light_off", "corrected", 2.0)
        journal.remove_label(number)
        history = [(label.intent, label.source) for label in journal.label_history(number)]
        assert history == [("light_on", "unobjected"), ("light_off", "corrected"), (None, "corrected")]
        assert journal.label(number) is None


def test_a_label_for_an_utterance_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        with pytest.raises(UnknownUtteranceError, match=r"there is no utterance 7; `foreglow history` lists"):
            journal.add_label(7, "none", "corrected", 1.0)
        with pytest.raises(UnknownUtteranceError):
            journal.remove_label(7)
        assert journal.count("labels") == 0


def test_history_can_be_paged_and_narrowed(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        journal.begin_session()
        journal.add_utterance(heard("tea"))
        journal.add_utterance(heard("lumos", probabilities=((0.3, 0.0, 0.7),)))
        journal.add_utterance(heard("light", decided="light_on", decided_word=1))
        journal.add_utterance(heard("light roast", decided="light_on", decided_word=1, retracted=True))
        journal.add_label(1, "none", "corrected", 1.0)
        found = {
            only: [record.id for record in journal.utterances(only=only)]
            for only in ("all", "labelled", "decided", "unsure")
        }
        assert found == {"all": [4, 3, 2, 1], "labelled": [1], "decided": [4, 3], "unsure": [4, 2]}
        assert [record.id for record in journal.utterances(before_id=4, limit=2)] == [3, 2]


def test_a_number_is_never_given_again(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        first = journal.add_utterance(heard("lumos", journal.begin_session()))
        journal.remove([first], for_good=True)
        assert journal.add_utterance(heard("nox")) == first + 1
        journal.remove([first + 1])
    with Journal.open(tmp_path) as journal:
        assert journal.add_utterance(heard("nox", journal.begin_session())) == first + 2


def test_a_light_event_outlives_an_utterance_forgotten_before_it(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        number = journal.add_utterance(heard("lumos", journal.begin_session()))
        journal.remove([number])
        journal.add_light_event(switched(True, utterance=number))
        journal.flush()
        assert [event.utterance for event in journal.light_events()] == [None]


def test_several_threads_may_write_and_read_at_once(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        session = journal.begin_session()
        numbers: list[int] = []

        def talk() -> None:
            for _ in range(50):
                number = journal.add_utterance(heard("lumos", session))
                journal.add_label(number, "light_on", "unobjected", 1.0)
                numbers.append(number)
            journal.add_label(number, "none", "claimed", 1.0)

        threads = [threading.Thread(target=talk) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(numbers) == list(range(1, 201))
        assert len(list(journal.labels())) == 200
        assert journal.count("labels") == 204


def test_a_row_waits_for_the_thread_and_a_persons_label_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.journal.writer.FLUSH_AFTER_S", 600.0)
    with Journal.open(tmp_path) as journal:
        number = journal.add_utterance(heard("lumos", journal.begin_session()))
        journal.add_label(number, "light_on", "unobjected", 1.0)
        assert on_disk(tmp_path, "labels") == on_disk(tmp_path, "utterances") == 0
        journal.add_label(number, "none", "objected", 1.0)
        assert (on_disk(tmp_path, "labels"), on_disk(tmp_path, "utterances")) == (2, 1)


def test_rows_reach_the_disk_without_being_asked_for(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        journal.add_utterance(heard("lumos", journal.begin_session()))
        for _ in range(200):
            if on_disk(tmp_path, "utterances"):
                break
            threading.Event().wait(0.05)
        assert on_disk(tmp_path, "utterances") == 1


def on_disk(folder: Path, table: str) -> int:
    """How many rows another process would find now."""
    other = sqlite3.connect(folder / "journal.db")
    try:
        return int(other.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        other.close()


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    before = os.umask(0)
    try:
        folder.mkdir(0o700)
        (folder / "journal.db").touch(0o666)  # copied back from somewhere, say
        with Journal.open(folder) as journal:
            journal.begin_session()
            journal.flush()
            assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
            assert len(list(folder.iterdir())) == 3
    finally:
        os.umask(before)


def test_every_commit_is_synced(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        assert journal._database.execute("PRAGMA synchronous").fetchone() == (2,)
        assert journal._database.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert journal._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_row_against_the_rules_is_told_and_keeps_no_other_waiting(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        session = journal.begin_session()
        journal.add_utterance(heard("before", session))
        journal.add_utterance(heard("wrong", session=99))
        journal.add_utterance(heard("after", session))
        with pytest.raises(JournalError, match="refuses a row"):
            journal.flush()
        assert texts(journal) == ["after", "before"]


def test_half_a_surrogate_pair_is_kept_as_a_question_mark(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        journal.add_utterance(heard("a\ud800", journal.begin_session()))
        assert texts(journal) == ["a?"]


def test_a_closed_journal_says_so(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.close()
    with pytest.raises(JournalError, match="is closed"):
        journal.begin_session()
