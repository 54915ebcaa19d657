"""The explorer of chapter 3: label the figures of a small retina, and read the order of the predicate."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from math import gcd

import numpy as np
from traitlets import Dict, Unicode, validate

from rectified.explorers.explorer import HERE, Explorer, expect, numbers, signed
from rectified.palette import INK, MUTED, PAPER, TINT

ROWS = 2  # of the retina
COLUMNS = {4: 2, 16: 3}  # of the retina, by the digits of the word for its labels
SHOWN = ("witness", "sums")  # what the numbers at the figures can be
CELL = {2: 16, 3: 10}  # of the still picture, pixels to a point of the retina, by its columns


class Order(Explorer):
    """The order of a predicate on the figures of a retina of 2 × 2 or 2 × 3 points, with its proof both ways.

    rows, columns: of the retina. labels: which figures are yes: (figures,) of 0 and 1; a text with a digit 0 or 1
    for each; as the trait holds them, a word of 4 (2 × 2) or 16 (2 × 3) hexadecimal digits; or the words of a
    preset, or of one of `RULES`. None: no figure is. The points of a figure, row by row, are the binary digits of
    its number, 1 for a lit one: figures come as in a truth table. show: what is written at the figures,
    `"witness"` or `"sums"`. presets: by the words on their button, labels as a hexadecimal word, or one such word
    for each retina; the `RULES` if not given.

    A mask is 1 on the figures that light all its points. The order is the smallest k for which some weights on
    the masks of at most k points, the constant among them, make a sum above 0 on exactly the figures labelled
    yes (Minsky and Papert 1969). Whole numbers throughout, so the page and Python agree to the last digit. The
    traits labels and show follow the reader, and can be set. Raises TraitError if one of them does not fit.
    """

    name = "order"
    caption = (
        "The order of a predicate: how many points at once a mask must see, so that a weighted sum of masks "
        "is above 0 for yes and for nothing else."
    )
    _esm = HERE / "order.mjs"

    labels = Unicode().tag(sync=True)
    show = Unicode().tag(sync=True)
    presets = Dict().tag(sync=True)

    def __init__(
        self,
        rows: int = 2,
        columns: int = 2,
        labels: str | Sequence[int] | None = None,
        *,
        show: str = "witness",
        presets: Mapping[str, str | Sequence[str]] | None = None,
    ):
        if rows != ROWS or columns not in COLUMNS.values():
            raise ValueError(f"the retina is {rows} × {columns}; expected 2 × 2 or 2 × 3")
        if presets is None:
            presets = {words: [ruled(words, each) for each in COLUMNS.values()] for words in RULES}
        presets = {words: [each] if isinstance(each, str) else list(each) for words, each in presets.items()}
        super().__init__(labels=_word(labels, columns, presets), show=show, presets=presets)

    @validate("labels", "show", "presets")
    def _fits(self, proposal: dict) -> object:
        name, value = proposal["trait"].name, proposal["value"]
        if name == "labels":
            _check(value)
        elif name == "show":
            expect(value in SHOWN, f"show is {value!r}; expected {' or '.join(SHOWN)}")
        else:
            for words, given in value.items():
                expect(
                    isinstance(given, (list, tuple)) and len(given) > 0,
                    f"preset {words!r} is {given!r}; expected a list of labels",
                )
                for word in given:
                    _check(word, f"preset {words!r}: ")
        return value

    def solution(self) -> dict[str, object]:
        """Return the order and its proof, as `compute` does in the page.

        order: the smallest k. weights: pairs of a mask and its weight, without those of weight 0; a mask is the
        number of the figure that lights its points alone. witness: how often to count each figure so that every
        mask of fewer points than the order counts as many yes-figures as no-figures; None if the order is 0.
        All are whole numbers; both halves of the proof have been checked, figure by figure and mask by mask.
        """
        order, weights, witness = _solved(self.labels)
        return {
            "order": order,
            "weights": [list(pair) for pair in weights],
            "witness": None if witness is None else list(witness),
        }

    def order(self) -> int:
        """Return the order of the predicate."""
        return _solved(self.labels)[0]

    def reading(self) -> str:
        order, weights, witness = _solved(self.labels)
        yes = _bits(self.labels)
        said = [
            f"{_retina(self.labels)}: {sum(yes)} of {len(yes)} figures {'is' if sum(yes) == 1 else 'are'} yes."
        ]
        if witness is None:
            return f"{said[0]} The order is 0: a constant is enough."
        low, high = (signed(end(weight for _, weight in weights)) for end in (min, max))
        said.append(
            f"The order is {order}: a sum of {_many(len(weights), 'mask')} of at most {_many(order, 'point')}, "
            f"weights {low if low == high else f'from {low} to {high}'}, "
            "is above 0 for the yes-figures and for no other."
        )
        counted = [many for many in zip(witness, yes, strict=True) if many[0]]
        most, some = max(witness), sum(label for _, label in counted)
        small = f"every mask of at most {_many(order - 1, 'point')}" if order > 1 else "a constant"
        said.append(
            f"{_many(some, 'yes-figure')} and {_many(len(counted) - some, 'no-figure')}, "
            f"{'each counted once' if most == 1 else f'counted up to {most} times'}, look alike to {small}, "
            f"so order {order - 1} is not enough."
        )
        return " ".join(said)

    def still(self) -> tuple[str, str]:
        yes, columns, numbers = _bits(self.labels), COLUMNS[len(self.labels)], self._numbers()
        cell = CELL[columns]
        side, wide, high = 2**columns, cell * columns + 18, cell * ROWS + 28
        frames, cells, texts = ["", ""], ["", ""], []
        for figure, label in enumerate(yes):
            x, y = wide * (figure % side), high * (figure // side)
            frames[label] += f"M{x + 3} {y + 3}h{wide - 6}v{high - 6}h{6 - wide}z"
            for i, lit in enumerate(_points(figure, columns)):
                at = f"M{x + 9 + cell * (i % columns)} {y + 8 + cell * (i // columns)}"
                cells[lit] += f"{at}h{cell}v{cell}h-{cell}z"
            if numbers[figure]:
                texts.append(f"<text x='{x + wide // 2}' y='{y + high - 7}'>{numbers[figure]}</text>")
        width, height = wide * side, high * side
        svg = (
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
            f"viewBox='0 0 {width} {height}' font-family='system-ui, sans-serif' font-size='11' "
            f"text-anchor='middle'><rect width='100%' height='100%' fill='{PAPER}'/>"
            f"<path d='{frames[0]}' fill='none' stroke='{MUTED}'/>"
            f"<path d='{frames[1]}' fill='{TINT}' stroke='{INK}' stroke-width='3'/>"
            f"<path d='{cells[0]}' fill='{PAPER}' stroke='{MUTED}'/>"
            f"<path d='{cells[1]}' fill='{INK}' stroke='{MUTED}'/>"
            f"<g fill='{INK}'>{''.join(texts)}</g></svg>"
        )
        framed = [_called(figure, columns) for figure, label in enumerate(yes) if label]
        listed = f": {'; '.join(framed)}" if 0 < len(framed) <= 16 else ""  # more would be a list without end
        seen = [
            f"The {len(yes)} figures of a retina of {ROWS} × {columns} points, in {side} rows.",
            f"{len(framed)} {'has' if len(framed) == 1 else 'have'} the thick frame of a yes{listed}.",
        ]
        if texts:
            seen.append(
                "A number at a figure is its sum."
                if self.show == "sums"
                else f"{len(texts)} figures have a number: how often to count them in the witness."
            )
        return svg, " ".join(seen)

    def _numbers(self) -> list[str]:
        """Return what is written at each figure."""
        _, weights, witness = _solved(self.labels)
        figures = range(4 * len(self.labels))
        if self.show == "sums":
            return [signed(_sum(weights, figure)) for figure in figures]
        return [f"×{witness[figure]}" if witness and witness[figure] else "" for figure in figures]

    def __repr__(self) -> str:
        return f"Order({ROWS}, {COLUMNS[len(self.labels)]}, {self.labels!r}, show={self.show!r})"


@lru_cache(maxsize=64)
def ruled(rule: str | Callable[[np.ndarray], object], columns: int) -> str:
    """Return as a word the labels that a rule gives: of `RULES`, or a function of (2, columns) of 0 and 1.

    Raises ValueError if there is no such rule or retina.
    """
    if columns not in COLUMNS.values():
        raise ValueError(f"columns is {columns!r}; expected 2 or 3")
    if not callable(rule) and rule not in RULES:
        raise ValueError(f"rule is {rule!r}; expected a function of a retina, or one of {', '.join(RULES)}")
    rule = RULES[rule] if isinstance(rule, str) else rule
    retinas = [np.reshape(_points(figure, columns), (ROWS, columns)) for figure in range(4**columns)]
    return _hexadecimal([bool(rule(retina)) for retina in retinas])


def _touching(retina: np.ndarray) -> bool:
    """Whether two lit points lie side by side, or one above the other."""
    return bool((retina[:, 1:] & retina[:, :-1]).any() or (retina[1:] & retina[:-1]).any())


def _connected(retina: np.ndarray) -> bool:
    """Whether one can go from every lit point to every other over points that touch; so too with none lit."""
    lit = {tuple(point) for point in np.argwhere(retina).tolist()}
    reached, edge = set(), sorted(lit)[:1]
    while edge:
        x, y = edge.pop()
        reached.add((x, y))
        edge += lit.intersection({(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)}) - reached
    return reached == lit


RULES: dict[str, Callable[[np.ndarray], object]] = {
    "some point lit": lambda retina: retina.any(),
    "majority": lambda retina: retina.sum() > retina.size / 2,
    "exactly one": lambda retina: retina.sum() == 1,
    "two touching": _touching,
    "connected": _connected,
    "symmetric": lambda retina: (retina == retina[:, ::-1]).all(),
    "parity": lambda retina: retina.sum() % 2,
}


# --- The order, exactly ------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _solved(word: str) -> tuple[int, tuple[tuple[int, int], ...], tuple[int, ...] | None]:
    """Return the order, the weights of the masks that have one, and the witness against the order before."""
    yes, witness = _bits(word), None
    points = len(yes).bit_length() - 1
    for order in range(points + 1):
        masks = _masks(points, order)
        weights, balance = _separate(yes, masks)
        if weights is None:
            if min(balance) < 0 or not any(balance) or any(_tally(balance, yes, mask) for mask in masks):
                raise ArithmeticError(f"labels {word}: the witness against order {order} does not balance")
            witness = tuple(balance)
            continue
        kept = tuple((mask, weight) for mask, weight in zip(masks, weights, strict=True) if weight)
        if any((_sum(kept, figure) > 0) != bool(label) for figure, label in enumerate(yes)):
            raise ArithmeticError(f"labels {word}: the weights of order {order} give another predicate")
        return order, kept, witness
    # cannot be: with a weight for every mask, a sum can have any value on every figure
    raise ArithmeticError(f"labels {word}: no order up to {points} found")


def _separate(yes: Sequence[int], masks: Sequence[int]) -> tuple[list[int] | None, list[int] | None]:
    """Return whole weights of the masks, above 0 in sum for yes alone; or, if there are none, a witness.

    Of all weights with sums ≥ 1 for yes and ≤ 0 for no, it seeks those of the smallest absolute sum, from the
    other side: multiples y ≥ 0 of the figures, as much of the yes-figures as possible, so that every mask
    counts them with a difference of at most 1 between yes and no. If that has no end, the direction in which
    it has none is a witness. The simplex method, on whole numbers over a common denominator, by Bland's rule:
    of the variables that may enter, and of those that must leave, the first; so it ends.
    """
    figures, last = len(yes), len(masks)
    # A row for each mask, 1 − difference = a variable from 0 to 2, and one for what is sought; a column for each
    # figure, and one for the values. All of it is to be divided by `whole`.
    rows = [[(1 if yes[f] else -1) * (f & mask == mask) for f in range(figures)] + [1] for mask in masks]
    rows.append([-each for each in yes] + [0])
    across = list(range(figures))  # variables that are 0: first the figures; masks are counted after them
    down = list(range(figures, figures + last))  # variables that have a row
    turned, whole = [1] * last, 1  # −1: this mask's variable is counted from 2 downwards
    while True:
        enter = min((j for j in range(figures) if rows[last][j] < 0), key=across.__getitem__, default=None)
        if enter is None:
            break
        leave, room, per = None, 0, 1  # the entering variable can grow by room / per
        for i in range(last):
            step, value = rows[i][enter], rows[i][figures]
            if step < 0 and down[i] >= figures:
                step, value = -step, 2 * whole - value
            if step > 0:
                order = -1 if leave is None else value * per - room * step
                if order < 0 or (order == 0 and down[i] < down[leave]):
                    leave, room, per = i, value, step
        if across[enter] < figures and leave is None:
            balance = [0] * figures
            balance[across[enter]] = whole
            for i in range(last):
                if down[i] < figures:
                    balance[down[i]] = -rows[i][enter]
            return None, _shortened(balance)
        if across[enter] >= figures and (leave is None or room > 2 * per):
            for row in rows:  # it grows from 0 to 2, and no other variable is in its way
                row[figures] -= 2 * row[enter]
                row[enter] = -row[enter]
            turned[across[enter] - figures] *= -1
            continue
        if rows[leave][enter] < 0:
            rows[leave] = [-each for each in rows[leave]]
            rows[leave][figures] += 2 * whole
            turned[down[leave] - figures] *= -1
        chosen = rows[leave]
        pivot = chosen[enter]
        for i, row in enumerate(rows):
            here = row[enter]
            if i == leave or (here == 0 and pivot == whole):
                continue
            pairs = zip(row, chosen, strict=True)
            rows[i] = [(each * pivot - here * other) // whole for each, other in pairs]
            rows[i][enter] = -here
        chosen[enter], whole = whole, pivot
        across[enter], down[leave] = down[leave], across[enter]
    weights = [0] * last
    for j, variable in enumerate(across):
        if variable >= figures:
            weights[variable - figures] = turned[variable - figures] * rows[last][j]
    return _shortened(weights), None


def _masks(points: int, most: int) -> list[int]:
    """Return the masks of at most so many points, small ones first; the first, of none, is the constant."""
    return [
        sum(1 << (points - 1 - i) for i in chosen)
        for size in range(most + 1)
        for chosen in combinations(range(points), size)
    ]


def _shortened(values: list[int]) -> list[int]:
    divisor = gcd(*values) or 1
    return [value // divisor for value in values]


def _sum(weights: Iterable[tuple[int, int]], figure: int) -> int:
    return sum(weight for mask, weight in weights if figure & mask == mask)


def _tally(balance: Sequence[int], yes: Sequence[int], mask: int) -> int:
    """Return by how much this mask counts more yes-figures than no-figures."""
    return sum(
        (1 if label else -1) * many
        for figure, (many, label) in enumerate(zip(balance, yes, strict=True))
        if figure & mask == mask
    )


# --- Labels and words --------------------------------------------------------------------------------------


def _check(word: object, where: str = "") -> None:
    """Raise TraitError, naming the value and what was expected, if labels cannot be this."""
    expect(
        isinstance(word, str) and len(word) in COLUMNS and re.fullmatch("[0-9a-f]+", word) is not None,
        f"{where}labels is {word!r}; expected 4 or 16 hexadecimal digits (0 to 9, a to f)",
    )


def _word(labels: str | Sequence[int] | None, columns: int, presets: Mapping[str, Sequence[str]]) -> str:
    """Return labels for a retina of so many columns, however given, as a word."""
    figures = 4**columns
    if labels is None:
        return "0" * (figures // 4)
    if isinstance(labels, str):
        for word in presets.get(labels, []):
            if len(word) == figures // 4:
                return word
        if labels in RULES and labels not in presets:
            return ruled(labels, columns)
        if re.fullmatch("[0-9a-f]+", labels) and len(labels) == figures // 4:
            return labels
        digits = [int(digit) for digit in labels] if not set(labels) - set("01") else []
    else:
        digits = numbers("labels", labels, f"{figures} of 0 and 1").ravel().tolist()
    if len(digits) != figures or set(digits) - {0, 1}:
        raise ValueError(
            f"labels is {labels!r}; for 2 × {columns} points expected {figures} of 0 and 1, "
            f"{figures // 4} hexadecimal digits, or one of {', '.join(dict.fromkeys([*presets, *RULES]))}"
        )
    return _hexadecimal(digits)


def _hexadecimal(digits: Sequence[int]) -> str:
    binary = "".join(str(int(digit)) for digit in digits)
    return f"{int(binary, 2):0{len(binary) // 4}x}"


def _bits(word: str) -> list[int]:
    return [int(bit) for bit in f"{int(word, 16):0{4 * len(word)}b}"]


def _points(figure: int, columns: int) -> list[int]:
    return [int(bit) for bit in f"{figure:0{ROWS * columns}b}"]


def _retina(word: str) -> str:
    return f"{ROWS} × {COLUMNS[len(word)]} points"


def _called(figure: int, columns: int) -> str:
    """Return a figure in words: "top left and bottom right lit"."""
    sides = ("left", "right") if columns == 2 else ("left", "middle", "right")
    places = [f"{height} {side}" for height in ("top", "bottom") for side in sides]
    lit = [place for place, lit in zip(places, _points(figure, columns), strict=True) if lit]
    *most, last = lit or ["nothing"]
    return f"{', '.join(most)}{' and ' if most else ''}{last} lit"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
