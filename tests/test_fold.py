"""The explorer of chapter 9: its counts against nets that are asked point by point, and that the page counts alike."""

import json
import re
import xml.etree.ElementTree as ET
from fractions import Fraction
from itertools import pairwise
from urllib.parse import quote, unquote

import numpy as np
import pytest
import torch
from conftest import accessible, comes_alive, in_notebook, outlined, printed, refuses, settles
from matplotlib.colors import to_rgb
from traitlets import TraitError

from press import browser as chrome
from rectified import explorers, palette
from rectified.explorers import fold
from rectified.explorers.fold import LINES, PRESETS, ZIGZAG

SVG = "{http://www.w3.org/2000/svg}"
PHI = {"ReLU": torch.relu, "softplus": torch.nn.functional.softplus, "tanh": torch.tanh}
DIAMOND = PRESETS["fold the plane"]["plane"]
START = (
    "3 units, ReLU: 4 linear pieces between −4 and 4. Hinges at 3 places: at most 3 + 1 = 4. "
    "Activation regions, each with its own units on: 4. "
    "Unit 1: hinge at −2.0, on to the right; it turns the graph by 1.50."
)
FOUR = (
    "4 units, ReLU: 11 regions in the square, each with its own units on. At most 1 + 4 + 4·3/2 = 11. "
    "Unit 1 is on where 0.3·x − 1.0·y > −1.00, in 7 of 11 regions."
)


def fragment(mode="line", activation="ReLU", line=ZIGZAG, depth=1, plane=LINES, unit=1):
    return f"#fold:mode={mode}&activation={activation}&line={line}&depth={depth}&plane={plane}&unit={unit}"


def word(*layers):
    return "~".join("_".join(".".join(str(value) for value in row) for row in rows) for rows in layers)


def lines(count):
    """Nets on the line drawn by lot: few tenths, so that hinges meet and weights are 0, or all of them."""
    for seed in range(count):
        rng = np.random.default_rng([2019, seed])
        units, coarse = int(rng.integers(1, 5)), int(rng.choice([1, 5, 15]))
        draw = lambda limit, size, rng=rng, coarse=coarse: (  # noqa: E731
            rng.integers(-(limit // coarse), limit // coarse + 1, size) * coarse
        )
        rows = np.stack([draw(45, units), draw(30, units), draw(30, units)], axis=1)
        net = word(rows.tolist(), [[int(draw(50, 1)[0])]])
        unit, activation = int(rng.integers(1, 8)), str(rng.choice(["ReLU", "ReLU", "softplus", "tanh"]))
        yield explorers.Fold("line", activation, line=net, depth=1 + seed % 5, unit=unit)


def planes(count):
    """Nets on the plane drawn by lot, some with lines that are parallel, coincide or miss the square."""
    for seed in range(count):
        rng = np.random.default_rng([2014, seed])
        first, second, coarse = int(rng.integers(1, 5)), int(rng.integers(0, 4)), int(rng.choice([1, 5, 10]))
        draw = lambda limit, size, rng=rng, coarse=coarse: (  # noqa: E731
            rng.integers(-(limit // coarse), limit // coarse + 1, size) * coarse
        )
        above = np.hstack([draw(30, (second, 1)), draw(30, (second, first))])
        net = word(np.hstack([draw(40, (first, 2)), draw(30, (first, 2))]).tolist(), above.tolist())
        unit, activation = int(rng.integers(1, 8)), str(rng.choice(["ReLU", "ReLU", "softplus", "tanh"]))
        yield explorers.Fold("plane", activation, plane=net, unit=unit)


def numbers(net):
    """The rows of a net, read anew from its word, in units: both layers, or units and bias."""
    return [
        np.array([[int(v) / 10 for v in row.split(".")] for row in part.split("_")] if part else [])
        for part in net.split("~")
    ]


def along(one, x):
    """The output at x, its slope there, and which units are on, layer after layer: in fractions, so exactly."""
    units, ((bias,),) = (
        [[Fraction(int(v), 10) for v in row.split(".")] for row in part.split("_")]
        for part in one.line.split("~")
    )
    slope, on, value = Fraction(1), "", Fraction(x)
    for _ in range(one.depth):
        sums = [weight * (value - place) for place, weight, _ in units]
        on += "".join("1" if z > 0 else "0" for z in sums)
        value = bias + sum(output * max(z, 0) for (_, _, output), z in zip(units, sums, strict=True))
        slope *= sum(w * output for (_, w, output), z in zip(units, sums, strict=True) if z > 0)
    return value, slope, on


def asked(one):
    """How many regions the line has, and the ends of its pieces, found by asking points alone.

    The part of the line where the same units are on has no gaps: two points that agree have all between them. So
    halve again and again what lies between two that differ.
    """

    def between(a, here, b, there):
        if here == there:
            return []
        middle = a + 0.48713 * (b - a)  # seldom on a hinge, where a unit is neither on nor off
        if b - a < 1e-10:
            return [middle]
        half = along(one, middle)[2]
        return between(a, here, middle, half) + between(middle, half, b, there)

    first, last = -4 + 1e-9, 4 - 1e-9
    near = between(first, along(one, first)[2], last, along(one, last)[2])
    places = [-4.0, *(x for k, x in enumerate(near) if k == 0 or x - near[k - 1] > 1e-9), 4.0]
    slopes = [along(one, (a + b) / 2)[1] for a, b in pairwise(places)]
    turns = [places[k] for k in range(1, len(slopes)) if slopes[k] != slopes[k - 1]]
    return len(slopes), [-4.0, *turns, 4.0]


def pattern(one, points):
    """Which units are on at points of the plane, as torch computes it: (points, units)."""
    first, second = (torch.tensor(rows, dtype=torch.float64) for rows in numbers(one.plane))
    points = torch.tensor(points, dtype=torch.float64)
    z = (first[:, 2:] * (points[:, None] - first[:, :2])).sum(2)
    if len(second):
        z = torch.cat([z, torch.relu(z) @ second[:, 1:].T + second[:, 0]], dim=1)
    return z.numpy()


def area(corners):
    x, y = np.asarray(corners).T
    return 0.5 * (x @ np.roll(y, -1) - y @ np.roll(x, -1))


# ------------------------------------------------------------------------------- on the side of Python


def test_pieces_and_regions_of_the_line_are_those_that_points_show():
    met = set()
    for one in lines(150):
        one.activation = "ReLU"
        found = one.counts()
        regions, kinks = asked(one)
        assert found["regions"] == regions, one
        assert found["pieces"] == len(kinks) - 1, one
        corners = one.graph()
        np.testing.assert_allclose(corners[:, 0], kinks, atol=1e-7)
        height = [float(along(one, x)[0]) for x in corners[:, 0]]
        np.testing.assert_allclose(corners[:, 1], height, rtol=1e-7, atol=1e-6 * np.abs(corners[:, 1]).max())
        assert found["pieces"] <= found["regions"]
        assert found["pieces"] <= found["bound"]
        assert found["units"] == len(numbers(one.line)[0]) * one.depth
        met.add(found["pieces"])
    assert {1, 2, 3, 4, 5, 6, 7} < met


def test_the_bound_is_met_by_zigzags_and_by_folds():
    for n in range(1, 5):
        places = np.arange(n) - (n - 1) / 2
        turns = 2.0 * (-1) ** np.arange(n)
        one = explorers.Fold(line=(np.stack([places, np.ones(n), turns], axis=1), 0))
        assert one.counts()["pieces"] == one.counts()["bound"] == n + 1
    for depth in range(1, 6):
        one = explorers.Fold(line=PRESETS["fold"]["line"], depth=depth)
        assert one.counts()["pieces"] == one.counts()["bound"] == one.counts()["regions"] == 2**depth
        assert np.abs(one.graph()[:, 1]).max() == 4


@pytest.mark.parametrize(
    ("net", "depth", "pieces", "regions", "places"),
    [
        ("0.10.10_0.-10.-10~0", 1, 1, 2, 1),  # x from two rectifiers
        ("0.10.10_0.-10.-10~0", 5, 1, 2, 1),
        ("0.0.10~0", 1, 1, 1, 0),  # no weight, no hinge
        ("0.0.0_0.0.0_0.0.0_0.0.0~-50", 5, 1, 1, 0),
        ("0.10.0~0", 1, 1, 2, 1),  # heard by nobody
        ("45.10.10~0", 1, 1, 1, 1),  # off in the whole window
        ("40.10.10~0", 1, 1, 1, 1),  # at its edge
        ("-45.10.10~0", 1, 1, 1, 1),  # on in the whole window
        ("10.10.10_10.10.10~0", 1, 2, 2, 1),  # twice the same
        ("10.10.10_10.10.-10~0", 1, 1, 2, 1),  # and taken back
        ("0.10.-20_0.-10.-20~40", 5, 32, 32, 1),
        ("0.10.10~-5", 5, 2, 6, 1),  # its zeros stay where they are, the kinks fold away
    ],
)
def test_nets_on_the_line_that_are_hardly_nets_are_counted_too(net, depth, pieces, regions, places):
    one = explorers.Fold(line=net, depth=depth)
    found = one.counts()
    assert (found["pieces"], found["regions"], found["places"]) == (pieces, regions, places)
    assert asked(one)[0] == regions
    one.figure()


def test_regions_of_the_plane_are_those_that_points_show():
    across = np.linspace(-4, 4, 161) + 1e-7
    grid = np.stack(np.meshgrid(across[:-1], across[:-1]), axis=2).reshape(-1, 2)
    met = []
    for one in planes(150):
        cells = one.cells()
        assert len(cells) == len({*cells}) == one.counts()["regions"] <= one.counts()["bound"]
        assert sum(map(area, cells.values())) == pytest.approx(64)  # they fill the square, and
        for on, corners in cells.items():  # in each the same units are on, so they do not overlap
            assert area(corners) > 0
            inner = 0.999 * corners + 0.001 * corners.mean(0)
            z = pattern(one, np.vstack([inner, corners.mean(0)]))
            for unit, each in enumerate(on):
                assert (z[:, unit] > 0).all() if each == "1" else (z[:, unit] <= 1e-12).all(), one
        on = pattern(one, grid) > 1e-12
        codes = np.unique(on @ (1 << np.arange(on.shape[1])[::-1]))  # a pattern read as a binary number
        seen = {f"{code:0{on.shape[1]}b}" for code in codes.tolist()}
        assert seen <= set(cells)
        assert {on for on, corners in cells.items() if area(corners) > 0.2} <= seen
        met.append(len(cells))
    assert min(met) == 1
    assert max(met) > 15


def test_a_line_is_drawn_where_the_sum_of_its_unit_is_zero():
    drawn = 0
    for one in planes(150):
        for unit, cuts in enumerate(one._plane()["cuts"]):
            for ends in cuts:
                assert np.shape(ends) == (2, 2)
                ways = np.linspace(ends[0], ends[1], 5)
                assert np.abs(ways).max() <= 4
                np.testing.assert_allclose(pattern(one, ways)[:, unit], 0, atol=1e-9)
                drawn += 1
    assert drawn > 300


@pytest.mark.parametrize(
    ("net", "regions"),
    [
        (LINES, 11),
        ("0.0.10.0~", 2),
        ("0.0.0.0~", 1),  # no weights, no line
        ("40.40.10.10~", 1),  # touches the square in a corner, and is never on
        ("40.40.-10.-10~", 1),  # and always on
        ("40.0.10.0~", 1),  # along its edge
        ("0.0.10.0_0.0.20.0_0.0.-10.0~", 2),  # the same line three times
        (PRESETS["four parallel lines"]["plane"], 5),
        ("0.0.10.0_0.0.0.10_0.0.10.10_0.0.10.-10~", 8),  # all through one point
        ("0.0.10.0_0.0.0.10~0.0.0_10.0.0_-10.0.0", 4),  # a second layer that hears nothing
        ("0.0.10.0~0.10", 2),  # on where layer 1 is on
        ("0.0.10.0~-10.10", 3),
        (DIAMOND, 8),
        (PRESETS["a bent second layer"]["plane"], 15),
    ],
)
def test_nets_on_the_plane_that_are_hardly_nets_are_counted_too(net, regions):
    one = explorers.Fold("plane", plane=net)
    assert one.counts()["regions"] == regions
    for unit in range(1, 8):
        one.unit = unit
        assert f"{regions} region" in one.reading()
    one.figure()


@pytest.mark.parametrize("n", range(1, 5))
def test_lines_in_general_position_make_all_the_regions_there_can_be(n):
    first, _ = LINES.split("~")
    found = explorers.Fold("plane", plane="_".join(first.split("_")[:n]) + "~").counts()
    assert found == {"units": n, "regions": (2, 4, 7, 11)[n - 1], "bound": (2, 4, 7, 11)[n - 1]}


@pytest.mark.parametrize("activation", PHI)
def test_graph_and_shading_are_those_of_torch(activation):
    phi = PHI[activation]
    for one in lines(40):
        one.activation = activation
        graph = one.graph()
        assert activation == "ReLU" or len(graph) == fold.SAMPLES
        units, bias = (torch.tensor(rows) for rows in numbers(one.line))
        y = torch.tensor(graph[:, 0])
        for _ in range(one.depth):
            y = phi(units[:, 1] * (y[:, None] - units[:, 0])) @ units[:, 2] + bias[0, 0]
        np.testing.assert_allclose(graph[:, 1], y, rtol=1e-7, atol=1e-7 * np.abs(graph[:, 1]).max())
    for one in planes(40):
        one.activation = activation
        first, second = (torch.tensor(rows) for rows in numbers(one.plane))
        x = (torch.arange(80, dtype=torch.float64) + 0.5) / 10 - 4
        points = torch.stack(torch.meshgrid(x.flip(0), x, indexing="ij")[::-1], dim=2)
        z = (first[:, 2:] * (points[:, :, None] - first[:, :2])).sum(3)
        if len(second):
            z = torch.cat([z, phi(z) @ second[:, 1:].T + second[:, 0]], dim=2)
        z.requires_grad_()
        (slope,) = torch.autograd.grad(phi(z).sum(), z)
        off = z.detach().abs().amin(2).numpy() > 1e-9  # where a rectifier has its kink, rounding decides
        np.testing.assert_allclose(
            one.shades()[off], slope.mean(2)[off], rtol=1e-8, atol=1e-9
        )  # torch cuts softplus at 20


def test_the_figure_carries_state_picture_and_reading():
    page = explorers.Fold().figure()
    state = json.loads(re.search(r"data-state='([^']*)'", page)[1].replace("&quot;", '"'))
    assert state == {"mode": "line", "activation": "ReLU", "line": ZIGZAG, "depth": 1, "plane": LINES, "unit": 1,
                     "presets": PRESETS}  # fmt: skip
    assert "data-explorer='fold'" in page
    assert START in page
    assert (
        "A graph from −4 to 4, 4 straight pieces, from −1.0 at the left to 2.0 at the right. Below, 3 units"
        in page
    )
    assert explorers.Fold().figure() == page
    plane = explorers.Fold("plane").figure()
    assert FOUR.replace(">", "&gt;") in plane
    assert "A square of the plane crossed by 4 lines of layer 1: 11 regions, the darker" in plane
    smooth = explorers.Fold("plane", "softplus", plane=DIAMOND).still()[1]
    assert smooth.startswith(
        "A square of the plane crossed by 2 lines of layer 1 and 1 line of layer 2, bent where"
    )
    assert "dashed; a shading of the mean slope" in smooth


def test_two_runs_give_the_same_bytes_and_load_no_model():
    script = (
        "import sys; from rectified import explorers;"
        "print(explorers.Fold(depth=3, activation='tanh').figure());"
        "print(explorers.Fold('plane', 'softplus').figure());"
        "print([m for m in ('torch', 'rectified.training', 'rectified.kink') if m in sys.modules])"
    )
    assert printed(script).endswith("\n[]\n")


@pytest.mark.parametrize("activation", PHI)
@pytest.mark.parametrize("words", PRESETS)
def test_the_still_picture_is_svg_of_whole_numbers_within_its_frame(words, activation):
    one = explorers.Fold(**PRESETS[words], activation=activation)
    picture = unquote(re.search(r"src='data:image/svg\+xml,([^']*)'", one.figure())[1])
    root = ET.fromstring(picture)
    width, height = int(root.get("width")), int(root.get("height"))
    assert root.get("viewBox") == f"0 0 {width} {height}"
    tags = [each.tag.removeprefix(SVG) for each in root.iter()]
    paths = [each.get("d") for each in root.iter(f"{SVG}path")]
    assert not any(re.search(r"\d\.\d", path) for path in paths)
    for x, y in (pair.split() for path in paths for pair in re.findall(r"[ML](\d+ \d+)", path)):
        assert 0 <= int(x) <= width
        assert 0 <= int(y) <= height
    colour = palette.FAMILIES[activation.lower()][0]
    if one.mode == "line":
        units = len(numbers(one.line)[0])
        kinks = one.counts()["pieces"] - 1 if activation == "ReLU" else 0
        assert tags.count("circle") == units + kinks
        assert colour in {each.get("stroke") for each in root.iter(f"{SVG}path")}
    else:
        assert tags.count("polygon") == (one.counts()["regions"] if activation == "ReLU" else 0)
        shares = {on.count("1") for on in one.cells()}
        fills = {each.get("fill") for each in root.iter(f"{SVG}polygon")}
        assert activation != "ReLU" or len(fills) == len(shares)


@pytest.mark.parametrize("words", PRESETS)
def test_every_preset_is_what_it_is_called(words):
    one = explorers.Fold(**PRESETS[words])
    expected = {
        "one hinge": "2 linear pieces", "a tooth, |x|": "2 linear pieces", "x from two rectifiers": "1 linear piece ",
        "a hat from three": "4 linear pieces", "fold": "2 linear pieces", "fold, fold, fold": "8 linear pieces",
        "four lines": "11 regions", "four parallel lines": "5 regions", "a bent second layer": "15 regions",
        "fold the plane": "8 regions",
    }  # fmt: skip
    assert f"ReLU: {expected[words]}" in one.reading()
    x = np.linspace(-4, 4, 9)
    height = {
        "one hinge": np.maximum(x, 0), "a tooth, |x|": abs(x), "x from two rectifiers": x, "fold": 4 - 2 * abs(x),
        "a hat from three": np.maximum(0, 3 - 1.5 * abs(x)),
    }.get(words)  # fmt: skip
    if height is not None:
        np.testing.assert_allclose(np.interp(x, *one.graph().T), height, atol=1e-12)


def test_traits_can_be_set_and_the_reading_follows():
    one = explorers.Fold()
    assert one.reading() == START
    one.unit = 7  # beyond the last it is the last
    assert one.reading().endswith("Unit 3: hinge at 2.0, on to the right; it turns the graph by 3.00.")
    one.line, one.unit = "45.-10.5_0.0.10~0", 1
    assert one.reading() == (
        "2 units, ReLU: 1 linear piece between −4 and 4. Hinges at 1 place: at most 1 + 1 = 2. "
        "Activation regions, each with its own units on: 1. "
        "Unit 1: hinge at 4.5, outside the window, on to the left; it turns the graph by 0.50."
    )
    one.unit = 2
    assert one.reading().endswith("Unit 2: its weight is 0, so it has no hinge and is never on.")
    one.activation = "tanh"
    assert one.reading() == (
        "2 units, tanh: no pieces, smooth everywhere. With ReLU, dashed: 1 linear piece between −4 and 4. "
        "Hinges at 1 place: at most 1 + 1 = 2. Unit 2: its weight is 0, so it has no hinge."
    )
    one.unit = 1
    assert one.reading().endswith(
        "Unit 1: weighted sum 0 at 4.5, outside the window, and above 0 to the left."
    )
    one.line, one.depth, one.activation = PRESETS["fold"]["line"], 3, "ReLU"
    assert one.reading() == (
        "2 units a layer, 3 layers, ReLU: 8 linear pieces between −4 and 4. Hinges at 1 place, 3 layers: "
        "at most (1 + 1)³ = 8. Activation regions, each with its own units on: 8. "
        "Unit 1 of each layer: hinge at 0.0, on to the right."
    )
    one.mode = "plane"
    assert one.reading() == FOUR
    one.activation = "softplus"
    assert one.reading() == (
        "4 units, softplus: no regions, smooth everywhere. With ReLU, dashed: 11 regions. "
        "At most 1 + 4 + 4·3/2 = 11. Unit 1 has a weighted sum above 0 where 0.3·x − 1.0·y > −1.00."
    )
    one.activation, one.plane, one.unit = "ReLU", "0.0.0.0_10.0.-5.0~-8.0.12", 1
    assert one.reading().endswith("Unit 1: its weights are 0, so it has no line and is never on.")
    one.unit = 3
    assert one.reading() == (
        "2 units and a second layer of 1, ReLU: 3 regions in the square, each with its own units on. "
        "At most (1 + 2 + 2·1/2) · (1 + 1) = 8. "
        "Unit A is on where 1.2·h₂ − 0.8 > 0, h being what layer 1 says, in 1 of 3 regions."
    )
    one.plane = "0.0.10.0~0.0"
    assert one.reading().endswith("Unit A is on where 0 > 0, h being what layer 1 says, in 0 of 2 regions.")
    assert repr(one) == "Fold('plane', 'ReLU', plane='0.0.10.0~0.0', unit=3)"
    assert repr(explorers.Fold()) == f"Fold('line', 'ReLU', line='{ZIGZAG}', depth=1, unit=1)"


def test_nets_as_numbers_and_as_words_are_the_same():
    line = explorers.Fold(line=([[0, 1, -2], [0.0, -1, -2]], 4))
    assert line.line == "0.10.-20_0.-10.-20~40"
    plane = explorers.Fold("plane", plane=([[0, 1, 0.3, -1], [-0.0, -1, 0.4, 1]], [[-0.8, 1, -1.2]]))
    assert plane.plane == "0.10.3.-10_0.-10.4.10~-8.10.-12"
    assert explorers.Fold(plane=([[0, 1, 0.3, -1]], [])).plane == "0.10.3.-10~"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mode": "cube"}, "mode is 'cube'; expected one of line, plane"),
        ({"activation": "relu"}, "activation is 'relu'; expected one of ReLU, softplus, tanh"),
        ({"depth": 0}, "depth is 0; expected a whole number from 1 to 5"),
        ({"depth": 6}, "depth is 6"),
        ({"unit": 0}, "unit is 0; expected a whole number from 1 to 7"),
        ({"unit": 8}, "unit is 8"),
        ({"line": ""}, "line is ''; expected whole tenths in the form place.weight.output_…~bias"),
        ({"line": "~0"}, "line has 0 units in layer 1; expected 1 to 4"),
        ({"line": "0.10.10"}, "line is '0.10.10'; expected whole tenths"),
        ({"line": "0.10.10~"}, "line ends with ''; expected the bias of the output"),
        ({"line": "0.10.10~1.2"}, "line ends with '1.2'; expected the bias"),
        ({"line": "0.10~0"}, "line holds '0.10'; expected place, weight and output weight of a unit"),
        ({"line": "0.10.x~0"}, "line holds 'x'; expected whole tenths"),
        ({"line": "46.10.10~0"}, "line holds a place of 46; expected tenths from -45 to 45"),
        ({"line": "0.31.10~0"}, "line holds a weight of 31; expected tenths from -30 to 30"),
        ({"line": "0.10.10~-51"}, "line holds a bias of -51; expected tenths from -50 to 50"),
        ({"line": "_".join(["0.1.1"] * 5) + "~0"}, "line has 5 units in layer 1; expected 1 to 4"),
        ({"plane": "~"}, "plane has 0 units in layer 1; expected 1 to 4"),
        ({"plane": "0.0.1~"}, "plane holds '0.0.1'; expected x, y and two weights of a unit"),
        ({"plane": "0.41.1.1~"}, "plane holds a place of 41; expected tenths from -40 to 40"),
        ({"plane": "0.0.1.1~1"}, "plane holds '1'; expected a bias and 1 weights of a unit of layer 2"),
        ({"plane": "0.0.1.1~" + "_".join(["0.1"] * 4)}, "plane has 4 units in layer 2; expected at most 3"),
        ({"presets": {"a": {"depth": 2.0}}}, "preset 'a': depth is 2.0; expected a whole number"),
        ({"presets": {"a": {"line": 5}}}, "preset 'a': line is 5; expected whole tenths"),
        ({"presets": {"a": {"width": 1}}}, "preset 'a': 'width' cannot be set; expected mode, activation, line"),
    ],
)  # fmt: skip
def test_a_state_that_cannot_be_is_refused_by_name(changes, message):
    one = explorers.Fold()
    (name, value), *_ = changes.items()
    with pytest.raises(TraitError, match=re.escape(message)):
        one.set_trait(name, value)
    with pytest.raises(TraitError, match=re.escape(message)):
        explorers.Fold(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"line": ([[0, 1, 0.15]], 0)}, "line holds [0.0, 1.0, 0.15]; expected whole tenths"),
        ({"line": ([0, 1, 1], 0)}, "line has rows of shape (3,); expected two dimensions"),
        ({"line": ([[0, 1], [1]], 0)}, "line layer 1 is [[0, 1], [1]]; expected whole tenths, (units, 3)"),
        ({"line": ([[0, 1, np.nan]], 0)}, "line layer 1 is [[0, 1, nan]]; expected"),
        ({"line": ([[0, 1, 1]], None)}, "line bias is None; expected a whole tenth"),
        ({"plane": ([[0, 0, 1, 1]], [[0, "1"]])}, "plane layer 2 is [[0, '1']]; expected whole tenths"),
    ],
)
def test_rows_that_are_no_net_are_refused(changes, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        explorers.Fold(**changes)


def test_what_is_handed_out_can_be_changed_without_harm():
    one = explorers.Fold()
    one.graph()[:] = 0
    one.mode = "plane"
    for corners in one.cells().values():
        corners[:] = 0
    assert one.reading() == FOUR
    assert sum(map(area, one.cells().values())) == pytest.approx(64)


# ------------------------------------------------------------------------------- in the browser


@pytest.fixture(scope="module")
def address(explorer_site):
    root = explorer_site({theme: (theme, explorers.Fold().figure()) for theme in ("light", "dark")})
    with chrome.served(root) as address:
        yield address


def reading(tab):
    return tab.locator(".reading").inner_text()


def slider(tab, name):
    return tab.get_by_role("slider", name=name, exact=True)


def button(tab, name):
    return tab.get_by_role("button", name=name, exact=True)


def test_the_module_computes_what_python_computes(visit):
    every = [*lines(220), *planes(220)]
    every += [explorers.Fold(**v, activation=phi) for v in PRESETS.values() for phi in PHI]
    computed = visit().evaluate(
        """async (states) => {
            const { check, compute, reading } = await import("./_static/fold.mjs");
            const thin = (shades) => shades && shades.filter((_, k) => k % 13 === 0);
            return states.map((state) => {
                const found = compute(state);
                if (found.shades) found.shades = thin(found.shades);
                if (found.graph?.length > 400) found.graph = thin(found.graph);
                return [check(state), found, reading(state)];
            });
        }""",
        [one.state() for one in every],
    )
    assert [words for *_, words in computed] == [one.reading() for one in every]
    close = {"rtol": 1e-9, "atol": 1e-9}
    for one, (_, found, _) in zip(every, computed, strict=True):
        assert found["counts"] == one.counts()
        if one.mode == "line":
            corners, graph = one._line()["corners"], one.graph()
            np.testing.assert_allclose(found["corners"], corners, **close)
            np.testing.assert_allclose(found["slopes"], one._line()["slopes"], **close)
            thinned = graph if len(graph) < 401 else graph[::13]
            top = np.abs(thinned).max()  # a deep net with large weights lets rounding grow
            np.testing.assert_allclose(found["graph"], thinned, rtol=1e-9, atol=1e-9 * max(1, top))
            continue
        assert [on for on, _ in found["cells"]] == list(one.cells())
        for (_, corners), expected in zip(found["cells"], one.cells().values(), strict=True):
            np.testing.assert_allclose(corners, expected, **close)
        assert [len(cuts) for cuts in found["cuts"]] == [len(cuts) for cuts in one._plane()["cuts"]]
        for ours, theirs in zip(found["cuts"], one._plane()["cuts"], strict=True):
            if theirs:
                np.testing.assert_allclose(ours, theirs, **close)
        if one.activation != "ReLU":
            np.testing.assert_allclose(found["shades"], one.shades()[::13], **close)
    assert len({words for *_, words in computed}) > 400


def test_every_control_answers_to_the_keyboard(visit):
    tab = visit()
    assert reading(tab) == START
    python = explorers.Fold()

    def follows(**changes):
        for name, value in changes.items():
            setattr(python, name, value)
        assert reading(tab) == python.reading()

    slider(tab, "layers").press("ArrowRight")
    follows(depth=2)
    assert slider(tab, "layers").get_attribute("aria-valuetext") == "2"
    tab.get_by_role("combobox", name="Activation").select_option("softplus")
    follows(activation="softplus")
    tab.get_by_role("combobox", name="Activation").select_option("ReLU")
    slider(tab, "layers").press("Home")
    tab.get_by_role("combobox", name="Unit").select_option("2")
    follows(activation="ReLU", depth=1, unit=2)
    for name in ("place", "weight", "output weight", "output bias"):
        slider(tab, name).press("ArrowRight")
    follows(line="-20.10.15_1.11.-29_20.10.30~-9")
    assert slider(tab, "output weight").get_attribute("aria-valuetext") == "−2.9"
    button(tab, "Add a unit").press("Enter")
    follows(line="-20.10.15_1.11.-29_20.10.30_-30.10.10~-9", unit=4)
    assert button(tab, "Add a unit").is_disabled()
    button(tab, "Remove unit 4").press("Enter")
    follows(line="-20.10.15_1.11.-29_20.10.30~-9", unit=3)
    tab.get_by_role("radio", name="a plane").press("Space")
    follows(mode="plane")
    for name, value in (("place x", -1), ("place y", 1), ("weight x", 1), ("weight y", 1)):
        slider(tab, name).press("ArrowRight" if value > 0 else "ArrowLeft")
    follows(plane="-30.1.3.-10_25.-20.4.10_15.31.-9.3_-20.25.-10.-4~")
    button(tab, "Add to layer 2").press("Enter")
    follows(plane="-30.1.3.-10_25.-20.4.10_15.31.-9.3_-20.25.-10.-4~-10.10.-10.10.-10", unit=5)
    slider(tab, "bias").press("ArrowRight")
    slider(tab, "weight of h₃").press("ArrowLeft")
    follows(plane="-30.1.3.-10_25.-20.4.10_15.31.-9.3_-20.25.-10.-4~-9.10.-10.9.-10")
    tab.get_by_role("combobox", name="Unit").select_option("1")
    button(tab, "Remove unit 1").press("Enter")
    follows(plane="25.-20.4.10_15.31.-9.3_-20.25.-10.-4~-9.-10.9.-10", unit=1)
    button(tab, "Add to layer 1").press("Enter")
    follows(plane="25.-20.4.10_15.31.-9.3_-20.25.-10.-4_0.0.10.5~-9.-10.9.-10.0", unit=4)
    for words in PRESETS:
        button(tab, words).press("Enter")
        follows(**PRESETS[words])
    button(tab, "Reset").press("Enter")
    assert reading(tab) == START


def test_the_last_unit_stays_and_the_focus_is_not_lost(visit):
    tab = visit()
    for _ in range(2):
        button(tab, "Remove unit 1").press("Enter")
    assert button(tab, "Remove unit 1").is_disabled()
    assert tab.evaluate("document.activeElement.tagName") == "SELECT"
    assert reading(tab).startswith("1 unit, ReLU: 2 linear pieces")
    tab.get_by_role("radio", name="a plane").check()
    for _ in range(3):
        button(tab, "Add to layer 2").press("Enter")
    assert button(tab, "Add to layer 2").is_disabled()
    assert tab.evaluate("document.activeElement.tagName") == "SELECT"
    assert tab.get_by_role("combobox", name="Unit").locator("option").all_inner_texts() == [
        "1", "2", "3", "4", "A, layer 2", "B, layer 2", "C, layer 2"]  # fmt: skip


def test_a_hinge_is_moved_by_keys(visit):
    tab = visit()
    hinge = tab.get_by_role("slider", name="hinge of unit 2")
    hinge.focus()
    assert reading(tab) == explorers.Fold(unit=2).reading()
    assert slider(tab, "place").get_attribute("aria-valuetext") == "0.0"
    for key, place in [("ArrowRight", "0.1"), ("ArrowUp", "0.2"), ("ArrowLeft", "0.1"), ("Shift+ArrowRight", "0.6"),
                       ("ArrowDown", "0.5")]:  # fmt: skip
        hinge.press(key)
        assert hinge.get_attribute("aria-valuetext") == f"{place}, on to the right"
    for _ in range(9):
        hinge.press("Shift+ArrowRight")
    assert hinge.get_attribute("aria-valuenow") == "4.5"  # and no farther
    assert "Unit 2: hinge at 4.5, outside the window, on to the right" in reading(tab)
    assert tab.locator(".grip.chosen").count() == 1
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "hinge of unit 2"


def test_a_line_is_moved_and_turned_by_keys(visit):
    tab = visit("light.html" + fragment("plane"))
    base = tab.locator(".base").first
    base.press("ArrowRight")
    base.press("Shift+ArrowUp")
    assert base.get_attribute("aria-label") == "line of unit 1, through −2.9 and 0.6"
    tip = tab.locator(".tip").first
    tip.press("ArrowLeft")
    tip.press("Shift+ArrowDown")
    assert tip.get_attribute("aria-label") == "weights of unit 1, 0.2 and −1.5"
    first = LINES.replace("-30.1.3.-10", "-29.6.2.-15")
    settles(tab, fragment("plane", plane=first))
    assert reading(tab) == explorers.Fold("plane", plane=first).reading()


def pull(tab, begin, end, touch):
    """Press at a place, move to another by way of the middle, and let go."""
    middle = tuple((a + b) / 2 for a, b in zip(begin, end, strict=True))
    if touch:
        session = tab.context.new_cdp_session(tab)
        for kind, at in (
            ("touchStart", [begin]),
            ("touchMove", [middle]),
            ("touchMove", [end]),
            ("touchEnd", []),
        ):
            points = [{"x": x, "y": y} for x, y in at]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        return
    tab.mouse.move(*begin)
    tab.mouse.down()
    tab.mouse.move(*middle)
    tab.mouse.move(*end)
    tab.mouse.up()
    tab.mouse.move(*begin)


def spot(tab, x, y):
    """Where a place of the window lies on the screen."""
    box = tab.locator(".axes rect:visible").bounding_box()
    return box["x"] + box["width"] * (x + 4) / 8, box["y"] + box["height"] * (4 - y) / 8


@pytest.mark.parametrize("touch", [False, True])
def test_hinges_and_lines_follow_the_pointer(visit, touch):
    view = {"has_touch": touch, "viewport": {"width": 390 if touch else 1280, "height": 1200}}
    tab = visit(**view)
    row = tab.locator(".hinge").first.bounding_box()
    down = row["y"] + row["height"] / 2
    pull(tab, (spot(tab, -2, 0)[0], down), (spot(tab, 3.2, 0)[0], down + 30), touch)
    settles(tab, fragment(line="32.10.15_0.10.-30_20.10.30~-10"))
    tab.get_by_role("radio", name="a plane").check()
    pull(tab, spot(tab, 2.5, -2), spot(tab, -1.5, -3), touch)
    first = LINES.replace("25.-20.4.10", "-15.-30.4.10")
    settles(tab, fragment("plane", line="32.10.15_0.10.-30_20.10.30~-10", plane=first, unit=2))
    far = 1.05 / np.hypot(0.4, 1)  # as far away as the ring of the arrow stands
    pull(tab, spot(tab, -1.5 + 0.4 * far, -3 + far), spot(tab, 0, -3.7), touch)
    first = LINES.replace("25.-20.4.10", "-15.-30.15.-7")
    settles(tab, fragment("plane", line="32.10.15_0.10.-30_20.10.30~-10", plane=first, unit=2))
    assert reading(tab) == explorers.Fold("plane", plane=first, unit=2).reading()


def test_a_finger_scrolls_the_page_beside_the_handles(visit):
    tab = visit(has_touch=True, viewport={"width": 390, "height": 600})
    action = "node => getComputedStyle(node).touchAction"
    assert tab.locator(".folding svg").nth(1).evaluate(action) == "pan-y"
    assert tab.locator(".hinge").first.evaluate(action) == "none"


def numbers_of(path):
    return [tuple(float(v) for v in pair.split()) for pair in re.findall(r"[ML](-?[\d.]+ -?[\d.]+)", path)]


@pytest.mark.parametrize("depth", [1, 3, 5])
def test_the_graph_shows_what_is_computed(visit, depth):
    one = explorers.Fold(line=PRESETS["fold"]["line"], depth=depth)
    tab = visit("light.html" + fragment(line=one.line, depth=depth))
    drawn = np.array(numbers_of(tab.locator(".graph").get_attribute("d")))
    np.testing.assert_allclose(drawn * (1, -1), one.graph(), atol=1e-3)
    kinks = np.array(numbers_of(tab.locator(".kinks").get_attribute("d").replace("h0", "")))
    np.testing.assert_allclose(kinks * (1, -1), one.graph()[1:-1], atol=1e-3)
    assert tab.get_by_role("img", name=f"The output from −4 to 4: {2**depth} straight pieces").is_visible()


def test_the_graph_stays_in_the_window(visit):
    steep = "0.30.30_0.-30.-30~0"
    for net, depth, phi in (
        (steep, 1, "ReLU"),
        (steep, 5, "ReLU"),
        ("0.30.30~50", 5, "softplus"),
        (ZIGZAG, 4, "tanh"),
    ):
        tab = visit("light.html" + fragment(line=net, depth=depth, activation=phi))
        points = np.array(numbers_of(tab.locator(".graph").get_attribute("d"))).reshape(-1, 2)
        assert np.abs(points).max(initial=0) <= 4
    assert len(points) == fold.SAMPLES


def test_the_regions_are_drawn_darker_the_more_units_are_on(visit):
    one = explorers.Fold("plane", plane=PRESETS["a bent second layer"]["plane"])
    tab = visit("light.html" + fragment("plane", plane=one.plane))
    drawn = tab.evaluate("""[...document.querySelectorAll("polygon")].map((each) =>
        [each.getAttribute("points"), Number(each.getAttribute("fill-opacity"))])""")
    assert len(drawn) == one.counts()["regions"] == 15
    for (points, opacity), (on, corners) in zip(drawn, one.cells().items(), strict=True):
        shown = np.array([[float(v) for v in pair.split(",")] for pair in points.split()])
        np.testing.assert_allclose(shown * (1, -1), corners)
        assert opacity == pytest.approx(on.count("1") / len(on) / 2)
    assert tab.locator(".cut").count() == 5
    assert tab.locator(".cut.bent").count() == 2
    assert tab.locator(".cut.chosen").count() == 1


def test_a_smooth_unit_shades_the_plane_and_the_lines_are_dashed(visit):
    one = explorers.Fold("plane", "softplus", plane=DIAMOND)
    tab = visit("light.html" + fragment("plane", "softplus", plane=DIAMOND))
    assert tab.locator("polygon").count() == 0
    assert tab.locator(".cut.bent").evaluate("e => getComputedStyle(e).strokeDasharray") != "none"
    pixels = tab.evaluate("""async () => {
        const image = new Image();
        image.src = document.querySelector("image").getAttribute("href");
        await image.decode();
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = 80;
        const context = canvas.getContext("2d");
        context.drawImage(image, 0, 0);
        return [...context.getImageData(0, 0, 80, 80).data].filter((_, k) => k % 4 === 3);
    }""")
    np.testing.assert_allclose(np.array(pixels).reshape(80, 80) / 127.5, one.shades(), atol=0.005)
    tab.get_by_role("combobox", name="Activation").select_option("ReLU")
    assert tab.locator("polygon").count() == 8
    assert tab.locator("image").get_attribute("href") is None


def test_a_line_without_weights_and_one_outside_are_drawn_without_harm(visit):
    tab = visit("light.html" + fragment("plane", plane="0.0.0.0_40.40.10.10~0.0.0"))
    assert [each.get_attribute("d") for each in tab.locator(".cut").all()] == ["", "", ""]
    assert reading(tab).startswith("2 units and a second layer of 1, ReLU: 1 region in the square")
    base, tip = (tab.locator(name).first.bounding_box() for name in (".base .reach", ".tip .reach"))
    assert tip["x"] > base["x"] + 0.9 * base["width"]  # both can be taken hold of
    tab = visit("light.html" + fragment(line="0.0.10_-45.10.10~0"))
    assert [float(each.get_attribute("width")) for each in tab.locator(".row .on").all()] == [0, 8]
    assert (
        tab.get_by_role("slider", name="hinge of unit 1").get_attribute("aria-valuetext") == "0.0, weight 0"
    )


def test_the_state_is_in_the_address_and_comes_back(visit):
    tab = visit()
    button(tab, "a bent second layer").click()
    tab.get_by_role("combobox", name="Activation").select_option("tanh")
    preset = PRESETS["a bent second layer"]
    settles(tab, fragment("plane", "tanh", plane=preset["plane"], unit=4))
    said = reading(tab)
    tab.reload()
    comes_alive(tab)
    assert reading(tab) == said == explorers.Fold("plane", "tanh", plane=preset["plane"], unit=4).reading()
    button(tab, "Reset").click()
    settles(tab, "")


def test_the_answer_comes_in_the_same_turn_and_soon(visit):
    net = "-20.30.-30_0.30.30_20.30.-30_30.30.30~30"
    bent = PRESETS["a bent second layer"]["plane"]
    for page in (fragment(line=net, depth=5), fragment("plane", "softplus", plane=bent)):
        tab = visit("light.html" + page)
        times = tab.evaluate("""() => {
            const dial = document.querySelector(".panel [type=range]"), times = [];
            for (let k = 0; k < 20; k++) {
                const before = document.querySelector(".reading").textContent, start = performance.now();
                dial.value = k - 10;
                dial.dispatchEvent(new Event("input"));
                document.querySelector("figure").getBoundingClientRect();
                times.push(performance.now() - start);
                if (k && document.querySelector(".reading").textContent === before) throw new Error("the same");
            }
            return times;
        }""")
        print(f"\nan answer takes {np.median(times):.1f} ms")


BROKEN = {
    "mode=cube": "mode is “cube”; expected one of line, plane",
    "activation=__proto__": "activation is “__proto__”; expected one of ReLU, softplus, tanh",
    "depth=": "depth is “”; expected a whole number from 1 to 5",
    "depth=2.5": "depth is “2.5”",
    "unit=8": "unit is “8”; expected a whole number from 1 to 7",
    "line=": "line is “”; expected whole tenths in the form place.weight.output_…~bias",
    "line=0.10.%3Cb%3E~0": "line holds “<b>”; expected whole tenths",
    "line=0.10~0": "line holds “0.10”; expected place, weight and output weight of a unit",
    "line=46.10.10~0": "line holds a place of 46; expected tenths from -45 to 45",
    "line=0.10.10~": "line ends with “”; expected the bias of the output",
    "line=0.10.10~99": "line holds a bias of 99",
    "plane=~": "plane has 0 units in layer 1; expected 1 to 4",
    "plane=" + "_".join(["0.0.1.1"] * 5) + "~": "plane has 5 units in layer 1",
    "plane=0.0.1.1~1": "plane holds “1”; expected a bias and 1 weights of a unit of layer 2",
    "plane=0.0.1.1~" + "_".join(["0.1"] * 4): "plane has 4 units in layer 2; expected at most 3",
    "presets=1": "“presets” is none of mode, activation, line, depth, plane, unit",
}


def test_a_broken_address_is_ignored_whole_and_said_in_plain_words(visit):
    tab = visit()
    refuses(tab, "fold", BROKEN)
    assert reading(tab) == START


def test_the_page_refuses_what_python_refuses(visit):
    words = [
        *(
            "",
            "~",
            "~0",
            "0.10.10",
            "0.10.10~",
            "0.10.10~0~0",
            "0.10~0",
            "0.10.10.10~0",
            "0.10.10_~0",
            "a.b.c~0",
        ),
        *(
            "-0.10.10~0",
            "0.10.10~-0",
            "00.10.10~0",
            "100.1.1~0",
            "1e1.1.1~0",
            " 1.1.1~0",
            "0.10.10~0\n",
            "٣.1.1~0",
        ),
    ]
    states = [{"line": word} for word in words]
    states += [{"plane": word.replace("0.10.10", "0.0.10.10")} for word in words] + [{"plane": "0.0.1.1~_"}]
    said = visit().evaluate(
        """async ([start, states]) => {
            const { check } = await import("./_static/fold.mjs");
            return states.map((each) => {
                try { check({ ...start, ...each }); return ""; } catch (error) { return error.message; }
            });
        }""",
        [explorers.Fold().state(), states],
    )
    for changes, words in zip(states, said, strict=True):
        try:
            explorers.Fold(**changes)
            here = ""
        except TraitError as error:
            here = str(error)
        assert (here == "") == (words == ""), changes
        assert re.sub("[“”]", "'", words) == here.replace("\\n", "\n"), changes


def test_without_scripts_the_picture_stands(visit):
    tab = visit(live=False, java_script_enabled=False)
    assert (
        tab.get_by_role("img", name="A graph from −4 to 4, 4 straight pieces").bounding_box()["width"] > 300
    )
    assert tab.get_by_text(START).is_visible()


@pytest.mark.parametrize(
    "page",
    ["dark.html", "light.html" + fragment(depth=3, activation="tanh", unit=2), "dark.html" + fragment("plane"),
     "light.html" + fragment("plane", "softplus", plane=PRESETS["a bent second layer"]["plane"], unit=5)],
)  # fmt: skip
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_it_is_accessible_and_fits(visit, page, width):
    tab = visit(page, viewport={"width": width, "height": 1100})
    visible = ":not([hidden], [hidden] *)"
    accessible(
        tab, width, f"button{visible}, select, .dial{visible} input, fieldset label, .grip{visible} .reach"
    )


def test_the_colours_are_those_of_the_book_and_the_paper_stays_pale(visit):
    tab = visit("dark.html")
    colour = "(e, name) => getComputedStyle(e)[name].match(/[0-9]+/g).slice(0, 3).map((part) => part / 255)"
    for activation in PHI:
        tab.get_by_role("combobox", name="Activation").select_option(activation)
        drawn = tab.locator(".graph").evaluate(f"e => ({colour})(e, 'stroke')")
        assert tuple(drawn) == pytest.approx(to_rgb(palette.FAMILIES[activation.lower()][0]), abs=0.003)
        assert bool(tab.locator(".other").get_attribute("d")) == (activation != "ReLU")
    paper = tab.locator("figure").evaluate(f"e => ({colour})(e, 'backgroundColor')")
    assert palette.contrast(tuple(paper), palette.PAPER) < 1.05


def test_focus_is_visible(visit):
    tab = visit()
    for control in (slider(tab, "layers"), tab.get_by_role("combobox", name="Unit"), button(tab, "Reset")):
        outlined(tab, control)
    look = "e => getComputedStyle(e).stroke"
    for name in (".hinge", ".base", ".tip"):
        if name == ".base":
            tab.get_by_role("radio", name="a plane").check()
        grip = tab.locator(name).first
        before = grip.locator(".reach").evaluate(look)
        grip.focus()
        tab.keyboard.press("Shift")
        assert grip.locator(".reach").evaluate(look) != before


def test_print_shows_the_state_and_no_controls(visit):
    tab = visit()
    tab.emulate_media(media="print")
    assert tab.locator(".graph").is_visible()
    assert tab.locator(".reading").is_visible()
    assert tab.get_by_role("combobox", name="Activation").is_hidden()
    assert slider(tab, "place").is_hidden()
    assert button(tab, "Reset").is_hidden()


def test_a_notebook_can_show_it_and_take_it_away(visit):
    tab = visit()
    in_notebook(tab, "fold", explorers.Fold().state())
    said = tab.evaluate("""() => {
        const reading = () => el.querySelector(".reading").textContent.split(".")[0];
        const said = [reading()];
        model.set("depth", 2); // from Python
        said.push(reading());
        press("four lines");
        said.push(reading(), model.saved.mode);
        close();
        said.push(heard.size);
        el.remove();
        return said;
    }""")
    assert said == [
        "3 units, ReLU: 4 linear pieces between −4 and 4",
        explorers.Fold(depth=2).reading().split(".")[0],
        "4 units, ReLU: 11 regions in the square, each with its own units on",
        "plane",
        0,
    ]


def test_an_address_needs_no_escapes():
    assert quote(ZIGZAG + LINES, safe="") == ZIGZAG + LINES
