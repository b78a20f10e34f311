"""The web page of the lamp: it reads the journal, asks the running lamp, and decides nothing itself (docs/page.md)."""
