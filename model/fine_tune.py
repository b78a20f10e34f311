"""Fine-tuning: a few passes of gradient descent on the lamp's turn, from the warm start. The one file with torch."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from model.examples import Examples, windows
from model.fine_tune_settings import FineTune, Progress, no_progress
from model.language_model import LanguageModel

TRAINED = ("vectors", "hidden", "hidden_bias", "direct", "lamp", "block", "lamp_bias")
"""The weights that move; the next-word decoder is solved again from counts afterwards."""


def fine_tune(
    model: LanguageModel,
    examples: Examples,
    tuning: FineTune,
    progress: Progress = no_progress,
) -> LanguageModel:
    """Return the model after gradient descent on the lamp's cross entropy over all prefixes.

    Args:
        model: where to begin.
        examples: encoded with the model's vocabulary.
        tuning: how long and how fast.
        progress: called with steps done and steps in all.
    """
    torch.manual_seed(tuning.seed)
    parameters = {name: torch.tensor(getattr(model.weights, name), requires_grad=True) for name in TRAINED}
    optimiser = torch.optim.Adam(parameters.values(), lr=tuning.learning_rate)
    batches = list(examples.batches(tuning.batch))
    total = tuning.epochs * len(batches)
    order = np.random.default_rng(tuning.seed)
    done = 0
    for _ in range(tuning.epochs):
        for index in order.permutation(len(batches)):
            for group in optimiser.param_groups:
                group["lr"] = tuning.learning_rate * max(0.02, 1 - done / total)
            loss = prefix_loss(parameters, model, batches[index], tuning)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            done += 1
            progress(done, total)
    tuned = {name: tensor.detach().numpy() for name, tensor in parameters.items()}
    return LanguageModel(model.sizes, replace(model.weights, **tuned))


def prefix_loss(p: dict[str, Tensor], model: LanguageModel, batch: Examples, tuning: FineTune) -> Tensor:
    """Return the mean cross entropy of the lamp's turn over the prefixes of a batch, whole utterances weighted."""
    ids = torch.from_numpy(batch.ids.astype(np.int64))
    first_slot = 1 + model.sizes.known_words
    unknown = (torch.rand(ids.shape) < tuning.unknown_rate) & (ids > 0)
    ids = torch.where(unknown, torch.randint(first_slot, model.sizes.vocabulary, ids.shape), ids)
    logits = lamp_logits(p, ids, model.sizes.radius)  # (utterances, longest, 3)
    targets = torch.from_numpy(batch.intents.astype(np.int64))[:, None].expand(ids.shape)
    losses = functional.cross_entropy(
        logits.transpose(1, 2), targets, reduction="none"
    )  # (utterances, longest)
    lengths = torch.from_numpy(batch.lengths.astype(np.int64))[:, None]
    position = torch.arange(ids.shape[1])
    weights = (position < lengths) * torch.from_numpy(batch.weights)[:, None]
    weights = weights * torch.where(position == lengths - 1, tuning.final_weight, 1.0)
    return (losses * weights).sum() / weights.sum()


def lamp_logits(p: dict[str, Tensor], ids: Tensor, radius: int) -> Tensor:
    """Return the lamp's logits after every word, shape (utterances, longest, 3), for ids (utterances, longest).

    The same sums as `LanguageModel.step`, in another order: a vector times its block of weights is looked up in
    a table (V, B + 3) made once a batch, instead of being multiplied again for every prefix.
    """
    E = p["vectors"]  # (V, D)
    V, D = E.shape
    B = p["hidden"].shape[1]
    blocks = torch.cat([p["hidden"], p["direct"]], dim=1).view(radius + 1, D, B + 3)
    tables = torch.einsum("vd,kdo->kvo", E, blocks)  # (r + 1, V, B + 3)
    offsets = torch.arange(radius) * V
    window = torch.from_numpy(windows(ids.numpy(), radius)) + offsets  # (utterances, longest, r)
    radial = functional.embedding_bag(
        window.view(-1, radius), tables[:radius].reshape(radius * V, -1), mode="sum"
    ).view(*ids.shape, -1)
    count = torch.arange(1, ids.shape[1] + 1)[:, None]
    document = functional.embedding(ids, tables[radius]).cumsum(dim=1) / count
    sums = radial + document  # (utterances, longest, B + 3)
    h = torch.relu(sums[..., :B] + p["hidden_bias"])
    block = h.cummax(dim=1).values  # (utterances, longest, B)
    return sums[..., B:] + h @ p["lamp"] + block @ p["block"] + p["lamp_bias"]
