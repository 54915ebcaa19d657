"""What the reference pages are made from: the chapters, the bibliography, and rows of data with checks on them."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import jupytext
import nbformat
import yaml
from pybtex.database import parse_file

from press import ROOT

LAST = 15  # the number of the last chapter


class Hole(ValueError):
    """A source of a reference page is not what it should be, or a finished chapter leaves something out."""


# --- What the pages are made from --------------------------------------------------------------------------


class Cell(NamedTuple):
    """A cell that decides a claim: its number among the code cells, and whether it asserts."""

    number: int
    asserts: bool


@dataclass(frozen=True)
class Chapter:
    """A finished chapter: what the reference pages ask of its text."""

    name: str
    title: str
    source: str  # the whole file
    text: str  # of all Markdown cells
    claims: Mapping[str, list[Cell]]

    @property
    def cites(self) -> set[str]:
        """The keys of the bibliography that the text links to."""
        return set(re.findall(r"bibliography\.md#([\w-]+)", self.text))

    @property
    def headings(self) -> set[str]:
        """The headings of the text."""
        return set(re.findall(r"(?m)^#+ (.+)$", self.text))

    def link(self, words: str, anchor: str = "") -> str:
        """Return a link to the chapter, or to a place in it."""
        return f"[{words}]({self.name}.ipynb{'#' + anchor if anchor else ''})"


@dataclass(frozen=True)
class Book:
    """The tree of a book and what the pages need of it, each read when it is asked for."""

    root: Path = ROOT

    @cached_property
    def listed(self) -> list[str]:
        """The files in the table of contents."""
        contents = yaml.safe_load((self.root / "_toc.yml").read_text("utf-8"))
        return list(_files(contents))

    @cached_property
    def finished(self) -> dict[int, Chapter]:
        """The chapters with a text and a place in the table of contents, by number."""
        texts = sorted((self.root / "book" / "text").glob("[0-9][0-9]-*.md"))
        return {int(path.stem[:2]): _chapter(path) for path in texts if f"book/{path.stem}" in self.listed}

    @cached_property
    def references(self) -> dict[str, str]:
        """Every key of the bibliography with the words that stand for it: names and year."""
        entries = parse_file(str(self.root / "book" / "references.bib")).entries
        return {key: _called(entry) for key, entry in entries.items()}

    def outputs(self, chapter: Chapter) -> str:
        """Return all that the page of a chapter says: its text and what its cells print."""
        page = nbformat.read(self.root / "book" / f"{chapter.name}.ipynb", as_version=4)
        printed = [out.get("text", "") for cell in page.cells for out in cell.get("outputs", [])]
        return "\n".join([chapter.text, *printed])

    def cite(self, keys: Iterable[str]) -> str:
        """Return links to entries of the bibliography."""
        return ", ".join(f"[{self.references[key]}](bibliography.md#{key})" for key in keys)

    def told(self, number: int) -> str:
        """Return the name of a chapter: a link if it is finished."""
        done = self.finished.get(number)
        return done.link(f"chapter {number}") if done else f"chapter {number}, to come"


def _files(contents: Any) -> Iterator[str]:
    """Yield the files that a table of contents names, in order."""
    if isinstance(contents, Mapping):
        yield from (value for key, value in contents.items() if key in ("root", "file"))
        contents = [value for value in contents.values() if isinstance(value, list)]
    if isinstance(contents, list):
        for entry in contents:
            yield from _files(entry)


def _chapter(path: Path) -> Chapter:
    source = path.read_text("utf-8")
    notebook = jupytext.reads(source, fmt="md:myst")
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    claims: dict[str, list[Cell]] = {}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, start=1):
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("claim:"):
                asserts = any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(cell.source)))
                claims.setdefault(tag.removeprefix("claim:"), []).append(Cell(number, asserts))
    title = next((line[2:] for line in text.splitlines() if line.startswith("# ")), path.stem)
    return Chapter(path.stem, title.partition(":")[0], source, text, claims)


def _called(entry: Any) -> str:
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [" ".join(map(str, [*one.rich_prelast_names, *one.rich_last_names])) for one in people]
    names = [f"{name[:1].upper()}{name[1:]}" for name in names]
    who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return f"{who} {entry.fields['year']}"


# --- The checks on a data file -----------------------------------------------------------------------------


class Rule(NamedTuple):
    """What a field of a data file must hold."""

    expected: str
    fits: Callable[[Any, Book], bool]
    required: bool = True


def is_text(value: Any, _: Book) -> bool:
    """Return whether a value is some words, without space around them."""
    return isinstance(value, str) and value != "" and value == value.strip()


def _is_whole(low: int, high: int) -> Callable[[Any, Book], bool]:
    return lambda value, _: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _are_keys(value: Any, book: Book) -> bool:
    return isinstance(value, list) and all(isinstance(key, str) and key in book.references for key in value)


def one_of(*words: str, required: bool = True) -> Rule:
    """Return the rule for a field that holds one of some words."""
    return Rule(f"one of {', '.join(words)}", lambda value, _: value in words, required)


TEXT = Rule("some words, without space around them", is_text)
MAYBE = TEXT._replace(required=False)
CHAPTER = Rule(f"the number of a chapter, 1 to {LAST}", _is_whole(1, LAST))
YEAR = Rule("a year, 1800 to 2100", _is_whole(1800, 2100))
KEYS = Rule("a list of keys of book/references.bib", _are_keys)
SOME_KEYS = Rule(
    "a list of keys of book/references.bib, at least one",
    lambda value, book: value != [] and _are_keys(value, book),
)
KEY = Rule(
    "a key of book/references.bib", lambda value, book: isinstance(value, str) and value in book.references
)
WORDS = Rule(
    "a list of words",
    lambda value, book: isinstance(value, list) and value != [] and all(is_text(one, book) for one in value),
    required=False,
)


def read(book: Book, file: str) -> dict:
    """Read a data file of the book. Raises Hole, naming the file and the line, if it is not TOML."""
    path = book.root / "book" / file
    if not path.exists():
        raise Hole(f"book/{file}: there is no such file")
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Hole(f"book/{file}: {error}") from None


def table(book: Book, file: str, kind: str, rules: Mapping[str, Rule], *, name: str) -> list[dict]:
    """Read the rows of a data file and check each by the rules; a field that is left out is None.

    kind: what the file calls a row. name: the field by which a row is called, the same in no two rows; a rule of
    another field may not depend on it. Raises Hole with a line for each fault: file, row, field, value, expectation.
    """
    given = read(book, file)
    rows = given.get(kind)
    if set(given) != {kind} or not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        raise Hole(
            f"book/{file}: holds {', '.join(given) or 'nothing'}; expected rows [[{kind}]] and nothing else"
        )
    faults = []
    for number, row in enumerate(rows, start=1):
        called = row.get(name, f"number {number}")
        faults += faults_in(f"book/{file}: {kind} {called!r}", row, rules, book)
    names = Counter(str(row[name]) for row in rows if name in row)
    faults += [
        f"book/{file}: {kind} {one!r} is there {n} times; expected once" for one, n in names.items() if n > 1
    ]
    if faults:
        raise Hole("\n".join(faults))
    return [{field: row.get(field) for field in rules} for row in rows]


def faults_in(place: str, row: Any, rules: Mapping[str, Rule], book: Book) -> Iterator[str]:
    """Yield a line for each field of a row that is unknown, missing, or against its rule."""
    if not isinstance(row, dict):
        yield f"{place} is {row!r}; expected a table with {', '.join(rules)}"
        return
    for field in row:
        if field not in rules:
            yield f"{place}: there is no field {field!r}; expected {', '.join(rules)}"
    for field, rule in rules.items():
        if field not in row:
            if rule.required:
                yield f"{place}: {field} is missing; expected {rule.expected}"
        elif not rule.fits(row[field], book):
            yield f"{place}: {field} is {row[field]!r}; expected {rule.expected}"


def refuse(faults: Iterable[str]) -> None:
    """Raise Hole if there are faults, a line for each."""
    if lines := list(faults):
        raise Hole("\n".join(lines))
