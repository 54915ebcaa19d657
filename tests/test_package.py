"""The package as a whole: its floors, what importing it costs, and that it stands alone."""

import os
import pkgutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from zipfile import ZipFile

import pytest

import rectified
from press import ROOT, chapters

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
OWN = {"rectified", f"rectified-{SETTINGS['project']['version']}"}  # the folders of a wheel
TEXTS = {
    "", ".bib", ".cff", ".css", ".html", ".ipynb", ".js", ".md", ".mjs", ".mplstyle", ".py", ".sh", ".svg",
    ".toml", ".txt", ".yml",
}  # fmt: skip
ERAS = [name.split("-", 1)[1] for name in chapters()]


def _run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_floors_hold_every_era_in_the_order_of_the_story():
    floors, pictures = SETTINGS["tool"]["importlinter"]["contracts"]
    order = [layer for layer in floors["layers"] if layer in ERAS]
    assert order == ERAS[::-1], (
        "pyproject.toml: the eras must be layers in the order of the chapters, latest first"
    )
    assert {f"rectified.{era}" for era in ERAS} <= set(pictures["forbidden_modules"])


WITH_TORCH = {  # they train
    "rectified.training", "rectified.convolution", "rectified.exercises.convolution",
    "rectified.alexnet", "rectified.exercises.alexnet",
    "rectified.variants", "rectified.exercises.variants",
    "rectified.transformers", "rectified.exercises.transformers",
}  # fmt: skip


def test_what_works_on_arrays_imports_no_torch():
    modules = {module.name for module in pkgutil.walk_packages(rectified.__path__, "rectified.")}
    assert {"rectified.activations", "rectified.exercises.threshold"} | WITH_TORCH <= modules
    loaded = _run(
        "import sys\n"
        + "".join(f"import {name}\n" for name in sorted(modules - WITH_TORCH))
        + "print(*(name for name in ('torch', 'requests') if name in sys.modules))"
    )
    assert not loaded.split(), f"importing everything but {sorted(WITH_TORCH)} loads {loaded}"


def test_the_standard_library_keeps_its_code_module():
    assert not (ROOT / "code" / "__init__.py").exists()
    done = subprocess.run(
        [sys.executable, "-c", "import code, pdb, doctest; print(code.__file__)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert str(ROOT) not in done.stdout.replace(str(ROOT / ".venv"), "")


def test_what_is_not_python_is_in_the_package_that_is_installed(tmp_path):
    pytest.importorskip("hatchling", reason="hatchling is missing, so no wheel can be built: make setup")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", str(ROOT)]
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(tmp_path)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as opened:
        packed = set(opened.namelist())
    code = ROOT / "code"
    wanted = {"rectified/rectified.mplstyle", "rectified/explorers/explorers.css"}
    for kind in ("*.py", "explorers/*.mjs", "explorers/*.json", "results/*.json"):
        wanted |= {path.relative_to(code).as_posix() for path in (code / "rectified").rglob(kind)}
    assert "rectified/explorers/loader.mjs" in wanted
    assert not wanted - packed, f"{wheel.name} lacks {sorted(wanted - packed)}"
    foreign = {name for name in packed if name.split("/")[0].removesuffix(".dist-info") not in OWN}
    assert not foreign, f"{wheel.name} brings {sorted(foreign)}, which are no part of the package"


def committed(root: Path) -> list[Path]:
    """Return every file that git lists below `root`; where it lists none, every file not ignored."""
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:  # no git on this machine
        listed = []
    else:
        listed = done.stdout.split("\0")[:-1]
    if listed:  # none: no repository, or an unpacked archive inside somebody else's
        return [root / name for name in listed if (root / name).is_file()]
    ignored = [line.rstrip("/") for line in (root / ".gitignore").read_text().splitlines()]
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not any(fnmatch(name, each) for each in [*ignored, ".git"])]
        found += [Path(folder, name) for name in files]
    return found


def marks_in(path: Path) -> list[str]:
    """Return which marks of one machine stand in a file of text."""
    marks = ["/" + "root/", "/" + "home/", "/" + "tmp/", "file" + ":///"]
    text = path.read_text("utf-8") if path.suffix in TEXTS else ""
    return [mark for mark in marks if mark in text]


def test_the_project_names_no_place_of_its_makers():
    """No path of one machine, and no address but the public one, stands in what is committed."""
    names = committed(ROOT)
    assert {ROOT / "Makefile", ROOT / ".ci" / "run", Path(__file__)} <= set(names)
    found = []
    for path in names:
        marks = marks_in(path)
        found += [f"{path.relative_to(ROOT)} contains {mark}" for mark in marks]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", ["a.py", "b.js", "c.sh", "Makefile", ".ci/run", ".gitignore"])
@pytest.mark.parametrize("mark", ["/" + "tmp/", "/" + "home/"])
def test_a_place_is_found_without_a_repository_too(tmp_path, name, mark):
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".gitignore").write_text(".venv/\n")
    (tmp_path / ".venv" / "c.py").write_text(mark)
    (tmp_path / name).write_text(f".venv/\n{mark}x\n")
    assert {path for path in committed(tmp_path) if marks_in(path)} == {tmp_path / name}
