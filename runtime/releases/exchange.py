"""Another bundle into service because a person wants it: going back, or forward again; a running lamp takes it up."""

from dataclasses import dataclass

from runtime.config import Config
from runtime.control import ask
from runtime.errors import NotRunningError, ReleaseError
from runtime.releases.listing import FOLDER, Release, releases
from runtime.releases.promotion import promote, rollback


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What is in service now."""

    version: str
    """Of the bundle."""

    taken_up: bool
    """Whether a running lamp uses it; False when none runs, and the next one will."""

    def sentence(self) -> str:
        """For people."""
        when = (
            "the lamp uses it from the next utterance on"
            if self.taken_up
            else "no lamp is running; the next one uses it"
        )
        return f"{self.version} is in service: {when}."


def go_back(config: Config, steps: int) -> Exchanged:
    """Go back over `steps` promotions.

    Raises ReleaseError, BundleError, and ControlError if the running lamp cannot take it up.
    """
    _check_free(config)
    return _taken_up(config, rollback(config.state_folder, steps))


def put_into_service(config: Config, version: str) -> Exchanged:
    """Promote a bundle again that is still there, with the figures it was promoted for.

    Raises ReleaseError, BundleError, and ControlError if the running lamp cannot take it up.
    """
    _check_free(config)
    release = find(config, version)
    if release is None or release.origin != "promoted":
        raise ReleaseError(f"there is no promoted bundle {version}; `foreglow models` lists them.")
    if release.standing == "in service":
        raise ReleaseError(f"{version} is in service already.")
    folder = config.state_folder / FOLDER / version
    promote(config.state_folder, folder, release.figures, keep=config.learn.keep_bundles)
    return _taken_up(config, version)


def find(config: Config, version: str) -> Release | None:
    """The bundle of this version, if it is there. Raises BundleError."""
    known = releases(config.state_folder, config.decide.bundle)
    return next((each for each in known if each.version == version), None)


def _check_free(config: Config) -> None:
    if config.decide.bundle is not None:
        raise ReleaseError(
            f"decide.bundle names the bundle in service, {config.decide.bundle}, so there is nothing to go back "
            "to; take that key out of the configuration first."
        )


def _taken_up(config: Config, version: str) -> Exchanged:
    try:
        ask(config.state_folder, {"do": "reload"})
    except NotRunningError:
        return Exchanged(version, taken_up=False)
    return Exchanged(version, taken_up=True)
