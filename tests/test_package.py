"""The package as a whole: its floors, what importing it costs, and that it stands alone."""

import subprocess
import sys
import tomllib

import pytest

from press import ROOT, chapters

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
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


def test_nothing_but_training_imports_torch():
    modules = ["activations", "initialisation", "data", "runs", "eras", "palette", "plotting", "explorers"]
    modules += ["threshold", "exercises.threshold"]
    loaded = _run(
        "import sys\n"
        + "".join(f"import rectified.{name}\n" for name in modules)
        + "print([name for name in ('torch', 'requests', 'sklearn', 'IPython') if name in sys.modules])"
    )
    assert "torch" not in loaded


def test_the_standard_library_keeps_its_code_module():
    assert not (ROOT / "code" / "__init__.py").exists()
    done = subprocess.run(
        [sys.executable, "-c", "import code, pdb, doctest; print(code.__file__)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert str(ROOT) not in done.stdout.replace(str(ROOT / ".venv"), "")


@pytest.mark.parametrize("name", ["rectified.mplstyle", "explorers/loader.mjs", "explorers/pulses.mjs"])
def test_what_is_not_python_is_in_the_package(name):
    assert (ROOT / "code" / "rectified" / name).stat().st_size > 0


def test_the_project_names_no_place_of_its_makers():
    """No path of one machine, and no address but the public one, stands in what is committed."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    marks = ["/" + "root/", "/" + "home/", "file" + ":///"]
    for name in listed.splitlines():
        path = ROOT / name
        if (
            path.suffix in (".py", ".md", ".toml", ".yml", ".txt", ".ipynb", ".mjs", ".css", ".html", ".cff")
            and path.exists()
        ):
            text = path.read_text()
            found = [mark for mark in marks if mark in text]
            assert not found, f"{name} contains {found}"
