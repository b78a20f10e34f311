"""What a result depends on: the files of the project that a file imports, and a hash of what they do."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def imported(paths: Iterable[Path], project: Path = PROJECT) -> set[Path]:
    """Return these Python files of the project and all that they import, directly or not, also inside of functions.

    The `__init__.py` of a package counts only where something is imported from it by name: what Python runs besides
    is a docstring or, for peers, the catalogue.
    """
    found: set[Path] = set()
    unread = set(paths)
    while unread:
        path = unread.pop()
        found.add(path)
        unread |= set(_imports(path, project)) - found
    return found


@cache
def code_hash(path: Path) -> str:
    """Return a hash of what a file does: comments, docstrings and layout of Python make no difference."""
    if path.suffix != ".py":
        return file_hash(path)
    tree = _tree(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [said for said in node.body if not _is_text(said)]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


@cache
def file_hash(path: Path) -> str:
    """Return a hash of every byte of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _imports(path: Path, project: Path) -> Iterator[Path]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from _files((alias.name for alias in node.names), project)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            modules = list(_files((f"{node.module}.{alias.name}" for alias in node.names), project))
            yield from modules
            if len(modules) < len(node.names):  # the others are names inside of the module
                yield from _files([node.module], project)


def _files(modules: Iterable[str], project: Path) -> Iterator[Path]:
    for module in modules:
        place = project.joinpath(*module.split("."))
        yield from (path for path in (place.with_suffix(".py"), place / "__init__.py") if path.exists())


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
