"""What the web page costs: `python -m benchmarks.page [--utterances N]` prints the table of docs/page.md.

A journal of N made-up utterances is written, `foreglow page` serves it in a process of its own, and each kind of page
is asked for several times. Processor time is that of the serving process. With Chromium, the first paint is measured
with its processor slowed down sixfold; the server is not slowed.
"""

import argparse
import http.client
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from model.intent import Intent
from runtime.journal.days import DayFigures
from runtime.journal.journal import Journal
from runtime.journal.records import UtteranceRecord

ROOT = Path(__file__).parent.parent
TRIES = 15
SLOWER = 6
"""A Raspberry Pi 3 against a desktop, roughly."""

WORDS = (
    "the a light lamp kitchen dinner tomorrow please turn on off it is so dark in here what time train leaves station "
    "coffee and tea with milk sugar friend said never mind we could go there again today music louder"
).split()

PAGES = (
    ("Now", "/"),
    ("History, newest", "/history"),
    ("History, the oldest of all", "/history?beyond=21"),
    ("unsure first", "/history?only=doubtful"),
    ("false activations", "/history?only=false_activations"),
    ("misses", "/history?only=misses"),
    ("a word nobody said", "/history?q=zebra"),
    ("Model", "/model"),
    ("what other budgets would have meant", "/model/look"),
    ("Charts, 30 days", "/charts"),
    ("Charts, 90 days", "/charts?days=90"),
)


@dataclass(frozen=True)
class Cost:
    """Of one kind of page."""

    wall_ms: float
    """Median from asking to the last byte, in milliseconds."""

    cpu_ms: float
    """Mean processor time of the server, in milliseconds."""

    kilobytes: float
    """Of the answer."""


def fill(state: Path, count: int) -> None:
    """A journal with this many utterances: three in a hundred acted on, a few of them labelled."""
    chance = random.Random(1)
    with Journal.open(state) as journal:
        session = journal.begin_session()
        for number in range(count):
            journal.add_utterance(utterance(chance, session, number, count))
            if chance.random() < 0.02:
                intent: Intent = chance.choice(("light_on", "light_off", "none", "none"))
                journal.add_label(number + 1, intent, "unobjected", time.time())
            if number % 5_000 == 0:
                journal.flush()
        for back in range(90):
            day = (date.today() - timedelta(days=back)).isoformat()
            journal.add_day(
                DayFigures(day, 9, chance.random(), 1 + chance.random(), 2 + chance.random(), 210.0)
            )


def utterance(chance: random.Random, session: int, number: int, count: int) -> UtteranceRecord:
    """Words drawn at random, with probabilities that mostly say that nothing is asked for."""
    words = tuple(chance.choices(WORDS, k=chance.randint(1, 16)))
    trace = []
    for _ in (*words, "its end"):
        on = chance.random() ** 8
        off = chance.random() ** 8 * (1 - on)
        trace.append((on, off, 1 - on - off))
    acted: Intent | None = chance.choice(("light_on", "light_off")) if chance.random() < 0.03 else None
    return UtteranceRecord(
        *(None, session, 10.0 * number, 10.0 * number + 3, time.time() - 60.0 * (count - number)),
        words=words,
        partials=(" ".join(words[:2]),),
        bundle="base",
        probabilities=tuple(trace[:-1]),
        decided=acted,
        decided_word=acted and len(words),
        decided_s=acted and 10.0 * number + 2,
        retracted=False,
        audio=None,
        ended=trace[-1],
    )


@contextmanager
def served(folder: Path) -> Iterator[tuple[int, int]]:
    """Port and process of `foreglow page` over this state folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    device = folder / "device.yaml"
    device.write_text(f"state_dir: {folder}\npage: {{port: {port}}}\n")
    command = [sys.executable, "-m", "runtime.cli", "page", "--config", str(device)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def get(port: int, path: str) -> bytes:
    """What the page answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status == 200, (path, answer.status)
    return answer.read()


def processor_s(pid: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Memory of a process that is resident, in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def cost(port: int, pid: int, path: str) -> Cost:
    """Ask several times."""
    size = len(get(port, path))
    began, walls = processor_s(pid), []
    for _ in range(TRIES):
        start = time.perf_counter()
        get(port, path)
        walls.append(1000 * (time.perf_counter() - start))
    return Cost(statistics.median(walls), 1000 * (processor_s(pid) - began) / TRIES, size / 1000)


def first_paint_ms(port: int, path: str) -> float:
    """Milliseconds from the request to the first paint, median of five, in a slowed-down fresh Chromium."""
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as playwright:
        quiet = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
        ]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=quiet)
        for _ in range(5):
            context = browser.new_context(viewport={"width": 390, "height": 780})
            page = context.new_page()
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            page.goto(f"http://127.0.0.1:{port}{path}")
            page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
            paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            found.append(float(page.evaluate(paint)))
            context.close()
        browser.close()
    return statistics.median(found)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--utterances", type=int, default=100_000)
    count = parser.parse_args().utterances
    with tempfile.TemporaryDirectory(prefix="foreglow-") as folder:
        fill(Path(folder), count)
        with served(Path(folder)) as (port, pid):
            idle_mb = memory_mb(pid)
            print(f"{count:,} utterances\n")
            print("| page | answered in, ms | processor, ms | size, KB |\n| --- | --- | --- | --- |")
            for name, path in PAGES:
                found = cost(port, pid, path)
                print(f"| {name} | {found.wall_ms:.0f} | {found.cpu_ms:.0f} | {found.kilobytes:.1f} |")
            links = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', get(port, "/history").decode()))
            beside = sum(len(get(port, link)) for link in links) / 1000
            print(f"\nstyle, script and icon: {beside:.1f} KB")
            print(f"memory of the page: {idle_mb:.0f} MB at the start, {memory_mb(pid):.0f} MB afterwards")
            for name, path in (PAGES[0], PAGES[1], PAGES[-4], PAGES[-2]):
                paint = first_paint_ms(port, path)
                print(f"first paint of {name}, processor {SLOWER} times slower: {paint:.0f} ms")


if __name__ == "__main__":
    main()
