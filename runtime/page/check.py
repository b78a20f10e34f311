"""What `foreglow doctor` says of the web page."""

from runtime.check import Check, bad, good
from runtime.config import Config
from runtime.errors import ConfigError
from runtime.page.child import check_installed

_NAME = "page"


def check_page(config: Config) -> Check:
    """Its packages are there. Nothing is served, and nothing of them imported."""
    try:
        check_installed()
    except ConfigError as error:
        return bad(_NAME, str(error), "run `pip install 'foreglow[page]'`")
    return good(_NAME, f"to be served at {config.page.address}, port {config.page.port}")
