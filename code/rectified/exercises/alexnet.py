"""The checks of chapter 10."""

from collections.abc import Sequence

from rectified.alexnet import LAYERS, THEN, Layer, counted, intensity, seen, totals
from rectified.exercises import Verdict, not_yet, number, right, shown


def view(points: object) -> Verdict:
    """Check how many points of a side of the picture one unit of conv 5 sees."""
    value = number(points)
    if value is None or value != int(value) or value < 1:
        return not_yet(f"points is {shown(points)}; expected a whole number, 1 or more")
    below, whole = [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1)], [(3, 1)]
    sees = seen(*below, *whole)
    if value == seen(*(pair for pair in below + whole if pair != (3, 2))):
        return not_yet(
            f"{int(value)} would be right without pools; a pool of 3, 2 apart, counts as a layer does"
        )
    if value == seen(*below):
        return not_yet(f"{int(value)} is what a unit of conv 4 sees")
    if value != sees:
        return not_yet(
            f"{int(value)} is too {'few' if value < sees else 'many'}: a layer adds (window − 1) times the product of "
            "all strides before it, and pools count"
        )
    return right(f"{sees} of the 227 points: no unit of a map sees the whole side")


def undivided(layers: object) -> Verdict:
    """Check the layers of the net on one card, in which every kernel sees every plane."""
    if not isinstance(layers, Sequence) or not all(isinstance(each, Layer) for each in layers):
        return not_yet(f"layers is {shown(layers)}; expected several of alexnet.LAYERS, changed or not")
    if [each._replace(split=1) for each in layers] != [each._replace(split=1) for each in LAYERS]:
        return not_yet("something other than `split` was changed, or a layer is missing")
    left = [each.name for each in layers if each.split != 1]
    if left:
        return not_yet(f"{', '.join(left)} still {'stand' if len(left) > 1 else 'stands'} in columns")
    found = totals(counted(layers))
    return right(
        f"{found['parameters']:,} parameters and {found['multiply-adds']:,} multiply-adds: few weights more, "
        "but 57 % more work"
    )


def factor(times: object) -> Verdict:
    """Check by what answers are multiplied in learning, a fifth of them dropped, so that nothing is to do later."""
    value = number(times)
    if value is None:
        return not_yet(f"times is {shown(times)}; expected a number")
    if abs(value - 1.25) > 1e-9:
        return not_yet(
            f"four fifths of the answers, times {value:g}, are on average {0.8 * value:g} of the whole"
        )
    return right("four fifths, times five quarters, are on average the whole; programs do it this way today")


def least(batch: object) -> Verdict:
    """Check the smallest batch with which dense layer 6 keeps a GTX 580 computing rather than waiting for memory."""
    value = number(batch, most=1e6)
    if value is None or value != int(value) or value < 1:
        return not_yet(f"batch is {shown(batch)}; expected a whole number, 1 or more")
    needed = THEN.multiply_adds / THEN.bytes

    def enough(many: int) -> bool:
        return intensity(many, 9216, 4096) >= needed

    if not enough(int(value)):
        many = "1 picture" if value == 1 else f"{int(value)} pictures"
        return not_yet(
            f"with {many} at a time the layer has {intensity(int(value), 9216, 4096):.2f} multiply-adds for each "
            f"byte; the card can do {needed:.2f} in the time of one"
        )
    if value > 1 and enough(int(value) - 1):
        return not_yet(
            f"{int(value)} is enough, but so is {int(value) - 1}; each picture adds about a quarter of a multiply-add "
            "for each byte"
        )
    return right(
        f"with {int(value)} pictures at a time the card computes as fast as it is fed; with fewer it waits"
    )
