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
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import jupytext
import nbformat
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
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


def _imports(source: str, package: str = "rectified") -> set[str]:
    """Return the files of the package that a piece of Python imports directly."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] == package}


def _file(module: str) -> Path | None:
    base = PACKAGE.joinpath(*module.split(".")[1:])
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.exists() and base != PACKAGE:
            return path
    return None


def inputs(name: str) -> list[Path]:
    """Return every file, its text apart, on which the page of a chapter depends."""
    cells = [cell.source for cell in code_cells(read_text(name))]
    found: set[Path] = {PACKAGE / "__init__.py"}
    waiting = set().union(*(_imports(re.sub(r"(?m)^\s*[%!].*$", "", source)) for source in cells))
    while waiting:
        path = _file(waiting.pop())
        if path is not None and path not in found:
            found.add(path)
            if path.name == "__init__.py":
                found |= set(path.parent.glob("*.py"))
            for part in [path, *(path.parent.glob("*.py") if path.name == "__init__.py" else ())]:
                waiting |= _imports(part.read_text())
    words = {word for source in cells for word in re.findall(r"[\w-]+", source)}
    found |= {path for path in (PACKAGE / "results").glob("*.json") if path.stem in words}
    found |= set(PACKAGE.glob("*.mplstyle"))
    return sorted([*found, ROOT / "requirements.txt"])


def digest(name: str) -> str:
    """Return one checksum of the text of a chapter and of all that its page depends on.

    The public address is left out of it, so that a fork need not run every page again.
    """
    text = (TEXT / f"{name}.md").read_text().replace(address(), "")
    total = hashlib.sha256(text.encode())
    for path in inputs(name):
        total.update(path.relative_to(ROOT).as_posix().encode())
        total.update(path.read_bytes())
    return total.hexdigest()[:16]


def stored(name: str) -> str | None:
    """Return the digest that the committed page of a chapter carries, or None."""
    path = BOOK / f"{name}.ipynb"
    if not path.exists():
        return None
    return nbformat.read(path, as_version=4).metadata.get("rectified", {}).get("inputs")


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
    return notebook


def execute(notebook: NotebookNode, folder: Path) -> float:
    """Run a notebook in a fresh kernel, in place, and return the kernel's peak memory in MB."""
    os.environ.update(CIRCUMSTANCES)
    quiet = ["--IPKernelApp.log_level=ERROR"]
    client = NotebookClient(notebook, timeout=LIMIT, kernel_name="python3", record_timing=False,
                            resources={"metadata": {"path": str(folder)}}, extra_arguments=quiet)  # fmt: skip
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        asked = {"peak": "__import__('resource').getrusage(0).ru_maxrss"}
        reply = run_sync(client.kc.execute_interactive)("", user_expressions=asked, store_history=False)
    peak = int(reply["content"]["user_expressions"]["peak"]["data"]["text/plain"])
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def build(name: str) -> tuple[str, float, float, int]:
    """Run one chapter and write its page; return its name, its seconds, its peak MB and its number of cells.

    Raises RuntimeError with chapter, cell and traceback if a cell fails; the page on disk stays as it was.
    """
    start = time.perf_counter()
    notebook = read_text(name)
    notebook.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"}
    )
    try:
        peak = execute(notebook, BOOK)
    except CellExecutionError as error:
        cells = code_cells(notebook)
        place = next(
            k for k, cell in enumerate(cells) if any(out.output_type == "error" for out in cell.outputs)
        )
        raise RuntimeError(f"{name}: code cell {place + 1} of {len(cells)} failed\n\n{error}") from None
    normalise(notebook)
    notebook.metadata["rectified"] = {"inputs": digest(name)}
    write(BOOK / f"{name}.ipynb", nbformat.writes(notebook) + "\n")
    return name, time.perf_counter() - start, peak, len(code_cells(notebook))


def write(path: Path, content: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(content)
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

    Raises RuntimeError if the text has changed too since the page was made.
    """
    page = nbformat.read(BOOK / f"{name}.ipynb", as_version=4)
    if same_source(read_text(name), page):
        return False
    if stored(name) is not None and stored(name) != digest(name):
        raise RuntimeError(
            f"{name}: both book/{name}.ipynb and book/text/{name}.md have changed since the page was made; "
            "undo one of the two"
        )
    header = jupytext.read(TEXT / f"{name}.md", fmt="md:myst").metadata
    for cell in page.cells:
        cell.metadata = NotebookNode({key: cell.metadata[key] for key in KEPT if key in cell.metadata})
    page.metadata = header
    write(TEXT / f"{name}.md", jupytext.writes(page, fmt="md:myst"))
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
        for name in stale():
            print(f"{name}: the page is older than its text, its modules, its results or the pins")
        return bool(stale())
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
    sys.exit(main())
