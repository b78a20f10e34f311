"""What a fine-tuning run keeps after every pass, so that a killed run carries on. Needs torch."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from model.adam import Adam
from model.arrays import read_arrays
from model.examples import Examples
from model.language_model import Array
from model.recipe import FineTune
from model.saffu import Saffu

Arrays = dict[str, Array]

MOST_BYTES = 256_000_000
"""Of a file of one: the weights, the best of them, and two means of each."""


@dataclass(frozen=True)
class Checkpoint:
    """State of a run between two passes."""

    run: str
    """Names the run: a digest of where it began, its examples and its settings."""

    passes: int
    """Passes made."""

    weights: Arrays
    """The weights after them."""

    moments: Arrays
    """Adam's running means: `first 0`, `second 0`, … in the order of the parameters; empty before the first step."""

    steps: Arrays
    """Steps Adam has made for each parameter."""

    losses: tuple[float, ...]
    """Held-out loss after every pass."""

    best: Arrays
    """The weights after the pass with the lowest held-out loss, or after the last one."""

    best_passes: int
    """How many passes those took."""

    @classmethod
    def of_run(cls, model: Saffu, examples: Examples, tuning: FineTune) -> "Checkpoint":
        """Return the state before the first pass."""
        weights = {name: p.detach().numpy().copy() for name, p in model.named_parameters()}
        about = (asdict(model.sizes), asdict(model.parts), asdict(tuning))
        digest = hashlib.sha256(repr(about).encode())
        for array in (*weights.values(), *vars(examples).values()):
            digest.update(np.ascontiguousarray(array).tobytes())
        return cls(digest.hexdigest(), 0, weights, {}, {}, (), weights, 0)

    def exhausted(self, patience: int) -> bool:
        """Return whether the held-out loss has not fallen for `patience` passes."""
        return bool(self.losses) and self.passes - self.best_passes >= patience

    @staticmethod
    def fill(model: Saffu, weights: Arrays) -> None:
        """Give the model these weights."""
        with torch.no_grad():
            for name, p in model.named_parameters():
                p.copy_(torch.from_numpy(weights[name]))

    def restore(self, adam: Adam) -> None:
        """Give Adam back what it had gathered."""
        for n in range(len(adam.parameters)):
            if f"{n}" in self.steps:
                adam.steps[n] = int(self.steps[f"{n}"])
                adam.first[n] = torch.tensor(self.moments[f"first {n}"])
                adam.second[n] = torch.tensor(self.moments[f"second {n}"])

    def after_pass(
        self, parameters: Mapping[str, torch.Tensor], adam: Adam, loss: float | None
    ) -> "Checkpoint":
        """Return the state after one pass more, `loss` being its held-out loss."""
        weights = self.weights | {name: p.detach().numpy().copy() for name, p in parameters.items()}
        moments: Arrays = {}
        steps: Arrays = {}
        for n, taken in enumerate(adam.steps):
            if taken:
                moments[f"first {n}"] = adam.first[n].numpy().copy()
                moments[f"second {n}"] = adam.second[n].numpy().copy()
                steps[f"{n}"] = np.array(taken)
        losses = self.losses if loss is None else (*self.losses, loss)
        after = replace(
            self, passes=self.passes + 1, weights=weights, moments=moments, steps=steps, losses=losses
        )
        if loss is None or loss <= min(losses):
            after = replace(after, best=weights, best_passes=after.passes)
        return after


def save_checkpoint(folder: Path, state: Checkpoint) -> None:
    """Write a state, replacing the one before only when all of it is on the disk."""
    path = _file(folder, state)
    arrays = {
        f"{kind}/{name}": array
        for kind in ("weights", "moments", "steps", "best")
        for name, array in getattr(state, kind).items()
    }
    numbers = np.array([state.passes, state.best_passes])
    fresh = path.with_name(f"{path.name}.new")
    folder.mkdir(parents=True, exist_ok=True)
    with fresh.open("wb") as file:
        np.savez(
            file,
            allow_pickle=False,
            run=np.array(state.run),
            numbers=numbers,
            losses=np.array(state.losses),
            **arrays,
        )
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


def load_checkpoint(folder: Path, run: Checkpoint) -> Checkpoint:
    """Return the state kept of a run, or `run` itself, the beginning, if there is none that can be read."""
    try:
        arrays = read_arrays(_file(folder, run), MOST_BYTES)
        if str(arrays["run"]) != run.run:
            return run
        kinds: dict[str, Arrays] = {"weights": {}, "moments": {}, "steps": {}, "best": {}}
        for key, array in arrays.items():
            kind, _, name = key.partition("/")
            if name:
                kinds[kind][name] = array
        passes, best_passes = (int(n) for n in arrays["numbers"])
        losses = tuple(float(loss) for loss in arrays["losses"])
        return Checkpoint(run.run, passes, losses=losses, best_passes=best_passes, **kinds)
    except (OSError, ValueError, KeyError):
        return run


def _file(folder: Path, state: Checkpoint) -> Path:
    """Return where the states of a run are kept; runs that differ in anything have different files."""
    return folder / f"{state.run[:16]}.npz"
