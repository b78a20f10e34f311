"""The bundles that were promoted, which one is in service, and the way back (docs/releases.md)."""
