"""The colours can be told apart by everyone, and the style leaves a reader's settings alone."""

from itertools import combinations
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from colorspacious import cspace_convert
from matplotlib.colors import to_rgb

from rectified import palette

EYES = {
    "normal": None,
    "deutan": "deuteranomaly",
    "protan": "protanomaly",
    "tritan": "tritanomaly",
}


def seen(colours, eye):
    """Return colours, (n, 3) in sRGB, as an eye sees them, in CAM02-UCS."""
    rgb = np.asarray(colours, dtype=float)
    if EYES[eye]:
        rgb = cspace_convert(rgb, {"name": "sRGB1+CVD", "cvd_type": EYES[eye], "severity": 100}, "sRGB1")
    return cspace_convert(np.clip(rgb, 0, 1), "sRGB1", "CAM02-UCS")


@pytest.mark.parametrize("family", palette.FAMILIES)
def test_lines_and_labels_stand_out_from_the_paper(family):
    line, text = palette.FAMILIES[family]
    assert palette.contrast(line, palette.PAPER) >= 3
    assert palette.contrast(text, palette.PAPER) >= 4.5


@pytest.mark.parametrize("ink", palette.NEUTRAL)
def test_neutral_inks_can_be_read(ink):
    assert palette.contrast(ink.text, palette.PAPER) >= 4.5


def test_contrast_knows_its_ends():
    assert palette.contrast("black", "white") == pytest.approx(21)
    assert palette.contrast("#123456", "#123456") == 1


@pytest.mark.parametrize("eye", EYES)
def test_families_stay_apart_for_every_eye(eye):
    colours = seen([to_rgb(line) for line, _ in palette.FAMILIES.values()], eye)
    closest = min(
        (float(np.linalg.norm(a - b)), pair)
        for (a, b), pair in zip(combinations(colours, 2), combinations(palette.FAMILIES, 2), strict=True)
    )
    assert closest[0] > 16, closest


def test_no_two_members_look_the_same():
    looks = [(ink.line, ink.style) for ink in map(palette.of, palette.MEMBERS)]
    assert len(set(looks)) == len(looks)
    looks = [(ink.line, ink.style) for ink in palette.NEUTRAL]
    assert len(set(looks)) == len(looks)


def test_every_family_has_a_solid_member():
    solid = {family for family, style in palette.MEMBERS.values() if style == palette.SOLID}
    assert solid == set(palette.FAMILIES)


def test_every_activation_of_the_package_has_an_ink():
    activations = pytest.importorskip("rectified.activations")
    kinds = activations.Activation | activations.Gated
    names = {a.name for a in vars(activations).values() if isinstance(a, kinds)}
    assert names
    assert names <= set(palette.MEMBERS)


@pytest.mark.parametrize(
    ("gated", "gate"),
    [("glu", "sigmoid"), ("bilinear", "identity"), ("reglu", "relu"), ("geglu", "gelu"), ("swiglu", "silu")],
)
def test_gated_units_take_the_colour_of_their_gate(gated, gate):
    assert palette.of(gated).line == palette.of(gate).line
    assert palette.of(gated).style in (palette.DASH_DOT, palette.DASH_DOT_DOT)
    unit = pytest.importorskip("rectified.activations").GATED[gated]
    assert palette.of(unit) == palette.of(gated)
    assert palette.FAMILIES[unit.family][0] == palette.of(gated).line


def test_of_takes_a_name_or_an_activation():
    assert palette.of(SimpleNamespace(name="mish")) == palette.of("mish")
    assert palette.of("ReLU") == palette.of("relu")
    assert palette.of("hard tanh") == palette.of("hard_tanh")
    assert palette.knows("SwiGLU")
    assert not palette.knows("depth 4")
    assert palette.of("relu", style=palette.DASHED).style == palette.DASHED
    assert palette.of("relu").width > palette.of("relu6").width
    with pytest.raises(AttributeError):
        palette.of("relu").line = "red"


@pytest.mark.parametrize("unknown", ["rellu", 7, None])
def test_of_names_what_it_does_not_know(unknown):
    with pytest.raises(ValueError, match=rf"no ink for activation '?{unknown}'?; expected one of: step, "):
        palette.of(unknown)


@pytest.mark.parametrize("colour", [palette.INK, *(line for line, _ in palette.FAMILIES.values())])
def test_ramps_darken_in_even_steps(colour):
    shades = palette.ramp(colour)(np.linspace(0, 1, 17))[:, :3]
    assert np.allclose(shades[0], to_rgb(palette.PAPER), atol=0.005)
    assert np.allclose(shades[-1], to_rgb(colour), atol=0.005)
    lab = seen(shades, "normal")
    steps = np.linalg.norm(np.diff(lab, axis=0), axis=1)
    assert (np.diff(lab[:, 0]) < 0).all()
    assert steps.max() / steps.min() < 2


@pytest.mark.parametrize("eye", EYES)
def test_the_diverging_map_tells_its_sides_apart(eye):
    shades = palette.diverging()
    assert np.allclose(shades(0.5)[:3], to_rgb(palette.PAPER), atol=0.005)
    lab = seen(shades(np.linspace(0, 1, 17))[:, :3], eye)
    assert (np.diff(lab[:9, 0]) > 0).all()
    assert (np.diff(lab[8:, 0]) < 0).all()
    assert np.linalg.norm(lab[4] - lab[12]) > 16  # half-way out on either side


def test_use_wins_over_a_readers_settings_and_gives_them_back():
    with matplotlib.rc_context({"axes.grid": True, "font.size": 30}):
        before = dict(matplotlib.rcParams)
        with palette.use():
            assert matplotlib.rcParams["axes.grid"] is False
            assert matplotlib.rcParams["font.size"] == 9
            assert matplotlib.rcParams["figure.facecolor"] == palette.PAPER
        assert dict(matplotlib.rcParams) == before
