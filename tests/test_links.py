"""Links between the pages of the project lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("[a-z]*/README.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_to_one(page):
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    lost = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert lost == []


def test_the_architecture_page_leads_to_every_other_page():
    page = ROOT / "docs" / "architecture.md"
    linked = set(re.findall(r"\]\((\w+\.md)", page.read_text(encoding="utf-8")))
    assert {other.name for other in ROOT.glob("docs/*.md")} - linked == {page.name}
