"""The twin rule: an idea stands whole on its home page, and identically in the package."""

import ast
import importlib
import inspect
import symtable

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

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


def bound(source: str, place: str) -> set[str]:
    """Return the names that a cell gives to the page, by def, assignment, loop or import; `*` for a star."""
    symbols = symtable.symtable(source, place, "exec").get_symbols()  # those of functions are their own
    names = {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    return names | {alias.name for node in imports for alias in node.names if alias.name == "*"}


def bypasses(chapter: str, cells: list) -> list[str]:
    """Return a line for each cell, exercises apart, that binds a name which an idea's own cell defines."""
    tags = [cell.metadata.get("tags", []) for cell in cells]
    ideas = [[tag.split(".")[-1] for tag in each if tag.startswith("essential:")] for each in tags]
    found = []
    for k, cell in enumerate(cells):
        place = f"{chapter}, code cell {k + 1}"
        names = bound(cell.source, place)
        if any(tag.startswith("exercise:") for tag in tags[k]):
            continue
        for home, idea in enumerate(ideas):
            if home != k and (taken := names & {*idea, "*"} if idea else ()):
                found.append(
                    f"{place} binds {', '.join(sorted(taken))}, but code cell {home + 1} "
                    f"is where the page defines {', '.join(idea)}"
                )
    return found


@pytest.mark.parametrize("chapter", chapters())
def test_what_a_page_runs_is_what_it_shows(chapter):
    """An idea imported from the package, or defined again, would leave the shown one without work."""
    assert "\n".join(bypasses(chapter, code_cells(read_text(chapter)))) == ""


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


def _cell(source: str, *tags: str) -> NotebookNode:
    return new_code_cell(source, metadata={"tags": list(tags)})


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from rectified.threshold import fires", "fires"),
        ("from rectified.threshold import run as fires", "fires"),
        ("import rectified.threshold as fires", "fires"),
        ("if True:\n    from rectified.threshold import *", "*"),
        ("def fires(x):\n    return 1", "fires"),
        ("class fires:\n    pass", "fires"),
        ("fires = threshold.fires", "fires"),
        ("a, (fires, b) = 1, (2, 3)", "fires"),
        ("for fires in (1, 2):\n    pass", "fires"),
        ("print(fires := 1)", "fires"),
    ],
)
def test_a_bypass_is_seen(source, name):
    idea = _cell("def fires(x):\n    return x >= 1", "essential:threshold.fires")
    told = "is where the page defines fires"
    assert bypasses("01-x", [_cell(source), idea]) == [
        f"01-x, code cell 1 binds {name}, but code cell 2 {told}"
    ]
    assert bypasses("01-x", [idea, _cell(source)]) == [
        f"01-x, code cell 2 binds {name}, but code cell 1 {told}"
    ]


def test_what_is_no_bypass_is_let_through():
    idea = _cell("def fires(x):\n    return x >= 1", "essential:threshold.fires")
    own = _cell("def other(fires):\n    run = fires\n    return [fires for fires in run]\nprint(fires(1))")
    exercise = _cell("def fires(x):\n    ...", "exercise:again")
    used = _cell("from rectified.threshold import wire\nfrom rectified import threshold", "claim:C001")
    assert bypasses("01-x", [used, idea, own, exercise]) == []
