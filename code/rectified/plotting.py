"""Arrays and runs to pictures. Nothing here trains, and nothing knows an era.

Every function returns one `Picture`, a matplotlib figure in the book's style. Those that draw on a
single pair of axes also take `ax`, which is how `multiples` puts several side by side.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from math import ceil, floor, log10
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PatchCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.text import Annotation
from matplotlib.ticker import FixedLocator, Formatter, Locator, MaxNLocator

from rectified import palette
from rectified.palette import FAINT, INK, MUTED, PAPER, Ink

WIDTH, HEIGHT = 7.0, 3.1  # inches


class Picture(Figure):
    """A figure that looks the same everywhere and shows itself once in a notebook, at its own size."""

    def __init__(self, width: float = WIDTH, height: float = HEIGHT, **settings):
        super().__init__(figsize=(width, height), **settings)
        FigureCanvasAgg(self)

    def draw(self, renderer) -> None:
        """Draw in the book's style, whatever the settings are by now."""
        with palette.use():
            super().draw(renderer)

    def png(self) -> bytes:
        """Return the picture as a PNG file: the same bytes for the same picture."""
        buffer = BytesIO()
        with palette.use():
            self.savefig(buffer, format="png", metadata={"Software": None})
        return buffer.getvalue()

    def _ipython_display_(self) -> None:
        # Notebooks would crop the figure to what is drawn; this keeps text equally large in all pictures.
        from IPython.display import display

        display({"image/png": self.png(), "text/plain": repr(self)}, raw=True)


@dataclass(frozen=True)
class Axis:
    """What an axis says: its label, its scale, its ticks (values, or value -> text), its limits.

    Wherever a function takes an axis, a plain string is an axis with that label.
    """

    label: str = ""
    log: bool = False
    ticks: Sequence[float] | Mapping[float, str] | None = None
    limits: tuple[float, float] | None = None


def curves(
    series: Mapping[str, object],
    *,
    at: np.ndarray | None = None,
    curve: str | None = None,
    x: str | Axis = "step",
    y: str | Axis = "",
    target: float | Mapping[str, float] | None = None,
    ink: Mapping[str, object] | None = None,
    band: tuple[float, float] = (0, 100),
    title: str | None = None,
    ax: Axes | None = None,
) -> Picture:
    """Draw curves with their seeds: the median as a line, the range as a band, the label at the line's end.

    series: label -> (steps,), (seeds, steps), or a run, of which `curve` is drawn. A seed without a value
    (nan) counts as worse than any, and its label says so. at: (steps,), where the values lie; a run knows
    its own. target: a level to reach, or several as text -> level. ink: label -> activation or `Ink`,
    where the label is not itself an activation's name. band: the two percentiles over seeds between which
    the band lies.
    """
    with _page(ax, title) as ax:
        x, y = _axis(x), _axis(y)
        _lines(ax, _numbers(series, curve, at, last="steps"), y, ink, band)
        _scale(ax, x, y)
        _targets(ax, target)
    return ax.figure


def layers(
    series: Mapping[str, object],
    *,
    curve: str | None = None,
    x: str | Axis = "layer",
    y: str | Axis = "",
    target: float | Mapping[str, float] | None = None,
    ink: Mapping[str, object] | None = None,
    band: tuple[float, float] = (0, 100),
    title: str | None = None,
    ax: Axes | None = None,
) -> Picture:
    """Draw a value per layer, from the first layer to the last, for several settings with their seeds.

    series: label -> (layers,), (seeds, layers), or a run, of whose `curve` the last step is drawn. The
    rest is as in `curves`.
    """
    with _page(ax, title) as ax:
        profiles = _numbers(series, curve, None, last="layers", first=1)
        x, y = _axis(x), _axis(y)
        _lines(ax, profiles, y, ink, band, marker="o", markersize=3.2)
        depth = max(at[-1] for at, _ in profiles.values())
        if x.ticks is None:  # the first layer is layer 1
            step = next(step for step in (1, 2, 5, 10, 20, 50, 100, depth) if depth <= 4 * step)
            x = replace(x, ticks=sorted({1, *range(step, depth + 1, step)} - ({2} if step > 1 else set())))
        _scale(ax, replace(x, limits=x.limits or (1 - 0.02 * depth, depth + 0.02 * depth)), y)
        _targets(ax, target)
    return ax.figure


def dots(
    groups: Mapping[str, Sequence[float]],
    *,
    x: str | Axis = "",
    target: float | Mapping[str, float] | None = None,
    ink: Mapping[str, object] | None = None,
    form: str | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Picture:
    """Draw one dot per seed, a row per group, with the median as a bar.

    groups: label -> (seeds,). form: how to write the median at the end of its row, such as ".1f"; None:
    not. Seeds that are not finite are counted in the label, and as worse than any (inf) in the median.
    """
    rows = {
        label: _array(values, f"group {label!r}", 1) for label, values in _filled(groups, "groups").items()
    }
    with _page(ax, title, height=max(HEIGHT, 0.9 + 0.3 * len(rows))) as ax:
        for row, (values, one) in enumerate(zip(rows.values(), _inks(rows, ink), strict=True)):
            finite = np.sort(values[np.isfinite(values)])
            ax.scatter(finite, row + _spread(finite), s=16, color=one.line, alpha=0.5, linewidths=0)
            if len(finite):
                median = np.median(np.where(np.isfinite(values), values, np.inf))
                if np.isfinite(median):
                    ax.vlines(median, row - 0.34, row + 0.34, color=one.line, linewidth=2.2, gid="median")
                if form is not None:
                    text = _minus(format(median, form))
                    where = ax.get_yaxis_transform()
                    ax.text(1.02, row, text, transform=where, color=one.text, va="center", gid="value")
        ax.margins(x=0.04)
        _scale(ax, x, "")
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_yticks(range(len(rows)), _labels(rows))
        for tick, one in zip(ax.yaxis.get_major_ticks(), _inks(rows, ink), strict=True):
            tick.label1.set(color=one.text, fontsize=9)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        for text, level in _levels(target).items():
            ax.axvline(level, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
            ax.annotate(
                text,
                (level, 1),
                (0, 3),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                color=MUTED,
                fontsize=8.5,
            )
    return ax.figure


def shapes(
    z: np.ndarray,
    values: Mapping[str, np.ndarray],
    slopes: Mapping[str, np.ndarray] | None = None,
    *,
    ink: Mapping[str, object] | None = None,
    title: str | None = None,
) -> Picture:
    """Draw activations over their input, and beside them their slopes.

    z: (points,). values, slopes: name -> (points,). Where a shape jumps, the line is broken.
    """
    z = _array(z, "z", 1)
    sides = {"φ(z)": values} | ({"slope φ′(z)": slopes} if slopes is not None else {})
    if slopes is not None and list(slopes) != list(values):
        raise ValueError(
            f"slopes has {', '.join(slopes)} but values has {', '.join(values)}; expected the same"
        )
    with palette.use():
        figure = Picture(layout="constrained")
        figure.get_layout_engine().set(wspace=0.08)
        for ax, (side, shown) in zip(
            figure.subplots(1, len(sides), squeeze=False)[0], sides.items(), strict=True
        ):
            broken = {}
            for name, y in _filled(shown, "values").items():
                y = _array(y, f"{side} of {name!r}", 1)
                if y.shape != z.shape:
                    raise ValueError(f"{side} of {name!r} has {len(y)} points but z has {len(z)}")
                jump = np.abs(np.diff(y)) > 0.2 * np.ptp(y) if np.ptp(y) > 0 else np.zeros(len(y) - 1, bool)
                after = np.flatnonzero(jump) + 1
                broken[name] = np.insert(z, after, z[after]), np.insert(y, after, np.nan)[None]
            ax.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
            ax.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
            _lines(ax, broken, Axis(side), ink, (0, 100))
            ends = (z[0], 0, z[-1]) if z[0] < 0 < z[-1] else None
            _scale(ax, Axis("z", ticks=ends), side)
        figure.suptitle(title, x=0.01, ha="left") if title else None
        _settle(figure)
    return figure


def boundaries(
    scores: np.ndarray,
    extent: tuple[float, float, float, float],
    points: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    *,
    level: float = 0.0,
    ink: object = None,
    x: str | Axis = "",
    y: str | Axis = "",
    title: str | None = None,
    ax: Axes | None = None,
) -> Picture:
    """Draw where a score over the plane passes a level, with the data; whole numbers are drawn as regions.

    scores: (rows, columns), the first row at the bottom; above `level` the paper is tinted, the more the
    higher. extent: left, right, bottom, top of the grid. points: (n, 2). labels: (n,) whole numbers: 0 is
    drawn open. ink: the activation, or `Ink`, whose colour tints; neutral if None.
    """
    scores = _array(scores, "scores", 2)
    if len(extent) != 4 or not (extent[0] < extent[1] and extent[2] < extent[3]):
        raise ValueError(f"extent is {tuple(extent)}; expected left < right and bottom < top")
    if points is not None:
        points = _array(points, "points", 2)
        if points.shape[1] != 2:
            raise ValueError(f"points has shape {points.shape}; expected (points, 2)")
        labels = np.zeros(len(points), int) if labels is None else np.asarray(labels).astype(int)
        if labels.shape != (len(points),):
            raise ValueError(f"labels has shape {labels.shape} but there are {len(points)} points")
        if labels.min(initial=0) < 0 or labels.max(initial=0) >= len(_MARKERS):
            raise ValueError(
                f"labels are {labels.min()} to {labels.max()}; expected 0 to {len(_MARKERS) - 1}"
            )
    if scores.dtype.kind == "b":
        scores, level = scores.astype(float), 0.5
    colour = _ink(ink).line if ink is not None else INK
    shade = palette.ramp(colour)
    with _page(ax, title) as ax:
        if scores.dtype.kind in "iu":
            edges = np.zeros(scores.shape, bool)
            edges[1:] |= scores[1:] != scores[:-1]
            edges[:, 1:] |= scores[:, 1:] != scores[:, :-1]
            tints = np.array([shade(tint) for tint in (0.02, 0.07, 0.12, 0.17, 0.22)])
            image = tints[np.unique(scores, return_inverse=True)[1].reshape(scores.shape) * 2 % 5]
            lines = np.array([[shade(0.9)]]).repeat(edges.shape[0], axis=0).repeat(edges.shape[1], axis=1)
            lines[..., 3] = edges
            ax.imshow(image, extent=extent, origin="lower")
            ax.imshow(lines, extent=extent, origin="lower", interpolation="bilinear")
        else:
            above = np.maximum(scores - level, 0)
            tint = np.where(scores > level, 0.1 + 0.3 * above / max(above.max(), np.finfo(float).tiny), 0)
            ax.imshow(
                tint, extent=extent, origin="lower", cmap=shade, vmin=0, vmax=1, interpolation="bilinear"
            )
            if scores.min() < level < scores.max():
                ax.contour(scores, [level], extent=extent, colors=[colour], linewidths=1.4)
        if points is not None:
            for label in np.unique(labels):
                marker, face = _MARKERS[label]
                ax.scatter(
                    *points[labels == label].T,
                    s=16,
                    marker=marker,
                    facecolor=face,
                    edgecolor=INK,
                    linewidths=0.8,
                    zorder=3,
                )
        ax.set(xlim=extent[:2], ylim=extent[2:], aspect="equal" if _square(extent) else "auto")
        _scale(ax, x, y)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    return ax.figure


def regions(
    polygons: Sequence[np.ndarray],
    extent: tuple[float, float, float, float],
    values: Sequence[float] | None = None,
    *,
    ink: object = None,
    x: str | Axis = "",
    y: str | Axis = "",
    title: str | None = None,
    ax: Axes | None = None,
) -> Picture:
    """Draw polygons that fill a window, such as the parts of the plane on which a net is straight.

    polygons: each (corners, 2). extent: left, right, bottom, top of the window. values: one a polygon, by which it
    is tinted, the lowest least; without them neighbours in the list differ slightly.
    """
    if not len(polygons):
        raise ValueError("polygons is empty; expected at least one")
    shapes = [_array(each, "polygons", 2) for each in polygons]
    for each in shapes:
        if each.shape[0] < 3 or each.shape[1] != 2:
            raise ValueError(
                f"polygons has one of shape {each.shape}; expected (corners, 2), three corners or more"
            )
        if not np.isfinite(each).all():
            raise ValueError("polygons has a corner that is not finite; expected numbers only")
    if len(extent) != 4 or not (extent[0] < extent[1] and extent[2] < extent[3]):
        raise ValueError(f"extent is {tuple(extent)}; expected left < right and bottom < top")
    if values is not None and np.shape(values) != (len(shapes),):
        raise ValueError(f"values has shape {np.shape(values)} but there are {len(shapes)} polygons")
    if values is not None and not np.isfinite(values).all():
        raise ValueError(f"values is {list(values)}; expected finite numbers")
    colour = INK if ink is None else _ink(ink).line
    shade = palette.ramp(colour)
    if values is None:
        tints = [(0.02, 0.07, 0.12, 0.17, 0.22)[2 * k % 5] for k in range(len(shapes))]
    else:
        above = np.asarray(values, dtype=float) - min(values)
        tints = 0.02 + 0.4 * above / (above.max() or 1)
    with _page(ax, title) as ax:
        faces = [Polygon(each) for each in shapes]
        look = {"facecolor": [shade(tint) for tint in tints], "edgecolor": shade(0.75), "linewidth": 0.48}
        # hard edges, a pixel wide: smoothed ones make the file four times as large
        ax.add_collection(PatchCollection(faces, **look, antialiased=False, gid="regions"))
        ax.set(xlim=extent[:2], ylim=extent[2:], aspect="equal" if _square(extent) else "auto")
        _scale(ax, x, y)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    return ax.figure


def heatmap(
    values: np.ndarray,
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    x: str = "",
    y: str = "",
    limits: tuple[float, float] | None = None,
    centre: float | None = None,
    form: str = ".2g",
    ink: object = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Picture:
    """Draw a table of numbers as tinted cells: written in the cells if they are few, else beside a scale.

    values: (rows, columns). limits: the values at both ends of the tint. centre: a value that stays
    paper, with blue below it and red above. form: how to write a value. ink: the activation whose colour
    tints.
    """
    values = _array(values, "values", 2)
    if values.shape != (len(rows), len(columns)):
        expected = f"{len(rows)} rows and {len(columns)} columns"
        raise ValueError(f"values has shape {values.shape} but there are names for {expected}")
    dark = _SLATE if ink is None else _ink(ink).line
    shade = palette.ramp(dark) if centre is None else palette.diverging()
    norm = _norm(values, limits, centre)
    with _page(ax, title) as ax:
        ax.imshow(values, cmap=shade, norm=norm, aspect="auto")
        ax.set_xticks(range(len(columns)), columns)
        ax.set_yticks(range(len(rows)), rows)
        ax.set_xticks(np.arange(1, len(columns)) - 0.5, minor=True)
        ax.set_yticks(np.arange(1, len(rows)) - 0.5, minor=True)
        ax.grid(which="minor", color=PAPER, linewidth=1.5)
        ax.tick_params(length=0, labelcolor=INK)
        ax.spines[:].set_visible(False)
        _name_axes(ax, x, y)
        if values.size <= _WRITTEN:
            for (i, j), value in np.ndenumerate(values):
                cell = shade(norm(value))[:3] if np.isfinite(value) else PAPER
                text = "–" if np.isnan(value) else _minus(format(value, form))
                ax.text(j, i, text, ha="center", va="center", color=_readable(cell), fontsize=8.5, gid="cell")
        else:
            bar = ax.figure.colorbar(ax.images[0], ax=ax, fraction=0.03, pad=0.02, aspect=30)
            bar.outline.set_visible(False)
            bar.locator, bar.formatter = MaxNLocator(nbins=3), _Written()
            bar.ax.tick_params(length=0)
    return ax.figure


def images(
    pixels: np.ndarray,
    *,
    columns: int | None = None,
    titles: Sequence[str] | None = None,
    limits: tuple[float, float] | None = None,
    centre: float | None = None,
    title: str | None = None,
) -> Picture:
    """Draw a grid of images, whole pixels to a pixel, each with a line of text below it if `titles` says so.

    pixels: (images, height, width), drawn as ink on paper, or (images, height, width, 3), drawn in
    colour, from 0 to 1 or as bytes. limits: the values of paper and ink. centre: a value that stays
    paper, for filters.
    """
    pixels = np.asarray(pixels)
    if pixels.ndim not in (3, 4) or (pixels.ndim == 4 and pixels.shape[3] != 3) or not pixels.size:
        expected = "(images, height, width) or, in colour, (images, height, width, 3)"
        raise ValueError(f"pixels has shape {pixels.shape}; expected {expected}")
    count, high, wide = pixels.shape[:3]
    if titles is not None and len(titles) != count:
        raise ValueError(f"there are {len(titles)} titles but {count} images")
    columns = min(count, 10) if columns is None else columns
    if not columns >= 1:
        raise ValueError(f"columns is {columns}; expected at least 1")
    if pixels.ndim == 4:
        colour = pixels / 255 if pixels.dtype == np.uint8 else np.clip(pixels, 0, 1)
    else:
        shade = palette.ramp() if centre is None else palette.diverging()
        colour = shade(_norm(pixels, limits, centre)(pixels.astype(float)))[..., :3]

    with palette.use():
        figure = Picture()
        dpi, rows = figure.dpi, -(-count // columns)
        edge, text = 0.1 * dpi, 0.2 * dpi if titles is not None else 0
        gap = max(6, 0.06 * dpi)
        scale = (figure.bbox.width - 2 * edge - (columns - 1) * gap) / (columns * wide)
        scale = max(1, floor(min(scale, 1.6 * dpi / high)))  # screen pixels to a pixel, whole
        step_x, step_y = scale * wide + gap, scale * high + gap + text
        head = 0.3 * dpi if title else 0
        total = 2 * edge + head + rows * step_y - gap
        figure.set_size_inches(WIDTH, ceil(total) / dpi)
        left = round(max(edge, (figure.bbox.width - columns * step_x + gap) / 2))
        for k, image in enumerate(colour):
            x = round(left + k % columns * step_x)
            y = round(figure.bbox.height - edge - head - k // columns * step_y - scale * high)
            big = image.repeat(scale, axis=0).repeat(scale, axis=1)
            figure.figimage(big, x, y, origin="upper")
            if titles is not None:
                figure.text(
                    x + scale * wide / 2,
                    y - 0.03 * dpi,
                    titles[k],
                    transform=None,
                    ha="center",
                    va="top",
                    fontsize=8.5,
                    color=MUTED,
                )
        if title:
            figure.text(left, figure.bbox.height - edge, title, transform=None, va="top", fontsize=9.5)
    return figure


def multiples(
    draw: Callable[..., Picture],
    panels: Mapping[str, object],
    *,
    across: int | None = None,
    share: bool = True,
    heading: str | None = None,
    **common,
) -> Picture:
    """Draw the same kind of picture several times, side by side, on the same axes.

    draw: a function of this module that takes `ax`. panels: title -> its first argument, or a tuple of
    its positional ones. common: the keyword arguments that all panels have. across: how many stand in
    a row, at most four if None. share: whether axes, and the limits of tints, are the same in all; rows of
    dots that are not named alike keep their names beside each panel.
    """
    parameters = inspect.signature(draw).parameters
    if "ax" not in parameters:
        raise ValueError(f"{draw.__name__} cannot be drawn in multiples: it fills a figure of its own")
    panels = _filled(panels, "panels")
    panels = {name: given if isinstance(given, tuple) else (given,) for name, given in panels.items()}
    columns = min(len(panels), 4) if across is None else across
    if columns < 1:
        raise ValueError(f"across is {across}; expected at least 1")
    rows = -(-len(panels) // columns)
    if share and "limits" in parameters and common.get("limits") is None:
        every = np.concatenate([np.ravel(given[0]) for given in panels.values()])
        common["limits"] = (np.nanmin(every), np.nanmax(every))
    beside = share and (draw is not dots or len({tuple(_labels(given[0])) for given in panels.values()}) == 1)
    with palette.use():
        figure = Picture(height=HEIGHT if rows == 1 else 2.3 * rows, layout="constrained")
        figure.get_layout_engine().set(wspace=0.06, hspace=0.08)
        grid = figure.subplots(rows, columns, squeeze=False, sharex=share, sharey=beside)
        for ax, (name, given) in zip(grid.flat, panels.items(), strict=False):
            draw(*given, **common, title=name, ax=ax)
        for ax in grid.flat[len(panels) :]:
            ax.set_visible(False)
        for k, ax in enumerate(grid.flat[: len(panels)]):
            last = k % columns == columns - 1 or k == len(panels) - 1
            if beside and k % columns:
                _remove(ax, "y")
                ax.tick_params(labelleft=False)
            if share and not (last and k + columns >= len(panels)):
                ax.set_xlabel("")
            if share and not last and _ends(ax).keys() == _ends(grid.flat[k + 1]).keys():
                _remove(ax, "end")
        if heading:
            figure.suptitle(heading, x=0.01, ha="left")
        _settle(figure)
    return figure


def raster(
    pulses: np.ndarray,
    names: Sequence[str],
    *,
    inputs: int = 0,
    x: str = "tick",
    title: str | None = None,
    ax: Axes | None = None,
) -> Picture:
    """Draw which neurons fire at which tick, as a score: a line per neuron, a square where it fires.

    pulses: (ticks, neurons) of 0 and 1. inputs: how many of the first neurons are driven from outside;
    they are drawn muted, set apart above the others.
    """
    pulses = _array(pulses, "pulses", 2)
    ticks, neurons = pulses.shape
    if neurons != len(names):
        raise ValueError(
            f"pulses has {neurons} columns but there are {len(names)} names; expected one for each"
        )
    if not np.isin(pulses, (0, 1)).all():
        raise ValueError(f"pulses holds {np.setdiff1d(pulses, (0, 1))[0]}; expected 0 and 1 only")
    if not 0 <= inputs <= neurons:
        raise ValueError(f"inputs is {inputs}; expected 0 to {neurons}, the number of neurons")
    apart = 0.6 if 0 < inputs < neurons else 0
    lines = [row + (apart if row >= inputs else 0) for row in range(neurons)]
    wide = min(0.3, 5.8 / ticks)  # inches a tick
    high = max(wide, 0.2)  # inches a line
    with _page(ax, title, height=0.6 + (0.3 if title else 0) + high * (neurons + apart)) as ax:
        ax.hlines(lines, -0.5, ticks - 0.5, color=FAINT, linewidth=0.8, zorder=1)
        for row, (line, name) in enumerate(zip(lines, names, strict=True)):
            colour = palette.INPUT if row < inputs else INK
            squares = [Rectangle((t - 0.32, line - 0.32), 0.64, 0.64) for t in np.flatnonzero(pulses[:, row])]
            ax.add_collection(
                PatchCollection(squares, facecolor=colour, edgecolor="none", zorder=2, gid=name)
            )
        ax.set(xlim=(-0.6, ticks - 0.4), ylim=(lines[-1] + 0.6, -0.6), aspect=high / wide, anchor="W")
        every = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000, ticks) if step * wide >= 0.24)
        ax.set_xticks(range(0, ticks, every))
        ax.set_yticks(lines, names)
        for row, label in enumerate(ax.get_yticklabels()):
            label.set(color=palette.INPUT if row < inputs else INK, fontsize=9)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0, pad=6)
        ax.annotate(
            x,
            (0, 0),
            (-6, -6),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            va="top",
            color=MUTED,
            fontsize=8.5,
        )
    return ax.figure


def wiring(
    names: Sequence[str],
    positions: np.ndarray,
    excite: np.ndarray,
    inhibit: np.ndarray,
    *,
    threshold: Sequence[int] | None = None,
    lit: Sequence[int] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Picture:
    """Draw a net as McCulloch and Pitts drew theirs: triangles that point where their pulses go.

    names: one a neuron. positions: (neurons, 2); neighbours are well placed at a distance of 2. excite:
    excite[j, i] counts the end-feet of neuron j on neuron i, each a dot at the base of i. inhibit:
    inhibit[j, i] is 1 where j vetoes i: a ring at the tip of i. threshold: written below each neuron, if
    given; 0 leaves it out. lit: (neurons,) of 0 and 1: the neurons that fire are filled, and so are the
    lines that carry their pulses.
    """
    neurons = len(names)
    where = _array(positions, "positions", 2).astype(float)
    if where.shape != (neurons, 2):
        raise ValueError(f"positions has shape {where.shape}; expected {(neurons, 2)}: x and y for each name")
    ends = {}
    for kind, given in (("excite", excite), ("inhibit", inhibit)):
        ends[kind] = _array(given, kind, 2)
        if ends[kind].shape != (neurons, neurons):
            shape = (neurons, neurons)
            raise ValueError(f"{kind} has shape {ends[kind].shape}; expected {shape}: from row to column")
        if ends[kind].min(initial=0) < 0 or (ends[kind] % 1).any():
            raise ValueError(f"{kind} must count end-feet: whole numbers, none negative")
    for kind, given in (("threshold", threshold), ("lit", lit)):
        if given is not None and np.shape(given) != (neurons,):
            raise ValueError(f"{kind} has shape {np.shape(given)}; expected {(neurons,)}: one for each name")
    far = np.linalg.norm(where[:, None] - where[None], axis=2) + 9 * np.eye(neurons)
    if neurons > 1 and far.min() < 1:
        i, j = np.unravel_index(far.argmin(), far.shape)
        raise ValueError(
            f"positions of {names[i]} and {names[j]} are {far.min():.2g} apart; expected at least 1"
        )
    with _page(ax, title) as ax:
        _net(ax, names, where, ends["excite"].astype(int), ends["inhibit"] > 0, threshold, lit)
    return ax.figure


def functions(
    tables: np.ndarray,
    *,
    names: Sequence[str] | None = None,
    highlight: Sequence[bool] | None = None,
    columns: int = 8,
    ink: object = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Picture:
    """Draw Boolean functions as small squares, a cell for each setting of the inputs, filled where it is 1.

    tables: (functions, 4) for two inputs or (functions, 8) for three, in counting order (00, 01, 10, 11):
    the first input is the row, the others the column. highlight: (functions,) of bool, the ones in full
    ink; the others are muted. names: written below each.
    """
    tables = _array(tables, "tables", 2)
    if tables.shape[1] not in (4, 8):
        raise ValueError(f"tables has {tables.shape[1]} columns; expected 4 (two inputs) or 8 (three inputs)")
    count = len(tables)
    for kind, given in (("names", names), ("highlight", highlight)):
        if given is not None and len(given) != count:
            raise ValueError(f"{kind} has {len(given)} entries but there are {count} functions")
    if columns < 1:
        raise ValueError(f"columns is {columns}; expected at least 1")
    strong = np.ones(count, bool) if highlight is None else np.asarray(highlight, bool)
    wide = tables.shape[1] // 2
    step_x, step_y = wide + 1.2, 3.8 if names is not None else 2.9
    rows = -(-count // columns)
    size = min(0.22, (WIDTH - 0.4) / (columns * step_x))
    colour = INK if ink is None else _ink(ink).line
    pale = "#b9b5b2"
    with _page(ax, title, height=0.3 + (0.3 if title else 0) + size * step_y * rows) as ax:
        cells = {colour: [], pale: []}
        frames = {colour: [], pale: []}
        for k, table in enumerate(tables):
            left, top = k % columns * step_x, -(k // columns) * step_y
            shade = colour if strong[k] else pale
            frames[shade].append(Rectangle((left, top - 2), wide, 2))
            cells[shade] += [
                Rectangle((left + j, top - 1 - i), 1, 1)
                for (i, j), on in np.ndenumerate(table.reshape(2, wide))
                if on
            ]
            if names is not None:
                look = {"ha": "center", "va": "top", "fontsize": 8, "gid": "name"}
                ax.text(left + wide / 2, top - 2.35, names[k], color=INK if strong[k] else MUTED, **look)
        for shade in (pale, colour):
            ax.add_collection(PatchCollection(cells[shade], facecolor=shade, edgecolor="none"))
            ax.add_collection(
                PatchCollection(frames[shade], facecolor="none", edgecolor=shade, linewidth=0.9)
            )
        ax.set(
            xlim=(-0.2, columns * step_x - 1), ylim=(-rows * step_y + 0.7, 0.2), aspect="equal", anchor="W"
        )
        ax.axis("off")
    return ax.figure


def descent(
    names: Sequence[str],
    columns: Sequence[str],
    place: Sequence[int],
    links: Sequence[tuple[int, int]] = (),
    *,
    filled: Sequence[bool] | None = None,
    ink: object = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Picture:
    """Draw who came from whom: a row for each, from the top, a dot in one of several columns, lines between.

    names: one a row, the earliest first, written on the right. columns: their names, from the left. place: the
    column of each row. links: pairs of rows, the later one first: an arrow from the earlier dot to the later.
    filled: whether each dot is; open ones, and their names, are muted. ink: the activation of the filled dots.
    """
    rows = len(names)
    filled = np.ones(rows, bool) if filled is None else np.asarray(filled, bool)
    for kind, given in (("place", place), ("filled", filled)):
        if np.shape(given) != (rows,):
            raise ValueError(
                f"{kind} has shape {np.shape(given)} but there are {rows} names; expected one for each"
            )
    if np.asarray(place).size and np.asarray(place).dtype.kind not in "iu":
        raise ValueError(f"place is {list(place)}; expected whole numbers, one a row")
    if rows and not (min(place) >= 0 and max(place) < len(columns)):
        raise ValueError(f"place runs from {min(place)} to {max(place)} but there are {len(columns)} columns")
    for late, early in links:
        if not 0 <= early < late < rows:
            raise ValueError(
                f"links has ({late}, {early}); expected a later row, then an earlier one, below {rows}"
            )
    colour = INK if ink is None else _ink(ink).line
    with _page(ax, title, height=0.55 + (0.3 if title else 0) + 0.23 * rows) as ax:
        right = len(columns) - 0.4
        for row, (name, column) in enumerate(zip(names, place, strict=True)):
            ax.plot([column, right], [row, row], color=FAINT, linewidth=0.7, zorder=1)
            face, edge = (colour, colour) if filled[row] else (PAPER, MUTED)
            ax.scatter([column], [row], s=38, facecolor=face, edgecolor=edge, linewidths=1.2, zorder=4)
            ax.text(right + 0.06, row, name, color=INK if filled[row] else MUTED, va="center", fontsize=8.5)
        for late, early in links:
            bend = 0.35 if place[late] == place[early] else 0.12
            look = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 0.8, "shrinkA": 4, "shrinkB": 4}
            ax.annotate(
                "",
                (place[late], late),
                (place[early], early),
                arrowprops=look | {"connectionstyle": f"arc3,rad={bend}", "mutation_scale": 7},
                zorder=3,
            )
        for column, head in enumerate(columns):
            look = {"ha": "center", "va": "bottom", "color": MUTED, "fontsize": 8.5, "linespacing": 1.1}
            ax.text(column, -0.8, fill(head, 16), **look)
        ax.set(xlim=(-0.5, right + 1.9), ylim=(rows - 0.4, -2.4))
        ax.axis("off")
    return ax.figure


# --- What the pictures share -------------------------------------------------------------------------------

_SLATE = "#45414a"  # the dark end of a heat map: a field of full ink would shout
_WRITTEN = 120  # cells: beyond this, numbers in cells are too small to read
_MARKERS = [(shape, face) for shape in "os^D" for face in (PAPER, INK)]


@contextmanager
def _page(ax: Axes | None, title: str | None, height: float = HEIGHT) -> Iterator[Axes]:
    """Give axes to draw on, in the book's style: those given, or a new picture's, settled at the end."""
    with palette.use():
        fresh = ax is None
        if fresh:
            ax = Picture(height=height, layout="constrained").subplots()
        if title:
            ax.set_title(title)
        yield ax
        if fresh:
            _settle(ax.figure)


def _settle(figure: Figure) -> None:
    """Lay the figure out once, freeze it, and move the labels at the lines' ends apart."""
    for ax in figure.axes:
        for label in _ends(ax).values():  # a line may end outside the axes: at zero on a logarithmic one, say
            label.xy = label.xy[0], float(np.clip(label.xy[1], *sorted(ax.get_ylim())))
    figure.draw_without_rendering()
    needed = figure.get_tightbbox(figure.canvas.get_renderer()).height + 0.12
    if needed < figure.get_figheight() - 0.1:  # things of a fixed shape leave bands empty: cut them off
        figure.set_size_inches(figure.get_figwidth(), needed)
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
    renderer = figure.canvas.get_renderer()
    for ax in figure.axes:
        labels = sorted(_ends(ax).values(), key=_wanted)
        if labels:
            low, high = ax.get_window_extent(renderer).intervaly
            tall = [label.get_window_extent(renderer).height + 1.5 for label in labels]
            placed = _apart(
                np.array([_wanted(label) for label in labels]),
                np.array(tall),
                low - tall[0] / 2,
                high + tall[-1] / 2,
            )
            for label, to in zip(labels, placed, strict=True):
                shift = (to - _wanted(label)) * 72 / figure.dpi
                label.set_position((label.get_position()[0], shift))
                label.arrow_patch.set_visible(abs(shift) > 3)


def _wanted(label: Annotation) -> float:
    """Return the height, in pixels, of the line's end that a label belongs to."""
    return float(label.axes.transData.transform((1, label.xy[1]))[1])


def _apart(wanted: np.ndarray, tall: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return centres, near the wanted ones (ascending), that keep things `tall` from touching."""
    stacked = np.concatenate([[0], np.cumsum((tall[1:] + tall[:-1]) / 2)])
    free = wanted - stacked  # things just touch where these are equal, so these must not fall
    n = len(free)
    even = [max(min(free[j : k + 1].mean() for k in range(i, n)) for j in range(i + 1)) for i in range(n)]
    first, last = low + tall[0] / 2, high - tall[-1] / 2 - stacked[-1]
    return np.clip(even, first, max(first, last)) + stacked


def _lines(ax: Axes, series: Mapping[str, tuple], y: Axis, ink: object, band: tuple, **look) -> None:
    """Draw (x, (seeds, x)) per label: median, band, and the label at the end."""
    if not 0 <= band[0] < band[1] <= 100:
        raise ValueError(f"band is {band}; expected two percentiles, low < high, from 0 to 100")
    finite = np.concatenate([values[np.isfinite(values)] for _, values in series.values()])
    top = finite.max(initial=-np.inf)  # the band of a seed without a value, worse than any, reaches up here
    for (label, (at, values)), one in zip(series.items(), _inks(series, ink), strict=True):
        front = 4 if one.width > 2 else 3
        lost = 0
        median = values[0]
        if len(values) > 1:
            lost = int(np.isnan(values).any(axis=1).sum())
            ranked = np.where(np.isnan(values), np.inf, values)
            median = np.median(ranked, axis=0)
            low, high = np.minimum(np.percentile(ranked, band, axis=0, method="nearest"), top)
            ax.fill_between(at, low, high, color=one.line, alpha=0.14, linewidth=0, zorder=front - 2)
        line = ax.plot(
            at, median, color=one.line, linestyle=one.style, linewidth=one.width, zorder=front, label=label
        )
        line[0].set(**look)
        text = f"{label} ({lost} of {len(values)} diverged)" if lost else label
        there = np.flatnonzero(np.isfinite(median) & (median > 0 if y.log else True))
        end = (at[there[-1]], median[there[-1]]) if len(there) else (at[-1], 0)
        _end(ax, text, end, one)


def _end(ax: Axes, text: str, end: tuple[float, float], ink: Ink, coords: object = "data") -> None:
    """Write a label beside the end of a line; `_settle` moves it up or down, and shows where it belongs."""
    leader = {"arrowstyle": "-", "color": ink.line, "linewidth": 0.6, "shrinkA": 1, "shrinkB": 2}
    place = {"xycoords": coords, "textcoords": "offset points", "annotation_clip": False, "va": "center"}
    ax.annotate(
        text, end, (8, 0), color=ink.text, gid="end", arrowprops=leader | {"relpos": (0, 0.5)}, **place
    )


def _ends(ax: Axes) -> dict[str, Annotation]:
    return {text.get_text(): text for text in ax.texts if text.get_gid() == "end"}


def _remove(ax: Axes, gid: str) -> None:
    for text in [text for text in ax.texts if text.get_gid() == gid]:
        text.remove()


def _levels(target: float | Mapping[str, float] | None) -> Mapping[str, float]:
    if target is None:
        return {}
    return target if isinstance(target, Mapping) else {"": float(target)}


def _targets(ax: Axes, target: float | Mapping[str, float] | None) -> None:
    for text, level in _levels(target).items():
        ax.axhline(level, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
        if text:
            _end(ax, text, (1, level), Ink(MUTED, MUTED), ("axes fraction", "data"))


def _labels(groups: Mapping[str, Sequence[float]]) -> list[str]:
    """Return what to write beside rows of dots: their labels, and how many seeds diverged."""
    lost = [np.count_nonzero(~np.isfinite(values)) for values in groups.values()]
    return [
        f"{label} ({count} of {len(values)} diverged)" if count else label
        for (label, values), count in zip(groups.items(), lost, strict=True)
    ]


def _spread(ordered: np.ndarray) -> np.ndarray:
    """Return how far to shift each of some ordered values sideways, so that dots part where dense."""
    n = len(ordered)
    if n < 2 or np.ptp(ordered) == 0:
        return np.linspace(-0.3, 0.3, n) if n > 1 else np.zeros(n)
    width = np.ptp(ordered) / 12
    density = np.exp(-0.5 * ((ordered[:, None] - ordered[None]) / width) ** 2).mean(axis=1)
    # Van der Corput's sequence: scattered to the eye, evenly spread at any length, the same every time.
    turns = np.array([int(f"{k:08b}"[::-1], 2) / 256 for k in range(n)]) % 1
    return 0.6 * (turns - 0.5) * density / density.max()


def _numbers(series: object, curve: str | None, at: object, *, last: str, first: int = 0) -> dict[str, tuple]:
    """Return label -> (x, (seeds, x)) from arrays or runs, or say which of them does not fit."""
    result = {}
    for label, given in _filled(series, "series").items():
        if hasattr(given, "curves"):
            if curve not in given.curves:
                raise ValueError(
                    f"{label!r} is a run without a curve {curve!r}; it has {', '.join(given.curves)}"
                )
            values = np.asarray(given.curves[curve], float)
            if values.ndim != (2 if last == "steps" else 3):
                raise ValueError(
                    f"curve {curve!r} of {label!r} has shape {values.shape}; expected (seeds, steps"
                    f"{'' if last == 'steps' else ', layers'})"
                )
            x = np.asarray(given.steps) if last == "steps" else np.arange(values.shape[-1]) + first
            values = values if last == "steps" else values[:, -1]
        else:
            values = np.atleast_2d(np.asarray(given, float))
            if values.ndim != 2 or not values.size:
                raise ValueError(
                    f"{label!r} has shape {np.shape(given)}; expected ({last},) or (seeds, {last})"
                )
            x = np.arange(values.shape[1]) + first if at is None else _array(at, "at", 1)
        if len(x) != values.shape[1]:
            raise ValueError(f"{label!r} has {values.shape[1]} {last} but `at` has {len(x)}")
        result[label] = (x, values)
    return result


def _filled(given: object, name: str) -> Mapping:
    if not isinstance(given, Mapping) or not given:
        kind = "nothing" if isinstance(given, Mapping) else f"a {type(given).__name__}"
        raise ValueError(f"{name} is {kind}; expected a mapping from labels, with at least one entry")
    return given


def _array(given: object, name: str, dimensions: int) -> np.ndarray:
    array = np.asarray(given)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds {array.dtype}; expected numbers")
    if array.ndim != dimensions or not array.size:
        raise ValueError(f"{name} has shape {array.shape}; expected {dimensions} axes, none empty")
    return array


def _ink(given: object) -> Ink:
    return given if isinstance(given, Ink) else palette.of(given)


def _inks(labels: Mapping[str, object], ink: Mapping[str, object] | None) -> list[Ink]:
    """Return an ink per label: the one given for it, its activation's, or the next neutral one."""
    ink = {} if ink is None else ink
    for label in ink:
        if label not in labels:
            raise ValueError(f"ink names {label!r}, which is not among {', '.join(labels)}")
    chosen, neutral = [], iter(palette.NEUTRAL)
    for label in labels:
        if label in ink:
            chosen.append(_ink(ink[label]))
        elif palette.knows(label):
            chosen.append(palette.of(label))
        else:
            chosen.append(next(neutral, None))
    if None in chosen:
        most = len(palette.NEUTRAL)
        raise ValueError(f"more than {most} of {', '.join(labels)} are no activations: pass `ink` for some")
    return chosen


def _norm(values: np.ndarray, limits: tuple[float, float] | None, centre: float | None) -> Normalize:
    low, high = (np.nanmin(values), np.nanmax(values)) if limits is None else limits
    if limits is not None and not low < high:
        raise ValueError(f"limits are {limits}; expected low < high")
    if centre is None:
        return Normalize(low, high)
    reach = max(abs(high - centre), abs(low - centre)) or 1.0
    return Normalize(centre - reach, centre + reach)


def _readable(cell: object) -> str:
    """Return the text colour for a cell: ink or paper, or black or white where those are too near."""
    return next(c for c in (INK, PAPER, "black", "white") if palette.contrast(c, cell) >= 4.5)


def _square(extent: Sequence[float]) -> bool:
    return 0.5 < (extent[1] - extent[0]) / (extent[3] - extent[2]) < 2


# --- Axes --------------------------------------------------------------------------------------------------


_LINEAR = {"nbins": 3, "min_n_ticks": 3, "steps": [1, 2, 2.5, 5, 10]}  # three or four ticks, on round numbers


class _Powers(Locator):
    """Three or four ticks on a logarithmic axis: powers of ten, with steps between where they are few."""

    def __call__(self):
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin, vmax):
        low, high = sorted((vmin, vmax))
        powers = range(floor(log10(low)), floor(log10(high) + 1e-9) + 1)
        for digits in ((1,), (1, 3), (1, 2, 5)):
            ticks = [digit * 10.0**power for power in powers for digit in digits]
            ticks = [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
            if len(ticks) >= 3:
                return ticks[:: -ceil(len(ticks) / 4)]
        return MaxNLocator(**_LINEAR).tick_values(low, high)


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _minus(text: str) -> str:
    return text.replace("-", "−")


class _Written(Formatter):
    """Numbers as a reader writes them: all of an axis plain or, where one is too long, as powers of ten."""

    def format_ticks(self, values):
        if all(value == 0 or 1e-3 <= abs(value) < 1e6 for value in values):
            return [_minus(f"{value:,.6g}") for value in values]
        return [_power(value) for value in values]

    def __call__(self, value, pos=None):
        return self.format_ticks([value])[0]


def _power(value: float) -> str:
    if value in (0, 1):
        return f"{value:g}"
    power = floor(log10(abs(value)) + 1e-9)
    front = f"{value / 10**power:.3g}"
    return _minus("" if front == "1" else f"{front}·") + "10" + str(power).translate(_SUPERSCRIPT)


def _axis(given: str | Axis) -> Axis:
    return given if isinstance(given, Axis) else Axis(given)


def _name_axes(ax: Axes, x: str, y: str) -> None:
    """Name the axes: x below on the right, y above its axis, where no head must turn to read it."""
    if x:
        ax.set_xlabel(x, loc="right")
    if y:
        ax.annotate(
            y, (0, 1), (0, 6), xycoords="axes fraction", textcoords="offset points", color=MUTED, gid="y"
        )
        if ax.get_title(loc="left"):
            ax.set_title(ax.get_title(loc="left"), pad=21)


def _scale(ax: Axes, x: str | Axis, y: str | Axis) -> None:
    """Give both axes their names, scales, limits and ticks."""
    x, y = _axis(x), _axis(y)
    for side, axis, given in (("x", ax.xaxis, x), ("y", ax.yaxis, y)):
        if given.log:
            low, high = getattr(ax.dataLim, f"interval{side}")
            low = getattr(ax.dataLim, f"minpos{side}") if low <= 0 else low
            if not (np.isfinite(low) and low > 0 and high > 0):
                raise ValueError(f"the {side} axis is logarithmic but no value on it is positive")
            getattr(ax, f"set_{side}scale")("log", nonpositive="mask")
        if given.limits is not None:
            getattr(ax, f"set_{side}lim")(given.limits)
        if isinstance(given.ticks, Mapping):
            axis.set_ticks(list(given.ticks), list(given.ticks.values()))
        else:
            fixed = FixedLocator(given.ticks) if given.ticks is not None else None
            axis.set_major_locator(fixed or (_Powers() if given.log else MaxNLocator(**_LINEAR)))
            axis.set_major_formatter(_Written())
        axis.set_minor_locator(FixedLocator([]))
        ax.spines["bottom" if side == "x" else "left"].set_position(("outward", 4))
    _name_axes(ax, x.label, y.label)


# --- Nets --------------------------------------------------------------------------------------------------

_BODY = 0.42  # half the height, and half the width, of a neuron's triangle
_CURVE = [Path.MOVETO] + 3 * [Path.CURVE4]
_LOOP = 0.85  # how far above a neuron a line that turns back runs


def _net(ax, names, where, excite, inhibit, threshold, lit):
    """Draw the triangles, and each connection from the tip of one to the base, or the tip, of another."""
    firing = np.zeros(len(names), bool) if lit is None else np.asarray(lit, bool)
    resting = INK if lit is None else MUTED
    tips = where + np.array([_BODY, 0])
    feet = list(_feet(where, excite))
    strands = [(j, _axon(where, tips[j], foot, j, i, lane), foot, "excites") for j, i, foot, lane in feet]
    strands += [
        (j, _veto(where, tips[j], ring, j, i), ring, "inhibits") for j, i, ring in _rings(where, inhibit)
    ]
    strands += [
        (j, ([tips[j], tips[j] + (0.5, 0)], [Path.MOVETO, Path.LINETO]), None, "")
        for j in range(len(names))
        if not (excite[j].any() or inhibit[j].any())  # an output: its axon leaves the net
    ]
    for source, (vertices, codes), end, kind in strands:
        colour, width, front = (INK, 1.8, 3) if firing[source] else (resting, 0.9, 2)
        ax.add_patch(
            PathPatch(Path(vertices, codes), fill=False, edgecolor=colour, linewidth=width, zorder=front)
        )
        if kind == "excites":
            ax.add_patch(
                Circle(end, 0.07, facecolor=colour, edgecolor=PAPER, linewidth=0.5, zorder=5, gid=kind)
            )
        elif kind == "inhibits":
            ax.add_patch(
                Circle(end, 0.085, facecolor=PAPER, edgecolor=colour, linewidth=1.1, zorder=5, gid=kind)
            )
    for i, name in enumerate(names):
        corners = where[i] + _BODY * np.array([(-1, 1), (-1, -1), (1, 0)])
        fill, text = (INK, PAPER) if firing[i] else (PAPER, INK)
        edge = {"edgecolor": INK, "linewidth": 1.2, "joinstyle": "round", "zorder": 4}
        ax.add_patch(Polygon(corners, facecolor=fill, gid="neuron", **edge))
        look = {"ha": "center", "fontsize": 7.5, "zorder": 6}
        clear = {"facecolor": PAPER, "edgecolor": "none", "pad": 1}  # no line runs through words
        x, y = where[i] - (0.1, _BODY + 0.1)
        if len(name) <= 2:  # it fits inside
            ax.text(x - 0.05, where[i, 1] - 0.01, name, color=text, va="center_baseline", gid="name", **look)
        else:
            ax.text(x, y, name, va="top", gid="name", bbox=clear, **look)
            y -= 0.28
        if threshold is not None and threshold[i]:
            ax.text(x, y, f"θ {threshold[i]}", color=MUTED, va="top", gid="threshold", bbox=clear, **look)
    ax.set(aspect="equal", anchor="NW")
    ax.margins(0.04)
    ax.autoscale_view()
    ax.axis("off")


def _feet(where, excite):
    """Yield (source, target, place, lane) of every end-foot, down each base so that few lines cross."""
    for i in range(len(where)):
        ends = [j for j in range(len(where)) for _ in range(excite[j, i])]
        # Lines that come back do so over the top.
        ends.sort(key=lambda j: (where[j, 0] < where[i, 0], -where[j, 1]))
        gap = min(0.24, 0.64 / max(len(ends) - 1, 1))
        for k, j in enumerate(ends):
            yield j, i, where[i] + (-_BODY - 0.07, gap * ((len(ends) - 1) / 2 - k)), k


def _rings(where, inhibit):
    """Return (source, target, place) of every inhibitory ending: near the tip, on the side it comes from."""
    rings = []
    for i in range(len(where)):
        for side in (1, -1):
            ends = [j for j in np.flatnonzero(inhibit[:, i]) if (where[j, 1] >= where[i, 1]) == (side == 1)]
            for k, j in enumerate(ends):
                rings.append((j, i, where[i] + (0.2 - 0.22 * k, side * (0.2 + 0.11 * k))))
    return rings


def _axon(where, tip, foot, source, target, lane):
    """Return the path from the tip of a neuron to an end-foot: straight on, or back over the top."""
    if foot[0] > tip[0]:
        reach = 0.5 * (foot[0] - tip[0])
        between = [
            k
            for k in range(len(where))
            if k not in (source, target)
            and tip[0] < where[k, 0] < foot[0]
            and abs(np.interp(where[k, 0], (tip[0], foot[0]), (tip[1], foot[1])) - where[k, 1]) < 0.6
        ]
        lift = np.array([reach, 1.3 if between else 0])
        return [tip, tip + lift, foot - lift * (1, -1), foot], _CURVE
    top = max(where[source, 1], where[target, 1]) + _LOOP + 0.14 * lane  # wider turns to lower feet
    right, left = tip[0] + 0.45 + 0.12 * lane, foot[0] - 0.35 - 0.18 * lane
    there = [tip, (right, tip[1]), (right, top), (tip[0] - 0.25, top)]
    back = [(foot[0] + 0.25, top), (left, top), (left, foot[1]), foot]
    return there + back, [*_CURVE, Path.LINETO, *_CURVE[1:]]


def _veto(where, tip, ring, source, target):
    """Return the path from the tip of a neuron to a ring near another's tip, reached from its side."""
    side = np.sign(ring[1] - where[target, 1])
    if source == target or ring[0] <= tip[0]:
        return [tip, (tip[0] + 0.5, tip[1]), (ring[0] + 0.35, ring[1] + side * _LOOP), ring], _CURVE
    return [tip, (0.4 * tip[0] + 0.6 * ring[0], tip[1]), (ring[0], ring[1] + side * 0.5), ring], _CURVE
