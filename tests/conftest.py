"""What several tests share: how Hypothesis draws, the browser, and a page like the site's for explorers."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from press import ROOT
from press import browser as chrome
from press.pages import read_text

# The same examples on every run, and no test fails for being slow.
settings.register_profile(
    "rectified", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("rectified")

AXE = ROOT / "tests" / "vendor" / "axe.min.js"

PAGE = """<!DOCTYPE html>
<html lang="en-GB" data-theme="{theme}"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<link rel="stylesheet" href="_static/rectified.css"><script type="module" src="_static/loader.mjs"></script>
</head><body><main><article><h1>A page</h1><p><a href="#heading">A heading</a></p>{figures}
<h2 id="heading">A heading</h2><p>Words after.</p></article></main></body></html>
"""


@pytest.fixture(scope="module")
def browser():
    """A running Chromium; without one the test is skipped, or fails where CI says that it must run."""
    try:
        with chrome.running() as running:
            yield running
    except chrome.NoBrowser as missing:
        if os.environ.get("CI"):
            pytest.fail(f"the browser tests must run here: {missing}")
        pytest.skip(f"browser test not run: {missing}")


@pytest.fixture(scope="session")
def explorer_site(tmp_path_factory):
    """A function that makes a small site of explorers: from name → (theme, figures) to its folder."""

    def make(pages: dict[str, tuple[str, str]]) -> Path:
        root = tmp_path_factory.mktemp("site")
        style = ROOT / "book" / "_assets" / "static"
        shutil.copytree(style, root / "_static", ignore=shutil.ignore_patterns("mathjax"))
        source = ROOT / "code" / "rectified" / "explorers"
        for file in [*source.glob("*.mjs"), *source.glob("*.css")]:
            shutil.copy(file, root / "_static")
        for name, (theme, figures) in pages.items():
            (root / f"{name}.html").write_text(PAGE.format(theme=theme, figures=figures), "utf-8")
        return root

    return make


@pytest.fixture
def visit(browser, address):
    """Open a page of the module's `address` and wait until it lives; nothing may go wrong on it, or leave it."""
    wrong, contexts = [], []

    def ours(asked):
        return asked.method == "GET" and asked.url.startswith((address, "data:"))

    def visit(page="light.html", *, live=True, before="", **options):
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 1100}} | options))
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(10_000)
        tab.add_init_script(before)
        tab.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        tab.on("console", lambda line: wrong.append(line.text) if line.type in ("error", "warning") else None)
        tab.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        tab.on("request", lambda asked: None if ours(asked) else wrong.append(f"{asked.method} {asked.url}"))
        tab.on(
            "response",
            lambda reply: wrong.append(f"{reply.status} {reply.url}") if reply.status > 399 else None,
        )
        tab.goto(address + page)
        if live:
            comes_alive(tab)
        return tab

    yield visit
    for context in contexts:
        context.close()
    assert wrong == []


def comes_alive(tab):
    """Wait until explorers and questions have taken the place of their still pictures."""
    tab.wait_for_function(
        "document.querySelector('.reading, .guess') && !document.querySelector('figure .still')"
    )


def settles(tab, expected):
    """Wait until the address ends as expected."""
    tab.wait_for_function("expected => location.hash === expected", arg=expected)


def accessible(tab, width, controls):
    """Check that axe finds nothing, the controls can be hit with a finger and nothing is wider than the page."""
    tab.evaluate(AXE.read_text("utf-8"))
    faults = tab.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations)"
    )
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in faults] == []
    small = """controls => [...document.querySelectorAll(`figure :is(${controls})`)]
        .map((e) => [e.getBoundingClientRect(), e.outerHTML])
        .filter(([box]) => box.width < 24 || box.height < 24).map(([, html]) => html)"""
    assert tab.evaluate(small, controls) == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def outlined(tab, control):
    """Check that a control that has the focus shows it."""
    control.focus()
    tab.keyboard.press("Shift")  # a key, so that the browser knows how the reader got here
    look = "(e) => getComputedStyle(e).outlineStyle + getComputedStyle(e).outlineWidth"
    assert control.evaluate(look) == "solid2px"


def refuses(tab, name, broken):
    """Check that each broken address of an explorer is ignored whole, and said in plain words."""
    before = tab.locator(".reading").all_inner_texts()
    for words, said in broken.items():
        tab.evaluate("words => { location.hash = words; }", f"#{name}:{words}")
        tab.wait_for_function("said => document.querySelector('.note').textContent.includes(said)", arg=said)
        assert tab.locator(".note *").count() == 0
        assert tab.locator(".reading").all_inner_texts() == before


def in_notebook(tab, name, state):
    """Show an explorer as anywidget does: a bare element `el`, a `model` of its own, and `close`, called at the end.

    They are names of the page from then on; `heard` holds what listens to the model, and `press` presses a button.
    """
    tab.evaluate(
        """async ([name, state]) => {
            const { default: explorer } = await import(`./_static/${name}.mjs`);
            const heard = new Map(), el = document.createElement("div");
            const model = {
                get: (name) => state[name],
                set(name, value) { state[name] = value; heard.get(`change:${name}`)?.(); },
                on: (event, tell) => heard.set(event, tell),
                off: (event) => heard.delete(event),
                save_changes() { model.saved = structuredClone(state); },
            };
            const press = (words) => [...el.querySelectorAll("button")].find((e) => e.textContent === words).click();
            const close = await explorer.render({ model, el });
            document.body.append(el);
            Object.assign(window, { model, heard, el, press, close });
        }""",
        [name, state],
    )


def exercises(chapter: str) -> dict[str, tuple[str, str]]:
    """Return name -> (starter, solution) of the exercises of a chapter, in order."""
    cells, found = read_text(chapter).cells, {}
    for place, cell in enumerate(cells):
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("exercise:"):
                solution = re.search(
                    r"(?s)<details>.*?```python\n(.*?)```.*?</details>", cells[place + 1].source
                )
                assert solution, f"{chapter}, exercise {tag}: no folded solution follows the starter cell"
                found[tag.removeprefix("exercise:")] = cell.source, solution[1]
    return found


def printed(script):
    """Return what a Python script prints, the same whatever the order of sets."""
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in "12"
    }
    assert len(said) == 1
    return said.pop()
