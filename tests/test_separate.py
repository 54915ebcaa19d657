"""The explorer of chapter 2: what a notebook stores, what it accepts, and that the page counts as Python counts."""

import json
import re
import xml.etree.ElementTree as ET
from urllib.parse import unquote

import numpy as np
import pytest
from conftest import accessible, comes_alive, in_notebook, refuses, settles
from traitlets import TraitError

from press import browser as chrome
from rectified import explorers, perceptron

GROUPS = "x5.5_x2.-3_o-4.1"
XOR = "o-5.-5_x-5.5_x5.-5_o5.5"
LATE = "x10.9_o9.8_x7.6"  # mistake 26 is like mistake 20
NARROW = "x10.10_o9.9_x9.8"  # a line separates, but after more than a thousand mistakes
PRESETS = {"exclusive or": {"points": XOR}, "all at once": {"points": GROUPS, "step": 1000}}


def separate(points=GROUPS, **traits):
    return explorers.Separate(points, **({"presets": PRESETS} | traits))


def draws(count):
    """Points and labels drawn by lot, from one point to twelve; some twice in one place."""
    for seed in range(count):
        rng = np.random.default_rng([1958, seed])
        many, reach = int(rng.integers(1, 13)), int(rng.choice([2, 10]))
        yield rng.integers(-reach, reach + 1, (many, 2)) / 10, rng.choice([-1, 1], many)


def by_the_package(points, labels, most):
    """The point and the weights, in tenths, at each of the first mistakes, by the rule of the chapter."""
    inputs = np.column_stack([np.rint(10 * points), np.full(len(points), 10)])
    weights, path, since = np.zeros(3), [], 0
    while len(path) < most and since < len(inputs):
        for i in range(len(inputs)):
            weights, mistake = perceptron.correct(weights, inputs[[i]], labels[[i]])
            since = 0 if mistake else since + 1
            if mistake:
                path.append([i, weights.tolist()])
    return path[:most]


# ------------------------------------------------------------------------------- on the side of Python


def test_the_figure_carries_state_picture_and_reading():
    page = separate(step=1).figure()
    state = json.loads(re.search(r"data-state='([^']*)'", page)[1].replace("&quot;", '"'))
    assert state == {"points": GROUPS, "step": 1, "presets": PRESETS}
    assert "data-explorer='separate'" in page
    assert (
        "3 points: point 1, filled, at 0.5 and 0.5; point 2, filled, at 0.2 and −0.3; point 3, open" in page
    )
    assert "Mistake 1 of 2. The machine was wrong about point 1, filled, at 0.5 and 0.5." in page
    assert separate(step=1).figure() == page


def test_the_still_picture_is_svg_of_whole_numbers():
    for step in (0, 1, 2):
        source = re.search(r"src='data:image/svg\+xml,([^']*)'", separate(step=step).figure())[1]
        picture = unquote(source)
        assert re.findall(r"\d\.\d", picture) == []
        tags = [each.tag.split("}")[1] for each in ET.fromstring(picture).iter()]
        assert tags.count("circle") == 3
        assert tags.count("polygon") == (step > 0)
        assert re.findall(r"r='(\d+)' fill='(none)?", picture) == [("5", ""), ("5", ""), ("9", "none")]


def test_points_as_numbers_and_as_a_word_are_the_same():
    assert explorers.Separate([[0.5, 0.5], [0.2, -0.3], [-0.4, 0.1]], [1, 1, -1]).points == GROUPS
    assert repr(separate(step=2)) == "Separate('x5.5_x2.-3_o-4.1', step=2)"


def test_traits_can_be_set_and_the_reading_follows():
    one = separate()
    assert one.reading() == (
        "No mistake yet, of 2 to come. All weights are 0: the machine says nothing, and that counts as wrong. "
        "A line exists, so there are at most 12 mistakes."
    )
    one.step = 2
    assert one.reading().endswith(
        "Weights 0.9, 0.4, and 0.0 for the constant: 0 of 3 wrong. A line exists, so there are at most 12 mistakes."
    )
    one.points, one.step = "x0.0", 0
    assert one.reading().startswith("No mistake yet, of 1 to come.")
    assert one.reading().endswith("A line exists, so there is at most 1 mistake.")


def test_a_cycle_is_named_once_it_has_closed():
    one = separate(XOR)
    assert one.lesson()["returns"] == [0, 4]
    assert one.reading() == (
        "No mistake yet. All weights are 0: the machine says nothing, and that counts as wrong. "
        "No line separates these points."
    )
    one.step = 3
    assert one.reading().endswith("No line separates these points.")
    one.step = 1000
    closed = "No line separates these points: after mistake {} all is as it was {}."
    assert one.reading().endswith(closed.format(4, "at the start"))
    one.points = "x0.0_o0.0"
    assert one.reading().endswith(closed.format(2, "at the start"))
    one.points = LATE
    first, again = one.lesson()["returns"]
    assert 0 < first < again
    assert one.reading().endswith(closed.format(again, f"after mistake {first}"))


def test_it_says_that_it_stops_at_a_thousand_mistakes():
    assert len(separate(NARROW).lesson()["path"]) == 1000
    assert (
        separate(NARROW)
        .reading()
        .endswith("at most 7,083 mistakes. Only the first 1,000 mistakes are followed here.")
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": ""}, "points holds ''; expected words such as x3.-4"),
        ({"points": "x1.2_y3.4"}, "points holds 'y3.4'"),
        ({"points": "x11.0"}, "points holds 'x11.0'"),
        ({"points": "_".join(["x1.1"] * 13)}, "points has 13 points; expected at most 12"),
        ({"step": -1}, "step is -1; expected a whole number from 0 to 1000"),
        ({"step": 1001}, "step is 1001"),
        ({"presets": {"a": {"points": "z"}}}, "preset 'a': points holds 'z'"),
        ({"presets": {"a": {"speed": 1}}}, "preset 'a': 'speed' cannot be set; expected points or step"),
    ],
)
def test_a_state_that_cannot_be_is_refused_by_name(changes, message):
    one = separate()
    (name, value), *_ = changes.items()
    with pytest.raises(TraitError, match=re.escape(message)):
        one.set_trait(name, value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([[0.5, 0.5]], None), "labels is None; expected +1 or -1 for each of 1 points"),
        (([[0.5, 0.5]], [2]), "labels is [2]"),
        (([[0.5, 0.5]], 1), "labels is 1; expected +1 or -1 for each of 1 points"),
        (([[0.5, 0.5]], [None]), "labels is [None]"),
        (([0.5, 0.5], [1, 1]), "points has shape (2,); expected (points, 2)"),
        (([[0.5, 0.5], [0.5]], [1, 1]), "points is [[0.5, 0.5], [0.5]]; expected whole tenths, (points, 2)"),
        (([[np.inf, 0.5]], [1]), "points is [[inf, 0.5]]; expected whole tenths"),
        (([[np.nan, 0.5]], [1]), "points is [[nan, 0.5]]; expected whole tenths"),
        ((5, [1]), "points has shape (); expected (points, 2)"),
        (([[0.55, 0.5]], [1]), "expected whole tenths"),
        ((GROUPS, [1, 1, -1]), "points given as a word carry their own"),
    ],
)
def test_points_that_do_not_fit_are_refused(given, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        explorers.Separate(*given)


def test_the_lesson_is_that_of_the_chapter():
    ended = 0
    for points, labels in draws(100):
        one = explorers.Separate(points, labels)
        lesson, inputs = one.lesson(), np.column_stack([points, np.ones(len(points))])
        path = lesson["path"][:60]
        assert by_the_package(points, labels, most=len(path)) == path
        gap = perceptron.margin(inputs, labels)
        assert (lesson["bound"] is not None) == (gap > 0)
        assert (lesson["returns"] is None) == (lesson["learned"] or len(lesson["path"]) == 1000)
        if gap:
            bound = (np.linalg.norm(inputs, axis=1).max() / gap) ** 2
            assert lesson["bound"] == pytest.approx(bound, rel=1e-6, abs=1)
            assert len(lesson["path"]) <= lesson["bound"]
        ended += lesson["learned"]
    assert 20 < ended < 80


# ------------------------------------------------------------------------------- in the browser


@pytest.fixture(scope="module")
def address(explorer_site):
    root = explorer_site({theme: (theme, separate().figure()) for theme in ("light", "dark")})
    with chrome.served(root) as address:
        yield address


def reading(tab):
    return tab.locator(".reading").inner_text()


def test_the_module_computes_what_python_computes(visit):
    states, lessons, readings = [], [], []
    drawn = [explorers.Separate(*each, step=(3 * k) % 40) for k, each in enumerate(draws(120))]
    known = (GROUPS, XOR, LATE, NARROW, "x0.0")
    for one in drawn + [separate(points, step=step) for points in known for step in (0, 1, 3, 4, 1000)]:
        states.append({"points": one.points, "step": one.step})
        lessons.append(one.lesson())
        readings.append(one.reading())
    computed = visit().evaluate(
        """async (states) => {
            const { check, compute, reading } = await import("./_static/separate.mjs");
            return states.map((state) => [check(state), compute(state), reading(state)]);
        }""",
        states,
    )
    assert [lesson for _, lesson, _ in computed] == lessons
    assert [words for *_, words in computed] == readings
    assert len(set(readings)) > 100


def test_every_control_answers_to_the_keyboard(visit):
    tab = visit()
    press = lambda name, key="Enter": tab.get_by_role("button", name=name, exact=True).press(key)  # noqa: E731
    press("Forward")
    assert reading(tab).startswith(
        "Mistake 1 of 2. The machine was wrong about point 1, filled, at 0.5 and 0.5."
    )
    press("Forward")
    assert "Mistake 2 of 2" in reading(tab)
    assert "0 of 3 wrong" in reading(tab)
    forward, back = (tab.get_by_role("button", name=name, exact=True) for name in ("Forward", "Back"))
    slider = tab.get_by_role("slider", name="mistake")
    focused = "slider => document.activeElement === slider"
    assert forward.is_disabled()  # there is no mistake after the last
    assert slider.evaluate(focused)
    assert slider.get_attribute("aria-valuetext") == "2 of 2"
    press("Back", "Space")
    assert "Mistake 1 of 2" in reading(tab)
    assert forward.is_enabled()
    assert back.evaluate(focused)
    press("Back", "Space")
    assert back.is_disabled()
    assert slider.evaluate(focused)
    slider.press("End")
    assert "Mistake 2 of 2" in reading(tab)
    slider.press("Home")
    assert "No mistake yet, of 2 to come." in reading(tab)
    assert slider.get_attribute("aria-valuetext") == "none yet"
    press("exclusive or")
    assert reading(tab) == separate(XOR).reading()
    slider.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "1 of 4 followed"
    press("Reset")
    assert reading(tab) == separate().reading()


def test_a_point_is_moved_turned_and_removed_by_keys(visit):
    tab = visit()
    tab.locator("a").focus()
    tab.keyboard.press("Tab")
    label = "document.activeElement.getAttribute('aria-label')"
    assert tab.evaluate(label) == "point 1, filled, at 0.5 and 0.5, wrong"
    for key, place in [("ArrowRight", "0.6 and 0.5"), ("ArrowUp", "0.6 and 0.6"), ("ArrowLeft", "0.5 and 0.6"),
                       ("Shift+ArrowDown", "0.5 and 0.1"), ("Shift+ArrowRight", "1.0 and 0.1"),
                       ("ArrowRight", "1.0 and 0.1")]:  # fmt: skip
        tab.keyboard.press(key)
        assert tab.evaluate(label) == f"point 1, filled, at {place}, wrong"
    tab.keyboard.press("Space")
    assert tab.evaluate(label) == "point 1, open, at 1.0 and 0.1, wrong"
    tab.keyboard.press("Tab")
    assert tab.evaluate(label).startswith("point 2, filled")
    tab.keyboard.press("Delete")
    assert tab.evaluate(label).startswith("point 2, open, at −0.4 and 0.1")
    settles(tab, "#separate:points=o10.1_o-4.1&step=0")
    tab.keyboard.press("Delete")
    tab.keyboard.press("Delete")  # the last point stays
    assert tab.locator(".point").count() == 1


def test_points_are_added_apart_up_to_twelve(visit):
    tab = visit()
    for name in ["Add filled", "Add open"] * 4 + ["Add filled"]:
        tab.get_by_role("button", name=name).click()
        assert "point" in tab.evaluate("document.activeElement.getAttribute('aria-label')")
    assert tab.locator(".point").count() == 12
    assert tab.get_by_role("button", name="Add open").is_disabled()
    assert (
        len(
            set(
                tab.evaluate(
                    "[...document.querySelectorAll('.point')].map((p) => p.getAttribute('transform'))"
                )
            )
        )
        == 12
    )
    tab.get_by_role("button", name="Switch point 12").click()
    assert tab.locator(".point").last.get_attribute("aria-label").startswith("point 12, open")
    tab.get_by_role("button", name="Remove point 12").click()
    assert tab.locator(".point").count() == 11


@pytest.mark.parametrize("touch", [False, True])
def test_a_point_follows_the_pointer(visit, touch):
    tab = visit(
        has_touch=touch, viewport={"width": 420, "height": 1200} if touch else {"width": 1280, "height": 1100}
    )
    box = tab.locator(".plane").bounding_box()
    spot = lambda x, y: (box["x"] + box["width"] * (x + 11) / 22, box["y"] + box["height"] * (11 - y) / 22)  # noqa: E731
    if touch:
        (x0, y0), (x1, y1) = spot(5, 5), spot(-8, -3)
        session = tab.context.new_cdp_session(tab)
        for kind, at in [("touchStart", [(x0, y0)]), ("touchMove", [(x1, y1)]), ("touchEnd", [])]:
            points = [{"x": x, "y": y} for x, y in at]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    else:
        tab.mouse.move(*spot(5, 5))
        tab.mouse.down()
        tab.mouse.move(*spot(0, 0))
        tab.mouse.move(*spot(-8, -3))
        tab.mouse.up()
        tab.mouse.move(*spot(9, 9))
    settles(tab, "#separate:points=x-8.-3_x2.-3_o-4.1&step=0")
    assert (
        tab.locator(".point")
        .first.get_attribute("aria-label")
        .startswith("point 1, filled, at −0.8 and −0.3")
    )


def test_running_goes_to_the_last_mistake_and_stops(visit):
    tab = visit()
    tab.clock.install(time=0)
    tab.clock.pause_at(1000)  # so that no time passes but what the test lets pass
    tab.get_by_role("button", name="Run").press("Enter")
    assert tab.get_by_role("button", name="Pause").is_visible()
    tab.clock.run_for(750)
    assert "Mistake 1 of 2" in reading(tab)
    tab.clock.run_for(10_000)
    assert "Mistake 2 of 2" in reading(tab)
    assert tab.get_by_role("button", name="Run").is_visible()


def test_running_through_a_thousand_mistakes_takes_fifteen_seconds(visit):
    tab = visit(f"light.html#separate:points={NARROW}&step=0")
    tab.clock.install(time=0)
    tab.clock.pause_at(1000)
    tab.get_by_role("button", name="Run").press("Enter")
    tab.clock.run_for(7000)
    assert 300 < int(re.match(r"Mistake (\d+)\.", reading(tab))[1]) < 600
    tab.clock.run_for(8500)
    assert "Mistake 1000." in reading(tab)
    assert tab.get_by_role("button", name="Run").is_visible()


def test_both_classes_show_in_one_place(visit):
    tab = visit("light.html#separate:points=x1.1_o1.1_x1.1&step=0")
    filled, opened, _ = tab.evaluate("""() => [...document.querySelectorAll(".dot")].map((dot) => {
        const { fill, strokeWidth } = getComputedStyle(dot);
        return [fill, dot.r.baseVal.value, parseFloat(strokeWidth)];
    })""")
    assert opened[0] == "none" != filled[0]
    assert filled[1] + filled[2] / 2 < opened[1] - opened[2] / 2


def test_a_finger_scrolls_the_page_beside_the_points_and_has_tall_buttons(visit):
    tab = visit(has_touch=True, viewport={"width": 390, "height": 600})
    action = "node => getComputedStyle(node).touchAction"
    assert tab.locator(".plane").evaluate(action) == "pan-y"
    assert tab.locator(".point").first.evaluate(action) == "none"
    short = tab.evaluate("""() => [...document.querySelectorAll(".controls :is(button, input)")].filter((e) =>
        e.getBoundingClientRect().height < 2.6 * parseFloat(getComputedStyle(e).fontSize) - 0.5).length""")
    assert short == 0


def test_the_line_lies_where_the_sum_is_zero(visit):
    tab = visit("light.html#separate:step=2")
    line = tab.locator(".line").get_attribute("d")
    x1, y1, x2, y2 = (float(part) for part in re.findall(r"-?[\d.]+(?:e-?\d+)?", line))
    for x, y in ((x1, -y1), (x2, -y2)):
        assert abs(0.9 * x + 0.4 * y) < 1e-9
    classes = tab.evaluate("[...document.querySelectorAll('.point')].map((p) => p.className.baseVal)")
    assert classes == ["point filled chosen", "point filled", "point at"]


def test_the_state_is_in_the_address_and_comes_back(visit):
    tab = visit()
    tab.get_by_role("button", name="exclusive or").click()
    tab.get_by_role("button", name="Forward").click()
    settles(tab, f"#separate:points={XOR}&step=1")
    said = reading(tab)
    tab.reload()
    comes_alive(tab)
    assert reading(tab) == said
    tab.get_by_role("button", name="Reset").click()
    settles(tab, "")


BROKEN = {
    "points=": "points holds “”; expected words such as x3.-4",
    "points=x1.2_%3Cb%3E": "points holds “<b>”",
    "points=x99.0": "points holds “x99.0”",
    "points=" + "_".join(["x1.1"] * 13): "points has 13 points; expected at most 12",
    "step=": "step is “”; expected a whole number from 0 to 1000",
    "step=2.5": "step is “2.5”",
    "presets=1": "“presets” is none of points, step",
}


def test_a_broken_address_is_ignored_whole_and_said_in_plain_words(visit):
    tab = visit()
    refuses(tab, "separate", BROKEN)
    assert reading(tab) == separate().reading()


def test_without_scripts_the_picture_stands(visit):
    tab = visit(live=False, java_script_enabled=False)
    assert tab.get_by_role("img", name="A square of the plane with 3 points").bounding_box()["width"] > 300
    assert tab.get_by_text("No mistake yet, of 2 to come.").is_visible()


@pytest.mark.parametrize("page", ["dark.html", f"light.html#separate:points={XOR}&step=3"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible_and_fits(visit, page, width):
    tab = visit(page, viewport={"width": width, "height": 1100})
    accessible(tab, width, "button, [type=range], .point .reach")


def test_a_notebook_can_show_it_and_take_it_away(visit):
    tab = visit()
    in_notebook(tab, "separate", separate().state())
    said = tab.evaluate("""() => {
        const reading = () => el.querySelector(".reading").textContent.split(".")[0];
        const said = [reading()];
        model.set("step", 2); // from Python
        said.push(reading());
        press("Back");
        said.push(reading(), model.saved.step);
        close();
        said.push(heard.size);
        el.remove();
        return said;
    }""")
    assert said == ["No mistake yet, of 2 to come", "Mistake 2 of 2", "Mistake 1 of 2", 1, 0]
