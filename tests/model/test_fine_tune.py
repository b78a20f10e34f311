"""Fine-tuning stops when it should and carries on where it was killed."""

import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from model.checkpoint import Checkpoint, save_checkpoint
from model.examples import Utterance, encode, word_counts
from model.fine_tune import COUNTED, fine_tune, mean_loss, prefix_loss, trained
from model.language_model import Sizes
from model.parts import Parts
from model.recipe import FineTune, WarmStart
from model.saffu import Saffu
from model.vocabulary import END, Vocabulary
from model.warm_start import explicit_model
from tests.model.test_training import toy

TUNING = FineTune(epochs=4, learning_rate=0.02, batch=16)


EVERYTHING = Parts(attention=4, document=True, hidden="softmax")


def begin(said: list[Utterance], parts: Parts | None = None):
    """An explicit model of the toy language, and its examples; with other parts a random one."""
    vocabulary = Vocabulary(tuple(sorted(word_counts(said))), 4)
    sizes = Sizes(known_words=len(vocabulary.words), hashed_slots=4, bits=16, hidden=16, radius=4)
    examples = encode(said, vocabulary, 25)
    if parts in (None, Parts()):
        model = Saffu.of(explicit_model(sizes, np.ones(sizes.vocabulary), examples, WarmStart()))
    else:
        torch.manual_seed(0)
        model = Saffu(sizes, parts)
    return model, examples, vocabulary


def same(a: Saffu, b: Saffu) -> bool:
    return all(torch.equal(p, dict(b.named_parameters())[name]) for name, p in a.named_parameters())


class KilledError(Exception):
    """Stands for the end of the process."""


def killed_and_carried_on(model, examples, checkpoints):
    """The model after a run that was killed in the middle and begun again with its checkpoints."""

    def die(done: int, total: int) -> None:
        if done > total * 0.6:
            raise KilledError

    with pytest.raises(KilledError):
        fine_tune(model, examples, TUNING, die, checkpoints=checkpoints)
    steps: list[int] = []
    carried_on = fine_tune(
        model, examples, TUNING, lambda done, _: steps.append(done), checkpoints=checkpoints
    )
    assert steps[0] > 1
    return carried_on.model


@pytest.mark.parametrize("parts", [Parts(), EVERYTHING])
def test_a_run_killed_in_the_middle_ends_with_the_weights_of_one_that_was_not(tmp_path, parts):
    model, examples, _ = begin(toy(0, 150), parts)
    whole = fine_tune(model, examples, TUNING).model
    assert not same(whole, model)
    assert same(killed_and_carried_on(model, examples, tmp_path), whole)


def test_a_run_killed_by_the_system_leaves_a_checkpoint_that_can_be_read(tmp_path):
    code = f"""
import os
from tests.model.test_fine_tune import *
model, examples, _ = begin(toy(0, 150))
def die(done, total):
    if done > total * 0.6:
        os.kill(os.getpid(), signal.SIGKILL)
fine_tune(model, examples, TUNING, die, checkpoints=__import__("pathlib").Path({str(tmp_path)!r}))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    model, examples, _ = begin(toy(0, 150))
    carried_on = fine_tune(model, examples, TUNING, checkpoints=tmp_path).model
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"], "nothing half-written stays"
    assert same(carried_on, fine_tune(model, examples, TUNING).model)


def test_a_checkpoint_kept_while_torch_took_the_steps_is_carried_on(tmp_path, monkeypatch):
    model, examples, _ = begin(toy(0, 150))
    whole = fine_tune(model, examples, TUNING).model
    monkeypatch.setattr("model.fine_tune.save_checkpoint", save_as_before)
    assert same(killed_and_carried_on(model, examples, tmp_path), whole)


def save_as_before(path, state: Checkpoint) -> None:
    """torch.optim.Adam counts its steps in float32, so checkpoints had them in it."""
    steps = {name: np.float32(count) for name, count in state.steps.items()}
    save_checkpoint(path, replace(state, steps=steps))


def test_a_checkpoint_of_another_run_is_not_used(tmp_path):
    model, examples, _ = begin(toy(0, 150))
    fine_tune(model, examples, replace(TUNING, seed=9), checkpoints=tmp_path)
    fresh = fine_tune(model, examples, TUNING, checkpoints=tmp_path).model
    assert same(fresh, fine_tune(model, examples, TUNING).model)


def test_a_checkpoint_of_the_same_weights_with_another_activation_is_not_used(tmp_path):
    model, examples, _ = begin(toy(0, 150))
    other = Saffu(model.sizes, Parts(hidden="softmax"))
    other.load_state_dict(model.state_dict())
    fine_tune(other, examples, TUNING, checkpoints=tmp_path)
    fresh = fine_tune(model, examples, TUNING, checkpoints=tmp_path).model
    assert same(fresh, fine_tune(model, examples, TUNING).model)


def test_a_file_that_holds_another_run_is_not_used(tmp_path):
    model, examples, _ = begin(toy(0, 60))
    fine_tune(model, examples, TUNING, checkpoints=tmp_path)
    (own,) = tmp_path.iterdir()
    fine_tune(model, examples, replace(TUNING, seed=9), checkpoints=tmp_path)
    (other,) = set(tmp_path.iterdir()) - {own}
    other.replace(own)
    steps: list[int] = []
    fine_tune(model, examples, TUNING, lambda done, _: steps.append(done), checkpoints=tmp_path)
    assert steps[0] == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken"])
def test_a_broken_checkpoint_is_the_same_as_none(tmp_path, content):
    model, examples, _ = begin(toy(0, 60))
    fine_tune(model, examples, TUNING, checkpoints=tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(content)
    tuned = fine_tune(model, examples, TUNING, checkpoints=tmp_path)
    assert same(tuned.model, fine_tune(model, examples, TUNING).model)


def test_words_are_taken_for_unknown_and_the_end_never_is(monkeypatch):
    model, examples, vocabulary = begin(
        [*toy(0, 20), Utterance(("turn", "on", "the"), "none", finished=False)]
    )
    read: list[torch.Tensor] = []
    logits = model.lamp_logits
    monkeypatch.setattr(model, "lamp_logits", lambda ids, kept: read.append(ids) or logits(ids, kept))
    prefix_loss(model, examples, replace(TUNING, unknown_rate=1.0))
    (ids,) = (of_batch.numpy() for of_batch in read)
    unknown = ids > model.sizes.known_words
    assert (unknown == examples.words()).all()
    assert (ids[~unknown] == examples.ids[~unknown]).all()
    assert vocabulary.id(END) in ids[~unknown]


def test_it_stops_when_the_held_out_loss_rises_and_keeps_the_best_pass():
    model, examples, vocabulary = begin(toy(0, 60))
    random = np.random.default_rng(3)
    # Labels that nothing can learn: the longer it is tuned, the surer it is of what is not so.
    noise = [replace(u, intent=str(random.choice(["light_on", "light_off", "none"]))) for u in toy(4, 80)]
    tuning = replace(TUNING, epochs=60, patience=2)
    tuned = fine_tune(model, examples, tuning, held_out=encode(noise, vocabulary, 25))
    losses = tuned.held_out_losses
    assert len(losses) < 60
    assert tuned.passes == int(np.argmin(losses)) + 1 == len(losses) - 2
    assert mean_loss(tuned.model, encode(noise, vocabulary, 25), tuning) == pytest.approx(min(losses))
    again = fine_tune(model, examples, replace(tuning, epochs=60), held_out=encode(noise, vocabulary, 25))
    assert same(again.model, tuned.model)


@pytest.mark.parametrize("parts", [Parts(), EVERYTHING])
def test_frozen_vectors_do_not_move_until_they_may(parts):
    model, examples, _ = begin(toy(0, 100), parts)
    frozen = fine_tune(model, examples, replace(TUNING, epochs=2, frozen_epochs=2)).model
    freed = fine_tune(model, examples, replace(TUNING, epochs=3, frozen_epochs=2)).model
    assert torch.equal(frozen.vectors, model.vectors)
    assert not torch.equal(frozen.hidden, model.hidden)
    assert not torch.equal(freed.vectors, model.vectors)
    # Nothing looked up while frozen stays behind.
    assert frozen.comparisons is None
    assert frozen.vectors.requires_grad


def test_with_a_rate_of_zero_the_vectors_never_move():
    model, examples, _ = begin(toy(0, 100))
    tuned = fine_tune(model, examples, replace(TUNING, vector_rate=0.0)).model
    assert torch.equal(tuned.vectors, model.vectors)


@pytest.mark.parametrize("parts", [Parts(), EVERYTHING, Parts(block=False)])
def test_every_part_there_is_moves_and_the_next_word_decoder_does_not(parts):
    model, examples, _ = begin(toy(0, 100), parts)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    tuned = fine_tune(model, examples, TUNING).model
    moved = {name for name, p in tuned.named_parameters() if not torch.equal(p, before[name])}
    assert moved == set(trained(model)) == {n for n, p in before.items() if p.numel()} - set(COUNTED)
    assert all(torch.equal(p, before[name]) for name, p in model.named_parameters()), (
        "the start stays as it was"
    )


def test_the_number_of_threads_does_not_change_the_weights_and_is_given_back():
    model, examples, _ = begin(toy(0, 300))
    before = torch.get_num_threads()
    several = []
    for threads in (1, 2, 4):
        torch.set_num_threads(threads)
        several.append(fine_tune(model, examples, TUNING).model)
        assert torch.get_num_threads() == threads
    torch.set_num_threads(before)
    assert same(several[0], several[1])
    assert same(several[0], several[2])
