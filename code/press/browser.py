"""Find a Chromium, start it, and take pictures of pages.

python -m press.browser                         says which Chromium the browser tests will use
python -m press.browser                 installs one if there is none
python -m press.browser shoot index 01-threshold   writes pictures of pages to _build/pictures
"""

import argparse
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from press import ROOT, SITE, site

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
FLAGS = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
MEND = "install one with `python -m press.browser`, or name one: CHROMIUM=/path/to/chromium"
# How a page is looked at: width, height, colour scheme.
VIEWS = {"desktop": (1280, 900, "light"), "phone": (390, 844, "light"), "dark": (1280, 900, "dark")}


class NoBrowser(RuntimeError):
    """There is no Chromium on this machine; the message says how to get one."""


def chromium() -> str:
    """Return the path of a Chromium: the variable CHROMIUM, the system's, or Playwright's own.

    Raises NoBrowser if there is none, or if CHROMIUM names a file that does not exist.
    """
    if named := os.environ.get("CHROMIUM"):
        if found := shutil.which(named):
            return found
        raise NoBrowser(f"CHROMIUM is {named!r}, which is no program on this machine")
    for name in NAMES:
        if found := shutil.which(name):
            return found
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    for path in (*APPLICATIONS, own):
        if path.exists():
            return str(path)
    raise NoBrowser(f"no Chromium found under the names {', '.join(NAMES)}: {MEND}")


def ensure() -> str:
    """Return the path of a Chromium, installing one first if there is none.

    Raises NoBrowser with what each attempt said if none can be installed.
    """
    try:
        return chromium()
    except NoBrowser:
        if os.environ.get("CHROMIUM"):
            raise
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if _root() and shutil.which("apt-get"):
        attempts.insert(0, ["sh", "-c", "apt-get update && apt-get install -y chromium"])
    said = []
    for attempt in attempts:
        done = subprocess.run(attempt, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode == 0:
            return chromium()
        said.append(f"{' '.join(attempt)} said: {done.stdout.strip()[-500:]}")
    raise NoBrowser("no Chromium could be installed.\n" + "\n".join(said) + f"\n{MEND}")


@contextmanager
def running() -> Iterator[Browser]:
    """Start Chromium for a `with` block; it asks nothing of the network on its own account."""
    path = chromium()
    flags = [*FLAGS, "--no-sandbox"] if _root() else list(FLAGS)  # root cannot have the sandbox
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the site in `folder` for a `with` block; yields its address, ending in a slash."""
    with site.server(folder, port=0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def shoot(pages: list[str], folder: Path) -> list[Path]:
    """Write a picture of each page in each of VIEWS to `folder`; return the files.

    A page is named as below `_build/html` (`book/index.html`, `search.html?q=veto`), or in short (`index`).
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with served(SITE) as address, running() as browser:
        for name, (width, height, scheme) in VIEWS.items():
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            view = context.new_page()
            for page in pages:
                place = page if ".html" in page else f"book/{page}.html"
                view.goto(address + place, wait_until="networkidle")
                file = folder / f"{Path(urlsplit(place).path).stem}-{name}.png"
                view.screenshot(path=file, full_page=True)
                written.append(file)
            context.close()
    return written


def _root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m press.browser", description=__doc__.splitlines()[0])
    parser.add_argument("verb", nargs="?", choices=["install", "shoot"], default="install")
    parser.add_argument("pages", nargs="*", help="pages to take pictures of (none: all)")
    parser.add_argument(
        "--to", type=Path, default=ROOT / "_build" / "pictures", help="folder of the pictures"
    )
    chosen = parser.parse_args(arguments)
    try:
        if chosen.verb == "shoot":
            for file in shoot(chosen.pages or site.pages(), chosen.to):
                print(file)
        else:
            print(f"Browser tests use {ensure()}")
    except NoBrowser as missing:
        print(missing, file=sys.stderr)
        if chosen.verb == "shoot" or os.environ.get("CI"):
            return 1
        print("The browser tests will be reported as skipped.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
