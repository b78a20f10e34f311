"""What is asked of every peer: for each seed and fold, train on the rest, hear what was held out, keep the traces.

What is held out is told by model/fold_text.py.

Results are kept in a work folder, one file for each peer, seed and fold. Its name holds a hash of the data files, of
the sources that make the text and the peer (benchmarks/sources.py), of the peer's recipe and of the packages' versions:
what has changed is computed again, and a run that was stopped carries on.
"""

import hashlib
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers import fit, kind_of, recipe_of
from benchmarks.peers.peer import step_us
from benchmarks.sources import PROJECT, code_hash, file_hash, imported
from model.calibrate import Trace
from model.corpus import Corpus, Mixture, check_can_be_judged, read_corpus
from model.examples import Utterance
from model.fold_text import FoldText, fold_text, training_seed
from model.intent import INTENTS

FOLDS = 5
"""Parts that the labelled requests are divided into."""

TIMED = 200
"""Requests of a fold whose steps are timed."""

PACKAGES = ("numpy", "torch", "scikit-learn", "hassil", "home-assistant-intents")

DATA_FILES = ("real_text.jsonl", "other_requests.jsonl", "slurp_sentences.txt", "conversation.tsv")

TEXT_FILES = ("model/hand_labels.tsv", "model/phrases/*")
"""Files of the project, besides code, that training and test text is made with."""


@dataclass(frozen=True)
class Task:
    """One model to train and to listen to."""

    peer: str
    """Name in KINDS or VARIANTS."""

    seed: int
    """Divides requests and meetings, chooses samples, starts training."""

    fold: int
    """Which requests are held out, 0 to FOLDS - 1."""


@dataclass(frozen=True)
class Heard:
    """What a peer made of several utterances."""

    intents: NDArray[np.int8]
    """Index into INTENTS of each utterance's label."""

    lengths: NDArray[np.int32]
    """Words of each utterance; its trace has one row more."""

    rows: NDArray[np.float32]
    """All traces, one behind the other, shape (words and ends, 3)."""

    @classmethod
    def of(cls, said: Sequence[Utterance], traces: Sequence[Trace]) -> "Heard":
        """Put traces behind each other."""
        return cls(
            np.array([INTENTS.index(u.intent) for u in said], np.int8),
            np.array([len(u.words) for u in said], np.int32),
            np.concatenate(traces).astype(np.float32),
        )

    def traces(self) -> list[Trace]:
        """Return the trace of each utterance."""
        return np.split(self.rows, np.cumsum(self.lengths + 1)[:-1])


@dataclass(frozen=True)
class Cost:
    """What a peer costs."""

    parameters: int
    """Numbers trained or counted."""

    bytes: int
    """Size as it would be stored."""

    step_us: float
    """Mean time of one step, word by word, one thread, in microseconds."""

    training_s: float
    """Processor time of training, choice of settings included, in seconds."""


@dataclass(frozen=True)
class Result:
    """One model's results."""

    requests: Heard
    """Of the labelled requests in the fold."""

    talk: Heard
    """Of the fold's share of held-out talk."""

    cost: Cost
    """Measured on the way."""


def run(task: Task, data: Path, mixture: Mixture, work: Path) -> Path:
    """Train and listen, unless it was done before; return the file that holds the result."""
    path = result_path(task, data, mixture, work)
    if not path.exists():
        result = _measure(task, data, mixture)
        arrays = {f"cost_{name}": value for name, value in asdict(result.cost).items()}
        for name, heard in (("requests", result.requests), ("talk", result.talk)):
            arrays |= {f"{name}_{field}": getattr(heard, field) for field in ("intents", "lengths", "rows")}
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        with unfinished.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        unfinished.rename(path)
    return path


def load(path: Path) -> Result:
    """Read what `run` wrote."""
    with np.load(path, allow_pickle=False) as archive:
        heard = {
            name: Heard(*(archive[f"{name}_{field}"] for field in ("intents", "lengths", "rows")))
            for name in ("requests", "talk")
        }
        numbers = [archive[f"cost_{name}"].item() for name in Cost.__dataclass_fields__]
        return Result(heard["requests"], heard["talk"], Cost(*numbers))


def _measure(task: Task, data: Path, mixture: Mixture) -> Result:
    text = texts(data, mixture_of(task.peer, mixture), task.seed, task.fold)
    begun = time.process_time()
    peer = fit(task.peer, text.training, training_seed(FOLDS, task.seed, task.fold), text.pool)
    training_s = time.process_time() - begun
    heard = [
        Heard.of(said, peer.hear_all([u.words for u in said])) for said in (text.requests, text.overheard)
    ]
    cost = Cost(
        peer.parameters,
        peer.bytes,
        step_us(peer, [u.words for u in text.requests[:TIMED]]),
        round(training_s, 2),
    )
    return Result(heard[0], heard[1], cost)


def mixture_of(peer: str, mixture: Mixture) -> Mixture:
    """Return the mixture that a peer learns from, which is another for some variants."""
    return replace(mixture, **dict(kind_of(peer).mixture))


@cache
def corpus_of(data: Path) -> Corpus:
    """Read the data files, once a process. Raises ModelError, also when there is too little to hold a part out."""
    corpus = read_corpus(data)
    check_can_be_judged(corpus)
    return corpus


@lru_cache(maxsize=1)
def texts(data: Path, mixture: Mixture, seed: int, fold: int) -> FoldText:
    """Return all text of a fold."""
    return fold_text(corpus_of(data), mixture, FOLDS, seed, fold)


def result_path(task: Task, data: Path, mixture: Mixture, work: Path) -> Path:
    """Return where the result of a task is kept."""
    parts = [
        *(file_hash(data / name) for name in DATA_FILES),
        *(code_hash(path) for path in sources(task.peer)),
        repr(recipe_of(task.peer)),
        repr(mixture_of(task.peer, mixture)),
        repr(kind_of(task.peer).pool),
        versions(),
    ]
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
    return work / task.peer / f"seed{task.seed}_fold{task.fold}_{key}.npz"


@cache
def sources(peer: str) -> tuple[Path, ...]:
    """Return the files of the project that a peer's results depend on."""
    kind = kind_of(peer)
    code = {PROJECT / "model" / "fold_text.py", PROJECT / "benchmarks" / "peers" / f"{kind.module}.py"}
    if kind.mined:
        code.add(PROJECT / "benchmarks" / "peers" / "mined.py")
    texts = (path for pattern in TEXT_FILES for path in PROJECT.glob(pattern))
    return (Path(__file__), *sorted(imported(code)), *sorted(texts))


@cache
def versions() -> str:
    """Return the versions of the packages that results depend on."""
    return ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)


def machine() -> str:
    """Describe the computer without naming it."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}"
