"""The explorer of chapter 6: its net against torch, what it accepts, and that the page computes as Python computes."""

import json
import re
import xml.etree.ElementTree as ET
from urllib.parse import unquote

import numpy as np
import pytest
import torch
from conftest import accessible, comes_alive, in_notebook, outlined, printed, refuses, settles
from matplotlib.colors import to_rgb
from traitlets import TraitError

from press import browser as chrome
from rectified import explorers, palette
from rectified.explorers import flow
from rectified.explorers.flow import INPUTS, PRESETS, WIDTH, normals

SVG = "{http://www.w3.org/2000/svg}"
FORWARD = {"logistic": torch.sigmoid, "tanh": torch.tanh, "ReLU": torch.relu}
SEEN = ("mean", "spread", "variation", "slope", "gradient")  # of each layer, in floating point
TANH = (
    "Depth 30, tanh, gain 1 (Glorot): the gradient at layer 1 is 0.15 of that at layer 30, 0.94 a layer. "
    "Theory: for weak signals gain = 1.0 a layer. Gain times the typical slope met here, 0.95, is 0.95. "
    "Outputs of layer 30 spread 0.12, and vary by 0.12 from input to input. "
    "In all layers together under 1 % of the activations are saturated."
)


def fragment(depth=30, gain=1, activation="tanh", seed=0):
    return f"#flow:depth={depth}&gain={gain}&activation={activation}&seed={seed}"


def settings():
    """Every activation, with depths, gains and seeds from one end to the other."""
    for activation in FORWARD:
        for k, gain in enumerate((0.1, 0.577, 1, 1.25, 1.414, 2, 3.3, 4)):
            yield explorers.Flow(30, gain, activation, seed=111 * k)
            yield explorers.Flow(1 + 4 * k, gain, activation, seed=999 - k)


def close(one):
    """How far two ways to compute may differ: a deep tanh net with large weights is chaotic, so rounding grows."""
    chaotic = one.activation == "tanh" and one.gain > 2
    return {"rtol": 1e-7, "atol": 1e-9} if chaotic else {"rtol": 1e-9, "atol": 1e-12}


def through_torch(one):
    """The activations and the gradients at the weighted sums, as torch computes them: (depth, 48, 32) each."""
    cells = INPUTS * WIDTH
    drawn = torch.tensor(normals(one.seed, 2 * cells + 30 * WIDTH**2))
    h, above = drawn[: 2 * cells].reshape(2, INPUTS, WIDTH)
    weights = drawn[2 * cells :].reshape(30, WIDTH, WIDTH) * one.gain / WIDTH**0.5
    sums, outputs = [], []
    for each in weights[: one.depth]:
        z = (h @ each).requires_grad_()
        z.retain_grad()
        h = FORWARD[one.activation](z)
        sums.append(z)
        outputs.append(h)
    h.backward(above)
    return (torch.stack(each).detach().numpy() for each in (outputs, [z.grad for z in sums]))


# ------------------------------------------------------------------------------- on the side of Python


@pytest.mark.parametrize("one", list(settings()), ids=repr)
def test_the_net_is_that_of_torch(one):
    outputs, gradients = through_torch(one)
    layers = one.layers()
    assert {len(values) for values in layers.values()} == {one.depth}
    np.testing.assert_allclose(layers["mean"], outputs.mean((1, 2)), **close(one))
    np.testing.assert_allclose(layers["spread"], outputs.std((1, 2)), **close(one))
    np.testing.assert_allclose(layers["variation"] ** 2, outputs.var(1).mean(1), **close(one))
    np.testing.assert_allclose(
        layers["gradient"], np.sqrt((gradients**2).mean((1, 2))), rtol=close(one)["rtol"]
    )
    low, high = flow.RANGES[one.activation]
    for counts, values in zip(layers["counts"], outputs, strict=True):
        expected, _ = np.histogram(np.minimum(values, high), flow.BINS, (low, high))
        assert np.abs(counts - expected).max() <= 1
        assert counts.sum() == values.size
    slopes = {
        "logistic": outputs * (1 - outputs) / 0.25,
        "tanh": 1 - outputs**2,
        "ReLU": (outputs > 0).astype(float),
    }[one.activation]
    np.testing.assert_allclose(layers["saturated"], (slopes < 0.1).sum((1, 2)), atol=1)


def test_the_draw_is_bell_shaped_and_every_seed_has_its_own():
    drawn = np.array([normals(seed, 30_000) for seed in range(8)])
    np.testing.assert_allclose(drawn.mean(1), 0, atol=0.03)
    np.testing.assert_allclose(drawn.var(1), 1, atol=0.04)
    assert np.mean(drawn**4) == pytest.approx(2.85, abs=0.06)  # of a sum of eight; of a normal draw 3
    assert np.abs(drawn).max() < 4.9
    assert np.abs(np.corrcoef(drawn) - np.eye(8)).max() < 0.03
    assert np.abs(np.mean(drawn[:, 1:] * drawn[:, :-1], 1)).max() < 0.03
    np.testing.assert_array_equal(normals(7, 100), drawn[7, :100])  # however many


def test_a_number_is_the_sum_of_the_bytes_of_two_words():
    def word(x):
        for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
            x = (x ^ x >> shift) * factor % 2**32
        return x ^ x >> 16

    for seed in (0, 3, 999):
        words = [word(seed * 2**17 + k) for k in range(1, 81)]
        sums = [
            sum((first << 32 | second).to_bytes(8))
            for first, second in zip(words[::2], words[1::2], strict=True)
        ]
        np.testing.assert_array_equal(normals(seed, 40), (np.array(sums) - 1020) / 43690**0.5)


def test_all_numbers_of_a_net_are_its_own():
    """A seed has 2**17 words of 32 bits, two of them for each number, and all seeds fit in 32 bits."""
    assert 2 * (2 * INPUTS * WIDTH + flow.DEEPEST * WIDTH**2) <= 2**17
    assert flow.SEEDS * 2**17 < 2**32


def test_depth_cuts_the_net_off_and_gain_scales_it():
    deep, shallow = explorers.Flow(30, 0.577), explorers.Flow(7, 0.577)
    for name in ("mean", "spread", "variation", "counts", "saturated", "slope"):
        np.testing.assert_array_equal(shallow.layers()[name], deep.layers()[name][:7])
    small, large = explorers.Flow(30, 0.5, "ReLU"), explorers.Flow(30, 2, "ReLU")
    np.testing.assert_array_equal(small.layers()["saturated"], large.layers()["saturated"])
    np.testing.assert_allclose(small.layers()["spread"] * 4.0 ** np.arange(1, 31), large.layers()["spread"])


@pytest.mark.parametrize(
    ("activation", "gain", "factor"),  # of nets of 256 units; these of 32 lose a little more
    [
        ("logistic", 0.577, 0.141),
        ("logistic", 1, 0.235),
        ("logistic", 4, 0.627),
        ("tanh", 0.577, 0.573),
        ("tanh", 1, 0.937),
        ("ReLU", 0.577, 0.406),
        ("ReLU", 1.414, 0.998),
    ],
)
def test_a_layer_takes_from_the_gradient_what_it_takes_in_wide_nets(activation, gain, factor):
    nets = [explorers.Flow(30, gain, activation, seed=seed) for seed in range(24)]
    measured = [one.factor() for one in nets]
    assert np.median(measured) == pytest.approx(factor, rel=0.05)
    assert np.median([gain * one.met() for one in nets]) == pytest.approx(np.median(measured), rel=0.03)
    one = nets[0]
    assert one.factor() == pytest.approx(
        (one.layers()["gradient"][0] / one.layers()["gradient"][-1]) ** (1 / 29)
    )
    assert one.theory() == pytest.approx(gain * {"logistic": 0.25, "tanh": 1, "ReLU": 0.5**0.5}[activation])
    if activation != "ReLU":
        assert max(measured) < 1.02 * one.theory()  # a bound on average, so nearly one


def test_no_layer_of_rectifiers_is_dead():
    """Which units are on is a matter of the seed alone, so the gradient arrives whatever the gain."""
    assert all(explorers.Flow(30, 1, "ReLU", seed=seed).layers()["gradient"].min() > 0 for seed in range(200))


def test_the_figure_carries_state_picture_and_reading():
    page = explorers.Flow().figure()
    state = json.loads(re.search(r"data-state='([^']*)'", page)[1].replace("&quot;", '"'))
    assert state == {"depth": 30, "gain": 1, "activation": "tanh", "seed": 0, "presets": PRESETS}
    assert "data-explorer='flow'" in page
    assert TANH in page
    assert (
        "Above, histograms of the activations of 30 layers, from a spread of 0.63 at layer 1 to 0.12" in page
    )
    assert "the gradient, which on its way back from layer 30 to layer 1 falls to 0.15 times its size" in page
    assert explorers.Flow().figure() == page


def test_two_runs_give_the_same_bytes_and_load_no_model():
    script = (
        "import sys; from rectified import explorers;"
        "print(explorers.Flow(20, 2, 'ReLU', seed=3).figure());"
        "print([m for m in ('torch', 'rectified.training', 'rectified.initialisation') if m in sys.modules])"
    )
    said = printed(script)
    assert said.endswith("\n[]\n")


@pytest.mark.parametrize("depth", [1, 2, 11, 12, 29, 30])
@pytest.mark.parametrize(("activation", "gain"), [("logistic", 0.1), ("tanh", 1), ("ReLU", 4)])
def test_the_still_picture_is_svg_of_whole_numbers_within_its_frame(depth, activation, gain):
    one = explorers.Flow(depth, gain, activation)
    root = ET.fromstring(unquote(re.search(r"src='data:image/svg\+xml,([^']*)'", one.figure())[1]))
    width, height = int(root.get("width")), int(root.get("height"))
    assert root.get("viewBox") == f"0 0 {width} {height}"
    dots = [(int(dot.get("cx")), int(dot.get("cy"))) for dot in root.iter(f"{SVG}circle")]
    assert len(dots) == depth
    assert all(0 < x < width and 200 < y < height for x, y in dots)
    gradient = one.layers()["gradient"]
    steeper = np.diff([y for _, y in dots]) * np.diff(np.log(gradient))
    assert (steeper <= 0).all()  # up in the picture is more
    colour = palette.FAMILIES[activation.lower()][0]
    assert {dot.get("fill") for dot in root.iter(f"{SVG}circle")} == {colour}
    bars = next(path for path in root.iter(f"{SVG}path") if path.get("fill") == colour)
    assert not re.search(r"\.\d", bars.get("d"))
    assert bars.get("d").count("M") == depth
    assert bars.get("d").count("v7") == depth * flow.BINS
    assert max(int(x) for x in re.findall(r"H(\d+)", bars.get("d"))) <= width
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert str(depth) in texts
    assert "1" in texts
    assert sum(label.startswith("10") or label == "1" for label in texts) >= 2


def test_traits_can_be_set_and_the_reading_follows():
    one = explorers.Flow()
    assert one.reading() == TANH
    one.activation, one.gain = "logistic", 1 / 3**0.5
    assert one.reading().startswith(
        "Depth 30, logistic, gain 0.577 (customary): the gradient at layer 1 is 1.6 · 10⁻²⁵ of that at layer 30, "
        "0.14 a layer. Theory: at most gain/4 = 0.14 a layer. Gain times the typical slope met here, 0.24, is 0.14."
    )
    assert "vary by less than a millionth of that from input to input" in one.reading()
    one.activation, one.gain, one.depth = "ReLU", 4, 5
    assert one.reading() == (
        "Depth 5, ReLU, gain 4: the gradient at layer 1 is 54 times that at layer 5, 2.7 a layer. "
        "Theory: for a wide net gain/√2 = 2.8 a layer. Gain times the typical slope met here, 0.69, is 2.7. "
        "Outputs of layer 5 spread 130, and vary by 88 from input to input. "
        "In all layers together 51 % of the activations are 0."
    )
    one.depth = 1
    assert one.reading().startswith(
        "Depth 1, ReLU, gain 4: with one layer the gradient has no way to go. Theory:"
    )
    assert one.still()[1].startswith("A histogram of the activations of one layer, with a spread of 2.4")
    assert np.isnan(one.factor())
    before = one.reading()
    one.seed = 1
    assert one.reading() != before
    assert repr(one) == "Flow(1, 4, 'ReLU', seed=1)"


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (9.94e-4, "9.9 · 10⁻⁴"), (0.001, "0.0010"), (0.125, "0.13"), (0.9999, "1.0"), (9.96, "10"),
     (15, "15"), (1234, "1200"), (12345, "1.2 · 10⁴"), (-0.5, "−0.50"), (3.25e-30, "3.3 · 10⁻³⁰")],
)  # fmt: skip
def test_numbers_are_written_with_two_digits(value, words):
    assert flow._number(value) == words


@pytest.mark.parametrize(
    ("powers", "ticks"),
    [([0], [-1, 0, 1]), ([-0.8, 0], [-1, 0]), ([-25.3, 0], [-30, -20, -10, 0]), ([0, 16], [0, 5, 10, 15, 20]),
     ([-4.2, 0.3], [-6, -4, -2, 0, 2]), ([-46.5, 0], [-50, -40, -30, -20, -10, 0]), ([-51, 9], [-60, -40, -20, 0, 20])],
)  # fmt: skip
def test_the_scale_holds_every_power_and_one(powers, ticks):
    assert flow._ticks(powers) == ticks


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"depth": 0}, "depth is 0; expected a whole number from 1 to 30"),
        ({"depth": 31}, "depth is 31"),
        ({"gain": 0.05}, "gain is 0.05; expected a number from 0.1 to 4"),
        ({"gain": float("nan")}, "gain is nan"),
        ({"gain": 4.01}, "gain is 4.01"),
        ({"activation": "relu"}, "activation is 'relu'; expected one of logistic, tanh, ReLU"),
        ({"seed": -1}, "seed is -1; expected a whole number from 0 to 999"),
        ({"seed": 1000}, "seed is 1000"),
        ({"presets": {"a": {"gain": "1"}}}, "preset 'a': gain is '1'; expected a number"),
        ({"presets": {"a": {"depth": 2.0}}}, "preset 'a': depth is 2.0; expected a whole number"),
        (
            {"presets": {"a": {"width": 1}}},
            "preset 'a': 'width' cannot be set; expected depth, gain, activation",
        ),
    ],
)
def test_a_state_that_cannot_be_is_refused_by_name(changes, message):
    one = explorers.Flow()
    (name, value), *_ = changes.items()
    with pytest.raises(TraitError, match=re.escape(message)):
        one.set_trait(name, value)
    with pytest.raises(TraitError, match=re.escape(message)):
        explorers.Flow(**changes)


def test_what_is_handed_out_can_be_changed_without_harm():
    one = explorers.Flow()
    one.layers()["gradient"][:] = 0
    assert one.reading() == TANH


# ------------------------------------------------------------------------------- in the browser


@pytest.fixture(scope="module")
def address(explorer_site):
    root = explorer_site({theme: (theme, explorers.Flow().figure()) for theme in ("light", "dark")})
    with chrome.served(root) as address:
        yield address


def reading(tab):
    return tab.locator(".reading").inner_text()


def slider(tab, name):
    return tab.get_by_role("slider", name=name, exact=True)


def test_the_module_draws_what_python_draws(visit):
    seeds = [0, 1, 500, 999]
    drawn = visit().evaluate(
        """async (seeds) => {
            const { normals } = await import("./_static/flow.mjs");
            return seeds.map((seed) => Array.from(normals(seed, 33792)));
        }""",
        seeds,
    )
    assert drawn == [normals(seed, 33792).tolist() for seed in seeds]


def test_the_module_computes_what_python_computes(visit):
    every = [*settings(), *(explorers.Flow(seed=7, **values) for values in PRESETS.values())]
    computed = visit().evaluate(
        """async (states) => {
            const { check, compute, reading } = await import("./_static/flow.mjs");
            return states.map((state) => [check(state), compute(state), reading(state)]);
        }""",
        [one.state() for one in every],
    )
    for one, (_, found, words) in zip(every, computed, strict=True):
        layers = one.layers()
        for name in SEEN:
            np.testing.assert_allclose(
                found[name], layers[name], **(close(one) | {"atol": 0} if name == "gradient" else close(one))
            )
        for name in ("counts", "saturated"):
            assert np.abs(np.array(found[name]) - layers[name]).max() <= 1
        assert found["factor"] == pytest.approx(one.factor(), rel=close(one)["rtol"], nan_ok=True)
        assert found["met"] == pytest.approx(one.met(), rel=close(one)["rtol"], nan_ok=True)
        assert found["theory"] == pytest.approx(one.theory(), rel=1e-12)
        assert words == one.reading()
    assert len({words for *_, words in computed}) == len(every) == 54


def test_the_sliders_go_by_the_keys(visit):
    tab, python = visit(), explorers.Flow()
    depth, gain = slider(tab, "depth"), slider(tab, "gain")
    for key, value in [("Home", 1), ("ArrowRight", 2), ("ArrowUp", 3), ("ArrowLeft", 2), ("End", 30)]:
        depth.press(key)
        python.depth = value
        assert reading(tab) == python.reading(), key
        assert depth.get_attribute("aria-valuetext") == ("1 layer" if value == 1 else f"{value} layers")
    for key, value, words in [("ArrowRight", 1.05, "1.05"), ("Home", 0.1, "0.1"), ("ArrowRight", 0.15, "0.15"),
                              ("End", 4, "4"), ("ArrowLeft", 3.9, "3.9")]:  # fmt: skip
        gain.press(key)
        python.gain = value
        assert reading(tab) == python.reading(), key
        assert gain.get_attribute("aria-valuetext") == words
    settles(tab, fragment(gain=3.9))


def test_the_slider_stops_at_the_gains_with_a_name(visit):
    tab = visit("light.html" + fragment(gain=0.55))
    gain = slider(tab, "gain")
    met = []
    for _ in range(20):
        gain.press("ArrowRight")
        met.append(gain.get_attribute("aria-valuetext"))
    assert met[:2] == ["0.577 (customary)", "0.6"]
    assert {"1 (Glorot)", "1.414 (He)"} <= set(met)


def test_every_control_answers_and_the_address_follows(visit):
    tab, python = visit(), explorers.Flow()
    for words, values in PRESETS.items():
        tab.get_by_role("button", name=words, exact=True).press("Enter")
        for name, value in values.items():
            python.set_trait(name, value)
        assert reading(tab) == python.reading()
    for activation in ("ReLU", "logistic"):
        tab.get_by_role("combobox", name="Activation").select_option(activation)
        python.activation = activation
        assert reading(tab) == python.reading()
        assert tab.locator(".flow").get_attribute("data-activation") == activation
    marks = tab.get_by_role("group", name="Gains with a name").get_by_role("button")
    for k, (words, gain) in enumerate(
        [("0.577 customary, U(±1/√n)", 0.577), ("1 Glorot, 2010", 1), ("1.414 He, 2015", 1.414)]
    ):
        tab.get_by_role("button", name=words, exact=True).press("Enter")
        python.gain = gain
        assert reading(tab) == python.reading()
        pressed = [each.get_attribute("aria-pressed") for each in marks.all()]
        assert pressed == [str(k == each).lower() for each in range(3)]
    for _ in range(2):
        tab.get_by_role("button", name="Draw again").press("Space")
        python.seed += 1
        assert reading(tab) == python.reading()
    assert tab.get_by_text("Net 2", exact=True).is_visible()
    settles(tab, fragment(30, 1.414, "logistic", 2))
    said = reading(tab)
    tab.reload()
    comes_alive(tab)
    assert reading(tab) == said
    tab.get_by_role("button", name="Reset").press("Space")
    assert reading(tab) == TANH
    settles(tab, "")


def test_after_the_last_net_comes_the_first(visit):
    tab = visit("light.html" + fragment(seed=999))
    tab.get_by_role("button", name="Draw again").click()
    assert reading(tab) == TANH


@pytest.mark.parametrize(
    ("depth", "gain", "activation"), [(30, 0.577, "logistic"), (3, 2, "tanh"), (12, 4, "ReLU")]
)
def test_the_pictures_show_the_numbers(visit, depth, gain, activation):
    tab, one = (
        visit("light.html" + fragment(depth, gain, activation)),
        explorers.Flow(depth, gain, activation),
    )
    layers = one.layers()
    columns = max(depth, 6)
    bars = tab.locator(".bars").get_attribute("d").removesuffix("z").split("z")
    for layer, (outline, counts) in enumerate(zip(bars, layers["counts"], strict=True)):
        lengths = [float(x) - layer for x in re.findall(r"H([\d.]+)v1", outline)]
        np.testing.assert_allclose(lengths[::-1], 0.9 * counts / counts.max(), atol=2e-3)
    dots = np.array(
        [pair.split() for pair in re.findall(r"M([\d. ]+)h0", tab.locator(".dots").get_attribute("d"))]
    )
    dots = dots.astype(float)
    np.testing.assert_allclose(dots[:, 0] * columns, np.arange(depth) + 0.5, atol=1e-3)
    measured, simple = one._logarithms()
    ticks = flow._ticks([*measured, *simple])
    assert tab.locator(".scale").nth(1).locator("span").all_text_contents() == [flow._power(p) for p in ticks]
    np.testing.assert_allclose(ticks[-1] - dots[:, 1] * (ticks[-1] - ticks[0]), measured, atol=1e-3)
    assert tab.locator(".simple").get_attribute("d").count("L") == depth - 1
    names = [int(text) for text in tab.locator(".flow .numbers span").all_text_contents()]
    assert names == flow._named(depth)
    assert tab.get_by_role("img", name=f"Histograms of the activations of {depth} layers").is_visible()
    said = (
        f"a logarithmic scale: {flow._number(one.factor())} a layer, in theory {flow._number(one.theory())}"
    )
    assert tab.get_by_role("img", name=said).is_visible()


def test_the_table_has_all_layers_in_numbers(visit):
    tab, python = visit(), explorers.Flow()
    assert tab.get_by_role("table").is_hidden()
    tab.locator("summary").press("Enter")
    for activation, third in (("tanh", "Saturated"), ("ReLU", "Zero")):
        tab.get_by_role("combobox", name="Activation").select_option(activation)
        python.activation, layers = activation, None
        layers = python.layers()
        rows = [row.inner_text().split("\t") for row in tab.locator("figure tr").all()]
        assert rows[0] == ["Layer", "Mean", "Spread", third, "Gradient"]
        assert len(rows) == 31
        for k, row in enumerate(rows[1:]):
            assert row == [
                str(k + 1),
                flow._number(layers["mean"][k]),
                flow._number(layers["spread"][k]),
                flow._share(int(layers["saturated"][k]), INPUTS * WIDTH),
                flow._number(layers["gradient"][k] / layers["gradient"][-1]),
            ]


def test_the_answer_comes_in_the_same_turn_and_soon(visit):
    answers, times = visit().evaluate("""() => {
        const said = () => document.querySelector(".reading").textContent.split(",")[0];
        const [depth, gain] = document.querySelectorAll("[type=range]"), answers = [said()], times = [];
        const set = (slider, value) => { slider.value = value; slider.dispatchEvent(new Event("input")); };
        for (const value of [2, 30]) { set(depth, value); answers.push(said()); }
        for (let k = 0; k < 20; k++) {
            const start = performance.now();
            set(gain, k + 10);
            document.querySelector("figure").getBoundingClientRect();
            times.push(performance.now() - start);
        }
        return [answers, times];
    }""")
    assert answers == [f"Depth {depth}" for depth in (30, 2, 30)]
    print(f"\nan answer takes {np.median(times):.1f} ms")


BROKEN = {
    "depth=0": "depth is “0”; expected a whole number from 1 to 30",
    "depth=2.5": "depth is “2.5”",
    "depth=": "depth is “”",
    "gain=abc": "gain is “NaN”; expected a number from 0.1 to 4",
    "gain=4.5": "gain is “4.5”",
    "gain=": "gain is “”",
    "activation=%3Cb%3E": "activation is “<b>”; expected one of logistic, tanh, ReLU",
    "activation=__proto__": "activation is “__proto__”",
    "seed=1000": "seed is “1000”; expected a whole number from 0 to 999",
    "presets=1": "“presets” is none of depth, gain, activation, seed",
}


def test_a_broken_address_is_ignored_whole_and_said_in_plain_words(visit):
    tab = visit()
    refuses(tab, "flow", BROKEN)
    assert reading(tab) == TANH


def test_without_scripts_the_picture_stands(visit):
    tab = visit(live=False, java_script_enabled=False)
    assert tab.get_by_role("img", name="Above, histograms of the activations").bounding_box()["width"] > 300
    assert tab.get_by_text(TANH).is_visible()


@pytest.mark.parametrize("page", ["dark.html", "light.html" + fragment(30, 0.577, "logistic")])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible_and_fits(visit, page, width):
    tab = visit(page, viewport={"width": width, "height": 1100})
    tab.locator("summary").click()
    accessible(tab, width, "button, select, input, summary")


@pytest.mark.parametrize(
    ("depth", "gain", "activation"), [(30, 0.1, "logistic"), (30, 4, "ReLU"), (11, 1, "tanh")]
)
def test_words_beside_the_pictures_do_not_meet_on_a_phone(visit, depth, gain, activation):
    tab = visit("light.html" + fragment(depth, gain, activation), viewport={"width": 390, "height": 900})
    boxes = [span.bounding_box() for span in tab.locator(".flow span").all()]
    figure = tab.locator("figure").bounding_box()
    for k, one in enumerate(boxes):
        assert one["x"] >= figure["x"]
        assert one["x"] + one["width"] <= figure["x"] + figure["width"]
        for other in boxes[:k]:
            apart = [abs(one[x] + one[w] / 2 - other[x] - other[w] / 2) >= (one[w] + other[w]) / 2
                     for x, w in (("x", "width"), ("y", "height"))]  # fmt: skip
            assert any(apart), (one, other)
    bars, dots = (tab.locator(name).bounding_box() for name in (".bars", ".dots"))
    assert max(bars["x"] + bars["width"], dots["x"] + dots["width"]) <= figure["x"] + figure["width"]


def test_the_colours_are_those_of_the_book_and_the_paper_stays_pale(visit):
    tab = visit("dark.html")
    colour = "(e, name) => getComputedStyle(e)[name].match(/[0-9]+/g).slice(0, 3).map((part) => part / 255)"
    for activation in FORWARD:
        tab.get_by_role("combobox", name="Activation").select_option(activation)
        family = palette.FAMILIES[activation.lower()][0]
        for mark, name in ((".bars", "fill"), (".dots", "stroke")):
            drawn = tab.locator(mark).evaluate(f"e => ({colour})(e, '{name}')")
            assert tuple(drawn) == pytest.approx(to_rgb(family), abs=0.003)
    paper = tab.locator("figure").evaluate(f"e => ({colour})(e, 'backgroundColor')")
    assert palette.contrast(tuple(paper), palette.PAPER) < 1.05


def test_focus_is_visible(visit):
    tab = visit()
    controls = [
        slider(tab, "gain"),
        tab.get_by_role("combobox", name="Activation"),
        tab.get_by_role("button", name="Draw again"),
        tab.locator("summary"),
    ]
    for control in controls:
        outlined(tab, control)


def test_print_shows_the_state_and_no_controls(visit):
    tab = visit()
    tab.emulate_media(media="print")
    assert tab.locator(".flow svg").first.is_visible()
    assert tab.locator(".reading").is_visible()
    assert tab.get_by_role("combobox", name="Activation").is_hidden()
    assert tab.get_by_role("button", name="Draw again").is_hidden()


def test_a_notebook_can_show_it_and_take_it_away(visit):
    tab = visit()
    in_notebook(tab, "flow", explorers.Flow().state())
    said = tab.evaluate("""() => {
        const reading = () => el.querySelector(".reading").textContent.split(":")[0];
        const said = [reading()];
        model.set("depth", 9); // from Python
        said.push(reading());
        press("logistic, gain 4");
        said.push(reading(), model.saved.gain, model.saved.activation);
        close();
        said.push(heard.size);
        el.remove();
        return said;
    }""")
    assert said == [
        "Depth 30, tanh, gain 1 (Glorot)",
        "Depth 9, tanh, gain 1 (Glorot)",
        "Depth 9, logistic, gain 4",
        4,
        "logistic",
        0,
    ]
