"""The reference pages: current, written from data that is what it should be, and whole for every finished chapter."""

import json
import re
import shutil
import subprocess
import sys
import tomllib

import nbformat
import numpy as np
import pytest

from press import BOOK, ROOT, browser, reference, sketches
from press.sources import Book, Hole
from rectified import activations, runs


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A copy of what the pages are made from, with chapter 1 finished and no other, and the pages written."""
    root = tmp_path_factory.mktemp("original")
    (root / "book" / "_assets").mkdir(parents=True)
    (root / "book" / "text").mkdir()
    shutil.copy(BOOK / "_assets" / "vendor.toml", root / "book" / "_assets")
    shutil.copy(BOOK / "text" / "01-threshold.md", root / "book" / "text")
    for name in ("references.bib", "01-threshold.ipynb"):
        shutil.copy(BOOK / name, root / "book")
    for source in [*BOOK.glob("*.toml"), *BOOK.glob("*.md")]:
        shutil.copy(source, root / "book")
    contents(root, "01-threshold", *reference.PAGES)
    reference.write(root)
    return root


@pytest.fixture
def tree(original, tmp_path):
    """The same, to be spoilt."""
    return shutil.copytree(original, tmp_path, dirs_exist_ok=True)


def contents(root, *pages):
    files = "".join(f"      - file: book/{page}\n" for page in pages)
    (root / "_toc.yml").write_text(
        f"format: jb-book\nroot: book/index\nparts:\n  - caption: All\n    chapters:\n{files}"
    )


def edit(root, file, old, new, count=1):
    path = root / "book" / file
    text = path.read_text("utf-8")
    assert old in text, f"{old!r} is not in {file}"
    path.write_text(text.replace(old, new, count), "utf-8")


def said(root) -> str:
    with pytest.raises(Hole) as hole:
        reference.check(root)
    return str(hole.value)


# ------------------------------------------------------------------------------------------ the pages as they are


def test_every_page_is_in_the_table_of_contents():
    missing = [name for name in reference.PAGES if f"book/{name}" not in Book().listed]
    assert not missing, f"_toc.yml does not list {', '.join(missing)}"


def test_the_pages_are_current():
    stale = [path.relative_to(ROOT).as_posix() for path in reference.stale()]
    assert not stale, f"{', '.join(stale)}: run: python -m press.reference"


def test_the_same_sources_give_the_same_bytes(tree):
    assert reference.expected(tree) == reference.expected(tree)
    assert reference.write(tree) == []


def test_no_torch_is_needed():
    code = "import sys; from press import reference; reference.expected(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_page_that_is_not_current_is_refused_then_written(tree):
    edit(tree, "claims.toml", "'One of' is right", "'One of' is quite right")
    assert said(tree) == "book/claims.md is not what its source gives; run: python -m press.reference"
    assert reference.write(tree) == [tree / "book" / "claims.md"]
    reference.check(tree)
    assert "'One of' is quite right" in (tree / "book" / "claims.md").read_text("utf-8")


def test_prose_outside_the_lists_is_left_alone(tree):
    edit(tree, "claims.md", "A verdict is one of five.", "A verdict is one of five words.")
    reference.check(tree)


def test_only_listed_pages_are_looked_at(tree):
    (tree / "book" / "claims.toml").write_text("nonsense")
    contents(tree, "01-threshold", "glossary")
    assert tree / "book" / "claims.md" not in reference.expected(tree)


def test_the_command_line_says_what_is_wrong(tree, monkeypatch, capsys):
    monkeypatch.setattr(reference, "ROOT", tree)
    monkeypatch.setattr(reference.check, "__defaults__", (tree,))
    monkeypatch.setattr(reference.write, "__defaults__", (tree,))
    assert reference.main(["--check"]) == 0
    edit(tree, "glossary.toml", 'term = "tick"', 'term = "tick!"')
    assert reference.main(["--check"]) == 1
    assert "book/glossary.toml: term 'tick!'" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------- what a page says


def test_there_are_all_the_claims_and_only_examined_ones_have_a_verdict(tree):
    page = (tree / "book" / "claims.md").read_text("utf-8")
    entries = re.findall(r'<div class="entry" id="(C\d+)" data-chapter="(\d+)" data-verdict="([^"]*)">', page)
    assert [number for number, _, _ in sorted(entries)] == [f"C{n:03}" for n in range(1, 127)]
    for number, chapter, verdict in entries:
        assert (verdict == "not yet examined") == (chapter != "1"), number
    for row in tomllib.loads((BOOK / "claims.toml").read_text("utf-8"))["claim"]:
        assert (row["why"] in page) == (row["chapter"] == 1), f"{row['id']}: reason shown before it is earned"
    assert "(01-threshold.ipynb#claim-C006)" in page


def test_the_atlas_has_every_activation_with_its_picture(tree):
    page = (tree / "book" / "atlas.md").read_text("utf-8")
    for name, phi in activations.ALL.items():
        picture = (tree / "book" / "_assets" / "atlas" / f"{name}.svg").read_text("utf-8")
        assert f"](_assets/atlas/{name}.svg)" in page
        assert rf"\varphi(x) = {phi.formula}" in page
        assert len(picture) < 12_000, f"{name}: {len(picture)} bytes"
        assert 2 <= picture.count("<polyline") <= 6, name


def test_the_atlas_has_every_gated_unit_with_its_picture(tree):
    page = (tree / "book" / "atlas.md").read_text("utf-8")
    for name, unit in activations.GATED.items():
        picture = (tree / "book" / "_assets" / "atlas" / f"{name}.svg").read_text("utf-8")
        assert f"](_assets/atlas/{name}.svg)" in page
        assert rf"u\,\varphi(g) = {unit.formula}" in page
        assert f"- **Gate:** [{unit.gate.title}](#{unit.gate.title.lower()})." in page
        assert len(picture) < 12_000, f"{name}: {len(picture)} bytes"
        assert picture.count("<polyline") == 4, name  # three values, and value and gate the same
        assert [f">u = {value}<" in picture for value in ("2", "1", "−1")] == [True] * 3
    headings = re.findall("(?m)^## (.*)$", page)
    assert len(headings) == len(activations.ALL) + len(activations.GATED)
    assert headings.index("GELU") < headings.index("GLU") < headings.index("Mish") < headings.index("SwiGLU")


def test_a_picture_breaks_at_jumps_and_bends_at_kinks():
    lines = re.findall(r'points="([^"]*)"', sketches.atlas(activations.get("relu")))
    assert [len(line.split()) for line in lines] == [3, 2, 2]  # the kink; then the slope, in two pieces
    assert len(re.findall("<polyline", sketches.atlas(activations.get("step")))) == 3


def test_the_glossary_is_in_order_and_each_term_has_an_address(tree):
    page = (tree / "book" / "glossary.md").read_text("utf-8")
    rows = reference.terms(Book(tree))
    first = [row["term"] for row in rows if row["chapter"] == 1]
    places = [page.index(f"\n{term}\n") for term in sorted(first, key=str.casefold)]
    assert places == sorted(places)
    assert reference.anchor("end-foot") == "term-end-foot"
    assert reference.anchor("truth table") == "term-truth-table"


def test_rows_of_chapters_to_come_have_no_answer(tree):
    page = (tree / "book" / "reruns.md").read_text("utf-8")
    come = page[page.index("## Chapter 2, to come") :]
    assert "**Verdict:**" not in come
    assert come.count("**Here:** not yet run") == come.count('data-verdict="not yet run"') > 10


def test_verified_says_so_until_it_is_measured_and_then_what(tree):
    path = tree / "book" / "verified.json"
    path.unlink(missing_ok=True)
    assert reference.verified(Book(tree)) == {"verified": "Nothing is measured yet."}
    origin = {"versions": {"python": "3.11.2", "torch": None}, "date": "2026-11-21", "device": "cpu"}
    measured = {
        "rounds": 3, "cores": 2, "origin": origin | {"processor": "a processor"},
        "chapters": {"01-threshold": {"seconds": 6.5, "peak_mb": 210, "cells": 33}},
        "tests": {"nbval": 12.5}, "site": {"cold": 9.5, "edited": 16.25, "chapter": "01-threshold"},
        "pages": {"book/index.html": {"requests": 7, "own": 41000, "whole": 180400}},
        "explorers": [{"explorer": "pulses", "control": "tick", "key": "ArrowRight", "median_ms": 8.4}],
        "seeds": {"deep": {"layers": 9, "width": 64, "together": 0.6, "in_turn": 2.6, "plain": 2.5}},
    }  # fmt: skip
    path.write_text(json.dumps(measured))
    page = reference.verified(Book(tree))["verified"]
    for words in (
        "2026-11-21",
        "python 3.11.2",
        "| 6.5 | 210 | 33 |",
        "| 7 | 180 | 41 |",
        "8.4",
        "| 0.6 | 2.6 | 2.5 |",
    ):
        assert words in page
    assert "None" not in page
    del measured["site"]
    path.write_text(json.dumps(measured))
    with pytest.raises(
        Hole, match=r"book/verified\.json: is not as press\.bench writes it .*'site'.*make bench"
    ):
        reference.verified(Book(tree))


# --------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("claims.toml", 'verdict = "holds"', 'verdict = "true"',
         "book/claims.toml: claim 'C006': verdict is 'true'; expected one of holds, holds with qualification, "
         "misleading, false, not testable"),
        ("claims.toml", 'id = "C007"', 'id = "C006"', "book/claims.toml: claim 'C006' is there 2 times; expected once"),
        ("claims.toml", 'sources = ["mcculloch1943"]', 'sources = ["nobody1900"]',
         "book/claims.toml: claim 'C007': sources is ['nobody1900']; expected a list of keys of book/references.bib"),
        ("claims.toml", 'kind = "history"', 'sort = "history"',
         "book/claims.toml: claim 'C006': there is no field 'sort'; expected id, chapter, kind"),
        ("claims.toml", 'kind = "history"', "", "claim 'C006': kind is missing; expected one of history"),
        ("claims.toml", "chapter = 1", "chapter = 16",
         "book/claims.toml: claim 'C006': chapter is 16; expected the number of a chapter, 1 to 15"),
        ("claims.toml", "chapter = 1", "chapter = ", "book/claims.toml: Invalid value (at line "),
        ("claims.toml", "[[claim]]", "[[clam]]", "book/claims.toml: holds clam, claim; expected rows [[claim]]"),
        ("claims.toml", 'settled = "citation"', 'settled = "nothing"',
         "settled is 'nothing'; expected that only of a claim not testable and without sources"),
        ("claims.toml", "chapter = 2", "chapter = 1",
         "book/text/01-threshold.md: no cell is tagged claim:C008; expected one with an assert"),
        ("claims.toml", "chapter = 1", "chapter = 3",
         "book/text/01-threshold.md, code cell CELL: decides C006, which book/claims.toml gives to chapter 3"),
        ("claims.toml", 'id = "C006"', 'id = "C999"',
         "book/text/01-threshold.md, code cell CELL: decides C006, which is not in book/claims.toml"),
        ("claims.toml", 'chapter = 4\nkind = "history"\nclaim = "Until',
         'chapter = 1\nkind = "history"\nclaim = "Until',
         "book/text/01-threshold.md: cites none of the sources of C014; expected a link to "
         "bibliography.md#lecun1998efficient or glorot2010 or jarrett2009 or nair2010"),
        ("text/01-threshold.md", "    assert (does == says).all()", "    pass",
         "book/text/01-threshold.md, code cell CELL: decides C006 but has no assert"),
        ("text/01-threshold.md", "A ring of six", "A [ring](glossary.md#term-ring) of six",
         "book/text/01-threshold.md: links to glossary.md#term-ring; expected the address of a headword of "
         "book/glossary.toml"),
        ("glossary.toml", 'term = "truth table"', 'term = "truth sheet"',
         "book/glossary.toml: term 'truth sheet': chapter is 1; expected 'truth sheet' in book/text/01-threshold.md"),
        ("glossary.toml", 'also = ["veto"]', 'also = ["tick"]', "book/glossary.toml: 'tick' is a headword 2 times"),
        ("timeline.toml", "year = 1945", "year = 1999",
         "year is 1949; expected 1999 or later, since rows stand in the order of their years"),
        ("timeline.toml", "until = 1960", "until = 1950", "until is 1950; expected a later year"),
        ("atlas.toml", "[step]", "[stop]", "book/atlas.toml: there is no table [step] for the step; expected one"),
        ("atlas.toml", "[step]", "[stop]", "book/atlas.toml: 'stop' is no activation of rectified"),
        ("atlas.toml", "[swiglu]", "[swigloo]",
         "book/atlas.toml: there is no table [swiglu] for the SwiGLU; expected one"),
        ("atlas.toml", 'tied = "a parabola that stands', 'phi = "a parabola that stands',
         "book/atlas.toml: [bilinear]: tied is missing; expected some words"),
        ("atlas.toml", "window = [-3, 9]", "window = [3, 9]",
         "book/atlas.toml: [relu6]: window is [3, 9]; expected two numbers with 0 between them"),
        ("reruns.toml", 'verdict = "partly"\n', "",
         "book/reruns.toml: rerun 'net (g) of 1943': verdict is missing; expected it, since chapter 1 is finished"),
        ("reruns.toml", "wrong on 1,632", "wrong on 1,633",
         "book/reruns.toml: rerun 'net (g) of 1943': ours says 1,633; expected a number that stands in "
         "book/01-threshold.ipynb"),
        ("reruns.toml", 'section = "The flash of heat"', 'section = "The flash"',
         "section is 'The flash'; expected a heading of book/text/01-threshold.md"),
        ("reruns.toml", 'ours = "As told', 'printed_again = "As told', "there is no field 'printed_again'"),
        ("colophon.md", "<!-- end of carried -->", "",
         "book/colophon.md: has no place for its list; expected the comments of 'carried'"),
    ],
)  # fmt: skip
def test_a_fault_is_refused_by_name(tree, file, old, new, message):
    cell = Book(tree).finished[1].claims["C006"][0].number
    edit(tree, file, old, new)
    assert message.replace("CELL", str(cell)) in said(tree)


def test_a_finished_chapter_without_rows_is_refused(tree):
    (tree / "book" / "text" / "13-nothing.md").write_text("# 2026 · Nothing\n\nNo word.\n")
    contents(tree, "01-threshold", "13-nothing", *reference.PAGES)
    told = said(tree)
    for row, file in (("rerun", "reruns"), ("event", "timeline"), ("term", "glossary")):
        assert f"book/{file}.toml: there is no {row} of chapter 13, 13-nothing, which is finished" in told
    assert "book/text/13-nothing.md: no cell is tagged claim:C078; expected one with an assert" in told
    assert "book/text/13-nothing.md: cites none of the sources of C005" in told
    assert "book/text/13-nothing.md: has no heading 'What people say'; expected one, under which C075" in told


def test_a_finished_chapter_without_an_answer_is_refused(tree):
    edit(tree, "reruns.toml", 'ours = "As told', '# "As told')
    assert "rerun 'heat illusion': expected one of ours and result, since chapter 1 is finished" in said(tree)


def test_a_stored_result_is_shown_with_its_seeds_and_spread(tree):
    curves = {"test_error": np.array([[0.5, 0.014], [0.5, 0.016], [0.5, 0.015]])}
    results = tree / "code" / "rectified" / "results"
    results.mkdir(parents=True)
    runs.Run({}, (0, 1, 2), np.array([1, 2]), curves).save(results / "mnist.json")
    asked = {"file": "mnist", "run": "run", "curve": "test_error", "form": ".1f", "times": 100, "unit": "%"}
    words = reference._result(Book(tree), {"id": "it", "result": asked})
    assert words.startswith("1.5 % (1.4 to 1.6 over 3 seeds).")
    for field, value, message in (
        ("file", "gone", "result names gone.json; expected a file of code/rectified/results"),
        ("run", "walk", "result names run 'walk'; expected one of run"),
        ("curve", "loss", "result names curve 'loss'; expected one of test_error"),
        ("form", "huge", "book/reruns.toml: rerun 'it': Invalid format specifier"),
    ):
        with pytest.raises(Hole, match=re.escape(message)):
            reference._result(Book(tree), {"id": "it", "result": asked | {field: value}})


# ----------------------------------------------------------------------------------------------- on the site


def test_cells_terms_and_entries_can_be_linked_to(tmp_path):
    cell = {"cell_type": "code", "execution_count": 1, "outputs": [], "id": "a", "source": "assert True"}
    cells = [
        {**cell, "metadata": {"tags": ["claim:C006"]}},
        {**cell, "id": "b", "metadata": {"tags": ["claim:C006"]}},
    ]
    heading = {"cell_type": "markdown", "id": "c", "metadata": {}, "source": "# One"}
    page = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"language_info": {"name": "python"}},
    }
    nbformat.write(nbformat.from_dict(page | {"cells": [heading, *cells]}), tmp_path / "01-one.ipynb")
    links = "[a](01-one.ipynb#claim-C006) [b](glossary.md#term-end-foot) [c](bibliography.md#hebb1949)"
    (tmp_path / "index.md").write_text(
        f"# Index\n\n{links}\n\n```{{toctree}}\n01-one\nglossary\nbibliography\n```\n"
    )
    (tmp_path / "glossary.md").write_text("# Glossary\n\n```{glossary}\nend-foot\nend-feet\n  An end.\n```\n")
    (tmp_path / "bibliography.md").write_text("# Bibliography\n\n```{bibliography}\n:all:\n```\n")
    (tmp_path / "a.bib").write_text(
        "@book{hebb1949, author={Hebb, D.}, title={The}, publisher={W}, year={1949}}\n"
    )
    (tmp_path / "conf.py").write_text(
        "extensions = ['myst_nb', 'sphinxcontrib.bibtex', 'press.site']\nbibtex_bibfiles = ['a.bib']\n"
        "nb_execution_mode = 'off'\nbibtex_cite_id = '{key}'\n"
    )
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "-b", "html", ".", "out"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    index = (tmp_path / "out" / "index.html").read_text("utf-8")
    for place in ("01-one.html#claim-C006", "glossary.html#term-end-foot", "bibliography.html#hebb1949"):
        assert f'href="{place}"' in index
    assert (tmp_path / "out" / "01-one.html").read_text("utf-8").count('id="claim-C006"') == 1


LEDGER = """<!DOCTYPE html><html lang="en"><title>Ledger</title><main><section><h1>Claims</h1>
<section id="one"><h2>One</h2><div class="entry" id="C001" data-chapter="1" data-verdict="holds">a</div>
<div class="entry" id="C002" data-chapter="1" data-verdict="false">b</div></section>
<section id="two"><h2>Two</h2><div class="entry" id="C003" data-chapter="2" data-verdict="holds">c</div></section>
</section></main><script>let chosen = 1; function show() {}</script><script src="claims.js"></script></html>"""


def test_the_ledger_is_filtered_by_keyboard_and_by_address(tmp_path):
    try:
        browser.chromium()
    except browser.NoBrowser as missing:
        pytest.skip(str(missing))
    (tmp_path / "ledger.html").write_text(LEDGER)
    shutil.copy(BOOK / "_assets" / "static" / "claims.js", tmp_path)
    with browser.served(tmp_path) as address, browser.running() as running, running.new_context() as context:
        tab = context.new_page()
        tab.goto(address + "ledger.html")

        def shown() -> str:
            return " ".join(tab.locator(".entry:visible").all_inner_texts())

        assert shown() == "a b c"
        assert tab.locator("output").inner_text() == "3 of 3 claims"
        tab.keyboard.press("Tab")
        tab.keyboard.press("h")  # the verdict that begins with h
        assert shown() == "a c"
        assert tab.locator("output").inner_text() == "2 of 3 claims"
        assert tab.url.endswith("#verdict=holds")
        tab.keyboard.press("Tab")
        tab.keyboard.press("2")
        assert shown() == "c"
        assert not tab.locator("#one h2").is_visible()
        assert tab.url.endswith("#verdict=holds&chapter=2")
        tab.goto(address + "ledger.html#verdict=false")
        assert shown() == "b"
        tab.goto(address + "ledger.html#C003")  # the address of a claim filters nothing
        assert shown() == "a b c"
    with browser.served(tmp_path) as address, browser.running() as running:
        tab = running.new_page(java_script_enabled=False)
        tab.goto(address + "ledger.html#verdict=false")
        assert tab.locator(".entry:visible").count() == 3
