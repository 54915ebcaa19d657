"""Every picture: what is on it, that its words do not overlap, that it is the same twice, what it refuses."""

import inspect
import subprocess
import sys
from itertools import combinations
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon
from matplotlib.text import Text

from rectified import palette, plotting
from rectified.plotting import Axis

STEPS = np.arange(0, 501, 10)
Z = np.linspace(-4, 4, 401)
GRID = np.linspace(-1, 1, 40)
EXTENT = (-1, 1, -1, 1)


def falling(rate, seeds=8):
    chance = np.random.default_rng(int(rate * 10))
    return np.exp(-rate * chance.uniform(0.7, 1.3, (seeds, 1)) * STEPS / 500)


CURVES = {
    "sigmoid": falling(1),
    "tanh": falling(3),
    "GELU": falling(3),
    "ELU": falling(3.05),
    "ReLU": falling(3.1),
}
RUN = SimpleNamespace(
    curves={"loss": falling(2), "gradient": np.exp(-np.arange(6) * np.ones((8, len(STEPS), 1)))},
    steps=STEPS,
    seeds=tuple(range(8)),
    settings={},
)
PHI = {"step": (Z >= 0) * 1.0, "softplus": np.log1p(np.exp(Z)), "ReLU": np.maximum(Z, 0)}
SLOPES = {"step": 0 * Z, "softplus": 1 / (1 + np.exp(-Z)), "ReLU": (Z > 0) * 1.0}
SCORES = GRID[:, None] * GRID
POINTS = np.random.default_rng(1).uniform(-1, 1, (30, 2))
LABELS = (POINTS.prod(axis=1) > 0).astype(int)
PULSES = np.array([[1, 0, 0], [0, 1, 1], [1, 1, 0], [0, 0, 1], [1, 0, 0]])
EXCITE = np.array([[0, 0, 2], [0, 0, 0], [0, 0, 1]])
INHIBIT = np.array([[0, 0, 0], [0, 0, 1], [0, 0, 0]])
NET = (["1", "2", "answer"], [(0, 1), (0, -1), (2.4, 0)], EXCITE, INHIBIT)
TABLES = (np.arange(16)[:, None] >> np.arange(4)[::-1]) & 1
HEAT = np.arange(12.0).reshape(3, 4) - 4
HEADS = {"rows": ["a", "b", "c"], "columns": ["0.001", "0.01", "0.1", "1"]}

PICTURES = {
    "curves": lambda: plotting.curves(CURVES, at=STEPS, y="error", target={"chance": 0.9}, title="A title"),
    "curves of runs": lambda: plotting.curves(
        {"ReLU": RUN, "no name": RUN}, curve="loss", y=Axis("loss", log=True)
    ),
    "layers": lambda: plotting.layers(
        {"He": RUN}, curve="gradient", y=Axis("gradient", log=True), ink={"He": "relu"}
    ),
    "dots": lambda: plotting.dots(
        {name: seeds[:, -1] for name, seeds in CURVES.items()}, x="error", form=".2f", target={"half": 0.5}
    ),
    "shapes": lambda: plotting.shapes(Z, PHI, SLOPES, title="Three shapes"),
    "boundaries": lambda: plotting.boundaries(SCORES, EXTENT, POINTS, LABELS, ink="tanh", x="a", y="b"),
    "regions": lambda: plotting.boundaries((SCORES > 0).astype(int), EXTENT),
    "heatmap": lambda: plotting.heatmap(HEAT, x="rate", y="activation", **HEADS),
    "heatmap with a scale": lambda: plotting.heatmap(
        np.arange(200.0).reshape(10, 20), rows=list("abcdefghij"), columns=[""] * 20, centre=90
    ),
    "images": lambda: plotting.images(
        np.arange(240.0).reshape(15, 4, 4), titles=[f"no. {i}" for i in range(15)], title="Fifteen"
    ),
    "regions as polygons": lambda: plotting.regions(
        [np.array([[0, 0], [1, 0], [1, 1]]), np.array([[0, 0], [1, 1], [0, 1]])],
        (0, 1, 0, 1),
        [1, 3],
        ink="relu",
    ),
    "multiples": lambda: plotting.multiples(
        plotting.curves,
        {f"depth {d}": {name: values**d for name, values in CURVES.items()} for d in (1, 2, 3)},
        at=STEPS,
        y="error",
    ),
    "raster": lambda: plotting.raster(PULSES, ["heat", "cold", "flash"], inputs=2, title="A cold touch"),
    "wiring": lambda: plotting.wiring(*NET, threshold=[0, 0, 2], lit=[1, 0, 0]),
    "several nets": lambda: plotting.multiples(plotting.wiring, {"and": NET, "or": NET}),
    "functions": lambda: plotting.functions(
        TABLES, names=[f"f{i}" for i in range(16)], highlight=np.arange(16) != 6
    ),
    "descent": lambda: plotting.descent(
        ["1941 one", "1969 two", "2010 three"],
        ["nerve nets", "nets that learn by gradient"],
        [0, 0, 1],
        [(1, 0), (2, 0)],
        filled=[True, False, True],
        ink="relu",
    ),
}


@pytest.fixture(scope="module")
def drawn():
    return {name: draw() for name, draw in PICTURES.items()}


def words(figure):
    """Return every visible text of a picture, that says something, with its box in pixels."""
    renderer = figure.canvas.get_renderer()
    beyond = set()  # ticks outside the limits, or of axes that are off, are made but not drawn
    for axis in (axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not (axis.axes.axison and low <= tick.get_loc() <= high):
                beyond |= {tick.label1, tick.label2}
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t not in beyond]
    return [(text.get_text(), Text.get_window_extent(text, renderer)) for text in texts]


def written(figure, gid):
    return [t.get_text() for t in figure.findobj(Text) if t.get_gid() == gid]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_a_figure_on_opaque_paper(drawn, name):
    figure = drawn[name]
    assert isinstance(figure, Figure)
    assert figure.get_figwidth() == 7
    assert figure.dpi == 150
    assert figure.get_facecolor() == to_rgba(palette.PAPER)
    assert figure.png().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", PICTURES)
def test_words_lie_on_the_page_and_touch_no_other(drawn, name):
    figure = drawn[name]
    figure.draw_without_rendering()
    boxes = words(figure)
    assert boxes
    for text, box in boxes:
        assert box.x0 >= -1, text
        assert box.x1 <= figure.bbox.width + 1, text
        assert box.y0 >= -1, text
        assert box.y1 <= figure.bbox.height + 1, text
    for (one, first), (other, second) in combinations(boxes, 2):
        wide = min(first.x1, second.x1) - max(first.x0, second.x0)
        high = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert wide <= 1 or high <= 1, (one, other)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_same_twice(drawn, name):
    png = drawn[name].png()
    assert png == drawn[name].png()
    assert png == PICTURES[name]().png()


def test_a_readers_settings_neither_change_nor_show():
    plain = PICTURES["curves"]().png()
    theirs = {"axes.grid": True, "font.size": 20, "lines.linewidth": 9, "savefig.dpi": 50}
    with matplotlib.rc_context(theirs):
        before = dict(matplotlib.rcParams)
        assert PICTURES["curves"]().png() == plain
        assert dict(matplotlib.rcParams) == before


def test_pictures_need_no_torch_no_pyplot_and_no_era():
    code = (
        "import sys; from rectified import plotting; "
        "plotting.curves({'relu': [3, 2, 1]}).png(); "
        "print(*(name for name in sys.modules if name.split('.')[0] in ('torch', 'IPython') "
        "or name == 'matplotlib.pyplot' or name.startswith('rectified.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"rectified.palette", "rectified.plotting"}


def test_a_notebook_shows_a_picture_once_and_whole():
    code = """
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
import base64, struct, sys
shell = InteractiveShell.instance()
import matplotlib; matplotlib.use("module://matplotlib_inline.backend_inline")
import matplotlib.pyplot as plt
from matplotlib_inline.backend_inline import configure_inline_support, flush_figures
configure_inline_support(shell, matplotlib.get_backend())
with capture_output() as caught:
    shell.run_cell("from rectified import plotting\\nplotting.curves({'relu': [3, 2, 1]})")
    shell.run_cell("figure = plotting.curves({'relu': [3, 2, 1]})")
    flush_figures()
assert plt.get_fignums() == []
images = [output.data["image/png"] for output in caught.outputs if "image/png" in output.data]
png = images[0] if isinstance(images[0], bytes) else base64.b64decode(images[0])
print(len(images), *struct.unpack(">II", png[16:24]), "Picture" in caught.outputs[0].data["text/plain"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "1 1050 465 True"


# --- What is on them ---------------------------------------------------------------------------------------


def test_curves_show_median_range_and_label(drawn):
    (ax,) = drawn["curves"].axes
    lines = {line.get_label(): line for line in ax.lines}
    assert np.allclose(lines["tanh"].get_ydata(), np.median(CURVES["tanh"], axis=0))
    assert lines["tanh"].get_color() == palette.of("tanh").line
    assert max(ax.lines, key=lambda line: line.get_zorder()).get_label() == "ReLU"
    assert len(ax.collections) == len(CURVES)
    band = ax.collections[1].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(CURVES["tanh"].max())
    assert sorted(written(drawn["curves"], "end")) == sorted([*CURVES, "chance"])
    label = next(t for t in ax.texts if t.get_text() == "tanh")
    assert label.get_color() == palette.of("tanh").text


def test_end_labels_stay_near_their_lines_and_in_their_order(drawn):
    (ax,) = drawn["curves"].axes
    renderer = drawn["curves"].canvas.get_renderer()
    labels = [t for t in ax.texts if t.get_gid() == "end"]
    ends = [ax.transData.transform((0, t.xy[1]))[1] for t in labels]
    places = [Text.get_window_extent(t, renderer).get_points()[:, 1].mean() for t in labels]
    assert np.array_equal(np.argsort(ends), np.argsort(places))
    assert np.abs(np.subtract(ends, places)).max() < 70


@pytest.mark.parametrize("wanted", [[5.0, 5, 5], [0, 1, 99], [50, 52, 90], [-30, 200, 300]])
def test_things_put_apart_do_not_touch_and_keep_their_middle(wanted):
    placed = plotting._apart(np.array(wanted), np.full(3, 10.0), 0, 100)
    assert (np.diff(placed) >= 10 - 1e-9).all()
    assert placed[0] >= 5 - 1e-9
    assert placed[-1] <= 95 + 1e-9
    if wanted == [50, 52, 90]:
        assert placed.tolist() == [46, 56, 90]


def test_a_lost_seed_is_counted_and_never_hidden():
    values = falling(2)
    values[:2, 20:] = np.nan
    figure = plotting.curves({"ReLU": values, "tanh": falling(1)}, at=STEPS)
    assert "ReLU (2 of 8 diverged)" in written(figure, "end")
    ranked = np.where(np.isnan(values), np.inf, values)
    assert np.allclose(figure.axes[0].lines[0].get_ydata(), np.median(ranked, axis=0))
    assert figure.axes[0].get_ylim()[1] < 2
    values[:, 30:] = np.nan
    line = plotting.curves({"ReLU": values}, at=STEPS).axes[0].lines[0]
    assert np.isinf(line.get_ydata()[30:]).all()


def test_a_line_that_reaches_zero_has_its_label_where_a_logarithm_last_shows_it():
    figure = plotting.curves({"a": [100.0, 10, 1, 0, 0]}, y=Axis("mistakes", log=True))
    (label,) = (t for t in figure.axes[0].texts if t.get_gid() == "end")
    assert label.xy == (2, 1)


def test_axes_take_ticks_with_words_and_limits():
    y = Axis("error", log=True, ticks={0.1: "a tenth", 1: "all"}, limits=(0.05, 1))
    (ax,) = plotting.curves({"relu": falling(2)}, y=y).axes
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a tenth", "all"]
    assert ax.get_ylim() == (0.05, 1)
    assert ax.get_yscale() == "log"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.02, 1, ["0.03", "0.1", "0.3", "1"]),
        (1e-7, 1, ["10⁻⁶", "10⁻⁴", "10⁻²", "1"]),
        (1, 1e3, ["1", "10", "100", "1,000"]),
        (2, 6, ["2", "4", "6"]),
    ],
)
def test_logarithmic_axes_have_three_or_four_readable_ticks(low, high, expected):
    figure = plotting.curves(
        {"relu": np.geomspace(low, high, 9)}, y=Axis(log=True, limits=(low * 0.99, high * 1.01))
    )
    axis = figure.axes[0].yaxis
    shown = [t for t in sorted(axis.get_majorticklocs()) if low * 0.99 <= t <= high * 1.01]
    assert axis.get_major_formatter().format_ticks(shown)[-len(expected) :] == expected


def test_layers_begin_at_one_and_take_the_last_step(drawn):
    (ax,) = drawn["layers"].axes
    assert ax.lines[0].get_xdata().tolist() == [1, 2, 3, 4, 5, 6]
    assert np.allclose(ax.lines[0].get_ydata(), np.exp(-np.arange(6)))
    assert 1 in ax.get_xticks()


def test_dots_are_one_per_seed_beside_their_median(drawn):
    (ax,) = drawn["dots"].axes
    clouds = [c for c in ax.collections if c.get_gid() != "median"]
    assert [len(c.get_offsets()) for c in clouds] == [8] * 5
    assert np.allclose(np.sort(clouds[1].get_offsets()[:, 0]), np.sort(CURVES["tanh"][:, -1]))
    assert [t.get_text() for t in ax.get_yticklabels()] == list(CURVES)
    assert written(drawn["dots"], "value")[1] == f"{np.median(CURVES['tanh'][:, -1]):.2f}"


def test_dots_count_seeds_that_were_lost():
    (ax,) = plotting.dots({"a": [1, 2, np.nan], "b": [1, 2, 3]}).axes
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a (1 of 3 diverged)", "b"]


def test_shapes_break_where_they_jump(drawn):
    values, slopes = drawn["shapes"].axes
    lines = {line.get_label(): line.get_ydata() for line in values.lines}
    assert np.isnan(lines["step"]).sum() == 1
    assert not np.isnan(lines["ReLU"]).any()
    assert np.isnan(next(line.get_ydata() for line in slopes.lines if line.get_label() == "ReLU")).sum() == 1


def test_cells_are_written_in_a_colour_that_can_be_read(drawn):
    (ax,) = drawn["heatmap"].axes
    cells = [t for t in ax.texts if t.get_gid() == "cell"]
    assert [t.get_text() for t in cells[:5]] == ["−4", "−3", "−2", "−1", "0"]
    image = ax.images[0]
    for text, value in zip(cells, HEAT.flat, strict=True):
        assert palette.contrast(text.get_color(), image.cmap(image.norm(value))[:3]) >= 4.5
    assert len(drawn["heatmap with a scale"].axes) == 2


def test_images_are_whole_pixels(drawn):
    pixels = drawn["images"].images
    assert len(pixels) == 15
    scale = pixels[0].get_array().shape[0] / 4
    assert scale == int(scale) > 1
    big = plotting.images(np.random.default_rng(0).random((2, 28, 28, 3)))
    assert big.images[0].get_array().shape[2] == 3


def test_multiples_share_axes_and_say_things_once(drawn):
    axes = drawn["multiples"].axes
    assert [ax.get_title(loc="left") for ax in axes] == ["depth 1", "depth 2", "depth 3"]
    assert len({ax.get_ylim() for ax in axes}) == 1
    assert sorted(written(drawn["multiples"], "end")) == sorted(CURVES)
    assert written(drawn["multiples"], "y") == ["error"]


@pytest.mark.parametrize(
    "other", [{"relu": [1, 2, np.nan], "tanh": [4, 5, 6]}, {"gelu": [4, 5]}, {"tanh": [1], "relu": [2]}]
)
def test_multiples_of_dots_name_rows_that_are_not_alike(other):
    rows = {"relu": [1, 2, 3], "tanh": [4, 5, 6]}
    names = lambda ax: [label.get_text() for label in ax.get_yticklabels() if label.get_visible()]  # noqa: E731
    one, two = plotting.multiples(plotting.dots, {"a": rows, "b": other}).axes
    alone = plotting.dots(other).axes[0]
    assert names(one) == ["relu", "tanh"]
    assert names(two) == names(alone)
    assert two.get_ylim() == alone.get_ylim()
    assert two.yaxis.get_tick_params()["labelleft"]
    assert one.get_xlim() == two.get_xlim()


def test_multiples_of_dots_name_rows_that_are_alike_once():
    rows = {"relu": [1, 2, 3], "tanh": [4, 5, 6]}
    one, two = plotting.multiples(plotting.dots, {"a": rows, "b": rows}).axes
    assert one.yaxis.get_tick_params()["labelleft"]
    assert not two.yaxis.get_tick_params()["labelleft"]


def test_multiples_of_tints_share_their_limits():
    figure = plotting.multiples(plotting.heatmap, {"a": HEAT, "b": HEAT * 2}, **HEADS)
    limits = {(ax.images[0].norm.vmin, ax.images[0].norm.vmax) for ax in figure.axes}
    assert limits == {(-8, 14)}


def test_multiples_leave_no_empty_panel_to_be_seen():
    figure = plotting.multiples(plotting.curves, {str(i): {"relu": [2, 1]} for i in range(3)}, across=2)
    assert [ax.get_visible() for ax in figure.axes] == [True, True, True, False]


def test_raster_has_a_square_for_every_pulse(drawn):
    (ax,) = drawn["raster"].axes
    rows = {c.get_gid(): c for c in ax.collections if c.get_gid()}
    assert {name: len(c.get_paths()) for name, c in rows.items()} == {"heat": 3, "cold": 2, "flash": 2}
    assert tuple(rows["heat"].get_facecolor()[0]) == to_rgba(palette.INPUT)
    assert tuple(rows["flash"].get_facecolor()[0]) == to_rgba(palette.INK)
    lefts = [path.get_extents().x0 for path in rows["cold"].get_paths()]
    assert np.round(lefts).tolist() == [1, 2]


def test_wiring_has_a_triangle_a_dot_and_a_ring_where_they_belong(drawn):
    (ax,) = drawn["wiring"].axes
    gids = [patch.get_gid() for patch in ax.patches]
    assert gids.count("neuron") == 3
    assert gids.count("excites") == EXCITE.sum() == 3
    assert gids.count("inhibits") == 1
    filled = [p.get_facecolor() == to_rgba(palette.INK) for p in ax.patches if isinstance(p, Polygon)]
    assert filled == [True, False, False]
    circles = [p for p in ax.patches if isinstance(p, Circle)]
    assert all(np.linalg.norm(np.subtract(p.center, (2.4, 0))) < 0.9 for p in circles)
    assert len({tuple(p.center) for p in circles}) == len(circles)
    assert written(drawn["wiring"], "threshold") == ["θ 2"]


def test_functions_fill_the_cells_that_are_one(drawn):
    (ax,) = drawn["functions"].axes
    pale, _, full, frames = ax.collections
    assert len(pale.get_paths()) == TABLES[6].sum()
    assert len(full.get_paths()) == TABLES.sum() - TABLES[6].sum()
    assert len(frames.get_paths()) == 15
    one = plotting.functions([[0, 0, 0, 1]]).axes[0].collections[2].get_paths()[0].get_extents()
    assert (one.x0, one.y0) == (1, -2)  # both inputs on: below, right


# --- What they refuse --------------------------------------------------------------------------------------

REFUSED = [
    (lambda: plotting.curves({}), "series is nothing; expected a mapping"),
    (lambda: plotting.curves([1, 2]), "series is a list; expected a mapping"),
    (
        lambda: plotting.curves({"a": np.zeros((2, 3, 4))}),
        r"'a' has shape \(2, 3, 4\); expected \(steps,\) or",
    ),
    (lambda: plotting.curves({"a": [1, 2, 3]}, at=[1, 2]), "'a' has 3 steps but `at` has 2"),
    (
        lambda: plotting.curves({"a": RUN}, curve="los"),
        "'a' is a run without a curve 'los'; it has loss, gradient",
    ),
    (
        lambda: plotting.curves({"a": RUN}, curve="gradient"),
        r"'gradient' of 'a' has shape .*expected \(seeds, steps\)",
    ),
    (lambda: plotting.layers({"a": RUN}, curve="loss"), r"expected \(seeds, steps, layers\)"),
    (lambda: plotting.curves({"a": [1, 2]}, ink={"b": "relu"}), "ink names 'b', which is not among a"),
    (lambda: plotting.curves({"a": [1, 2]}, ink={"a": "rellu"}), "no ink for activation 'rellu'"),
    (lambda: plotting.curves({str(i): [1, 2] for i in range(9)}), "more than 6 of 0, 1, .* pass `ink`"),
    (lambda: plotting.curves({"a": [1, 2]}, band=(90, 10)), r"band is \(90, 10\); expected two percentiles"),
    (lambda: plotting.curves({"a": [-1, 0]}, y=Axis(log=True)), "the y axis is logarithmic but no value"),
    (lambda: plotting.dots({"a": np.zeros((2, 2))}), r"group 'a' has shape \(2, 2\); expected 1 axes"),
    (lambda: plotting.dots({"a": ["x"]}), "group 'a' holds .*; expected numbers"),
    (lambda: plotting.shapes(Z, {"relu": Z[1:]}), r"φ\(z\) of 'relu' has 400 points but z has 401"),
    (
        lambda: plotting.shapes(Z, {"relu": Z}, {"tanh": Z}),
        "slopes has tanh but values has relu; expected the same",
    ),
    (lambda: plotting.boundaries(SCORES, (1, -1, 0, 1)), r"extent is \(1, -1, 0, 1\); expected left < right"),
    (lambda: plotting.boundaries(SCORES, EXTENT, np.zeros((4, 3))), r"points has shape \(4, 3\)"),
    (
        lambda: plotting.boundaries(SCORES, EXTENT, POINTS, [0, 1]),
        "labels has shape .* but there are 30 points",
    ),
    (lambda: plotting.boundaries(SCORES, EXTENT, POINTS, LABELS + 9), "labels are 9 to 10; expected 0 to 7"),
    (lambda: plotting.heatmap(HEAT, rows=["a"], columns=["b"]), "names for 1 rows and 1 columns"),
    (lambda: plotting.heatmap(HEAT, limits=(1, 0), **HEADS), r"limits are \(1, 0\); expected low < high"),
    (
        lambda: plotting.images(np.zeros((4, 4))),
        r"pixels has shape \(4, 4\); expected \(images, height, width\)",
    ),
    (lambda: plotting.images(np.zeros((2, 4, 4)), titles=["a"]), "there are 1 titles but 2 images"),
    (lambda: plotting.images(np.zeros((2, 4, 4)), columns=0), "columns is 0; expected at least 1"),
    (lambda: plotting.multiples(plotting.shapes, {"a": 1}), "shapes cannot be drawn in multiples"),
    (lambda: plotting.multiples(plotting.curves, {}), "panels is nothing"),
    (lambda: plotting.multiples(plotting.curves, {"a": {"relu": [2, 1]}}, across=0), "across is 0; expected"),
    (lambda: plotting.raster(PULSES, ["a"]), "pulses has 3 columns but there are 1 names"),
    (lambda: plotting.raster(PULSES * 2, list("abc")), "pulses holds 2; expected 0 and 1 only"),
    (lambda: plotting.raster(PULSES, list("abc"), inputs=4), "inputs is 4; expected 0 to 3"),
    (
        lambda: plotting.wiring(NET[0], NET[1][:2], *NET[2:]),
        r"positions has shape \(2, 2\); expected \(3, 2\)",
    ),
    (lambda: plotting.wiring(*NET[:2], EXCITE[:2], INHIBIT), r"excite has shape \(2, 3\); expected \(3, 3\)"),
    (lambda: plotting.wiring(*NET[:3], -INHIBIT), "inhibit must count end-feet"),
    (lambda: plotting.wiring(*NET, lit=[1]), r"lit has shape \(1,\); expected \(3,\)"),
    (lambda: plotting.wiring(NET[0], [(0, 0), (0, 0.5), (2, 0)], *NET[2:]), "of 1 and 2 are 0.5 apart"),
    (lambda: plotting.functions(TABLES[:, :3]), r"tables has 3 columns; expected 4 \(two inputs\)"),
    (lambda: plotting.functions(TABLES, names=["a"]), "names has 1 entries but there are 16 functions"),
    (lambda: plotting.regions([np.full((3, 2), np.nan)], (0, 1, 0, 1)), "a corner that is not finite"),
    (lambda: plotting.regions([np.eye(3, 2)], (0, 1, 0, 1), [np.inf]), r"values is \[inf\]; expected finite"),
    (lambda: plotting.descent(["a"], ["x"], [0, 0]), r"place has shape \(2,\) but there are 1 names"),
    (
        lambda: plotting.descent(["a"], ["x"], [0], filled=[]),
        r"filled has shape \(0,\) but there are 1 names",
    ),
    (lambda: plotting.descent(["a"], ["x"], [0.5]), r"place is \[0.5\]; expected whole numbers"),
    (lambda: plotting.descent(["a"], ["x"], [0], [(1, 0)]), r"links has \(1, 0\); expected a later row"),
    (lambda: plotting.descent(["a"], ["x"], [1]), "place runs from 1 to 1 but there are 1 columns"),
    (lambda: plotting.descent(["a", "b"], ["x"], [0, 0], [(0, 1)]), r"links has \(0, 1\); expected a later"),
]


@pytest.mark.parametrize(("draw", "message"), REFUSED, ids=lambda case: case if isinstance(case, str) else "")
def test_what_does_not_fit_is_named(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def test_descent_has_a_dot_a_row_and_an_arrow_a_link(drawn):
    (ax,) = drawn["descent"].axes
    dots = [(tuple(one.get_offsets()[0]), to_rgba(one.get_facecolor()[0])) for one in ax.collections]
    assert [place for place, _ in dots] == [(0, 0), (0, 1), (1, 2)]
    assert [face == to_rgba(palette.PAPER) for _, face in dots] == [False, True, False]
    assert [text.xy for text in ax.texts if hasattr(text, "arrow_patch")] == [(0, 1), (1, 2)]


def test_regions_are_polygons_tinted_by_their_value(drawn):
    (ax,) = drawn["regions as polygons"].axes
    (drawing,) = ax.collections
    assert [path.vertices[:3].tolist() for path in drawing.get_paths()] == [
        [[0, 0], [1, 0], [1, 1]],
        [[0, 0], [1, 1], [0, 1]],
    ]
    low, high = (palette.contrast(tuple(face[:3]), palette.PAPER) for face in drawing.get_facecolor())
    assert 1 < low < high < 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([], (0, 1, 0, 1)), "polygons is empty"),
        (([np.zeros((2, 2))], (0, 1, 0, 1)), r"shape \(2, 2\); expected \(corners, 2\)"),
        (([np.eye(3, 2)], (1, 0, 0, 1)), "expected left < right"),
        (([np.eye(3, 2)], (0, 1, 0, 1), [1, 2]), "1 polygons"),
    ],
)
def test_regions_refuse_what_is_none(given, message):
    with pytest.raises(ValueError, match=message):
        plotting.regions(*given)


def test_every_picture_is_in_these_tests():
    public = {
        name
        for name, thing in vars(plotting).items()
        if inspect.isfunction(thing) and thing.__module__ == plotting.__name__ and not name.startswith("_")
    }
    assert public <= {name.split()[0] for name in PICTURES}
