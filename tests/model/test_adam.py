"""Our Adam takes torch's steps, and loads nothing for it."""

import subprocess
import sys

import torch

from model.adam import Adam

RATES = (0.005, 0.004, 0.003, 0.0)


def gradients(seed: int, shapes: list[tuple[int, ...]]) -> list[torch.Tensor]:
    """Some large, some next to zero, so that EPSILON counts."""
    random = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=random) * 10.0 ** -(4 * n) for n, shape in enumerate(shapes)]


def test_every_step_is_that_of_torch_to_the_last_bit():
    shapes = [(7, 5), (5,), (3, 2)]
    start = gradients(99, shapes)
    ours = [p.clone() for p in start]
    theirs = [p.clone().requires_grad_() for p in start]
    shares = [1.0, 0.3, 0.0]
    adam = Adam(ours, shares)
    optimiser = torch.optim.Adam([{"params": [p]} for p in theirs], lr=1.0, foreach=False, fused=False)
    for step in range(60):
        rate = RATES[step % len(RATES)]
        for p, g, group, share in zip(
            theirs, gradients(step, shapes), optimiser.param_groups, shares, strict=True
        ):
            p.grad, group["lr"] = g, rate * share
        optimiser.step()
        adam.step(gradients(step, shapes), rate)
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True)), step
    assert torch.equal(ours[2], start[2]), "a share of nothing moves nothing"
    assert not torch.equal(ours[0], start[0])


def test_without_a_gradient_a_parameter_waits_and_its_count_with_it():
    waiting, moving = torch.ones(2), torch.ones(2)
    adam = Adam([waiting, moving])
    adam.step([None, torch.ones(2)], 0.1)
    assert adam.steps == [0, 1]
    assert torch.equal(waiting, torch.ones(2))
    adam.step([torch.ones(2), None], 0.1)
    assert torch.equal(waiting, moving), "its first step is a first step, whenever it comes"


def test_fine_tuning_does_not_load_the_compiler_of_torch():
    code = """
import sys
from tests.model.test_fine_tune import TUNING, begin, fine_tune, toy
model, examples, _ = begin(toy(0, 40))
assert fine_tune(model, examples, TUNING).passes == TUNING.epochs
sys.exit("torch._dynamo" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
