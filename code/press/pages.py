"""From text to page: `book/text/NN-name.md` → a fresh kernel → `book/NN-name.ipynb`, committed with its outputs.

    python -m press.pages            run the chapters that changed, several at once
    python -m press.pages 01 07      run these, changed or not
    python -m press.pages --stale    list the chapters that changed; exit 1 if there are any
    python -m press.pages --back     bring edits made in a notebook back into its text

What changed is judged by content: a page carries a digest of its text, of the package's modules that it imports,
of the stored results that it names, and of the pins. Running a page twice gives the same bytes.
"""

import argparse
import ast
import hashlib
import os
import re
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import jupytext
import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from press import BOOK, ROOT, TEXT, address, chapters

PACKAGE = ROOT / "code" / "rectified"
LIMIT = 600  # seconds a cell may take before the run is given up
VIEW = "application/vnd.jupyter.widget-view+json"
KEPT = ("kernelspec", "tags", "mystnb")  # the metadata that a page keeps
# One fixed set of circumstances, so that a page comes out the same whenever it is run.
CIRCUMSTANCES = {
    "OMP_NUM_THREADS": "2",
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}


def read_text(name: str) -> NotebookNode:
    """Return the text of a chapter as a notebook without outputs.

    Raises FileNotFoundError, naming the chapters there are, if there is none of that name.
    """
    path = TEXT / f"{name}.md"
    if not path.exists():
        raise FileNotFoundError(f"no text for chapter {name!r}; there are {', '.join(chapters())}")
    return jupytext.read(path, fmt="md:myst")


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells of a notebook, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def parsed(name: str) -> list[ast.Module]:
    """Return the syntax tree of every code cell of a chapter.

    Raises RuntimeError, naming chapter and cell, if one of them is not Python.
    """
    trees = []
    for number, cell in enumerate(code_cells(read_text(name)), start=1):
        try:
            trees.append(ast.parse(TransformerManager().transform_cell(cell.source)))
        except SyntaxError as error:
            raise RuntimeError(f"{name}: code cell {number} is not Python: {error}") from None
    return trees


def _imports(tree: ast.Module) -> set[str]:
    """Return what a piece of Python imports of the package, as dotted names."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] == PACKAGE.name}


def _files(module: str) -> set[Path]:
    """Return the file of a module of the package; none if the name is of something in a module."""
    base = PACKAGE.joinpath(*module.split(".")[1:])
    if base == PACKAGE:
        return {PACKAGE / "__init__.py"}
    return {path for path in (base.with_suffix(".py"), base / "__init__.py") if path.exists()}


def inputs(name: str) -> list[Path]:
    """Return every file, its text apart, on which the page of a chapter depends.

    Stored results count where the code, of the page or of a module that it imports, has the name of their file.
    """
    trees, found = parsed(name), set()
    words = set()
    waiting = set().union(*map(_imports, trees))
    while waiting or trees:
        for tree in trees:
            waiting |= _imports(tree)
            words |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        fresh = set().union(*map(_files, waiting)) - found
        found |= fresh
        waiting, trees = set(), [ast.parse(path.read_text("utf-8")) for path in fresh]
    found |= {path for path in (PACKAGE / "results").rglob("*.json") if path.name in words}
    return sorted([*found, *PACKAGE.glob("*.mplstyle"), ROOT / "requirements.txt", Path(__file__)])


def _text_digest(name: str) -> str:
    """Return a checksum of the text of a chapter alone.

    The public address is left out of it, so that a fork need not run every page again.
    """
    owner, repository = address().split("/")[-2:]
    text = (TEXT / f"{name}.md").read_text("utf-8")
    text = re.sub(rf"{owner}/{repository}|{owner}\.github\.io/{repository}", "", text)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digest(name: str) -> dict[str, str]:
    """Return two checksums: of the text of a chapter, and of all that its page depends on besides."""
    total = hashlib.sha256()
    for path in inputs(name):
        total.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return {"inputs": total.hexdigest()[:16], "text": _text_digest(name)}


def stored(name: str) -> dict[str, str]:
    """Return the checksums that the page of a chapter carries; none if there is no page."""
    path = BOOK / f"{name}.ipynb"
    return dict(nbformat.read(path, as_version=4).metadata.get("rectified", {})) if path.exists() else {}


def stale() -> list[str]:
    """Return the chapters whose page is not what their text and its surroundings would give now."""
    return [name for name in chapters() if stored(name) != digest(name)]


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Strip from a notebook whatever differs from run to run, in place, and return it."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
    )
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
        cell.metadata = NotebookNode({key: cell.metadata[key] for key in KEPT if key in cell.metadata})
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(
                VIEW, None
            )  # random widget ids; the explorers' text/html stands for it
            if "metadata" in output:
                output.metadata = NotebookNode()
        cell.get("outputs", [])[:] = _joined(cell.get("outputs", []))
    return notebook


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return outputs in which neighbours of one stream are one: a slow machine sends what is printed in pieces."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def execute(notebook: NotebookNode, folder: Path) -> float:
    """Run a notebook in a fresh kernel, in place, and return the kernel's peak memory in MB."""
    quiet = ["--IPKernelApp.log_level=ERROR"]
    client = NotebookClient(notebook, timeout=LIMIT, kernel_name="python3", record_timing=False,
                            resources={"metadata": {"path": str(folder)}}, extra_arguments=quiet)  # fmt: skip
    with tempfile.TemporaryDirectory() as profile:  # nobody's own start-up files
        circumstances = os.environ | CIRCUMSTANCES | {"IPYTHONDIR": profile}
        with client.setup_kernel(env=circumstances):
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
            asked = {"peak": "__import__('resource').getrusage(0).ru_maxrss"}
            reply = run_sync(client.kc.execute_interactive)("", user_expressions=asked, store_history=False)
    peak = int(reply["content"]["user_expressions"]["peak"]["data"]["text/plain"])
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def build(name: str) -> tuple[str, float, float, int]:
    """Run one chapter and write its page; return its name, its seconds, its peak MB and its number of cells.

    Raises RuntimeError with chapter, cell and what went wrong if a cell fails, takes too long or kills its
    kernel; the page on disk stays as it was.
    """
    start = time.perf_counter()
    made_of = digest(name)  # before the run: what is edited meanwhile makes the page stale
    notebook = read_text(name)
    cells = code_cells(notebook)
    notebook.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"}
    )
    try:
        peak = execute(notebook, BOOK)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        done = sum(cell.execution_count is not None for cell in cells)
        failed = [
            k for k, cell in enumerate(cells, 1) if any(out.output_type == "error" for out in cell.outputs)
        ]
        place = failed[0] if failed else max(done, 1)
        raise RuntimeError(f"{name}: code cell {place} of {len(cells)} failed\n\n{error}") from None
    normalise(notebook)
    notebook.metadata["rectified"] = made_of
    write(BOOK / f"{name}.ipynb", nbformat.writes(notebook) + "\n")
    return name, time.perf_counter() - start, peak, len(cells)


def write(path: Path, content: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(content, "utf-8")
    part.replace(path)


def build_all(names: list[str]) -> int:
    """Run several chapters at once, a line each; return how many failed."""
    failures = 0
    with ProcessPoolExecutor(max_workers=min(len(names), os.cpu_count() or 1)) as pool:
        jobs = {pool.submit(build, name): name for name in names}
        for job in as_completed(jobs):
            try:
                name, seconds, peak, cells = job.result()
                print(f"{name:20} {cells:3} cells {seconds:6.1f} s {peak:6.0f} MB", flush=True)
            except RuntimeError as error:
                failures += 1
                print(f"\n{'=' * 100}\n{error}\n{'=' * 100}", file=sys.stderr, flush=True)
    return failures


def same_source(text: NotebookNode, page: NotebookNode) -> bool:
    """Say whether two notebooks have the same cells, outputs apart."""

    def essence(notebook):
        return [
            (cell.cell_type, cell.source, {key: cell.metadata[key] for key in KEPT if key in cell.metadata})
            for cell in notebook.cells
        ]

    return essence(text) == essence(page)


def back(name: str) -> bool:
    """Bring an edit made in the notebook of a chapter back into its text; return whether there was one.

    Cells that were not edited keep their text to the letter. Raises RuntimeError if the text has changed too
    since the page was made, or if the notebook no longer says from which text it was made.
    """
    page, before = nbformat.read(BOOK / f"{name}.ipynb", as_version=4), read_text(name)
    if same_source(before, page):
        return False
    if stored(name).get("text") != _text_digest(name):
        raise RuntimeError(
            f"{name}: book/{name}.ipynb was not made from book/text/{name}.md as it is now: "
            "both have changed, or the notebook lost its record; undo one of the two, or run: make pages"
        )
    path = TEXT / f"{name}.md"
    text = path.read_text("utf-8")
    for mine, theirs in zip(before.cells, page.cells, strict=False):
        if mine.source != theirs.source and text.count(mine.source) == 1:
            text = text.replace(mine.source, theirs.source)
    if not same_source(jupytext.reads(text, fmt="md:myst"), page):  # cells came, went or changed their tags
        for cell in page.cells:
            cell.metadata = NotebookNode({key: cell.metadata[key] for key in KEPT if key in cell.metadata})
        page.metadata = before.metadata
        text = jupytext.writes(page, fmt="md:myst")
    write(path, text)
    return True


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m press.pages", description=__doc__.split("\n")[0])
    parser.add_argument(
        "names", nargs="*", help="chapters, by name or number; all that changed if none is given"
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--stale", action="store_true", help="list the chapters that changed; exit 1 if any")
    group.add_argument(
        "--back", action="store_true", help="bring edits made in a notebook back into its text"
    )
    options = parser.parse_args(arguments)
    unknown = [word for word in options.names if not any(name.startswith(word) for name in chapters())]
    if unknown:
        parser.error(f"no chapter {', '.join(unknown)}; there are {', '.join(chapters())}")
    named = [name for name in chapters() if any(name.startswith(word) for word in options.names)]
    if options.stale:
        changed = stale()
        for name in changed:
            print(f"{name}: the page is older than its text, its modules, its results or the pins")
        return bool(changed)
    if options.back:
        brought = [name for name in named or chapters() if back(name)]
        print(
            f"brought back: {', '.join(brought)}; now run: make pages"
            if brought
            else "no notebook has edits of its own"
        )
        return 0
    names = named or stale()
    if not names:
        print(f"All {len(chapters())} pages are up to date")
        return 0
    return build_all(names) > 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:  # what the reader of this message can mend; anything else is a defect
        sys.exit(str(error))
