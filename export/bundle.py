"""A bundle: one folder with everything the lamp needs to read words, and a manifest that vouches for it.

    model.onnx       the step graph of the network
    evidence.npz     what n-grams say beside it
    buried.npz       what the last words of long talk say by themselves
    words.onnx       the next-word decoder, which the lamp's turn does not need
    vocabulary.txt   one known word a line, most frequent first; behind them those that only the n-grams know
    manifest.json    format, sizes, thresholds, figures, calibration curve, and the SHA-256 of the other files

`version` is the beginning of the SHA-256 of the manifest itself, so equal bundles have equal versions. docs/bundle.md
tells more.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from export.curve import Curve, checked_curve
from export.errors import BundleError
from export.evidence_file import MAX_BYTES as NGRAM_BYTES
from export.evidence_file import buried_bytes, evidence_bytes, read_buried, read_evidence
from export.layout import state_length
from export.manifest import MAX_BYTES as MANIFEST_BYTES
from export.manifest import OtherFormatError, read_manifest
from model.buried import Buried
from model.errors import ModelError
from model.evidence import NO_EVIDENCE, Evidence
from model.intent import ACTIONS, INTENTS, Intent
from model.language_model import LanguageModel
from model.limited import read_limited
from model.ngrams import MOST_IDS
from model.vocabulary import END, Vocabulary

BASE_BUNDLE: Final = Path(__file__).parent / "base"
"""The bundle that comes with the lamp."""

BLANK_BUNDLE: Final = Path(__file__).parent / "blank"
"""A bundle that knows no words, for a lamp that learns from zero."""

FORMAT: Final = 6
"""Raised whenever older code could misread a bundle."""

MODEL_FILE: Final = "model.onnx"
EVIDENCE_FILE: Final = "evidence.npz"
BURIED_FILE: Final = "buried.npz"
WORDS_FILE: Final = "words.onnx"
VOCABULARY_FILE: Final = "vocabulary.txt"
MANIFEST_FILE: Final = "manifest.json"

FILES: Final = (MODEL_FILE, EVIDENCE_FILE, BURIED_FILE, WORDS_FILE, VOCABULARY_FILE)
"""What the manifest vouches for."""

MAX_FILE_BYTES: Final = {
    **dict.fromkeys((MODEL_FILE, WORDS_FILE), 8_000_000),
    **dict.fromkeys((EVIDENCE_FILE, BURIED_FILE), NGRAM_BYTES),
    VOCABULARY_FILE: 256_000,
    MANIFEST_FILE: MANIFEST_BYTES,
}
"""No file of a bundle comes near these; a larger one is refused unread."""


@dataclass(frozen=True)
class Bundle:
    """A verified bundle, ready to run."""

    folder: Path
    """Where it was read from."""

    version: str
    """Twelve hexadecimal digits that name its contents."""

    vocabulary: Vocabulary
    """Words and ids."""

    state_size: int
    """Length of the step graph's state."""

    thresholds: Mapping[Intent, float]
    """Calibrated probability from which a partial is acted on, 0.5 to 1.0, for light_on and light_off."""

    final_thresholds: Mapping[Intent, float]
    """The same for a final."""

    metrics: Mapping[str, Any]
    """Figures measured when the bundle was built."""

    curve: Curve
    """What each budget of false activations buys, a row each; may be empty."""

    parameters: int
    """How many numbers were trained or counted."""

    graph: bytes
    """The step graph, serialised ONNX; the very bytes whose SHA-256 was checked."""

    words_graph: bytes
    """The next-word decoder, likewise."""

    evidence: Evidence
    """What n-grams say beside the network."""

    buried: Buried
    """What the last words of long talk say by themselves."""


def write_bundle(
    folder: Path,
    model: LanguageModel,
    vocabulary: Vocabulary,
    thresholds: Mapping[Intent, float],
    final_thresholds: Mapping[Intent, float],
    metrics: Mapping[str, Any],
    curve: Sequence[Mapping[str, float]] = (),
    sentences: Sequence[Sequence[str]] = (),
) -> Bundle:
    """Write a bundle and return it as loaded again; what was at `folder` before is replaced only at the end.

    Args:
        folder: where to write.
        model: sizes and weights.
        vocabulary: words and ids.
        thresholds: for partials.
        final_thresholds: for finals.
        metrics: figures measured when the model was built.
        curve: what each budget of false activations buys.
        sentences: words of utterances on which bundle and model must agree (export/parity.py).

    Raises:
        BundleError: the vocabulary does not fit the model, the curve is none, bundle and model do not agree, or the
            folder cannot be written.
    """
    from export.parity import check_parity
    from export.step_graph import step_graph  # onnx is needed to write a bundle, not to run one
    from export.words_graph import words_graph

    s = model.sizes
    if (len(vocabulary), vocabulary.hashed_slots) != (s.vocabulary, s.hashed_slots):
        raise BundleError(
            f"The vocabulary has {len(vocabulary)} ids, but the model has {s.vocabulary}; "
            "build both from the same run."
        )
    files = {
        MODEL_FILE: step_graph(model).SerializeToString(deterministic=True),
        EVIDENCE_FILE: evidence_bytes(model.evidence),
        BURIED_FILE: buried_bytes(model.buried),
        WORDS_FILE: words_graph(model).SerializeToString(deterministic=True),
        VOCABULARY_FILE: _lines(vocabulary),
    }
    manifest = {
        "format": FORMAT,
        "intents": list(INTENTS),
        "sizes": asdict(model.sizes),
        "parameters": model.parameters,
        "thresholds": {intent: thresholds[intent] for intent in ACTIONS},
        "final_thresholds": {intent: final_thresholds[intent] for intent in ACTIONS},
        "metrics": dict(metrics),
        "curve": list(checked_curve(curve)),
        "files": _vouched(files),
    }
    files[MANIFEST_FILE] = (json.dumps(manifest, indent=2) + "\n").encode()
    # Never put a bundle into place that would be refused later, or that reads otherwise than the model.
    return _place(folder, files, lambda fresh: check_parity(fresh, model, sentences))


def write_recalibrated(
    folder: Path,
    bundle: Bundle,
    thresholds: Mapping[Intent, float],
    final_thresholds: Mapping[Intent, float],
    metrics: Mapping[str, Any],
    taught: tuple[Evidence, Vocabulary] | None = None,
) -> Bundle:
    """Write the same network with other thresholds; needs no training packages. Raises BundleError.

    Args:
        folder: where to write.
        bundle: whose network it is.
        thresholds: for partials.
        final_thresholds: for finals.
        metrics: figures measured when the model was built.
        taught: evidence that takes the place of the bundle's, with the same vocabulary but for words beside it.
    """
    manifest = json.loads(_read(bundle.folder, MANIFEST_FILE))
    manifest["thresholds"] = {intent: thresholds[intent] for intent in ACTIONS}
    manifest["final_thresholds"] = {intent: final_thresholds[intent] for intent in ACTIONS}
    manifest["metrics"] = dict(metrics)
    files = {name: _read(bundle.folder, name) for name in FILES}
    if taught is not None:
        evidence, vocabulary = taught
        files |= {EVIDENCE_FILE: evidence_bytes(evidence), VOCABULARY_FILE: _lines(vocabulary)}
        manifest["parameters"] += evidence.parameters - bundle.evidence.parameters
        manifest["files"] = _vouched(files)
    files[MANIFEST_FILE] = (json.dumps(manifest, indent=2) + "\n").encode()
    return _place(folder, files, lambda _: None)


def _lines(vocabulary: Vocabulary) -> bytes:
    return "".join(f"{word}\n" for word in (*vocabulary.words, *vocabulary.beside)).encode()


def _vouched(files: Mapping[str, bytes]) -> dict[str, dict[str, str | int]]:
    return {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in files.items()
    }


def _place(folder: Path, files: Mapping[str, bytes], check: Callable[[Bundle], object]) -> Bundle:
    """Write the files of a bundle, load and check it, and only then put it where it belongs."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        rights = folder.parent.stat().st_mode & 0o777  # among what is private, a bundle is private
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as parent:
            fresh = Path(parent) / "new"
            fresh.mkdir(rights)
            for name, data in files.items():
                _write_durably(fresh / name, data, rights & 0o666)
            check(load_bundle(fresh))
            if folder.exists():
                folder.rename(Path(parent) / "old")
            fresh.rename(folder)
    except OSError as error:
        raise BundleError(f"The bundle cannot be written to {folder}: {error.strerror or error}.") from error
    return load_bundle(folder)


def _write_durably(path: Path, data: bytes, rights: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, rights)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def load_bundle(folder: Path) -> Bundle:
    """Read a bundle after checking every file against the manifest.

    Raises:
        BundleError: something is missing, altered, or not as this version of the lamp expects it.
    """
    manifest_bytes = _read(folder, MANIFEST_FILE)
    try:
        manifest = read_manifest(manifest_bytes, FORMAT, FILES)
    except OtherFormatError as error:
        raise BundleError(
            f"The bundle in {folder} has format {error}, but this version reads format {FORMAT}; "
            "`foreglow retrain` makes a learned one again, `python -m export.base` the base bundle."
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise BundleError(
            f"{folder / MANIFEST_FILE} is not a bundle's manifest ({reason}); {_REMEDY}"
        ) from error
    contents = {name: _read(folder, name) for name in FILES}
    for name, data in contents.items():
        if hashlib.sha256(data).hexdigest() != manifest.sha256[name]:
            raise BundleError(f"{folder / name} does not match its SHA-256 in {MANIFEST_FILE}; {_REMEDY}")
    try:
        words = tuple(contents[VOCABULARY_FILE].decode().splitlines())
        s = manifest.sizes
        vocabulary = Vocabulary(words[: s.known_words], s.hashed_slots, s.sound_slots, words[s.known_words :])
    except (ModelError, UnicodeDecodeError) as error:
        raise BundleError(f"{folder / VOCABULARY_FILE} is not a vocabulary ({error}); {_REMEDY}") from error
    evidence = read_evidence(contents[EVIDENCE_FILE], str(folder / EVIDENCE_FILE))
    if evidence.end not in (NO_EVIDENCE.end, vocabulary.id(END)):
        raise BundleError(f"{folder / EVIDENCE_FILE} was made with another vocabulary; {_REMEDY}")
    if len(vocabulary) != s.vocabulary or len(vocabulary) + len(vocabulary.beside) > MOST_IDS:
        raise BundleError(f"The manifest in {folder} contradicts its files; {_REMEDY}")
    return Bundle(
        folder,
        hashlib.sha256(manifest_bytes).hexdigest()[:12],
        vocabulary,
        state_length(manifest.sizes),
        manifest.thresholds,
        manifest.final_thresholds,
        manifest.metrics,
        manifest.curve,
        manifest.parameters,
        contents[MODEL_FILE],
        contents[WORDS_FILE],
        evidence,
        read_buried(contents[BURIED_FILE], str(folder / BURIED_FILE)),
    )


_REMEDY = "restore the folder or export the bundle again."


def _read(folder: Path, name: str) -> bytes:
    path = folder / name
    try:
        return read_limited(path, MAX_FILE_BYTES[name])
    except OSError as error:
        raise BundleError(f"{path} cannot be read ({error.strerror}); {_REMEDY}") from error
    except ValueError as error:
        raise BundleError(f"{path} is not of a bundle: {error}; {_REMEDY}") from None
