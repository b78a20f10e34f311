"""The demonstration: an evening of recorded speech in front of the lamp, as `make demo` plays it."""

import os
import sys

import yaml
from make import HERE, file_name

from runtime.cli import main

if __name__ == "__main__":
    scenes = yaml.safe_load((HERE / "recordings.yaml").read_text(encoding="utf-8"))
    files = [os.path.relpath(HERE / file_name(scene["words"])) for scene in scenes]
    # Somebody watching should see each word come as it is spoken; a log need not wait.
    speed = ["--speed", "real"] if sys.stdout.isatty() else []
    sys.exit(main(["simulate", *speed, *files]))
