"""`foreglow page`: serve the web page, or make a link that lets a browser in."""

import argparse
import json
import sys

from runtime.config import Config
from runtime.page.child import check_installed
from runtime.supervision.log import begin_log


def page(options: argparse.Namespace, config: Config) -> int:
    """Serve until a signal; with `options.link` only make a link. Raises PageError, ConfigError."""
    check_installed()
    from runtime.page.door import Door
    from runtime.page.hosts import is_loopback
    from runtime.page.server import page_link, serve

    guarded = not is_loopback(config.page.address)
    if options.link:
        _show(page_link(config, Door(config.state_folder).new_link()), options.json, coded=guarded)
        return 0

    def tell() -> None:
        # The key is a secret: it is shown to a person at a terminal, and never written to a log.
        if guarded and sys.stdout.isatty():
            _show(page_link(config, Door(config.state_folder).new_link()), options.json, coded=True)
        else:
            _show(page_link(config), options.json, coded=False)

    begin_log()
    serve(config, tell, options.config)
    return 0


def _show(link: str, as_json: bool, *, coded: bool) -> None:
    if as_json:
        print(json.dumps({"link": link}), flush=True)
        return
    if coded and sys.stdout.isatty():
        import segno

        segno.make(link, micro=False).terminal(compact=True)
    print(f"the page is at {link}", flush=True)
    if coded:
        print("This link lets one browser in, within a day; keep it to yourself.", flush=True)
