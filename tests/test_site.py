"""The published site: built without a warning, whole, its own host only, readable by everyone.

Each browser check runs on two sites: the book as it is, and a sample with one page of everything that strains
a layout (a wide table, a long line, a long formula, a picture, folded boxes, an explorer). A page is opened
once and looked at in four views; the tests ask what was seen there.
"""

import base64
import html
import io
import json
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import yaml
from bs4 import BeautifulSoup
from matplotlib.image import imsave

from press import ROOT, chapters, site, vendor
from press import address as repository
from press import browser as chrome

AXE = ROOT / "tests" / "vendor" / "axe.min.js"
VIEWS = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 390)]

# What a view of a page is asked, once it stands still: run in the page, after every box is unfolded.
LOOK = """async () => {
  for (const fold of document.querySelectorAll("main details")) fold.open = true;
  if (window.MathJax?.startup) await MathJax.startup.promise;
  await document.fonts.ready;
  await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const wide = [...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && e.checkVisibility())
    .map((e) => e.outerHTML.slice(0, 90));
  const unseen = [...document.images]
    .filter((e) => !e.naturalWidth || e.getBoundingClientRect().width < 20 || !e.checkVisibility())
    .map((e) => e.outerHTML.slice(0, 90));
  // MathJax writes an error as mjx-merror, and a macro that it does not know as the macro's name in red.
  const unread = [...document.querySelectorAll("mjx-merror, mjx-mtext[style*='color: red']")];
  const audit = window.axe ? await axe.run(document, { resultTypes: ["violations"] }) : { violations: [] };
  return {
    theme: document.documentElement.dataset.theme,
    overflow: document.documentElement.scrollWidth > innerWidth ? wide.slice(0, 5) : [],
    unseen,
    formulas: document.querySelectorAll(".math").length,
    set: document.querySelectorAll(".math mjx-container").length,
    wrong: unread.map((e) => e.closest("mjx-container").textContent.trim()),
    fonts: [...document.fonts].filter((f) => f.status === "loaded").map((f) => f.family),
    faults: audit.violations.map((v) => [v.impact, v.id, v.nodes.map((n) => n.target.join(" "))]),
  };
}"""


# -------------------------------------------------------------------------------------------- the two sites


def sample(root: Path) -> Path:
    """Write a small book with our settings to `root`: a page of everything that strains a layout."""
    shutil.copytree(ROOT / "book" / "_assets", root / "book" / "_assets")
    for file in ("_config.yml", "book/references.bib", "book/bibliography.md"):
        shutil.copy(ROOT / file, root / file)
    (root / "code" / "rectified" / "explorers").mkdir(parents=True)
    (root / "code" / "rectified" / "explorers" / "loader.mjs").write_text(
        "document.body.dataset.loaded = 1;\n"
    )
    (root / "code" / "rectified" / "explorers" / "secret.py").write_text("never = 'on the site'\n")
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\nparts:\n  - caption: Part\n    chapters:\n"
        "      - file: book/01-strain\n      - file: book/bibliography\n"
    )
    (root / "book" / "index.md").write_text(
        "# Sample\n\n{cite:t}`mcculloch1943`, [Hebb](bibliography.md#hebb1949), [a page](01-strain.ipynb).\n"
    )
    picture = io.BytesIO()
    imsave(picture, np.full((300, 1000, 3), 250, np.uint8), format="png")
    png = base64.b64encode(picture.getvalue()).decode()
    table = (
        "<table><thead><tr>"
        + "".join(f"<th>column_{i:012}</th>" for i in range(12))
        + "</tr></thead></table>"
    )
    explorer = (
        '<figure data-explorer="sample" data-state="{}">'
        f'<img alt="A still picture." src="data:image/png;base64,{png}">'
        "<figcaption>An explorer.</figcaption></figure>"
    )
    terms = " + ".join(f"a_{{{i}}} x^{{{i}}}" for i in range(40))
    prose = f"""# A page under strain, 1943

*One sentence that says it all.*

## Formulas

Inline $x_i$, and one that is too long:

$$
f(x) = {terms}
$$

Then a [link](#code-and-folds), and `{"code" * 20}`.

| word | {"heading " * 8} | {"heading " * 8} |
|---|---|---|
| one | $\\theta$ | {"unbroken" * 9} |

## Code and folds

<details>
<summary>A solution</summary>

With a formula $y = 0$ and code:

```python
assert True  # {"long " * 40}
```

</details>
"""

    def cell(source: str, output: dict | None = None, **metadata: object) -> dict:
        outputs = [{"output_type": "display_data", "metadata": {}, "data": output}] if output else []
        cell = {"cell_type": "code", "execution_count": 1, "source": source, "outputs": outputs}
        return {**cell, "id": source[:6].encode().hex(), "metadata": metadata}

    seen = {"image": {"alt": "A pale sheet with nothing on it."}, "figure": {"caption": "Nothing, twice."}}
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": [
            {"cell_type": "markdown", "id": "text", "metadata": {}, "source": prose},
            cell("draw()", {"image/png": png, "text/plain": "<Figure>"}, mystnb=seen),
            cell("print('x' * 300)", {"text/plain": "x" * 300}),
            cell("table", {"text/html": table, "text/plain": "a table"}),
            cell("explore()", {"text/html": explorer, "text/plain": "Explorer(sample)"}),
            cell("hidden = 1", {"text/plain": "1"}, tags=["hide-input"]),
            cell("essential = 2  # " + "and a long line " * 12, tags=["essential:sample.two"]),
        ],
    }
    (root / "book" / "01-strain.ipynb").write_text(json.dumps(notebook))
    return root


@pytest.fixture(scope="module")
def sample_root(tmp_path_factory):
    root = sample(tmp_path_factory.mktemp("sample"))
    site.build(root)
    return root


@pytest.fixture(scope="module", params=["book", "sample"])
def built(request):
    """The folder of a site: the book's, built anew if the tree has changed, or the sample's."""
    if request.param == "book":
        return site.current()
    return request.getfixturevalue("sample_root") / "_build" / "html"


@pytest.fixture(scope="module")
def address(built):
    with chrome.served(built) as address:
        yield address


@pytest.fixture(scope="module")
def visits(built, address, browser):
    """What was seen on each page in each view: {(page, view): record}."""
    seen = {}
    for page in site.pages(built):
        if page != "index.html":  # it sends the reader on, and is tested by itself
            seen |= visit(browser, address, page)
    return seen


def visit(browser, address: str, page: str) -> dict:
    """Open a page in a fresh browser; return what it asked for, said and looked like, by (page, view)."""
    asked, said, seen = [], [], {}
    with browser.new_context() as context:
        context.route(
            "**/*", lambda route: route.continue_() if ours(route.request.url, address) else route.abort()
        )
        tab = context.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        tab.on("pageerror", lambda error: said.append(f"error: {error}"))
        tab.on(
            "response",
            lambda reply: said.append(f"error: {reply.status} {reply.url}") if reply.status > 399 else 0,
        )
        tab.add_init_script(AXE.read_text("utf-8"))
        tab.goto(address + page, wait_until="load")
        for scheme, width in VIEWS:
            tab.emulate_media(color_scheme=scheme)
            tab.set_viewport_size({"width": width, "height": 850})
            seen[page, f"{scheme} {width}"] = tab.evaluate(LOOK) | {"foreign": [], "said": []}
    seen[page, f"{scheme} {width}"]["foreign"] = [url for url in asked if not ours(url, address)]
    seen[page, f"{scheme} {width}"]["said"] = [line for line in said if line.startswith(("error", "warning"))]
    return seen


def ours(url: str, address: str) -> bool:
    """Whether an address belongs to the site itself."""
    return url.startswith(address) or urlsplit(url).scheme in ("data", "blob")


def complaints(visits: dict, key: str) -> str:
    """One line for each thing seen under `key`, naming page and view."""
    return "\n".join(
        f"{page} ({view}): {thing}" for (page, view), seen in visits.items() for thing in seen[key]
    )


def articles(built: Path) -> dict[str, BeautifulSoup]:
    """The text of every page of the book, parsed."""
    return {
        page: BeautifulSoup((built / page).read_text("utf-8"), "html.parser")
        for page in site.pages(built)
        if page.startswith("book/")
    }


# ------------------------------------------------------------------------------------- what a page must not


def test_nothing_is_asked_of_another_host(visits):
    assert not (found := complaints(visits, "foreign")), f"requests to other hosts:\n{found}"


def test_the_console_is_silent(visits):
    assert not (found := complaints(visits, "said")), f"errors or warnings in the console:\n{found}"


def test_nothing_sticks_out_sideways(visits):
    assert not (found := complaints(visits, "overflow")), f"wider than the window:\n{found}"


def test_pictures_are_seen(visits):
    assert not (found := complaints(visits, "unseen")), f"pictures that do not show:\n{found}"


def test_pages_are_accessible(visits):
    for (page, view), seen in visits.items():
        assert view.startswith(seen["theme"]), (
            f"{page}: looked at as {view}, but it showed itself {seen['theme']}"
        )
    faults = [
        f"{page} ({view}): {impact} {rule} at {', '.join(places[:3])}"
        for (page, view), seen in visits.items()
        for impact, rule, places in seen["faults"]
    ]
    assert not faults, "axe-core found:\n" + "\n".join(faults)


def test_formulas_are_set_with_our_fonts(visits):
    pages = {place: seen for place, seen in visits.items() if seen["formulas"]}
    for place, seen in pages.items():
        assert seen["set"] >= seen["formulas"], (
            f"{place}: {seen['set']} of {seen['formulas']} formulas were set"
        )
        assert not seen["wrong"], f"{place}: formulas that MathJax could not read: {seen['wrong']}"
        assert any("MJX" in family for family in seen["fonts"]), f"{place}: no MathJax font came"


def test_a_formula_that_cannot_be_read_is_seen(tmp_path, browser):
    shutil.copytree(ROOT / "book" / "_assets" / "static" / "mathjax", tmp_path / "mathjax")
    formulas = (r"x + \nosuch y", r"\frac{1}{2} & z", r"\color{red} \text{a red word} \le 3")
    (tmp_path / "bad.html").write_text(
        "<!DOCTYPE html><html lang='en'><title>Bad</title><script defer src='mathjax/tex-chtml-full.js'></script>"
        + "".join(f"<p class='math'>\\({html.escape(formula)}\\)</p>" for formula in formulas)
    )
    with chrome.served(tmp_path) as address:
        seen = visit(browser, address, "bad.html")["bad.html", "light 1280"]
    assert seen["set"] == 3
    assert len(seen["wrong"]) == 2, seen["wrong"]
    assert r"\nosuch" in seen["wrong"][0]
    assert r"\frac{1}{2} & z" in seen["wrong"][1]


def test_the_sample_has_formulas_and_our_typeface(sample_root, browser):
    with chrome.served(sample_root / "_build" / "html") as address:
        seen = visit(browser, address, "book/01-strain.html")["book/01-strain.html", "light 1280"]
    assert seen["formulas"] >= 4
    assert any("Source Serif" in family for family in seen["fonts"])


# ----------------------------------------------------------------------------------------- what a page must


def test_links_and_anchors_resolve(built):
    assert "\n".join(site.dead_links(built)) == ""


def test_no_file_loads_from_another_host(built):
    assert "\n".join(site.foreign_loads(built)) == ""


def test_links_that_lead_nowhere_are_named(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "x.css").write_text("")
    (tmp_path / "book" / "b.html").write_text("<h1 id='here'>B</h1>")
    (tmp_path / "book" / "a.html").write_text(
        "<a href='b.html#here'>1</a><a href='b.html#gone'>2</a><a href='#gone'>3</a><a href='c.html'>4</a>"
        "<img src='p.png'><link href='../x.css'><a href='../../out.html'>5</a><a href='https://example.org'>6</a>"
    )
    assert sorted(site.dead_links(tmp_path)) == [
        "book/a.html links to #gone, but nothing there is called gone",
        "book/a.html links to ../../out.html, outside the site",
        "book/a.html links to b.html#gone, but nothing there is called gone",
        "book/a.html links to c.html, but there is no such file",
        "book/a.html links to p.png, but there is no such file",
    ]


def test_files_that_load_from_another_host_are_named(tmp_path):
    (tmp_path / "a.html").write_text("<img src='https://example.org/a.png'><img src='own.png'>")
    (tmp_path / "b.css").write_text("@import 'https://example.org/b.css';")
    (tmp_path / "c.mjs").write_text("import x from 'https://example.org/c.mjs'; import y from './own.mjs';")
    (tmp_path / "d.svg").write_text("<svg><image href='https://example.org/d.png'/></svg>")
    (tmp_path / "e.txt").write_text("import x from 'https://example.org/e.mjs'")
    assert list(site.foreign_loads(tmp_path)) == [
        "a.html loads https://example.org/a.png from another host",
        "b.css loads https://example.org/b.css from another host",
        "c.mjs loads https://example.org/c.mjs from another host",
        "d.svg loads https://example.org/d.png from another host",
    ]


def test_every_chapter_stands_in_the_contents_in_its_order():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    listed = [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
    missing = [name for name in chapters() if f"book/{name}" not in listed]
    assert not missing, f"_toc.yml does not list {', '.join(missing)}, so the site is without it"
    assert [file for file in listed if re.match(r"book/\d\d-", file)] == [
        f"book/{name}" for name in chapters()
    ]


def test_pictures_are_described(built):
    for page, soup in articles(built).items():
        for image in soup.select("main img"):
            alt, name = image.get("alt", "").strip(), Path(image["src"][:200]).stem
            assert len(alt.split()) > 1, f"{page}: a picture has no description: {str(image)[:120]}"
            assert name not in alt, f"{page}: a picture is described by its file name: {alt}"


def test_every_notebook_opens_in_colab_and_downloads(built):
    name = repository().removeprefix("https://github.com/")
    notebooks = 0
    for page, soup in articles(built).items():
        copy = built / "_sources" / Path(page).with_suffix(".ipynb")
        assert copy.is_file() == bool(soup.select(".run")), (
            f"{page}: the line of links belongs on notebooks only"
        )
        if copy.is_file():
            notebooks += 1
            colab, download = (link["href"] for link in soup.select(".run a"))
            stem = Path(page).stem
            assert colab == f"https://colab.research.google.com/github/{name}/blob/main/book/{stem}.ipynb", (
                page
            )
            assert (built / page).parent.joinpath(download).resolve() == copy.resolve(), page
    root = built.parents[1]
    named = [line.strip() for line in (root / "_toc.yml").read_text("utf-8").splitlines()]
    listed = [f for f in (root / "book").glob("*.ipynb") if f"- file: book/{f.stem}" in named]
    assert notebooks == len(listed)


def test_the_pages_stand_in_order_and_name_themselves(built):
    for page, soup in articles(built).items():
        assert len(soup.select("h1")) == 1, f"{page} has {len(soup.select('h1'))} main headings"
        assert soup.title.get_text(strip=True), f"{page} has no title"
        assert soup.select("#contents a[aria-current=page]"), f"{page} is not marked in the contents"
        assert soup.select(".pager a"), f"{page} has neither a previous nor a next page"


def test_the_start_page_leads_to_the_book(built, address, browser):
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(address)
        tab.wait_for_url("**/book/index.html")
        assert tab.locator("h1").count() == 1


def test_search_finds_a_word(address, browser):
    with browser.new_context() as context:
        tab, said = context.new_page(), []
        tab.on("console", lambda message: said.append(message.text))
        tab.goto(address + "book/index.html")
        tab.locator(".bar input").fill("Householder")
        tab.locator(".bar input").press("Enter")
        tab.wait_for_selector("#search-results li a")
        found = tab.locator("#search-results li a").all_inner_texts()
        assert "Bibliography" in found, f"searching for Householder found {found}"
        tab.wait_for_selector("#search-results .context >> text=Householder")
        assert not said, f"searching said {said}"


def test_dark_mode_follows_the_system_then_the_reader(address, browser):
    with browser.new_context(color_scheme="dark") as context:
        tab = context.new_page()
        tab.goto(address + "book/index.html")

        def theme() -> str:
            return tab.evaluate("document.documentElement.dataset.theme")

        def page() -> str:
            return tab.evaluate("getComputedStyle(document.body).backgroundColor")

        assert theme() == "dark"
        night = page()
        tab.locator("#theme").click()
        assert theme() == "light"
        assert page() != night
        assert tab.locator("#theme").get_attribute("aria-pressed") == "false"
        tab.reload()
        assert theme() == "light"
        tab.locator("#theme").click()
        tab.emulate_media(color_scheme="light")  # the choice was the system's again: the page follows it
        tab.wait_for_function("document.documentElement.dataset.theme === 'light'")


def test_the_contents_unfold_on_a_phone(address, browser):
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        tab = context.new_page()
        tab.goto(address + "book/index.html")
        link = tab.locator("#contents a").last
        assert not link.is_visible()
        tab.locator("#menu").click()
        link.wait_for(state="visible")
        tab.keyboard.press("Escape")
        link.wait_for(state="hidden")
        assert tab.evaluate("document.activeElement.id") == "menu"


def test_code_is_copied_and_outputs_are_not_offered(sample_root, browser):
    folder = sample_root / "_build" / "html"
    with chrome.served(folder) as address, browser.new_context() as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        tab = context.new_page()
        tab.goto(address + "book/01-strain.html")
        tab.locator(".cell_input .copy").first.focus()
        tab.keyboard.press("Enter")
        tab.wait_for_function("navigator.clipboard.readText().then((text) => text === 'draw()')")
        assert tab.locator(".output .copy").count() == 0
        assert tab.evaluate("document.body.dataset.loaded") == "1", "loader.mjs did not run"


# ---------------------------------------------------------------------------------------------- the builder


def test_only_the_modules_of_the_explorers_are_published(sample_root):
    static = sample_root / "_build" / "html" / "_static"
    assert (static / "loader.mjs").is_file()
    assert not list(static.rglob("*.py"))


def test_a_link_leads_to_an_entry_of_the_bibliography(sample_root):
    page = (sample_root / "_build" / "html" / "book" / "index.html").read_text("utf-8")
    assert 'href="bibliography.html#hebb1949"' in page


def test_the_same_tree_gives_the_same_bytes(sample_root):
    folder = sample_root / "_build" / "html"
    before = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    site.build(sample_root)
    after = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert before.keys() == after.keys()
    assert not [str(name) for name in before if before[name] != after[name]]


def test_a_faulty_page_is_named_and_the_last_good_site_stays(sample_root):
    page = sample_root / "book" / "index.md"
    text, kept = page.read_text(), site.fingerprint(sample_root)
    faults = {
        "[nowhere](#no-such-heading)": "no-such-heading",
        "{cite:t}`nobody1900`": "nobody1900",
        "[nobody](bibliography.md#nobody1901)": "nobody1901",
        '<script src="https://example.org/x.js"></script>': "book/index.html loads https://example.org/x.js",
        '<a href="missing.html">missing</a>': "book/index.html links to missing.html",
    }
    page.write_text(text + "\n\n".join(["", *list(faults)[:3]]) + "\n")
    with pytest.raises(site.Unfit) as all_warnings:
        site.build(sample_root)
    page.write_text(text + "\n\n".join(["", *list(faults)[3:]]) + "\n")
    with pytest.raises(site.Unfit) as all_faults:
        site.build(sample_root)
    page.write_text(text)
    said = f"{all_warnings.value}\n{all_faults.value}"
    for fault, message in faults.items():
        assert message in said, f"{fault} went through"
    assert (sample_root / "_build" / "html" / "book" / "index.html").is_file()
    assert site.fingerprint(sample_root) == kept
    assert site.current(sample_root) == sample_root / "_build" / "html"


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ('<script src="https://cdn.example.org/a.js"></script>', "html", "https://cdn.example.org/a.js"),
        ('<script src="//cdn.example.org/a.js"></script>', "html", "//cdn.example.org/a.js"),
        ('<link rel="stylesheet" href="http://example.org/a.css">', "html", "http://example.org/a.css"),
        ('<img srcset="a.png 1x, https://example.org/b.png 2x">', "html", "https://example.org/b.png"),
        ("<p style=\"background: url('https://example.org/p.png')\">", "html", "https://example.org/p.png"),
        ('<script>import("https://example.org/m.js")</script>', "html", "https://example.org/m.js"),
        ('<iframe src="https://example.org/film"></iframe>', "html", "https://example.org/film"),
        ("@import 'https://example.org/a.css';", "css", "https://example.org/a.css"),
        ("@font-face { src: url(//example.org/f.woff2) }", "css", "//example.org/f.woff2"),
        ('import x from "https://example.org/x.mjs";', "js", "https://example.org/x.mjs"),
        ("fetch(`https://example.org/data.json`)", "js", "https://example.org/data.json"),
        ('<a href="https://example.org">a way out</a>', "html", None),
        ('<link rel="canonical" href="https://example.org/">', "html", None),
        ("/* see https://example.org */ a { color: red }", "css", None),
        ("// see https://example.org\nimport x from './x.mjs';", "js", None),
    ],
)
def test_what_loads_from_another_host_is_told_from_what_leads_there(text, kind, found):
    assert site.foreign(text, kind) == ([found] if found else [])


def test_a_request_to_another_host_is_seen_in_the_browser(tmp_path, browser):
    (tmp_path / "bad.html").write_text(
        "<!DOCTYPE html><html lang='en'><title>Bad</title><main><h1>Bad</h1></main>"
        "<script>new Image().src = 'https://example.org/' + 'pixel.png'; console.warn('oh')</script></html>"
    )
    with chrome.served(tmp_path) as address:
        seen = visit(browser, address, "bad.html")
    assert "bad.html (dark 390): https://example.org/pixel.png" in complaints(seen, "foreign")
    assert "bad.html (dark 390): warning: oh" in complaints(seen, "said")


def test_modules_are_served_as_javascript(address, browser):
    with browser.new_context() as context:
        kind = context.request.get(address + "_static/loader.mjs").headers["content-type"]
    assert kind == "text/javascript"


def test_a_missing_browser_is_told_with_its_mending(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/no/such/chromium")
    with pytest.raises(chrome.NoBrowser, match="CHROMIUM is '/no/such/chromium'"):
        chrome.chromium()


def test_what_is_carried_is_what_is_written_down():
    assert vendor.check() > 0


def test_an_altered_or_unlisted_file_is_named(tmp_path):
    for package in vendor.packages():
        shutil.copytree(ROOT / package["to"], tmp_path / package["to"])
    shutil.copy(ROOT / "book" / "_assets" / "vendor.toml", tmp_path / "book" / "_assets")
    (tmp_path / "tests" / "vendor" / "axe.min.js").write_text("altered")
    (tmp_path / "tests" / "vendor" / "extra.js").write_text("unlisted")
    (tmp_path / "book" / "_assets" / "static" / "mathjax" / "LICENSE").unlink()
    with pytest.raises(vendor.Altered) as told:
        vendor.check(tmp_path)
    for words in ("axe.min.js has SHA-256", "extra.js is in no list", "mathjax/LICENSE is missing"):
        assert words in str(told.value)
