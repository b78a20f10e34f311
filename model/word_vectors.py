"""Learning the vectors of a few words, and nothing else. Needs torch.

A text without these words reads exactly as before, so nothing of what the model knows can be lost.
"""

from dataclasses import replace

import numpy as np
import torch

from model.adam import Adam
from model.examples import Examples
from model.fine_tune import one_thread, prefix_loss
from model.language_model import LanguageModel
from model.progress import Progress, no_progress
from model.recipe import FineTune
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
    adam = Adam([moving])
    batches = list(examples.equal_lengths(tuning.batch))
    random = np.random.default_rng(tuning.seed)
    order = [index for _ in range(tuning.epochs) for index in random.permutation(len(batches))]
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(tuning.seed)
        for done, index in enumerate(order):
            (gradient,) = torch.autograd.grad(prefix_loss(saffu, batches[index], tuning), saffu.vectors)
            rate = tuning.learning_rate * (1 - done / len(order))
            adam.step([gradient[first : 1 + model.sizes.known_words]], rate)
            progress(done + 1, len(order))
    return replace(model, weights=saffu.in_service().weights)
