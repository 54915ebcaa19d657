"""The explorer of chapter 5: what a notebook stores, what it accepts, and that the page counts as Python counts."""

import json
import re
import xml.etree.ElementTree as ET
from itertools import product
from urllib.parse import unquote

import numpy as np
import pytest
import torch
from conftest import accessible, comes_alive, in_notebook, printed, refuses, settles
from scipy.signal import correlate2d
from traitlets import TraitError

from press import browser as chrome
from rectified import explorers, palette
from rectified.explorers.kernel import KERNELS

ONE = [  # a digit
    [0, 0, 0, 12, 13, 5, 0, 0],
    [0, 0, 0, 11, 16, 9, 0, 0],
    [0, 0, 3, 15, 16, 6, 0, 0],
    [0, 7, 15, 16, 16, 2, 0, 0],
    [0, 0, 1, 16, 16, 3, 0, 0],
    [0, 0, 1, 16, 16, 6, 0, 0],
    [0, 0, 1, 16, 16, 6, 0, 0],
    [0, 0, 0, 11, 16, 10, 0, 0],
]
CORNERS = np.zeros((8, 8), int)
CORNERS[[0, 0, 7, 7], [0, 7, 0, 7]] = [16, 1, 2, 9]
PICTURES = {"a one": ONE, "four corners": CORNERS}
FIVE = "1.2.1.0.-1_1.2.1.0.-2_0.0.20.0.0_1.2.1.0.-1_1.2.1.0.-20"
LONG = "picture=a%20one&kernel={}&bias={}&stride={}&padding={}&activation={}&pooling={}&place={}"
COSTS = (
    "Map: ⌊(8 + 2·0 − 3)/1⌋ + 1 = 6, so 6 × 6 = 36 cells. Shared weights: 3² + 1 = 10. "
    "Connections: 36 · 10 = 360. A fully connected layer from picture to map would need 36 · (8² + 1) = "
    "2,340 weights. Of the 36 sums, 18 are negative and none is 0."
)


def kernel(weights=KERNELS["vertical edge"], **traits):
    return explorers.Kernel(PICTURES, weights, **traits)


def fragment(
    weights=KERNELS["vertical edge"],
    bias=0,
    stride=1,
    padding=0,
    activation="none",
    pooling="none",
    place="1.1",
):
    return "#kernel:" + LONG.format(weights, bias, stride, padding, activation, pooling, place)


def draws():
    """Every size, stride, padding, activation and pooling, with pictures, weights, biases and places by lot."""
    settings = product(range(1, 6), range(1, 4), range(3), ("none", "rectifier"), ("none", "average", "max"))
    for seed, (size, stride, padding, activation, pooling) in enumerate(settings):
        rng = np.random.default_rng([1989, seed])
        reach = int(rng.choice([1, 3, 20]))
        yield explorers.Kernel(
            {"drawn": rng.integers(0, 17, (8, 8)) * rng.integers(0, 2, (8, 8))},
            rng.integers(-reach, reach + 1, (size, size)),
            bias=int(rng.choice([0, 0, *rng.integers(-99, 100, 2)])),
            stride=stride,
            padding=padding,
            activation=activation,
            pooling=pooling,
            place=".".join(map(str, rng.integers(1, 13, 2))),
        )


# ------------------------------------------------------------------------------- on the side of Python


def test_the_sums_are_those_of_scipy():
    for one in draws():
        padded = np.pad(np.array(one.pictures["drawn"]), one.padding)
        all_places = correlate2d(padded, one.weights(), mode="valid") + one.bias
        np.testing.assert_array_equal(one.sums(), all_places[:: one.stride, :: one.stride])


def test_the_map_is_that_of_torch():
    pools = {"none": torch.nn.Identity(), "average": torch.nn.AvgPool2d(2), "max": torch.nn.MaxPool2d(2)}
    for one in draws():
        picture = torch.tensor(one.pictures["drawn"], dtype=torch.float64)[None, None]
        weights = torch.tensor(one.weights(), dtype=torch.float64)[None, None]
        bias = torch.tensor([float(one.bias)], dtype=torch.float64)
        out = torch.nn.functional.conv2d(picture, weights, bias, stride=one.stride, padding=one.padding)
        out = pools[one.pooling](out.relu() if one.activation == "rectifier" else out)
        assert one.map().tolist() == out[0, 0].tolist()


def test_the_counts_are_those_of_layers():
    for one in draws():
        size = len(one.weights())
        shared = torch.nn.Conv2d(1, 1, size, stride=one.stride, padding=one.padding)
        cells = shared(torch.zeros(1, 1, 8, 8)).numel()
        full = torch.nn.Linear(64, cells)
        weights = lambda layer: sum(each.numel() for each in layer.parameters())  # noqa: E731
        counts, sums = one.counts(), one.sums()
        assert counts["side"] ** 2 == counts["cells"] == cells == sums.size
        assert counts["shared"] == weights(shared)
        assert counts["connections"] == cells * weights(shared)
        assert counts["full"] == weights(full)
        assert counts["negative"] + counts["zero"] == cells - np.count_nonzero(sums > 0)


def test_what_the_presets_see():
    """Flat ground leaves all but the blur and the identity silent; an edge wakes the kernel that it is named after."""
    flat, left = np.full((8, 8), 3), np.repeat([[0, 16]], 8, axis=0).repeat(4, axis=1)
    given = {"flat": flat, "upright": left, "level": left.T, "block": np.minimum(left, left.T)}
    peak = {
        (name, picture): np.abs(explorers.Kernel(given, word, picture=picture).sums()).max()
        for name, word in KERNELS.items()
        for picture in given
    }
    assert {name for name in KERNELS if peak[name, "flat"]} == {"blur", "identity"}
    assert peak["vertical edge", "upright"] == peak["horizontal edge", "level"] == 48
    assert peak["vertical edge", "level"] == peak["horizontal edge", "upright"] == 0
    assert peak["corner", "upright"] == peak["corner", "level"] == 0 < peak["corner", "block"]
    assert peak["Laplacian", "upright"] == 16
    np.testing.assert_array_equal(kernel(KERNELS["identity"], padding=1).map(), ONE)


def test_the_figure_carries_state_picture_and_reading():
    page = kernel(place="2.3").figure()
    state = json.loads(re.search(r"data-state='([^']*)'", page)[1].replace("&quot;", '"'))
    assert state == kernel(place="2.3").state()
    assert state["kernel"] == "-1.0.1_-1.0.1_-1.0.1"
    assert state["pictures"] == {"a one": ONE, "four corners": CORNERS.tolist()}
    assert list(state["presets"]) == list(KERNELS)
    assert "data-explorer='kernel'" in page
    assert "Left, a one: 8 × 8 greys from 0 to 16, and a window of 3 × 3. Right, its map of 6 × 6" in page
    assert "marked is row 2, column 3: 30." in page
    assert COSTS in page
    assert kernel(place="2.3").figure() == page


def test_two_runs_give_the_same_bytes_and_load_no_model():
    script = (
        "import sys; from rectified import explorers;"
        "print(explorers.Kernel({'a': [[1] * 8] * 8}, pooling='average').figure());"
        "print([m for m in ('torch', 'rectified.training', 'rectified.convolution') if m in sys.modules])"
    )
    said = printed(script)
    assert said.endswith("\n[]\n")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"padding": 2, "pooling": "average", "activation": "rectifier", "weights": FIVE, "place": "12.12"},
        {"stride": 3, "pooling": "max", "bias": -9},
    ],
)
def test_the_still_picture_is_svg_of_whole_numbers_in_the_colours_of_the_book(changes):
    one = kernel(**changes)
    picture = unquote(re.search(r"src='data:image/svg\+xml,([^']*)'", one.figure())[1])
    root = ET.fromstring(picture)
    tags = [each.tag.split("}")[1] for each in root.iter()]
    after = np.maximum(one.sums(), 0) if one.activation == "rectifier" else one.sums()
    shown = [*one.padded().ravel(), *after.ravel(), *(one.map().ravel() if one.pooling != "none" else [])]
    texts = [text.text.replace("−", "-") for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert tags.count("text") == len(shown)
    assert [float(text) for text in texts] == [float(value) for value in shown]
    left, top, width, height = (int(part) for part in root.get("viewBox").split())
    assert (width, height) == (int(root.get("width")), int(root.get("height")))
    for rect in root.iter("{http://www.w3.org/2000/svg}rect"):
        x, y, w, h = (int(rect.get(name)) for name in ("x", "y", "width", "height"))  # whole, and inside
        assert left <= x < x + w <= left + width
        assert top <= y < y + h <= top + height
    cuts = [rect for rect in root.iter("{http://www.w3.org/2000/svg}rect") if rect.get("height") == "2"]
    assert len(cuts) == ((one.sums() < 0).sum() if one.activation == "rectifier" else 0)


def test_numbers_in_the_cells_can_be_read():
    picture = unquote(kernel(np.eye(3, dtype=int) - 1).still()[0])
    cells = re.findall(r"fill='(#\w{6})' stroke='#\w{6}'/><text[^>]*fill='(#\w{6})'", picture)
    assert len(cells) == 64 + 36
    assert min(palette.contrast(paper, ink) for paper, ink in cells) >= 4.5
    every = explorers.Kernel({"all": np.arange(64).reshape(8, 8) % 17}, "20").still()[0]
    cells = re.findall(r"fill='(#\w{6})' stroke='#\w{6}'/><text[^>]*fill='(#\w{6})'", every)
    assert min(palette.contrast(paper, ink) for paper, ink in cells) >= 4.5


def test_weights_as_numbers_and_as_a_word_are_the_same():
    assert kernel([[-1, 0, 1]] * 3).kernel == KERNELS["vertical edge"]
    assert kernel(np.array([[2.0]])).kernel == "2"
    np.testing.assert_array_equal(kernel(FIVE).weights()[2], [0, 0, 20, 0, 0])
    assert repr(kernel("1.0_0.-1", bias=2, pooling="max")) == (
        "Kernel('1.0_0.-1', picture='a one', bias=2, stride=1, padding=0, activation='none', pooling='max', "
        "place='1.1')"
    )


def test_traits_can_be_set_and_the_reading_follows():
    one = kernel()
    assert one.reading() == (
        "Row 1, column 1 of the map: 0·(−1) + 0·0 + 0·1 + 0·(−1) + 0·0 + 0·1 + 0·(−1) + 0·0 + 3·1 = 3. "
        + COSTS
    )
    one.place, one.bias = "2.4", 5
    assert one.reading().startswith(
        "Row 2, column 4 of the map: 11·(−1) + 16·0 + 9·1 + 15·(−1) + 16·0 + 6·1 + 16·(−1) + 16·0 + 2·1 + 5 (bias) "
        "= −20. Map:"
    )
    one.activation = "rectifier"
    assert "= −20. The rectifier makes it 0. Map:" in one.reading()
    one.place, one.pooling, one.bias = "2.2", "average", -4
    fours = np.maximum(one.sums()[:2, :2], 0).sum() / 4
    assert fours == 19.75
    assert (
        " − 4 (bias) = 31. The rectifier leaves it. The average of its group of four is 19.75."
        in one.reading()
    )
    assert (
        "after the rectifier 21 of 36 cells are 0. Pooling two by two leaves 3 × 3 = 9 cells."
        in one.reading()
    )
    one.pooling, one.activation, one.bias, one.stride, one.padding = "max", "none", 0, 2, 1
    assert "The largest of its group of four is" in one.reading()
    one.padding, one.stride, one.place = 2, 2, "12.12"
    assert one.reading().startswith("Row 5, column 5 of the map: ")
    assert "= 0. Pooling leaves this cell out. Map: ⌊(8 + 2·2 − 3)/2⌋ + 1 = 5" in one.reading()
    assert one.reading().endswith("leaves 2 × 2 = 4 cells; the last row and column are left out.")
    one.kernel, one.stride, one.picture = FIVE, 1, "four corners"
    assert one.reading().startswith("Row 8, column 8 of the map: 9·20 + 24 products of 0 = 180. The largest")
    one.kernel = "0"
    assert "Of the 144 sums, none is negative and 144 are 0." in one.reading()
    one.kernel, one.padding = "-1", 0
    assert "Of the 64 sums, 4 are negative and 60 are 0." in one.reading()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"picture": "a two"}, "picture is 'a two'; expected one of a one, four corners"),
        ({"pictures": {}}, "picture is 'a one'; expected one of "),
        ({"pictures": {"b": ONE}}, "picture is 'a one'; expected one of b"),
        ({"pictures": {"a one": [[1, 2], [3, 4]]}}, "picture 'a one' has shape (2, 2); expected (8, 8)"),
        (
            {"pictures": {"a one": [[17] * 8] * 8}},
            "picture 'a one' holds 17; expected whole greys from 0 to 16",
        ),
        ({"pictures": {"a one": [[0.5] * 8] * 8}}, "picture 'a one' holds 0.5"),
        ({"kernel": ""}, "kernel holds ''; expected whole numbers from -20 to 20"),
        ({"kernel": "1.2_3.x"}, "kernel holds 'x'"),
        ({"kernel": "21"}, "kernel holds '21'"),
        ({"kernel": "1.2_3"}, "kernel is '1.2_3'; expected 1 to 5 rows joined by _"),
        ({"kernel": "_".join([".".join("111111")] * 6)}, "expected 1 to 5 rows"),
        ({"bias": 100}, "bias is 100; expected a whole number from -99 to 99"),
        ({"stride": 0}, "stride is 0; expected a whole number from 1 to 3"),
        ({"padding": 3}, "padding is 3; expected a whole number from 0 to 2"),
        ({"activation": "tanh"}, "activation is 'tanh'; expected one of none, rectifier"),
        ({"pooling": "sum"}, "pooling is 'sum'; expected one of none, average, max"),
        ({"place": "0.1"}, "place is '0.1'; expected row.column, counted from 1 to 12, such as 2.3"),
        ({"place": "3"}, "place is '3'"),
        ({"presets": {"a": {"kernel": "z"}}}, "preset 'a': kernel holds 'z'"),
        (
            {"presets": {"a": {"speed": 1}}},
            "preset 'a': 'speed' cannot be set; expected picture, kernel, bias",
        ),
    ],
)
def test_a_state_that_cannot_be_is_refused_by_name(changes, message):
    one = kernel()
    (name, value), *_ = changes.items()
    with pytest.raises(TraitError, match=re.escape(message)):
        one.set_trait(name, value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (({}, "1"), "pictures is empty; expected at least one picture"),
        (({"a": [[0.5] * 8] * 8}, "1"), "picture 'a' holds 0.5; expected whole greys from 0 to 16"),
        (({"a": np.zeros((8, 9))}, "1"), "picture 'a' has shape (8, 9); expected (8, 8)"),
        ((PICTURES, [[1, 2]]), "kernel is '1.2'; expected 1 to 5 rows"),
        ((PICTURES, [[1e300]]), "expected whole numbers from -20 to 20"),
    ],
)
def test_what_does_not_fit_is_refused_at_once(given, message):
    with pytest.raises(TraitError, match=re.escape(message)):
        explorers.Kernel(*given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((PICTURES, [[0.5]]), "kernel is [[0.5]]; expected rows of whole numbers"),
        ((PICTURES, [1, 2]), "kernel is [1, 2]; expected rows of whole numbers"),
        ((PICTURES, 5), "kernel is 5; expected rows of whole numbers"),
        (
            (PICTURES, [[1, np.inf]]),
            "kernel is [[1, inf]]; expected rows of whole numbers, all of one length",
        ),
        ((PICTURES, [[np.nan]]), "kernel is [[nan]]; expected rows of whole numbers"),
        (
            (PICTURES, [[1, 2], [3]]),
            "kernel is [[1, 2], [3]]; expected rows of whole numbers, all of one length",
        ),
        ((PICTURES, [["1"]]), "kernel is [['1']]; expected rows of whole numbers"),
        (
            ({"a": [[0, 1], [2]]}, "1"),
            "picture 'a' is [[0, 1], [2]]; expected 8 rows of 8 greys from 0 to 16",
        ),
        (({"a": np.full((8, 8), np.inf)}, "1"), "picture 'a' is array([[inf,"),
        (({"a": None}, "1"), "picture 'a' is None; expected 8 rows of 8 greys"),
    ],
)
def test_what_is_no_rows_of_numbers_is_refused(given, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        explorers.Kernel(*given)


# ------------------------------------------------------------------------------- in the browser


@pytest.fixture(scope="module")
def address(explorer_site):
    root = explorer_site({theme: (theme, kernel().figure()) for theme in ("light", "dark")})
    with chrome.served(root) as address:
        yield address


def reading(tab):
    return " ".join(tab.locator(".reading").all_inner_texts())


def numbers(tab, grid):
    """What stands in the cells of a grid, row by row, as one list."""
    texts = tab.locator(".grid").nth(grid).locator("text").all_text_contents()
    return [float(text.replace("−", "-")) for text in texts]


def test_the_module_computes_what_python_computes(visit):
    states, found, readings = [], [], []
    for one in [
        *draws(),
        *(kernel(word, picture="four corners") for word in [*KERNELS.values(), FIVE, "-0"]),
    ]:
        states.append(one.state())
        found.append({"sums": one.sums().tolist(), "map": one.map().tolist(), "counts": one.counts()})
        readings.append(one.reading())
    computed = visit().evaluate(
        """async (states) => {
            const { check, compute, reading } = await import("./_static/kernel.mjs");
            return states.map((state) => [check(state), compute(state), reading(state)]);
        }""",
        states,
    )
    assert [each for _, each, _ in computed] == found
    assert [words for *_, words in computed] == readings
    assert len(set(readings)) > 260


def test_the_window_slides_by_the_arrow_keys(visit):
    tab = visit()
    window = tab.get_by_role("slider", name="window", exact=True)
    window.focus()
    python = kernel()
    for key, place in [("ArrowRight", "1.2"), ("ArrowDown", "2.2"), ("End", "2.6"), ("ArrowRight", "2.6"),
                       ("PageDown", "6.6"), ("ArrowDown", "6.6"), ("ArrowLeft", "6.5"), ("ArrowUp", "5.5"),
                       ("Home", "5.1"), ("PageUp", "1.1"), ("ArrowLeft", "1.1"), ("ArrowRight", "1.2")]:  # fmt: skip
        tab.keyboard.press(key)
        python.place = place
        assert reading(tab) == python.reading(), key
        row, column = place.split(".")
        assert window.get_attribute("aria-valuetext").startswith(f"row {row}, column {column}, sum ")
        assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "window"
    assert window.get_attribute("aria-valuemax") == "36"
    assert window.get_attribute("aria-valuenow") == "2"


def test_the_slider_runs_through_all_places(visit):
    tab = visit()
    slider = tab.get_by_role("slider", name="place of the window")
    for key, place in [("End", "6.6"), ("ArrowLeft", "6.5"), ("Home", "1.1"), ("ArrowRight", "1.2")]:
        slider.press(key)
        assert reading(tab) == kernel(place=place).reading()
        assert slider.get_attribute("aria-valuetext") == "row {}, column {}".format(*place.split("."))


def test_every_control_answers_and_the_address_follows(visit):
    tab, python = visit(), kernel()
    choose = lambda name, value: tab.get_by_role("combobox", name=name).select_option(value)  # noqa: E731
    for name, value in [("Stride", 2), ("Padding", 1), ("Activation", "rectifier"), ("Pooling", "average"),
                        ("Pooling", "max"), ("Picture", "four corners"), ("Picture", "a one")]:  # fmt: skip
        choose(name, str(value))
        python.set_trait(name.lower(), value)
        assert reading(tab) == python.reading(), name
    assert numbers(tab, 0) == python.padded().ravel().tolist()
    assert numbers(tab, 1) == np.maximum(python.sums(), 0).ravel().tolist()
    assert numbers(tab, 2) == python.map().ravel().tolist()
    assert tab.locator(".cut").count() == (python.sums() < 0).sum() > 0
    settles(tab, fragment(stride=2, padding=1, activation="rectifier", pooling="max"))
    for words, word in KERNELS.items():
        tab.get_by_role("button", name=words, exact=True).press("Enter")
        python.kernel = word
        assert reading(tab) == python.reading()
    last = fragment(python.kernel, stride=2, padding=1, activation="rectifier", pooling="max")
    settles(tab, last)
    said = reading(tab)
    tab.reload()
    comes_alive(tab)
    assert reading(tab) == said
    tab.get_by_role("button", name="Reset").press("Space")
    assert reading(tab) == kernel().reading()
    settles(tab, "")
    assert tab.locator(".grid").nth(2).is_hidden()


def test_weights_and_bias_are_typed_and_stepped(visit):
    tab, python = visit(), kernel()
    weight = tab.get_by_role("spinbutton", name="weight in row 2, column 3", exact=True)
    weight.fill("-12")
    python.kernel = "-1.0.1_-1.0.-12_-1.0.1"
    assert reading(tab) == python.reading()
    weight.press("ArrowUp")
    python.kernel = "-1.0.1_-1.0.-11_-1.0.1"
    assert reading(tab) == python.reading()
    bias = tab.get_by_role("spinbutton", name="bias", exact=True)
    bias.fill("7")
    bias.press("ArrowDown")
    python.bias = 6
    assert reading(tab) == python.reading()
    settles(tab, fragment(python.kernel, 6))


@pytest.mark.parametrize("typed", ["", "2.5", "21", "-21"])
def test_a_weight_that_cannot_be_is_put_right_and_said(visit, typed):
    tab = visit()
    weight = tab.get_by_role("spinbutton", name="weight in row 1, column 1", exact=True)
    fault = tab.locator(".fault")
    heard = "(e) => e.getAttribute('role') === 'status' && e.checkVisibility({ visibilityProperty: true })"
    assert fault.evaluate(heard)  # screen readers say what comes into a status that was there before
    weight.fill(typed)
    weight.press("Tab")
    assert fault.inner_text() == (
        "Only whole numbers from −20 to 20 fit here: the weight in row 1, column 1 stays −1."
    )
    assert weight.input_value() == "-1"
    assert reading(tab) == kernel().reading()
    weight.fill("3")
    assert fault.is_hidden()  # of no height,
    assert fault.evaluate(heard)  # but there


def test_greys_and_products_can_be_read_by_those_who_do_not_see_them(visit):
    read = visit().get_by_role("group", name="weights of the kernel").aria_snapshot()
    weights, patch = kernel().weights().ravel().tolist(), kernel().padded()[:3, :3].ravel().tolist()
    for grey, weight in zip(patch, weights, strict=True):
        assert f"{grey} ×" in read
        assert f"= {grey * weight}".replace("-", "−") in read


def test_typing_is_not_disturbed(visit):
    tab = visit()
    weight = tab.get_by_role("spinbutton", name="weight in row 1, column 2", exact=True)
    weight.focus()
    tab.keyboard.press("Control+A")
    for key, value, shown in [
        ("-", "0", ""),
        ("1", "-1", "-1"),
        ("5", "-15", "-15"),
        ("Backspace", "-1", "-1"),
    ]:
        tab.keyboard.press(key)
        assert weight.input_value() == shown
        settles(tab, fragment(f"-1.{value}.1_-1.0.1_-1.0.1") if value != "0" else "")


def test_another_size_keeps_the_middle(visit):
    tab = visit()
    size = tab.get_by_role("combobox", name="Kernel")
    size.select_option("5")
    settles(tab, fragment("0.0.0.0.0_0.-1.0.1.0_0.-1.0.1.0_0.-1.0.1.0_0.0.0.0.0"))
    assert tab.get_by_role("spinbutton", name="weight").count() == 25
    size.select_option("3")
    settles(tab, "")
    size.select_option("2")
    settles(tab, fragment("-1.0_-1.0"))
    size.select_option("1")
    settles(tab, fragment("-1"))
    assert size.input_value() == "1"


@pytest.mark.parametrize("touch", [False, True])
def test_the_window_follows_the_pointer(visit, touch):
    view = {"width": 390, "height": 1600} if touch else {"width": 1280, "height": 1100}
    tab = visit(has_touch=touch, viewport=view)
    box = tab.locator(".grid").first.bounding_box()
    spot = lambda x, y: (box["x"] + box["width"] * x / 8, box["y"] + box["height"] * y / 8)  # noqa: E731
    if touch:
        tab.touchscreen.tap(*spot(4.5, 2.5))
    else:
        tab.mouse.move(*spot(1.5, 1.5))
        tab.mouse.down()
        tab.mouse.move(*spot(4.5, 2.5))
        tab.mouse.up()
        tab.mouse.move(*spot(7, 7))
    settles(tab, fragment(place="2.4"))
    handle = tab.locator(".window .edge")
    assert [handle.get_attribute(name) for name in ("x", "y", "width", "height")] == ["3", "1", "3", "3"]
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "window"
    box = tab.locator(".grid").nth(1).bounding_box()
    at = (box["x"] + box["width"] * 5.5 / 6, box["y"] + box["height"] * 4.5 / 6)
    (tab.touchscreen.tap if touch else tab.mouse.click)(*at)
    settles(tab, fragment(place="5.6"))
    assert tab.locator(".spot .edge").first.get_attribute("x") == "5"


def test_the_products_under_the_window_add_up(visit):
    tab = visit("light.html" + fragment(FIVE, bias=3, padding=2, place="5.5"))
    greys, products = (
        [int(re.sub("[^−0-9]", "", text).replace("−", "-")) for text in tab.locator(kind).all_inner_texts()]
        for kind in (".tap .grey", ".tap .product")
    )
    weights = [int(each.input_value()) for each in tab.locator(".tap input").all()]
    assert products == [grey * weight for grey, weight in zip(greys, weights, strict=True)]
    python = kernel(FIVE, bias=3, padding=2, place="5.5")
    assert sum(products) + 3 == python.sums()[4, 4]
    assert reading(tab) == python.reading()
    edge = tab.locator(".window .edge").bounding_box()
    cells = tab.locator(".grid").first.locator("text")
    inside = [
        int(text.text_content())
        for text in cells.all()
        if edge["x"] < text.bounding_box()["x"] < edge["x"] + edge["width"]
        and edge["y"] < text.bounding_box()["y"] < edge["y"] + edge["height"]
    ]
    assert inside == greys


def test_the_answer_comes_in_the_same_turn(visit):
    tab = visit()
    answers = tab.evaluate("""() => {
        const said = () => document.querySelector(".reading").textContent.split(":")[0];
        const answers = [said()];
        const slider = document.querySelector("[type=range]");
        for (const place of [2, 9]) {
            slider.value = place;
            slider.dispatchEvent(new Event("input"));
            answers.push(said());
        }
        return answers;
    }""")
    assert answers == [f"Row {row}, column {column} of the map" for row, column in [(1, 1), (1, 2), (2, 3)]]


BROKEN = {
    "picture=%3Cb%3E": "picture is “<b>”; expected one of a one, four corners",
    "picture=__proto__": "picture is “__proto__”",
    "kernel=": "kernel holds “”; expected whole numbers from -20 to 20",
    "kernel=1.2_3": "kernel is “1.2_3”; expected 1 to 5 rows joined by _",
    "kernel=" + "_".join([".".join("111111")] * 6): "expected 1 to 5 rows",
    "bias=1e2": "bias is “100”; expected a whole number from -99 to 99",
    "stride=": "stride is “”; expected a whole number from 1 to 3",
    "padding=0.5": "padding is “0.5”",
    "activation=tanh": "activation is “tanh”; expected one of none, rectifier",
    "pooling=sum": "pooling is “sum”; expected one of none, average, max",
    "place=2": "place is “2”; expected row.column, counted from 1 to 12, such as 2.3",
    "place=13.1": "place is “13.1”",
    "presets=1": "“presets” is none of picture, kernel, bias",
}


def test_a_broken_address_is_ignored_whole_and_said_in_plain_words(visit):
    tab = visit()
    refuses(tab, "kernel", BROKEN)
    assert reading(tab) == kernel().reading()


def test_without_scripts_the_picture_stands(visit):
    tab = visit(live=False, java_script_enabled=False)
    assert tab.get_by_role("img", name="Grids of numbers. Left, a one").bounding_box()["width"] > 300
    assert tab.get_by_text("Shared weights: 3² + 1 = 10.").is_visible()


@pytest.mark.parametrize(
    "page",
    [
        "dark.html",
        "light.html" + fragment(FIVE, padding=2, activation="rectifier", pooling="average", place="3.8"),
    ],
)
@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible_and_fits(visit, page, width):
    tab = visit(page, viewport={"width": width, "height": 1100})
    accessible(tab, width, "button, select, input")


def test_numbers_fit_their_cells_on_a_phone(visit):
    tab = visit(
        "light.html" + fragment(FIVE, bias=-99, padding=2, pooling="average"),
        viewport={"width": 390, "height": 900},
    )
    tight = tab.evaluate("""() => [...document.querySelectorAll(".grid text")].map((text) => {
        const cell = text.previousElementSibling.getBoundingClientRect(), box = text.getBoundingClientRect();
        return [text.textContent, cell.width - box.width, box.height];
    }).filter(([, spare, height]) => spare < 0 || height < 8)""")
    assert tight == []
    unequal = tab.evaluate("""() => [...document.querySelectorAll(".grid")].map((grid) =>
        grid.querySelector("rect").getBoundingClientRect().width)""")
    assert unequal[0] == pytest.approx(unequal[1], abs=0.5)
    assert unequal[2] == pytest.approx(2 * unequal[1], abs=0.5)


def test_the_paper_stays_pale_on_a_dark_page(visit):
    tab = visit("dark.html")
    paper, ink = (
        [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        for colour in tab.evaluate("""() => [getComputedStyle(document.querySelector("figure")).backgroundColor,
            getComputedStyle(document.querySelector(".grid text")).fill]""")
    )
    assert palette.contrast(tuple(paper), palette.PAPER) < 1.05
    assert palette.contrast(tuple(ink), tuple(paper)) > 12


def test_focus_is_visible(visit):
    tab = visit()
    look = "(e) => getComputedStyle(e.querySelector('.edge') ?? e)"
    controls = [
        ("slider", "place of the window"),
        ("combobox", "Stride"),
        ("button", "blur"),
        ("spinbutton", "bias"),
    ]
    for role, name in controls:
        control = tab.get_by_role(role, name=name, exact=True)
        control.focus()
        tab.keyboard.press("Shift")  # a key, so that the browser knows how the reader got here
        assert control.evaluate(f"(e) => ({look})(e).outlineStyle + ({look})(e).outlineWidth") == "solid2px"
    window = tab.get_by_role("slider", name="window", exact=True)
    before = window.evaluate(f"(e) => ({look})(e).stroke")
    window.focus()
    tab.keyboard.press("ArrowRight")
    assert window.evaluate(f"(e) => ({look})(e).stroke") != before


def test_print_shows_the_state_and_no_controls(visit):
    tab = visit()
    tab.emulate_media(media="print")
    assert tab.locator(".grid").first.is_visible()
    assert tab.locator(".tap").first.is_visible()
    assert tab.locator(".reading").first.is_visible()
    assert tab.get_by_role("combobox", name="Stride").is_hidden()


def test_a_notebook_can_show_it_and_take_it_away(visit):
    tab = visit()
    in_notebook(tab, "kernel", kernel().state())
    said = tab.evaluate("""() => {
        const reading = () => el.querySelector(".reading").textContent.split(" of")[0];
        const said = [reading()];
        model.set("place", "3.4"); // from Python
        said.push(reading());
        model.set("kernel", "1.2_3.4");
        said.push(el.querySelectorAll(".tap").length);
        press("identity");
        said.push(model.saved.kernel, el.querySelectorAll(".tap").length);
        close();
        said.push(heard.size);
        el.remove();
        return said;
    }""")
    assert said == ["Row 1, column 1", "Row 3, column 4", 4, KERNELS["identity"], 9, 0]
