"""Weights to a bundle that runs without torch."""
