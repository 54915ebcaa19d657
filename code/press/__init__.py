"""The press: from text to page to site. It makes the book; readers never import it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
TEXT = BOOK / "text"
SITE = ROOT / "_build" / "html"


def chapters() -> list[str]:
    """Return the names of all chapters in order, such as `01-threshold`."""
    return sorted(path.stem for path in TEXT.glob("[0-9][0-9]-*.md"))


def address() -> str:
    """Return the public address of the repository, from its one home in pyproject.toml."""
    import tomllib

    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["repository"]
