"""Change the public address of the repository, in its one home and wherever it is shown.

    python -m press.repository https://github.com/OWNER/NAME

The home is `[project.urls]` in pyproject.toml. It is shown by the README's badges, the settings of the site, the
citation file and the set-up cell of every chapter, in its text and on its page. No page needs to run again.
"""

import re
import sys
from pathlib import Path

from press import BOOK, ROOT, TEXT, address

ADDRESS = re.compile(
    r"https://github\.com/[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}"
)


def shown() -> list[Path]:
    """Return every file that shows the address."""
    fixed = [ROOT / name for name in ("pyproject.toml", "README.md", "CITATION.cff", "_config.yml")]
    workflows = (ROOT / ".github").rglob("*.yml")
    return [
        *fixed,
        *sorted(BOOK.glob("*.md")),
        *sorted(TEXT.glob("*.md")),
        *sorted(BOOK.glob("*.ipynb")),
        *workflows,
    ]


def check(url: str) -> str:
    """Return the address if it is one; raise ValueError if not."""
    if not ADDRESS.fullmatch(url) or url.endswith(".git"):
        raise ValueError(
            f"{url!r} is not the address of a repository; expected https://github.com/OWNER/NAME"
        )
    return url


def change(url: str) -> list[Path]:
    """Write a new address wherever the old one stands, and return the files that changed.

    Raises ValueError if `url` is not such an address; then nothing is changed.
    """
    old, new = address(), check(url)
    (owner, name), (new_owner, new_name) = (url.split("/")[-2:] for url in (old, new))
    end = r"(?![\w-])"  # so that a longer name which begins like ours is left alone
    changed = []
    for path in shown():
        text = path.read_text()
        fresh = re.sub(rf"\b{re.escape(f'{owner}/{name}')}{end}", f"{new_owner}/{new_name}", text)
        fresh = re.sub(
            rf"\b{re.escape(f'{owner}.github.io/{name}')}{end}", f"{new_owner}.github.io/{new_name}", fresh
        )
        if fresh != text:
            path.write_text(fresh)
            changed.append(path)
    return changed


def main(arguments: list[str]) -> int:
    """Do what the command line says; return the exit code."""
    try:
        changed = change(arguments[0] if arguments else "")
    except ValueError as error:
        print(f"make repository URL=…: {error}", file=sys.stderr)
        return 2
    for path in changed:
        print(path.relative_to(ROOT))
    print(f"{len(changed)} files now say {address()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
