"""The twin rule: an idea stands whole on its home page, and identically in the package."""

import ast
import importlib
import inspect

import pytest

from press import ROOT, chapters
from press.pages import code_cells, read_text


class _Bare(ast.NodeTransformer):
    """Leave out docstrings and decorators, which only the package has."""

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.decorator_list = []
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
        return node

    visit_ClassDef = visit_FunctionDef


def tree(source: str) -> str:
    """Return the syntax tree of a definition, docstrings and decorators left out, as text."""
    return ast.unparse(_Bare().visit(ast.parse(source)))


def essentials() -> list[tuple[str, int, str, str]]:
    """Return (chapter, code cell, idea, source) for every cell tagged `essential:module.name`."""
    found = []
    for chapter in chapters():
        for number, cell in enumerate(code_cells(read_text(chapter)), start=1):
            for tag in cell.metadata.get("tags", []):
                if tag.startswith("essential:"):
                    found.append((chapter, number, tag.removeprefix("essential:"), cell.source))
    return found


@pytest.mark.parametrize(
    ("chapter", "number", "idea", "source"), essentials(), ids=lambda value: str(value)[:40]
)
def test_the_page_and_the_package_agree(chapter, number, idea, source):
    module, name = idea.split(".")
    package = inspect.getsource(getattr(importlib.import_module(f"rectified.{module}"), name))
    assert tree(source) == tree(package), (
        f"book/text/{chapter}.md, code cell {number}: {name} differs from code/rectified/{module}.py"
    )
    assert len(source.splitlines()) <= 25, (
        f"{idea} is an idea of {len(source.splitlines())} lines; expected about 20"
    )


def homes() -> dict[str, int]:
    """Return every function of an era that names its home: `threshold.fires` → 1."""
    found = {}
    for chapter in chapters():
        module = chapter.split("-", 1)[1]
        parsed = ast.parse((ROOT / "code" / "rectified" / f"{module}.py").read_text())
        for node in parsed.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and "Home: chapter" in (
                ast.get_docstring(node) or ""
            ):
                found[f"{module}.{node.name}"] = int(chapter[:2])
    return found


def test_every_idea_with_a_home_stands_there():
    shown = {idea: int(chapter[:2]) for chapter, _, idea, _ in essentials()}
    assert homes() == shown


def test_an_idea_stands_once():
    names = [idea for _, _, idea, _ in essentials()]
    assert len(names) == len(set(names))


def test_the_comparison_sees_a_changed_sign_and_not_a_docstring():
    package = 'def f(x):\n    """Say."""\n    return x >= 1\n'
    assert tree("@checked\n" + package) == tree("def f(x):\n    return x >= 1  # why\n")
    assert tree(package) != tree("def f(x):\n    return x > 1\n")
