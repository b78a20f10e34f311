"""What every section of the configuration is made of: the base class and the checked value types."""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError


def usable_text(text: str) -> str:
    """Refuse what no operating system call takes: a NUL, a lone surrogate."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError("text", "has a character that cannot be used")
    return text


def beside_the_file(path: Any, info: ValidationInfo) -> Any:
    """A relative path is taken from the configuration file's folder, so that a service finds it too."""
    if not isinstance(path, str | Path):
        return path  # for pydantic to refuse
    if not str(path):
        raise PydanticCustomError("path_type", "must not be empty")
    folder: Path = (info.context or {}).get("folder", Path())
    try:
        return folder / Path(usable_text(str(path))).expanduser()
    except RuntimeError:
        raise PydanticCustomError("home", "starts with ~, but the home folder is not known") from None


def time_of_day(text: str) -> str:
    """Refuse what is no time of day."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise PydanticCustomError("time_of_day", 'must be a time of day from "00:00" to "23:59"')
    return text


Text = Annotated[str, Strict(), Field(min_length=1), AfterValidator(usable_text)]
"""Some text, at least one character."""

TimeOfDay = Annotated[str, Strict(), AfterValidator(time_of_day)]
"""Hours and minutes such as 03:30."""

Number = Annotated[float, Strict()]
"""A number; give both bounds with Field(ge=..., le=...)."""

Whole = Annotated[int, Strict()]
"""A whole number; give both bounds with Field(ge=..., le=...)."""

Flag = Annotated[bool, Strict()]
"""True or false."""

ConfiguredPath = Annotated[Path, BeforeValidator(beside_the_file)]
"""A path, taken from the folder of the configuration file."""


class Section(BaseModel):
    """A group of keys; an empty one (all its lines commented out) means the defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_default(cls, value: Any) -> Any:
        return {} if value is None else value
