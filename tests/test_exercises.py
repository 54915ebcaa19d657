"""Every starter is told "not yet", and every folded solution passes its check."""

import ast
import contextlib
import io
import re
import traceback

import numpy as np
import pytest

from press import chapters
from press.pages import code_cells, read_text
from rectified import eras
from rectified.exercises import Verdict
from rectified.exercises import threshold as check
from rectified.threshold import wire


def exercises(chapter: str) -> list[tuple[str, str, str, str]]:
    """Return (name, starter, solution, where they stand) for each exercise of a chapter, in order."""
    notebook, found, number = read_text(chapter), [], 0
    for place, cell in enumerate(notebook.cells):
        number += cell.cell_type == "code"
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("exercise:"):
                folded = notebook.cells[place + 1].source
                solution = re.search(r"(?s)<details>.*?```python\n(.*?)```.*?</details>", folded)
                assert solution, f"{chapter}, exercise {tag}: no folded solution follows the starter cell"
                where = f"{chapter}, code cell {number}"
                found.append((tag.removeprefix("exercise:"), cell.source, solution[1], where))
    return found


def last_value(source: str, names: dict, where: str) -> object:
    """Run a cell as a notebook does and return the value of its last line; a traceback says `where`."""
    tree = ast.parse(source, where)
    assert isinstance(tree.body[-1], ast.Expr), f"{where}: the last line must call the check"
    last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, where, "exec"), names)
    return eval(compile(last, where, "eval"), names)


@pytest.fixture(scope="module", params=chapters())
def run_chapter(request):
    """A chapter's name, and the names that stand after its cells have run, exercises left out."""
    names = {"__name__": "__main__", "get_ipython": lambda: None}
    with eras.timeless(), contextlib.redirect_stdout(io.StringIO()):
        for number, cell in enumerate(code_cells(read_text(request.param)), start=1):
            if not any(tag.startswith("exercise:") for tag in cell.metadata.get("tags", [])):
                exec(compile(cell.source, f"{request.param}, code cell {number}", "exec"), names)
        yield request.param, names


def test_every_starter_is_told_not_yet_and_every_solution_passes(run_chapter):
    chapter, names = run_chapter
    found = exercises(chapter)
    assert 3 <= len(found) <= 5, f"{chapter} has {len(found)} exercises; expected three to five"
    for name, starter, solution, where in found:
        verdict = last_value(starter, dict(names), where)
        assert isinstance(verdict, Verdict), (
            f"{chapter}, exercise {name}: the starter ends in {verdict!r}, not in a check"
        )
        assert not verdict.passed, f"{chapter}, exercise {name}: the starter already passes"
        assert repr(verdict).startswith("Not yet: ")
        verdict = last_value(solution, dict(names), f"{where}, solution")
        assert isinstance(verdict, Verdict), f"{chapter}, exercise {name}: the solution ends in {verdict!r}"
        assert verdict.passed, f"{chapter}, exercise {name}: the folded solution says {verdict}"


def test_a_traceback_says_which_cell_failed():
    with pytest.raises(ZeroDivisionError) as failed:
        last_value("fives = 5\nfives / 0", {}, "01-threshold, code cell 7")
    last = traceback.extract_tb(failed.tb)[-1]
    assert (last.filename, last.lineno) == ("01-threshold, code cell 7", 2)
    with pytest.raises(SyntaxError, match="01-threshold, code cell 7"):
        last_value("1 +", {}, "01-threshold, code cell 7")


@pytest.mark.parametrize(
    "answer", [None, 3, "N1", [], wire("A B", C="A B"), wire("N1 N2", N4="N1 N2"), wire("set reset", N="set")]
)
@pytest.mark.parametrize("name", ["exclusive", "brief", "odd"])
def test_a_check_never_crashes_on_a_wrong_answer(name, answer):
    verdict = getattr(check, name)(answer)
    assert not verdict.passed
    assert len(verdict.says) > 20


@pytest.mark.parametrize("answer", [None, 3, "35", ["a"], [2.5], [True], [3, 5]])
def test_a_prediction_is_checked_kindly(answer):
    assert not check.illusion(answer, [6]).passed
    assert not check.illusion([3, 5, 8], answer).passed


@pytest.mark.parametrize(
    ("heat", "cold", "says"),
    [
        ([], [], "write the ticks at which you expect heat and cold"),
        ([2, 4, 7], [6], "all your ticks for heat are one too early"),
        ([4, 6, 9], [6], "all your ticks for heat are one too late"),
        ([3, 3, 3], [6], "heat: 1 tick found of 3, and no ticks at which it is not felt"),
        ([3, 5, 8, 9], [6], "heat: 3 ticks found of 3, and 1 tick at which it is not felt"),
        ([0, 0, 0, 1, 0, 1, 0, 0, 1], [6], "heat looks like a train of pulses"),
        ([3, 5, 8], [], "cold: no ticks found of 1"),
    ],
)
def test_a_wrong_prediction_is_told_how_it_is_wrong(heat, cold, says):
    assert says in check.illusion(heat, cold).says


def test_a_prediction_may_be_an_array_and_repeat_itself():
    assert check.illusion(np.array([3.0, 5.0, 8.0]), [6, 6]).passed


def test_the_right_net_at_the_wrong_tick_is_told_so():
    late = wire("N1 N2", a="N1 N1 | N2", b="N2 N2 | N1", c="a a b b", N3="c c")
    assert "N3 says the right thing one tick too late" in check.exclusive(late).says


def test_other_repairs_of_the_flash_pass_too():
    repaired = wire("N1 N2", a="N2 N2", c="a a", b="a a | N2 c", N3="N1 N1 b b", N4="a N2")
    assert check.brief(repaired).passed
    assert not check.brief(wire("N1 N2", a="N2 N2", b="a a | N2", N3="N1 N1 b b | N4", N4="a N2")).passed


def test_a_wrong_net_is_shown_its_shortest_failure():
    verdict = check.exclusive(wire("N1 N2", a="N1 N1 N2 N2", N3="a a"))
    assert "should be silent but fires" in verdict.says
    assert "N1 = 100000, N2 = 100000 (the first digit is tick 0)" in verdict.says
