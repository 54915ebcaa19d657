"""A chapter is light enough for a slow line, and its weight is what a browser really fetches."""

import gzip

import numpy as np
from PIL import Image

from press import site, weight


def test_every_page_is_light(browser, capsys):
    weights = weight.weigh(site.current(), browser)
    with capsys.disabled():
        print("".join(f"\n{page:32} {each}" for page, each in weights.items()))
    heavy = [
        f"{page}: {name} {found:,} bytes, at most {limit:,} wanted ({each})"
        for page, each in weights.items()
        for name, found, limit in (
            ("its own content is", each.own, weight.OWN_LIMIT),
            ("a first visit costs", each.whole, weight.WHOLE_LIMIT),
        )
        if found > limit
    ]
    assert weights
    assert not heavy, "too heavy:\n" + "\n".join(heavy)


def test_what_is_fetched_late_is_weighed_and_what_is_not_fetched_is_not(tmp_path, browser):
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    for place in ("book", "_images", "_static", "_cards"):
        (tmp_path / place).mkdir()
    for name in ("_images/first.png", "_images/late.png", "_cards/page.png"):
        Image.fromarray(noise).save(tmp_path / name)
    (tmp_path / "_static" / "loader.mjs").write_text("import './toy.mjs'; // " + "shared " * 500)
    (tmp_path / "_static" / "toy.mjs").write_text("import './display.mjs'; // " + "own " * 500)
    (tmp_path / "_static" / "display.mjs").write_text("// " + "shared " * 500)
    page = tmp_path / "book" / "page.html"
    page.write_text(
        '<!DOCTYPE html><html lang="en"><title>T</title><link rel="icon" href="data:,">'
        '<meta property="og:image" content="../_cards/page.png"><script type="module" src="../_static/loader.mjs">'
        '</script><main><img src="../_images/first.png"><div style="height: 20000px"></div>'
        '<img loading="lazy" src="../_images/late.png">' + "words " * 500 + "</main></html>"
    )
    found = weight.weigh(tmp_path, browser)["book/page.html"]
    text = {name: len(gzip.compress((tmp_path / name).read_bytes(), mtime=0)) for name in
            ("book/page.html", "_static/loader.mjs", "_static/display.mjs", "_static/toy.mjs")}  # fmt: skip
    picture = (tmp_path / "_images" / "first.png").stat().st_size
    assert found.requests == 6
    assert found.whole == sum(text.values()) + 2 * picture
    assert found.own == found.whole - text["_static/loader.mjs"] - text["_static/display.mjs"]
    assert text["book/page.html"] < 0.5 * page.stat().st_size  # it was squeezed
    assert (
        str(found) == f"own {found.own / 1000:.0f} kB, first visit {found.whole / 1000:.0f} kB in 6 requests"
    )
