"""Years: the guard itself, and a walk through every chapter."""

import ast
import re

import pytest

from press import chapters
from press.pages import code_cells, read_text
from rectified import activations, eras, initialisation


@pytest.fixture(autouse=True)
def _no_year():
    with eras.timeless():
        yield


def test_nothing_is_refused_where_no_year_was_declared():
    assert eras.now() is None
    eras.require("He initialisation", 2015)


def test_the_sentence_names_both_years():
    eras.page(1943)
    with pytest.raises(
        eras.Anachronism, match=r"He initialisation dates from 2015, but this page lives in 1943"
    ):
        eras.require("He initialisation", 2015)


def test_what_is_of_its_time_is_allowed():
    eras.page(1986)
    eras.require("logistic sigmoid", 1986)
    eras.require("step", 1943)


def test_counterfactual_lifts_the_guard_for_its_block_only():
    eras.page(1943)
    with eras.counterfactual():
        eras.require("GELU", 2016)
        with eras.counterfactual():
            eras.require("GELU", 2016)
        eras.require("GELU", 2016)
    with pytest.raises(eras.Anachronism):
        eras.require("GELU", 2016)


def test_the_guard_returns_when_a_counterfactual_fails():
    eras.page(1943)
    with pytest.raises(ZeroDivisionError), eras.counterfactual():
        raise ZeroDivisionError
    with pytest.raises(eras.Anachronism):
        eras.require("GELU", 2016)


def test_sections_move_forward():
    eras.page(1943)
    eras.section(1958)
    assert eras.now() == 1958
    with pytest.raises(ValueError, match="go back in time: the page already lives in 1958"):
        eras.section(1949)


def test_a_section_needs_a_page():
    with pytest.raises(ValueError, match=r"section\(1958\) comes before page\(\)"):
        eras.section(1958)


@pytest.mark.parametrize("year", ["1943", 1943.0, 43, True, None])
def test_a_year_is_a_whole_number(year):
    with pytest.raises(ValueError, match=re.escape(repr(year))):
        eras.page(year)


# --- The walk -----------------------------------------------------------------------------------------------


def _components() -> dict[str, int]:
    """Return what has a year, as a page would write it: `activations.relu` → 2010."""
    known = activations.ALL | activations.GATED
    years = {f"activations.{name}": phi.trained for name, phi in known.items()}
    return years | {f"initialisation.{name}": init.year for name, init in initialisation.ALL.items()}


def _name(node: ast.AST) -> str:
    """Return `activations.relu` both for the attribute and for `activations.get("relu")`."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    if isinstance(node, ast.Call) and _name(node.func).endswith(".get") and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            return f"{_name(node.func).removesuffix('.get')}.{first.value}"
    return ""


def anachronisms(cells: list[str]) -> list[str]:
    """Return a sentence for each component used on a page before its year and outside `counterfactual()`."""
    years, found, now = _components(), [], None

    def walk(node, cell, lifted):
        nonlocal now
        if isinstance(node, ast.With):
            lifted = lifted or any("counterfactual" in ast.dump(item.context_expr) for item in node.items)
        if isinstance(node, ast.Call) and _name(node.func) in ("eras.page", "eras.section"):
            now = node.args[0].value
        if not lifted and now is not None and years.get(_name(node), 0) > now:
            found.append(
                f"code cell {cell}: {_name(node)} dates from {years[_name(node)]}, but this page lives in {now}"
            )
        for child in ast.iter_child_nodes(node):
            walk(child, cell, lifted)

    for number, source in enumerate(cells, start=1):
        walk(ast.parse(source), number, False)
    return found


@pytest.mark.parametrize("chapter", chapters())
def test_every_chapter_declares_the_year_of_its_title_and_keeps_it(chapter):
    notebook = read_text(chapter)
    title = re.match(r"# (\d{4})", notebook.cells[0].source)
    assert title, f"{chapter}: the title must begin with the year, as in '# 1943 · Threshold'"
    cells = [cell.source for cell in code_cells(notebook)]
    declared = re.findall(r"(?m)^eras\.page\((\d+)\)", "\n".join(cells))
    assert declared == [title[1]], f"{chapter}: expected eras.page({title[1]}) once, found {declared}"
    assert not anachronisms(cells), f"{chapter}: " + "; ".join(anachronisms(cells))


def test_the_walk_sees_an_anachronism():
    page = ["eras.page(1943)", "w = initialisation.he(0, (3, 2))", 'y = activations.get("relu")(w)']
    assert len(anachronisms(page)) == 2
    assert "code cell 2: initialisation.he dates from 2015, but this page lives in 1943" in anachronisms(page)
    page[1:] = ["with eras.counterfactual():\n    w = initialisation.he(0, (3, 2))"]
    assert not anachronisms(page)
    assert not anachronisms(["eras.page(1943)\neras.section(2015)", "initialisation.he(0, (3, 2))"])


def test_the_package_itself_refuses_on_a_page():
    eras.page(1943)
    with pytest.raises(eras.Anachronism, match=r"2015.*1943"):
        initialisation.get("he")(0, (3, 2))
    with pytest.raises(eras.Anachronism, match=r"2010.*1943"):
        activations.relu(1.0)
