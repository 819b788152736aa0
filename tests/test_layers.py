"""Imports go down: each line of the layout in docs/design.md uses only lines below it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "catindex"
DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
(LAYOUT,) = re.findall(r"^```text\n(__main__\.py\n.*?)^```$", DESIGN, re.DOTALL | re.MULTILINE)

#: Module or directory -> its line in the layout.
LAYERS = {
    name.rstrip("/").removesuffix(".py"): number
    for number, line in enumerate(LAYOUT.splitlines())
    for name in re.findall(r"[\w/]+(?:\.py|/)", line)
}


def imported(path: Path) -> Iterator[str]:
    """Yield the modules and directories of the package that a module imports, except for annotations."""
    tree = ast.parse(path.read_text("utf-8"))
    branches = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    unread = {
        id(node)
        for branch in branches
        if isinstance(branch.test, ast.Name) and branch.test.id == "TYPE_CHECKING"
        for node in ast.walk(branch)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in unread and node.module:
            package, *inside = node.module.split(".")
            if package == "catindex":
                names = inside[:1] or [alias.name for alias in node.names]
                yield from (name for name in names if not name.startswith("__"))


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("[!_]*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    """Every module has a line in the layout, and imports nothing from a line above it."""
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert [name for name in imported(path) if LAYERS[name] < LAYERS[own]] == []


def test_the_layout_names_what_exists() -> None:
    """Every module and directory in the layout exists."""
    assert [name for name in LAYERS if not any((PACKAGE / path).exists() for path in (name, f"{name}.py"))] == []


def test_the_places_to_change_exist() -> None:
    """Each name in the table of places to change is defined in a module of the same row."""
    rows = re.findall(
        r"^\| .* \| (.*`[\w/]+\.py`.*) \|$", DESIGN.partition("## Where to make a change")[2], re.MULTILINE
    )
    assert rows
    for row in rows:
        modules = [(PACKAGE / path).read_text("utf-8") for path in re.findall(r"`([\w/]+\.py)`", row)]
        for name in re.findall(r"`(\w+)`", row):
            defined = re.compile(rf"^(?:class )?{name}\b", re.MULTILINE)
            assert any(map(defined.search, modules)), f"{name} is not in {row}"
