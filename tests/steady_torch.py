"""torch as tests want it: in one thread, and every test begins with the same random numbers, whatever ran before it.

For the conftest of folders that train; the others need not load torch.
"""

import torch

torch.set_num_threads(1)  # as fine-tuning has it; on matrices this small two threads wait for each other


def pytest_runtest_setup() -> None:
    """Begin anew, before the test's fixtures are made."""
    torch.manual_seed(0)
