"""The reference pages: claims, atlas, re-runs, timeline, glossary, verified, colophon.

    python -m press.reference            write those that are not what their sources give
    python -m press.reference --check    say which those are; exit 1 if there are any

The prose of a page is edited in the page. Each list in it has one source and is written here, between two comments:

    <!-- claims: from book/claims.toml, by python -m press.reference -->
    <!-- end of claims -->

| page | its lists come from |
|---|---|
| claims | `book/claims.toml`, and the tags `claim:C001` of cells in the chapters |
| atlas | `rectified.activations` and `book/atlas.toml`; the pictures are in `book/_assets/atlas` |
| reruns | `book/reruns.toml`, and the stored results that it names |
| timeline | `book/timeline.toml` |
| glossary | `book/glossary.toml` |
| verified | `book/verified.json`, which `make bench` writes |
| colophon | `book/_assets/vendor.toml` |

The pages are committed, as the notebooks are: so they can be read where the sources are shown, a review sees what a
changed row does, and building the site changes no file. `make book` writes them; the build and the tests refuse pages
that are not current, data that is not what its file's head says, and chapters that leave a hole. A chapter counts as
finished when its text is in `book/text` and its page in `_toc.yml`. Only pages in `_toc.yml` are looked at.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from math import inf, isfinite
from pathlib import Path

import numpy as np

from press import ROOT, sketches, vendor
from press.sources import (
    CHAPTER,
    KEY,
    KEYS,
    MAYBE,
    SOME_KEYS,
    TEXT,
    WORDS,
    YEAR,
    Book,
    Chapter,
    Hole,
    Rule,
    faults_in,
    is_text,
    one_of,
    read,
    refuse,
    table,
)
from rectified import activations, runs

VERDICTS = ("holds", "holds with qualification", "misleading", "false", "not testable")
KINDS = ("history", "mathematics", "optimisation", "engineering", "application", "prediction")
OUTCOMES = ("reproduced", "partly", "not")
PEOPLE = "What people say"  # the heading under which a chapter settles claims without a cell of their own
PARTS = {  # the story as the front page tells it
    "All or nothing": (1941, 1972),
    "Smooth": (1972, 2009),
    "Rectified": (2009, 2013),
    "After the kink": (2013, 2027),
}
MARKS = {1941: "the rectifier, in a model of nerve fibres", 2010: "the rectifier, named and trained"}


# --- Rows by chapter ---------------------------------------------------------------------------------------


def _in_order(rows: list[dict]) -> dict[int, list[dict]]:
    """Return the rows of each chapter, the chapters in order."""
    numbers = sorted({row["chapter"] for row in rows})
    return {number: [row for row in rows if row["chapter"] == number] for number in numbers}


def _missing(book: Book, rows: list[dict], file: str, kind: str) -> Iterator[str]:
    """Yield a line for each finished chapter that has no row."""
    for number, chapter in book.finished.items():
        if all(row["chapter"] != number for row in rows):
            yield f"book/{file}: there is no {kind} of chapter {number}, {chapter.name}, which is finished"


# --- Claims ------------------------------------------------------------------------------------------------

CLAIM = {
    "id": Rule("C and three digits", lambda value, _: bool(re.fullmatch(r"C\d{3}", str(value)))),
    "chapter": CHAPTER,
    "kind": one_of(*KINDS),
    "claim": TEXT,
    "verdict": one_of(*VERDICTS),
    "why": TEXT,
    "sources": KEYS,
    "settled": one_of("cell", "citation", "nothing", required=False),
    "test": MAYBE,
}


def claims(book: Book) -> dict[str, str]:
    """Return the ledger, and its count. A claim of a chapter to come has no verdict yet."""
    rows = table(book, "claims.toml", "claim", CLAIM, name="id")
    refuse([*_undecided(book, rows), *_strays(book, rows)])
    examined = [row for row in rows if row["chapter"] in book.finished]
    tally = Counter(row["verdict"] for row in examined)
    verdicts = ", ".join(f"{verdict}: {tally[verdict]}" for verdict in VERDICTS if tally[verdict])
    count = f"Of {len(rows)} claims {len(examined)} are examined so far. By verdict, {verdicts or 'none'}."
    lines = []
    for number, own in _in_order(rows).items():
        done = book.finished.get(number)
        lines += [
            f"## Chapter {number}: {done.link(done.title)}" if done else f"## Chapter {number}, to come",
            "",
        ]
        lines += [line for row in own for line in _claim(book, row, done)]
    return {"count": count, "claims": "\n".join(lines).rstrip()}


def _claim(book: Book, row: dict, done: Chapter | None) -> list[str]:
    verdict = row["verdict"] if done else "not yet examined"
    lines = [
        f'<div class="entry" id="{row["id"]}" data-chapter="{row["chapter"]}" data-verdict="{verdict}">',
        *("", f"*{row['claim']}*", ""),
    ]
    if done:
        if row["id"] in done.claims:
            where = done.link("the cell that decides it", f"claim-{row['id']}")
        else:
            where = done.link("where the chapter says so", _slug(PEOPLE))
        lines += [f"**{verdict.capitalize()}.** {row['why']}", ""]
        lines += [" · ".join(part for part in (_tail(row), where, book.cite(row["sources"])) if part)]
    else:
        lines += [f"{_tail(row)} · not yet examined"]
    return [*lines, "", "</div>", ""]


def _tail(row: dict) -> str:
    return f"{row['id']}, {row['kind']}"


def _undecided(book: Book, rows: list[dict]) -> Iterator[str]:
    """Yield a line for each claim of a finished chapter that nothing in the chapter settles."""
    for row in rows:
        place = f"book/claims.toml: claim {row['id']!r}"
        settled = row["settled"] or "cell"
        if settled == "nothing" and (row["verdict"] != "not testable" or row["sources"]):
            yield f"{place}: settled is 'nothing'; expected that only of a claim not testable and without sources"
        if settled == "citation" and not row["sources"]:
            yield f"{place}: sources is []; expected at least one, since a citation settles it"
        chapter = book.finished.get(row["chapter"])
        if chapter is None:
            continue
        text = f"book/text/{chapter.name}.md"
        cells = chapter.claims.get(row["id"], [])
        for cell in cells:
            if not cell.asserts:
                yield f"{text}, code cell {cell.number}: decides {row['id']} but has no assert"
        if settled == "cell" and not cells:
            yield f"{text}: no cell is tagged claim:{row['id']}; expected one with an assert ({row['claim']!r})"
        if settled == "citation" and not cells and not chapter.cites & set(row["sources"]):
            keys = " or ".join(row["sources"])
            yield f"{text}: cites none of the sources of {row['id']}; expected a link to bibliography.md#{keys}"
        if settled != "cell" and not cells and PEOPLE not in chapter.headings:
            yield f"{text}: has no heading {PEOPLE!r}; expected one, under which {row['id']} is settled"


def _strays(book: Book, rows: list[dict]) -> Iterator[str]:
    """Yield a line for each tag that names an unknown claim, or one of another chapter."""
    home = {row["id"]: row["chapter"] for row in rows}
    for number, chapter in book.finished.items():
        for claim, cells in chapter.claims.items():
            place = f"book/text/{chapter.name}.md, code cell {cells[0].number}"
            if claim not in home:
                yield f"{place}: decides {claim}, which is not in book/claims.toml"
            elif home[claim] != number:
                yield f"{place}: decides {claim}, which book/claims.toml gives to chapter {home[claim]}"


# --- Atlas -------------------------------------------------------------------------------------------------

NOW = Rule(
    "a list of { text, sources }, each with at least one source",
    lambda value, book: (
        isinstance(value, list)
        and value != []
        and all(
            set(one) == {"text", "sources"}
            and is_text(one["text"], book)
            and SOME_KEYS.fits(one["sources"], book)
            for one in value
        )
    ),
    required=False,
)
SHEET = {
    "chapter": CHAPTER,
    "phi": TEXT,
    "slope": TEXT,
    "now": NOW,
    "window": Rule(
        "two numbers with 0 between them",
        lambda value, _: (
            isinstance(value, list)
            and len(value) == 2
            and all(isinstance(end, int | float) for end in value)
            and value[0] < 0 < value[1]
        ),
        required=False,
    ),
}
GATE_SHEET = {"chapter": CHAPTER, "fan": TEXT, "tied": TEXT, "now": NOW}


def sheets(book: Book) -> dict[str, dict]:
    """Read what the atlas adds to each activation and each gated unit; raise Hole unless it has all and no others."""
    given, known = read(book, "atlas.toml"), activations.ALL | activations.GATED
    faults = [f"book/atlas.toml: {name!r} is no activation of rectified" for name in given.keys() - known]
    for name, phi in known.items():
        if name not in given:
            faults.append(f"book/atlas.toml: there is no table [{name}] for the {phi.title}; expected one")
            continue
        faults += faults_in(f"book/atlas.toml: [{name}]", given[name], _fields(phi), book)
        for key in phi.sources:
            if key not in book.references:
                faults.append(
                    f"rectified.activations: {name} has source {key!r}, which is not in book/references.bib"
                )
    refuse(faults)
    return {name: {field: given[name].get(field) for field in _fields(phi)} for name, phi in known.items()}


def _fields(phi: activations.Activation | activations.Gated) -> dict[str, Rule]:
    """Return what the atlas asks of an activation, or of a gated unit."""
    return GATE_SHEET if isinstance(phi, activations.Gated) else SHEET


def atlas(book: Book) -> dict[str, str]:
    """Return a sheet for each activation, in the order of the years in which networks were trained with them."""
    given = sheets(book)
    every = sorted(
        (*activations.ALL.values(), *activations.GATED.values()), key=lambda phi: (phi.trained, phi.first)
    )
    lines = []
    for phi in every:
        sheet = given[phi.name]
        alt, said = (_of_gate if isinstance(phi, activations.Gated) else _of_one)(phi, sheet)
        lines += [
            f"## {phi.title[0].upper()}{phi.title[1:]}",
            *("", f"![{alt}](_assets/atlas/{phi.name}.svg)", ""),
            *said,
            *(f"- **Now:** {one['text']} {book.cite(one['sources'])}" for one in sheet["now"] or []),
            f"- **Sources:** {book.cite(phi.sources)}",
            *(
                [f"- **In the book:** {book.told(sheet['chapter'])}"]
                if sheet["chapter"] in book.finished
                else []
            ),
            "",
            *([phi.note.replace("`trained`", "the year of training"), ""] if phi.note else []),
        ]
    return {"atlas": "\n".join(lines).rstrip()}


def _of_one(phi: activations.Activation, sheet: dict) -> tuple[str, list[str]]:
    """Return the alt text and what the atlas says of an activation of one argument."""
    low, high = sheet["window"] or (-4, 4)
    inputs = f"from {_written(low)} to {_written(high)}"
    alt = f"Two curves for inputs {inputs}. {sheet['phi']} Its slope: {sheet['slope']}"
    years = f"first seen {phi.first}, first trained {phi.trained}"
    if phi.slope_formula == "0":  # nothing can train it
        years = f"first used {phi.trained}"
    return alt, [
        *_shown(rf"\varphi(x) = {phi.formula}"),
        *_shown(rf"\varphi'(x) = {phi.slope_formula}"),
        f"- **Years:** {years}.",
        f"- **Range:** {_range(*phi.range)}.",
        f"- **Kinks:** {_kinks(phi)}",
        *([f"- **Parameters:** {_parameters(phi)}."] if phi.parameters else []),
    ]


def _of_gate(unit: activations.Gated, sheet: dict) -> tuple[str, list[str]]:
    """Return the alt text and what the atlas says of a gated unit."""
    alt = (
        f"Left, three curves for gates from −4 to 4, with a value of 2, of 1 and of −1. {sheet['fan']} "
        f"Right, value and gate the same: {sheet['tied']}"
    )
    by_value, by_gate = unit.slope_formulas
    gate = unit.gate.title
    return alt, [
        *_shown(rf"u\,\varphi(g) = {unit.formula}"),
        *_shown(
            rf"\frac{{\partial}}{{\partial u}} = {by_value}, \qquad \frac{{\partial}}{{\partial g}} = {by_gate}"
        ),
        f"- **Years:** first seen {unit.first}, first trained {unit.trained}.",
        f"- **Gate:** [{gate}](#{_slug(gate)}).",
    ]


def _shown(formula: str) -> list[str]:
    return ["$$", formula, "$$", ""]


def atlas_pictures(book: Book) -> dict[str, str]:
    """Return the picture of each activation and of each gated unit, by its place below `book`."""
    given = sheets(book)
    ones = {
        name: sketches.atlas(phi, given[name]["window"] or (-4, 4)) for name, phi in activations.ALL.items()
    }
    gates = {name: sketches.gate(unit) for name, unit in activations.GATED.items()}
    return {f"_assets/atlas/{name}.svg": picture for name, picture in (ones | gates).items()}


def _written(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _range(low: float, high: float) -> str:
    if not isfinite(low):
        return "all numbers"
    return (
        f"from {_written(low)} upwards, without limit"
        if high == inf
        else f"between {_written(low)} and {_written(high)}"
    )


def _kinks(phi: activations.Activation) -> str:
    if not phi.kinks:
        return "none; its slope does not jump."
    if phi.family == "threshold":
        return "it jumps at 0; its slope is taken as 0 there."
    places = " and ".join(_written(at) for at in phi.kinks)
    slopes = " and ".join(_written(slope) for slope in dict.fromkeys(phi.kinks.values()))
    return f"at {places}; its slope is taken as {slopes} there."


def _parameters(phi: activations.Activation) -> str:
    """Return the parameters with their defaults and the values they may take."""
    said = []
    for name, parameter in phi.parameters.items():
        if isfinite(parameter.lowest) and isfinite(parameter.highest):
            allowed = f"from {_written(parameter.lowest)} to {_written(parameter.highest)}"
        elif isfinite(parameter.lowest):
            allowed = f"{'above' if parameter.open else 'at least'} {_written(parameter.lowest)}"
        else:
            allowed = "any number"
        default = (
            "drawn by the caller"
            if parameter.default is None
            else f"{_written(parameter.default)} unless given"
        )
        said.append(f"`{name}`, {default}, {allowed}")
    return "; ".join(said)


# --- Re-runs -----------------------------------------------------------------------------------------------

RESULT = {"file", "run", "curve", "form"}
RERUN = {
    "id": TEXT,
    "chapter": CHAPTER,
    "paper": KEY,
    "place": TEXT,
    "quantity": TEXT,
    "printed": TEXT,
    "section": MAYBE,
    "ours": MAYBE,
    "result": Rule(
        "{ file, run, curve, form } in words, and where they are needed times, a number, and unit",
        lambda value, book: (
            isinstance(value, dict)
            and RESULT <= set(value) <= RESULT | {"times", "unit"}
            and all(is_text(word, book) for name, word in value.items() if name != "times")
            and isinstance(value.get("times", 1), int | float)
        ),
        required=False,
    ),
    "deviations": MAYBE,
    "verdict": one_of(*OUTCOMES, required=False),
}
NUMBER = r"(?<![\w.,])\d[\d,]*(?:\.\d+)?"


def reruns(book: Book) -> dict[str, str]:
    """Return what the papers report beside what came out here. A row of a chapter to come has no answer yet."""
    rows = table(book, "reruns.toml", "rerun", RERUN, name="id")
    refuse([*_unanswered(book, rows), *_missing(book, rows, "reruns.toml", "rerun")])
    lines = []
    for number, own in _in_order(rows).items():
        done = book.finished.get(number)
        lines += [
            f"## Chapter {number}: {done.link(done.title)}" if done else f"## Chapter {number}, to come",
            "",
        ]
        for row in own:
            lines += [f'<div class="entry" data-verdict="{row["verdict"] if done else "not yet run"}">', ""]
            lines += [f"**{row['quantity']}.** {book.cite([row['paper']])}, {row['place']}", ""]
            lines += [f"- **Paper:** {row['printed']}"]
            if done:
                ours = row["ours"] or _result(book, row)
                lines += [f"- **Here:** {ours} {done.link(row['section'], _slug(row['section']))}"]
                lines += [f"- **Differences:** {row['deviations']}", f"- **Verdict:** {row['verdict']}"]
            else:
                lines += ["- **Here:** not yet run"]
            lines += ["", "</div>", ""]
    tally = Counter(row["verdict"] for row in rows if row["chapter"] in book.finished)
    count = ", ".join(f"{outcome}: {tally[outcome]}" for outcome in OUTCOMES if tally[outcome])
    return {"count": f"By verdict so far, {count or 'none run'}.", "reruns": "\n".join(lines).rstrip()}


def _unanswered(book: Book, rows: list[dict]) -> Iterator[str]:
    """Yield a line for each thing that a row of a finished chapter lacks."""
    for row in rows:
        place, chapter = f"book/reruns.toml: rerun {row['id']!r}", book.finished.get(row["chapter"])
        if chapter is None:
            continue
        for field in ("section", "deviations", "verdict"):
            if row[field] is None:
                yield f"{place}: {field} is missing; expected it, since chapter {row['chapter']} is finished"
        if (row["ours"] is None) == (row["result"] is None):
            yield f"{place}: expected one of ours and result, since chapter {row['chapter']} is finished"
        if row["section"] and row["section"] not in chapter.headings:
            yield f"{place}: section is {row['section']!r}; expected a heading of book/text/{chapter.name}.md"
        if row["ours"]:
            said = set(re.findall(NUMBER, book.outputs(chapter)))
            for number in re.findall(NUMBER, row["ours"]):
                if number not in said:
                    yield f"{place}: ours says {number}; expected a number that stands in book/{chapter.name}.ipynb"


def _result(book: Book, row: dict) -> str:
    """Return a stored result in words: the median and the range over seeds of the last value of a curve."""
    asked = row["result"]
    path = book.root / "code" / "rectified" / "results" / f"{asked['file']}.json"
    place = f"book/reruns.toml: rerun {row['id']!r}"
    if not path.exists():
        raise Hole(f"{place}: result names {path.name}; expected a file of code/rectified/results")
    try:
        stored = runs.load_all(path)
        format(1.0, asked["form"])
    except ValueError as error:
        raise Hole(f"{place}: {error}") from None
    if asked["run"] not in stored:
        raise Hole(f"{place}: result names run {asked['run']!r}; expected one of {', '.join(stored)}")
    run = stored[asked["run"]]
    if asked["curve"] not in run.curves:
        raise Hole(f"{place}: result names curve {asked['curve']!r}; expected one of {', '.join(run.curves)}")
    values = run.final(asked["curve"]) * asked.get("times", 1)
    worst = np.where(np.isnan(values), inf, values)  # a seed without a value counts as worse than any
    middle, low, high = (format(one, asked["form"]) for one in (np.median(worst), worst.min(), worst.max()))
    unit = f" {asked['unit']}" if "unit" in asked else ""
    return f"{middle}{unit} ({low} to {high} over {len(values)} seeds). {run.provenance()}"


# --- Timeline ----------------------------------------------------------------------------------------------

EVENT = {
    "year": YEAR,
    "until": YEAR._replace(required=False),
    "event": TEXT,
    "sources": SOME_KEYS,
    "chapter": CHAPTER,
}


def events(book: Book) -> list[dict]:
    """Read the events; raise Hole unless they stand in the order of their years."""
    rows = table(book, "timeline.toml", "event", EVENT, name="event")
    faults = list(_missing(book, rows, "timeline.toml", "event"))
    for before, row in pairwise(rows):
        if row["year"] < before["year"]:
            faults.append(
                f"book/timeline.toml: event {row['event']!r}: year is {row['year']}; "
                f"expected {before['year']} or later, since rows stand in the order of their years"
            )
    for row in rows:
        if row["until"] is not None and row["until"] <= row["year"]:
            faults.append(
                f"book/timeline.toml: event {row['event']!r}: until is {row['until']}; expected a later year"
            )
    refuse(faults)
    return rows


def timeline(book: Book) -> dict[str, str]:
    """Return the events, decade by decade."""
    rows, lines, decade = events(book), [], None
    for row in rows:
        if row["year"] // 10 != decade:
            decade = row["year"] // 10
            lines += ["", f"## {decade}0s", ""]
        when = f"{row['year']}–{row['until'] % 100:02}" if row["until"] else row["year"]
        told = f" ({book.told(row['chapter'])})" if row["chapter"] in book.finished else ""
        lines.append(f"- **{when}** {row['event']} {book.cite(row['sources'])}{told}")
    return {"timeline": "\n".join(lines).strip()}


def timeline_pictures(book: Book) -> dict[str, str]:
    """Return the picture of the timeline, by its place below `book`."""
    dots = [(row["year"], row["chapter"] in book.finished) for row in events(book)]
    return {"_assets/timeline.svg": sketches.timeline(dots, PARTS, MARKS)}


# --- Glossary ----------------------------------------------------------------------------------------------

PLAIN = r"[A-Za-z]+(?:[ -][A-Za-z]+)*"
HEADWORD = Rule(
    "letters, with single spaces or hyphens between", lambda value, _: bool(re.fullmatch(PLAIN, str(value)))
)
TERM = {
    "term": HEADWORD,
    "also": Rule(
        "a list of headwords: letters, with single spaces or hyphens between",
        lambda value, book: WORDS.fits(value, book) and all(HEADWORD.fits(one, book) for one in value),
        required=False,
    ),
    "words": WORDS,
    "chapter": CHAPTER,
    "meaning": TEXT,
}


def anchor(term: str) -> str:
    """Return the address of a term within the glossary, as Sphinx makes it."""
    return f"term-{term.replace(' ', '-')}"


def terms(book: Book) -> list[dict]:
    """Read the terms; raise Hole if a chapter links to none of them, or does not use one that it is said to use."""
    rows = table(book, "glossary.toml", "term", TERM, name="term")
    headwords = [word for row in rows for word in (row["term"], *(row["also"] or []))]
    faults = [f"book/glossary.toml: {one!r} is a headword {n} times; expected once"
              for one, n in Counter(headwords).items() if n > 1]  # fmt: skip
    faults += _missing(book, rows, "glossary.toml", "term")
    anchors = {anchor(word) for word in headwords}
    for number, chapter in book.finished.items():
        for linked in re.findall(r"glossary\.md#([\w.-]+)", chapter.text):
            if linked not in anchors:
                faults.append(
                    f"book/text/{chapter.name}.md: links to glossary.md#{linked}; "
                    "expected the address of a headword of book/glossary.toml"
                )
        for row in rows:
            words = row["words"] or [row["term"], *(row["also"] or [])]
            if row["chapter"] == number and not any(word.lower() in chapter.source.lower() for word in words):
                faults.append(
                    f"book/glossary.toml: term {row['term']!r}: chapter is {number}; "
                    f"expected {' or '.join(map(repr, words))} in book/text/{chapter.name}.md"
                )
    refuse(faults)
    return rows


def glossary(book: Book) -> dict[str, str]:
    """Return the terms in alphabetical order."""
    lines = ["```{glossary}"]
    for row in sorted(terms(book), key=lambda row: row["term"].casefold()):
        if row["chapter"] in book.finished:
            where = book.told(row["chapter"]).replace("[c", "[C", 1)
            lines += [row["term"], *(row["also"] or []), f"  {row['meaning']} {where}.", ""]
    return {"glossary": "\n".join([*lines, "```"])}


# --- Verified ----------------------------------------------------------------------------------------------


def verified(book: Book) -> dict[str, str]:
    """Return what `make bench` measured last, or that it has not."""
    path = book.root / "book" / "verified.json"
    if not path.exists():
        return {"verified": "Nothing is measured yet."}
    try:
        return {"verified": _measured(book, json.loads(path.read_text("utf-8")))}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Hole(
            f"book/verified.json: is not as press.bench writes it ({error!r}); run: make bench"
        ) from error


def _measured(book: Book, found: dict) -> str:
    made, versions = found["origin"], found["origin"]["versions"]
    tools = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    lines = [
        f"Measured on {made['date']}, on {made['processor']} with {found['cores']} cores ({made['device']}), "
        f"with {tools}. Times are medians of {found['rounds']} rounds, that of the notebooks' test one run.",
        *(
            "",
            "## Chapters",
            "",
            "| chapter | seconds | peak memory, MB | code cells |",
            "|---|---:|---:|---:|",
        ),
    ]
    for chapter in book.finished.values():
        one = found["chapters"].get(chapter.name)
        lines.append(
            f"| {chapter.link(chapter.title)} | {one['seconds']} | {one['peak_mb']} | {one['cells']} |"
            if one
            else f"| {chapter.link(chapter.title)} | not yet | not yet | not yet |"
        )
    tests, site = found["tests"], found["site"]
    lines += [
        *("", "## Book", "", "| what | seconds |", "|---|---:|"),
        f"| run every notebook and compare | {tests['nbval']} |",
        f"| build the site from nothing | {site['cold']} |",
        f"| run `{site['chapter']}` after an edit and build the site | {site['edited']} |",
        *(
            "",
            "## First visit",
            "",
            "| page | requests | kB | of these the page's own |",
            "|---|---:|---:|---:|",
        ),
    ]
    for page, one in found["pages"].items():
        lines.append(f"| {page} | {one['requests']} | {one['whole'] / 1000:.0f} | {one['own'] / 1000:.0f} |")
    lines += ["", "## Explorers", "", "| explorer | from a key press to the answer, ms |", "|---|---:|"]
    for one in found["explorers"]:
        lines.append(f"| {one['explorer']}, {one['control']} ({one['key']}) | {one['median_ms']} |")
    lines += ["", "## Ten seeds at once", "", "| network | together, s | in turn, s | plain torch loop, s |"]
    lines += ["|---|---:|---:|---:|"]
    for name, one in found["seeds"].items():
        network = f"{name}, {one['layers']} layers of {one['width']}"
        lines.append(f"| {network} | {one['together']} | {one['in_turn']} | {one['plain']} |")
    return "\n".join(lines)


# --- Colophon ----------------------------------------------------------------------------------------------


def colophon(book: Book) -> dict[str, str]:
    """Return the works of others that the project carries, with their licences."""
    lines = [
        f"- **{package['name']}** {package['version']}, {package['licence']}: {package['use']}."
        for package in vendor.packages(book.root)
    ]
    return {"carried": "\n".join(lines)}


# --- The pages ---------------------------------------------------------------------------------------------

PAGES: dict[str, Callable[[Book], dict[str, str]]] = {
    page.__name__: page for page in (claims, atlas, reruns, timeline, glossary, verified, colophon)
}
PICTURES = {"atlas": atlas_pictures, "timeline": timeline_pictures}
LIST = r"(?s)(<!-- {name}: [^\n]* -->\n).*?(<!-- end of {name} -->)"


def expected(root: Path = ROOT) -> dict[Path, str]:
    """Return every file that is written here, as it should be now.

    Raises Hole with a line for each thing that is missing or wrong.
    """
    book, files, faults = Book(root), {}, []
    for name, lists in PAGES.items():
        if f"book/{name}" not in book.listed:
            continue
        path = root / "book" / f"{name}.md"
        try:
            if not path.exists():
                raise Hole(f"book/{name}.md: there is no such file, but _toc.yml lists it")
            text = path.read_text("utf-8")
            for marked, written in lists(book).items():
                pattern = LIST.format(name=marked)
                if not re.search(pattern, text):
                    raise Hole(
                        f"book/{name}.md: has no place for its list; expected the comments of {marked!r}"
                    )
                text = re.sub(pattern, lambda found, w=written: f"{found[1]}\n{w}\n\n{found[2]}", text)
            files[path] = text
            for place, picture in PICTURES.get(name, lambda _: {})(book).items():
                files[root / "book" / place] = picture
        except Hole as hole:
            faults.append(str(hole))
    refuse(faults)
    return files


def stale(root: Path = ROOT) -> list[Path]:
    """Return the files that are not what their sources give. Raises Hole as `expected` does."""
    return [
        path for path, text in expected(root).items() if not path.exists() or path.read_text("utf-8") != text
    ]


def check(root: Path = ROOT) -> None:
    """Raise Hole, with a line for each fault, unless every reference page is whole and current."""
    refuse(
        f"{path.relative_to(root)} is not what its source gives; run: python -m press.reference"
        for path in stale(root)
    )


def write(root: Path = ROOT) -> list[Path]:
    """Write the files that are not current, and return them. Raises Hole as `expected` does; then writes none."""
    files = expected(root)
    changed = stale(root)
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], "utf-8")
    return changed


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m press.reference", description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is not current")
    try:
        if parser.parse_args(arguments).check:
            check()
            print("The reference pages are current")
        else:
            changed = write()
            print(
                "".join(f"{path.relative_to(ROOT)}\n" for path in changed)
                or "The reference pages are current"
            )
    except Hole as hole:
        print(f"{hole}\n\nNo reference page was written.", file=sys.stderr)
        return 1
    return 0


def _slug(heading: str) -> str:
    """Return the address of a heading within its page, as MyST makes it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    sys.exit(main())
