"""Explorers on the side of Python: what a notebook stores, what the traits accept, what the numbers are."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
import pytest
from conftest import printed
from traitlets import TraitError

from rectified import eras, explorers, palette, threshold
from rectified.explorers import explorer

VIEW = "application/vnd.jupyter.widget-view+json"


def pulses(**changes):
    """Figure 1 (e) after one tick of cold, or what `changes` make of it."""
    given = {"nets": threshold.FIGURE_1, "net": "e", "trains": {"N2": "1"}, "tick": 3}
    return explorers.Pulses(**(given | changes))


class Reader(HTMLParser):
    """Every tag of a page with its attributes, and the text outside of tags."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    def only(self, name):
        (attributes,) = [attributes for tag, attributes in self.tags if tag == name]
        return attributes


# ------------------------------------------------------------------------------- what a notebook stores


def test_the_bundle_holds_the_widget_the_figure_and_a_word_for_it():
    data, _ = pulses()._repr_mimebundle_()
    assert data[VIEW]["model_id"]
    assert data["text/plain"] == "Pulses(net='e', trains={'N2': '1'}, tick=3, veto=True)"
    assert data["text/html"] == pulses().figure()


def test_ipython_shows_the_bundle_and_not_the_widget_alone():
    assert pulses()._ipython_display_ is None


def test_the_figure_carries_state_picture_reading_and_caption():
    seen = Reader(pulses().figure())
    figure, image = seen.only("figure"), seen.only("img")
    assert figure["class"] == "explorer"
    assert figure["data-explorer"] == "pulses"
    state = json.loads(figure["data-state"])
    assert state == pulses().state()
    assert sorted(state) == ["demos", "net", "nets", "presets", "tick", "ticks", "trains", "veto"]
    assert "N3 fires at 3" in image["alt"]
    assert "12 ticks, tick 3 marked" in image["alt"]
    assert "Tick 3: N3 fires: 2 end-feet from b, 2 needed." in seen.text
    assert explorers.Pulses.caption in seen.text
    assert seen.tags[1] == ("div", {"class": "still"})


def test_two_runs_give_the_same_bytes_and_nothing_random():
    assert pulses().figure() == pulses().figure()
    script = "from rectified import explorers, threshold as t; print(explorers.Pulses(t.FIGURE_1, net='e').figure())"
    assert printed(script)
    one = pulses()
    assert one.model_id not in one.figure()


def test_the_still_picture_is_svg_of_whole_numbers_in_the_colours_of_the_book():
    source = Reader(pulses().figure()).only("img")["src"]
    kind, svg = source.split(",", 1)
    assert kind == "data:image/svg+xml"
    root = ET.fromstring(unquote(svg))
    numbers = re.findall(r"-?\d+\.\d+", unquote(svg))
    assert numbers == []
    marks = [(m.get("x"), m.get("fill")) for m in root.iter() if m.get("height") == "16"]
    fires = np.argwhere(threshold.run(threshold.FIGURE_1["e"], inputs("e", {"N2": "1"})).T)
    assert len(marks) == len(fires) == 4
    assert [fill for _, fill in marks].count(palette.FAMILIES["relu"][0]) == 1  # the one at the present tick


def test_the_style_sheet_has_the_colours_of_the_book():
    style = (explorer.HERE / "explorers.css").read_text()
    colours = dict(re.findall(r"--(\w+): (#\w+);", style))
    assert colours["paper"] == palette.PAPER
    assert colours["ink"] == palette.INK
    assert colours["muted"] == palette.MUTED
    assert colours["faint"] == palette.FAINT
    assert colours["now"] == palette.TINT
    assert colours["accent"] == palette.FAMILIES["relu"][0]
    for name in ("ink", "muted", "accent", "inhibits"):
        assert palette.contrast(colours[name], colours["paper"]) >= 4.5, name
        assert palette.contrast(colours[name], colours["now"]) >= (3 if name == "inhibits" else 4.5), name


@pytest.mark.parametrize("name", sorted(set(explorers.__all__) - {"Explorer"}))
def test_a_notebook_gets_one_script(name):
    kind = getattr(explorers, name)
    source, text = (explorer.HERE / f"{kind.name}.mjs").read_text("utf-8"), str(kind._esm)
    assert source.count('from "./display.mjs";') == 1
    assert "export function" not in (shared := text.partition("(() => {")[2].partition("\n})();")[0])
    assert "createElementNS" in shared
    assert not re.findall(r"^\s*import\b|\bimport\(", text, re.MULTILINE)
    before, _, after = source.partition("import {")
    assert text.startswith(before)
    assert text.endswith(after.partition("\n")[2])


def test_a_module_that_imports_anything_else_is_refused(tmp_path):
    module = tmp_path / "toy.mjs"
    module.write_text('import { html } from "./display.mjs";\nimport x from "./other.mjs";\n', "utf-8")
    with pytest.raises(
        ValueError, match=re.escape("toy.mjs has 'import x from \"./other.mjs\";'; expected no")
    ):
        explorer.alone(module)


def test_names_that_look_like_html_stay_words():
    evil = "<script>alert('x')</script>\"&"
    net = threshold.Net(("N1", evil), 1, np.array([[0, 2], [0, 0]]), np.zeros((2, 2), int), np.array([2, 2]))
    figure = explorers.Pulses({evil: net}, trains={"N1": "1"}, tick=1, presets={evil: {"net": evil}}).figure()
    seen = Reader(figure)
    assert {tag for tag, _ in seen.tags} == {"figure", "div", "img", "p", "figcaption"}
    assert json.loads(seen.only("figure")["data-state"])["net"] == evil
    assert f"{evil} fires" in seen.text
    picture = ET.fromstring(unquote(seen.only("img")["src"]).split(",", 1)[1])
    assert evil in [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]


def test_explorers_import_neither_torch_nor_a_model():
    script = (
        "import sys, rectified.explorers; "
        "print([m for m in ('torch', 'rectified.threshold', 'rectified.training') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ------------------------------------------------------------------------------- traits


def test_traits_can_be_set_and_the_reading_follows():
    one = pulses(meanings={"e": {"N2": "cold", "N4": "feels cold"}})
    assert one.reading() == "Tick 3: N3 fires: 2 end-feet from b, 2 needed."
    one.trains = {"N2": "111"}
    assert one.reading() == (
        "Tick 3: a and N4 (feels cold) fire. a: 2 end-feet from N2; N4: 2 from N2 and a; 2 needed each. "
        "b had 2 end-feet from a, 2 needed, but was vetoed by N2."
    )
    one.tick = 0
    assert one.reading() == "Tick 0: N2 (cold) fires."
    one.net, one.veto = "c", False
    assert one.reading() == "Tick 0: N2 fires."
    one.tick = 11
    assert one.reading() == "Tick 11: nothing fires."


def test_the_reading_says_where_the_two_kinds_of_inhibition_differ():
    net = threshold.wire("N1 N2", N3="N1 N1 N1 | N2")
    one = explorers.Pulses({"x": net}, trains={"N1": "1", "N2": "1"}, tick=1)
    assert one.reading() == (
        "Tick 1: nothing fires. N3 had 3 end-feet from N1, 2 needed, but was vetoed by N2. "
        "If inhibition weighed −1, N3 would fire."
    )
    one.veto = False
    assert one.reading() == (
        "Tick 1: N3 fires: 3 end-feet from N1 less 1 from N2, 2 needed. "
        "Under absolute inhibition, N3 would be silent."
    )


def test_the_reading_gives_each_its_own_need_where_they_differ():
    net = threshold.Net(
        ("N1", "N2", "N3"),
        1,
        np.array([[0, 1, 3], [0, 0, 0], [0, 0, 0]]),
        np.zeros((3, 3), int),
        np.array([1, 1, 2]),
    )
    one = explorers.Pulses({"x": net}, trains={"N1": "1"}, tick=1)
    assert one.reading() == (
        "Tick 1: N2 and N3 fire. N2: 1 end-foot from N1, 1 needed; N3: 3 from N1, 2 needed."
    )


def test_a_meaning_that_is_the_name_is_not_said_twice():
    one = pulses(meanings={"e": {"a": "a", "b": "warm-up"}}, tick=2)
    assert one.nets["e"]["meanings"] == ["", "", "", "warm-up", "", ""]
    assert one.reading().startswith("Tick 2: b (warm-up) fires:")


def test_a_demo_waits_until_the_reader_chooses_its_net():
    demos = {"a": {"trains": {"N1": "1011"}, "tick": 3}}
    one = pulses(demos=demos)
    one.net = "a"
    assert (one.trains, one.tick, one.demos) == ({"N2": "1"}, 3, demos)
    one.demos = {}
    with pytest.raises(TraitError, match="demos speaks of net 'z'"):
        one.demos = {"z": {}}


def test_what_is_left_out_has_a_default():
    one = explorers.Pulses(threshold.FIGURE_1)
    assert (one.net, one.trains, one.tick, one.ticks, one.veto) == ("a", {}, 0, 12, True)
    assert one.nets["a"]["title"] == "(a)"
    assert "Nothing fires" in Reader(one.figure()).only("img")["alt"]


@pytest.mark.parametrize("key", threshold.FIGURE_1)
def test_nets_without_places_are_laid_out_apart_and_from_left_to_right(key):
    net = threshold.FIGURE_1[key]
    places = np.array(explorers.Pulses({key: net}).nets[key]["places"])
    apart = np.linalg.norm(places[:, None] - places, axis=2) + 9 * np.eye(len(places))
    assert apart.min() >= 2
    assert (places[: net.afferents, 0] == 0).all()
    assert (places[net.afferents :, 0] > 0).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"net": "z"}, "net is 'z'; expected one of a, b, c, d, e, f, g, h, i"),
        ({"trains": {"N9": "1"}}, "trains names 'N9'; the inputs are N1, N2, N3"),
        (
            {"trains": {"N1": "012"}},
            "the train of N1 is '012'; expected digits 0 and 1, one a tick, at most 12",
        ),
        ({"trains": {"N1": "0" * 13}}, "the train of N1 is '0000000000000'; expected digits"),
        ({"trains": {"N1": 1}}, "the train of N1 is 1; expected digits 0 and 1"),
        ({"tick": 12}, "tick is 12; expected a whole number from 0 to 11"),
        ({"tick": -1}, "tick is -1; expected a whole number from 0 to 11"),
        ({"presets": {"cold": {"trains": {"N8": "1"}}}}, "preset 'cold': trains names 'N8'"),
        ({"presets": {"cold": {"veto": 1}}}, "preset 'cold': veto is 1; expected True or False"),
        ({"presets": {"cold": {"nets": {}}}}, "preset 'cold': 'nets' cannot be set"),
        ({"demos": {"a": {"trains": {"N2": "1"}}}}, "demo 'a': trains names 'N2'; the inputs are N1"),
        ({"demos": {"a": {"tick": 12}}}, "demo 'a': tick is 12; expected a whole number from 0 to 11"),
        ({"demos": {"a": {"veto": True}}}, "demo 'a' sets 'veto'; expected trains and tick"),
    ],
)
def test_a_state_that_cannot_be_is_refused_by_name(changes, message):
    with pytest.raises(TraitError, match=re.escape(message)):
        pulses(**changes)
    one = pulses()
    before = one.state()
    with pytest.raises(TraitError, match=re.escape(message)):
        one.set_trait(*changes.popitem())
    assert one.state() == before


@pytest.mark.parametrize(("name", "value"), [("tick", "3"), ("tick", 1.5), ("veto", "yes"), ("net", 3)])
def test_a_value_of_the_wrong_kind_is_refused(name, value):
    with pytest.raises(TraitError, match=f"'{name}' trait"):
        setattr(pulses(), name, value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nets": {}}, "nets is empty"),
        ({"ticks": 0}, "ticks is 0; expected at least 1"),
        ({"demos": {"z": {"tick": 1}}}, "demos speaks of net 'z'; expected one of a, b"),
        ({"titles": {"z": "?"}}, "titles speaks of net 'z'; expected one of a, b"),
        ({"meanings": {"e": {"N7": "?"}}}, "meanings of net 'e' speaks of 'N7'; it has N1, N2, a, b, N3, N4"),
        ({"places": {"a": [(0, 0)]}}, "places of net 'a' has shape (1, 2); expected (2, 2)"),
    ],
)
def test_a_description_that_does_not_fit_the_nets_is_refused(changes, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        pulses(**changes)


# ------------------------------------------------------------------------------- numbers


def inputs(key, trains, ticks=12):
    net = threshold.FIGURE_1[key]
    return threshold.pulses(
        net, ticks, **{n: t for n, t in trains.items() if n in net.neurons[: net.afferents]}
    )


@pytest.mark.parametrize("key", threshold.FIGURE_1)
def test_pulses_are_those_of_the_package(key):
    rng = np.random.default_rng(1943)
    one = pulses(net=key)
    with eras.timeless():
        for _ in range(20):
            trains = {
                name: "".join(rng.choice(["0", "1"], rng.integers(0, 13))) for name in ("N1", "N2", "N3")
            }
            one.trains = {n: t for n, t in trains.items() if n in ("N1", "N2", "N3")}
            expected = threshold.run(threshold.FIGURE_1[key], inputs(key, trains))
            np.testing.assert_array_equal(one.pulses(), expected)


def test_without_the_veto_an_inhibitory_end_foot_weighs_minus_one():
    net = threshold.wire("N1 N2", N3="N1 N1 N1 N1 | N2", N4="N1 N1 | N2")
    one = explorers.Pulses({"x": net}, trains={"N1": "11", "N2": "01"}, ticks=4, veto=False)
    np.testing.assert_array_equal(one.pulses()[:, 2:], [[0, 0], [1, 1], [1, 0], [0, 0]])
    np.testing.assert_array_equal(one.pulses(veto=True)[:, 2:], [[0, 0], [1, 1], [0, 0], [0, 0]])
