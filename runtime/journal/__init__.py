"""The journal: its file, its tables, and what is kept, forgotten or removed from it (docs/journal.md)."""
