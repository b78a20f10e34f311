"""The picture of a soak: what was measured, over the day."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.endurance.day import BEGINS_AT, HOUR_S
from benchmarks.endurance.living import Sample
from benchmarks.plots import save


def write_picture(samples: Sequence[Sample], path: Path) -> Path:
    """Memory, handles and threads, state folder and compute, one under the other, as SVG."""
    figure = Figure(figsize=(8, 8), layout="constrained")
    memory, counts, state, compute = figure.subplots(4, 1, sharex=True)
    hours = [sample.at_s / HOUR_S for sample in samples]
    memory.plot(hours, [sample.memory_mb for sample in samples], color="#c2410c")
    memory.set(ylabel="memory, MB", ylim=(0, None))
    counts.plot(hours, [sample.handles for sample in samples], color="#1d4ed8", label="file handles")
    counts.plot(hours, [sample.threads for sample in samples], color="#15803d", label="threads")
    counts.set(ylabel="number", ylim=(0, None))
    counts.legend(loc="lower right")
    state.plot(hours, [sample.state_mb for sample in samples], color="#7c3aed")
    state.set(ylabel="state folder, MB", ylim=(0, None))
    pairs = list(pairwise(samples))
    ratios = [100 * (b.compute_s - a.compute_s) / (b.at_s - a.at_s) for a, b in pairs]
    compute.step(hours[1:], ratios, where="pre", color="#0e7490")
    compute.set(ylabel="compute, % of a core", ylim=(0, None), xlabel=f"hours since {BEGINS_AT}:00")
    return save(figure, path)
