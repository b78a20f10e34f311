"""The switches beside the lamp: what a person does by hand (docs/lights.md)."""
