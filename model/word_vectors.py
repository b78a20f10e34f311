"""Learning the vectors of a few words, and nothing else. Needs torch.

A text without these words reads exactly as before, so nothing of what the model knows can be lost. The descent is
Adam (Kingma and Ba 2015), written out: torch's own loads a compiler of 76 MB first.

    m <- 0.9 m + 0.1 g            v <- 0.999 v + 0.001 g²            of the gradient g, all (n, D)
    e <- e - rate m' / (sqrt(v') + 1e-8)      m' = m / (1 - 0.9^t), v' = v / (1 - 0.999^t), step t = 1, 2, …
"""

from dataclasses import replace

import numpy as np
import torch

from model.examples import Examples
from model.fine_tune import one_thread, prefix_loss
from model.fine_tune_settings import FineTune, Progress, no_progress
from model.language_model import LanguageModel
from model.saffu import Saffu


def learn_vectors(
    model: LanguageModel, first: int, examples: Examples, tuning: FineTune, progress: Progress = no_progress
) -> LanguageModel:
    """Return the model after descent on the lamp's cross entropy, in which some known words' vectors move.

    Args:
        model: where to begin; it stays as it is.
        first: id of the first word that moves; all known words from it on do.
        examples: encoded with the model's vocabulary.
        tuning: how long and how fast; every pass is made, and the rate falls linearly to zero.
        progress: called with steps done and steps in all.
    """
    saffu = Saffu.of(model)
    for name, parameter in saffu.named_parameters():
        parameter.requires_grad_(name == "vectors")
    moving = saffu.vectors.data[first : 1 + model.sizes.known_words]  # (n, D), a view
    m, v = torch.zeros_like(moving), torch.zeros_like(moving)
    batches = list(examples.equal_lengths(tuning.batch))
    random = np.random.default_rng(tuning.seed)
    order = [index for _ in range(tuning.epochs) for index in random.permutation(len(batches))]
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(tuning.seed)
        for t, index in enumerate(order, start=1):
            (gradient,) = torch.autograd.grad(prefix_loss(saffu, batches[index], tuning), saffu.vectors)
            g = gradient[first : 1 + model.sizes.known_words]
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            rate = tuning.learning_rate * (1 - (t - 1) / len(order))
            moving -= rate * m / (1 - 0.9**t) / ((v / (1 - 0.999**t)).sqrt() + 1e-8)
            progress(t, len(order))
    return replace(saffu.in_service(), evidence=model.evidence)
