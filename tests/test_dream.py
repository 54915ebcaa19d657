"""The explorer of chapter 7: its stored machine, the chain against the chapter's own functions, and the page."""

import json
import re
import sys
import xml.etree.ElementTree as ET
from itertools import groupby
from urllib.parse import unquote

import numpy as np
import pytest
from conftest import accessible, comes_alive, in_notebook, outlined, printed, refuses, settles
from traitlets import TraitError

from press import ROOT
from press import browser as chrome
from rectified import belief, data, explorers, palette
from rectified.explorers import dream
from rectified.explorers.dream import MOST, PRESETS, SEEDS, pack, spell, stored, tosses, unpack

SVG = "{http://www.w3.org/2000/svg}"
RING = "007e424242427e00"  # a kept picture
NOISE = (
    "Step 0 from noise, no label held. By its pixels alone, the machine takes the tossed picture for an 8 (25 %), "
    "then for a 2 (19 %). 2 of its 64 hidden units are on."
)


def fragment(label="none", steps=0, start="noise", seed=0):
    return f"#dream:label={label}&steps={steps}&start={start}&seed={seed}"


def settings():
    """No label and every label, from every kind of start."""
    yield from (explorers.Dream(None, 10 * seed, seed=seed) for seed in range(9))
    yield from (explorers.Dream(label, 20 + label, seed=999 - label) for label in range(10))
    yield from (explorers.Dream(None, 3, start, seed=start) for start in range(10))
    yield from (explorers.Dream(9 - start, 1, start, seed=7) for start in range(10))
    yield from (explorers.Dream(label, 40, RING, seed=1) for label in (None, 0, 8))
    yield explorers.Dream(None, 300, seed=500)


def weights():
    whole, scale = unpack(stored()["machine"])
    return scale * whole


def nearest(pictures, x, y):
    """The label of the real picture that is nearest to each of these."""
    squares = (pictures**2).sum(1)[:, None] + (x**2).sum(1) - 2 * pictures @ x.T
    return y[squares.argmin(1)]


@pytest.fixture(scope="module")
def held_out():
    digits = data.load("digits")
    return digits.x_test.astype(float), digits.y_test


# ------------------------------------------------------------------------------- the stored machine


def test_the_stored_file_is_small_and_says_where_it_comes_from():
    assert (dream.HERE / "dream.json").stat().st_size < 9_000
    made = stored()
    assert set(made) == {"machine", "digits", "settings", "origin"}
    assert made["settings"] == {
        "data": "digits", "passes": 100, "batch": 20, "steps": 5, "decay": 0.0002, "rates": [0.1, 0.03, 0.01],
        "seed": 0,
    }  # fmt: skip
    assert set(made["origin"]) == {"versions", "processor", "date", "commit", "device", "seconds"}
    whole, scale = unpack(made["machine"])
    assert whole.shape == (75, 65)
    assert np.abs(whole).max() == 127
    assert 0.03 < scale < 0.06
    assert whole[-1, -1] == 0


def test_the_real_digits_are_the_first_of_those_held_out(held_out):
    x, y = held_out
    assert stored()["digits"] == [spell(x[(y == label).argmax()]) for label in range(10)]
    for label, word in enumerate(stored()["digits"]):
        np.testing.assert_array_equal(
            dream._begin(str(label), stored()["digits"]) * 16, [int(g, 17) for g in word]
        )


def test_it_reads_digits_that_it_has_not_seen(held_out):
    """By the free energy of pixels and label; measured: 96.6 % of 355."""
    x, y = held_out
    pairs = np.concatenate(
        [np.repeat(x[:, None], 10, 1), np.broadcast_to(np.eye(10), (len(x), 10, 10))], axis=-1
    )
    energies = belief.free_energy(weights(), pairs.reshape(-1, 74)).reshape(-1, 10)
    assert (energies.argmin(1) == y).mean() > 0.94


def test_its_dreams_of_a_label_look_like_that_digit(held_out):
    """The nearest of the digits it never saw has the label held: in 90 % of 200 chains, of the worst label in 65 %."""
    labels = np.repeat(np.arange(10), 12)
    dreams = [
        explorers.Dream(int(label), 50, seed=k % 12).chain()["chances"] for k, label in enumerate(labels)
    ]
    last = np.array([chances[-1] for chances in dreams])
    right = nearest(last, *held_out) == labels
    assert right.mean() > 0.75
    assert right.reshape(10, 12).mean(1).min() > 0.25
    first = np.array([chances[0] for chances in dreams])
    assert (nearest(first, *held_out) == labels).mean() < 0.2  # at the start, all are the same grey


def test_with_no_label_held_it_visits_most_digits_and_now_and_then_is_stuck():
    seen = [explorers.Dream(None, 400, seed=seed).chain()["shares"].argmax(1) for seed in range(8)]
    assert np.mean([len(set(each)) for each in seen]) > 8
    assert 0.05 < np.mean([np.diff(each) != 0 for each in seen]) < 0.4
    longest = [max(len(list(same)) for _, same in groupby(each)) for each in seen]
    assert max(longest) > 50


def test_the_command_makes_such_a_file(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "code" / "experiments")
    script = __import__("dream")
    try:
        script.main(["--passes", "4", "--file", str(tmp_path / "dream.json")])
    finally:
        sys.modules.pop("dream")
    made = json.loads((tmp_path / "dream.json").read_text("utf-8"))
    assert made["digits"] == stored()["digits"]
    assert made["settings"] == stored()["settings"] | {"passes": 4}
    assert unpack(made["machine"])[0].shape == (75, 65)


# ------------------------------------------------------------------------------- the chain


@pytest.mark.parametrize("one", list(settings()), ids=repr)
def test_each_step_is_that_of_the_chapter(one):
    w, found = weights(), one.chain()
    assert {len(values) for values in found.values()} == {one.steps + 1}
    if one.label != "none":
        assert set(found["labels"]) == {int(one.label)}
    for k in {0, 1, one.steps // 2, one.steps} - {one.steps + 1}:
        pixels, label = found["tossed"][k], np.eye(10)[found["labels"][k]]
        drawn = tosses(one.seed, k, 129)
        np.testing.assert_array_equal(pixels, drawn[:64] < found["chances"][k])
        pairs = np.concatenate([np.broadcast_to(pixels, (10, 64)), np.eye(10)], axis=1)
        shares = np.exp(-belief.free_energy(w, pairs))
        np.testing.assert_allclose(found["shares"][k], shares / shares.sum(), rtol=1e-9)
        if one.label == "none":
            assert found["labels"][k] == (drawn[64] < found["shares"][k].cumsum()).argmax()
        (chances,) = belief.chance(w, np.concatenate([pixels, label])[None])
        np.testing.assert_array_equal(found["hidden"][k], drawn[65:] < chances)
        if k < one.steps:
            (after,) = belief.chance(belief.turned(w), found["hidden"][k : k + 1].astype(float), labels=10)
            np.testing.assert_allclose(found["chances"][k + 1], after[:64], rtol=1e-9)


def test_the_chain_visits_pictures_and_labels_as_often_as_their_energy_says():
    """A machine of three pixels and two labels, small enough to count all its states."""
    rng = np.random.default_rng(7)
    w = np.zeros((75, 4))
    w[3:64, -1] = w[66:74, -1] = -30  # all other pixels and labels stay off
    w[[0, 1, 2, 64, 65], :3] = rng.normal(size=(5, 3))
    w[[0, 1, 2], -1] = -1
    w[-1, :3] = -0.5
    machine = pack(w)
    whole, scale = unpack(machine)
    states = belief.corners(3)
    worth = np.zeros((8, 2))
    for label in range(2):
        v = np.zeros((8, 74))
        v[:, :3], v[:, 64 + label] = states, 1
        worth[:, label] = np.exp(-belief.free_energy(scale * whole, v))
    met = np.zeros((8, 2))
    for seed in range(5):
        found = explorers.Dream(None, 2000, RING, seed=seed, weights=w).chain()
        np.add.at(met, (found["tossed"][10:, :3] @ [4, 2, 1], found["labels"][10:]), 1)
    order = (states @ [4, 2, 1]).astype(int)
    np.testing.assert_allclose((met / met.sum())[order], worth / worth.sum(), atol=0.02)


def test_random_numbers_are_words_well_mixed_and_every_step_has_its_own():
    def word(x):
        for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
            x = (x ^ x >> shift) * factor % 2**32
        return x ^ x >> 16

    for seed, step in ((0, 0), (3, 17), (999, MOST)):
        first = (seed * 2048 + step) * 256 + 1
        np.testing.assert_array_equal(tosses(seed, step, 50) * 2**32, [word(first + k) for k in range(50)])
    assert MOST < 2048
    assert 65 + dream.LARGEST <= dream.STRIDE
    assert SEEDS * 2048 * 256 < 2**32
    many = np.array([tosses(seed, step, 129) for seed in range(10) for step in range(100)])
    assert many.mean() == pytest.approx(0.5, abs=0.005)
    assert many.var() == pytest.approx(1 / 12, abs=0.002)
    assert np.abs(np.corrcoef(many[:, :64].T) - np.eye(64)).max() < 0.15


def test_a_machine_of_your_own_is_rounded_and_keeps_its_shape():
    w = np.random.default_rng(0).normal(size=(75, 13))
    whole, scale = unpack(pack(w))
    assert np.abs(scale * whole - w).max() <= scale / 2 + 1e-12
    one = explorers.Dream(4, 5, weights=w)
    assert one.chain()["hidden"].shape == (6, 12)
    assert " of its 12 hidden units are on." in one.reading()
    still = explorers.Dream(4, 2, weights=np.zeros((75, 2)))
    assert (still.chain()["chances"] == 0.5).all()
    np.testing.assert_allclose(still.chain()["shares"], 0.1)


def test_a_longer_chain_begins_like_a_shorter_one():
    short, long = explorers.Dream(None, 7, seed=3).chain(), explorers.Dream(None, 30, seed=3).chain()
    for name, values in short.items():
        np.testing.assert_array_equal(values, long[name][:8])
    assert len(explorers.Dream().chain(12)["labels"]) == 13


# ------------------------------------------------------------------------------- on the side of Python


def test_the_figure_carries_state_picture_and_reading():
    page = explorers.Dream().figure()
    state = json.loads(re.search(r"data-state='([^']*)'", page)[1].replace("&quot;", '"'))
    assert state == {
        "label": "none", "steps": 0, "start": "noise", "seed": 0, "machine": stored()["machine"],
        "digits": stored()["digits"], "presets": PRESETS,
    }  # fmt: skip
    assert "data-explorer='dream'" in page
    assert NOISE in page
    assert "8 pictures of 8 × 8 pixels from one chain: above, the chances of the pixels in greys" in page
    assert "takes the tossed picture at step 0 for an 8 (25 %), at step 1 for" in page
    assert len(page) < 20_000
    assert explorers.Dream().figure() == page


def test_two_runs_give_the_same_bytes_and_load_no_model():
    script = (
        "import sys; from rectified import explorers;"
        "print(explorers.Dream(3, 12, 4, seed=5).figure());"
        "print([m for m in ('torch', 'sklearn', 'rectified.training', 'rectified.belief') if m in sys.modules])"
    )
    said = printed(script)
    assert said.endswith("\n[]\n")


@pytest.mark.parametrize("steps", [0, 5, MOST - 7, MOST])
def test_the_still_picture_is_a_film_of_the_chain_from_here(steps):
    one = explorers.Dream(None, steps, seed=3)
    root = ET.fromstring(unquote(re.search(r"src='data:image/svg\+xml,([^']*)'", one.figure())[1]))
    width, height = int(root.get("width")), int(root.get("height"))
    assert root.get("viewBox") == f"0 0 {width} {height}"
    moments = sorted({min(steps + later, MOST) for later in dream.FILM})
    found = one.chain(moments[-1])
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert texts[:4] == ["step", "chances", "tossed", "taken for"]
    assert [int(text) for text in texts[4::3]] == moments
    assert [int(text) for text in texts[5::3]] == found["shares"][moments].argmax(1).tolist()
    group = next(root.iter(f"{SVG}g"))
    levels = [path.get("d") for path in group if path.get("stroke-opacity")]
    assert len(levels) <= 7
    tossed = group[-1].get("d")
    assert tossed.count("M") == found["tossed"][moments].sum()
    for path in [*levels, tossed]:
        assert re.fullmatch(r"(M\d+ \d+h8)+", path)
        assert max(int(x) for x in re.findall(r"M(\d+)", path)) <= width - 8
        assert max(int(y) for y in re.findall(r" (\d+)h", path)) <= height
    seen = one.still()[1]
    assert seen.startswith(f"{len(moments)} pictures")


def test_traits_can_be_set_and_the_reading_follows():
    one = explorers.Dream()
    assert one.reading() == NOISE
    one.label, one.steps = "3", 30
    assert one.reading().startswith(
        "Step 30 from noise, label 3 held. By its pixels alone, the machine takes"
    )
    assert re.search(r" on\. So far it took \d+ of 31 pictures for a 3\.$", one.reading())
    one.start, one.label = "4", "8"
    assert one.reading().startswith("Step 30 from a real 4, label 8 held. ")
    assert one.reading().endswith(" of 31 pictures for an 8.")
    one.start, one.label, one.steps = RING, "none", 1
    assert one.reading().startswith("Step 1 from a kept picture, no label held. ")
    assert re.search(
        r"It changed its mind (not once|1 time) in 1 step, and saw (only \d|\d and \d)\.$", one.reading()
    )
    one.steps, one.start = 30, "noise"
    assert re.search(r"It changed its mind \d+ times in 30 steps, and saw [\d, ]+ and \d\.$", one.reading())
    assert repr(one) == "Dream(None, 30, 'noise', seed=0)"
    assert repr(explorers.Dream(8, start=4, seed=2)) == "Dream(8, 0, '4', seed=2)"


def test_what_is_handed_out_can_be_changed_without_harm():
    one = explorers.Dream()
    one.chain()["shares"][:] = 0
    assert one.reading() == NOISE


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": "ten"}, "label is 'ten'; expected one of 0 to 9, or none"),
        ({"label": "10"}, "label is '10'"),
        ({"steps": -1}, "steps is -1; expected a whole number from 0 to 2000"),
        ({"steps": 2001}, "steps is 2001"),
        ({"start": "grey"}, "start is 'grey'; expected noise, one of 0 to 9, or 16 hexadecimal digits"),
        ({"start": RING[:-1]}, f"start is '{RING[:-1]}'"),
        ({"start": RING.upper()}, f"start is '{RING.upper()}'"),
        ({"seed": 1000}, "seed is 1000; expected a whole number from 0 to 999"),
        ({"presets": {"a": {"steps": 1.0}}}, "preset 'a': steps is 1.0; expected a whole number"),
        ({"presets": {"a": {"label": 3}}}, "preset 'a': label is 3; expected one of 0 to 9"),
        (
            {"presets": {"a": {"machine": 1}}},
            "preset 'a': 'machine' cannot be set; expected label, steps, start",
        ),
    ],
)
def test_a_state_that_cannot_be_is_refused_by_name(changes, message):
    one = explorers.Dream()
    (name, value), *_ = changes.items()
    with pytest.raises(TraitError, match=re.escape(message)):
        one.set_trait(name, value)
    with pytest.raises(TraitError, match=re.escape(message)):
        explorers.Dream(**changes)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (
            np.zeros((74, 65)),
            "weights has shape (74, 65); expected numbers of shape (75, hidden + 1), 1 to 180 hidden",
        ),
        (np.zeros((75, 1)), "weights has shape (75, 1)"),
        (np.zeros((75, 182)), "weights has shape (75, 182)"),
        (np.zeros(75), "weights has shape (75,)"),
        (np.full((75, 3), np.nan), "expected numbers of shape (75, hidden + 1)"),
        ("stored", "weights is 'stored'; expected numbers of shape"),
    ],
)
def test_weights_that_cannot_be_are_refused_by_name(weights, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        explorers.Dream(weights=weights)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hidden": 0}, "hidden of the machine is 0; expected a whole number from 1 to 180"),
        ({"scale": 0}, "scale of the machine is 0; expected a number above 0"),
        ({"weights": "%"}, "weights of the machine is '%'…; expected base64"),
        ({"weights": "AAAA"}, "weights of the machine has 3 bytes; expected 75 · 65 = 4875"),
        (
            {"bias": 1},
            "machine has ['bias', 'hidden', 'scale', 'weights']; expected ['hidden', 'scale', 'weights']",
        ),
    ],
)
def test_a_machine_that_cannot_be_is_refused_by_name(changes, message):
    with pytest.raises(TraitError, match=re.escape(message)):
        explorers.Dream().machine = stored()["machine"] | changes


@pytest.mark.parametrize(
    ("digits", "message"),
    [([], "digits has 0 pictures; expected 10, one a label"), (["0" * 63] * 10, "digits[0] is '000")],
)
def test_real_digits_that_cannot_be_are_refused_by_name(digits, message):
    with pytest.raises(TraitError, match=re.escape(message)):
        explorers.Dream().digits = digits


# ------------------------------------------------------------------------------- in the browser


@pytest.fixture(scope="module")
def address(explorer_site):
    own = np.random.default_rng(1).normal(size=(75, 8))  # seven hidden units: rows that are not full
    pages = {theme: (theme, explorers.Dream().figure()) for theme in ("light", "dark")}
    root = explorer_site(pages | {"own": ("light", explorers.Dream(weights=own).figure())})
    with chrome.served(root) as address:
        yield address


def reading(tab):
    return tab.locator(".reading").inner_text()


def press(tab, name, key="Enter"):
    tab.get_by_role("button", name=name, exact=True).press(key)


def radio(tab, name):
    return tab.get_by_role("radio", name=name, exact=True)


def test_the_module_tosses_as_python_does_step_for_step(visit):
    every = [*settings(), *(explorers.Dream(seed=7, **values) for values in PRESETS.values())]
    computed = visit().evaluate(
        """async (states) => {
            const { check, compute, reading } = await import("./_static/dream.mjs");
            return states.map((state) => [check(state), compute(state), reading(state)]);
        }""",
        [one.state() for one in every],
    )
    for one, (_, film, words) in zip(every, computed, strict=True):
        found = one.chain()
        assert len(film) == one.steps + 1
        for name, key in (("tossed", "tossed"), ("labels", "label"), ("hidden", "hidden")):
            np.testing.assert_array_equal([frame[key] for frame in film], found[name])
        for name in ("chances", "shares"):
            np.testing.assert_allclose([frame[name] for frame in film], found[name], atol=1e-9)
        assert words == one.reading()
    assert len({words for *_, words in computed}) > 40


def test_the_longest_chain_is_the_same_too(visit):
    tab, one = visit("light.html" + fragment(steps=MOST, seed=42)), explorers.Dream(None, MOST, seed=42)
    assert reading(tab) == one.reading()
    for name in ("Step", "10 steps", "Run"):
        assert tab.get_by_role("button", name=name, exact=True).is_disabled()
    press(tab, "Back to the start")
    one.steps = 0
    assert reading(tab) == one.reading()
    assert tab.get_by_role("button", name="Step", exact=True).is_enabled()


def test_every_control_answers_and_the_address_follows(visit):
    tab, python = visit(), explorers.Dream()
    assert reading(tab) == NOISE
    for name, by in (("Step", 1), ("10 steps", 10), ("Step", 1)):
        press(tab, name)
        python.steps += by
        assert reading(tab) == python.reading(), name
    for start in ("4", "noise", "9"):
        tab.get_by_role("combobox", name="Start from").select_option(start)
        python.start, python.steps = start, 0
        assert reading(tab) == python.reading()
    for words, values in PRESETS.items():
        press(tab, words)
        for name, value in values.items():
            python.set_trait(name, value)
        assert reading(tab) == python.reading(), words
        assert radio(tab, python.label).is_checked()
        press(tab, "10 steps", "Space")
        python.steps = 10
        assert reading(tab) == python.reading(), words
    press(tab, "Other tosses")
    python.seed, python.steps = 1, 0
    assert reading(tab) == python.reading()
    assert tab.get_by_text("Chain 1", exact=True).is_visible()
    press(tab, "10 steps")
    python.steps = 10
    settles(tab, fragment(steps=10, start=0, seed=1))
    tab.reload()
    comes_alive(tab)
    assert reading(tab) == python.reading()


def test_another_label_goes_on_from_the_picture_at_hand(visit):
    tab = visit("light.html" + fragment(3, 20))
    before = explorers.Dream(3, 20).chain()
    radio(tab, "8").focus()
    tab.keyboard.press("Space")
    kept = f"{int(''.join(map(str, before['tossed'][-1])), 2):016x}"
    after = explorers.Dream(8, 0, kept, seed=1)
    assert reading(tab) == after.reading()
    np.testing.assert_array_equal(after.chain()["tossed"][0], before["tossed"][-1])
    settles(tab, fragment(8, 0, kept, 1))
    menu = tab.get_by_role("combobox", name="Start from")
    assert menu.evaluate("e => e.selectedOptions[0].text") == "the kept picture"
    tab.keyboard.press("ArrowLeft")  # at the start nothing is lost, so nothing need be kept
    after.label = "7"
    assert reading(tab) == after.reading()
    settles(tab, fragment(7, 0, kept, 1))
    menu.select_option("noise")
    assert menu.locator("option").count() == 11


def test_it_runs_pauses_and_stops_at_the_end(visit):
    tab, python = visit("light.html" + fragment(steps=MOST - 6)), explorers.Dream(None, MOST - 6)
    tab.clock.install(time=0)
    tab.clock.pause_at(1000)  # so that no time passes but what the test lets pass
    press(tab, "Run")
    assert tab.get_by_role("button", name="Pause").is_visible()
    assert tab.locator(".reading").get_attribute("aria-live") == "off"
    tab.clock.run_for(850)
    python.steps += 2
    assert reading(tab) == python.reading()
    press(tab, "Pause")
    assert tab.locator(".reading").get_attribute("aria-live") == "polite"
    tab.clock.run_for(5000)
    assert reading(tab) == python.reading()
    press(tab, "Run", "Space")
    tab.clock.run_for(5000)
    python.steps = MOST
    assert reading(tab) == python.reading()
    assert tab.get_by_role("button", name="Run").is_disabled()
    assert tab.evaluate("document.activeElement.textContent") == "Back to the start"


def test_whatever_else_is_pressed_stops_the_run(visit):
    tab = visit()
    tab.clock.install(time=0)
    tab.clock.pause_at(1000)
    for stop in (
        lambda: press(tab, "Step"),
        lambda: press(tab, "3 held, from noise"),
        lambda: radio(tab, "5").check(),
        lambda: tab.get_by_role("combobox", name="Start from").select_option("2"),
        lambda: press(tab, "Other tosses"),
        lambda: press(tab, "Back to the start"),
    ):
        press(tab, "Run")
        tab.clock.run_for(500)
        stop()
        said = reading(tab)
        tab.clock.run_for(5000)
        assert reading(tab) == said
        assert tab.get_by_role("button", name="Run").is_visible()


def test_who_wants_no_motion_sees_a_hundred_steps_at_once(visit):
    tab = visit(reduced_motion="reduce")
    tab.clock.install(time=0)
    tab.clock.pause_at(1000)
    press(tab, "100 steps")
    said = reading(tab)
    assert said == explorers.Dream(None, 100).reading()
    tab.clock.run_for(5000)
    assert reading(tab) == said
    tab.emulate_media(reduced_motion="no-preference")
    tab.get_by_role("button", name="Run").wait_for()  # the browser tells the page a moment later


def test_a_chain_pauses_when_less_motion_is_asked_for(visit):
    tab = visit()
    tab.clock.install(time=0)
    tab.clock.pause_at(1000)
    press(tab, "Run")
    tab.clock.run_for(1000)
    tab.emulate_media(reduced_motion="reduce")
    tab.get_by_role("button", name="100 steps").wait_for()
    said = reading(tab)
    tab.clock.run_for(5000)
    assert reading(tab) == said


@pytest.mark.parametrize("one", [explorers.Dream(None, 3, seed=4), explorers.Dream(8, 130, 4)], ids=repr)
def test_the_pictures_show_the_numbers(visit, one):
    tab, found = visit("light.html" + fragment(one.label, one.steps, one.start, one.seed)), one.chain()
    greys = tab.locator(".board").first.locator("rect")
    drawn = greys.evaluate_all("all => all.map((e) => Number(e.getAttribute('fill-opacity')))")
    np.testing.assert_allclose(drawn, found["chances"][-1], atol=6e-4)
    for k, name in ((1, "tossed"), (2, "hidden")):
        path = tab.locator(".board").nth(k).locator("path:not(.lines)").get_attribute("d")
        squares = {(int(y), int(x)) for x, y in re.findall(r"M(\d) (\d)h1v1h-1z", path)}
        assert squares == {(y, x) for y, x in np.argwhere(found[name][-1].reshape(8, 8)).tolist()}
    shares, label = found["shares"][-1], found["labels"][-1]
    for k, row in enumerate(tab.locator(".dreaming .label").all()):
        mark = ("tossed" if one.label == "none" else "held") if k == label else ""
        assert row.locator("span").all_text_contents() == [str(k), "", "", dream._percent(shares[k]), mark]
        bar, way = (row.locator(part).bounding_box()["width"] for part in (".fill", ".way"))
        assert bar == pytest.approx(way * shares[k], abs=0.6)
    seen = found["shares"].argmax(1)[-100:]
    course = tab.locator(".course").get_attribute("d")
    assert [int(y) for y in re.findall(r"M\d+ (\d)\.5h1", course)] == seen.tolist()
    from_ = max(0, one.steps - 99)
    assert tab.locator(".ends span").all_text_contents() == [f"step {from_}", str(from_ + 99)]
    on = found["hidden"][-1].sum()
    row = "".join(map(str, found["tossed"][-1][:8]))
    for words in (
        f"{on} of 64 hidden units are on",
        f"Tossed picture, row by row: {row} ",
        f"Shares of the labels: 0: {dream._percent(shares[0])}, ",
        f"from step {from_} to {one.steps}: {' '.join(map(str, seen))}",
    ):
        assert tab.get_by_role("img", name=words).count() == 1, words


def test_a_machine_of_seven_units_is_drawn_whole(visit):
    tab = visit("own.html" + fragment("own", 0).replace("label=own", "label=2"))
    own = np.random.default_rng(1).normal(size=(75, 8))
    assert reading(tab) == explorers.Dream(2, weights=own).reading()
    assert " of its 7 hidden units are on" in reading(tab)


def test_the_answer_comes_in_the_same_turn_and_soon(visit):
    answers, times = visit().evaluate("""() => {
        const said = () => document.querySelector(".reading").textContent.split(" from")[0], answers = [], times = [];
        const step = [...document.querySelectorAll("button")].find((each) => each.textContent === "Step");
        for (let k = 0; k < 20; k++) {
            const start = performance.now();
            step.click();
            document.querySelector("figure").getBoundingClientRect();
            times.push(performance.now() - start);
            answers.push(said());
        }
        return [answers, times];
    }""")
    assert answers == [f"Step {k}" for k in range(1, 21)]
    print(f"\nan answer takes {np.median(times):.1f} ms")


BROKEN = {
    "label=10": "label is “10”; expected one of 0 to 9, or none",
    "label=%3Cb%3E": "label is “<b>”",
    "steps=2001": "steps is “2001”; expected a whole number from 0 to 2000",
    "steps=": "steps is “”",
    "steps=1.5": "steps is “1.5”",
    "start=__proto__": "start is “__proto__”; expected noise, one of 0 to 9, or 16 hexadecimal digits",
    "start=007E": "start is “007E”",
    "seed=-1": "seed is “-1”; expected a whole number from 0 to 999",
    "machine=1": "“machine” is none of label, steps, start, seed",
}


def test_a_broken_address_is_ignored_whole_and_said_in_plain_words(visit):
    tab = visit()
    refuses(tab, "dream", BROKEN)
    assert reading(tab) == NOISE


def test_without_scripts_the_picture_stands(visit):
    tab = visit(live=False, java_script_enabled=False)
    film = tab.get_by_role("img", name="8 pictures of 8 × 8 pixels from one chain")
    assert film.bounding_box()["width"] > 300
    assert tab.get_by_text(NOISE).is_visible()


@pytest.mark.parametrize("page", ["dark.html", "light.html" + fragment(8, 130, 4)])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_it_is_accessible_and_fits(visit, page, width):
    tab = visit(page, viewport={"width": width, "height": 1100})
    accessible(tab, width, "button, select, label")
    boxes = [row.bounding_box() for row in tab.locator(".dreaming .label span:not(.way, .fill)").all()]
    column = tab.locator(".labels").bounding_box()
    for box in boxes:
        assert box["x"] + box["width"] <= column["x"] + column["width"] + 0.5


def test_the_way_by_the_keys_is_that_of_the_page(visit):
    tab = visit()
    stops = []
    tab.get_by_role("link", name="A heading").focus()
    for _ in range(11):
        tab.keyboard.press("Tab")
        stops.append(
            tab.evaluate("(e => e.labels?.[0]?.textContent.trim() || e.textContent)(document.activeElement)")
        )
    assert [stop.split("noise")[0] for stop in stops[:2]] == ["Start from ", "none"]
    assert stops[2:7] == ["Step", "10 steps", "Run", "Back to the start", "Other tosses"]
    assert stops[7:] == list(PRESETS)


def test_focus_is_visible(visit):
    tab = visit()
    for control in (
        tab.get_by_role("combobox", name="Start from"),
        radio(tab, "none"),
        tab.get_by_role("button", name="Run"),
    ):
        outlined(tab, control)


def test_the_paper_stays_pale_and_the_ink_dark(visit):
    tab = visit("dark.html")
    colour = "(e, name) => getComputedStyle(e)[name].match(/[0-9]+/g).slice(0, 3).map((part) => part / 255)"
    paper = tab.locator("figure").evaluate(f"e => ({colour})(e, 'backgroundColor')")
    ink = tab.locator(".board rect").first.evaluate(f"e => ({colour})(e, 'fill')")
    assert palette.contrast(tuple(paper), palette.PAPER) < 1.05
    assert palette.contrast(tuple(ink), tuple(paper)) > 12


def test_print_shows_the_state_and_no_controls(visit):
    tab = visit()
    tab.emulate_media(media="print")
    assert tab.locator(".board").first.is_visible()
    assert tab.locator(".reading").is_visible()
    assert tab.get_by_role("combobox", name="Start from").is_hidden()
    assert tab.get_by_role("button", name="Run").is_hidden()


def test_a_notebook_can_show_it_and_take_it_away(visit):
    tab = visit()
    tab.clock.install(time=0)
    tab.clock.pause_at(1000)
    in_notebook(tab, "dream", explorers.Dream().state())

    def said():
        return tab.evaluate("el.querySelector('.reading').textContent.split('.')[0]")

    assert said() == "Step 0 from noise, no label held"
    tab.evaluate("model.set('label', '5')")  # from Python
    assert said() == "Step 0 from noise, label 5 held"
    tab.evaluate("press('8 held, from a real 4')")
    assert said() == "Step 0 from a real 4, label 8 held"
    assert tab.evaluate("[model.saved.start, model.saved.label]") == ["4", "8"]
    tab.evaluate("press('Run')")
    tab.clock.run_for(900)
    assert said() == "Step 2 from a real 4, label 8 held"
    tab.evaluate("close()")
    tab.clock.run_for(5000)
    assert tab.evaluate("[model.get('steps'), heard.size]") == [2, 0]
    tab.evaluate("el.remove()")
