"""The language model beside what others would use: `python -m benchmarks.language_model --data FOLDER`.

Trains every peer for every seed and fold on the same text (benchmarks/protocol.py), and writes a page with tables and
pictures. Results are kept in a work folder; a run that was stopped carries on where it was.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.figures import WORDS_AN_HOUR
from benchmarks.peers import KINDS
from benchmarks.plots import write_plots
from benchmarks.protocol import FOLDS, Result, Task, corpus_of, load, machine, result_path, run, versions
from benchmarks.report import Run, page
from benchmarks.summary import Summary, summarise
from model.corpus import Mixture
from model.errors import ModelError


def compare(
    peers: Sequence[str], seeds: int, data: Path, mixture: Mixture, work: Path, jobs: int, console: Console
) -> dict[str, list[list[Result]]]:
    """Return the results of each peer by seed and fold, computing those that are not there yet."""
    tasks = [Task(peer, seed, fold) for seed in range(seeds) for fold in range(FOLDS) for peer in peers]
    wanted = [task for task in tasks if not result_path(task, data, mixture, work).exists()]
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        shown = progress.add_task(f"{len(tasks) - len(wanted)} kept", total=len(wanted))
        pool = ProcessPoolExecutor(jobs, get_context("spawn"), _one_thread)
        try:
            futures = {pool.submit(run, task, data, mixture, work): task for task in wanted}
            for future in as_completed(futures):
                future.result()
                done = futures[future]
                last = f"{done.peer}, seed {done.seed}, fold {done.fold + 1}"
                progress.update(shown, advance=1, description=last)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return {
        peer: [
            [load(result_path(Task(peer, seed, fold), data, mixture, work)) for fold in range(FOLDS)]
            for seed in range(seeds)
        ]
        for peer in peers
    }


def _one_thread() -> None:
    """Begin a process that measures: one thread, whatever the libraries would like."""
    import torch

    torch.set_num_threads(1)


def write_page(results: dict[str, list[list[Result]]], folder: Path, command: str) -> Path:
    """Write tables and pictures."""
    summaries: dict[str, Summary] = {
        peer: summarise(seeds, KINDS[peer].graded) for peer, seeds in results.items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_plots(summaries, folder)
    path = folder / "language_model.md"
    path.write_text(page(summaries, facts(results, command)), encoding="utf-8")
    return path


def facts(results: dict[str, list[list[Result]]], command: str) -> Run:
    """Return what a page tells about how it came to be."""
    first = next(iter(results.values()))
    labels = [label for result in first[0] for label in result.requests.intents]
    commands = sum(label < 2 for label in labels)
    return Run(
        command,
        machine(),
        versions(),
        commands,
        len(labels) - commands,
        sum(int(result.talk.lengths.sum()) for result in first[0]) / WORDS_AN_HOUR,
        len(first),
    )


def read_options(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Add the options of every comparison to a parser, and return what the command line says."""
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with the data files of model/corpus.py"
    )
    parser.add_argument("--seeds", type=int, default=5, help="how often everything is done (default: 5)")
    parser.add_argument("--jobs", type=int, default=1, help="processes, one thread each (default: 1)")
    parser.add_argument(
        "--work", type=Path, default=Path("build/benchmarks"), help="where results are kept (%(default)s)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("docs/benchmarks"), help="where the page is written (%(default)s)"
    )
    options = parser.parse_args(arguments)
    if min(options.seeds, options.jobs) < 1:
        parser.error("--seeds and --jobs must be at least 1")
    os.environ["OMP_NUM_THREADS"] = "1"  # read by the processes that are started
    return options


def some_of(
    names: Iterable[str], wanted: str | None, option: str, parser: argparse.ArgumentParser
) -> list[str]:
    """Return the names that an option lists, in its order; all of them when it was not given."""
    known = list(names)
    chosen = wanted.split(",") if wanted else known
    if unknown := [name for name in chosen if name not in known]:
        parser.error(f"{option}: no {', '.join(unknown)}; there are {', '.join(known)}")
    return chosen


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.language_model", description=__doc__)
    parser.add_argument("--peers", help=f"some of {','.join(KINDS)} (default: all)")
    options = read_options(parser, arguments)
    peers = some_of(KINDS, options.peers, "--peers", parser)
    command = f"python -m benchmarks.language_model --data FOLDER --seeds {options.seeds}"
    if options.peers:
        command += f" --peers {shlex.quote(options.peers)}"
    try:
        corpus_of(options.data)
        results = compare(
            peers, options.seeds, options.data, Mixture(), options.work, options.jobs, Console(stderr=True)
        )
        written = write_page(results, options.out, command)
    except (ModelError, OSError) as error:
        print(f"benchmarks.language_model: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("benchmarks.language_model: stopped; the same command carries on.", file=sys.stderr)
        return 130
    print(f"wrote {written}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
