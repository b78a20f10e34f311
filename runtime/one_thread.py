"""The libraries that compute are told to do it in the thread that asks, before they are loaded."""

import os
from typing import Final

SETTINGS: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""numpy's linear algebra, and whatever uses OpenMP; onnxruntime is told by its own options (export/session.py)."""


def one_thread() -> None:
    """Have no library make threads of its own; what the environment already says stays.

    A lamp's matrices are small: threads would cost memory and spin, and nothing would be done sooner.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
