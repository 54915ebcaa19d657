"""Build the published site from the committed notebooks, check it, or serve it.

    python -m press.site          leaves the site in _build/html
    python -m press.site serve    shows it on this machine

Nothing is executed and torch is not needed: the pages show the outputs that the notebooks store. The same
tree gives the same bytes: every build starts from nothing, and takes the place of the last one only when it
is free of warnings, of links that lead nowhere and of anything a page would load from another host.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import yaml
from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from press import ROOT, SITE, cards, reference

# Of the theme and of Sphinx, what no page of ours asks for (our templates replace the theme's layout).
UNUSED = (
    "_static/**/*.map",
    "_static/**/*webpack-macros.html",
    "_static/*.png",
    "_static/basic.css",
    "_static/images",
    "_static/locales",
    "_static/mystnb.*.css",
    "_static/scripts",
    "_static/styles",
    "_static/vendor",
    "_sources/**/*.md",
    ".buildinfo",
)
# What the libraries write that a screen reader stumbles over, and what it should be.
MENDED = {
    ' aria-label="Toggle hidden content"': "",  # a folded cell is called by its own words
    ' role="doc-biblioentry"': ' role="listitem"',  # the bibliography is a list
}
REDIRECT = """<!DOCTYPE html>
<html lang="en-GB">
<head>
  <meta charset="utf-8">
  <title>{title}</title>
  <meta http-equiv="refresh" content="0; url={start}">
  <link rel="canonical" href="{address}{start}">
</head>
<body><main><h1>{title}</h1><p><a href="{start}">Open the book</a></p></main></body>
</html>
"""


class Unfit(RuntimeError):
    """The site was not built, or is not fit to be published."""


def build(root: Path = ROOT) -> Path:
    """Build the site of the tree at `root`; return its folder, `_build/html`.

    Raises Unfit with every gap in the reference pages, or every warning, dead link and foreign address found; the
    last good site then stays.
    """
    try:
        reference.check(root)
    except reference.Hole as hole:
        raise Unfit(str(hole)) from None
    (root / "_build").mkdir(exist_ok=True)
    stamp = root / "_build" / "html.sha256"
    made_of = fingerprint(root)  # before the build: what is edited meanwhile makes the site stale
    with tempfile.TemporaryDirectory(prefix="site-", dir=root / "_build") as work:
        jupyter_book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
        done = subprocess.run(
            [*jupyter_book, "build", ".", "-W", "-n", "--keep-going", "--path-output", work],
            cwd=root,
            env=os.environ | {"NO_COLOR": "1", "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT / "code")},
            capture_output=True,
            text=True,
        )
        log = re.sub(r"\x1b\[[\d;]*m", "", done.stdout + done.stderr)
        warnings = [
            line for line in log.splitlines() if re.search(r"WARNING|ERROR|CRITICAL|\[?Warning\b", line)
        ]
        if done.returncode or warnings:
            raise Unfit("\n".join(warnings) or log)
        made = Path(work) / "_build" / "html"
        finish(made, yaml.safe_load((root / "_config.yml").read_text("utf-8")))
        if faults := [*dead_links(made), *foreign_loads(made)]:
            raise Unfit("\n".join(faults))
        site = root / "_build" / "html"
        stamp.unlink(missing_ok=True)
        shutil.rmtree(site, ignore_errors=True)
        made.rename(site)
    stamp.write_text(made_of)
    return site


def finish(site: Path, config: dict) -> None:
    """Take away what no page uses, mend what the libraries wrote, add the start, the cards and the site map."""
    for pattern in UNUSED:
        for path in list(site.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for page in pages(site):
        text = (site / page).read_text("utf-8")
        for wrong, right in MENDED.items():
            text = text.replace(wrong, right)
        (site / page).write_text(text, "utf-8")
    address, start = config["html"]["baseurl"], "book/index.html"
    redirect = REDIRECT.format(title=config["title"], start=start, address=address)
    (site / "index.html").write_text(redirect, "utf-8")
    cards.add(site, address, start)
    places = sorted(page.relative_to(site).as_posix() for page in site.glob("book/**/*.html"))
    entries = "".join(f"  <url><loc>{address}{place}</loc></url>\n" for place in places)
    (site / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n',
        "utf-8",
    )


def pages(site: Path = SITE) -> list[str]:
    """Return the address of every page below `site`, such as `book/index.html`."""
    return sorted(page.relative_to(site).as_posix() for page in site.rglob("*.html"))


def fingerprint(root: Path = ROOT) -> str:
    """Return a hash of everything that the site is made of."""
    fixed = ["_config.yml", "_toc.yml", "pyproject.toml", "requirements.txt", "code/rectified/palette.py"]
    sources = [root / name for name in fixed]
    sources += Path(__file__).parent.glob("*.py")
    sources += (path for path in (root / "book").rglob("*") if root / "book" / "text" not in path.parents)
    explorers = root / "code" / "rectified" / "explorers"
    sources += [*explorers.glob("*.mjs"), *explorers.glob("*.css")]
    digest = hashlib.sha256()
    for path in sorted(path for path in sources if path.is_file()):
        place = path.relative_to(root) if path.is_relative_to(root) else path.name
        digest.update(str(place).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def current(root: Path = ROOT) -> Path:
    """Return the folder of the site, built anew only if something that it is made of has changed."""
    stamp = root / "_build" / "html.sha256"
    if stamp.exists() and (root / "_build" / "html").is_dir() and stamp.read_text() == fingerprint(root):
        return root / "_build" / "html"
    return build(root)


# Attributes from which a browser loads without being asked; a plain <a href> only leads away.
LOADS = {
    "audio": "src", "embed": "src", "iframe": "src", "img": "src", "input": "src", "object": "data",
    "script": "src", "source": "src", "track": "src", "video": "src",
}  # fmt: skip
HARMLESS_LINKS = {"canonical", "next", "prev", "license", "author"}
IN_CSS = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])\s*((?:https?:)?//[^"')\s]+)""")
IN_SCRIPT = re.compile(
    r"""(?:\bimport\s*\(?|\bfrom|\bfetch\s*\(|\bimportScripts\s*\(|\bnew\s+(?:Worker|WebSocket|EventSource)\s*\("""
    r"""|\.src\s*=)\s*["'`]((?:https?:|wss?:)?//[^"'`]+)"""
)


def foreign(text: str, kind: str) -> list[str]:
    """Return the addresses on other hosts that `text` makes a browser load; `kind` is html, css or js."""
    if kind != "html":
        return [*(IN_CSS if kind == "css" else IN_SCRIPT).findall(text)]
    soup = BeautifulSoup(text, "html.parser")
    loads = [tag.get(LOADS[tag.name]) for tag in soup.find_all(list(LOADS))]
    loads += [
        part.split()[0]
        for tag in soup.select("[srcset]")
        for part in tag["srcset"].split(",")
        if part.strip()
    ]
    loads += [
        tag["href"] for tag in soup.select("link[href]") if not HARMLESS_LINKS & set(tag.get("rel", []))
    ]
    loads += [tag["href"] for tag in soup.select("base[href], image[href], use[href]")]
    loads += [tag["poster"] for tag in soup.select("[poster]")]
    found = [load for load in loads if load and re.match(r"\s*(https?:)?//", load)]
    styles = [tag.get_text() for tag in soup.find_all("style")] + [
        tag["style"] for tag in soup.select("[style]")
    ]
    scripts = [tag.get_text() for tag in soup.select("script:not([src])")]
    for style in styles:
        found += foreign(style, "css")
    for script in scripts:
        found += foreign(script, "js")
    return found


def foreign_loads(site: Path) -> Iterator[str]:
    """Yield a line for each address on another host that a file of the site would load."""
    kinds = {".html": "html", ".css": "css", ".js": "js", ".mjs": "js", ".svg": "html"}
    for path in sorted(site.rglob("*")):
        if kind := kinds.get(path.suffix):
            for address in foreign(path.read_text("utf-8"), kind):
                yield f"{path.relative_to(site).as_posix()} loads {address} from another host"


def dead_links(site: Path) -> Iterator[str]:
    """Yield a line for each link within the site whose page, file or anchor does not exist."""
    here = site.as_uri() + "/"

    @cache
    def anchors(path: Path) -> set[str]:
        soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        return {tag["id"] for tag in soup.select("[id]")}

    for page in pages(site):
        soup = BeautifulSoup((site / page).read_text("utf-8"), "html.parser")
        for tag in soup.select("[href], [src]"):
            link = tag.get("href") or tag.get("src") or ""
            whole = urljoin(here + page, link)
            if not whole.startswith(here):
                if whole.startswith("file:"):
                    yield f"{page} links to {link}, outside the site"
                continue
            target = site / unquote(urlsplit(whole.removeprefix(here)).path)
            anchor = unquote(urlsplit(whole).fragment)
            if not target.is_file():
                yield f"{page} links to {link}, but there is no such file"
            elif anchor and target.suffix == ".html" and anchor not in anchors(target):
                yield f"{page} links to {link}, but nothing there is called {anchor}"


def setup(app: Sphinx) -> dict[str, bool]:
    """As a Sphinx extension: let pages link to what has no heading, and give the ledger its script.

    `bibliography.md#KEY` is an entry of the bibliography, `glossary.md#term-WORD` a term of the glossary, and
    `NN-name.ipynb#claim-C001` the first cell of a chapter with the tag `claim:C001`.
    """

    def mark(app: Sphinx, doctree: nodes.document) -> None:
        slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
        for cell in doctree.findall(nodes.container):
            for tag in cell["classes"]:
                place = tag.removeprefix("tag_").replace(":", "-")
                if tag.startswith("tag_claim:") and place not in slugs:
                    cell["ids"].append(place)
                    slugs[place] = (0, place, place)

    def note(app: Sphinx, env: BuildEnvironment) -> None:
        for place, bibliography in env.get_domain("cite").bibliographies.items():
            anchors = env.metadata[place.docname].setdefault("myst_slugs", {})
            for entry in bibliography.citation_nodes.values():
                anchors |= {key: (0, key, key) for key in entry["ids"]}
        for word, _, kind, place, anchor, _ in env.get_domain("std").get_objects():
            if kind == "term":
                env.metadata[place].setdefault("myst_slugs", {})[anchor] = (0, anchor, word)

    def filter_claims(app: Sphinx, page: str, *_: object) -> None:
        if page == "book/claims":
            app.add_js_file("claims.js", defer="defer")

    app.connect("doctree-read", mark)
    app.connect("env-updated", note)
    app.connect("html-page-context", filter_claims)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Handler(SimpleHTTPRequestHandler):
    """Serves files; modules as JavaScript, whatever this machine's own table of types says."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".svg": "image/svg+xml",
        ".woff": "font/woff",
        ".woff2": "font/woff2",
    }

    def log_message(self, *_: object) -> None:
        """Say nothing for each file served."""


def server(site: Path = SITE, port: int = 8000) -> ThreadingHTTPServer:
    """Return a server of `site` on this machine: at `port`, or at any free one if that is taken."""
    handler = partial(Handler, directory=str(site))
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError:
        return ThreadingHTTPServer(("127.0.0.1", 0), handler)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m press.site", description="Build the site, or serve it.")
    parser.add_argument("verb", nargs="?", choices=["build", "serve"], default="build")
    if parser.parse_args(arguments).verb == "serve":
        if not SITE.is_dir():
            print("There is no site yet: make it with `make book`", file=sys.stderr)
            return 1
        with server() as running:
            print(f"Read the book at http://127.0.0.1:{running.server_port}/ (Ctrl-C stops)", flush=True)
            try:
                running.serve_forever()
            except KeyboardInterrupt:
                return 0
    try:
        site = build()
    except Unfit as error:
        print(
            f"{error}\n\nThe site was not built: see above. What was in _build/html is unchanged.",
            file=sys.stderr,
        )
        return 1
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) / 1e6
    print(f"The site is in _build/html ({len(pages(site))} pages, {size:.1f} MB); read it with: make serve")
    return 0


if __name__ == "__main__":
    sys.exit(main())
