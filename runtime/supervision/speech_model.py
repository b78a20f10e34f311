"""The service's own copy of the speech model: it has no network to fetch one, and no home to find one in."""

import contextlib
import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

from runtime.errors import ServiceError
from runtime.supervision.environment import variable
from transcribe.cache import cache_folder, put_in_place, workplace
from transcribe.fetch import ensure_speech_model
from transcribe.verify import MODEL_NAME, find_damage


@dataclass(frozen=True)
class PutSpeechModel:
    """Put a verified copy into the cache folder of the service; one of this machine, or else from the network."""

    cache_home: Path
    """$XDG_CACHE_HOME of the service, as root sees it."""

    def would(self) -> str:
        """Where it would come from."""
        if _is_whole(self._target):
            return f"find the speech model in {self._target}"
        source = _found()
        return f"put the speech model (70 MB) into {self._target}, {source or 'fetched from the network'}"

    def do(self) -> str:
        """Raises ServiceError, TranscribeError."""
        if _is_whole(self._target):
            return f"the speech model is in {self._target}"
        source = _found()
        self.cache_home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with variable("XDG_CACHE_HOME", str(self.cache_home)):
            if source is None:
                ensure_speech_model()
            else:
                with workplace() as folder:
                    made = folder / MODEL_NAME
                    copytree(source, made)
                    if (damage := find_damage(made)) is not None:
                        raise ServiceError(f"{source} could not be copied ({damage}); try again.")
                    put_in_place(made, self._target)
        return f"put the speech model into {self._target}"

    @property
    def _target(self) -> Path:
        return self.cache_home / "foreglow" / MODEL_NAME


def _found() -> Path | None:
    """A whole copy that this user has, or the one who called sudo."""
    caches = [cache_folder()]
    if os.geteuid() == 0 and (name := os.environ.get("SUDO_USER")):
        with contextlib.suppress(KeyError):
            caches.append(Path(pwd.getpwnam(name).pw_dir) / ".cache" / "foreglow")
    return next((cache / MODEL_NAME for cache in caches if _is_whole(cache / MODEL_NAME)), None)


def _is_whole(folder: Path) -> bool:
    try:
        return folder.is_dir() and find_damage(folder) is None
    except PermissionError:  # /var/cache/private is root's: a dry run as somebody else
        return False
