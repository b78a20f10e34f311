"""Fine-tuning: a few passes of gradient descent on the lamp's turn, from the warm start. Needs torch."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from model.adam import Adam
from model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from model.examples import Examples
from model.progress import Progress, no_progress
from model.recipe import FineTune
from model.saffu import Saffu

COUNTED = ("words", "words_bias")
"""The weights that stay: the next-word decoder is solved again from counts afterwards."""


@dataclass(frozen=True)
class Tuned:
    """What fine-tuning gives."""

    model: Saffu
    """The model after its best pass."""

    passes: int
    """How many passes that took."""

    held_out_losses: tuple[float, ...]
    """Mean cross entropy of the held-out prefixes after every pass made; empty when nothing was held out."""


def fine_tune(
    model: Saffu,
    examples: Examples,
    tuning: FineTune,
    progress: Progress = no_progress,
    held_out: Examples | None = None,
    checkpoints: Path | None = None,
) -> Tuned:
    """Return the model after gradient descent on the lamp's cross entropy over all prefixes.

    Args:
        model: where to begin; it stays as it is.
        examples: encoded with the model's vocabulary.
        tuning: how long and how fast.
        progress: called with steps done and steps in all.
        held_out: examples that say when to stop; without them all passes are made.
        checkpoints: folder to keep the state in after every pass, in a file of this very run's; if it is there
            already, the run goes on from it and ends with the weights it would have had without the interruption.
    """
    with one_thread():
        return _descend(deepcopy(model), examples, tuning, progress, held_out, checkpoints)


def _descend(
    model: Saffu,
    examples: Examples,
    tuning: FineTune,
    progress: Progress,
    held_out: Examples | None,
    checkpoints: Path | None,
) -> Tuned:
    run = Checkpoint.of_run(model, examples, tuning)
    kept = load_checkpoint(checkpoints, run) if checkpoints else run
    kept.fill(model, kept.weights)
    parameters = trained(model)
    moving = list(parameters.values())
    adam = Adam(moving, [tuning.vector_rate if name == "vectors" else 1.0 for name in parameters])
    kept.restore(adam)
    batches = list(examples.equal_lengths(tuning.batch))
    total = tuning.epochs * len(batches)
    while kept.passes < tuning.epochs and not kept.exhausted(tuning.patience):
        if kept.passes < tuning.frozen_epochs:
            model.freeze_vectors()
        else:
            model.thaw_vectors()
        # A seed for every pass, so that a run carried on draws what it would have drawn.
        torch.manual_seed(tuning.seed * 1000 + kept.passes)
        order = np.random.default_rng((tuning.seed, kept.passes)).permutation(len(batches))
        for done, index in enumerate(order, start=kept.passes * len(batches)):
            model.zero_grad()
            prefix_loss(model, batches[index], tuning).backward()  # type: ignore[no-untyped-call]
            adam.step([p.grad for p in moving], tuning.learning_rate * max(0.02, 1 - done / total))
            progress(done + 1, total)
        held_out_loss = mean_loss(model, held_out, tuning) if held_out else None
        kept = kept.after_pass(parameters, adam, held_out_loss)
        if checkpoints:
            save_checkpoint(checkpoints, kept)
    progress(total, total)
    model.thaw_vectors()
    kept.fill(model, kept.best)
    return Tuned(model, kept.best_passes, tuple(kept.losses))


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute in one thread: several add up gradients in an order of chance, and gain nothing here."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def trained(model: Saffu) -> dict[str, nn.Parameter]:
    """Return the parameters that move, by name; parts the model does not have are empty and left out."""
    return {name: p for name, p in model.named_parameters() if name not in COUNTED and p.numel()}


def prefix_loss(model: Saffu, batch: Examples, tuning: FineTune) -> Tensor:
    """Return the mean cross entropy of the lamp's turn over the prefixes of a batch, some words unknown, some units
    silent."""
    ids = torch.from_numpy(batch.ids.astype(np.int64))
    first_slot = 1 + model.sizes.known_words
    unknown = (torch.rand(ids.shape) < tuning.unknown_rate) & torch.from_numpy(batch.words())
    ids = torch.where(
        unknown, torch.randint(first_slot, first_slot + model.sizes.hashed_slots, ids.shape), ids
    )
    kept = None
    if tuning.dropout:
        kept = (torch.rand(len(ids), 1, model.sizes.hidden) >= tuning.dropout) / (1 - tuning.dropout)
    losses, weights = _losses(model, batch, ids, tuning.final_weight, kept)
    return (losses * weights).sum() / weights.sum()


@torch.no_grad()
def mean_loss(model: Saffu, examples: Examples, tuning: FineTune) -> float:
    """Return the mean cross entropy over the prefixes of examples, as they are."""
    total = weight = 0.0
    for batch in examples.equal_lengths(1024):
        ids = torch.from_numpy(batch.ids.astype(np.int64))
        losses, weights = _losses(model, batch, ids, tuning.final_weight, None)
        total += float((losses * weights).sum())
        weight += float(weights.sum())
    return total / weight


def _losses(
    model: Saffu, batch: Examples, ids: Tensor, final_weight: float, kept: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Return cross entropy and weight of every prefix, each (utterances, longest); whole utterances weigh more."""
    logits = model.lamp_logits(ids, kept)  # (utterances, longest, 3)
    intents = torch.from_numpy(batch.intents.astype(np.int64))[:, None].expand(ids.shape)
    losses = functional.cross_entropy(logits.transpose(1, 2), intents, reduction="none")
    weights = torch.from_numpy(batch.counted()) * torch.from_numpy(batch.weights)[:, None]
    last = torch.arange(ids.shape[1]) == torch.from_numpy(batch.lengths.astype(np.int64))[:, None] - 1
    return losses, weights * torch.where(last, final_weight, 1.0)
