"""What is measured is measured in a copy, in the shape that is written down; no test looks at a time."""

import json
import re
from pathlib import Path

import pytest

from press import BOOK, ROOT, bench, chapters
from press import browser as chrome

WHOLE = {"rounds", "origin", "cores", "chapters", "tests", "site", "pages", "explorers", "seeds"}
PARTS = {
    "chapters": {"seconds", "peak_mb", "cells", "inputs"},
    "pages": {"requests", "own", "whole"},
    "explorers": {"page", "explorer", "control", "key", "median_ms", "presses"},
    "seeds": {"layers", "width", "seeds", "steps", "together", "in_turn", "plain", "share"},
}


@pytest.fixture
def tab(browser):
    page = browser.new_page()
    yield page
    page.close()


def misshapen(record: dict) -> list[str]:
    """Return a line for each way in which a record is not what the docstring of `press.bench` says."""
    found = [f"{name} is missing or unknown" for name in WHOLE ^ set(record)]
    for part, keys in PARTS.items():
        entries = record.get(part, [])
        for entry in entries.values() if isinstance(entries, dict) else entries:
            found += [f"{part}: {key} is missing or unknown" for key in keys ^ set(entry)]
    return found


def test_the_stored_file_has_the_shape_that_is_written_down():
    record = json.loads(bench.PLACE.read_text("utf-8"))
    assert not misshapen(record)
    assert set(record["chapters"]) <= set(chapters())
    assert {"versions", "processor", "date", "commit", "device", "seconds"} == set(record["origin"])
    assert {"cold", "edited", "chapter"} == set(record["site"])
    described = bench.__doc__.split("\n\n", 3)[3]
    assert re.findall(r"(?m)^    (\w+) ", described) == list(record)
    for part, keys in PARTS.items():
        listed = re.search(rf"(?ms)^    {part} .*?\{{ (.*?) \}}", described)[1]
        assert set(re.findall(r"\w+", listed)) == keys


def test_a_wrong_shape_is_told():
    assert misshapen({"explorers": [{"page": "a"}]}).count("explorers: key is missing or unknown") == 1
    assert "pages is missing or unknown" in misshapen({})


def test_it_works_in_a_copy(tmp_path):
    before = {path: path.stat().st_mtime_ns for path in BOOK.rglob("*")}
    root = bench.copy(tmp_path / "book")
    assert not list(root.glob(".venv*")) + list(root.glob("_build"))
    assert bench.run(
        root, "-c", "import press, rectified; print(press.ROOT, rectified.__file__)"
    ).split() == [
        str(root),
        str(root / "code" / "rectified" / "__init__.py"),
    ]
    assert before == {path: path.stat().st_mtime_ns for path in BOOK.rglob("*")}
    with pytest.raises(RuntimeError, match=r"python -c 1/0 failed:[\s\S]*ZeroDivisionError"):
        bench.run(root, "-c", "1/0")


def test_medians_come_from_every_round(monkeypatch):
    monkeypatch.setattr(bench, "STEPS", 1)
    calls = []
    monkeypatch.setattr(bench, "_plain", lambda *arguments: calls.append(arguments))
    record = bench.seeds_together("small", rounds=2)
    assert set(record) == PARTS["seeds"]
    assert len(calls) == (2 + 1) * bench.SEEDS  # and one round before them, which does not count
    assert (record["layers"], record["width"], record["steps"]) == (2, 32, 1)


def test_nbval_is_called_as_make_test_calls_it():
    assert f"-m pytest {bench.NBVAL}\n" in (ROOT / "Makefile").read_text("utf-8")


PAGE = """<!DOCTYPE html><html lang="en"><title>T</title>
<figure data-explorer="toy"><button disabled>Never</button><button>Dead</button>
<label>Depth <input type="range" min="0" max="4" value="2"></label><output></output></figure>
<script>
  document.querySelector("input").addEventListener("input", (event) => {
    document.querySelector("output").textContent = event.target.value;
  });
</script></html>"""


def test_an_explorer_is_timed_by_a_control_that_answers(tab, tmp_path):
    (tmp_path / "toy.html").write_text(PAGE)
    with chrome.served(tmp_path) as address:
        (record,) = bench.explorers(tab, address, "toy.html")
    assert set(record) == PARTS["explorers"]
    told = {key: value for key, value in record.items() if key != "median_ms"}
    assert told == {"page": "toy.html", "explorer": "toy", "control": "Depth", "key": "ArrowRight",
                    "presses": bench.PRESSES}  # fmt: skip
    assert record["median_ms"] > 0


def test_an_explorer_that_answers_to_no_key_is_named(tab, tmp_path):
    (tmp_path / "toy.html").write_text(PAGE.replace('type="range"', 'type="hidden"'))
    with (
        chrome.served(tmp_path) as address,
        pytest.raises(RuntimeError, match=r"explorer 'toy' on toy\.html has no control that answers"),
    ):
        list(bench.explorers(tab, address, "toy.html"))


def test_what_fails_is_told_and_nothing_is_stored(monkeypatch, tmp_path, capsys):
    def fail(rounds):
        raise RuntimeError(f"chapter 01 failed in {rounds}")

    monkeypatch.setattr(bench, "measure", fail)
    monkeypatch.setattr(bench, "PLACE", tmp_path / "verified.json")
    assert bench.main(["--rounds", "2"]) == 1
    assert "chapter 01 failed in 2" in capsys.readouterr().err
    assert not Path(bench.PLACE).exists()
