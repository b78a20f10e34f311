"""Finding utterances in the journal: what went wrong, what the model was unsure of, what holds a text."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from runtime.errors import JournalError
from runtime.journal.file import FILE_NAME
from runtime.journal.journal import Journal
from runtime.journal.reading import read_journal
from runtime.journal.schema import MIGRATIONS, migrate
from tests.runtime.diary import files_with, heard, switched


@pytest.fixture
def journal(tmp_path: Path):
    with Journal.open(tmp_path) as opened:
        opened.begin_session()
        yield opened


def acted(intent: str, **more):
    return heard("so dark", decided=intent, decided_word=1, decided_s=1.5, **more)


def test_false_activations_are_acts_that_were_not_asked_for(journal):
    wrong, opposite, right, unknown, undone = (journal.add_utterance(acted("light_on")) for _ in range(5))
    quiet = journal.add_utterance(heard("so dark"))
    for number, intent in ((wrong, "none"), (opposite, "light_off"), (right, "light_on"), (quiet, "none")):
        journal.add_label(number, intent, "objected", 5.0)
    journal.add_label(undone, "none", "objected", 5.0)
    journal.remove_label(undone)
    assert [each.id for each in journal.utterances(only="false_activations")] == [opposite, wrong]
    assert unknown not in [each.id for each in journal.utterances(only="misses")]


def test_misses_asked_for_what_was_not_done(journal):
    missed = journal.add_utterance(heard("lumos"))
    opposite = journal.add_utterance(acted("light_on"))
    taken_back = journal.add_utterance(acted("light_on", retracted=True))
    done, thought_better = journal.add_utterance(acted("light_on")), journal.add_utterance(heard("nox"))
    for number, intent in (
        (missed, "light_on"),
        (opposite, "light_off"),
        (taken_back, "light_on"),
        (done, "light_on"),
    ):
        journal.add_label(number, intent, "claimed", 5.0)
    journal.add_label(thought_better, "light_off", "claimed", 5.0)
    journal.add_label(thought_better, "none", "corrected", 6.0)
    assert [each.id for each in journal.utterances(only="misses")] == [taken_back, opposite, missed]


def leaning(probability: float, text: str = "lumos"):
    return heard(text, probabilities=((0.0, probability, 1.0 - probability),))


def test_who_reads_beside_the_lamp_is_told_of_a_journal_of_an_earlier_version_and_sees_none_that_is_being_begun(
    tmp_path,
):
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as file:
        with read_journal(tmp_path) as reader:
            assert reader is None
        migrate(file, MIGRATIONS[:2])
    told = r"has version 2, from an earlier foreglow, .* start the lamp anew"
    with pytest.raises(JournalError, match=told), read_journal(tmp_path):
        pass


def test_the_doubtful_come_first_and_those_a_person_judged_do_not_come(journal):
    numbers = {p: journal.add_utterance(leaning(p)) for p in (0.0, 0.5, 0.9, 0.375, 0.625)}
    journal.add_label(numbers[0.9], "light_on", "unobjected", 5.0)
    assert [each.id for each in journal.doubtful()] == [numbers[p] for p in (0.5, 0.375, 0.625, 0.9, 0.0)]
    journal.add_label(numbers[0.5], "none", "corrected", 5.0)
    assert [each.id for each in journal.doubtful(limit=2)] == [numbers[0.375], numbers[0.625]]
    assert [each.id for each in journal.doubtful(numbers[0.375], 2)] == [numbers[0.625], numbers[0.9]]


def test_paging_by_doubt_meets_each_once_even_among_equals_and_begins_again_after_one_that_is_gone(journal):
    numbers = [journal.add_utterance(leaning(0.25)) for _ in range(7)]
    met, last = [], None
    while page := journal.doubtful(last, 3):
        met += [each.id for each in page]
        last = page[-1].id
    assert met == numbers
    journal.remove([numbers[2]])
    assert journal.doubtful(numbers[2], 1)[0].id == numbers[0]


def test_a_text_is_found_in_either_case_and_is_no_pattern(journal):
    for text in ("turn it on", "a 100% wool sweater", "under_score", "hey!"):
        journal.add_utterance(heard(text))

    def found(holding: str) -> list[str]:
        return [" ".join(each.words) for each in journal.utterances(holding=holding)]

    assert found("IT ON") == ["turn it on"]
    assert (found("%"), found("_"), found("!")) == (["a 100% wool sweater"], ["under_score"], ["hey!"])
    assert found("'; DROP TABLE utterances; --") == []
    assert [" ".join(each.words) for each in journal.doubtful(holding="wool")] == ["a 100% wool sweater"]


def test_reviewing_reads_an_index_and_not_every_utterance(journal):
    journal.add_utterance(leaning(0.5))
    seen: list[str] = []
    journal.flush()
    journal._database.set_trace_callback(seen.append)
    journal.doubtful(1)
    journal._database.set_trace_callback(None)
    plan = journal._database.execute(f"EXPLAIN QUERY PLAN {seen[-1]}").fetchall()
    assert "USING INDEX utterances_by_doubt" in plan[0][3]


def test_another_process_reads_what_is_on_the_disk_and_keeps_nothing_from_being_forgotten(journal, tmp_path):
    number = journal.add_utterance(heard("lumos maxima"))
    journal.add_light_event(switched(True))
    journal.flush()
    with read_journal(tmp_path) as reader:
        assert reader is not None
        assert [each.id for each in reader.utterances()] == [number]
        assert reader.label(number) is None
        journal.remove([number], for_good=True)
        assert files_with(tmp_path, b"maxima") == []
        assert reader.utterances() == []
        with pytest.raises(JournalError):
            reader._rows("DELETE FROM light_events")


def test_no_journal_yet_is_no_error(tmp_path):
    with read_journal(tmp_path / "nowhere") as reader:
        assert reader is None


def test_what_is_no_journal_is_told(tmp_path):
    (tmp_path / "journal.db").write_bytes(b"a letter home, which is longer than the head of a database " * 20)
    with pytest.raises(JournalError, match="damaged"), read_journal(tmp_path):
        pass
