"""Exports the base model: `python -m export.base` writes export/base from model/base."""

import argparse
import sys
from pathlib import Path

from export.bundle import BASE_BUNDLE, write_bundle
from export.errors import BundleError
from export.parity import largest_difference
from model.base_model import BASE_FOLDER, load_base
from model.errors import ModelError
from model.phrases import sample_phrases
from model.vocabulary import split_words

SEED = 0
PHRASES_PER_TEMPLATE = 3
"""Some 1,700 phrases, heard in half a second."""


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m export.base", description=__doc__)
    parser.add_argument(
        "--model", type=Path, default=BASE_FOLDER, help="what to export (default: model/base)"
    )
    parser.add_argument("--out", type=Path, default=BASE_BUNDLE, help="where to write (default: export/base)")
    arguments = parser.parse_args()
    try:
        base = load_base(arguments.model)
        sentences = [split_words(phrase.text) for phrase in sample_phrases(SEED, PHRASES_PER_TEMPLATE)]
        bundle = write_bundle(
            arguments.out,
            base.model,
            base.vocabulary,
            base.thresholds,
            base.final_thresholds,
            base.metrics,
            curve=base.curve,
            sentences=sentences,
        )
        difference = largest_difference(bundle, base.model, sentences)
    except (ModelError, BundleError) as error:
        print(f"export.base: {error}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in bundle.folder.iterdir())
    print(
        f"Bundle {bundle.version} in {bundle.folder}: {size:,} bytes; int8 moves a probability by at most "
        f"{difference:.3f} over {len(sentences):,} phrases"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
