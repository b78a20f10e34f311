"""The learning loop: lessons from the switch, learning at once, retraining (docs/learning.md)."""
