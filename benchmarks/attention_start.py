"""python -m benchmarks.attention_start --data FOLDER [--seeds 3]: does the explicit start of attention help?

Next-word prediction on general text, meetings held out, by a model of one layer: H = sum_k A_k X_k, softmax(t H U + b),
with bit cipher vectors and U solved from counts. Compared are ways to make the attention matrix W, under softmax and
under -log softmax weights, before any gradient and after a few steps. Smoothing and temperature t of U and the
learning rate are chosen on other meetings, for each way anew. Writes docs/benchmarks/attention_start.md.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from textwrap import fill

import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress
from torch import Tensor
from torch.nn import functional

from benchmarks.general_text import Text, batches, divide, read_talk
from model.attention_start import (
    AttentionCounts,
    attention_counts,
    attention_weights,
    position_index,
    published_constant,
    smallest_constant,
    start_up,
    tuning,
)
from model.bit_cipher import cipher_vectors, densify
from model.errors import ModelError
from model.explicit import Counts, Matrix, explicit_weights

UTTERANCES = 10_000
HELD_OUT = 1_000
SHORTEST = 8
"""Words; in shorter utterances there is little to choose from."""

BITS = 48
POSITIONS = 16
"""K."""

TOKENS = 1024
"""Words a step."""

STEPS = 150
RATES = (0.03, 0.1)
SMOOTHINGS = (0.01, 0.1)
TEMPERATURES = (1.0, 2.0, 4.0, 6.0, 9.0, 13.0)
KINDS = ("softmax", "-log softmax")
ZERO = "W = 0, equal weights"
WIDTH = 120
"""Characters a line of the page."""

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks" / "attention_start.md"


@dataclass(frozen=True)
class Decoder:
    """softmax(H U + b), the temperature already in U."""

    U: Tensor
    """Shape (D, V)."""

    b: Tensor
    """Shape (V,)."""


@dataclass(frozen=True)
class Row:
    """What came of one way to make W, in one division."""

    unevenness: float
    """How far the weights of positions are from equal: mean absolute difference over mean."""

    explicit: float
    """Held-out loss with U from counts, nats a word."""

    trained: float
    """The same after STEPS steps on W, U and b."""


def attend(ids: Tensor, E: Tensor, W: Tensor, kind: str) -> tuple[Tensor, Tensor]:
    """Return H, (n, L, D), and its weights A, (n, L, k), which sum to one under both kinds.

    Divided by their sum the -log softmax weights have one scale for sentences of any length, as one temperature needs.
    """
    n, L = ids.shape
    places, exist = position_index(L, len(W))
    index, there = torch.from_numpy(places), torch.from_numpy(exist)  # (L, k)
    k = index.shape[1]
    X = E[ids]  # (n, L, D)
    Q = (X @ X.transpose(1, 2)).gather(2, index.expand(n, L, k)) * there
    A = (Q @ W[:k, :k]).masked_fill(~there, -torch.inf).log_softmax(dim=-1)
    # One word alone has log weight 0; a little more than that gives it all the weight there is.
    A = A.exp() if kind == "softmax" else (1e-6 - A).masked_fill(~there, 0.0)
    A = A / A.sum(dim=-1, keepdim=True)
    return A.new_zeros(n, L, L).scatter_add(2, index.expand(n, L, k), A) @ X, A


def loss(text: list[tuple[Tensor, Tensor]], E: Tensor, W: Tensor, kind: str, decoder: Decoder) -> float:
    """Return nats a next word."""
    total, words = 0.0, 0
    for ids, following in text:
        logits = attend(ids, E, W, kind)[0] @ decoder.U + decoder.b
        total += functional.cross_entropy(logits.flatten(0, 1), following.flatten(), reduction="sum").item()
        words += following.numel()
    return total / words


class Trial:
    """One division of the text, and what every way to make W needs of it."""

    def __init__(self, text: Text) -> None:
        self.text, self.V = text, len(text.vocabulary)
        self.E = densify(cipher_vectors(self.V, BITS), text.frequencies + 1.0)
        self.vectors = torch.from_numpy(self.E).float()
        fixed = np.random.default_rng(0)
        self.train, self.validation, self.test = (
            batches(part, 4 * TOKENS, fixed) for part in (text.train, text.validation, text.test)
        )
        self.start = attention_counts(text.train, self.E, POSITIONS, start_up(self.E, text.unigrams))

    def tuned(self, W: Matrix) -> AttentionCounts:
        """Return the counts of one tuning pass from W under softmax; from W = 0 both kinds are the same."""
        decoder = self.decoder(torch.from_numpy(W).float(), "softmax")
        U, b = decoder.U.double().numpy(), decoder.b.double().numpy()
        return attention_counts(self.text.train, self.E, POSITIONS, tuning(self.E, W, U, b))

    def decoder(self, W: Tensor, kind: str) -> Decoder:
        """Return the decoder solved from counts, its smoothing and temperature best on the validation part."""
        F, n = torch.zeros(self.V, BITS, dtype=torch.float64), np.zeros(self.V)
        for ids, words in self.train:
            H = attend(ids, self.vectors, W, kind)[0].flatten(0, 1)
            F.index_add_(0, words.flatten(), H.double())
            n += np.bincount(words.flatten().numpy(), minlength=self.V)
        heard = [(attend(ids, self.vectors, W, kind)[0], words) for ids, words in self.validation]
        H = torch.cat([part.flatten(0, 1) for part, _ in heard])
        following = torch.cat([words.flatten() for _, words in heard])
        b = torch.from_numpy(np.log(n + 0.5)).float()
        found: dict[float, Decoder] = {}
        for smoothing in SMOOTHINGS:
            U = torch.from_numpy(explicit_weights(Counts(F.T.numpy(), n), smoothing)[0]).float()
            logits = H @ U
            for t in TEMPERATURES:
                found[functional.cross_entropy(t * logits + b, following).item()] = Decoder(t * U, b)
        return found[min(found)]

    def trained(self, W: Tensor, kind: str, decoder: Decoder) -> float:
        """Return the loss after STEPS steps, the learning rate best on the validation part."""
        found: dict[float, float] = {}
        for rate in RATES:
            p = [tensor.clone().requires_grad_() for tensor in (W, decoder.U, decoder.b)]
            optimiser = torch.optim.Adam(p, lr=rate)
            steps = batches(self.text.train, TOKENS, np.random.default_rng(0))
            for step in range(STEPS):
                ids, following = steps[step % len(steps)]
                logits = attend(ids, self.vectors, p[0], kind)[0] @ p[1] + p[2]
                optimiser.zero_grad()
                error = functional.cross_entropy(logits.flatten(0, 1), following.flatten())
                error.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
            W_, after = p[0].detach(), Decoder(p[1].detach(), p[2].detach())
            chosen_by = loss(self.validation, self.vectors, W_, kind, after)
            found[chosen_by] = loss(self.test, self.vectors, W_, kind, after)
        return found[min(found)]

    def row(self, weights: Matrix, kind: str) -> Row:
        """Return what comes of W."""
        W = torch.from_numpy(weights).float()
        decoder = self.decoder(W, kind)
        uneven = []
        for ids, _ in self.test:
            A = attend(ids, self.vectors, W, kind)[1]
            even = attend(ids, self.vectors, torch.zeros_like(W), kind)[1]
            uneven.append(((A - even).abs().sum() / even.sum()).item())
        explicit = loss(self.test, self.vectors, W, kind, decoder)
        return Row(fmean(uneven), explicit, self.trained(W, kind, decoder))


def ways(trial: Trial) -> dict[str, Callable[[], Matrix]]:
    """Return every way to make W, by the name it has in the table."""

    def small(counts: AttentionCounts, sign: float) -> Matrix:
        return attention_weights(counts, sign, smallest_constant(counts, sign))

    def tuned(sign: float, passes: int) -> Matrix:
        W = np.zeros((POSITIONS, POSITIONS))
        for _ in range(passes):
            W = small(trial.tuned(W), sign)
        return W

    published = published_constant(POSITIONS, trial.V)
    return {
        ZERO: lambda: np.zeros((POSITIONS, POSITIONS)),
        "start-up, published c, sign +": lambda: attention_weights(trial.start, 1.0, published),
        "start-up, published c, sign -": lambda: attention_weights(trial.start, -1.0, published),
        "start-up, smallest c, sign +": lambda: small(trial.start, 1.0),
        "start-up, smallest c, sign -": lambda: small(trial.start, -1.0),
        "tuning from W = 0, published c, sign +": lambda: attention_weights(
            trial.tuned(np.zeros((POSITIONS, POSITIONS))), 1.0, published
        ),
        "tuning from W = 0, smallest c, sign +": lambda: tuned(1.0, 1),
        "tuning from W = 0, smallest c, sign -": lambda: tuned(-1.0, 1),
        "the same with sign +, three passes": lambda: tuned(1.0, 3),
        "40 on the diagonal: nearly the newest word alone": lambda: 40.0 * np.eye(POSITIONS),
    }


def write_report(rows: dict[tuple[str, str], list[Row]], seeds: int) -> None:
    """Write the page."""
    lines = []
    for kind in KINDS:
        lines += [
            f"\n## Weights by {kind}\n",
            f"| W | unevenness | loss, explicit | against W = 0 | loss after {STEPS} steps | against W = 0 |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for (name, of_kind), found in rows.items():
            if of_kind == kind:
                base = rows[ZERO, kind]
                cells = [name, f"{fmean(r.unevenness for r in found):.2f}"]
                for field in ("explicit", "trained"):
                    losses = [getattr(row, field) for row in found]
                    gains = [x - getattr(b, field) for x, b in zip(losses, base, strict=True)]
                    cells += [f"{fmean(losses):.3f}", "-" if name == ZERO else _spread(gains)]
                lines.append(f"| {' | '.join(cells)} |")
    conditions = fill(
        f"{UTTERANCES:,} utterances of {SHORTEST} to 25 words to train on, {HELD_OUT:,} of other meetings to test, "
        f"{HELD_OUT:,} of others again to choose smoothing, temperature and learning rate. Vectors of {BITS} bits, "
        f"K = {POSITIONS}, one layer, U from counts; then {STEPS} steps of Adam on W, U and b, about {TOKENS:,} words "
        "each. Losses are nats a next word; differences are means over divisions ± one standard deviation, negative "
        "is better. Unevenness is the mean absolute difference of the weights from equal ones over their mean.",
        WIDTH,
    )
    text = f"""\
# Does the explicit start of attention help?

Written by `python -m benchmarks.attention_start`; do not edit. {seeds} divisions by meeting.
[Attention](../attention.md) tells what is compared and what follows from it.

{conditions}
{chr(10).join(lines)}
"""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")


def _spread(values: list[float]) -> str:
    deviation = f" ± {stdev(values):.3f}" if len(values) > 1 else ""
    return f"{fmean(values):+.3f}{deviation}"


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attention_start", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with the data files of model/corpus.py"
    )
    parser.add_argument("--seeds", type=int, default=3, help="divisions (default: 3)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    console = Console(stderr=True)
    rows: dict[tuple[str, str], list[Row]] = {}
    try:
        talk = read_talk(arguments.data, SHORTEST)
        with Progress(console=console) as progress:
            task = progress.add_task("attention", total=None)
            for seed in range(arguments.seeds):
                trial = Trial(divide(talk, seed, UTTERANCES, HELD_OUT))
                made = {name: make() for name, make in ways(trial).items()}
                progress.update(task, total=arguments.seeds * len(made) * len(KINDS))
                for kind in KINDS:
                    for name, W in made.items():
                        rows.setdefault((name, kind), []).append(trial.row(W, kind))
                        progress.advance(task)
        write_report(rows, arguments.seeds)
    except (ModelError, OSError) as error:
        print(f"benchmarks.attention_start: {error}", file=sys.stderr)
        return 1
    console.print(PAGE.read_text(encoding="utf-8"), markup=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
