"""The lamp itself: what is switched when the lamp has decided (docs/lights.md)."""
