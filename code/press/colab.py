"""Make `.venv-colab`: an environment with the versions of Colab's image, as far as the package index has them.

    python -m press.colab [pip options]

The package itself is not installed here: a test builds it as a wheel and installs it alone, as the set-up cell of
a chapter does in Colab.
"""

import re
import subprocess
import sys
import venv

from press import ROOT

PLACE = ROOT / ".venv-colab"
PYTHON = PLACE / "bin" / "python"
CONSTRAINTS = ROOT / "constraints-colab.txt"


def pins() -> dict[str, str]:
    """Return what the image has: package → version."""
    return dict(re.findall(r"(?m)^([\w-]+)==(\S+)$", CONSTRAINTS.read_text()))


def main(options: list[str]) -> int:
    """Make the environment anew with these further pip options; return the exit code."""
    print("Making an environment with Colab's versions in .venv-colab (some minutes, once)", flush=True)
    venv.create(PLACE, clear=True, with_pip=True)
    # Colab's torch has CPU builds only on its maker's index, so ours stands in for it: the pin of requirements.txt.
    torch = re.search(r"(?m)^torch==\S+$", (ROOT / "requirements.txt").read_text())[0]
    wanted = [f"{name}=={version}" for name, version in pins().items() if name != "torch"] + [torch]
    # setuptools 80 is the last with the pkg_resources that ipywidgets 7 and IPython 7 still expect.
    command = [
        PYTHON,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        *options,
        *wanted,
        "setuptools<81",
    ]
    return subprocess.run([str(word) for word in command], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
