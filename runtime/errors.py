"""What can go wrong in this room; the text of each error is the whole sentence a person reads."""


class ForeglowError(Exception):
    """The program cannot go on; `str(error)` says what was wrong, where, and what to do."""


class ConfigError(ForeglowError):
    """The configuration cannot be used; one sentence a line, with file, line, key and what is allowed."""


class StatusError(ForeglowError):
    """The status socket cannot be opened or read."""


class AlreadyRunningError(StatusError):
    """Another foreglow holds this state folder."""


class NotRunningError(StatusError):
    """No foreglow answers in this state folder."""
