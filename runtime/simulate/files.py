"""`foreglow simulate`: recordings and scripts, in the order given."""

from collections.abc import Callable, Sequence
from pathlib import Path

from capture.errors import CaptureError
from runtime.config import Config
from runtime.errors import ForeglowError
from runtime.lamp import Lamp, load_lamp
from runtime.report import Report
from runtime.simulate.playback import Learn, simulate_script
from runtime.simulate.recordings import simulate
from runtime.simulate.script import ScriptError
from runtime.stopwatch import Stopwatch

SCRIPT_SUFFIX = ".jsonl"
"""Of a script's name; any other file is a recording."""


def simulate_files(
    paths: Sequence[Path],
    config: Config,
    report: Report,
    complain: Callable[[str], None],
    learn: Learn,
    *,
    state: Path | None = None,
    real_time: bool = False,
) -> bool:
    """Simulate each file; one that cannot be used does not stop the others.

    Args:
        complain: told one sentence for each file that cannot be used.
        learn: makes what learns in a script.
        state: the state folder of a script, left behind; None for one that is removed in the end.
        real_time: as fast as recorded or scripted, else as fast as possible.

    Returns:
        Whether all could be used.

    Raises:
        BundleError, TranscribeError: there is no model to hear recordings with.
        ScriptError: a state folder was given but there is no script.
    """
    scripts = [path for path in paths if path.suffix == SCRIPT_SUFFIX]
    if state is not None and not scripts:
        raise ScriptError(f"--state is for scripts; give a file that ends in {SCRIPT_SUFFIX}.")
    lamp: Lamp | None = None  # loading the recogniser takes a while, and most scripts do without
    sound = True
    watch = Stopwatch(light=False)
    for path in paths:
        if path not in scripts:
            lamp = lamp or load_lamp(config)
            sound &= simulate([path], lamp, report, complain, real_time=real_time, watch=watch)
            continue
        try:
            simulate_script(path, config, report, complain, learn, state=state, real_time=real_time)
        except (CaptureError, ForeglowError) as error:
            complain(str(error))
            sound = False
    return sound
