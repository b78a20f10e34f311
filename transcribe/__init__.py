"""Sound to words: streaming offline recognition."""
