"""Draw the card of each page: the picture that shows where somebody links to the page.

A card is the page's title over the page's own first figure, in the book's type, drawn anew with every build of the
site. Only what prepares such a preview asks for it: a browser that reads the page does not load it. A page with
no figure shows the one of the start page.
"""

from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from PIL import Image, ImageDraw, ImageFont

from press import BOOK
from rectified.palette import FAMILIES, INK, MUTED, PAPER

WIDTH, HEIGHT, MARGIN = 1200, 630, 64  # what the networks show uncut
FONTS = BOOK / "_assets" / "static" / "fonts"
STRONG, SLANTED = "source-serif-4-latin-600-normal.woff2", "source-serif-4-latin-400-italic.woff2"
NAME = "Rectified"
# A picture less wide than WIDE times its height stands beside the title, in BESIDE pixels.
WIDE, BESIDE = 1.7, 560


def add(site: Path, address: str, start: str) -> None:
    """Draw the card of every page of the book below `site`, and name it in the head of the page.

    address: where the site will stand, ending in a slash. start: the page whose figure those without one borrow;
    `index.html`, which sends readers there, takes its card.
    """
    folder = site / "_cards"
    folder.mkdir()
    parsed = {
        page: BeautifulSoup(page.read_text("utf-8"), "html.parser") for page in site.glob("book/**/*.html")
    }
    cover = _picture(parsed[site / start])
    subtitle = parsed[site / start].select_one("h1 + p em")
    for page, soup in parsed.items():
        title, picture = _title(soup), _picture(soup) or cover
        if page == site / start and subtitle:
            title = f"{title}: {subtitle.get_text().partition(':')[0]}"
        name = "-".join(page.relative_to(site / "book").with_suffix(".png").parts)
        (folder / name).write_bytes(draw(title, picture and (page.parent / picture["src"]).resolve()))
        alt = f"{title}. {picture['alt']}" if picture else title
        for place in [page, site / "index.html"] if page == site / start else [page]:
            text = place.read_text("utf-8")
            place.write_text(
                text.replace("</title>", f"</title>\n{tags(f'{address}_cards/{name}', alt)}", 1), "utf-8"
            )


def tags(address: str, alt: str) -> str:
    """Return what a page's head says of its card; `alt` describes the card to those who do not see it."""
    said = {
        "og:image": address,
        "og:image:type": "image/png",
        "og:image:width": WIDTH,
        "og:image:height": HEIGHT,
        "og:image:alt": alt,
    }
    lines = [f'  <meta property="{name}" content="{escape(str(value))}">' for name, value in said.items()]
    return "\n".join([*lines, '  <meta name="twitter:card" content="summary_large_image">'])


def draw(title: str, picture: Path | None = None) -> bytes:
    """Return a card as a PNG file: a title, what follows its colon in a second voice, and a picture.

    The picture stands below the title, or beside it if it is not wide.
    Raises ValueError if the title has a character that the book's type lacks.
    """
    _check(title)
    card = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(card)
    room, y = WIDTH - 2 * MARGIN, 104
    if picture is not None:
        with Image.open(picture) as opened:
            figure = opened.convert("RGB")
        if beside := figure.width < WIDE * figure.height:
            room -= BESIDE + 40
    card.paste(_kink(), (MARGIN, 50))
    head, _, rest = title.partition(": ")
    if head != NAME:
        pen.text((MARGIN + 52, 84), NAME, MUTED, _font(STRONG, 30), anchor="ls")
    for text, file, size, leading, ink in ((head, STRONG, 66, 76, INK), (rest, SLANTED, 38, 52, MUTED)):
        for line in _lines(text, file, size, room):
            y += leading
            pen.text((MARGIN, y), line, ink, _font(file, size), anchor="ls")
    if picture is not None:
        left, top = (WIDTH - MARGIN - BESIDE, MARGIN) if beside else (MARGIN, y + 40)
        width, height = WIDTH - MARGIN - left, HEIGHT - 40 - top
        scale = min(width / figure.width, height / figure.height)
        figure = figure.resize((round(scale * figure.width), round(scale * figure.height)), Image.LANCZOS)
        card.paste(figure, (left + (width - figure.width) // 2, top + (height - figure.height) // 2))
    buffer = BytesIO()
    card.save(buffer, "png", optimize=True)
    return buffer.getvalue()


def _kink() -> Image.Image:
    """Return the book's sign, drawn large and made small so that its slope is smooth."""
    sign = Image.new("RGB", (4 * 40, 4 * 40), PAPER)
    ImageDraw.Draw(sign).line([(0, 124), (72, 124), (140, 24)], FAMILIES["relu"][0], 24, joint="curve")
    return sign.resize((40, 40), Image.LANCZOS)


def _lines(text: str, file: str, size: int, room: int) -> list[str]:
    """Return a text broken into as few lines as fit into `room` pixels, about equally long."""
    lines = _filled(text, _font(file, size), room)
    while len(narrower := _filled(text, _font(file, size), room := room - 20)) == len(lines) > 1:
        lines = narrower
    return lines


def _filled(text: str, font: ImageFont.FreeTypeFont, room: int) -> list[str]:
    """Return a text broken where a line would be longer than `room` pixels."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@cache
def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / file, size, layout_engine=ImageFont.Layout.BASIC)  # alike everywhere


def _check(title: str) -> None:
    """Raise ValueError, naming it, if a letter of the title is in none of the fonts."""
    for file in (STRONG, SLANTED):
        font = _font(file, 30)
        for letter in title:
            if not letter.isspace() and bytes(font.getmask(letter)) == bytes(font.getmask("\uffff")):
                raise ValueError(f"the card of {title!r} cannot be set: {file} has no {letter!r}")


def _title(soup: BeautifulSoup) -> str:
    heading = BeautifulSoup(str(soup.h1), "html.parser").h1
    for part in heading.select(".section-number, .headerlink"):
        part.decompose()
    return " ".join(heading.get_text().split())


def _picture(soup: BeautifulSoup) -> Tag | None:
    """Return the first figure of a page; an explorer's still picture is none."""
    figures = soup.select("main img[alt]:not([src$='.svg'])")
    return next((image for image in figures if not image.find_parent(attrs={"data-explorer": True})), None)
