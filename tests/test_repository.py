"""The public address stands in one place, and everything that shows it agrees."""

import re
import shutil

import pytest

import press
from press import ROOT, address, repository


def test_the_address_is_one():
    assert repository.check(address()) == address()


@pytest.mark.parametrize(
    "url",
    ["", "https://github.com/owner", "http://github.com/owner/name", "https://example.com/owner/name",
     "https://github.com/owner/name/", "https://github.com/owner/name.git", "https://github.com/-owner/name",
     "https://github.com/owner/..", "https://github.com/owner/name; rm -rf", "git@github.com:owner/name"],
)  # fmt: skip
def test_anything_else_is_refused(url):
    with pytest.raises(ValueError, match=re.escape(repr(url))):
        repository.check(url)


def _addresses(text: str) -> set[str]:
    """Return every address of this repository that a file shows: those in Colab links, pip lines and badges."""
    name = address().rsplit("/", 1)[1]
    return set(re.findall(rf"github(?:\.com)?/([\w-]+/{re.escape(name)})(?![\w-])", text))


def test_all_that_show_it_agree():
    expected = address().removeprefix("https://github.com/")
    for path in repository.shown():
        different = _addresses(path.read_text()) - {expected}
        assert not different, f"{path.relative_to(ROOT)} shows {different}; expected {expected}"
    for name in ("README.md", "_config.yml", "CITATION.cff"):
        assert expected in (ROOT / name).read_text(), f"{name} does not show the address"


def test_a_change_reaches_every_place_and_needs_no_page_to_run(tmp_path, monkeypatch):
    for path in repository.shown():
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    for module in (press, repository):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(repository, "BOOK", tmp_path / "book")
    monkeypatch.setattr(repository, "TEXT", tmp_path / "book" / "text")
    old = address()
    changed = repository.change("https://github.com/somebody/else-where")
    assert {"pyproject.toml", "README.md", "_config.yml", "01-threshold.md", "01-threshold.ipynb"} <= {
        p.name for p in changed
    }
    assert address() == "https://github.com/somebody/else-where"
    for path in repository.shown():
        assert old.removeprefix("https://github.com/") not in path.read_text(), path
    with pytest.raises(ValueError):
        repository.change("nowhere")
    assert address() == "https://github.com/somebody/else-where"
