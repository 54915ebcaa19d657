"""The explorer of chapter 10: plans counted as the chapter counts them, and that the page computes as Python does."""

import gzip
import json
import re
import sys
import xml.etree.ElementTree as ET
from base64 import b64decode
from io import BytesIO
from urllib.parse import unquote

import numpy as np
import pytest
import torch
from conftest import accessible, comes_alive, in_notebook, outlined, printed, refuses, settles
from PIL import Image
from scipy.signal import correlate2d
from traitlets import TraitError

from press import ROOT
from press import browser as chrome
from rectified import alexnet, explorers, palette
from rectified.alexnet import LAYERS, Layer, counted
from rectified.explorers import stack
from rectified.explorers.stack import ALEXNET, KERNELS, PRESETS

BROKEN_OFF = {
    "4.5.1.1.1.0~10": (2, "conv 1: its window of 5 is larger than the 2 + 2·1 points it gets."),
    "4.3.1.1.1.0_5.3.1.1.2.0~10": (
        9,
        "conv 2: two columns need even numbers of planes; in come 4, out go 5.",
    ),
    "4.1.1.0.1.3_8.3.1.1.1.0~10": (2, "conv 1: its pool of 3 is larger than its maps, whose side is 2."),
}


def layers(plan):
    """A plan as the chapter's own layers; `counted` knows pools of 3 only."""
    maps, dense = plan.split("~")
    rows = [[int(part) for part in row.split(".")] for row in maps.split("_")] if maps else []
    made = [
        Layer(f"conv {k}", many, window, stride, padding, split, pooled=pool == 3)
        for k, (many, window, stride, padding, split, pool) in enumerate(rows, start=1)
    ]
    units = dense.split("_") if dense else []
    return [*made, *(Layer(f"dense {len(rows) + k}", int(each)) for k, each in enumerate(units, start=1))]


def drawn():
    """Plans by lot, whose pools are of 3 points or none, with a side that is large enough; and some that break off."""
    rng = np.random.default_rng(2012)
    for _ in range(40):
        maps, many = [], 3
        for _ in range(rng.integers(0, 9)):
            split = int(rng.choice([1, 2])) if many % 2 == 0 else 1
            many = 2 * int(rng.integers(1, 1025))
            maps.append(
                [many, rng.integers(1, 16), rng.integers(1, 4), rng.integers(0, 8), split, rng.choice([0, 3])]
            )
        dense = rng.integers(1, 10_000, rng.integers(0 if maps else 1, 5))
        yield explorers.Stack(
            (maps, dense), side=int(rng.integers(1, 601)), layer=int(rng.integers(1, 13)),
            kernel=str(rng.choice(list(KERNELS))), phi=str(rng.choice(stack.PHI)),
            pool=str(rng.choice(list(stack.BEYOND))), place=".".join(map(str, rng.integers(1, 94, 2))),
        )  # fmt: skip


def settings():
    """Stacks with each preset, each break, each kernel, φ and pool, and those drawn by lot."""
    yield from (explorers.Stack(**values) for values in PRESETS.values())
    yield from (explorers.Stack(plan, side=side) for plan, (side, _) in BROKEN_OFF.items())
    yield explorers.Stack("~7", side=1, planes=1, layer=12)
    yield explorers.Stack("2048.15.1.7.1.0_" * 7 + "2048.15.1.7.1.0~9999", side=600, layer=9)
    for kernel in KERNELS:
        for phi in stack.PHI:
            for pool in stack.BEYOND:
                yield explorers.Stack(kernel=kernel, phi=phi, pool=pool, place="93.1")
    yield from drawn()


# ------------------------------------------------------------------------------- the plan


@pytest.mark.parametrize("side", [227, 224, 454])
def test_alexnet_is_counted_as_the_chapter_counts_it(side):
    one = explorers.Stack(side=side)
    names = ("name", "units", "parameters", "work", "inputs")
    rows = [tuple(row[name] for name in names) for row in one.rows()]
    assert rows == counted(LAYERS, side=side)
    whole = alexnet.totals(rows)
    assert one.totals() == {
        "units": whole["units"],
        "parameters": whole["parameters"],
        "work": whole["multiply-adds"],
    }


def test_the_presets_are_what_they_say():
    found = {
        words: explorers.Stack(**values).totals()["parameters"]
        for words, values in PRESETS.items()
    }  # fmt: skip
    assert found["AlexNet"] == 60_965_224
    one_card = [layer._replace(split=1) for layer in LAYERS]
    assert found["one card"] == alexnet.totals(counted(one_card))["parameters"] == 62_378_344
    few = [layer for layer in LAYERS if layer.name not in ("dense 6", "dense 7")]
    assert found["no dense 6 and 7"] == alexnet.totals(counted(few))["parameters"]
    assert found["side 454"] == alexnet.totals(counted(LAYERS, side=454))["parameters"]
    assert found["LeNet-5, all wired"] == 61_706


def test_plans_by_lot_are_counted_as_the_chapter_counts_them():
    whole = 0
    for one in drawn():
        found, all_layers = one.rows(), layers(one.plan)
        if one.fault():
            with pytest.raises(ValueError, match=f"{one.fault().partition(':')[0]} |split of"):
                counted(all_layers, side=one.side)
            all_layers = all_layers[: len(found)]
            if " its pool " in one.fault():
                all_layers[-1] = all_layers[-1]._replace(pooled=False)
        expected = counted(all_layers, side=one.side)
        assert [(row["units"], row["parameters"], row["work"], row["inputs"]) for row in found] == [
            row[1:] for row in expected
        ], one
        whole += not one.fault()
    assert 10 < whole < 40


def test_the_weights_are_those_of_torch():
    for values in PRESETS.values():
        one = explorers.Stack(**values)
        planes, below = one.planes, one.rows()
        for layer, row in zip(layers(one.plan), below, strict=True):
            if layer.window:
                own = torch.nn.Conv2d(planes, layer.maps, layer.window, groups=layer.split, device="meta")
                planes = layer.maps
            else:
                own = torch.nn.Linear(row["inputs"], layer.maps, device="meta")
            assert sum(each.numel() for each in own.parameters()) == row["parameters"]


@pytest.mark.parametrize("plan", BROKEN_OFF)
def test_a_plan_that_breaks_off_says_where(plan):
    side, fault = BROKEN_OFF[plan]
    one = explorers.Stack(plan, side=side, layer=12)
    assert one.fault() == fault
    assert one.reading().startswith(f"{fault} What comes after is not counted. dense ")
    assert "is not counted. Row " in one.reading()
    assert len(one.rows()) < len(layers(plan))


def test_the_largest_whole_numbers_are_exact_in_the_page_too():
    widest = explorers.Stack("2048.15.1.7.1.0_" * 7 + "2048.15.1.7.1.0~9999_9999_9999_9999", side=600)
    assert widest.totals()["work"] < 2**53
    grown = explorers.Stack("2048.14.1.7.1.0_" * 7 + "2048.14.1.7.1.0~9999_9999_9999_9999", side=600)
    assert grown.totals()["work"] < 2**53


# ------------------------------------------------------------------------------- the photograph


def test_the_stored_photograph_is_the_temple_and_names_its_maker(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "code" / "experiments")
    script = __import__("stack")
    try:
        script.main(["--file", str(tmp_path / "stack.json")])
    finally:
        sys.modules.pop("stack")
    made, kept = (json.loads((path / "stack.json").read_text("utf-8")) for path in (tmp_path, stack.HERE))
    assert set(kept) == {"photograph", "credit"}
    assert made["credit"] == kept["credit"]
    assert "danielbuechele" in kept["credit"]
    assert "CC BY 2.0" in kept["credit"]
    both = [np.array([stack.DIGITS.index(each) for each in one["photograph"]]) for one in (made, kept)]
    assert np.abs(both[0] - both[1]).max() <= 1  # programs that read JPEG differ by a little
    np.testing.assert_array_equal(explorers.Stack().greys().ravel(), both[1])


def test_it_is_light():
    page = explorers.Stack().figure().encode()
    module = (stack.HERE / "stack.mjs").read_bytes()
    assert sum(len(gzip.compress(each, mtime=0)) for each in (page, module)) < 25_000


def test_the_kernels_do_not_see_even_ground_and_turn_into_one_another():
    assert {int(each.sum()) for each in KERNELS.values()} == {0}
    assert {each.shape for each in KERNELS.values()} == {(5, 5)}
    level, upright, slanting, spots = KERNELS.values()
    np.testing.assert_array_equal(level, upright.T)
    np.testing.assert_array_equal(slanting, slanting.T)
    np.testing.assert_array_equal(slanting, -slanting[::-1, ::-1])
    for turned in (spots.T, spots[::-1]):
        np.testing.assert_array_equal(spots, turned)


def test_the_stages_are_those_of_scipy_and_of_the_chapter():
    phi = {"ReLU": torch.relu, "|x|": torch.abs, "tanh": lambda z: torch.tanh(z / 100), "none": lambda z: z}
    for kernel, weights in KERNELS.items():
        for name, activate in phi.items():
            for pool, (window, apart) in stack.BEYOND.items():
                one = explorers.Stack(kernel=kernel, phi=name, pool=pool)
                found = one.stages()
                sums = correlate2d(one.greys(), weights, mode="valid")
                np.testing.assert_array_equal(found["sums"], sums)
                after = activate(torch.tensor(sums, dtype=torch.float64))
                np.testing.assert_allclose(found["after"], after, rtol=1e-12)
                pooled = alexnet.pool(after[None], window, apart)[0]
                np.testing.assert_allclose(found["pooled"], pooled, rtol=1e-12)


def test_the_window_of_the_pool_holds_the_place():
    for pool, (window, apart) in stack.BEYOND.items():
        left_out = 0
        for place in range(1, 94):
            one = explorers.Stack(pool=pool, place=f"{place}.{place}")
            pit = one._pooled_at()
            left_out += pit is None
            if pit is not None:
                top = apart * pit[0]
                assert top <= place - 1 < top + window
                assert one.stages()["pooled"][pit] == one.stages()["after"][
                    top : top + window, top : top + window
                ].max()  # fmt: skip
        assert left_out == 93 - ((93 - window) // apart * apart + window)


# ------------------------------------------------------------------------------- reading and still


def test_traits_can_be_set_and_the_reading_follows():
    one = explorers.Stack()
    assert one.reading().startswith(
        "8 layers: 60,965,224 parameters, 724,406,816 multiply-adds for a photograph. Layers of maps: 4 % of the "
        "parameters, 92 % of the work. Dense layers: 96 % and 8 %. conv 1: ⌊(227 + 2·0 − 11)/4⌋ + 1 = 55, so "
        "55² · 96 = 290,400 units, each on 11² · 3 = 363 numbers. 96 · (363 + 1) = 34,944 parameters, "
        "290,400 · 363 = 105,415,200 multiply-adds. Its pool leaves 27² · 96 = 69,984 numbers. Row 29, column 41 "
    )
    one.layer = 2
    assert "so 27² · 256 = 186,624 units, each on 5² · 96/2 = 1,200 numbers." in one.reading()
    one.layer = 6
    assert "dense 6: 4,096 units, each on all 9,216 numbers below. 4,096 · (9,216 + 1) = 37,752,832" in (
        one.reading()
    )
    one.plan = "8.3.1.1.1.0~"
    assert one.reading().startswith(
        "1 layer: 224 parameters, 11,130,264 multiply-adds for a photograph. conv 1:"
    )
    assert "25 greys, weighted, make 608. ReLU leaves it. The largest in its window of the pool is 933." in (
        one.reading()
    )
    one.place, one.phi = "24.24", "|x|"
    value = one.stages()["sums"][23, 23]
    assert value < 0
    assert f"make −{-value}. |x| makes it {-value}. The largest" in one.reading()
    one.phi = "tanh"
    assert f"The tanh of a hundredth of that is −{np.tanh(-value / 100):.2f}. The largest" in one.reading()
    one.phi, one.pool, one.place = "none", "2.2", "93.93"
    assert re.search(
        r"make −?\d+\. No window of the pool holds it\. The map: 93² = 8,649 sums", one.reading()
    )
    assert one.reading().endswith("from −1,051 to 933. The pool, 2 × 2 and 2 apart, leaves 46² = 2,116.")


def test_the_figure_carries_state_picture_and_reading():
    one = explorers.Stack(layer=3)
    page = one.figure()
    state = json.loads(
        re.search(r"data-state='([^']*)'", page)[1].replace("&quot;", '"').replace("&amp;", "&")
    )
    assert state == one.state()
    assert len(state["photograph"]) == 97**2
    assert "dense 6: 4,096 units, 37,752,832 parameters (62 %), 37,748,736 multiply-adds (5 %)" in page
    assert "60,965,224 parameters, 724,406,816 multiply-adds" in page
    assert "danielbuechele, CC BY 2.0" in page
    assert explorers.Stack(layer=3).figure() == page
    assert "200" not in one.reading()  # what the question above it asks for


def test_two_runs_give_the_same_bytes_and_load_no_model():
    script = (
        "import sys; from rectified import explorers; print(explorers.Stack().figure());"
        "print([m for m in ('torch', 'rectified.training', 'rectified.alexnet') if m in sys.modules])"
    )
    assert printed(script).endswith("\n[]\n")


@pytest.mark.parametrize("one", [explorers.Stack(), explorers.Stack("~7", phi="tanh", pool="3.3")], ids=repr)
def test_the_still_picture_is_svg_of_whole_numbers_in_the_colours_of_the_book(one):
    picture = unquote(re.search(r"src='data:image/svg\+xml,([^']*)'", one.figure())[1])
    root = ET.fromstring(picture)
    texts = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}
    for row in [*one.rows(), one.totals()]:
        assert {f"{row[name]:,}" for name in ("units", "parameters", "work")} <= texts
    left, top, width, height = (int(part) for part in root.get("viewBox").split())
    for tag in ("rect", "image"):
        for node in root.iter(f"{{http://www.w3.org/2000/svg}}{tag}"):
            x, y, w, h = (int(node.get(name, 0)) for name in ("x", "y", "width", "height"))
            assert left <= x <= x + w <= left + width
            assert top <= y < y + h <= top + height
    images = [node.get("href") for node in root.iter("{http://www.w3.org/2000/svg}image")]
    pictures = [Image.open(BytesIO(b64decode(each.partition(",")[2]))).convert("RGB") for each in images]
    shown = [one.greys(), *one.stages().values()]
    assert [each.size for each in pictures] == [each.shape for each in shown]
    red, blue = (
        tuple(int(colour[k : k + 2], 16) for k in (1, 3, 5)) for colour in (stack.ACCENT, stack.BELOW)
    )
    for each, values in zip(pictures[1:], shown[1:], strict=True):
        points = np.array(each)
        where = lambda colour: values[(points == colour).all(2)]  # noqa: B023, E731
        assert where(red).min() > 0
        assert (where(blue) < 0).all()
    grey = np.array(pictures[0]).mean(2)
    assert np.corrcoef(grey.ravel(), shown[0].ravel())[0, 1] > 0.99


# ------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"side": 601}, "side is 601; expected a whole number from 1 to 600"),
        ({"planes": 2}, "planes is 2; expected one of 1, 3"),
        ({"layer": 0}, "layer is 0; expected a whole number from 1 to 12"),
        ({"kernel": "edges"}, "kernel is 'edges'; expected one of level edges, upright edges"),
        ({"phi": "sigmoid"}, "phi is 'sigmoid'; expected one of ReLU, |x|, tanh, none"),
        ({"pool": "4.2"}, "pool is '4.2'; expected one of 2.2, 3.2, 3.3"),
        ({"place": "94.1"}, "place is '94.1'; expected row.column, counted from 1 to 93, such as 2.3"),
        ({"place": "3"}, "place is '3'"),
        ({"photograph": "0123"}, "photograph is '0123'…; expected 97 · 97 letters, digits, - and _"),
        ({"plan": "7"}, "plan is '7'; expected maps.window.stride.padding.columns.pool_…~units_…"),
        ({"plan": "~"}, "plan has no layer; expected at least one"),
        ({"plan": "~1_x"}, "plan holds 'x'; expected maps.window"),
        ({"plan": "1.2.3~"}, "plan holds '1.2.3'; expected maps, window, stride, padding, columns and pool"),
        ({"plan": "0.1.1.1.1.0~"}, "plan holds a maps of 0; expected 1 to 2048"),
        ({"plan": "1.16.1.1.1.0~"}, "plan holds a window of 16; expected 1 to 15"),
        ({"plan": "1.1.9.1.1.0~"}, "plan holds a stride of 9; expected 1 to 8"),
        ({"plan": "1.1.1.8.1.0~"}, "plan holds a padding of 8; expected 0 to 7"),
        ({"plan": "1.1.1.1.3.0~"}, "plan holds a columns of 3; expected 1 or 2"),
        ({"plan": "1.1.1.1.1.1~"}, "plan holds a pool of 1; expected 0 or 2 or 3"),
        ({"plan": "~0"}, "plan has 0 units in a dense layer; expected 1 to 9999"),
        ({"plan": "~1.2"}, "plan has 1.2 units in a dense layer"),
        ({"plan": "~1_1_1_1_1"}, "plan has 5 dense layers; expected at most 4"),
        ({"plan": "_".join(["1.1.1.1.1.0"] * 9) + "~"}, "plan has 9 layers of maps; expected at most 8"),
        ({"presets": {"a": {"side": 0}}}, "preset 'a': side is 0"),
        ({"presets": {"a": {"speed": 1}}}, "preset 'a': 'speed' cannot be set; expected side, planes"),
    ],
)
def test_a_state_that_cannot_be_is_refused_by_name(changes, message):
    one = explorers.Stack()
    with pytest.raises(TraitError, match=re.escape(message)):
        one.set_trait(*changes.popitem())
    assert one.state() == explorers.Stack().state()


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (([[1, 2], [3]], [1]), "plan is [[1, 2], [3]]; expected whole numbers, (layers, 6)"),
        (([1, 2], [1]), "plan is [1, 2]; expected whole numbers, (layers, 6)"),
        (([], [0.5]), "dense layers is [[0.5]]; expected whole numbers of units"),
        (([], ["7"]), "dense layers is ['7']; expected whole numbers of units"),
    ],
)
def test_what_is_no_rows_of_numbers_is_refused(plan, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        explorers.Stack(plan)


def test_a_plan_as_numbers_and_as_a_word_are_the_same():
    maps = [[layer.maps, layer.window, layer.stride, layer.padding, layer.split, 3 * layer.pooled]
            for layer in LAYERS[:5]]  # fmt: skip
    assert explorers.Stack((maps, [4096, 4096, 1000])).plan == ALEXNET
    assert explorers.Stack((maps, [])).plan == ALEXNET.partition("~")[0] + "~"
    assert eval(repr(explorers.Stack()), {"Stack": explorers.Stack}).state() == explorers.Stack().state()


# ------------------------------------------------------------------------------- in the browser


@pytest.fixture(scope="module")
def address(explorer_site):
    root = explorer_site({theme: (theme, explorers.Stack().figure()) for theme in ("light", "dark")})
    with chrome.served(root) as address:
        yield address


def reading(tab):
    return " ".join(tab.locator(".reading").all_inner_texts())


def menu(tab, name):
    return tab.get_by_role("combobox", name=re.compile(f"^{name}"))


def fragment(one):
    words = {
        name: getattr(one, name)
        for name in ("side", "planes", "plan", "layer", "kernel", "phi", "pool", "place")
    }
    code = {" ": "%20", "|": "%7C"}
    text = "&".join(f"{name}={value}" for name, value in words.items())
    return "#stack:" + "".join(code.get(letter, letter) for letter in text)


def test_the_module_computes_what_python_computes(visit):
    every = list(settings())
    computed = visit().evaluate(
        """async (states) => {
            const { check, compute, reading } = await import("./_static/stack.mjs");
            return states.map((state) => {
                const { rows, fault, totals, stages } = compute(state);
                const flat = Object.values(stages).map((each) => each.flat());
                return [check(state), rows, fault, totals, reading(state), flat];
            });
        }""",
        [one.state() for one in every],
    )
    for one, (_, rows, fault, totals, words, stages) in zip(every, computed, strict=True):
        assert rows == [row | {"fed": list(row["fed"])} for row in one.rows()]
        assert (fault, totals, words) == (one.fault(), one.totals(), one.reading())
        for found, expected in zip(stages, one.stages().values(), strict=True):
            if one.phi == "tanh":
                np.testing.assert_allclose(found, expected.ravel(), rtol=1e-12)
            else:
                assert found == expected.ravel().tolist()
    assert len({words for *_, words, _ in computed}) > 90


def test_every_control_answers_and_the_address_follows(visit):
    tab, python = visit(), explorers.Stack()
    choose = lambda name, value: menu(tab, name).select_option(value)  # noqa: E731
    for words, name, value in [
        ("Photographs", "planes", 1), ("Photographs", "planes", 3), ("Kernel for", "kernel", "spots"),
        ("φ", "phi", "|x|"), ("φ", "phi", "tanh"), ("Pool", "pool", "3.3"),
    ]:  # fmt: skip
        choose(words, str(value))
        python.set_trait(name, value)
        assert reading(tab) == python.reading(), value
    tab.get_by_label("Side", exact=True).fill("300")
    python.side = 300
    assert reading(tab) == python.reading()
    settles(tab, fragment(python))
    said = reading(tab)
    tab.reload()
    comes_alive(tab)
    assert reading(tab) == said
    for words, values in PRESETS.items():
        tab.get_by_role("button", name=words, exact=True).press("Enter")
        for name, value in values.items():
            python.set_trait(name, value)
        assert reading(tab) == python.reading(), words
    tab.get_by_role("button", name="Reset").press("Space")  # to what it was when the page was read
    choose("φ", "ReLU")
    tab.goto(tab.url.partition("#")[0])
    tab.reload()
    comes_alive(tab)
    assert reading(tab) == explorers.Stack().reading()


def test_the_fields_are_of_the_chosen_layer(visit):
    tab, python = visit(), explorers.Stack()
    tab.get_by_role("button", name="conv 2", exact=True).click()
    python.layer = 2
    assert reading(tab) == python.reading()
    for words, value, plan in [("Maps", "128", "128.5.1.2.2.3"), ("Window", "7", "128.7.1.2.2.3"),
                               ("Stride", "2", "128.7.2.2.2.3"), ("Padding", "3", "128.7.2.3.2.3")]:  # fmt: skip
        tab.get_by_label(words, exact=True).fill(value)
        python.plan = ALEXNET.replace("256.5.1.2.2.3", plan)
        assert reading(tab) == python.reading(), words
    menu(tab, "Columns").select_option("1")
    menu(tab, "Its pool").select_option("2")
    python.plan = ALEXNET.replace("256.5.1.2.2.3", "128.7.2.3.1.2")
    assert reading(tab) == python.reading()
    assert tab.locator(".plan").nth(1).inner_text() == "128 of 7 × 7, stride 2, padding 3, pool 2 × 2"
    tab.get_by_role("button", name="dense 7", exact=True).click()
    tab.get_by_label("Units", exact=True).fill("100")
    python.plan, python.layer = python.plan.replace("4096_4096", "4096_100"), 7
    assert reading(tab) == python.reading()
    assert tab.get_by_role("button", pressed=True).all_inner_texts() == ["dense 7"]
    settles(tab, fragment(python))


def test_layers_are_added_removed_and_moved(visit):
    tab, python = visit(), explorers.Stack("8.3.1.1.1.0_9.5.1.2.1.2~10")
    tab.goto(tab.url + fragment(python))
    press = lambda name: tab.get_by_role("button", name=name, exact=True).click()  # noqa: E731

    def shows(plan, layer):
        python.plan, python.layer = plan, layer
        assert reading(tab) == python.reading()
        settles(tab, fragment(python))

    press("Add maps")
    shows("8.3.1.1.1.0_8.3.1.1.1.0_9.5.1.2.1.2~10", 2)
    press("Down")
    shows("8.3.1.1.1.0_9.5.1.2.1.2_8.3.1.1.1.0~10", 3)
    assert tab.get_by_role("button", name="Down").is_disabled()  # not below a dense layer
    press("Up")
    shows("8.3.1.1.1.0_8.3.1.1.1.0_9.5.1.2.1.2~10", 2)
    press("Remove conv 2")
    shows("8.3.1.1.1.0_9.5.1.2.1.2~10", 2)
    press("Add dense")
    shows("8.3.1.1.1.0_9.5.1.2.1.2~1000_10", 3)
    for name, plan in [("Remove dense 3", "8.3.1.1.1.0_9.5.1.2.1.2~10"),
                       ("Remove dense 3", "8.3.1.1.1.0_9.5.1.2.1.2~")]:  # fmt: skip
        press(name)
        shows(plan, 3 if plan.endswith("10") else 2)
    press("Remove conv 2")
    assert tab.get_by_role("button", name="Remove conv 1").is_disabled()
    for _ in range(4):
        press("Add dense")
    assert tab.get_by_role("button", name="Add dense").is_disabled()
    for _ in range(7):
        press("Add maps")
    assert tab.get_by_role("button", name="Add maps").is_disabled()
    assert tab.evaluate("document.activeElement.tagName") == "BUTTON"  # the focus is not lost


def test_the_rows_say_the_counts_and_the_shares(visit):
    tab, python = visit(), explorers.Stack()
    rows = tab.locator(".stacking tbody tr")
    assert rows.count() == 8
    for k, row in enumerate(python.rows()):
        text = rows.nth(k).inner_text()
        for name in ("units", "parameters", "work"):
            assert f"{row[name]:,}" in text
        width = rows.nth(k).locator(".way").first.evaluate(
            "(e) => e.firstChild.getBoundingClientRect().width / e.getBoundingClientRect().width"
        )  # fmt: skip
        assert width == pytest.approx(row["parameters"] / python.totals()["parameters"], abs=0.01)
    assert tab.locator("tfoot").inner_text().split() == ["in", "all", "659,272", "60,965,224", "724,406,816"]


def test_a_plan_that_breaks_off_leaves_the_rows_below_blank(visit):
    plan, (side, fault) = next(iter(BROKEN_OFF.items()))
    python = explorers.Stack(plan, side=side, layer=2)
    tab = visit("light.html" + fragment(python))
    assert reading(tab) == python.reading()
    assert fault in reading(tab)
    assert tab.locator(".uncounted").count() == 2
    assert tab.locator("tfoot").inner_text().split() == ["in", "all", "–", "–", "–"]


@pytest.mark.parametrize("typed", ["", "2.5", "0", "16"])
def test_a_number_that_cannot_be_is_put_right_and_said(visit, typed):
    tab = visit()
    window, fault = tab.get_by_label("Window", exact=True), tab.locator(".fault")
    window.fill(typed)
    window.press("Tab")
    assert fault.inner_text() == "Only whole numbers from 1 to 15 fit here: window stays 11."
    assert window.input_value() == "11"
    assert reading(tab) == explorers.Stack().reading()
    window.fill("9")
    assert fault.is_hidden()


def test_the_place_moves_by_the_arrow_keys(visit):
    tab, python = visit(), explorers.Stack()
    handle = tab.get_by_role("slider", name="place of the kernel")
    handle.focus()
    for key, place in [("ArrowRight", "29.42"), ("ArrowDown", "30.42"), ("Shift+ArrowLeft", "30.37"), ("Home", "30.1"),
                       ("ArrowLeft", "30.1"), ("PageDown", "93.1"), ("End", "93.93"), ("ArrowDown", "93.93"),
                       ("PageUp", "1.93"), ("Shift+ArrowUp", "1.93"), ("ArrowLeft", "1.92")]:  # fmt: skip
        tab.keyboard.press(key)
        python.place = place
        assert reading(tab) == python.reading(), key
        row, column = place.split(".")
        assert handle.get_attribute("aria-valuetext").startswith(f"row {row}, column {column}, sum ")
    assert handle.get_attribute("aria-valuemax") == str(93**2)
    settles(tab, fragment(python))


@pytest.mark.parametrize("touch", [False, True])
@pytest.mark.parametrize(("stage", "many"), list(enumerate([97, 93, 93, 46])))
def test_the_place_follows_the_pointer_on_every_picture(visit, touch, stage, many):
    view = {"width": 390, "height": 2600} if touch else {"width": 1280, "height": 1500}
    tab = visit(has_touch=touch, viewport=view)
    box = tab.locator(".stage").nth(stage).bounding_box()
    at = (box["x"] + box["width"] * 20.5 / many, box["y"] + box["height"] * 10.5 / many)
    (tab.touchscreen.tap if touch else tab.mouse.click)(*at)
    place = {0: "9.19", 3: "21.41"}.get(stage, "11.21")
    settles(tab, fragment(explorers.Stack(place=place)))
    edge = tab.locator(".stage").nth(stage).locator(".edge")
    left, length = (float(edge.get_attribute(name)) for name in ("x", "width"))
    assert left <= 20.5 < left + length
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "place of the kernel"


def test_the_pictures_show_the_stages(visit):
    tab = visit()
    sizes = [many.get_attribute("viewBox") for many in tab.locator(".stage").all()]
    assert sizes == [f"0 0 {many} {many}" for many in (97, 93, 93, 46)]
    points = tab.evaluate("""async () => {
        const image = document.querySelectorAll(".stage image")[1], picture = new Image();
        picture.src = image.getAttribute("href");
        await picture.decode();
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = picture.width;
        const context = canvas.getContext("2d");
        context.drawImage(picture, 0, 0);
        return [...context.getImageData(0, 0, picture.width, picture.width).data];
    }""")
    points = np.array(points).reshape(93, 93, 4).astype(int)
    sums = explorers.Stack().stages()["sums"]
    redder = points[..., 0] - points[..., 2]
    assert redder[sums > 300].min() > 20
    assert redder[sums < -300].max() < -20
    assert (np.ptp(points[sums == 0][:, :3], axis=0) == 0).all()


BROKEN = {
    "side=0": "side is “0”; expected a whole number from 1 to 600",
    "planes=2": "planes is “2”; expected one of 1, 3",
    "plan=7": "plan is “7”; expected maps.window",
    "plan=%3Cb%3E~": "plan holds “<b>”; expected maps.window",
    "plan=~": "plan has no layer",
    "plan=1.2.3~": "plan holds “1.2.3”; expected maps, window, stride, padding, columns and pool of a layer",
    "plan=1.16.1.1.1.0~": "plan holds a window of 16; expected 1 to 15",
    "plan=1.1.1.1.3.0~": "plan holds a columns of 3; expected 1 or 2",
    "plan=~1_1_1_1_1": "plan has 5 dense layers",
    "plan=~0": "plan has 0 units in a dense layer; expected 1 to 9999",
    "layer=13": "layer is “13”",
    "kernel=__proto__": "kernel is “__proto__”; expected one of level edges",
    "phi=gelu": "phi is “gelu”; expected one of ReLU",
    "pool=2": "pool is “2”; expected one of 2.2, 3.2, 3.3",
    "place=1.94": "place is “1.94”; expected row.column, counted from 1 to 93",
    "photograph=0": "“photograph” is none of side, planes",
}


def test_a_broken_address_is_ignored_whole_and_said_in_plain_words(visit):
    tab = visit()
    refuses(tab, "stack", BROKEN)
    assert reading(tab) == explorers.Stack().reading()


def test_without_scripts_the_picture_stands(visit):
    tab = visit(live=False, java_script_enabled=False)
    assert (
        tab.get_by_role("img", name="A table with bars. conv 1: 290,400 units").bounding_box()["width"] > 300
    )
    assert tab.get_by_text("8 layers: 60,965,224 parameters").is_visible()


WIDEST = explorers.Stack(
    "2048.15.1.7.1.2_" * 2 + "2048.15.1.7.2.0~9999_9999_9999", side=600, layer=2, phi="tanh"
)


@pytest.mark.parametrize("page", ["dark.html", "light.html" + fragment(WIDEST)])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible_and_fits(visit, page, width):
    tab = visit(page, viewport={"width": width, "height": 1100})
    accessible(tab, width, "button, select, input")


def test_the_table_fits_a_phone_without_scrolling(visit):
    tab = visit(viewport={"width": 390, "height": 1100})
    for words in PRESETS:
        tab.get_by_role("button", name=words, exact=True).click()
        assert (
            tab.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('.plan-table'))") <= 0
        )


def test_the_paper_stays_pale_on_a_dark_page(visit):
    paper, ink = (
        [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        for colour in visit("dark.html").evaluate("""() => [
            getComputedStyle(document.querySelector("figure")).backgroundColor,
            getComputedStyle(document.querySelector(".stacking td")).color]""")
    )
    assert palette.contrast(tuple(paper), palette.PAPER) < 1.05
    assert palette.contrast(tuple(ink), tuple(paper)) > 12


def test_focus_is_visible(visit):
    tab = visit()
    for control in (
        tab.get_by_role("button", name="conv 3"),
        tab.get_by_label("Window", exact=True),
        menu(tab, "φ"),
    ):
        outlined(tab, control)
    window, look = (
        tab.get_by_role("slider", name="place of the kernel"),
        "(e) => getComputedStyle(e.lastChild).stroke",
    )
    before = window.evaluate(look)
    window.focus()
    tab.keyboard.press("ArrowRight")
    assert window.evaluate(look) != before


def test_print_shows_the_state_and_no_controls(visit):
    tab = visit()
    tab.emulate_media(media="print")
    for shown in (".stacking table", ".stage", ".reading"):
        assert tab.locator(shown).first.is_visible()
    assert menu(tab, "Kernel for").is_hidden()
    assert tab.get_by_label("Window", exact=True).is_hidden()


def test_a_notebook_can_show_it_and_take_it_away(visit):
    tab = visit()
    in_notebook(tab, "stack", explorers.Stack().state())
    said = tab.evaluate("""() => {
        const total = () => el.querySelector(".total").textContent.split(",")[0];
        const said = [total()];
        model.set("side", 454); // from Python
        said.push(total());
        press("LeNet-5, all wired");
        said.push(model.saved.side, total(), el.querySelectorAll("tbody tr").length);
        close();
        said.push(heard.size);
        el.remove();
        return said;
    }""")
    assert said == ["8 layers: 60", "8 layers: 200", 32, "5 layers: 61", 5, 0]
