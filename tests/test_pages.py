"""Every page is what its text gives, was run in order, and reads well where directives mean nothing."""

import ast
import json
import re

import nbformat
import pytest

from press import BOOK, ROOT, TEXT, address, chapters, pages
from press.pages import code_cells, read_text

LABELS = ("plot", "figure", "image", "chart of", "picture of", "graph of", "screenshot")  # how a label begins


@pytest.fixture(params=chapters())
def chapter(request):
    return request.param


@pytest.fixture
def text(chapter):
    return read_text(chapter)


@pytest.fixture
def page(chapter):
    return nbformat.read(BOOK / f"{chapter}.ipynb", as_version=4)


def test_there_are_chapters():
    assert chapters(), "no chapter in book/text"


def test_the_page_has_the_cells_of_its_text(chapter, text, page):
    for number, (mine, theirs) in enumerate(zip(text.cells, page.cells, strict=False), start=1):
        assert mine.source == theirs.source, (
            f"{chapter}, cell {number}: the page differs from its text; run: make pages"
        )
    assert len(text.cells) == len(page.cells), f"{chapter}: cells are missing from the page; run: make pages"
    assert pages.same_source(text, page), (
        f"{chapter}: tags or figure texts differ from the text; run: make pages"
    )


def test_the_page_is_up_to_date(chapter):
    assert pages.stored(chapter) == pages.digest(chapter), (
        f"{chapter}: text, modules, results or pins changed since the page was run; run: make pages"
    )


def test_the_page_was_run_in_order_without_error(chapter, page):
    counts = [cell.execution_count for cell in code_cells(page)]
    assert counts == list(range(1, len(counts) + 1)), f"{chapter}: cells were run as {counts}"
    for number, cell in enumerate(code_cells(page), start=1):
        kinds = [output.output_type for output in cell.outputs]
        assert "error" not in kinds, f"{chapter}, code cell {number} failed when the page was made"
        spoken = "".join(output.text for output in cell.outputs if output.get("name") == "stderr")
        assert not spoken, f"{chapter}, code cell {number} warns: {spoken[:200]}"


def test_the_page_is_stored_as_it_is_written(chapter, page):
    raw = (BOOK / f"{chapter}.ipynb").read_text()
    inputs = page.metadata["rectified"]
    again = pages.normalise(page)
    again.metadata["rectified"] = inputs
    assert nbformat.writes(again) + "\n" == raw, f"{chapter}: not in the normal form; run: make pages"
    assert "widgets" not in json.loads(raw)["metadata"]


def test_every_figure_has_alt_text_that_says_something(chapter, page):
    for number, cell in enumerate(code_cells(page), start=1):
        if any("image/png" in output.get("data", {}) for output in cell.outputs):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            caption = cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")
            place = f"{chapter}, code cell {number}"
            assert alt, f"{place}: a figure without alt text (metadata mystnb: image: alt)"
            assert len(alt.split()) >= 12, (
                f"{place}: {alt!r} is a label; say what the reader would see and conclude"
            )
            assert not alt.lower().startswith(LABELS), (
                f"{place}: the alt text begins with a label: {alt[:40]!r}"
            )
            assert caption not in ("", alt), f"{place}: a figure needs a caption that gives its answer"


def test_the_set_up_cell_is_the_same_everywhere(chapter, text):
    first = code_cells(text)[0].source
    expected = (
        "import sys\n\n"
        'if "google.colab" in sys.modules:  # Colab has everything but the book\'s own package\n'
        f'    get_ipython().run_line_magic("pip", "install -q --no-deps git+{address()}")'
    )
    assert first == expected, f"{chapter}: the set-up cell differs from that of the other chapters"


def test_no_directive_that_colab_would_show_raw(chapter, text):
    for number, cell in enumerate(text.cells, start=1):
        if cell.cell_type == "markdown":
            raw = re.findall(
                r"(?m)^\s*(?:`{3,}\{|:{3,}\{|~{3,}\{).*|\{[a-z-]+\}`[^`]*`|^\([\w-]+\)=", cell.source
            )
            assert not raw, f"{chapter}, cell {number}: Colab and GitHub would show {raw[0]!r} as it stands"


def test_every_citation_has_its_entry(chapter, text):
    keys = set(re.findall(r"(?m)^@\w+\{([\w-]+),", (BOOK / "references.bib").read_text()))
    for number, cell in enumerate(text.cells, start=1):
        for key in re.findall(r"bibliography\.md#([\w-]+)", cell.source):
            assert key in keys, f"{chapter}, cell {number}: {key} is not in book/references.bib"


def test_every_claim_cell_asserts(chapter, text):
    for number, cell in enumerate(code_cells(text), start=1):
        claims = [tag for tag in cell.metadata.get("tags", []) if tag.startswith("claim:")]
        if claims:
            asserts = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Assert)]
            assert asserts, f"{chapter}, code cell {number} decides {', '.join(claims)} but asserts nothing"


def test_cells_are_short_and_narrow(chapter, text):
    for number, cell in enumerate(code_cells(text), start=1):
        lines = len(cell.source.splitlines())
        assert lines <= 30, f"{chapter}, code cell {number} has {lines} lines"
        widest = max(len(line) for line in cell.source.splitlines())
        assert number == 1 or widest <= 94, (
            f"{chapter}, code cell {number}: a line of {widest} would be cut off"
        )


# --- The machinery ------------------------------------------------------------------------------------------


@pytest.fixture
def small_book(tmp_path, monkeypatch):
    """A book of one chapter, in a folder of its own."""
    (tmp_path / "book" / "text").mkdir(parents=True)
    header = (TEXT / f"{chapters()[0]}.md").read_text().split("---\n")[1]
    body = "\n# 1943 · Small\n\n```{code-cell} ipython3\nprint(6 * 7)\n```\n"
    (tmp_path / "book" / "text" / "01-small.md").write_text(f"---\n{header}---\n{body}")
    monkeypatch.setattr(pages, "BOOK", tmp_path / "book")
    monkeypatch.setattr(pages, "TEXT", tmp_path / "book" / "text")
    monkeypatch.setattr(pages, "chapters", lambda: ["01-small"])
    return tmp_path / "book"


def test_a_page_is_the_same_bytes_when_made_again(small_book):
    assert pages.stale() == ["01-small"]
    pages.build("01-small")
    once = (small_book / "01-small.ipynb").read_bytes()
    assert pages.stale() == []
    pages.build("01-small")
    assert (small_book / "01-small.ipynb").read_bytes() == once
    assert b"42" in once


def test_an_edited_sentence_makes_a_page_stale(small_book):
    pages.build("01-small")
    text = small_book / "text" / "01-small.md"
    text.write_text(text.read_text().replace("Small", "Smaller"))
    assert pages.stale() == ["01-small"]


def test_the_public_address_makes_no_page_stale(small_book, monkeypatch):
    text, other = small_book / "text" / "01-small.md", "https://github.com/somebody/else-where"
    text.write_text(text.read_text() + f"\nRead {address()}.\n")
    before = pages.digest("01-small")
    text.write_text(text.read_text().replace(address(), other))
    monkeypatch.setattr(pages, "address", lambda: other)
    assert pages.digest("01-small") == before


def test_a_failing_cell_stops_with_chapter_cell_and_traceback(small_book):
    pages.build("01-small")
    once = (small_book / "01-small.ipynb").read_bytes()
    text = small_book / "text" / "01-small.md"
    text.write_text(text.read_text().replace("6 * 7", "6 / 0"))
    with pytest.raises(
        RuntimeError, match=r"(?s)01-small: code cell 1 of 1 failed.*6 / 0.*ZeroDivisionError"
    ):
        pages.build("01-small")
    assert (small_book / "01-small.ipynb").read_bytes() == once


def test_an_edit_made_in_the_notebook_comes_back(small_book):
    pages.build("01-small")
    assert not pages.back("01-small")
    page = small_book / "01-small.ipynb"
    page.write_text(page.read_text().replace("6 * 7", "6 * 8"))
    assert pages.back("01-small")
    assert "print(6 * 8)" in (small_book / "text" / "01-small.md").read_text()
    assert "format_name: myst" in (small_book / "text" / "01-small.md").read_text()


def test_what_was_not_edited_comes_back_to_the_letter(small_book):
    text = small_book / "text" / "01-small.md"
    text.write_text(text.read_text() + "\n```{code-cell} ipython3\n:tags: [odd-order, a]\n\nprint(8)\n```\n")
    pages.build("01-small")
    before = text.read_text()
    page = small_book / "01-small.ipynb"
    page.write_text(page.read_text().replace("6 * 7", "6 * 8"))
    pages.back("01-small")
    assert text.read_text() == before.replace("6 * 7", "6 * 8")


def test_a_notebook_without_its_record_is_not_brought_back(small_book):
    pages.build("01-small")
    page = small_book / "01-small.ipynb"
    page.write_text(page.read_text().replace("6 * 7", "6 * 8").replace('"rectified"', '"lost"'))
    with pytest.raises(RuntimeError, match="was not made from"):
        pages.back("01-small")


def test_an_edit_during_the_run_leaves_the_page_stale(small_book, monkeypatch):
    text = small_book / "text" / "01-small.md"
    execute = pages.execute

    def edited_meanwhile(*arguments):
        text.write_text(text.read_text().replace("Small", "Smaller"))
        return execute(*arguments)

    monkeypatch.setattr(pages, "execute", edited_meanwhile)
    pages.build("01-small")
    assert pages.stale() == ["01-small"]


def test_a_cell_that_is_not_python_is_named(small_book):
    text = small_book / "text" / "01-small.md"
    text.write_text(text.read_text().replace("6 * 7)", "6 * 7"))
    with pytest.raises(RuntimeError, match="01-small: code cell 1 is not Python"):
        pages.stale()


def test_a_kernel_that_dies_is_told_with_chapter_and_cell(small_book):
    text = small_book / "text" / "01-small.md"
    text.write_text(text.read_text().replace("print(6 * 7)", "import os; os._exit(1)"))
    with pytest.raises(RuntimeError, match="01-small: code cell 1 of 1 failed"):
        pages.build("01-small")


def test_edits_on_both_sides_are_refused(small_book):
    pages.build("01-small")
    page, text = small_book / "01-small.ipynb", small_book / "text" / "01-small.md"
    page.write_text(page.read_text().replace("6 * 7", "6 * 8"))
    text.write_text(text.read_text().replace("Small", "Smaller"))
    with pytest.raises(RuntimeError, match=r"01-small: book/01-small\.ipynb was not made from"):
        pages.back("01-small")


def test_a_page_depends_on_what_it_imports():
    files = {path.relative_to(ROOT).as_posix() for path in pages.inputs("01-threshold")}
    assert {"code/rectified/threshold.py", "code/rectified/plotting.py", "code/rectified/palette.py"} <= files
    assert "code/rectified/training.py" not in files


def test_a_page_depends_on_the_results_that_it_names_and_on_no_other():
    files = {path.name for path in pages.inputs("05-convolution") if path.parent.name == "results"}
    assert files == {"lenet.json", "zipcodes.json"}  # "glorot" is a rule for first weights there, not a file


def test_what_was_printed_in_pieces_is_stored_in_one():
    def said(name, text):
        return nbformat.v4.new_output("stream", name=name, text=text)

    picture = nbformat.v4.new_output("display_data", data={"text/plain": "a picture"})
    outputs = [
        said("stdout", "1\n"),
        said("stdout", "2\n"),
        said("stderr", "!"),
        picture,
        said("stdout", "3\n"),
    ]
    cell = nbformat.v4.new_code_cell("…", outputs=outputs)
    pages.normalise(nbformat.v4.new_notebook(cells=[cell]))
    assert [output.get("text") for output in cell.outputs] == ["1\n2\n", "!", None, "3\n"]


def test_an_unknown_chapter_is_named():
    with pytest.raises(FileNotFoundError, match="no text for chapter '99-nothing'; there are 01-threshold"):
        read_text("99-nothing")
