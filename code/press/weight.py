"""Weigh the pages of the site as a reader's browser fetches them: `python -m press.weight`.

What a browser asks for is looked up in the site's folder and weighed as a static host sends it: text squeezed by
gzip, pictures and fonts as they are.
"""

import gzip
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser

from press import browser, site

TEXT = {".css", ".html", ".js", ".json", ".mjs", ".svg", ".txt", ".xml"}
OWN_LIMIT, WHOLE_LIMIT = 500_000, 1_200_000  # bytes
# Go down the whole page and wait for the formulas, so that what comes late is counted too.
READ = """async () => {
  for (const fold of document.querySelectorAll("main details")) fold.open = true;
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
    scrollTo(0, y);
    await new Promise(requestAnimationFrame);
  }
  if (window.MathJax?.startup) await MathJax.startup.promise;
  await document.fonts.ready;
}"""


@dataclass(frozen=True)
class Weight:
    """What one page costs a reader who comes for the first time, in bytes.

    own: the page itself, its pictures and its explorers; whole: that and all that the pages share (style sheets,
    scripts, fonts, what sets the formulas).
    """

    requests: int
    own: int
    whole: int

    def __str__(self) -> str:
        return f"own {self.own / 1000:.0f} kB, first visit {self.whole / 1000:.0f} kB in {self.requests} requests"


def weigh(folder: Path, running: Browser) -> dict[str, Weight]:
    """Open every page of the book below `folder` with an empty cache; return its weight, page by page."""
    weights = {}
    with browser.served(folder) as address:
        for page in site.pages(folder):
            if page.startswith("book/"):
                weights[page] = _weight(asked(running, address, page), folder)
    return weights


def asked(running: Browser, address: str, page: str) -> list[str]:
    """Return the place below `address` of each file that a first visit to a page fetches, in order."""
    with running.new_context() as context:
        tab, urls = context.new_page(), []
        tab.on("request", lambda request: urls.append(request.url))
        tab.goto(address + page)
        tab.evaluate(READ)
        tab.wait_for_load_state("networkidle")
    return [unquote(urlsplit(url).path).lstrip("/") for url in urls if url.startswith(address)]


def _weight(places: list[str], folder: Path) -> Weight:
    sent = {place: size(folder / place) for place in places}
    return Weight(len(places), sum(sent[place] for place in sent if not shared(place)), sum(sent.values()))


def shared(place: str) -> bool:
    """Say whether a file of the site is one that many pages have in common; an explorer's module is not."""
    explorer = place.endswith(".mjs") and not place.endswith(("/loader.mjs", "/display.mjs"))
    return place.startswith("_static/") and not explorer


@cache
def size(file: Path) -> int:
    """Return the number of bytes in which a file travels."""
    content = file.read_bytes()
    return len(gzip.compress(content, mtime=0)) if file.suffix in TEXT else len(content)


def main() -> int:
    """Print the weight of every page; return 1 if one is too heavy."""
    with browser.running() as running:
        weights = weigh(site.current(), running)
    for page, weight in weights.items():
        print(f"{page:32} {weight}")
    return any(weight.own > OWN_LIMIT or weight.whole > WHOLE_LIMIT for weight in weights.values())


if __name__ == "__main__":
    sys.exit(main())
