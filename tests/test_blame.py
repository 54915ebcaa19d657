"""The explorer of chapter 4: what a notebook stores, what it accepts, that its gradients are right, and the page."""

import json
import re
import xml.etree.ElementTree as ET
from urllib.parse import quote, unquote

import numpy as np
import pytest
from conftest import accessible, comes_alive, in_notebook, outlined, refuses, settles
from traitlets import TraitError

from press import browser as chrome
from rectified import activations, backprop, eras, explorers
from rectified.explorers import blame

RANDOM, STUCK, SOLUTION, SATURATED, TWINS = (values["weights"] for values in blame.PRESETS.values())
RUNAWAY = "2000.-1000.2000_-1000.2000.2000_2000.-2000.0"  # with the rectifier, at a rate of 5
INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
WANTED = np.array([[0], [1], [1], [0]], float)
CURVES = {  # written once more, so that the explorer is not compared with itself
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "step": lambda z: (z >= 0) * 1.0,
    "relu": lambda z: np.maximum(0, z),
}


def draws(count):
    """Explorers drawn by lot: first weights, φ, rate, example, sweeps and step."""
    for seed in range(count):
        rng = np.random.default_rng([1986, seed])
        reach = int(rng.choice([100, 300, 2000]))
        yield explorers.Blame(
            rng.integers(-reach, reach + 1, 9) / 100,
            phi=blame.PHIS[seed % 4],
            rate=int(rng.integers(1, 101)) / 20,
            case=blame.CASES[int(rng.integers(5))],
            sweeps=int(rng.choice([0, 0, 1, 30, 300])),
            step=int(rng.integers(0, 90)),
            presets={},
        )


def layers(nine):
    """The two matrices of a net, biases in the last row, from its nine weights."""
    nine = np.asarray(nine, float)
    return [nine[:6].reshape(2, 3).T, nine[6:].reshape(1, 3).T]


def squared(nine, phi, x, y, d):
    """Half the squared error on one example."""
    w1, u1, b1, w2, u2, b2, v1, v2, c = nine
    a1, a2 = CURVES[phi](w1 * x + u1 * y + b1), CURVES[phi](w2 * x + u2 * y + b2)
    return 0.5 * (CURVES[phi](v1 * a1 + v2 * a2 + c) - d) ** 2


# ------------------------------------------------------------------------------- on the side of Python


def test_the_figure_carries_state_picture_and_reading():
    page = explorers.Blame(step=10).figure()
    state = json.loads(re.search(r"data-state='([^']*)'", page)[1].replace("&quot;", '"'))
    assert state == {
        "weights": RANDOM, "phi": "sigmoid", "rate": 0.5, "case": "turn", "sweeps": 0, "step": 10,
        "presets": blame.PRESETS,
    }  # fmt: skip
    assert "data-explorer='blame'" in page
    assert "A net of two inputs, 0 and 0, two hidden units and one output, of which 0 is wanted." in page
    assert "Hidden 1: z₁ −0.920, a₁ 0.285, δ₁ 0.0062. Hidden 2: z₂ 0.830, a₂ 0.696. The output:" in page
    assert "Step 11 of 15: the blame of hidden 1." in page
    assert "δ₁ = δ · v₁ · slope₁ = 0.146 × 0.210 × 0.204 = 0.0062." in page
    assert explorers.Blame(step=10).figure() == page


def test_the_still_picture_is_svg_with_whole_places_and_what_is_known():
    for step, known in ((0, 0), (6, 6), (8, 7), (11, 9), (14, 9)):
        picture = unquote(
            re.search(r"src='data:image/svg\+xml,([^']*)'", explorers.Blame(step=step).figure())[1]
        )
        root = ET.fromstring(picture)
        texts = [each for each in root.iter() if each.tag.endswith("text")]
        places = [
            value for each in root.iter() for name, value in each.items() if name in ("x", "y", "d", "width")
        ]
        assert not any("." in place for place in places)
        assert len([each for each in texts if each.get("text-anchor") == "end" and each.text]) == known
        assert picture.count("stroke-dasharray") == sum(weight < 0 for weight in _nine(RANDOM))
        assert sum(each.text.startswith("→") for each in texts) == (9 if step == 14 else 0)
        assert any(each.text == "E 0.189" for each in texts) == (step >= 7)


def _nine(word):
    return [int(part) / 100 for part in re.split(r"[._]", word)]


def test_weights_are_taken_as_matrices_numbers_and_a_word():
    nine = _nine(RANDOM)
    assert explorers.Blame().weights == RANDOM
    assert explorers.Blame(nine).weights == RANDOM
    assert explorers.Blame(layers(nine)).weights == RANDOM
    assert [round(float(each), 2) for each in np.random.default_rng(0).uniform(-1, 1, 9)] == nine
    assert [round(float(each), 2) for each in np.random.default_rng(3).uniform(-1, 1, 9)] == _nine(STUCK)
    assert repr(explorers.Blame(step=2)) == (
        f"Blame('{RANDOM}', phi='sigmoid', rate=0.5, case='turn', sweeps=0, step=2)"
    )


@pytest.mark.parametrize("phi", ["sigmoid", "tanh", "relu"])
def test_gradients_are_those_of_finite_differences(phi):
    for seed in range(12):
        nine = np.random.default_rng([4, seed]).integers(-200, 201, 9) / 100
        for case in blame.CASES[1:]:
            lesson = explorers.Blame(nine, phi=phi, case=case, presets={}).lesson()
            assert lesson["error"] == pytest.approx(squared(nine, phi, *lesson["example"]), abs=1e-12)
            if phi == "relu" and min(abs(z) for z in lesson["sums"]) < 1e-3:
                continue  # at the kink a difference means nothing
            for k in range(9):
                nudge = 1e-5 * np.eye(9)[k]
                more, less = (squared(nine + sign * nudge, phi, *lesson["example"]) for sign in (1, -1))
                assert lesson["gradients"][k] == pytest.approx((more - less) / 2e-5, rel=1e-6, abs=1e-8)


def test_the_lesson_is_that_of_the_chapter():
    """Sweeps, single examples and every number, by `forward` and `backward` of the chapter."""
    with eras.counterfactual():
        for one in draws(40):
            lesson, phis = one.lesson(), [activations.get(one.phi)] * 2
            if max(abs(weight) for weight in lesson["after"]) > 100:
                continue  # on its way beyond all bounds
            order = [0, 1, 2, 3] * lesson["sweeps"]
            only = [blame.CASES.index(one.case) - 1] * lesson["learned"]
            order += [k % 4 for k in range(lesson["learned"])] if one.case == "turn" else only
            net = layers(_nine(one.weights))
            for k in order:
                net = _move(net, phis, k, one.rate)[0]
            np.testing.assert_allclose(lesson["weights"], _flat(net), rtol=1e-7, atol=1e-9)
            k = int(np.flatnonzero((lesson["example"][:2] == INPUTS).all(axis=1))[0])
            after, sums, outputs, gradients = _move(layers(lesson["weights"]), phis, k, one.rate)
            assert lesson["sums"] == pytest.approx([*sums[0][0], *sums[1][0]], rel=1e-12, abs=1e-12)
            assert lesson["outputs"] == pytest.approx([*outputs[1][0], *outputs[2][0]], rel=1e-12, abs=1e-12)
            assert lesson["gradients"] == pytest.approx(_flat(gradients), rel=1e-9, abs=1e-12)
            assert lesson["after"] == pytest.approx(_flat(after), rel=1e-12, abs=1e-12)
            answers = backprop.forward(layers(lesson["weights"]), phis, INPUTS)[1][-1]
            assert lesson["total"] == pytest.approx(0.5 * float(((answers - WANTED) ** 2).sum()), abs=1e-12)
            assert lesson["right"] == int(((answers > 0.5) == WANTED).sum())


def _move(net, phis, k, rate):
    sums, outputs = backprop.forward(net, phis, INPUTS[[k]])
    gradients = backprop.backward(net, phis, sums, outputs, outputs[-1] - WANTED[[k]])
    return [w - rate * g for w, g in zip(net, gradients, strict=True)], sums, outputs, gradients


def _flat(net):
    return [float(value) for layer in net for value in layer.T.ravel()]


def test_four_examples_in_turn_are_a_sweep():
    by_hand, at_once = explorers.Blame(step=60).lesson(), explorers.Blame(sweeps=1).lesson()
    assert by_hand["weights"] == at_once["weights"]
    assert by_hand["total"] == at_once["total"] == at_once["course"][1]
    assert (by_hand["learned"], at_once["learned"], len(by_hand["steps"])) == (4, 0, blame.STEPS)


def test_one_example_again_and_again_is_learned_and_the_others_suffer():
    one = explorers.Blame(case="11", step=blame.STEPS * blame.REPEATS - 1)
    lesson = one.lesson()
    assert lesson["example"] == [1, 1, 0]
    assert lesson["learned"] == 99
    assert lesson["error"] < 0.02
    assert lesson["over"]
    assert lesson["total"] > explorers.Blame().lesson()["total"]


@pytest.mark.parametrize(
    ("words", "sweeps", "right"),
    [("a random start", 2000, True), ("another, which gets stuck", 10_000, False), ("a solution", 0, True),
     ("saturated: large weights", 10_000, False), ("all equal: twins", 10_000, False)],
)  # fmt: skip
def test_presets_do_what_their_words_say(words, sweeps, right):
    one = explorers.Blame(**blame.PRESETS[words], sweeps=sweeps)
    lesson = one.lesson()
    assert (lesson["right"] == 4) == right
    w = lesson["weights"]
    assert (w[:3] == w[3:6] and w[6] == w[7]) == (words == "all equal: twins")
    moved = max(abs(new - old) for new, old in zip(w, _nine(one.weights), strict=True))
    assert (moved < 0.05) == (sweeps == 0 or words == "saturated: large weights")


def test_twins_a_flat_slope_and_a_nearly_flat_one_are_named():
    assert "twins, and stay so" in explorers.Blame(TWINS, sweeps=500, step=11).reading()
    assert "twins" not in explorers.Blame(step=11).reading()
    step = explorers.Blame(phi="step", step=8)
    assert "The slope is 0, so no blame passes. slope = 0; δ = (a − d) · slope = 1 × 0 = 0." in step.reading()
    step.step = 14
    assert "All gradients are 0, so nothing moves. w₁₁ = 0.270 − 0.50 × 0 = 0.270;" in step.reading()
    assert "nearly 0, so hardly any blame passes" in explorers.Blame(SATURATED, step=8).reading()
    assert "hardly" not in explorers.Blame(step=8).reading()


def test_a_net_that_runs_away_is_followed_no_further():
    one = explorers.Blame([20.0] * 9, phi="relu", rate=5.0, case="11", step=59)
    lesson = one.lesson()
    assert lesson["learned"] == 0
    assert lesson["at"] == blame.STEPS - 1
    assert lesson["over"]
    assert max(abs(weight) for weight in lesson["after"]) > blame.LARGEST
    assert np.isfinite(lesson["after"]).all()
    assert "A weight is beyond 100,000: here this ends." in one.reading()
    one.still()
    one.weights, one.case, one.sweeps, one.step = RUNAWAY, "turn", 50, 3
    assert (one.lesson()["sweeps"], one.lesson()["ended"]) == (0, True)
    assert one.reading().endswith("In the next sweep a weight passes 100,000: training ends here.")
    one.sweeps = 0
    assert not one.lesson()["ended"]


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (-0.0, "0"), (1, "1"), (-8.0, "−8"), (0.0625, "0.063"), (-0.0625, "−0.063"), (0.1235, "0.124"),
     (1 - 1e-9, "1.000"), (0.00996, "0.010"), (0.0034, "0.0034"), (0.0001, "0.00010"), (8.4e-7, "8.4·10⁻⁷"),
     (-2.5e-12, "−2.5·10⁻¹²"), (123456.0, "1.2·10⁵"), (9999.5, "9999.500")],
)  # fmt: skip
def test_numbers_are_printed_so_that_a_half_goes_up(value, words):
    assert blame._shown(value) == words


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": ""}, "weights is ''; expected nine whole hundredths from -2000 to 2000"),
        ({"weights": "1.2.3_4.5.6_7.8"}, "weights is '1.2.3_4.5.6_7.8'"),
        ({"weights": "1.2.3_4.5.6_7.8.2001"}, "weights is '1.2.3_4.5.6_7.8.2001'"),
        ({"phi": "gelu"}, "phi is 'gelu'; expected one of sigmoid, tanh, step, relu"),
        ({"rate": 0.0}, "rate is 0.0; expected a multiple of 0.05 from 0.05 to 5"),
        ({"rate": 0.12}, "rate is 0.12"),
        ({"rate": float("nan")}, "rate is nan"),
        ({"case": "02"}, "case is '02'; expected one of turn, 00, 01, 10, 11"),
        ({"sweeps": -1}, "sweeps is -1; expected a whole number from 0 to 10000"),
        ({"step": 1500}, "step is 1500; expected a whole number from 0 to 1499"),
        ({"presets": {"a": {"phi": "z"}}}, "preset 'a': phi is 'z'"),
        ({"presets": {"a": {"speed": 1}}}, "preset 'a': 'speed' cannot be set; expected weights, phi, rate"),
    ],
)
def test_a_state_that_cannot_be_is_refused_by_name(changes, message):
    one = explorers.Blame()
    (name, value), *_ = changes.items()
    with pytest.raises(TraitError, match=re.escape(message)):
        one.set_trait(name, value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([0.1] * 8, "expected (3, 2) and (3, 1), or nine numbers"),
        ([np.zeros((3, 2))], "weights has parts of shapes [(3, 2)]"),
        ([0.123] * 9, "expected whole hundredths"),
        ([np.nan] * 9, "expected whole hundredths"),
        ([np.inf] * 9, "a part of weights is inf; expected whole hundredths"),
        (["a"] * 9, "a part of weights is 'a'; expected whole hundredths"),
        ([[[1, 2], [3]], [[4]]], "a part of weights is [[1, 2], [3]]; expected whole hundredths"),
    ],
)
def test_weights_that_do_not_fit_are_refused(given, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        explorers.Blame(given)


@pytest.mark.parametrize("given", [5, 0.5, np.array(5)])
def test_weights_that_are_no_array_are_refused(given):
    message = f"weights is {given!r}; expected whole hundredths, (3, 2) and (3, 1), or nine of them"
    with pytest.raises(TypeError, match=re.escape(message)):
        explorers.Blame(given)


# ------------------------------------------------------------------------------- in the browser


@pytest.fixture(scope="module")
def address(explorer_site):
    figure = explorers.Blame().figure()
    with chrome.served(explorer_site({theme: (theme, figure) for theme in ("light", "dark")})) as address:
        yield address


def reading(tab):
    """All that is said, put together as Python does."""
    return tab.evaluate("""() => {
        const said = [...document.querySelectorAll(".reading p")].map((p) => p.textContent);
        const lines = [...document.querySelectorAll(".sums li")].map((line) => line.textContent);
        const standing = document.querySelector(".course p").textContent;
        return [...said, ...(lines.length ? [lines.join("; ") + "."] : []), standing].join(" ");
    }""")


def title(tab):
    return tab.locator(".title").inner_text()


def fragment(**changes):
    state = {
        "weights": RANDOM,
        "phi": "sigmoid",
        "rate": 0.5,
        "case": "turn",
        "sweeps": 0,
        "step": 0,
    } | changes
    return "#blame:" + "&".join(f"{name}={quote(str(value))}" for name, value in state.items())


def test_the_module_computes_what_python_computes(visit, monkeypatch):
    known = [
        explorers.Blame(**values, sweeps=sweeps, step=step, presets={})
        for values in blame.PRESETS.values()
        for sweeps in (0, 100, 2000)
        for step in (*range(15), 49)
    ]
    runaway = explorers.Blame([20.0] * 9, phi="relu", rate=5.0, case="11", step=59, presets={})
    ended = explorers.Blame(RUNAWAY, phi="relu", rate=5.0, sweeps=50, step=29, presets={})
    all_of_them = [*draws(160), *known, runaway, ended]
    computed = visit().evaluate(
        """async (states) => {
            const { check, compute, reading } = await import("./_static/blame.mjs");
            return states.map((state) => [check(state), compute(state), reading(state)]);
        }""",
        [one.state() for one in all_of_them],
    )
    for one, (_, found, words) in zip(all_of_them, computed, strict=True):
        expected = one.lesson()
        assert list(found) == list(expected)
        for name in expected.keys() - {"steps"}:  # exp and tanh may differ in the last bit, and that may grow
            assert found[name] == pytest.approx(expected[name], rel=1e-6, abs=1e-9), (one, name)
        assert found["steps"] == blame._steps(found, one.phi, one.rate), one  # said of the page's own numbers
        monkeypatch.setattr(one, "lesson", lambda found=found: found)
        assert words == one.reading()
    assert len({words for *_, words in computed}) > 300


def test_every_step_is_shown_as_python_says_it(visit):
    tab = visit()
    for step in range(62):
        sweeps, rest = divmod(step, 60)
        assert reading(tab) == explorers.Blame(sweeps=sweeps, step=rest).reading()
        tab.get_by_role("button", name="Forward").click()
    settles(tab, fragment(sweeps=1, step=2))


def test_every_control_answers_to_the_keyboard(visit):
    tab = visit()
    press = lambda name, key="Enter": tab.get_by_role("button", name=name, exact=True).press(key)  # noqa: E731
    forward, back = (tab.get_by_role("button", name=name, exact=True) for name in ("Forward", "Back"))
    slider = tab.get_by_role("slider", name="step of the example")
    assert back.is_disabled()
    press("Forward")
    assert title(tab) == "Example 0 0, wanted 0. Step 2 of 15: the sum of hidden 1."
    press("Back", "Space")
    assert back.is_disabled()
    assert slider.evaluate("slider => document.activeElement === slider")
    slider.press("End")
    assert title(tab) == "Example 0 0, wanted 0. Step 15 of 15: the change."
    assert slider.get_attribute("aria-valuetext") == "15 of 15: the change"
    slider.press("ArrowRight")  # on to the next example
    assert title(tab) == "Example 0 1, wanted 1. Step 1 of 15: the inputs."
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    assert title(tab).startswith("Example 0 0, wanted 0. Step 14 of 15")
    forward.press("ArrowRight")
    assert title(tab).startswith("Example 0 0, wanted 0. Step 15 of 15")
    slider.press("Home")
    assert title(tab).startswith("Example 0 0, wanted 0. Step 1 of 15")
    press("Train 100 sweeps")
    assert reading(tab) == explorers.Blame(sweeps=100).reading()
    press("Train 1,000 sweeps")
    assert reading(tab).endswith(
        "After 1,100 sweeps: error over all four 0.038, 4 of 4 answers on the right side of ½."
    )
    assert tab.locator(".curve").get_attribute("d").count("L") == 120
    slider.press("ArrowLeft")  # back into the sweep before
    assert title(tab) == "Example 1 1, wanted 0. Step 15 of 15: the change."
    assert "After 1,099 sweeps and 3 examples" in reading(tab)
    example = tab.get_by_role("combobox", name="Example")
    example.focus()
    example.press("ArrowDown")
    example.press("ArrowDown")
    settles(tab, fragment(case="01", sweeps=1099, step=14))
    curve = tab.get_by_role("combobox", name="φ")
    curve.focus()
    curve.press("End")
    assert reading(tab) == explorers.Blame(case="01", sweeps=1099, step=14, phi="relu").reading()
    rate = tab.get_by_role("slider", name="rate ε")
    rate.press("ArrowRight")
    settles(tab, fragment(case="01", sweeps=1099, step=14, phi="relu", rate=0.55))
    press("all equal: twins")
    settles(tab, fragment(case="01", weights=TWINS))
    press("Reset")
    settles(tab, "")
    assert reading(tab) == explorers.Blame().reading()


def test_the_answer_comes_in_the_same_turn(visit):
    tab = visit(f"light.html{fragment(sweeps=3000, step=8)}")
    said = tab.evaluate("""() => {
        const rate = document.querySelector("[aria-label='rate ε']");
        const answers = [];
        for (const value of ["0.5", "2", "4"]) {
            rate.value = value;
            rate.dispatchEvent(new Event("input"));
            answers.push(document.querySelector(".course p").textContent);
        }
        return answers;
    }""")
    rates = [explorers.Blame(rate=rate, sweeps=3000, step=8) for rate in (0.5, 2.0, 4.0)]
    assert [one.reading().split(". ")[-1] for one in rates] == said


def test_training_keeps_the_step_and_stops_at_the_most(visit):
    tab = visit(f"light.html{fragment(sweeps=9500, step=25)}")
    train, slider = (
        tab.get_by_role("button", name="Train 1,000 sweeps"),
        tab.get_by_role("slider", name="step of the example"),
    )
    train.press("Enter")
    settles(tab, fragment(sweeps=10000, step=25))
    assert train.is_disabled()
    assert slider.evaluate("slider => document.activeElement === slider")  # or the focus would be lost
    tab.get_by_role("slider", name="step of the example").press("End")
    for _ in range(2):
        tab.get_by_role("slider", name="step of the example").press("ArrowRight")
        tab.get_by_role("slider", name="step of the example").press("End")
    assert title(tab).startswith("Example 1 1, wanted 0. Step 15 of 15")
    assert tab.get_by_role("button", name="Forward").is_disabled()


def test_a_net_that_runs_away_stops_the_reader_too(visit):
    weights = "2000.2000.2000_2000.2000.2000_2000.2000.2000"
    tab = visit(f"light.html{fragment(weights=weights, phi='relu', rate=5.0, case='11', step=50)}")
    assert "A weight is beyond 100,000: here this ends." in reading(tab)
    assert tab.get_by_role("button", name="Forward").is_disabled()
    tab.get_by_role("slider", name="step of the example").press("ArrowRight")
    assert title(tab).startswith("Example 1 1, wanted 0. Step 15 of 15")
    tab = visit(f"light.html{fragment(weights=RUNAWAY, phi='relu', rate=5.0)}")
    train = tab.get_by_role("button", name="Train 100 sweeps")
    train.click()
    assert reading(tab).endswith("In the next sweep a weight passes 100,000: training ends here.")
    assert train.is_disabled()
    tab.get_by_role("button", name="Forward").press("Enter")
    assert title(tab).startswith("Example 0 0, wanted 0. Step 2 of 15")
    assert "ends here" not in reading(tab)


def test_playing_goes_through_an_example_and_stops(visit):
    tab = visit()
    tab.clock.install(time=0)
    tab.clock.pause_at(1000)  # so that no time passes but what the test lets pass
    tab.get_by_role("button", name="Play").press("Enter")
    assert tab.get_by_role("button", name="Pause").is_visible()
    assert "Step 2 of 15" in title(tab)
    tab.clock.run_for(1900)
    assert "Step 3 of 15" in title(tab)
    tab.clock.run_for(60_000)
    assert title(tab) == "Example 0 0, wanted 0. Step 15 of 15: the change."
    tab.get_by_role("button", name="Play").press("Enter")
    assert title(tab).startswith("Example 0 1, wanted 1. Step 1 of 15")
    tab.get_by_role("button", name="Pause").press("Enter")
    tab.clock.run_for(60_000)
    assert title(tab).startswith("Example 0 1, wanted 1. Step 1 of 15")


def test_sign_size_and_direction_do_not_hang_on_colour(visit):
    tab = visit(f"light.html{fragment(step=1)}")
    wires = """() => [...document.querySelectorAll(".wire")].map((wire) => {
        const line = wire.querySelector("path"), arrow = wire.querySelector(".arrow");
        const [tip, ...feet] = arrow.getAttribute("points").split(" ").map(parseFloat);
        const dashes = getComputedStyle(line).strokeDasharray;
        return { dashed: dashes !== "none", width: parseFloat(line.getAttribute("stroke-width")),
            on: getComputedStyle(arrow).visibility === "visible",
            right: 2 * tip > feet[0] + feet[1], stroke: getComputedStyle(line).stroke };
    })"""
    there = tab.evaluate(wires)
    nine = _nine(RANDOM)
    assert [wire["dashed"] for wire in there] == [weight < 0 for weight in nine]
    assert np.argsort([wire["width"] for wire in there]).tolist() == np.argsort(np.abs(nine)).tolist()
    assert [k for k, wire in enumerate(there) if wire["on"]] == [0, 1, 2]
    assert there[0]["right"]
    assert there[1]["right"]
    tab.get_by_role("slider", name="step of the example").press("End")
    assert not any(wire["on"] for wire in tab.evaluate(wires))
    for _ in range(4):
        tab.get_by_role("button", name="Back").press("Enter")
    back = tab.evaluate(wires)
    assert [k for k, wire in enumerate(back) if wire["on"]] == [6]
    assert not back[6]["right"]
    assert back[6]["stroke"] != there[0]["stroke"]
    signs = tab.locator(".net text").all_text_contents()
    assert "w₁₂ −0.970" in signs
    assert "g 0.042" in signs


def test_labels_stay_in_the_picture_and_off_the_units(visit):
    weights = "-1999.-1999.-1999_-1999.-1999.-1999_-1999.-1999.-1999"  # the widest
    for words in (RANDOM, weights):
        tab = visit(f"light.html{fragment(weights=words, step=14)}", viewport={"width": 390, "height": 900})
        met = tab.evaluate("""() => {
            const box = (node) => node.getBoundingClientRect();
            const sheet = box(document.querySelector(".net"));
            const texts = [...document.querySelectorAll(".net .label text")];
            const rects = [...document.querySelectorAll(".net rect")].map(box);
            const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
                && a.top < b.bottom - 2 && b.top < a.bottom - 2;
            return texts.filter((text, k) => {
                const here = box(text);
                return here.left < sheet.left || here.right > sheet.right || here.top < sheet.top - 1
                    || here.bottom > sheet.bottom + 1 || rects.some((each) => meet(here, each))
                    || texts.some((other, j) => j > k && other.textContent && other.parentNode !== text.parentNode
                        && meet(here, box(other)));
            }).map((text) => text.textContent);
        }""")
        assert met == []


def test_the_state_is_in_the_address_and_comes_back(visit):
    tab = visit()
    tab.get_by_role("button", name="saturated").click()
    tab.get_by_role("combobox", name="φ").select_option("tanh")
    tab.get_by_role("combobox", name="Example").select_option("10")
    tab.get_by_role("button", name="Forward").click()
    settles(tab, fragment(weights=SATURATED, phi="tanh", case="10", step=1))
    said = reading(tab)
    tab.reload()
    comes_alive(tab)
    assert reading(tab) == said
    assert tab.get_by_role("combobox", name="φ").input_value() == "tanh"
    assert tab.get_by_role("combobox", name="Example").input_value() == "10"
    tab.get_by_role("button", name="Reset").click()
    settles(tab, "")


BROKEN = {
    "weights=": "weights is “”; expected nine whole hundredths from -2000 to 2000",
    "weights=1.2.3_4.5.6_7.8.%3Cb%3E": "weights is “1.2.3_4.5.6_7.8.<b>”",
    "weights=1.2.3_4.5.6_7.8.2001": "weights is “1.2.3_4.5.6_7.8.2001”",
    "phi=__proto__": "phi is “__proto__”; expected one of sigmoid, tanh, step, relu",
    "rate=0.12": "rate is “0.12”; expected a multiple of 0.05 from 0.05 to 5",
    "rate=": "rate is “”",
    "case=12": "case is “12”; expected one of turn, 00, 01, 10, 11",
    "sweeps=10001": "sweeps is “10001”; expected a whole number from 0 to 10000",
    "step=2.5": "step is “2.5”; expected a whole number from 0 to 1499",
    "presets=1": "“presets” is none of weights, phi, rate, case, sweeps, step",
}


def test_a_broken_address_is_ignored_whole_and_said_in_plain_words(visit):
    tab = visit()
    refuses(tab, "blame", BROKEN)
    assert reading(tab) == explorers.Blame().reading()


def test_without_scripts_the_picture_stands(visit):
    tab = visit(live=False, java_script_enabled=False)
    assert tab.get_by_role("img", name="A net of two inputs, 0 and 0").bounding_box()["width"] > 300
    assert tab.get_by_text("Before learning: error over all four 0.526").is_visible()


def test_print_shows_the_state_and_no_controls(visit):
    tab = visit()
    tab.emulate_media(media="print")
    assert tab.locator(".net").is_visible()
    assert tab.locator(".title").is_visible()
    assert tab.get_by_role("slider", name="rate ε").is_hidden()
    assert tab.get_by_role("button", name="Forward").is_hidden()


@pytest.mark.parametrize(
    "page", ["dark.html", f"light.html{fragment(sweeps=100, step=14)}", "light.html#blame:step=9"]
)
@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible_and_fits(visit, page, width):
    tab = visit(page, viewport={"width": width, "height": 1100})
    accessible(tab, width, "button, select, [type=range]")
    size = "text => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a"
    assert tab.locator(".net text").first.evaluate(size) > 10  # pixels as seen


def test_focus_is_visible(visit):
    tab = visit()
    for role, name in [
        ("slider", "step of the example"),
        ("button", "Play"),
        ("combobox", "φ"),
        ("slider", "rate ε"),
    ]:
        control = tab.get_by_role(role, name=name, exact=True)
        outlined(tab, control)


def test_a_notebook_can_show_it_and_take_it_away(visit):
    tab = visit()
    in_notebook(tab, "blame", explorers.Blame().state())
    said = tab.evaluate("""() => {
        const reading = () => el.querySelector(".title").textContent;
        const said = [reading()];
        model.set("step", 16); // from Python
        said.push(reading());
        press("Back");
        said.push(reading(), model.saved.step);
        close();
        said.push(heard.size);
        el.remove();
        return said;
    }""")
    assert said == [
        "Example 0 0, wanted 0. Step 1 of 15: the inputs.",
        "Example 0 1, wanted 1. Step 2 of 15: the sum of hidden 1.",
        "Example 0 1, wanted 1. Step 1 of 15: the inputs.",
        15,
        0,
    ]
