"""Takes docs/pictures/page.png, the page on a phone, light and dark: `python docs/pictures/make_page.py`.

The real lamp hears recordings, learns from its switch, and is looked at by Debian's Chromium at the moment when it acts.
Needs the packages of the extra `test`.
"""

import json
import socket
import struct
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import soundfile
from playwright.sync_api import sync_playwright

from capture.recording import open_recording
from runtime.config import Config
from runtime.control_server import ControlServer
from runtime.events import Decided, Event
from runtime.lamp import load_lamp
from runtime.learning.assembly import learn_in_script
from runtime.page.server import make_server
from runtime.simulate.files import simulate_files
from runtime.watchers import Watchers
