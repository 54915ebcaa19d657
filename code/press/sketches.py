"""The pictures of the reference pages, drawn as SVG: small, sharp at every size, and the same bytes every time."""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from rectified import palette
from rectified.activations import Activation, Gated

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
# Of a picture of the atlas, in pixels: the margins left and above, a panel, what lies between the two and below them.
LEFT, TOP, PANEL, HIGH, GAP, FOOT = 30, 30, 196, 160, 40, 30


def atlas(phi: Activation, window: Sequence[float] = (-4, 4)) -> str:
    """Draw an activation and, beside it, its slope: on the same axes as all others, unless `window` says otherwise.

    window: the least and the greatest input.
    """
    x = np.linspace(*window, 201)
    tall = max(4, window[1] - 2)
    sides = (("φ(x)", phi(x), (-2.2, tall + 0.2)), ("slope", phi.slope(x), (-1.3, 2.3)))
    ink = palette.of(phi)
    return _two([(name, span, {"": (y, ink)}) for name, y, span in sides], x)


def gate(unit: Gated) -> str:
    """Draw a gated unit by its gate, for three values; and beside it what it does where value and gate are the same."""
    x = np.linspace(-4, 4, 201)
    ink, span = palette.of(unit), (-4.4, 4.4)
    fan = {f"u = {_number(u)}": (unit(u, x), ink) for u in (2, 1, -1)}
    return _two([("u φ(g)", span, fan), ("u = g", span, {"": (unit(x, x), ink)})], x)


def _two(sides: Sequence[tuple[str, tuple[float, float], dict]], x: np.ndarray) -> str:
    """Draw two panels side by side over the same inputs.

    sides: of each its name, its least and greatest height, and its curves: label -> heights and ink.
    """
    parts = []
    for number, (name, (low, high), curves) in enumerate(sides):
        left = LEFT + number * (PANEL + GAP)
        across = left + (x - x[0]) / (x[-1] - x[0]) * PANEL
        zero, base = float(np.interp(0, x, across)), TOP + high / (high - low) * HIGH
        parts += [
            _line(left, base, left + PANEL, base, palette.FAINT),
            _line(zero, TOP, zero, TOP + HIGH, palette.FAINT),
            _text(left, TOP - 10, name, palette.MUTED),
        ]
        parts += [
            _text(float(np.interp(at, x, across)), TOP + HIGH + 20, _number(at), palette.MUTED, "middle")
            for at in (x[0], 0, x[-1])
        ]
        first, every = (-1, 1) if high - low < 4 else (-2, 2) if low > -4 else (-4, 2)
        parts += [
            _text(left - 6, TOP + (high - at) / (high - low) * HIGH + 5, _number(at), palette.MUTED, "end")
            for at in range(first, int(high) + 1, every)
        ]
        for label, (y, ink) in curves.items():
            up = TOP + (high - y) / (high - low) * HIGH
            inside = (y >= low) & (y <= high)
            for piece in np.split(np.arange(len(x)), np.flatnonzero(_broken(y, inside)) + 1):
                if inside[piece[0]] and len(piece) > 1:
                    parts.append(_path(across[piece], up[piece], ink))
            if label:
                end = np.flatnonzero(inside)[-1]
                place = _beside(across[: end + 1], up[: end + 1], leaves=end < len(x) - 1, above=y[end] > 0)
                parts.append(_text(*place, label, ink.text, "end"))
    return _page(LEFT + 2 * PANEL + GAP + 10, TOP + HIGH + FOOT, parts)


def _beside(
    x: np.ndarray, y: np.ndarray, *, leaves: bool, above: bool, wide: float = 58
) -> tuple[float, float]:
    """Return where a label ends that belongs to the end of a curve, in pixels, so that it stands clear of the curve.

    leaves: whether the curve leaves the picture there. above: whether it ends above 0.
    """
    rise = abs(float(np.interp(x[-1] - wide, x, y)) - y[-1])
    if leaves:
        return x[-1] - 10, y[-1] + 10
    if rise < 10:  # flat: on its outer side
        return x[-1], y[-1] + (-4 if above else 17)
    return x[-1], y[-1] + (rise + 5 if above else -rise - 4)


def timeline(
    events: Iterable[tuple[int, bool]], bands: dict[str, tuple[int, int]], marks: dict[int, str]
) -> str:
    """Draw events as dots on the line of the years, a column for two years; the bands are the parts of the story.

    events: the year of each, and whether the book has told it yet: such a dot is filled. bands: name -> first and
    last year. marks: year -> what is written at it, in the rectifier's colour.
    """
    start, end, wide, ground = 1940, 2030, 460, 150
    at = {year: 10 + (year - start) / (end - start) * (wide - 20) for year in range(start, end + 1)}
    red = palette.FAMILIES["relu"]
    parts, piled = [], {}
    for number, (name, (first, last)) in enumerate(bands.items()):
        right = at[last] - 3
        lower = ground + 55 + 19 * (number % 2)
        parts.append(_line(at[first], ground + 36, right, ground + 36, palette.INK, 2))
        parts.append(
            _text(right, lower, name, palette.INK, "end")
            if number == len(bands) - 1
            else _text(at[first], lower, name, palette.INK)
        )
    for year, told in events:
        column = year - year % 2
        piled[column] = piled.get(column, -1) + 1
        place = f'cx="{_short(at[column + 1])}" cy="{_short(ground - 8 - 10 * piled[column])}" r="3.8"'
        fill = palette.INK if told else palette.PAPER
        parts.append(f'<circle {place} fill="{fill}" stroke="{palette.INK}" stroke-width="1.2"/>')
    parts.append(_line(at[start], ground, at[end], ground, palette.MUTED))
    for year in range(start, end, 20):
        parts += [
            _line(at[year], ground, at[year], ground + 5, palette.MUTED),
            _text(at[year], ground + 21, str(year), palette.MUTED, "start" if year == start else "middle"),
        ]
    for number, (year, words) in enumerate(marks.items()):
        column, top = year - year % 2, 18 + 28 * number
        parts += [
            _line(
                at[column + 1], top + 7, at[column + 1], ground - 16 - 10 * piled.get(column, -1), red[0], 1.2
            ),
            _text(at[column + 1], top, f"{year}: {words}", red[1], "start" if year < 1980 else "end"),
        ]
    return _page(wide, ground + 84, parts)


def _broken(y: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return where a curve must be cut: at jumps, and where it leaves the picture."""
    return (np.abs(np.diff(y)) > 0.4) | (inside[1:] != inside[:-1])


def _path(x: np.ndarray, y: np.ndarray, ink: palette.Ink) -> str:
    """Draw a curve; points in the middle of a straight piece are left out."""
    steps = np.round(np.diff(y), 3)
    kept = [0, *(np.flatnonzero(steps[1:] != steps[:-1]) + 1), len(x) - 1]
    points = " ".join(f"{_short(x[k])},{_short(y[k])}" for k in kept)
    dashes = (
        ""
        if ink.style == "-"
        else ' stroke-dasharray="' + " ".join(_short(2.2 * part) for part in ink.style[1]) + '"'
    )
    return (
        f'<polyline points="{points}" fill="none" stroke="{ink.line}" stroke-width="{_short(1.5 * ink.width)}" '
        f'stroke-linejoin="round"{dashes}/>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> str:
    ends = f'x1="{_short(x1)}" y1="{_short(y1)}" x2="{_short(x2)}" y2="{_short(y2)}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{_short(width)}"/>'


def _text(x: float, y: float, words: str, colour: str, anchor: str = "start") -> str:
    return (
        f'<text x="{_short(x)}" y="{_short(y)}" fill="{colour}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _page(width: int, height: int, parts: Iterable[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="{FONT}" font-size="15">\n<rect width="100%" height="100%" fill="{palette.PAPER}"/>\n'
    )
    return head + "\n".join(parts) + "\n</svg>\n"
