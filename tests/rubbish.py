"""Rubbish to give to parsers: bytes, JSON, and what is good with some bytes changed."""

import contextlib
import hashlib
import io
import json
import zipfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from export.bundle import BASE_BUNDLE, FILES, MANIFEST_FILE

QUICK = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

MANIFEST = (BASE_BUNDLE / MANIFEST_FILE).read_bytes()

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@st.composite
def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    """The data with some bytes changed, taken out, put in, or cut off."""
    content = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        kind = draw(st.sampled_from(["change", "change", "remove", "insert", "cut"]))
        if kind == "change" and content:
            content[at] = draw(st.integers(0, 255))
        elif kind == "remove":
            del content[at : at + draw(st.integers(1, 8))]
        elif kind == "insert":
            content[at:at] = draw(st.binary(min_size=1, max_size=8))
        elif kind == "cut":
            del content[at:]
    return bytes(content)


def rubbish(*good: bytes) -> st.SearchStrategy[bytes]:
    """Bytes, JSON, and changed copies of what is good."""
    return st.one_of(st.binary(max_size=300), JSON.map(lambda v: json.dumps(v).encode()), *map(mutated, good))


def one_sentence(error: Exception) -> None:
    """Nobody wants a page, nor a traceback."""
    assert str(error)
    assert "\n" not in str(error)
    assert len(str(error)) < 2_000


@contextlib.contextmanager
def refused(*kinds: type[Exception]):
    """Goes well, or is refused in a sentence."""
    try:
        yield
    except kinds as error:
        one_sentence(error)


def resigned(folder: Path, name: str, data: bytes) -> None:
    """A bundle with another file, for which its manifest vouches."""
    manifest = json.loads(MANIFEST)
    manifest["files"][name]["sha256"] = hashlib.sha256(data).hexdigest()
    for each in FILES:
        (folder / each).write_bytes((BASE_BUNDLE / each).read_bytes())
    (folder / name).write_bytes(data)
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest))


def npz(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return file.getvalue()


def header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()
