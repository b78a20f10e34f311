"""Whatever computes does it in the thread that asks."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

PRODUCT = "import numpy as np; a = np.random.default_rng(0).normal(size=(900, 900)); a @ a;"
TASKS = "import os; print(len(os.listdir('/proc/self/task')))"


def threads(program: str, **env: str) -> int:
    """Threads that the kernel knows of a Python process at its end."""
    clean = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    done = subprocess.run(
        [sys.executable, "-c", program + TASKS], cwd=ROOT, env=clean | env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


def test_linear_algebra_and_the_language_model_make_no_threads():
    read = "from runtime.cli import main; main(['anticipate', 'turn on the light please']);"
    assert threads(f"{read} {PRODUCT}") == 1


def test_what_the_environment_says_stays():
    program = "import runtime, os; assert os.environ['OPENBLAS_NUM_THREADS'] == '2', os.environ;"
    assert threads(program, OPENBLAS_NUM_THREADS="2") == 1
