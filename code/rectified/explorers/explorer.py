"""What all explorers share on the side of Python."""

import html
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

import anywidget
import numpy as np
from traitlets import TraitError

HERE = Path(__file__).parent
_LEGIBLE = " /:=,;()-."  # what may stand in an address as it is
_SHARED = re.compile(r'^import \{(.+)\} from "\./display\.mjs";$', re.MULTILINE)


class Explorer(anywidget.AnyWidget):
    """A picture that computes in the page: traits that Python shares with it, a module, and a still picture.

    A subclass gives its `name`, its module (`_esm = HERE / "pulses.mjs"`) and a `caption`, and says what it
    shows in `reading` and `still`. Beside `default { render({ model, el }) }` the module exports
    `compute(state)`, `check(state)`, and as `linked` the names of the traits that a link carries. It may import
    from display.mjs beside it, and from nowhere else.
    """

    name: str
    caption: str
    _css = HERE / "explorers.css"
    _ipython_display_ = None  # ipywidgets 7 would go this way, past the bundle below

    def __init_subclass__(cls, **options: object):
        if isinstance(module := vars(cls).get("_esm"), Path):
            cls._esm = alone(module)
        super().__init_subclass__(**options)

    def __init__(self, **traits: object):
        super().__init__(**traits)
        self.add_class("explorer")

    def state(self) -> dict[str, object]:
        """Return the traits that Python and the page share, by name."""
        own = set(self.trait_names(sync=True)) - set(anywidget.AnyWidget.class_trait_names(sync=True))
        return {name: getattr(self, name) for name in sorted(own) if not name.startswith("_")}

    def reading(self) -> str:
        """Return in words what the explorer shows now."""
        raise NotImplementedError

    def still(self) -> tuple[str, str]:
        """Return a picture of the present state as SVG, and its content in words for who cannot see it."""
        raise NotImplementedError

    def figure(self) -> str:
        """Return the explorer as HTML: the site brings it to life, elsewhere the still picture stands."""
        svg, seen = self.still()
        state = json.dumps(self.state(), ensure_ascii=False, separators=(",", ":"))
        return (
            f"<figure class='explorer' data-explorer='{self.name}' data-state='{_attribute(state)}'>\n"
            f"<div class='still'>\n"
            f"<img alt='{_attribute(seen)}' src='data:image/svg+xml,{quote(svg, safe=_LEGIBLE)}'>\n"
            f"<p>{html.escape(self.reading())}</p>\n"
            f"</div>\n"
            f"<figcaption>{html.escape(self.caption)}</figcaption>\n"
            f"</figure>"
        )

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return data | {"text/html": self.figure(), "text/plain": repr(self)}, metadata


def alone(module: Path) -> str:
    """Return a module as a notebook takes it: one script, with display.mjs in the place of its import."""
    shared = (HERE / "display.mjs").read_text("utf-8")
    names = ", ".join(re.findall(r"^export (?:const|function) (\w+)", shared, re.MULTILINE))
    body = re.sub("^export ", "", shared, flags=re.MULTILINE)
    text = _SHARED.sub(
        lambda found: f"const {{{found[1]}}} = (() => {{\n{body}\nreturn {{ {names} }};\n}})();",
        module.read_text("utf-8"),
    )
    if left := re.search("^import .*", text, re.MULTILINE):
        raise ValueError(f"{module.name} has {left[0]!r}; expected no import but one line from ./display.mjs")
    return text


def expect(fits: bool, otherwise: str) -> None:
    """Raise TraitError with these words if a value does not fit."""
    if not fits:
        raise TraitError(otherwise)


def fitting(proposal: Mapping, check: Callable[[Mapping[str, object]], None]) -> object:
    """Return the value proposed for a trait if `check`, given values by name, lets it pass.

    Of presets it is given in turn what each one sets; a TraitError that it raises then names the preset too.
    """
    name, value = proposal["trait"].name, proposal["value"]
    if name != "presets":
        check({name: value})
        return value
    for words, values in value.items():
        try:
            check(values)
        except TraitError as error:
            raise TraitError(f"preset {words!r}: {error}") from None
    return value


def numbers(what: str, given: object, expected: str) -> np.ndarray:
    """Return finite numbers as an array.

    Raises ValueError, naming what was given and what was expected, if anything else is among them, or if their rows
    differ in length.
    """
    try:
        array = np.asarray(given)
    except ValueError:  # ragged
        array = np.array(None)
    if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
        raise ValueError(f"{what} is {given!r}; expected {expected}")
    return array


def signed(value: object) -> str:
    """Return a number in words, with a true minus."""
    return str(value).replace("-", "−")


def _attribute(text: str) -> str:
    """Return text as it may stand between single quotes: double ones, of which JSON is full, stay legible."""
    return html.escape(text, quote=False).replace("'", "&#x27;")
