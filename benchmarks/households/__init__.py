"""Simulated households for benchmarks/household.py: what people say and do, lamps that live with them, the report."""
