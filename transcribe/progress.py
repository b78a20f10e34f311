"""How far the download is, for the person who waits for it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]
"""Called some ten times a second during a download: bytes that came so far, bytes of the whole."""


@contextmanager
def shown_on_stderr() -> Iterator[Progress]:
    """A bar on a terminal; a single line in a log, where a bar would be noise."""
    if not sys.stderr.isatty():
        print("Fetching the speech model; this takes a while the first time.", file=sys.stderr, flush=True)
        yield lambda _done, _total: None
        return
    # Imported here: rich takes a tenth of a second, and a model is fetched once.
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    columns = ("Speech model", BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
