"""The explorer of chapter 3: the order it finds is the order, and the page finds what Python finds."""

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from itertools import permutations
from urllib.parse import unquote

import numpy as np
import pytest
from conftest import accessible, comes_alive, in_notebook, refuses, settles
from scipy.optimize import linprog
from traitlets import TraitError

from press import browser as chrome
from rectified import explorers, limits
from rectified.explorers import order as module

ORDERS = {  # on 2 × 2 points, on 2 × 3
    "some point lit": (1, 1),
    "majority": (1, 1),
    "exactly one": (2, 2),
    "two touching": (2, 2),
    "connected": (2, 2),
    "symmetric": (2, 2),
    "parity": (4, 6),
}
UPPER_DIFFER = "0ff0"  # the exclusive or of the upper points
SLOW = "0123456789abcdef"
PARITY = (
    "2 × 2 points: 8 of 16 figures are yes. The order is 4: a sum of 15 masks of at most 4 points, weights from "
    "−8 to 4, is above 0 for the yes-figures and for no other. 8 yes-figures and 8 no-figures, each counted once, "
    "look alike to every mask of at most 3 points, so order 3 is not enough."
)


def order(columns=2, labels="parity", **traits):
    return explorers.Order(2, columns, labels, **traits)


def draws(columns, count):
    """Labels drawn by lot: few figures yes, half of them, or most."""
    for seed in range(count):
        rng = np.random.default_rng([1969, columns, seed])
        yield (rng.random(4**columns) < rng.choice([0.1, 0.3, 0.5, 0.5, 0.8])).astype(int)


def table(points, most):
    """Every mask of at most so many points on every figure, as (masks, figures) of 0 and 1, by products of points."""
    lit = (np.arange(2**points)[:, None] >> np.arange(points)[::-1]) & 1  # (figures, points)
    small = lit[lit.sum(1) <= most]  # the points of each mask
    return np.array([lit[:, mask == 1].prod(1) for mask in small])


def separable(labels, most):
    """Whether masks of at most so many points can do it, by a solver that knows nothing of ours.

    It must say itself that there is no solution: to give up, or to fail, is no answer.
    """
    masks = table((len(labels) - 1).bit_length(), most)
    sides = -((2 * np.asarray(labels) - 1) * masks).T
    found = linprog(np.zeros(len(masks)), A_ub=sides, b_ub=-np.ones(len(labels)), bounds=(None, None))
    assert found.status in (0, 2), found.message
    return found.status == 0


# ------------------------------------------------------------------------------- the order, exactly


@pytest.mark.parametrize("rule", ORDERS)
def test_the_order_of_what_is_known(rule):
    assert tuple(order(columns, rule).order() for columns in (2, 3)) == ORDERS[rule]


def test_every_button_has_an_expected_order():
    assert list(module.RULES) == list(ORDERS)
    assert list(order().presets) == list(ORDERS)


def test_the_exclusive_or_has_order_two_and_a_constant_none():
    assert order(2, UPPER_DIFFER).order() == 2
    nothing, everything = order(2, "0000").solution(), order(3, "f" * 16).solution()
    assert nothing == {"order": 0, "weights": [], "witness": None}
    assert everything == {"order": 0, "weights": [[0, 1]], "witness": None}
    assert (
        order(2, "0000").reading()
        == "2 × 2 points: 0 of 16 figures are yes. The order is 0: a constant is enough."
    )


def test_weights_and_witness_prove_the_order():
    known = [order(columns, rule) for columns in (2, 3) for rule in ORDERS]
    drawn = [
        order(columns, labels) for columns, count in ((2, 100), (3, 30)) for labels in draws(columns, count)
    ]
    for one in [*known, *drawn, order(3, SLOW)]:
        found, columns = one.solution(), {4: 2, 16: 3}[len(one.labels)]
        labels = np.array([int(bit) for bit in f"{int(one.labels, 16):0{4**columns}b}"])
        figures = np.arange(len(labels))
        sums = sum((weight * ((figures & mask) == mask) for mask, weight in found["weights"]), 0 * figures)
        assert ((sums > 0) == labels).all()
        assert all(weight and bin(mask).count("1") <= found["order"] for mask, weight in found["weights"])
        if found["order"]:
            witness = np.array(found["witness"])
            assert witness.min() >= 0
            assert witness.max() > 0
            assert not (table(2 * columns, found["order"] - 1) @ ((2 * labels - 1) * witness)).any()


def test_the_order_is_that_of_another_solver():
    met = Counter()
    for columns, count in ((2, 300), (3, 30)):
        for labels in draws(columns, count):
            found = order(columns, labels).order()
            assert separable(labels, found)
            assert found == 0 or not separable(labels, found - 1)
            met[columns, found] += 1
    assert {met[2, k] > 5 for k in (1, 2, 3)} == {True}
    assert met[3, 3] > 5


def test_every_predicate_of_four_points_is_counted():
    """A predicate keeps its order when the points change places: one of each class is enough."""
    lit = (np.arange(16)[:, None] >> np.arange(4)[::-1]) & 1
    places = [(lit[:, list(each)] * [8, 4, 2, 1]).sum(1) for each in permutations(range(4))]
    every = (np.arange(65536)[:, None] >> np.arange(16)[::-1]) & 1  # (predicates, figures)
    first = np.min([every[:, place] @ (1 << np.arange(16)[::-1]) for place in places], axis=0)
    one, counts = order(), Counter()
    for number, many in zip(*np.unique(first, return_counts=True), strict=True):
        one.labels = f"{number:04x}"
        counts[one.order()] += int(many)
    assert counts[0] + counts[1] == 1882  # the threshold functions of four variables
    assert counts[4] == 2  # parity, and its opposite
    assert dict(counts) == {0: 2, 1: 1880, 2: 55692, 3: 7960, 4: 2}


# ------------------------------------------------------------------------------- on the side of Python


def test_the_figure_carries_state_picture_and_reading():
    page = order(presets={"odd": "6996"}).figure()
    state = json.loads(re.search(r"data-state='([^']*)'", page)[1].replace("&quot;", '"'))
    assert state == {"labels": "6996", "show": "witness", "presets": {"odd": ["6996"]}}
    assert "data-explorer='order'" in page
    assert PARITY in page
    assert "8 have the thick frame of a yes: bottom right lit; bottom left lit; top right lit; " in page
    assert "top left, top right and bottom right lit" in page
    assert "16 figures have a number: how often to count them in the witness." in page
    assert order(presets={"odd": "6996"}).figure() == page


@pytest.mark.parametrize(("columns", "labels"), [(2, UPPER_DIFFER), (3, "connected"), (2, "0000")])
def test_the_still_picture_is_svg_of_whole_numbers(columns, labels):
    for show in ("witness", "sums"):
        one = order(columns, labels, show=show)
        picture = unquote(re.search(r"src='data:image/svg\+xml,([^']*)'", one.figure())[1])
        assert re.findall(r"\d\.\d", picture) == []
        unframed, framed, unlit, lit = re.findall(r"<path d='([^']*)'", picture)
        yes = bin(int(one.labels, 16)).count("1")
        assert (unframed.count("z"), framed.count("z")) == (4**columns - yes, yes)
        assert lit.count("z") == unlit.count("z") == 4**columns * columns
        texts = [each.text for each in ET.fromstring(picture).iter() if each.tag.endswith("text")]
        if show == "sums":
            assert len(texts) == 4**columns
            assert sum(not text.startswith("−") and text != "0" for text in texts) == yes
        else:
            witness = one.solution()["witness"] or []
            assert texts == [f"×{many}" for many in witness if many]
        assert len(one.figure()) < 16_000


def test_labels_in_every_form_are_the_same():
    odd = [bin(figure).count("1") % 2 for figure in range(16)]
    for given in ("parity", "6996", "0110100110010110", odd, np.array(odd, dtype=bool), tuple(odd)):
        assert order(2, given).labels == "6996"
    assert explorers.Order().labels == "0000"
    assert explorers.Order(2, 3).labels == "0" * 16
    assert order(3, "0000000000000001").labels == "0000000000000001"  # sixteen digits are hexadecimal here
    assert order(3, "0" * 63 + "1").labels == "0000000000000001"
    assert repr(order(2, "parity", show="sums")) == "Order(2, 2, '6996', show='sums')"
    assert module.ruled(lambda retina: retina[0, 0] != retina[0, 1], 2) == UPPER_DIFFER


def test_traits_can_be_set_and_the_reading_follows():
    one = order()
    assert one.reading() == PARITY
    one.labels = "7fff"
    assert one.reading() == (
        "2 × 2 points: 15 of 16 figures are yes. The order is 1: a sum of 4 masks of at most 1 point, weights 1, "
        "is above 0 for the yes-figures and for no other. 1 yes-figure and 1 no-figure, each counted once, look "
        "alike to a constant, so order 0 is not enough."
    )
    one.labels = "0117"
    assert "weights from −2 to 1, is above 0" in one.reading()
    one.labels = SLOW
    assert one.reading().startswith("2 × 3 points: 32 of 64 figures are yes. The order is 3:")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ""}, "labels is ''; expected 4 or 16 hexadecimal digits (0 to 9, a to f)"),
        ({"labels": "699"}, "labels is '699'"),
        ({"labels": "699G"}, "labels is '699G'"),
        ({"labels": "0110100110010110" * 4}, "expected 4 or 16 hexadecimal digits"),
        ({"show": "all"}, "show is 'all'; expected witness or sums"),
        ({"presets": {"a": []}}, "preset 'a' is []; expected a list of labels"),
        ({"presets": {"a": "6996"}}, "preset 'a' is '6996'; expected a list of labels"),
        ({"presets": {"a": ["6996", "z"]}}, "preset 'a': labels is 'z'"),
    ],
)
def test_a_state_that_cannot_be_is_refused_by_name(changes, message):
    one = order()
    (name, value), *_ = changes.items()
    with pytest.raises(TraitError, match=re.escape(message)):
        one.set_trait(name, value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((3, 3), "the retina is 3 × 3; expected 2 × 2 or 2 × 3"),
        (
            (2, 2, "666"),
            "labels is '666'; for 2 × 2 points expected 16 of 0 and 1, 4 hexadecimal digits, or one of",
        ),
        ((2, 3, "6996"), "for 2 × 3 points expected 64 of 0 and 1, 16 hexadecimal digits"),
        ((2, 2, [0, 1]), "labels is [0, 1]"),
        ((2, 2, [2] * 16), "expected 16 of 0 and 1"),
        ((2, 2, [0.5] * 16), "expected 16 of 0 and 1"),
        ((2, 2, [np.inf] * 16), "expected 16 of 0 and 1"),
        ((2, 2, [[0], [0, 1]]), "labels is [[0], [0, 1]]; expected 16 of 0 and 1"),
        ((2, 2, 5), "labels is 5"),
    ],
)
def test_labels_that_do_not_fit_are_refused(given, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        explorers.Order(*given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("x", 2), "rule is 'x'; expected a function of a retina, or one of some point lit, majority"),
        ((5, 2), "rule is 5; expected a function of a retina"),
        (("parity", 4), "columns is 4; expected 2 or 3"),
    ],
)
def test_a_rule_that_is_none_is_refused(given, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        module.ruled(*given)


@pytest.mark.parametrize("columns", [2, 3])
def test_connected_is_what_chapter_3_calls_so(columns):
    """A picture knows no model, so the rule stands in both: they must agree on every figure."""
    labels = "".join(str(int(answer)) for answer in limits.on_grid(limits.connected, 2, columns))
    assert module.ruled("connected", columns) == f"{int(labels, 2):0{4**columns // 4}x}"


# ------------------------------------------------------------------------------- in the browser


@pytest.fixture(scope="module")
def address(explorer_site):
    root = explorer_site({theme: (theme, order(2, UPPER_DIFFER).figure()) for theme in ("light", "dark")})
    with chrome.served(root) as address:
        yield address


def reading(tab):
    return tab.locator(".reading").inner_text()


def button(tab, name):
    return tab.get_by_role("button", name=name, exact=True)


def figure(tab, name):
    """The figure of these words, whatever is written at it."""
    return tab.get_by_role("button", name=re.compile(f"^{name} lit(,|$)"))


def focused(tab):
    return tab.evaluate("document.activeElement.getAttribute('aria-label')")


def test_the_module_computes_what_python_computes(visit):
    drawn = [order(columns, each) for columns, count in ((2, 150), (3, 60)) for each in draws(columns, count)]
    known = [order(columns, rule) for columns in (2, 3) for rule in ORDERS]
    extremes = [order(2, "0000"), order(2, "ffff"), order(3, None), order(3, "f" * 16), order(3, SLOW)]
    every = [*drawn, *known, *extremes]
    computed = visit().evaluate(
        """async (words) => {
            const { check, compute, reading } = await import("./_static/order.mjs");
            const text = (value) => JSON.stringify(value, (_, each) => typeof each === "bigint" ? String(each) : each);
            return words.map((labels) =>
                [check({ labels, show: "sums" }), text(compute({ labels })), reading({ labels })]);
        }""",
        [one.labels for one in every],
    )
    for one, (_, text, words) in zip(every, computed, strict=True):
        found = one.solution()
        assert json.loads(text) == {
            "order": found["order"],
            "weights": [[mask, str(weight)] for mask, weight in found["weights"]],
            "witness": found["witness"] and [str(many) for many in found["witness"]],
        }
        assert words == one.reading()
    assert len({one.reading() for one in every}) > 100
    assert {one.order() for one in every} == {0, 1, 2, 3, 4, 6}


def test_every_control_answers_to_the_keyboard(visit):
    tab = visit()
    assert reading(tab) == order(2, UPPER_DIFFER).reading()
    button(tab, "parity").press("Enter")
    assert reading(tab) == PARITY
    assert tab.locator(".result").inner_text() == "Order 4"
    tab.get_by_role("radio", name="sums").press("Space")
    assert figure(tab, "top left").get_attribute("aria-label") == "top left lit, sum 1"
    assert (
        figure(tab, "top left and top right").get_attribute("aria-label")
        == "top left and top right lit, sum 0"
    )
    tab.get_by_role("radio", name="sums").press("ArrowLeft")
    assert tab.get_by_role("radio", name="witness").is_checked()
    assert figure(tab, "nothing").get_attribute("aria-label") == "nothing lit, ×1"
    tab.get_by_role("radio", name="2 × 2").press("ArrowRight")
    assert reading(tab) == order(3).reading()
    button(tab, "connected").press("Space")
    assert reading(tab) == order(3, "connected").reading()
    button(tab, "All no").press("Enter")
    assert reading(tab) == "2 × 3 points: 0 of 64 figures are yes. The order is 0: a constant is enough."
    assert tab.locator(".masks").inner_text() == "none: every sum is 0"
    button(tab, "Reset").press("Enter")
    assert reading(tab) == order(2, UPPER_DIFFER).reading()
    assert tab.locator(".figures button").count() == 16


def test_figures_are_reached_by_arrows_and_turned_by_space(visit):
    tab = visit("light.html#order:labels=0000")
    figures = tab.get_by_role("toolbar", name="figures of 2 × 2 points", exact=True)
    assert figures.get_by_role("button").count() == 16
    tab.get_by_role("button", name="parity").focus()
    tab.keyboard.press("Tab")  # one stop for all figures
    assert focused(tab) == "nothing lit"
    for key, name in [("ArrowLeft", "nothing"), ("ArrowUp", "nothing"), ("ArrowRight", "bottom right"),
                      ("ArrowDown", "top right and bottom right"), ("End", "top right, bottom left and bottom right"),
                      ("ArrowRight", "top right, bottom left and bottom right"), ("Home", "top right"),
                      ("ArrowDown", "top left")]:  # fmt: skip
        tab.keyboard.press(key)
        assert focused(tab) == f"{name} lit"
    tab.keyboard.press("Space")
    assert focused(tab) == "top left lit, ×1"
    assert figure(tab, "top left").get_attribute("aria-pressed") == "true"
    assert reading(tab).startswith("2 × 2 points: 1 of 16 figures is yes. The order is 1:")
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Enter")
    settles(tab, "#order:labels=0880&show=witness")
    tab.keyboard.press("Enter")
    settles(tab, "#order:labels=0080&show=witness")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "All no"


def test_a_click_labels_a_figure_and_nothing_else(visit):
    tab = visit()
    for name, labels in [("nothing", "8ff0"), ("top left and top right", "8ff8"), ("nothing", "0ff8")]:
        figure(tab, name).click()
        settles(tab, f"#order:labels={labels}&show=witness")
        assert reading(tab) == order(2, labels).reading()
    pressed = tab.evaluate(
        "[...document.querySelectorAll('.figures button')].map((b) => b.ariaPressed === 'true')"
    )
    assert pressed == [bit == "1" for bit in f"{0x0FF8:016b}"]


def test_another_retina_keeps_the_rule_or_the_points_that_both_have(visit):
    tab = visit()
    wide, narrow = tab.get_by_role("radio", name="2 × 3"), tab.get_by_role("radio", name="2 × 2")
    wide.check()
    labels = module.ruled(lambda retina: retina[0, 0] != retina[0, 1], 3)
    settles(tab, f"#order:labels={labels}&show=witness")
    narrow.check()
    settles(tab, "")
    button(tab, "majority").click()
    wide.check()
    assert reading(tab) == order(3, "majority").reading()


def test_weights_are_listed_the_largest_first(visit):
    tab = visit("light.html#order:labels=0117&show=sums")
    items = "[...document.querySelectorAll('.masks li')].map((li) => li.textContent)"
    masks = "[...document.querySelectorAll('.masks svg')].map((svg) => svg.getAttribute('aria-label'))"
    assert tab.evaluate(items) == ["constant−2", "1", "1", "1", "1"]
    assert tab.evaluate(masks) == ["top left", "top right", "bottom left", "bottom right"]
    button(tab, "parity").click()
    assert len(tab.evaluate(items)) == 15
    tab.get_by_role("radio", name="2 × 3").check()
    assert tab.evaluate(items)[0] == "−32"
    assert tab.evaluate(items)[12:] == ["and 51 more, none beyond ±8"]
    assert tab.evaluate(masks)[0] == (
        "top left, top middle, top right, bottom left, bottom middle and bottom right"
    )


def test_numbers_at_the_figures_are_those_of_the_proof(visit):
    tab = visit()
    written = "[...document.querySelectorAll('.figures small')].map((small) => small.textContent)"
    for labels in (UPPER_DIFFER, SLOW):
        for show in ("witness", "sums"):
            tab.evaluate("hash => { location.hash = hash; }", f"#order:labels={labels}&show={show}")
            expected = order({4: 2, 16: 3}[len(labels)], labels, show=show)._numbers()
            tab.wait_for_function(f"expected => String({written}) === String(expected)", arg=expected)


def test_the_state_is_in_the_address_and_comes_back(visit):
    tab = visit()
    button(tab, "exactly one").click()
    tab.get_by_role("radio", name="sums").check()
    settles(tab, "#order:labels=6880&show=sums")
    said = reading(tab)
    tab.reload()
    comes_alive(tab)
    assert reading(tab) == said
    assert tab.get_by_role("radio", name="sums").is_checked()
    button(tab, "Reset").click()
    settles(tab, "")


BROKEN = {
    "labels=": "labels is “”; expected 4 or 16 hexadecimal digits (0 to 9, a to f)",
    "labels=%3Cb%3E": "labels is “<b>”",
    "labels=69960": "labels is “69960”",
    "labels=699G": "labels is “699G”",
    "show=all": "show is “all”; expected witness or sums",
    "presets=1": "“presets” is none of labels, show",
}


def test_a_broken_address_is_ignored_whole_and_said_in_plain_words(visit):
    tab = visit()
    refuses(tab, "order", BROKEN)
    assert reading(tab) == order(2, UPPER_DIFFER).reading()


def test_without_scripts_the_picture_stands(visit):
    tab = visit(live=False, java_script_enabled=False)
    assert tab.get_by_role("img", name="The 16 figures of a retina").bounding_box()["width"] > 150
    assert tab.get_by_text("The order is 2: a sum of").is_visible()


@pytest.mark.parametrize(
    "page",
    ["dark.html", f"light.html#order:labels={SLOW}&show=witness", f"dark.html#order:labels={SLOW}&show=sums"],
)
@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible_and_fits(visit, page, width):
    tab = visit(page, viewport={"width": width, "height": 1100})
    accessible(tab, width, "button, label:not([hidden] *)")
    spilling = tab.evaluate("""() => [...document.querySelectorAll(".figures button")]
        .filter((e) => e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight).length""")
    assert spilling == 0


def test_a_yes_shows_without_colour(visit):
    tab = visit()
    shadow = "node => getComputedStyle(node).boxShadow"
    assert figure(tab, "top left").evaluate(shadow) != "none"
    assert figure(tab, "nothing").evaluate(shadow) == "none"


def test_a_notebook_can_show_it_and_take_it_away(visit):
    tab = visit()
    in_notebook(tab, "order", order(2, UPPER_DIFFER).state())
    said = tab.evaluate("""() => {
        const result = () => el.querySelector(".result").textContent;
        const said = [result()];
        model.set("labels", "6996966996696996"); // from Python
        said.push(result(), el.querySelectorAll(".figures button").length);
        press("All no");
        said.push(result(), model.saved.labels);
        close();
        said.push(heard.size);
        el.remove();
        return said;
    }""")
    assert said == ["Order 2", "Order 6", 64, "Order 0", "0" * 16, 0]
