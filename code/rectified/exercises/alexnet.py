"""The checks of chapter 10."""

from collections.abc import Sequence

from rectified.alexnet import LAYERS, THEN, Layer, counted, intensity, totals
from rectified.exercises import Verdict, not_yet, number, right, shown


def rim(points: object) -> Verdict:
    """Check how many points must be added to a side of 224 for the first layer to have 55 places."""
    value = number(points)
    if value is None or value != int(value) or value < 0:
        return not_yet(f"points is {shown(points)}; expected a whole number, 0 or more")
    places = (224 + int(value) - 11) // 4 + 1
    if places != 55:
        return not_yet(f"with {int(value)} points more the kernel finds {places} places, not 55")
    over = (224 + int(value) - 11) % 4
    rest = "nothing is left over" if not over else f"with {over} left over at the edge"
    return right(f"(224 + {int(value)} − 11) / 4 + 1 makes 55, {rest}")


def undivided(layers: object) -> Verdict:
    """Check the layers of the net on one card, in which every kernel sees every plane."""
    if not isinstance(layers, Sequence) or not all(isinstance(each, Layer) for each in layers):
        return not_yet(f"layers is {shown(layers)}; expected several of alexnet.LAYERS, changed or not")
    if [each._replace(split=1) for each in layers] != [each._replace(split=1) for each in LAYERS]:
        return not_yet("something else than `split` was changed, or a layer is missing")
    left = [each.name for each in layers if each.split != 1]
    if left:
        return not_yet(f"{', '.join(left)} still {'stand' if len(left) > 1 else 'stands'} in columns")
    found = totals(counted(layers))
    return right(
        f"{found['parameters']:,} parameters and {found['multiply-adds']:,} multiply-adds: few weights more, "
        "but more than half as much work again"
    )


def factor(times: object) -> Verdict:
    """Check by what answers are multiplied in learning, with half of them dropped, so that nothing is halved later."""
    value = number(times)
    if value is None:
        return not_yet(f"times is {shown(times)}; expected a number")
    if abs(value - 2) > 1e-9:
        return not_yet(f"half of the answers, times {value:g}, are on average {value / 2:g} of the whole")
    return right("half of the answers, doubled, are on average the whole; programs do it so today")


def least(batch: object) -> Verdict:
    """Check the smallest batch with which dense layer 6 keeps a GTX 580 computing rather than waiting for memory."""
    value = number(batch, most=1e6)
    if value is None or value != int(value) or value < 1:
        return not_yet(f"batch is {shown(batch)}; expected a whole number, 1 or more")
    needed = THEN.multiply_adds / THEN.bytes

    def enough(many: int) -> bool:
        return intensity(many, 9216, 4096) >= needed

    if not enough(int(value)):
        return not_yet(
            f"with {int(value)} pictures there are {intensity(int(value), 9216, 4096):.2f} multiply-adds for each "
            f"byte; the card can do {needed:.2f} in the time of one"
        )
    if value > 1 and enough(int(value) - 1):
        return not_yet(f"{int(value)} is enough, but so is {int(value) - 1}")
    return right(f"with {int(value)} pictures at a time the weights are used often enough")
