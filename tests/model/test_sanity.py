"""What a lamp must go on to understand, whatever its household teaches it."""

from collections import Counter

from model.base_model import BASE_FOLDER
from model.phrases import sample_phrases
from model.sanity import EACH, SEED, choose_sanity, load_sanity


def test_the_sanity_set_beside_the_base_model_is_what_would_be_chosen_now():
    assert load_sanity(BASE_FOLDER) == choose_sanity()


def test_it_has_so_many_of_each_intent_and_none_that_a_recogniser_made_up():
    sanity = choose_sanity()
    assert Counter(u.intent for u in sanity) == EACH
    misheard = {p.text for p in sample_phrases(SEED, 4) if p.group == "misheard"}
    assert misheard
    assert not misheard & {" ".join(u.words) for u in sanity}
