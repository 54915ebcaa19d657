"""The explorer of chapter 12: its stored models, the pass through them against torch's, and the page."""

import json
import os
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np
import pytest
import torch
from conftest import accessible, comes_alive, in_notebook, outlined, printed, refuses, settles
from traitlets import TraitError

from press import ROOT
from press import browser as chrome
from rectified import activations, explorers, palette, transformers
from rectified.data import Dataset
from rectified.explorers import wake
from rectified.explorers.wake import (
    ALPHABET,
    CONTEXT,
    KINDS,
    PRESETS,
    SHAPES,
    THRESHOLDS,
    UNITS,
    pack,
    stored,
    unpack,
)

SVG = "{http://www.w3.org/2000/svg}"
BARD = "Now is the winter:\nof our discontent made,"


def fragment(one):
    """The address of an explorer's state."""
    text = quote(one.text, safe="!'()*~")
    values = f"block={one.block}&unit={one.unit}&threshold={one.threshold:g}&text={text}&place={one.place}"
    return f"#wake:kind={one.kind}&{values}"


def settings():
    """Both kinds and blocks, every threshold, short texts and long ones, and every unit."""
    for k, threshold in enumerate(THRESHOLDS):
        text = [wake.TEXT, BARD, "ab", "\n\n", "?" * CONTEXT, "Zounds! a kiss"][k % 6]
        for kind in KINDS:
            yield explorers.Wake(
                kind, block=1 + k % 2, unit=1 + 2 * k, threshold=threshold, text=text, place=1 + 2 * k
            )
    yield from (explorers.Wake(block=1 + k % 2, unit=k, text=BARD, place=k) for k in range(2, UNITS + 1, 2))


def rows():
    """The passage in stretches, each with the character after it."""
    codes = wake.encoded(stored()["machine"]["passage"])
    return np.lib.stride_tricks.sliding_window_view(codes, CONTEXT + 1)[::CONTEXT].copy()


def model(kind, threshold=0.0):
    """The chapter's own model with the stored weights, in double precision, with a threshold if wanted."""
    phi = activations.get(transformers.KINDS[kind].phi).torch

    def silenced(z):
        return torch.where(phi(z).abs() < threshold, 0.0, phi(z))

    made = transformers.Model(
        len(ALPHABET), width=32, depth=2, heads=4, context=CONTEXT, hidden=UNITS, phi=silenced
    )
    values = unpack(stored()["machine"]["kinds"][kind])
    made.double().load_state_dict({name: torch.tensor(value) for name, value in values.items()})
    return made.eval()


def silent():
    """An explorer whose unit 7 of block 1 has no weights, and speaks of it."""
    one = explorers.Wake(unit=7)
    weights = one.weights()
    weights["blocks.0.into"][:, 6] = 0
    one.machine = one.machine | {"kinds": one.machine["kinds"] | {"ReLU": pack(weights)}}
    return one


# ------------------------------------------------------------------------------- the stored models


def test_the_stored_file_is_small_and_says_where_it_comes_from():
    assert (wake.HERE / "wake.json").stat().st_size <= 60_000
    assert (wake.HERE / "wake.mjs").stat().st_size <= 25_600
    made = stored()
    assert set(made) == {"machine", "measured", "settings", "credit", "origin"}
    assert made["settings"] == {
        "data": "shakespeare", "updates": 3000, "batch": 32, "rate": 0.01, "seed": 0,
    }  # fmt: skip
    assert "public domain" in made["credit"]
    assert set(made["origin"]) == {"versions", "processor", "date", "commit", "device", "seconds"}
    assert len(made["machine"]["passage"]) == 16 * CONTEXT + 1
    assert len(set(ALPHABET)) == 62


def test_whole_bytes_cost_next_to_nothing():
    for kind, found in stored()["measured"].items():
        assert found["bits"] < 2.9, kind
        assert abs(found["bits rounded"] - found["bits"]) < 0.01, kind


def test_no_model_learned_from_the_passage():
    plays = Path(os.environ.get("RECTIFIED_DATA", "")) / "tinyshakespeare" / "input.txt"
    if not plays.is_file():
        pytest.skip("RECTIFIED_DATA names no folder with tinyshakespeare/input.txt")
    text = plays.read_text("utf-8")
    at = text.index(stored()["machine"]["passage"])
    assert at >= len(text) * 9 // 10
    assert text[at - 2 : at] == "\n\n"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("threshold", [0.0, 0.1, 1.0])
def test_the_pass_is_that_of_the_chapters_model(kind, threshold):
    codes = rows()[:, :-1]
    hidden, sums = wake.forward(unpack(stored()["machine"]["kinds"][kind]), codes, kind, threshold)
    torchs = model(kind, threshold)
    with torch.no_grad():
        np.testing.assert_allclose(sums, torchs(torch.tensor(codes)).numpy(), atol=1e-7)
    np.testing.assert_allclose(hidden, np.array(transformers.answers(torchs, codes)), atol=1e-7)
    one = explorers.Wake(kind, text=BARD)
    with torch.no_grad():
        shares = torchs(torch.tensor(wake.encoded(BARD))[None])[0].softmax(-1).numpy()
    if not threshold:
        np.testing.assert_allclose(one.shares(), shares, atol=1e-7)


def test_shapes_are_those_of_the_chapters_model():
    made = {name: tuple(value.shape) for name, value in model("ReLU").named_parameters()}
    assert made == {name: tuple(shape) for name, shape in SHAPES.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_stored_curve_is_that_of_the_passage(kind):
    machine = stored()["machine"]
    for threshold, (zeros, loss) in zip(THRESHOLDS, machine["curves"][kind], strict=True):
        hidden, sums = wake.forward(unpack(machine["kinds"][kind]), rows()[:, :-1], kind, threshold)
        assert (hidden == 0).mean() == pytest.approx(zeros, abs=1e-5)
        assert wake.losses(sums, rows()[:, 1:]).mean() == pytest.approx(loss, abs=1e-4)
        if threshold in (0.0, 0.5, 2.5):
            found = explorers.Wake(kind, threshold=threshold).passage()
            assert found["zeros"].mean() == pytest.approx(zeros, abs=1e-5)
            assert found["loss"] == pytest.approx(loss, abs=1e-4)


def test_the_command_makes_such_a_file(tmp_path, monkeypatch):
    """From the passage, again and again, in the place of the plays."""
    monkeypatch.syspath_prepend(ROOT / "code" / "experiments")
    codes = wake.encoded(stored()["machine"]["passage"] + "\n\n")
    learn, judge = np.tile(codes, 60), np.tile(codes, 45)
    plays = Dataset(name="shakespeare", x=learn, y=learn, x_test=judge, y_test=judge, classes=tuple(ALPHABET),
                    shape=(), source="", licence="")  # fmt: skip
    script = __import__("wake")
    try:
        monkeypatch.setattr(script.data, "load", {"shakespeare": plays}.get)
        script.main(["--updates", "4", "--file", str(tmp_path / "wake.json")])
    finally:
        sys.modules.pop("wake")
    made = json.loads((tmp_path / "wake.json").read_text("utf-8"))
    assert set(made) == set(stored())
    explorers.Wake().machine = made["machine"]
    assert made["measured"]["ReLU"].keys() == stored()["measured"]["ReLU"].keys()


def test_weights_are_rounded_and_keep_their_names_and_shapes():
    rng = np.random.default_rng(0)
    given = {name: rng.normal(size=shape) for name, shape in SHAPES.items()} | {"norm.shift": np.zeros(32)}
    kept = pack(given)
    for (name, value), scale in zip(unpack(kept).items(), kept["scales"], strict=True):
        assert np.abs(value - given[name]).max() <= 0.51 * scale + np.abs(given[name]).max() / 1000, name
    with pytest.raises(
        ValueError, match=re.escape("asks has shape (32, 95) or is not finite; expected finite")
    ):
        pack(given | {"blocks.0.asks": np.zeros((32, 95))})
    with pytest.raises(ValueError, match="parameters has "):
        pack({"characters": np.zeros((62, 32))})


# ------------------------------------------------------------------------------- on the side of Python


def test_the_figure_carries_state_picture_and_reading():
    page, one = explorers.Wake().figure(), explorers.Wake()
    state = json.loads(
        re.search(r"data-state='([^']*)'", page)[1].replace("&#x27;", "'").replace("&amp;", "&")
    )
    assert state == one.state()
    assert sorted(state) == ["block", "kind", "machine", "place", "presets", "text", "threshold", "unit"]
    assert "data-explorer='wake'" in page
    assert one.reading() in page.replace("&#x27;", "'")
    assert len(page.encode()) < 80_000
    assert explorers.Wake().figure() == page


def test_two_runs_give_the_same_bytes_and_load_no_model():
    script = (
        "import sys; from rectified import explorers;"
        "print(explorers.Wake('GELU', block=2, unit=3, threshold=0.5).figure());"
        "print([m for m in ('torch', 'rectified.training', 'rectified.transformers') if m in sys.modules])"
    )
    assert printed(script).endswith("\n[]\n")


@pytest.mark.parametrize("one", list(settings())[::7], ids=repr)
def test_the_still_picture_shows_text_and_curve(one):
    root = ET.fromstring(unquote(re.search(r"src='data:image/svg\+xml,([^']*)'", one.figure())[1]))
    letters = "".join(text.text for text in root.iter(f"{SVG}text") if text.get("font-size") == "15")
    assert letters.replace("\u00a0", " ").replace("↵", "\n") == one.text
    answers = one.hidden()[one.block - 1, :, one.unit - 1]
    peak = max([value for _, value in one.contexts()] + answers.tolist())
    shaded = [rect for rect in root.iter(f"{SVG}rect") if rect.get("fill-opacity")]
    assert len(shaded) == (65 * answers / (peak or 1) >= 0.5).sum()
    width, height = int(root.get("width")), int(root.get("height"))
    assert len(list(root.iter(f"{SVG}circle"))) == 2
    for x, y in re.findall(r"(-?\d+) (-?\d+)", " ".join(path.get("d") for path in root.iter(f"{SVG}path"))):
        assert 0 <= int(x) <= width
        assert 0 <= int(y) <= height


def test_who_is_awake_is_said_as_it_is():
    one = explorers.Wake(unit=5, text=BARD, place=3)
    answers = one.hidden()[0, :, 4]
    there = one.passage()["hidden"][0, :, 4]
    assert one.reading().startswith(
        f"Unit 5 of block 1, ReLU: awake at {(answers > 0).sum()} of the 42 characters and at "
        f"{100 * (there > 0).mean():.0f} % of the passage"
    )
    passage = one.machine["passage"]
    found = one.contexts()
    assert len(found) == min(10, (there > 0).sum())
    assert [value for _, value in found] == sorted(there[there > 0].tolist(), reverse=True)[:10]
    for words, value in found:
        assert words == passage[(at := int(np.flatnonzero(there == value)[0])) - at % CONTEXT : at + 1][-16:]


def test_a_threshold_strikes_out_what_is_below_it_in_both_blocks():
    for kind in KINDS:
        loose, tight = explorers.Wake(kind), explorers.Wake(kind, threshold=1.0)
        assert (np.abs(loose.hidden()) > 0).any()
        kept = tight.hidden()[tight.hidden() != 0]
        assert np.abs(kept).min() >= 1
        np.testing.assert_array_equal(
            tight.hidden()[0], np.where(loose.hidden()[0] < 1, 0, loose.hidden()[0])
        )
        assert tight.passage()["zeros"].mean() > loose.passage()["zeros"].mean()
    assert explorers.Wake("GELU").passage()["zeros"].mean() < 0.05  # a smooth rectifier is hardly ever silent
    assert explorers.Wake("ReLU").passage()["zeros"].min() > 0.5


def test_what_can_be_struck_out_for_nothing():
    """Measured: of ReLU's 71 % are 0, and 77 % cost 0.01 bits; of GELU's 40 % cost nothing, 75 % cost 0.07."""
    curves = {kind: np.array(stored()["machine"]["curves"][kind]) for kind in KINDS}
    cost = {
        kind: dict(zip(THRESHOLDS, curve[:, 1] - curve[0, 1], strict=True)) for kind, curve in curves.items()
    }
    zeros = {kind: dict(zip(THRESHOLDS, curve[:, 0], strict=True)) for kind, curve in curves.items()}
    assert zeros["ReLU"][0.0] > 0.65
    assert zeros["ReLU"][0.5] > 0.75
    assert cost["ReLU"][0.5] < 0.03
    assert zeros["GELU"][0.05] > 0.35
    assert abs(cost["GELU"][0.05]) < 0.02
    assert zeros["GELU"][0.2] > 0.7
    assert 0.04 < cost["GELU"][0.2] < 0.12
    for kind in KINDS:
        assert cost[kind][2.0] > 1


def test_some_units_can_be_read_and_some_cannot():
    """The examples on the buttons."""
    passage = np.array(list(stored()["machine"]["passage"][:-1]))

    def awake(words):
        one = explorers.Wake(**PRESETS[words])
        return one.passage()["hidden"][one.block - 1, :, one.unit - 1] > 0, one

    spaces, _ = awake("spaces")
    assert spaces[passage == " "].mean() > 0.95
    assert (passage[spaces] == " ").mean() > 0.6
    letters, _ = awake("the letter i")
    assert letters[passage == "i"].mean() > 0.8
    assert letters[passage != "i"].mean() < 0.1
    ends, one = awake("line ends")
    assert {words[-1] for words, _ in one.contexts()} == {"\n"}
    assert (passage[ends] == "\n").mean() < 0.3  # but these are its strongest answers only
    _, blank = awake("blank lines")
    many = "".join(passage).count("\n\n")
    assert {words[-2:] for words, _ in blank.contexts()[:many]} == {
        "\n\n"
    }  # all of them, before anything else
    assert many >= 6
    everything, _ = awake("half of everything")
    assert 0.4 < everything.mean() < 0.7
    assert len(set(passage[everything])) > 35


def test_the_model_sees_only_what_came_before():
    one, other = explorers.Wake(text="To be, or not"), explorers.Wake(text="To be, and so")
    np.testing.assert_allclose(one.hidden()[:, :7], other.hidden()[:, :7], atol=1e-12)
    assert np.abs(one.hidden()[:, 7] - other.hidden()[:, 7]).max() > 0.1


def test_traits_can_be_set_and_the_reading_follows():
    one = explorers.Wake()
    whole = one.reading()
    assert "than with nothing struck out" not in whole
    one.threshold = 0.5
    assert re.search(
        r"Loss: \d\.\d\d bits a character, \d\.\d\d (more|less) than with nothing struck out", one.reading()
    )
    one.text, one.place = "ab", 64
    assert "At character 2, “b”, it answers " in one.reading()
    assert re.search(r"The model expects .* next\. Threshold 0\.5: ", one.reading())
    assert repr(one).endswith("threshold=0.5, text='ab', place=64)")
    one = silent()
    assert " and nowhere in the passage." in one.reading()
    assert one.contexts() == []


def test_what_is_handed_out_can_be_changed_without_harm():
    one = explorers.Wake()
    whole = one.reading()
    one.weights()["characters"][:] = 0
    one.hidden()[:] = 0
    assert one.reading() == whole


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "SiLU"}, "kind is 'SiLU'; expected one of ReLU, GELU"),
        ({"block": 3}, "block is 3; expected a whole number from 1 to 2"),
        ({"unit": 65}, "unit is 65; expected a whole number from 1 to 64"),
        ({"unit": 0}, "unit is 0"),
        ({"place": 65}, "place is 65; expected a whole number from 1 to 64"),
        ({"threshold": 0.07}, "threshold is 0.07; expected one of 0, 0.05, 0.1"),
        ({"threshold": -1.0}, "threshold is -1.0"),
        ({"text": "a"}, "text has 1 character; expected 2 to 64"),
        ({"text": "a" * 65}, "text has 65 characters; expected 2 to 64"),
        ({"text": "für"}, "text has 'ü' as its character 2; expected a letter from A to Z or a to z, a space"),
        ({"text": "3 kings"}, "text has '3' as its character 1"),
        ({"presets": {"a": {"unit": 1.0}}}, "preset 'a': unit is 1.0; expected a whole number"),
        ({"presets": {"a": {"machine": 1}}}, "preset 'a': 'machine' cannot be set; expected kind, block, unit"),
    ],
)  # fmt: skip
def test_a_state_that_cannot_be_is_refused_by_name(changes, message):
    one = explorers.Wake()
    (name, value), *_ = changes.items()
    with pytest.raises(TraitError, match=re.escape(message)):
        one.set_trait(name, value)
    with pytest.raises(TraitError, match=re.escape(message)):
        explorers.Wake(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"more": 1}, "machine has ['curves', 'kinds', 'more', 'passage']; expected ['curves', 'kinds', 'passage']"),
        ({"passage": "ab"}, "passage of the machine is 'ab'…; expected a multiple of 64 characters and one more"),
        ({"passage": "ü" * 65}, "passage of the machine is 'üüü"),
        ({"kinds": {}}, "kinds of the machine has []; expected ReLU, GELU"),
        ({"curves": 3}, "curves of the machine has 3; expected ReLU, GELU"),
    ],
)  # fmt: skip
def test_a_machine_that_cannot_be_is_refused_by_name(changes, message):
    with pytest.raises(TraitError, match=re.escape(message)):
        explorers.Wake().machine = stored()["machine"] | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": "%"}, "weights of GELU is '%'…; expected base64"),
        ({"weights": "AAAA"}, "weights of GELU has 3 bytes; expected 20736"),
        ({"scales": [1.0]}, "scales of GELU is [1.0]; expected 20 numbers above 0"),
        ({"bias": 1}, "expected ['scales', 'weights']"),
    ],
)
def test_a_model_that_cannot_be_is_refused_by_name(changes, message):
    machine = stored()["machine"]
    kinds = machine["kinds"] | {"GELU": machine["kinds"]["GELU"] | changes}
    with pytest.raises(TraitError, match=re.escape(message)):
        explorers.Wake().machine = machine | {"kinds": kinds}


# ------------------------------------------------------------------------------- in the browser


@pytest.fixture(scope="module")
def address(explorer_site):
    pages = {theme: (theme, explorers.Wake().figure()) for theme in ("light", "dark")}
    root = explorer_site(pages | {"silent": ("light", silent().figure())})
    with chrome.served(root) as address:
        yield address


def reading(tab):
    return " ".join(tab.locator(".reading").all_inner_texts())


def press(tab, name, key="Enter"):
    tab.get_by_role("button", name=name, exact=True).press(key)


def slide(tab, name, value):
    tab.get_by_role("slider", name=name, exact=True).fill(str(value))


def test_the_module_computes_what_python_does(visit):
    every = [*settings(), *(explorers.Wake(**values) for values in PRESETS.values())]
    computed = visit().evaluate(
        """async (states) => {
            const { check, compute, reading } = await import("./_static/wake.mjs");
            return states.map((state) => {
                check(state);
                const { hidden, curve, shares, zeros, loss, contexts } = compute(state);
                return [hidden.map((each) => [...each]), curve, shares, zeros, loss, contexts, reading(state)];
            });
        }""",
        [one.state() for one in every],
    )
    for one, (hidden, curve, shares, zeros, loss, contexts, words) in zip(every, computed, strict=True):
        there = one.passage()
        at = min(one.place, len(one.text)) - 1
        np.testing.assert_allclose(np.reshape(hidden, (2, -1, UNITS)), one.hidden(), atol=1e-9)
        np.testing.assert_allclose(curve, one.curve(), atol=1e-9)
        np.testing.assert_allclose(shares, one.shares()[at], atol=1e-9)
        np.testing.assert_allclose(zeros, there["zeros"], atol=1e-12)
        assert loss == pytest.approx(there["loss"], abs=1e-9)
        assert [each for each, _ in contexts] == [each for each, _ in one.contexts()]
        np.testing.assert_allclose([v for _, v in contexts], [v for _, v in one.contexts()], atol=1e-9)
        assert words == one.reading()
    assert len({words for *_, words in computed}) > 60


def test_every_control_answers_and_the_address_follows(visit):
    tab, python = visit(), explorers.Wake()
    assert reading(tab) == python.reading()
    for kind in ("GELU", "ReLU", "GELU"):
        tab.get_by_role("radio", name=kind, exact=True).check()
        python.kind = kind
        assert reading(tab) == python.reading()
    tab.get_by_role("radio", name="2", exact=True).check()
    slide(tab, "unit", 40)
    python.block, python.unit = 2, 40
    assert reading(tab) == python.reading()
    slide(tab, "threshold", 6)
    python.threshold = THRESHOLDS[6]
    assert reading(tab) == python.reading()
    tab.get_by_role("slider", name="threshold").press("ArrowRight")
    python.threshold = THRESHOLDS[7]
    assert reading(tab) == python.reading()
    tab.get_by_role("textbox", name="Your text").fill(BARD)
    python.text = BARD
    assert reading(tab) == python.reading()
    settles(tab, fragment(python))
    tab.reload()
    comes_alive(tab)
    assert reading(tab) == python.reading()
    assert tab.get_by_role("textbox", name="Your text").input_value() == BARD
    for words, values in PRESETS.items():
        press(tab, words, "Space")
        for name, value in values.items():
            python.set_trait(name, value)
        assert reading(tab) == python.reading(), words


def test_reset_goes_back_to_the_beginning(visit):
    tab = visit()
    slide(tab, "unit", 63)
    tab.get_by_role("textbox", name="Your text").fill("Ay me!")
    press(tab, "Reset")
    assert reading(tab) == explorers.Wake().reading()
    assert tab.get_by_role("textbox", name="Your text").input_value() == wake.TEXT
    settles(tab, "")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("a", "The text has 1 character; expected 2 to 64."),
        ("a" * 65, "The text has 65 characters; expected 2 to 64."),
        (
            "2 be",
            "The text has “2” as its character 1; expected a letter from A to Z or a to z, a space, a new line",
        ),
        ("so 👑", "The text has “👑” as its character 4"),
    ],
)
def test_a_text_that_cannot_be_is_refused_by_name_and_kept_for_mending(visit, typed, said):
    tab, before = visit(), explorers.Wake().reading()
    field, fault = tab.get_by_role("textbox", name="Your text"), tab.locator(".fault")
    field.fill(typed)
    assert fault.inner_text().startswith(said)
    assert fault.inner_text().endswith("The last text that fitted stays.")
    assert reading(tab) == before
    slide(tab, "unit", 7)
    assert field.input_value() == typed
    field.fill("so be it")
    assert fault.is_hidden()
    assert reading(tab) == explorers.Wake(unit=7, block=explorers.Wake().block, text="so be it").reading()


def test_reset_takes_a_text_that_cannot_be_away_though_nothing_else_has_changed(visit):
    tab = visit()
    field, fault = tab.get_by_role("textbox", name="Your text"), tab.locator(".fault")
    field.fill("so 3$")
    assert fault.is_visible()
    press(tab, "Reset")
    assert (field.input_value(), fault.inner_text()) == (wake.TEXT, "")
    assert reading(tab) == explorers.Wake().reading()


def test_a_text_that_cannot_be_gives_way_to_one_from_a_link_or_from_python(visit):
    tab, link = visit(), explorers.Wake(text=BARD)
    field, fault = tab.get_by_role("textbox", name="Your text"), tab.locator(".fault")
    field.fill("so 3$")
    tab.evaluate("words => { location.hash = words; }", fragment(link))
    tab.wait_for_function("text => document.querySelector('textarea').value === text", arg=BARD)
    assert fault.inner_text() == ""
    assert reading(tab) == link.reading()
    in_notebook(tab, "wake", explorers.Wake().state())
    held = tab.evaluate("""text => {
        const field = el.querySelector("textarea"), fault = el.querySelector(".fault");
        const held = () => [field.value, fault.textContent !== ""];
        field.value = "so 3$";
        field.dispatchEvent(new Event("input"));
        model.set("unit", 9);
        const before = held();
        model.set("text", text);
        const after = held();
        close();
        el.remove();
        return [before, after];
    }""", BARD)  # fmt: skip
    assert held == [["so 3$", True], [BARD, False]]


def test_what_a_phone_writes_for_an_apostrophe_is_one(visit):
    tab = visit()
    field, fault = tab.get_by_role("textbox", name="Your text"), tab.locator(".fault")
    field.fill("its so")
    field.evaluate("field => field.setSelectionRange(2, 2)")
    field.press_sequentially("’")
    assert field.input_value() == "it's so"
    assert field.evaluate("field => field.selectionStart") == 3
    assert reading(tab) == explorers.Wake(text="it's so").reading()
    field.fill("‘’ “ay”")
    assert field.input_value() == "'' \"ay\""
    assert fault.inner_text().startswith('The text has “"” as its character 4')


def test_unit_and_character_move_by_the_arrow_keys(visit):
    python = explorers.Wake("GELU", block=2, unit=30, text=BARD, place=5)
    tab = visit("light.html" + fragment(python))
    handle = tab.get_by_role("slider", name="unit and character")
    handle.focus()
    for key, unit, place in [("ArrowRight", 30, 6), ("ArrowDown", 31, 6), ("ArrowLeft", 31, 5), ("ArrowUp", 30, 5),
                             ("Home", 30, 1), ("ArrowLeft", 30, 1), ("End", 30, 42), ("ArrowRight", 30, 42),
                             ("PageDown", 64, 42), ("ArrowDown", 64, 42), ("PageUp", 1, 42)]:  # fmt: skip
        tab.keyboard.press(key)
        python.unit, python.place = unit, place
        assert reading(tab) == python.reading(), key
        assert handle.get_attribute("aria-valuetext").startswith(f"unit {unit}, character {place}, ")
        assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "unit and character"
    settles(tab, fragment(python))


@pytest.mark.parametrize("touch", [False, True])
def test_unit_and_character_follow_the_pointer(visit, touch):
    start = explorers.Wake(text=BARD)
    view = {"width": 390, "height": 2600} if touch else {"width": 1280, "height": 1500}
    tab = visit("light.html" + fragment(start), has_touch=touch, viewport=view)
    box = tab.locator(".answers").bounding_box()
    at = (box["x"] + box["width"] * 9.5 / 42, box["y"] + box["height"] * 19.5 / 64)
    (tab.touchscreen.tap if touch else tab.mouse.click)(*at)
    start.unit, start.place = 20, 10
    assert reading(tab) == start.reading()
    letter = tab.locator(".letters span").nth(3)
    letter.tap() if touch else letter.click()
    start.place = 4
    assert reading(tab) == start.reading()
    settles(tab, fragment(start))


@pytest.mark.parametrize("one", [explorers.Wake(), explorers.Wake("GELU", block=2, unit=3, text=BARD, place=9)],
                         ids=repr)  # fmt: skip
def test_the_pictures_show_the_numbers(visit, one):
    tab = visit("light.html" + fragment(one))
    answers = one.hidden()[one.block - 1]
    points = np.array(tab.evaluate("""async () => {
        const image = document.querySelector(".answers image"), picture = new Image();
        picture.src = image.getAttribute("href");
        await picture.decode();
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [picture.width, picture.height];
        const context = canvas.getContext("2d");
        context.drawImage(picture, 0, 0);
        return [...context.getImageData(0, 0, picture.width, picture.height).data];
    }""")).reshape(UNITS, len(one.text), 4)  # fmt: skip
    np.testing.assert_array_equal(
        points[answers.T == 0][:, :3], np.tile([253, 253, 251], ((answers == 0).sum(), 1))
    )
    strong = answers.max() / 4 < answers.T
    other = 1 if one.kind == "ReLU" else 0  # the channel that its colour has least of, but for one
    assert points[strong][:, other].max() < 180
    styles = tab.locator(".letters span").evaluate_all("all => all.map((e) => e.style.background)")
    assert [bool(style) for style in styles] == [bool(value) for value in answers[:, one.unit - 1]]
    assert tab.locator(".letters .here").inner_text() == one.text[one.place - 1]
    found = one.contexts()
    shown = tab.locator(".contexts li")
    assert shown.count() == len(found)
    for item, (words, value) in zip(shown.all(), found, strict=True):
        before, last = item.locator(".before").text_content(), item.locator("mark").text_content()
        assert before.replace("↵", "\n") == words
        assert last.replace("↵", "\n") == words[-1]
        assert item.locator(".answer").inner_text() == wake.decimal(value)
    curve = [
        each.split() for each in tab.locator("path.own:not(.point)").last.get_attribute("d")[1:].split("L")
    ]
    np.testing.assert_allclose([float(x) for x, _ in curve], one.curve()[:, 0], atol=1e-4)
    losses = one.curve()[:, 1]
    heights = np.array([float(y) for _, y in curve])
    if np.ptp(losses) > 0.5:
        assert np.corrcoef(heights, losses)[0, 1] < -0.999


def test_a_unit_that_nothing_wakes_is_said(visit):
    one, tab = silent(), visit("silent.html")
    assert tab.get_by_text(f"None of 1,024 other characters wakes unit {one.unit}").is_visible()
    assert reading(tab) == one.reading()


def test_the_answer_comes_in_the_same_turn_and_soon(visit):
    times = visit().evaluate("""() => {
        const dial = document.querySelector("[aria-label=threshold]"), times = [];
        for (let k = 1; k < 12; k++) {
            const start = performance.now();
            dial.value = k;
            dial.dispatchEvent(new Event("input"));
            document.querySelector("figure").getBoundingClientRect();
            times.push(performance.now() - start);
        }
        return times;
    }""")
    print(f"\nan answer takes {np.median(times):.1f} ms")
    assert len(times) == 11


BROKEN = {
    "kind=SiLU": "kind is “SiLU”; expected one of ReLU, GELU",
    "block=0": "block is “0”; expected a whole number from 1 to 2",
    "unit=": "unit is “”; expected a whole number from 1 to 64",
    "unit=2.5": "unit is “2.5”",
    "place=65": "place is “65”",
    "threshold=0.07": "threshold is “0.07”; expected one of 0, 0.05",
    "text=a": "text has 1 character; expected 2 to 64",
    "text=%3Cb%3E": "text has “<” as its character 1; expected a letter",
    "kind=__proto__": "kind is “__proto__”",
    "machine=1": "“machine” is none of kind, block, unit, threshold, text, place",
}


def test_a_broken_address_is_ignored_whole_and_said_in_plain_words(visit):
    tab = visit()
    refuses(tab, "wake", BROKEN)
    assert reading(tab) == explorers.Wake().reading()


def test_without_scripts_the_picture_stands(visit):
    tab = visit(live=False, java_script_enabled=False)
    assert tab.get_by_role("img", name="The text, shaded by what unit").bounding_box()["width"] > 300
    assert tab.get_by_text(explorers.Wake().reading()).is_visible()


FULLEST = explorers.Wake("GELU", block=2, unit=64, text="W" * CONTEXT, place=64)


@pytest.mark.parametrize("page", ["dark.html", "light.html" + fragment(FULLEST)])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_it_is_accessible_and_fits(visit, page, width):
    tab = visit(page, viewport={"width": width, "height": 1100})
    accessible(tab, width, "button, select, textarea, label, [type=range]")


def test_the_paper_stays_pale_and_the_ink_dark(visit):
    tab = visit("dark.html")
    colour = "(e, name) => getComputedStyle(e)[name].match(/[0-9]+/g).slice(0, 3).map((part) => part / 255)"
    paper = tab.locator("figure").evaluate(f"e => ({colour})(e, 'backgroundColor')")
    assert palette.contrast(tuple(paper), palette.PAPER) < 1.05
    for ink in (".letters span", ".contexts mark", "textarea"):
        shown = tab.locator(ink).first.evaluate(f"e => ({colour})(e, 'color')")
        assert palette.contrast(tuple(shown), tuple(paper)) > 12


@pytest.mark.parametrize("kind", KINDS)
def test_the_darkest_shade_leaves_its_letter_legible(visit, kind):
    tab = visit("light.html" + fragment(explorers.Wake(kind)))
    deepest = tab.locator(".contexts mark").first.evaluate(
        "e => getComputedStyle(e).backgroundColor.match(/[0-9]+/g).slice(0, 3).map((part) => part / 255)"
    )
    assert palette.contrast(tuple(deepest), palette.INK) > 4.5


def test_focus_is_visible(visit):
    tab = visit()
    for control in (
        tab.get_by_role("radio", name="GELU"),
        tab.get_by_role("slider", name="threshold"),
        tab.get_by_role("textbox", name="Your text"),
        tab.get_by_role("button", name="Reset"),
    ):
        outlined(tab, control)
    handle, look = tab.locator(".handle"), "(e) => getComputedStyle(e.lastChild).strokeWidth"
    before = handle.evaluate(look)
    handle.focus()
    tab.keyboard.press("ArrowRight")
    assert handle.evaluate(look) != before


def test_print_shows_the_state_and_no_controls(visit):
    tab = visit()
    tab.emulate_media(media="print")
    for shown in (".letters", ".answers", ".contexts", ".course", ".reading"):
        assert tab.locator(shown).first.is_visible()
    assert tab.get_by_role("slider", name="threshold").is_hidden()
    assert tab.get_by_role("textbox").is_hidden()


def test_a_notebook_can_show_it_and_take_it_away(visit):
    tab = visit()
    in_notebook(tab, "wake", explorers.Wake(unit=5).state())
    said = tab.evaluate("""() => {
        const who = () => el.querySelector(".reading").textContent.split(":")[0];
        const said = [who()];
        model.set("unit", 9); // from Python
        said.push(who());
        press("Reset");
        said.push(who(), model.saved.unit);
        close();
        said.push(heard.size);
        el.remove();
        return said;
    }""")
    block = explorers.Wake().block
    assert said == [f"Unit {unit} of block {block}, ReLU" for unit in (5, 9, 5)] + [5, 0]
