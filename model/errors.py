"""What can go wrong in this room."""


class ModelError(Exception):
    """Base of every error of the model room; `str(error)` is the sentence a person reads."""


class PhraseError(ModelError):
    """A phrase file, template or produced phrase is not usable."""
