"""What one step of a bundle costs beside an empty call: `python -m benchmarks.step [--bundle FOLDER]`.

A call of onnxruntime has a price before anything is computed. It is measured with a graph of the same inputs and
outputs that computes nothing, called the same way, in turn with the step in one process.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from onnx import TensorProto, helper
from rich.console import Console
from rich.table import Table

from export.bundle import BASE_BUNDLE, Bundle, load_bundle
from export.errors import BundleError
from export.onnx_model import onnx_model
from export.session import StepSession, graph_session
from model.intent import INTENTS
from model.vocabulary import split_words

RUNS = 15
"""Runs of each call, in turn; other work on the computer makes some of them slow."""

CALLS = 2000
"""Calls in a run, each timed alone; a run counts with their median."""

WORDS = split_words("could you turn off the lamp in the bedroom please i can not sleep")

Call = Callable[[int], object]


def empty_graph(bundle: Bundle) -> bytes:
    """Return a graph with the step's inputs and the outputs a step asks for, which only hands things on."""
    row = [1, bundle.state_size]
    nodes = [
        helper.make_node("Identity", ["state"], ["next_state"]),
        helper.make_node("Identity", ["thirds"], ["lamp"]),
    ]
    proto = onnx_model(
        "empty",
        {"word": (TensorProto.INT64, [1]), "state": (TensorProto.FLOAT, row)},
        nodes,
        {"lamp": [1, len(INTENTS)], "next_state": row},
        {"thirds": np.full((1, len(INTENTS)), 1 / len(INTENTS), np.float32)},
    )
    return bytes(proto.SerializeToString())


def calls(bundle: Bundle) -> dict[str, Call]:
    """Return what is measured, by name; each takes the number of the word to hear."""
    step = StepSession(bundle)
    ids = [np.array([bundle.vocabulary.id(word)], np.int64) for word in WORDS]
    states = [step.start()]
    for word in WORDS[:-1]:
        states.append(step.step(states[-1], word)[1])

    def of(graph: bytes) -> Call:
        session = graph_session(graph)
        return lambda i: session.run(["lamp", "next_state"], {"word": ids[i], "state": states[i].network})

    return {
        "empty call": of(empty_graph(bundle)),
        "step": of(bundle.graph),
        "step, word and n-grams looked up": lambda i: step.step(states[i], WORDS[i]),
        "step and five next words": lambda i: step.next_words(states[i], WORDS[i], 5),
    }


def microseconds(measured: dict[str, Call], runs: int, count: int) -> dict[str, list[float]]:
    """Return the median of every run of each call."""
    medians: dict[str, list[float]] = {name: [] for name in measured}
    for run in range(runs + 1):
        for name, call in measured.items():
            times = []
            for k in range(count):
                began = time.perf_counter_ns()
                call(k % len(WORDS))
                times.append(time.perf_counter_ns() - began)
            if run:  # the first warms up
                medians[name].append(median(times) / 1000)
    return medians


def show(bundle: Bundle, medians: dict[str, list[float]], console: Console) -> None:
    """Print the times, and the bytes of the bundle."""
    columns = ("fastest run", "median run", "slowest run", "empty calls")
    times = Table("one call on one thread", *columns, box=None)
    empty = min(medians["empty call"])
    for name, runs in medians.items():
        cells = [f"{value:.2f} µs" for value in (min(runs), median(runs), max(runs))]
        times.add_row(name, *cells, f"{min(runs) / empty:.2f}")
    console.print(times)
    files = Table("file", "bytes", box=None)
    sizes = {path.name: path.stat().st_size for path in sorted(bundle.folder.iterdir())}
    for name, size in (sizes | {"all": sum(sizes.values())}).items():
        files.add_row(name, f"{size:,}")
    console.print(files)
    console.print(f"{bundle.parameters:,} parameters, a state of {bundle.state_size} numbers")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.step", description=__doc__)
    parser.add_argument("--bundle", type=Path, default=BASE_BUNDLE, help="folder (default: export/base)")
    parsed = parser.parse_args(arguments)
    try:
        bundle = load_bundle(parsed.bundle)
        show(bundle, microseconds(calls(bundle), RUNS, CALLS), Console())
    except BundleError as error:
        print(f"benchmarks.step: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
