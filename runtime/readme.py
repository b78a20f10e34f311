"""The parts of README.md that are generated: `python -m runtime.readme` writes them in place.

Each stands between two comments, `<!-- NAME: ... -->` and `<!-- end of NAME -->`.
"""

import re
import sys
from pathlib import Path

from runtime.commands.parser import DOCS_COLUMNS, make_parser

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
MODEL_CARD = ROOT / "model" / "base" / "MODEL_CARD.md"


def filled(page: str, parts: dict[str, str]) -> str:
    """The page with each named part in its place. Raises ValueError when a place is not there once."""
    for name, part in parts.items():
        place = rf"(<!-- {name}: [^>]*-->\n).*?(<!-- end of {name} -->)"
        found = re.findall(place, page, re.DOTALL)
        if len(found) != 1:
            raise ValueError(f"the page has {len(found)} places for `{name}`, but must have one.")
        fresh = f"{found[0][0]}\n{part}\n\n{found[0][1]}"
        page = re.sub(place, fresh.replace("\\", "\\\\"), page, flags=re.DOTALL)
    return page


def parts() -> dict[str, str]:
    """Name -> text of every generated part; the figures are those of the model card."""
    card = MODEL_CARD.read_text(encoding="utf-8") if MODEL_CARD.exists() else ""
    found = re.search(r"^## Figures\n(.*?)(?=^## |\Z)", card, re.DOTALL | re.MULTILINE)
    figures = found[1].strip() if found else "The base model was built without data to measure it on."
    return {"help": f"```\n{make_parser(DOCS_COLUMNS).format_help()}```", "figures": figures}


def main() -> int:
    """Write the generated parts into README.md."""
    try:
        README.write_text(filled(README.read_text(encoding="utf-8"), parts()), encoding="utf-8")
    except (OSError, ValueError) as error:
        print(f"runtime.readme: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
