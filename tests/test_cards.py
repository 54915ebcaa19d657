"""Every page has a card: its title over its own figure, the same bytes each time, and told in its head."""

import io

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from press import cards
from rectified.palette import PAPER


def opened(content: bytes) -> np.ndarray:
    """The pixels of a PNG file."""
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def inked(pixels: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is not paper."""
    paper = np.array([int(PAPER[i : i + 2], 16) for i in (1, 3, 5)])
    rows, columns = np.nonzero((np.abs(pixels - paper) > 2).any(axis=2))
    return columns.min(), rows.min(), columns.max(), rows.max()


@pytest.fixture
def figure(tmp_path):
    """A picture of 700 × 310 in one colour."""
    Image.new("RGB", (700, 310), "#0c7b59").save(tmp_path / "wide.png")
    return tmp_path / "wide.png"


@pytest.fixture
def built(tmp_path, figure):
    """A site of two pages with a figure and one without, as Sphinx would leave it."""
    pages = {
        "index": "<h1>Rectified</h1><p><em>A runnable history: of one kink.</em></p>"
        '<img alt="Cover" src="../wide.png">',
        "01-threshold": '<h1><span class="section-number">1. </span>1943 · Threshold: yes &amp; no'
        '<a class="headerlink" href="#x">#</a></h1><figure data-explorer="toy"><img alt="Still" src="../none.png">'
        '</figure><img alt="Two &quot;scores&quot;." src="../wide.png">',
        "bibliography": "<h1>Bibliography</h1>",
    }
    (tmp_path / "book").mkdir()
    for name, body in pages.items():
        html = f"<html><head><title>{name}</title></head><body><main>{body}</main></body></html>"
        (tmp_path / "book" / f"{name}.html").write_text(html, "utf-8")
    (tmp_path / "index.html").write_text("<html><head><title>Rectified</title></head></html>", "utf-8")
    cards.add(tmp_path, "https://example.org/some/where/", "book/index.html")
    return tmp_path


def told(page) -> dict[str, str]:
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    return {tag.get("property") or tag.get("name"): tag["content"] for tag in soup.head.select("meta")}


def test_every_page_tells_its_card_by_a_whole_address(built):
    for name in ("index", "01-threshold", "bibliography"):
        said = told(built / "book" / f"{name}.html")
        assert said["og:image"] == f"https://example.org/some/where/_cards/{name}.png"
        assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
        assert said["twitter:card"] == "summary_large_image"
        assert opened((built / "_cards" / f"{name}.png").read_bytes()).shape == (630, 1200, 3)
    assert told(built / "index.html") == told(built / "book" / "index.html")


def test_a_card_is_described_and_an_explorers_still_is_not_its_figure(built):
    alt = {name: told(built / "book" / f"{name}.html")["og:image:alt"] for name in
           ("index", "01-threshold", "bibliography")}  # fmt: skip
    assert alt["01-threshold"] == '1943 · Threshold: yes & no. Two "scores".'
    assert alt["index"] == "Rectified: A runnable history. Cover"
    assert alt["bibliography"] == "Bibliography. Cover"


def test_no_page_loads_a_card(built):
    for page in built.rglob("*.html"):
        soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
        assert not [
            tag for tag in soup.select("[src], [href]") if "_cards" in (tag.get("src") or tag.get("href"))
        ]


def test_the_same_page_gives_the_same_bytes_and_another_title_others(figure):
    once = cards.draw("1943 · Threshold: yes and no", figure)
    assert once == cards.draw("1943 · Threshold: yes and no", figure)
    assert once != cards.draw("1943 · Threshold: yes or no", figure)
    assert once != cards.draw("1943 · Threshold: yes and no")
    assert len(once) < 200_000


@pytest.mark.parametrize("shape", [(700, 310), (300, 300), (200, 900), (2000, 200)])
@pytest.mark.parametrize("title", ["Kink", "1991–2010 · Saturation: " + "the flow of blame dries up " * 4])
def test_everything_stays_inside_the_margins(tmp_path, shape, title):
    Image.new("RGB", shape, "#0c7b59").save(tmp_path / "any.png")
    pixels = opened(cards.draw(title, tmp_path / "any.png"))
    left, top, right, bottom = inked(pixels)
    assert left >= cards.MARGIN - 4
    assert top >= 40
    assert right <= cards.WIDTH - cards.MARGIN + 4
    assert bottom <= cards.HEIGHT - 36
    green = (np.abs(pixels - [0x0C, 0x7B, 0x59]) < 3).all(axis=2)
    rows, columns = np.nonzero(green)
    assert green.sum() > 4000, "the picture is too small to be seen"
    drawn = (columns.max() - columns.min() + 1) / (rows.max() - rows.min() + 1)
    assert drawn == pytest.approx(shape[0] / shape[1], rel=0.05), "the picture was squeezed"


def test_lines_are_broken_between_words_and_about_equally_long():
    font = cards._font(cards.STRONG, 66)
    text = "The flow of blame dries up in every deep net"
    lines = cards._lines(text, cards.STRONG, 66, 700)
    assert " ".join(lines) == text
    lengths = [font.getlength(line) for line in lines]
    assert len(lines) > 1
    assert max(lengths) <= 700
    assert min(lengths) > 0.5 * max(lengths)


def test_a_letter_that_the_type_lacks_is_named():
    with pytest.raises(ValueError, match=r"the card of 'The 猫' cannot be set: .* has no '猫'"):
        cards.draw("The 猫")
