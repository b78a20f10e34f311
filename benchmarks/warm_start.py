"""python -m benchmarks.warm_start --data FOLDER [--seeds 5]: what a warm start is worth on general text.

The language model learns to predict the next word of overheard talk, meetings held out, from three starts: warm
(every layer solved from counts; counting is part of its training time), cold (random) and cold with unigrams (random,
the frequencies of words as the decoder's bias). Same optimiser, same batches; each start has its own best learning
rate, and the warm one the temperature of its decoder, chosen on other meetings. Time is processor time of one thread,
without evaluation. Writes docs/benchmarks/warm_start.md and its picture.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress
from torch.nn import functional

from benchmarks.general_text import (
    HASHED_SLOTS,
    KNOWN_WORDS,
    LONGEST,
    Text,
    batches,
    divide,
    read_talk,
    to_be_predicted,
)
from benchmarks.peers.kneser_ney import Trigrams
from benchmarks.warm_start_report import Curve, Reference, Setting, write_report
from model.errors import ModelError
from model.examples import Examples
from model.language_model import Sizes
from model.parts import Parts
from model.recipe import WarmStart
from model.saffu import Saffu
from model.saffu_start import solve
from model.vocabulary import START

UTTERANCES = 20_000
HELD_OUT = 1_000
EPOCHS = 10
TOKENS = 1024
"""Words a step."""

RATES = (0.01, 0.02, 0.04, 0.08)
TEMPERATURES = (1.0, 2.0, 3.0, 4.0, 6.0)
STARTS = ("warm", "cold", "unigrams")
GROWTH = 1.12
"""Steps between evaluations grow by this."""

TRAINED = ("vectors", "hidden", "hidden_bias", "words", "words_bias")
"""What the next word depends on."""


def begin(text: Text, setting: Setting, seed: int) -> Saffu:
    """Return the model at its start."""
    torch.manual_seed(seed)
    model = Saffu(Sizes(known_words=len(text.vocabulary.words), sound_slots=0), Parts())
    if setting.start == "warm":
        solve(model, text.frequencies, text.train, WarmStart())
        model.words.data.mul_(setting.temperature)
    elif setting.start == "unigrams":
        model.words_bias.data.copy_(torch.from_numpy(np.log(text.unigrams)))
    return model


def train(text: Text, setting: Setting, seed: int, judge: Examples) -> Curve:
    """Train and return the loss on `judge` over time."""
    clock = time.process_time()
    model = begin(text, setting, seed)
    spent = time.process_time() - clock
    curve = Curve([spent], [loss(model, judge)])
    trained = [getattr(model, name) for name in TRAINED]
    optimiser = torch.optim.Adam(trained, lr=setting.rate)
    order = np.random.default_rng(seed)
    step, evaluate = 0, 4
    for _ in range(EPOCHS):
        clock = time.process_time()
        for ids, following in batches(text.train, TOKENS, order):
            logits = model.word_logits(model.hidden_layer(model.features(ids)))
            error = functional.cross_entropy(logits.flatten(0, 1), following.flatten())
            error.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            optimiser.zero_grad()
            step += 1
            if step == evaluate:
                spent += time.process_time() - clock
                curve.seconds.append(spent)
                curve.losses.append(loss(model, judge))
                evaluate = max(step + 1, int(step * GROWTH))
                clock = time.process_time()
        spent += time.process_time() - clock
    curve.seconds.append(spent)
    curve.losses.append(loss(model, judge))
    return curve


@torch.no_grad()
def loss(model: Saffu, examples: Examples) -> float:
    """Return nats a next word."""
    total, words = 0.0, 0
    for ids, following in batches(examples, 8 * TOKENS, np.random.default_rng(0)):
        logits = model.word_logits(model.hidden_layer(model.features(ids)))
        total += functional.cross_entropy(logits.flatten(0, 1), following.flatten(), reduction="sum").item()
        words += following.numel()
    return total / words


def kneser_ney(text: Text) -> Reference:
    """Return what an interpolated Kneser-Ney trigram over the same ids makes of it."""

    def sentences(examples: Examples) -> list[tuple[str, ...]]:
        return [tuple(map(str, i[:n])) for i, n in zip(examples.ids, examples.lengths, strict=True)]

    clock = time.process_time()
    trigrams = Trigrams.of(((words, 0, 1.0) for words in sentences(text.train)), len(text.vocabulary))
    spent = time.process_time() - clock
    logs = [
        np.log(trigrams.probability(gram))
        for words in sentences(text.test)
        for gram in zip((START, *words), words, words[1:], strict=False)
    ]
    return Reference(-float(np.mean(logs)), spent)


def choose(text: Text, progress: Progress) -> dict[str, Setting]:
    """Return the setting of every start whose loss on the validation meetings becomes lowest."""
    explicit = {t: loss(begin(text, Setting("warm", 0.0, t), 0), text.validation) for t in TEMPERATURES}
    temperature = min(explicit, key=explicit.__getitem__)
    chosen = {}
    task = progress.add_task("learning rates", total=len(STARTS) * len(RATES))
    for start in STARTS:
        best: dict[Setting, float] = {}
        for rate in RATES:
            setting = Setting(start, rate, temperature if start == "warm" else 1.0)
            best[setting] = min(train(text, setting, 0, text.validation).losses)
            progress.advance(task)
        chosen[start] = min(best, key=best.__getitem__)
    return chosen


def conditions(settings: dict[str, Setting]) -> str:
    """Return what the page says about text, model and optimiser."""
    sizes = Sizes()
    return (
        f"Text: {UTTERANCES:,} utterances of meetings and debates (at most {LONGEST} words each) to train on, "
        f"{HELD_OUT:,} of other meetings to test, {HELD_OUT:,} of others again to choose settings; "
        f"{KNOWN_WORDS:,} known words, the end token one of them, and {HASHED_SLOTS} hashed slots. Every word but the "
        "first is predicted, and the end.\n\n"
        f"Model: the language model in service (vectors of {sizes.bits}, radial context of {sizes.radius}, "
        f"hidden layer of {sizes.hidden}), next-word loss only. Adam, about {TOKENS:,} words a step "
        f"from utterances of equal length, constant learning rate, {EPOCHS} passes, vectors trained too. Each start "
        f"has the best learning rate of {', '.join(f'{rate:g}' for rate in RATES)} for it, by the lowest loss on the "
        f"settings part of the first division; the warm decoder is multiplied by {settings['warm'].temperature:g}, "
        "chosen there too.\n\nCold: normal vectors and hidden layer (model/saffu.py tells their variances), the "
        "decoder zero. "
        "Cold with unigrams: the same with the log frequencies of words as the decoder's bias. Time is processor "
        "time of one thread, evaluation left out, the warm start's counting (model/saffu_start.py, `solve`) included."
    )


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.warm_start", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with the data files of model/corpus.py"
    )
    parser.add_argument("--seeds", type=int, default=5, help="divisions and random starts (default: 5)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    console = Console(stderr=True)
    curves: dict[str, list[Curve]] = {start: [] for start in STARTS}
    trigrams: list[Reference] = []
    unigrams: list[float] = []
    try:
        talk = read_talk(arguments.data, 1)
        with Progress(console=console) as progress:
            settings = choose(divide(talk, 0, UTTERANCES, HELD_OUT), progress)
            task = progress.add_task("seeds", total=arguments.seeds * len(STARTS))
            for seed in range(arguments.seeds):
                text = divide(talk, seed, UTTERANCES, HELD_OUT)
                for start in STARTS:
                    curves[start].append(train(text, settings[start], seed, text.test))
                    progress.advance(task)
                trigrams.append(kneser_ney(text))
                unigrams.append(unigram_loss(text))
        page = write_report(settings, curves, trigrams, unigrams, conditions(settings))
    except (ModelError, OSError) as error:
        print(f"benchmarks.warm_start: {error}", file=sys.stderr)
        return 1
    console.print(f"Wrote {page}.")
    return 0


def unigram_loss(text: Text) -> float:
    """Return nats a next word when only the frequencies of words are known."""
    return -float(np.log(text.unigrams)[to_be_predicted(text.test)].mean())


if __name__ == "__main__":
    sys.exit(main())
