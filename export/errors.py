"""Errors of this room; the text of each is a whole sentence for a person."""


class BundleError(Exception):
    """A bundle is missing, damaged, of another format, or cannot be written."""
