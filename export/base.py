"""Exports the base model: `python -m export.base` writes export/base from model/base."""

import argparse
import sys
from pathlib import Path

from export.bundle import BASE_BUNDLE, write_bundle
from export.errors import BundleError
from model.base_model import BASE_FOLDER, load_base
from model.errors import ModelError


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
        bundle = write_bundle(
            arguments.out,
            base.model,
            base.vocabulary,
            base.thresholds,
            base.final_thresholds,
            base.metrics,
        )
    except (ModelError, BundleError) as error:
        print(f"export.base: {error}", file=sys.stderr)
        return 1
    print(f"Bundle {bundle.version} in {bundle.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
