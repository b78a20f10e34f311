"""torch in one thread, and the same random numbers for every test."""

from tests.steady_torch import pytest_runtest_setup

__all__ = ["pytest_runtest_setup"]
