"""Near-duplicates: in one fold, and out of all text that is learned from."""

import random

from model.examples import Utterance
from model.folds import fold_numbers, held_out, near_duplicate_groups, without_near_duplicates


def said(*texts: str) -> list[Utterance]:
    return [Utterance(tuple(text.split()), "none") for text in texts]


def test_near_duplicates_share_a_group_and_others_do_not():
    groups = near_duplicate_groups(
        said(
            "turn off the kitchen light",
            "olly please turn off the kitchen light",
            "turn off the bedroom light",
            "set an alarm for seven in the morning on monday",
            "set an alarm for eight in the morning on monday",
        )
    )
    assert groups == [0, 0, 2, 3, 3]


def test_nothing_is_learned_from_that_resembles_what_is_held_out_and_only_the_judged_is_held_out():
    judged = said(*(f"judged{n} thing{n}" for n in range(30)))
    learned = said(
        *(f"please judged{n} thing{n}" for n in range(15)), *(f"other{n} thing" for n in range(15))
    )
    folds = held_out(judged, learned, 5, seed=0)
    assert sorted(u.words for test, _ in folds for u in test) == sorted(u.words for u in judged)
    for test, rest in folds:
        groups = near_duplicate_groups([*test, *rest])
        assert not set(groups[: len(test)]) & set(groups[len(test) :])
    assert {u.words for _, rest in folds for u in rest} == {u.words for u in [*judged, *learned]}


def test_a_group_falls_into_one_fold_and_folds_depend_on_the_seed():
    utterances = said(
        *(f"word{n} thing{n} please" for n in range(50)), *(f"word{n} thing{n}" for n in range(50))
    )
    numbers = fold_numbers(utterances, 5, seed=1)
    assert numbers[:50] == numbers[50:]
    assert set(numbers) == set(range(5))
    assert numbers != fold_numbers(utterances, 5, seed=2)


def test_text_loses_what_resembles_something_judged_and_nothing_else():
    judged = said("turn off the kitchen light", "wake me up at nine in the morning on friday")
    kept = said(
        "turn on the kitchen light",
        "turn off the bedroom light",
        "kitchen",
        "turn off the kitchen light show and dance",
    )
    lost = said(
        "please turn off the kitchen light",
        "turn the kitchen light off",
        "wake me up at ten in the morning on friday",
        "the kitchen light turn it off",
    )
    mixed = [*lost[:2], *kept[:3], *lost[2:], *kept[3:], *lost[:1]]
    assert without_near_duplicates(mixed, judged) == [u for u in mixed if u in kept]


def test_what_is_left_shares_no_group_with_what_is_judged():
    words = "turn on off the light lamp kitchen bedroom please now".split()
    draw = random.Random(0)
    texts = [" ".join(draw.choices(words, k=draw.randint(1, 7))) for _ in range(600)]
    judged, learned = said(*texts[:60]), said(*texts[60:])
    kept = without_near_duplicates(learned, judged)
    assert 0 < len(kept) < len(learned)
    for utterance in learned:
        alike = any(near_duplicate_groups([other, utterance]) == [0, 0] for other in judged)
        assert (utterance not in kept) == alike
