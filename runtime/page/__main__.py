"""The page as `foreglow run` starts it: `python -m runtime.page [DEVICE.YAML]`, until standard input ends."""

import sys
import threading
from pathlib import Path

from runtime.config import load_config
from runtime.errors import ForeglowError
from runtime.page.server import make_server, open_socket
from runtime.supervision.log import begin_log


def main() -> int:
    """Exit status: 0 when asked to end, 1 with a sentence when it cannot be served."""
    begin_log()
    try:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else None
        config = load_config(path)
        with open_socket(config) as listening:
            server = make_server(config, path=path)

            def end() -> None:
                sys.stdin.buffer.read()  # to the end: the lamp is gone, or closes the page
                server.stop()

            threading.Thread(target=end, daemon=True).start()
            server.run([listening])
    except ForeglowError as error:
        print(f"foreglow: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
