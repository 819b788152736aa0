"""The code has one direction: what stands above in the layout below uses what stands below, never the reverse."""

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
LAYOUT = """
__main__.py
cli/
archive/
validate/ compare/ summary/ export/ select.py
titles.py
document.py pipeline.py
work.py
model.py split.py usual/
write/
series/
offers.py leaps.py marks.py
jobs.py usage.py
rules/ read/ markup.py
errors.py
"""

#: Module or folder -> its line in the layout.
LAYERS = {
    name.rstrip("/").removesuffix(".py"): number
    for number, line in enumerate(LAYOUT.splitlines())
    for name in re.findall(r"[\w/]+(?:\.py|/)", line)
}


def imported(path: Path) -> Iterator[str]:
    """Give the modules and folders of the package that a module imports, but for the sake of annotations."""
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
    """Every module has its line in the layout, and uses none of a line above."""
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert [name for name in imported(path) if LAYERS[name] < LAYERS[own]] == []
