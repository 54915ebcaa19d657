"""The explorer of chapter 8: its ring against the chapter's own functions, what it accepts, and the page."""

import json
import re
import xml.etree.ElementTree as ET
from itertools import product
from urllib.parse import unquote

import numpy as np
import pytest
from conftest import accessible, comes_alive, in_notebook, outlined, printed, refuses, settles
from matplotlib.colors import to_rgb
from traitlets import TraitError

from press import browser as chrome
from rectified import explorers, palette, rectifier
from rectified.explorers import ring
from rectified.explorers.ring import PRESETS, SILENT, spell

SVG = "{http://www.w3.org/2000/svg}"
A, B = ring._FIRST, ring._SECOND
LINKED = ("a", "a_at", "b", "b_at", "itself", "near", "inhibit", "start")
ALONE = (
    "Drive: 1 at cell 3 (A); from silence. Cells 2 to 4 are active, a permitted set (largest eigenvalue 0.6, below 1). "
    "Cell 3 answers most, with 2.5: 2.5 times the drive there."
)
KEPT = (
    "Drive: 1 at cell 3 (A), 0.9 at cell 9 (B); from where it was. Cells 8 to 10 are active, a permitted set "
    "(largest eigenvalue 0.6, below 1). Cell 9 answers most, with 2.25: 2.5 times the drive there. Bump B is answered, "
    "and bump A suppressed. The ring remembers: from silence the same drive would select cells 2 to 4."
)


def fragment(**changes):
    state = explorers.Ring(**changes).state()
    return "#ring:" + "&".join(
        f"{name}={state[name]:g}" if name != "start" else f"start={state[name]}" for name in LINKED
    )


def rings(count, seed=2000):
    """Rings by lot: weights that hold, that let go and that lie between; from silence, from a rest, from anywhere."""
    rng = np.random.default_rng(seed)
    steps = lambda most: float(rng.integers(0, 20 * most + 1) / 20)  # noqa: E731
    for k in range(count):
        held = k % 3 < 2
        start = (SILENT, A, B, [round(float(x), 3) for x in rng.uniform(0, 4, 12) * (rng.random(12) < 0.5)])
        yield explorers.Ring(
            steps(2), steps(2) * (k % 5 > 0), a_at=int(rng.integers(12)), b_at=int(rng.integers(12)),
            itself=0.6 if held else steps(1), near=0.5 if held else steps(1),
            inhibit=0.25 if held else steps(1), start=start[k % 4],
        )  # fmt: skip


def numbers(word):
    return np.zeros(12) if word == SILENT else np.array([float(part) for part in word.split("_")])


# ------------------------------------------------------------------------------- the ring


def test_the_settling_is_that_of_the_chapter():
    ends, most = set(), 0.0
    for one in (*rings(240), explorers.Ring(inhibit=0.1)):
        weights = rectifier.ring(itself=one.itself, near=one.near, inhibit=one.inhibit)
        drive = one.a * rectifier.bump(one.a_at) + one.b * rectifier.bump(one.b_at)
        np.testing.assert_allclose(one.weights(), weights, atol=1e-15)
        np.testing.assert_allclose(one.drive(), drive, atol=1e-15)
        course = one.course()
        np.testing.assert_array_equal(course[0], numbers(one.start))
        rest = rectifier.settle(weights, drive, course[0], steps=len(course) - 1)
        np.testing.assert_allclose(one.rest(), rest, rtol=1e-9, atol=1e-9)
        for k in (1, len(course) // 2):
            after = rectifier.settle(weights, drive, course[k - 1], steps=1)
            np.testing.assert_allclose(course[k], after, rtol=1e-12, atol=1e-15)
        if one.active():
            among = np.ix_(one.active(), one.active())
            assert one.eigenvalue() == pytest.approx(np.linalg.eigvalsh(weights[among]).max(), rel=1e-12)
            if one.kind() != "border":
                assert (one.kind() == "permitted") == rectifier.permitted(weights, one.active())
        else:
            assert one.kind() == "none"
        ends.add((one.state_of_rest(), one.kind()))
        if one.state_of_rest() == "rest":
            most = max(most, np.abs(np.maximum(0, weights @ one.rest() + drive) - one.rest()).max())
    assert most < 1e-4  # a rest is a rest
    assert {("rest", "permitted"), ("unbounded", "forbidden"), ("moving", "forbidden")} <= ends


def test_from_anywhere_the_ring_of_the_chapter_comes_to_rest_in_a_permitted_set():
    for one in rings(60, seed=7):
        if one.inhibit == 0.25 and one.itself == 0.6 and one.near == 0.5:
            assert one.state_of_rest() == "rest"
            assert one.kind() in ("permitted", "none")


def test_a_rest_of_equal_bumps_is_a_ridge_and_stays_one():
    """The sums of both bumps are the same to the last bit, so that nothing but the reader decides."""
    one = explorers.Ring(1, 1)
    rest = one.rest()
    np.testing.assert_array_equal(rest[:6], rest[6:])
    assert one.kind() == "forbidden"
    assert one.eigenvalue() == pytest.approx(0.6 + 0.5 * 2**0.5)
    assert one.reading().endswith(
        "Cells 3 and 9 answer most, with 1.11: 1.11 times the drive there. It is balanced on a ridge: the least push "
        "to one side, and it leaves. Both bumps are answered."
    )
    one.move(b=1.05)
    assert one.active() == [8, 9, 10]
    assert one.kind() == "permitted"


def test_the_story_of_the_presets():
    told = {words: explorers.Ring(**values) for words, values in PRESETS.items()}
    first, second, beside, grown, kept, weak = told.values()
    np.testing.assert_allclose(first.rest()[2:5], [1.25, 2.5, 1.25])
    np.testing.assert_array_equal(
        second.rest(), 2 * first.rest()
    )  # analogue: twice the drive, twice the answer
    np.testing.assert_allclose(
        beside.rest(), first.rest(), atol=1e-9
    )  # digital: B might as well not be there
    assert grown.active() == kept.active() == [8, 9, 10]
    assert explorers.Ring(1, 0.9).active() == [2, 3, 4]
    assert weak.state_of_rest() == "unbounded"
    assert (beside.start, grown.start) == (spell(first.rest()), spell(beside.rest())) == (A, A)
    assert kept.start == spell(grown.rest()) == B


def test_going_over_and_back_is_as_on_the_page():
    one, course = explorers.Ring(), {}
    for way in (range(41), range(40, -1, -1)):
        for k in way:
            one.move(b=k / 20)
            course.setdefault(k, []).append(one.rest()[9])
    growing, shrinking = np.array([course[k] for k in range(41)]).T
    both = np.flatnonzero(np.abs(growing - shrinking) > 0.5) / 20
    assert (both.min(), both.max()) == (0.75, 1.4)


def test_a_move_settles_on_from_the_rest_to_three_decimals():
    one = explorers.Ring(1, 0.35, b_at=7, start=A)
    rest = one.rest()
    one.move(a_at=5, near=0.45)
    assert (one.a_at, one.near) == (5, 0.45)
    np.testing.assert_allclose(one.course()[0], rest, atol=5.1e-4)
    one = explorers.Ring(inhibit=0)
    one.move(inhibit=0.25)
    assert one.start == SILENT  # what ran away begins anew
    assert spell(np.zeros(12)) == spell([4e-4] * 12) == SILENT
    assert spell([0.0625, 1.0, 12.5, 1e6, 10.0, *[0] * 7]) == "0.063_1_12.5_1000000_10_0_0_0_0_0_0_0"


# ------------------------------------------------------------------------------- on the side of Python


def test_the_figure_carries_state_picture_and_reading():
    page = explorers.Ring().figure()
    state = json.loads(re.search(r"data-state='([^']*)'", page)[1].replace("&quot;", '"'))
    assert state == {
        "a": 1, "a_at": 3, "b": 0, "b_at": 9, "itself": 0.6, "near": 0.5, "inhibit": 0.25, "start": "silent",
        "presets": PRESETS,
    }  # fmt: skip
    assert "data-explorer='ring'" in page
    assert ALONE in page
    assert "Drive: cell 2 0.5, cell 3 1, cell 4 0.5. Activity: cell 2 1.25, cell 3 2.5, cell 4 1.25." in page
    assert len(page) < 20_000
    assert explorers.Ring().figure() == page


def test_two_runs_give_the_same_bytes_and_load_no_model():
    script = (
        "import sys; from rectified import explorers;"
        "print(explorers.Ring(1, 1.3, b_at=7).figure());"
        "print([m for m in ('torch', 'rectified.training', 'rectified.rectifier') if m in sys.modules])"
    )
    said = printed(script)
    assert said.endswith("\n[]\n")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"a": 0},
        {"a": 2, "b": 2, "b_at": 3},
        {"b": 1.5, "start": A},
        {"b": 1, "a_at": 11, "b_at": 0},
        {"inhibit": 0},
        {"inhibit": 0.1},
    ],
)
def test_the_still_picture_is_svg_of_whole_numbers_within_its_frame(changes):
    one = explorers.Ring(**changes)
    root = ET.fromstring(unquote(re.search(r"src='data:image/svg\+xml,([^']*)'", one.figure())[1]))
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    bars, outlines, grid, silent, lit = [path.get("d") for path in root.iter(f"{SVG}path")]
    for path in (bars, outlines, silent, lit):
        assert re.fullmatch(r"(M\d+ \d+(L\d+ \d+)+z?)*", path)
        points = np.array([[int(x), int(y)] for x, y in re.findall(r"(\d+) (\d+)", path)]).reshape(-1, 2)
        assert ((points > 0) & (points < [800, 400])).all()
    assert re.fullmatch(r"(M\d+ \d+h\d+)+", grid)
    assert bars.count("z") == lit.count("M") == len(one.active())
    assert silent.count("M") == 12 - len(one.active())
    assert outlines.count("z") == np.count_nonzero(one.drive())
    colours = [path.get("fill") for path in root.iter(f"{SVG}path")]
    assert colours[0] == palette.FAMILIES["relu"][0]
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {*map(str, range(12)), "A", "B", "inhibition"} <= set(texts)


def test_traits_can_be_set_and_the_reading_follows():
    one = explorers.Ring()
    assert one.reading() == ALONE
    one.b, one.start = 0.9, B
    assert one.reading() == KEPT
    one.b, one.start = 1.4, A
    assert "Cells 2 to 4 and 9 are active, a permitted set (largest eigenvalue 0.909" in one.reading()
    assert one.reading().endswith(
        "Both bumps are answered. The ring remembers: from silence the same drive would select cells 8 to 10."
    )
    one.b, one.inhibit = 0, 0.05
    assert one.reading() == (
        "Drive: 1 at cell 3 (A); from where it was. Nothing bounds it: cell 3 passed a million after 518 steps, where "
        "we stop. Cells 0 to 6 are active, a forbidden set (largest eigenvalue 1.307, not below 1)."
    )
    one.inhibit = 0.1
    assert "After 2,000 steps it still moves: no stable rest has just these cells active." in one.reading()
    one.a, one.inhibit = 0, 0.25
    assert one.reading() == "No drive; from where it was. No cell is active."
    one.itself, one.near, one.inhibit = 1, 0, 0
    assert one.reading() == (
        "No drive; from where it was. Cells 2 to 4 are active, on the border of what is permitted (largest eigenvalue "
        "1, the border). Cell 3 answers most, with 2.5 and no drive there. The ring remembers: from silence the "
        "same drive would select no cell."
    )
    assert repr(one) == (
        "Ring(0, 0, a_at=3, b_at=9, itself=1, near=0, inhibit=0, start='0_0_1.25_2.5_1.25_0_0_0_0_0_0_0')"
    )


@pytest.mark.parametrize(
    ("cells", "words"),
    [([], "no cell"), ([5], "cell 5"), ([5, 6], "cells 5 and 6"), ([0, 1, 10, 11], "cells 10 to 1"),
     ([0, 11], "cells 11 and 0"), ([2, 3, 4, 9], "cells 2 to 4 and 9"), ([1, 2, 5, 8], "cells 1, 2, 5 and 8"),
     (list(range(12)), "all cells"), (list(range(1, 12)), "cells 1 to 11")],
)  # fmt: skip
def test_cells_are_named_by_their_runs(cells, words):
    assert ring._cells(cells) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (2.5, "2.5"), (0.125, "0.13"), (1.875, "1.88"), (1000, "1000"), (1e4, "10⁴"), (1.5e6, "1.5 · 10⁶"),
     (5e5, "5 · 10⁵"), (0.001, "0"), (-0.25, "−0.25"), (999_999.9999999, "10⁶")],
)  # fmt: skip
def test_numbers_are_short(value, words):
    assert ring._short(value) == words


def test_the_scale_ends_in_steps_that_can_be_read():
    tops = [ring._top(most) for most in (0, 6, 6.1, 15, 16, 31, 61, 1.02e6)]
    assert tops == [6, 6, 15, 15, 30, 60, 150, 1.5e6]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"a": -0.1}, "a is -0.1; expected a number from 0 to 2"),
        ({"b": 2.01}, "b is 2.01"),
        ({"b": float("nan")}, "b is nan"),
        ({"a_at": 12}, "a_at is 12; expected a whole number from 0 to 11"),
        ({"b_at": -1}, "b_at is -1"),
        ({"itself": 1.6}, "itself is 1.6; expected a number from 0 to 1.5"),
        ({"near": 1.1}, "near is 1.1; expected a number from 0 to 1"),
        ({"inhibit": float("inf")}, "inhibit is inf"),
        ({"start": "rest"}, "start is 'rest'; expected silent, or 12 numbers joined by _, from 0 to a million"),
        ({"start": "0_1"}, "start is '0_1'"),
        ({"start": A.replace("2.5", "-1")}, "start is '0_0_1.25_-1"),
        ({"start": A.replace("2.5", "2.5001")}, "start is '0_0_1.25_2.5001"),
        ({"start": A.replace("2.5", "1000001")}, "start is '0_0_1.25_1000001"),
        ({"presets": {"a": {"b": "1"}}}, "preset 'a': b is '1'; expected a number from 0 to 2"),
        ({"presets": {"a": {"a_at": 1.0}}}, "preset 'a': a_at is 1.0; expected a whole number"),
        ({"presets": {"a": {"cells": 9}}}, "preset 'a': 'cells' cannot be set; expected a, a_at, b, b_at, itself"),
    ],
)  # fmt: skip
def test_a_state_that_cannot_be_is_refused_by_name(changes, message):
    one = explorers.Ring()
    (name, value), *_ = changes.items()
    with pytest.raises(TraitError, match=re.escape(message)):
        one.set_trait(name, value)
    with pytest.raises(TraitError, match=re.escape(message)):
        explorers.Ring(**changes)


def test_what_is_handed_out_can_be_changed_without_harm():
    one = explorers.Ring()
    one.course()[:] = 0
    one.rest()[:] = 0
    assert one.reading() == ALONE


# ------------------------------------------------------------------------------- in the browser


@pytest.fixture(scope="module")
def address(explorer_site):
    root = explorer_site({theme: (theme, explorers.Ring().figure()) for theme in ("light", "dark")})
    with chrome.served(root) as address:
        yield address


def reading(tab):
    return tab.locator(".reading").inner_text()


def slider(tab, name):
    return tab.get_by_role("slider", name=name, exact=True)


def test_the_module_computes_what_python_computes(visit):
    grid = [
        explorers.Ring(a / 4, b / 4, a_at=0, b_at=at, start=start)
        for a, b, at, start in product(range(0, 9, 2), (0, 3, 4, 5), (2, 5, 6), (SILENT, A))
    ]
    every = [
        *rings(240),
        *grid,
        *(explorers.Ring(**values) for values in PRESETS.values()),
        explorers.Ring(1, 1),
    ]
    computed = visit().evaluate(
        """async (states) => {
            const { check, compute, reading, spell } = await import("./_static/ring.mjs");
            return states.map((state) => {
                check(state);
                const found = compute(state), { course, fresh, ...others } = found;
                return [others, course.length, course[course.length >> 1], reading(state, found), spell(found.rest)];
            });
        }""",
        [one.state() for one in every],
    )
    assert len(every) == 367
    for one, (found, steps, halfway, words, start) in zip(every, computed, strict=True):
        course = one.course()
        assert steps == len(course)
        assert halfway == course[len(course) // 2].tolist()  # to the last bit
        assert found["rest"] == course[-1].tolist()
        assert found["drive"] == one.drive().tolist()
        assert found["active"] == one.active()
        assert (found["ended"], found["kind"]) == (one.state_of_rest(), one.kind())
        if one.active():
            assert found["top"] == pytest.approx(one.eigenvalue(), rel=1e-12, abs=1e-12)
        assert words == one.reading()
        assert start == spell(course[-1])


def test_the_sliders_go_by_the_keys_and_the_ring_remembers(visit):
    tab, python = visit(), explorers.Ring()
    b, inhibition = slider(tab, "strength of bump B"), slider(tab, "inhibition")
    for key, value in [("End", 2), ("ArrowLeft", 1.95), ("Home", 0), ("ArrowRight", 0.05), ("ArrowUp", 0.1)]:
        b.press(key)
        python.move(b=value)
        assert reading(tab) == python.reading(), key
        assert b.get_attribute("aria-valuetext") == ring._short(value)
    for _ in range(26):
        b.press("ArrowRight")
        python.move(b=round(20 * python.b + 1) / 20)
    assert (python.b, python.active()) == (1.4, [2, 3, 4, 9])
    assert reading(tab) == python.reading()
    for _ in range(10):
        b.press("ArrowRight")
    for _ in range(20):
        b.press("ArrowLeft")
    for k in (*range(29, 39), *range(37, 17, -1)):
        python.move(b=k / 20)
    assert python.active() == [8, 9, 10]
    assert reading(tab) == python.reading()
    assert "The ring remembers" in reading(tab)
    inhibition.press("Home")
    python.move(inhibit=0.0)
    assert reading(tab) == python.reading()
    assert "Nothing bounds it" in reading(tab)
    inhibition.press("ArrowRight")
    python.move(inhibit=0.05)
    assert python.start == SILENT
    assert reading(tab) == python.reading()


def test_the_bumps_move_by_the_keys_round_the_ring(visit):
    tab, python = visit(), explorers.Ring()
    for name, trait in (("A", "a_at"), ("B", "b_at")):
        bump = slider(tab, f"place of bump {name}")
        for key, cell in [("ArrowRight", 1), ("ArrowUp", 1), ("PageUp", 3), ("ArrowLeft", -1), ("PageDown", -3),
                          ("End", None), ("ArrowRight", 1), ("ArrowDown", -1), ("Home", None)]:  # fmt: skip
            bump.press(key)
            place = {"End": 11, "Home": 0}[key] if cell is None else (getattr(python, trait) + cell) % 12
            python.move(**{trait: place})
            assert bump.get_attribute("aria-valuenow") == str(place), key
            assert (
                bump.get_attribute("aria-valuetext")
                == f"cell {place}, strength {ring._short(python.a if name == 'A' else 0)}"
            )
            assert reading(tab) == python.reading(), key
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "place of bump B"


def test_a_bump_can_be_dragged_and_carries_the_activity_along(visit):
    tab, python = visit(), explorers.Ring()
    box = tab.locator(".round").bounding_box()
    at = lambda cell: (  # noqa: E731
        box["x"] + box["width"] / 2 + 0.44 * box["width"] * np.sin(cell * np.pi / 6),
        box["y"] + box["height"] / 2 - 0.44 * box["height"] * np.cos(cell * np.pi / 6),
    )
    tab.mouse.move(*at(3))
    tab.mouse.down()
    for cell in (4, 5, 6, 7):
        tab.mouse.move(*at(cell))
        python.move(a_at=cell)
        assert reading(tab) == python.reading()
    tab.mouse.up()
    tab.mouse.move(*at(10))
    assert reading(tab) == python.reading()
    assert python.active() == [6, 7, 8]
    settles(tab, fragment(a_at=7, start=python.start))


def test_every_control_answers_and_the_address_follows(visit):
    tab = visit()
    for words, values in PRESETS.items():
        tab.get_by_role("button", name=words, exact=True).press("Enter")
        assert reading(tab) == explorers.Ring(**values).reading()
    tab.get_by_role("button", name="and back to 0.9").press("Enter")
    assert reading(tab) == KEPT
    settles(tab, fragment(b=0.9, start=B))
    tab.reload()
    comes_alive(tab)
    assert reading(tab) == KEPT
    tab.get_by_role("button", name="From silence").press("Space")
    assert reading(tab) == explorers.Ring(1, 0.9).reading()
    slider(tab, "itself").press("ArrowRight")
    slider(tab, "near").press("ArrowLeft")
    python = explorers.Ring(1, 0.9)
    python.move(itself=0.65)
    python.move(near=0.45)
    assert reading(tab) == python.reading()
    tab.get_by_role("button", name="Reset").press("Space")
    assert reading(tab) == ALONE
    settles(tab, "")


@pytest.mark.parametrize(
    "changes", [{"b": 1.5, "start": A}, {"inhibit": 0.05, "b": 0.3}, {"a": 2, "b": 2, "b_at": 3}]
)
def test_the_pictures_show_the_numbers(visit, changes):
    tab, one = visit("light.html" + fragment(**changes)), explorers.Ring(**changes)
    course, span = one.course(), ring._span(one._course(one.start))
    top = ring._top(max(course.max(), one.drive().max()))
    ends = [
        tab.locator(f".round {name}").get_attribute("d").removesuffix("z").split("z")
        for name in (".bars", ".drive")
    ]
    for paths, values in zip(ends, (one.rest(), one.drive()), strict=True):
        lengths = []
        for path in paths:
            corners = np.array([pair.split() for pair in path.removeprefix("M").split("L")], float)
            lengths.append(np.linalg.norm(corners[1] - corners[0]))
        np.testing.assert_allclose(lengths, 81 * values[values > 1e-9] / top, atol=0.02)
    drawn = tab.locator(".settling .lit").get_attribute("d").removeprefix("M").split("M")
    places = [min(span * k // 100, len(course) - 1) for k in range(101)]
    for line, cell in zip(drawn, one.active(), strict=True):
        heights = [1 - float(point.split()[1]) for point in line.split("L")]
        np.testing.assert_allclose(heights, course[places, cell] / top, atol=1e-4)
    third = [ring._tick(top * k / 3) for k in (1, 2, 3)]
    assert tab.locator(".scale span").all_text_contents() == ["0", *third]
    assert tab.locator(".round .tick").all_text_contents() == third
    words = [words for _, words in ring._ends(one._bumps(), one.rest(), top)]
    assert tab.locator(".ends span").all_text_contents() == words
    assert tab.get_by_text(f"{ring._short(span / 10)} time constants").is_visible()
    driven = ", ".join(f"cell {k} {ring._short(each)}" for k, each in enumerate(one.drive()) if each)
    assert tab.get_by_role("group", name=f"Ring of 12 cells. Drive: {driven}. Activity: cell").is_visible()
    assert tab.get_by_role("img", name="The settling over ").is_visible()
    tab.locator("summary").press("Enter")
    tab.locator("tbody tr").last.wait_for()
    rows = [row.inner_text().split("\t") for row in tab.locator("figure tr").all()]
    assert rows[0] == ["Cell", "Drive", "Start", "End"]
    listed = zip(one.drive(), course[0], one.rest(), strict=True)
    assert rows[1:] == [[str(k), *map(ring._short, each)] for k, each in enumerate(listed)]


def test_the_answer_comes_in_the_same_turn_and_soon(visit):
    answers, times = visit().evaluate("""() => {
        const said = () => document.querySelector(".reading").textContent.split(";")[0], answers = [said()], times = [];
        const b = document.querySelectorAll("[type=range]")[1];
        for (let k = 0; k < 40; k++) {
            const start = performance.now();
            b.value = k;
            b.dispatchEvent(new Event("input"));
            document.querySelector("figure").getBoundingClientRect();
            times.push(performance.now() - start);
            if (k === 20) answers.push(said());
        }
        return [answers, times];
    }""")
    assert answers == ["Drive: 1 at cell 3 (A)", "Drive: 1 at cell 3 (A), 1 at cell 9 (B)"]
    print(f"\nan answer takes {np.median(times):.1f} ms")


BROKEN = {
    "a=3": "a is “3”; expected a number from 0 to 2",
    "a=": "a is “”",
    "b=x": "b is “NaN”; expected a number from 0 to 2",
    "a_at=12": "a_at is “12”; expected a whole number from 0 to 11",
    "b_at=1.5": "b_at is “1.5”",
    "itself=-1": "itself is “-1”; expected a number from 0 to 1.5",
    "near=Infinity": "near is “Infinity”",
    "inhibit=2": "inhibit is “2”; expected a number from 0 to 1",
    "start=%3Cb%3E": "start is “<b>”; expected silent, or 12 numbers joined by _, from 0 to a million",
    "start=0_0": "start is “0_0”",
    "start=" + A.replace("2.5", "1e3"): "start is “0_0_1.25_1e3",
    "start=" + A.replace("2.5", "1000001"): "start is “0_0_1.25_1000001",
    "presets=1": "“presets” is none of a, a_at, b, b_at, itself, near, inhibit, start",
}


def test_a_broken_address_is_ignored_whole_and_said_in_plain_words(visit):
    tab = visit()
    refuses(tab, "ring", BROKEN)
    assert reading(tab) == ALONE


def test_without_scripts_the_picture_stands(visit):
    tab = visit(live=False, java_script_enabled=False)
    assert tab.get_by_role("img", name="A ring of 12 cells with a bar").bounding_box()["width"] > 300
    assert tab.get_by_text(ALONE).is_visible()


@pytest.mark.parametrize("page", ["dark.html", "light.html" + fragment(b=0.3, b_at=3, inhibit=0.05)])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_it_is_accessible_and_fits(visit, page, width):
    tab = visit(page, viewport={"width": width, "height": 1100})
    tab.locator("summary").click()
    accessible(tab, width, "button, input, summary, [role=slider]")


@pytest.mark.parametrize(
    "changes", [{"b": 1.5, "start": A}, {"b": 0.3, "b_at": 3, "inhibit": 0.05}, {"a_at": 0, "b_at": 1}]
)
@pytest.mark.parametrize("width", [1280, 320])
def test_words_in_the_pictures_do_not_meet(visit, changes, width):
    tab = visit("light.html" + fragment(**changes), viewport={"width": width, "height": 900})
    boxes = [each.bounding_box() for each in tab.locator(".settling span, .round :is(text, .bump)").all()]
    figure = tab.locator("figure").bounding_box()
    within = lambda one, other: all(  # noqa: E731
        abs(one[x] + one[w] / 2 - other[x] - other[w] / 2) < (one[w] + other[w]) / 2 - 1
        for x, w in (("x", "width"), ("y", "height"))
    )
    letters = tab.locator(".round .bump text").count()
    assert letters == 2
    for one in boxes:
        assert one["x"] >= figure["x"]
        assert one["x"] + one["width"] <= figure["x"] + figure["width"]
    assert sum(within(one, other) for k, one in enumerate(boxes) for other in boxes[:k]) == letters


def test_the_colours_are_those_of_the_book_and_the_paper_stays_pale(visit):
    tab = visit("dark.html")
    colour = "(e, name) => getComputedStyle(e)[name].match(/[0-9]+/g).slice(0, 3).map((part) => part / 255)"
    for mark, name in ((".round .bars", "fill"), (".settling .lit", "stroke")):
        drawn = tab.locator(mark).evaluate(f"e => ({colour})(e, '{name}')")
        assert tuple(drawn) == pytest.approx(to_rgb(palette.FAMILIES["relu"][0]), abs=0.003)
    paper = tab.locator("figure").evaluate(f"e => ({colour})(e, 'backgroundColor')")
    assert palette.contrast(tuple(paper), palette.PAPER) < 1.05


def test_focus_is_visible(visit):
    tab = visit()
    for control in (
        slider(tab, "strength of bump A"),
        slider(tab, "place of bump A"),
        slider(tab, "inhibition"),
        tab.get_by_role("button", name="From silence"),
        tab.locator("summary"),
    ):
        outlined(tab, control)


def test_print_shows_the_state_and_no_controls(visit):
    tab = visit()
    tab.emulate_media(media="print")
    assert tab.locator(".round").is_visible()
    assert tab.locator(".reading").is_visible()
    assert tab.get_by_role("button", name="Reset").is_hidden()
    assert slider(tab, "inhibition").is_hidden()


def test_a_notebook_can_show_it_and_take_it_away(visit):
    tab = visit()
    in_notebook(tab, "ring", explorers.Ring().state())
    said = tab.evaluate("""() => {
        const reading = () => el.querySelector(".reading").textContent.split(";")[0];
        const said = [reading()];
        model.set("b", 0.5); // from Python
        said.push(reading());
        press("B grown to 1.5");
        said.push(reading(), model.saved.b, model.saved.start);
        const b = el.querySelectorAll("[type=range]")[1];
        b.value = 18;
        b.dispatchEvent(new Event("input"));
        said.push(model.saved.b, model.saved.start);
        close();
        said.push(heard.size);
        el.remove();
        return said;
    }""")
    assert said == [
        "Drive: 1 at cell 3 (A)",
        "Drive: 1 at cell 3 (A), 0.5 at cell 9 (B)",
        "Drive: 1 at cell 3 (A), 1.5 at cell 9 (B)",
        1.5,
        A,
        0.9,
        B,
        0,
    ]
