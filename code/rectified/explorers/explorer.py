"""What all explorers share on the side of Python."""

import html
import json
from pathlib import Path
from urllib.parse import quote

import anywidget

HERE = Path(__file__).parent
_LEGIBLE = " /:=,;()-."  # what may stand in an address as it is


class Explorer(anywidget.AnyWidget):
    """A picture that computes in the page: traits that Python shares with it, a module, and a still picture.

    A subclass gives its `name`, its module (`_esm = HERE / "pulses.mjs"`) and a `caption`, and says what it
    shows in `reading` and `still`. Beside `default { render({ model, el }) }` the module exports
    `compute(state)`, `check(state)`, and as `linked` the names of the traits that a link carries.
    """

    name: str
    caption: str
    _css = HERE / "explorers.css"
    _ipython_display_ = None  # ipywidgets 7 would go this way, past the bundle below

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


def _attribute(text: str) -> str:
    """Return text as it may stand between single quotes: double ones, of which JSON is full, stay legible."""
    return html.escape(text, quote=False).replace("'", "&#x27;")
