"""The rules that keep the rooms apart and every file readable, held by reading the source."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent

MAY_IMPORT = {
    "capture": set(),
    "transcribe": set(),
    "model": set(),
    "export": {"model"},
    "runtime": {"capture", "transcribe", "model", "export"},
}
"""Room -> the other rooms it may import."""

ONLY_IN = {"torch": "model", "hassil": "model", "home_assistant_intents": "model", "onnx": "export"}
"""Package -> the one room that may import it: what is needed for training and for writing bundles."""

PAGE = {"jinja2", "markupsafe", "segno", "starlette", "uvicorn"}
"""Packages of the web page, which is a process of its own."""

LISTENING_KNOWS = {"runtime.page.child", "runtime.page.check"}
"""Of the page: how to start it, and whether it can be started."""

NEVER_WHEN_LISTENING = {*ONLY_IN, *PAGE, "scipy", "sklearn", "gpiozero", "lgpio", "paho"}
"""Packages that a board without the training dependencies or the extras lacks, or has no memory for."""

MAX_LINES = 300

TOP_LEVEL = {
    *MAY_IMPORT,
    *("tests", "docs", "benchmarks", "recordings", "packaging", ".ci"),
    *("device.yaml", "README.md", "pyproject.toml", "Makefile", "LICENSE", "NOTICE", ".gitignore"),
}

# In pieces, so that this file does not hold what it forbids.
REGISTRIES = ("python" r"hosted\.org", "pypi" r"\.org", "registry" r"\.npmjs", "deb" r"\.debian\.org")

FOREIGN = re.compile(
    "|".join([r"(?<!\w)/(?:work|root)/|(?<!\w)/home/(?!pi\b)\w|(?<!\w)/tmp/\w|\.\./shared\b", *REGISTRIES])
)
"""A path of the machine somebody worked on, or a registry host (package managers know theirs)."""


def modules(*rooms: str) -> list[Path]:
    """Every Python file of these rooms."""
    found = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    assert found, f"no Python file in {rooms}"
    return found


def sources() -> list[Path]:
    """Every Python file of the project."""
    others = [
        path for folder in ("tests", "benchmarks", "recordings") for path in (ROOT / folder).rglob("*.py")
    ]
    return [*modules(*MAY_IMPORT), *sorted(others)]


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and top-level package of every import, those inside functions and under TYPE_CHECKING included."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module.split(".")[0]


def at(path: Path, line: int, what: str) -> str:
    return f"{path.relative_to(ROOT)}:{line}: {what}"


def tracked() -> list[Path]:
    """Files under version control; without git (a source archive), every file .gitignore does not name."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        listing = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
        if listing.returncode == 0:
            return [path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    ignored = [".git", *(ROOT / ".gitignore").read_text().replace("/", "").split()]
    files = (path for path in ROOT.rglob("*") if path.is_file())
    return [
        path
        for path in files
        if not any(Path(part).match(glob) for part in path.relative_to(ROOT).parts for glob in ignored)
    ]


def test_a_room_imports_only_rooms_to_its_left():
    wrong = [
        at(path, line, f"imports {name}")
        for path in modules(*MAY_IMPORT)
        for line, name in imported(path)
        if name in MAY_IMPORT.keys() - MAY_IMPORT[room_of(path)] - {room_of(path)}
    ]
    assert not wrong


def test_training_packages_are_imported_in_one_room_each():
    wrong = [
        at(path, line, f"imports {name}, which belongs in {ONLY_IN[name]}/")
        for path in modules(*MAY_IMPORT)
        for line, name in imported(path)
        if name in ONLY_IN and room_of(path) != ONLY_IN[name]
    ]
    assert not wrong


def test_listening_loads_nothing_that_only_training_needs():
    # What listening needs of model/ and export/ is imported by runtime/.
    listening = modules("capture", "transcribe", "runtime")
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in listening]
    names = [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]
    names = [name for name in names if not name.startswith("runtime.page.") or name in LISTENING_KNOWS]
    program = f"import {', '.join(names)}, sys; print(*sorted({NEVER_WHEN_LISTENING!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_every_room_tells_type_checkers_that_it_is_typed():
    assert [room for room in MAY_IMPORT if not (ROOT / room / "py.typed").is_file()] == []


def test_every_package_is_installed():
    packages = {".".join(path.parent.relative_to(ROOT).parts) for path in modules(*MAY_IMPORT)}
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    assert set(listed) == packages


def test_no_module_is_a_drawer_for_everything():
    assert [
        str(path) for path in sources() if path.stem in {"utils", "util", "helpers", "misc", "common"}
    ] == []


def test_a_file_is_short_enough_to_read_in_one_sitting():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in sources()}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def undocumented(path: Path) -> Iterator[tuple[int, str]]:
    """Line and name of the module and of its public classes and functions that lack a docstring."""
    module = parse(path)
    for node in (module, *module.body):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            name = getattr(node, "name", "the module")
            if not name.startswith("_") and ast.get_docstring(node) is None:
                yield getattr(node, "lineno", 1), name


def test_every_public_name_has_a_docstring():
    wrong = [
        at(path, line, f"{name} has no docstring")
        for path in modules(*MAY_IMPORT)
        for line, name in undocumented(path)
    ]
    assert not wrong


def unexplained(node: ast.ClassDef) -> Iterator[tuple[int, str]]:
    """Line and name of the dataclass fields that no docstring follows."""
    if not any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
        return
    for field, after in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign) and "ClassVar" not in ast.unparse(field.annotation):
            told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            if not told and not ast.unparse(field.target).startswith("_"):
                yield field.lineno, ast.unparse(field.target)


def test_every_dataclass_field_says_what_it_means():
    wrong = [
        at(path, line, f"{name} has no docstring under it")
        for path in modules(*MAY_IMPORT)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ClassDef)
        for line, name in unexplained(node)
    ]
    assert not wrong


def test_the_top_level_holds_only_what_the_design_names():
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} - TOP_LEVEL == set()


def test_no_file_names_a_machine_or_a_registry():
    wrong = []
    for path in tracked():
        content = path.read_bytes()
        if b"\0" in content[:4096] or path == Path(__file__):
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if found := FOREIGN.search(line):
                wrong.append(at(path, number, found.group()))
    assert not wrong
