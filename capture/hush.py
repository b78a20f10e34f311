"""Sound libraries that speak to the terminal, kept silent while we ask them something."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hushed_stderr() -> Iterator[None]:
    """Drop what is written to file descriptor 2 meanwhile, by any thread: keep it to a moment.

    ALSA and PortAudio print lines of their own source code there, for devices that are merely not
    plugged in as well. What matters of it comes back as an error, which we tell in a sentence.
    """
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
