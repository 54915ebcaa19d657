"""The explorer of chapter 10: the plan of a convolutional net, counted, and a photograph that goes through a layer."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import floor

import numpy as np
from traitlets import Dict, Int, Unicode, validate

from rectified.explorers.explorer import HERE, Explorer, expect, fitting, numbers, signed
from rectified.palette import FAINT, FAMILIES, INK, MUTED, PAPER

ACCENT, BELOW = FAMILIES["relu"][0], FAMILIES["tanh"][1]  # above and below zero

# --- The plan
LARGEST = 600  # side of a photograph
PLANES = (1, 3)  # grey, or colour
MAPS, UNITS = 2048, 9999  # of a layer, at most
WINDOW, STRIDE, PADDING = 15, 8, 7  # of a layer of maps, at most
COLUMNS, POOLS = (1, 2), (0, 2, 3)  # pools are 2 apart; 0 for none
MOST, DENSE = 8, 4  # layers of maps, and dense ones
FORM = "maps.window.stride.padding.columns.pool_…~units_…"
PARTS = ("maps", "window", "stride", "padding", "columns", "pool")

# --- The photograph
SIDE, GREYS = 97, 64
DIGITS = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"  # a grey each, from black to white
)
PHI = ("ReLU", "|x|", "tanh", "none")
TEMPER = 100  # tanh sees a hundredth of a sum
BEYOND = {"2.2": (2, 2), "3.2": (3, 2), "3.3": (3, 3)}  # pools of the photograph: window, and how far apart
NUDGE = 1e-9  # ties round up, and the last digits of the machine do not show


def _drawn() -> dict[str, np.ndarray]:
    level = np.outer([-1, -2, 0, 2, 1], [1, 2, 3, 2, 1])
    slant = np.add.outer(np.arange(5), np.arange(5)) - 4
    spot = [[0, 0, -1, 0, 0], [0, -1, -2, -1, 0], [-1, -2, 16, -2, -1], [0, -1, -2, -1, 0], [0, 0, -1, 0, 0]]
    return {
        "level edges": level,
        "upright edges": level.T,
        "slanting edges": np.sign(slant) * np.maximum(4 - np.abs(slant), 0),
        "spots": np.array(spot),
    }


KERNELS = _drawn()
WIDE = len(KERNELS["spots"])
ACROSS = SIDE - WIDE + 1  # of the map

ALEXNET = "96.11.4.0.1.3_256.5.1.2.2.3_384.3.1.1.1.0_384.3.1.1.2.0_256.3.1.1.2.3~4096_4096_1000"
PRESETS: dict[str, dict[str, object]] = {
    "AlexNet": {"side": 227, "planes": 3, "plan": ALEXNET, "layer": 1},
    "side 224": {"side": 224, "planes": 3, "plan": ALEXNET, "layer": 1},
    "side 454": {"side": 454, "planes": 3, "plan": ALEXNET, "layer": 6},
    "one card": {"side": 227, "planes": 3, "plan": re.sub(r"2(\.\d)(?=[_~])", r"1\1", ALEXNET), "layer": 2},
    "no dense 6 and 7": {"side": 227, "planes": 3, "plan": ALEXNET.replace("4096_", ""), "layer": 6},
    "LeNet-5, all wired": {
        "side": 32,
        "planes": 1,
        "plan": "6.5.1.0.1.2_16.5.1.0.1.2_120.5.1.0.1.0~84_10",
        "layer": 3,
    },
}


class Stack(Explorer):
    """The plan of a convolutional net, its parameters and its work layer by layer, and what one layer does.

    plan: a pair of the layers of maps, (layers, 6) of maps, window, stride, padding, columns (1 or 2) and pool (0 for
    none, 2 or 3 points, each two apart), and of the units of the dense layers; up to eight and four of them. As the
    trait holds it, one word for all, such as `"96.11.4.0.1.3_256.5.1.2.2.3~4096_1000"`. side: of the photographs that
    it gets, up to 600 points. planes: of those, 3 in colour or 1 in grey. layer: the one that is spoken of, counted
    from 1; beyond the last it is the last. kernel: what one map of a first layer looks for in the photograph shown, a
    name in KERNELS. phi: "ReLU", "|x|", "tanh" (of a hundredth of the sum) or "none". pool: its window and how far
    apart, "2.2", "3.2" or "3.3". place: where the kernel stands, as row.column of the map, counted from 1. presets: by
    the words on their button, the traits to set; PRESETS if not given.

    The plan is counted as `alexnet.counted` does, and all of it is whole numbers; so are the greys, from 0 to 63, and
    the sums. With tanh the page and Python agree to twelve digits. A plan may break off where a window is larger than
    what it gets: then nothing behind it is counted. The traits but presets follow the reader, and can be set. Raises
    TraitError if one of them does not fit, and ValueError if what is given as rows is none.
    """

    name = "stack"
    caption = (
        "Where a convolutional net has its weights, and where its work. Below, a photograph on its way through one "
        "kernel, φ and a pool. (Photograph: danielbuechele, CC BY 2.0, made smaller and grey.)"
    )
    _esm = HERE / "stack.mjs"

    side = Int().tag(sync=True)
    planes = Int().tag(sync=True)
    plan = Unicode().tag(sync=True)
    layer = Int().tag(sync=True)
    kernel = Unicode().tag(sync=True)
    phi = Unicode().tag(sync=True)
    pool = Unicode().tag(sync=True)
    place = Unicode().tag(sync=True)
    photograph = Unicode().tag(sync=True)
    presets = Dict().tag(sync=True)

    def __init__(
        self,
        plan: str | tuple[Sequence[Sequence[int]], Sequence[int]] = ALEXNET,
        *,
        side: int = 227,
        planes: int = 3,
        layer: int = 1,
        kernel: str = "level edges",
        phi: str = "ReLU",
        pool: str = "3.2",
        place: str = "29.41",
        presets: Mapping[str, Mapping[str, object]] | None = None,
    ):
        presets = PRESETS if presets is None else presets
        super().__init__(
            plan=plan if isinstance(plan, str) else _word(*plan),
            side=side,
            planes=planes,
            layer=layer,
            kernel=kernel,
            phi=phi,
            pool=pool,
            place=place,
            photograph=_stored(),
            presets={words: dict(values) for words, values in presets.items()},
        )

    @validate(
        "side", "planes", "plan", "layer", "kernel", "phi", "pool", "place", "photograph", "presets"
    )  # fmt: skip
    def _fits(self, proposal: dict) -> object:
        return fitting(proposal, _check)

    # --- The plan

    def rows(self) -> list[dict]:
        """Return of each layer, down to where the plan breaks off, its name and what it counts to.

        side: of its maps, 1 if it is dense. units, parameters, work (multiply-adds for one photograph): of the layer.
        inputs: numbers that a unit sees. after: side after its pool. fed: side and planes that come in.
        """
        return _counted(self.plan, self.side, self.planes)[0]

    def fault(self) -> str:
        """Return why the plan breaks off, in words, or nothing if it does not."""
        return _counted(self.plan, self.side, self.planes)[1]

    def totals(self) -> dict[str, int]:
        """Return units, parameters and work of all rows together."""
        return {name: sum(row[name] for row in self.rows()) for name in ("units", "parameters", "work")}

    # --- The photograph

    def greys(self) -> np.ndarray:
        """Return the photograph as (97, 97) whole greys, from 0 for black to 63 for white."""
        return np.array([DIGITS.index(each) for each in self.photograph]).reshape(SIDE, SIDE)

    def stages(self) -> dict[str, np.ndarray]:
        """Return what the photograph becomes: sums (93, 93), the same after φ, and pooled. Whole but for tanh."""
        patches = np.lib.stride_tricks.sliding_window_view(self.greys(), (WIDE, WIDE))
        sums = (patches * KERNELS[self.kernel]).sum((2, 3))
        after = {
            "ReLU": lambda: np.maximum(sums, 0),
            "|x|": lambda: np.abs(sums),
            "tanh": lambda: np.tanh(sums / TEMPER),
            "none": lambda: sums,
        }[self.phi]()
        window, apart = BEYOND[self.pool]
        pools = np.lib.stride_tricks.sliding_window_view(after, (window, window))[::apart, ::apart]
        return {"sums": sums, "after": after, "pooled": pools.max((2, 3))}

    def _stands(self) -> tuple[int, int]:
        """Return the row and the column of the map at which the kernel stands, counted from 0."""
        row, column = (int(part) - 1 for part in self.place.split("."))
        return row, column

    def _pooled_at(self) -> tuple[int, int] | None:
        """Return a window of the pool that holds this place, row and column counted from 0, or None."""
        window, apart = BEYOND[self.pool]
        last = (ACROSS - window) // apart
        found = tuple(min(place // apart, last) for place in self._stands())
        held = all(place < apart * at + window for place, at in zip(self._stands(), found, strict=True))
        return found if held else None

    # --- In words

    def reading(self) -> str:
        return " ".join([self._whole(), self._chosen(), self._at(), self._map()])

    def _whole(self) -> str:
        """Say what the whole plan comes to."""
        rows, total, fault = self.rows(), self.totals(), self.fault()
        if fault:
            return f"{fault} What comes after is not counted."
        many = f"{len(rows)} {'layer' if len(rows) == 1 else 'layers'}"
        said = (
            f"{many}: {total['parameters']:,} parameters, {total['work']:,} multiply-adds for a photograph."
        )
        maps = [row for row in rows if row["name"].startswith("conv")]
        if 0 < len(maps) < len(rows):
            weights, work = (sum(row[name] for row in maps) for name in ("parameters", "work"))
            said += (
                f" Layers of maps: {share(weights, total['parameters'])} of the parameters, "
                f"{share(work, total['work'])} of the work. Dense layers: "
                f"{share(total['parameters'] - weights, total['parameters'])} and "
                f"{share(total['work'] - work, total['work'])}."
            )
        return said

    def _chosen(self) -> str:
        """Say how the chosen layer is counted."""
        (maps, dense), rows = _read(self.plan), self.rows()
        chosen = min(self.layer, len(maps) + len(dense)) - 1
        if chosen >= len(rows):
            return f"{_name(chosen, len(maps))} is not counted."
        row = rows[chosen]
        units, inputs, fed = row["units"], row["inputs"], row["fed"]
        if chosen >= len(maps):
            what = f"{units:,} units, each on all {inputs:,} numbers below"
            each = units
        else:
            each, window, stride, padding, columns, _ = maps[chosen]
            half = f"{fed[1]}/2" if columns == 2 else fed[1]
            what = (
                f"⌊({fed[0]} + 2·{padding} − {window})/{stride}⌋ + 1 = {row['side']}, so {row['side']}² · {each} = "
                f"{units:,} units, each on {window}² · {half} = {inputs:,} numbers"
            )
        said = (
            f"{row['name']}: {what}. {each:,} · ({inputs:,} + 1) = {row['parameters']:,} parameters, "
            f"{units:,} · {inputs:,} = {row['work']:,} multiply-adds."
        )
        if row["after"] not in (0, row["side"]):
            said += f" Its pool leaves {row['after']}² · {each} = {row['after'] ** 2 * each:,} numbers."
        return said

    def _at(self) -> str:
        """Say what becomes of the place of the kernel, stage by stage."""
        found, at, pit = self.stages(), self._stands(), self._pooled_at()
        value = int(found["sums"][at])
        said = f"Row {at[0] + 1}, column {at[1] + 1} of the map: {WIDE**2} greys, weighted, make {signed(value)}."
        if self.phi == "tanh":
            said += f" The tanh of a hundredth of that is {self._shown(found['after'][at])}."
        elif self.phi != "none":
            made = self._shown(found["after"][at])
            said += f" {self.phi} {f'makes it {made}' if value < 0 else 'leaves it'}."
        if pit is None:
            return said + " No window of the pool holds it."
        return f"{said} The largest in its window of the pool is {self._shown(found['pooled'][pit])}."

    def _map(self) -> str:
        """Say how large the map is and what φ and the pool leave of it."""
        found, (window, apart) = self.stages(), BEYOND[self.pool]
        sums, across = found["sums"], len(found["pooled"])
        low, high = (signed(f"{value:,}") for value in (sums.min(), sums.max()))
        said = f"The map: {ACROSS}² = {sums.size:,} sums from {low} to {high}"
        if self.phi == "ReLU":
            said += f"; after ReLU {share(int((found['after'] == 0).sum()), sums.size)} of them are 0"
        return f"{said}. The pool, {window} × {window} and {apart} apart, leaves {across}² = {across**2:,}."

    def _shown(self, value: float) -> str:
        return signed(f"{value:.2f}" if self.phi == "tanh" else int(value))

    # --- In pictures

    def still(self) -> tuple[str, str]:
        rows, total, found = self.rows(), self.totals(), self.stages()
        high, wide = 20, 496  # of a row, and of the whole
        top = high * (len(rows) + 2)
        width = 116  # of a stage
        height = top + 26 + width + 4
        parts = [
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{wide}' height='{height}' viewBox='0 0 {wide} {height}' "
            f"font-family='system-ui, sans-serif' font-size='12.5' fill='{INK}'>"
            f"<rect width='{wide}' height='{height}' fill='{PAPER}'/>"
        ]

        def text(x: int, y: int, words: str, end: bool = True, ink: str = INK) -> None:
            anchor, colour = " text-anchor='end'" if end else "", f" fill='{ink}'" if ink != INK else ""
            parts.append(f"<text x='{x}' y='{y}'{anchor}{colour}>{words}</text>")

        for x, words in ((138, "units"), (228, "parameters"), (394, "multiply-adds")):
            text(x, 14, words, ink=MUTED)
        for k, row in enumerate([*rows, {"name": "in all"} | total]):
            y = high * (k + 1) + 14
            text(4, y, row["name"], end=False)
            text(138, y, f"{row['units']:,}")
            for x, name in ((228, "parameters"), (394, "work")):
                text(x, y, f"{row[name]:,}")
                long = floor(64 * row[name] / total[name] + 0.5 + NUDGE) if total[name] else 0
                if k < len(rows):
                    parts.append(f"<rect x='{x + 6}' y='{y - 10}' width='64' height='11' fill='{FAINT}'/>")
                    parts.append(f"<rect x='{x + 6}' y='{y - 10}' width='{long}' height='11' fill='{INK}'/>")
        parts.append(f"<path d='M0 {top - high}H{wide}' stroke='{MUTED}'/>")
        ramp = [_mix(INK, PAPER, level / 15) for level in range(16)]
        images = {"photograph": _png(self.greys() * 16 // GREYS, ramp)}
        peak = np.abs(found["sums"]).max() or 1
        names = {"sums": "sums", "after": "φ: none" if self.phi == "none" else self.phi, "pooled": "pooled"}
        tints = [_mix(PAPER, BELOW if k < 0 else ACCENT, abs(k) / 7) for k in range(-7, 8)]
        for name, words in names.items():
            largest = 1 if self.phi == "tanh" and name != "sums" else peak
            levels = np.floor(7 * np.minimum(2 * np.abs(found[name]) / largest, 1) + 0.5 + NUDGE).astype(int)
            images[words] = _png(np.sign(found[name]).astype(int) * levels + 7, tints)
        for k, (words, image) in enumerate(images.items()):
            x = 2 + (width + 8) * k
            text(x, top + 16, words, end=False, ink=MUTED)
            parts.append(
                f"<image x='{x}' y='{top + 22}' width='{width}' height='{width}' style='image-rendering:pixelated' "
                f"href='data:image/png;base64,{image}'/>"
            )
            parts.append(
                f"<rect x='{x}' y='{top + 22}' width='{width}' height='{width}' fill='none' stroke='{FAINT}'/>"
            )
        table = "; ".join(
            f"{row['name']}: {row['units']:,} units, {row['parameters']:,} parameters "
            f"({share(row['parameters'], total['parameters'])}), {row['work']:,} multiply-adds "
            f"({share(row['work'], total['work'])})"
            for row in rows
        )
        seen = (
            f"A table with bars. {table}. Below, four squares: a grey photograph of a Chinese pavilion by a lake; its "
            f"sums under a kernel for {self.kernel}, above zero in red and below it in blue; the same after "
            f"{'no φ' if self.phi == 'none' else self.phi}; and pooled, coarser."
        )
        return "".join([*parts, "</svg>"]), seen

    def __repr__(self) -> str:
        return (
            f"Stack({self.plan!r}, side={self.side}, planes={self.planes}, layer={self.layer}, "
            f"kernel={self.kernel!r}, phi={self.phi!r}, pool={self.pool!r}, place={self.place!r})"
        )


def _check(values: Mapping[str, object]) -> None:
    """Raise TraitError, naming the value and what was expected, if one of these values does not fit."""
    ranges = {"side": LARGEST, "layer": MOST + DENSE}
    choices = {"planes": PLANES, "kernel": tuple(KERNELS), "phi": PHI, "pool": tuple(BEYOND)}
    for name, value in values.items():
        if name in choices:
            expect(
                value in choices[name],
                f"{name} is {value!r}; expected one of {', '.join(map(str, choices[name]))}",
            )
        elif name in ranges:
            expect(
                type(value) is int and 1 <= value <= ranges[name],
                f"{name} is {value!r}; expected a whole number from 1 to {ranges[name]}",
            )
        elif name == "plan":
            _check_plan(value)
        elif name == "place":
            parts = value.split(".") if isinstance(value, str) else []
            expect(
                len(parts) == 2
                and all(re.fullmatch("[0-9]{1,2}", p) and 1 <= int(p) <= ACROSS for p in parts),
                f"place is {value!r}; expected row.column, counted from 1 to {ACROSS}, such as 2.3",
            )
        elif name == "photograph":
            expect(
                isinstance(value, str) and bool(re.fullmatch(f"[-_0-9A-Za-z]{{{SIDE**2}}}", value)),
                f"photograph is {str(value)[:20]!r}…; expected {SIDE} · {SIDE} letters, digits, - and _",
            )
        else:
            expect(
                False,
                f"{name!r} cannot be set; expected side, planes, plan, layer, kernel, phi, pool or place",
            )


def _check_plan(value: object) -> None:
    """Raise TraitError if the word of a plan does not fit."""
    parts = value.split("~") if isinstance(value, str) else []
    expect(len(parts) == 2, f"plan is {value!r}; expected {FORM}")
    maps, dense = ([row.split(".") for row in part.split("_")] if part else [] for part in parts)
    for entry in (entry for row in maps + dense for entry in row):
        expect(bool(re.fullmatch("[0-9]{1,4}", entry)), f"plan holds {entry!r}; expected {FORM}")
    expect(len(maps) <= MOST, f"plan has {len(maps)} layers of maps; expected at most {MOST}")
    expect(len(dense) <= DENSE, f"plan has {len(dense)} dense layers; expected at most {DENSE}")
    expect(len(maps) + len(dense) > 0, "plan has no layer; expected at least one")
    most = {"maps": MAPS, "window": WINDOW, "stride": STRIDE, "padding": PADDING}
    among = {"columns": COLUMNS, "pool": POOLS}
    for row in maps:
        expect(
            len(row) == len(PARTS),
            f"plan holds {'.'.join(row)!r}; expected {', '.join(PARTS[:-1])} and {PARTS[-1]} of a layer",
        )
        for name, entry in zip(PARTS, row, strict=True):
            if name in among:
                fits, expected = int(entry) in among[name], " or ".join(map(str, among[name]))
            else:
                least = 0 if name == "padding" else 1
                fits, expected = least <= int(entry) <= most[name], f"{least} to {most[name]}"
            expect(fits, f"plan holds a {name} of {entry}; expected {expected}")
    for row in dense:
        expect(
            len(row) == 1 and 1 <= int(row[0]) <= UNITS,
            f"plan has {'.'.join(row)} units in a dense layer; expected 1 to {UNITS}",
        )


def _word(maps: Sequence[Sequence[int]], dense: Sequence[int]) -> str:
    """Return a plan given as rows of numbers as a word."""
    parts = []
    for what, given, expected in (
        ("plan", maps, f"whole numbers, (layers, {len(PARTS)})"),
        ("dense layers", dense, "whole numbers of units"),
    ):
        array = numbers(what, given, expected)
        array = array[:, None] if array.ndim == 1 and array.size and what != "plan" else array
        if (array.size and array.ndim != 2) or (array != np.rint(array)).any():
            raise ValueError(f"{what} is {array.tolist()}; expected {expected}")
        parts.append("_".join(".".join(str(int(value)) for value in row) for row in array))
    return "~".join(parts)


def _read(word: str) -> tuple[list[list[int]], list[int]]:
    """Return the layers of maps of a plan, and the units of its dense layers."""
    maps, dense = word.split("~")
    rows = [[int(entry) for entry in row.split(".")] for row in maps.split("_")] if maps else []
    return rows, [int(entry) for entry in dense.split("_")] if dense else []


def _name(layer: int, maps: int) -> str:
    return f"{'conv' if layer < maps else 'dense'} {layer + 1}"


@lru_cache(maxsize=64)
def _counted(word: str, side: int, planes: int) -> tuple[list[dict], str]:
    """Return the rows of a plan, and why it breaks off: nothing if it does not."""
    maps, dense = _read(word)
    rows = []

    def add(many: int, side: int, inputs: int, after: int, fed: tuple[int, int]) -> None:
        rows.append(
            {
                "name": _name(len(rows), len(maps)),
                "side": side,
                "units": many * side**2,
                "parameters": many * (inputs + 1),
                "work": many * side**2 * inputs,
                "inputs": inputs,
                "after": after,
                "fed": fed,
            }
        )

    for many, window, stride, padding, split, pool in maps:
        name, fed = _name(len(rows), len(maps)), (side, planes)
        if window > side + 2 * padding:
            return (
                rows,
                f"{name}: its window of {window} is larger than the {side} + 2·{padding} points it gets.",
            )
        if split == 2 and (planes % 2 or many % 2):
            return (
                rows,
                f"{name}: two columns need even numbers of planes; in come {planes}, out go {many}.",
            )
        side = (side + 2 * padding - window) // stride + 1
        after = (side - pool) // 2 + 1 if pool else side
        add(many, side, planes // split * window**2, after if side >= pool else 0, fed)
        if pool > side:
            return rows, f"{name}: its pool of {pool} is larger than its maps, whose side is {side}."
        side, planes = after, many
    numbers_below = planes * side**2
    for many in dense:
        add(many, 1, numbers_below, 1, (1, numbers_below))
        numbers_below = many
    return rows, ""


def share(part: int, whole: int) -> str:
    """Return a share in whole per cent."""
    per_cent = floor(100 * part / whole + 0.5) if whole else 0
    return "< 1 %" if part and not per_cent else f"{per_cent} %"


def spell(greys: np.ndarray) -> str:
    """Return greys from 0 to 63 as a character each, row by row."""
    return "".join(DIGITS[grey] for grey in np.asarray(greys).ravel().tolist())


@lru_cache(maxsize=1)
def _stored() -> str:
    return json.loads((HERE / "stack.json").read_text("utf-8"))["photograph"]


def _mix(under: str, over: str, part: float) -> str:
    """Return a colour laid on another, in part."""
    pairs = zip(*([int(each[k : k + 2], 16) for k in (1, 3, 5)] for each in (under, over)), strict=True)
    return "#" + "".join(f"{floor(a + (b - a) * part + 0.5):02x}" for a, b in pairs)


def _png(levels: np.ndarray, colours: Sequence[str]) -> str:
    """Return a picture of at most sixteen colours as PNG, in base 64.

    It is not squeezed, since programs that squeeze do not all write the same bytes.
    """
    height, width = levels.shape
    even = np.pad(levels, ((0, 0), (0, width % 2)))
    lines = np.pad(16 * even[:, ::2] + even[:, 1::2], ((1, 0), (1, 0)))[1:].astype(np.uint8).tobytes()
    a, b = 1, 0
    for byte in lines:  # Adler's sum
        a = (a + byte) % 65521
        b = (b + a) % 65521
    many = len(lines)
    held = b"\x78\x01\x01" + many.to_bytes(2, "little") + (many ^ 0xFFFF).to_bytes(2, "little") + lines
    held += (b << 16 | a).to_bytes(4)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + binascii.crc32(kind + data).to_bytes(4)

    head = (
        width.to_bytes(4) + height.to_bytes(4) + bytes([4, 3, 0, 0, 0])
    )  # four bits a point, of a list of colours
    palette = bytes.fromhex("".join(colour[1:] for colour in colours))
    chunks = [chunk(b"IHDR", head), chunk(b"PLTE", palette), chunk(b"IDAT", held), chunk(b"IEND", b"")]
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()
