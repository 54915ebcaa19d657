"""The site at its public address: a host's page for what is missing, the map of the site, what a link shows."""

from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import yaml
from bs4 import BeautifulSoup

from press import ROOT, site

ADDRESS = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["html"]["baseurl"]


@pytest.fixture(scope="module")
def built():
    return site.current()


@pytest.fixture(scope="module")
def hosted(built, browser):
    """A browser in which the public address answers as a static host does; no request leaves this machine."""

    def answer(route):
        place = urlsplit(route.request.url.removeprefix(ADDRESS)).path
        if not route.request.url.startswith(ADDRESS):
            route.abort()
        elif (built / place).is_file():
            route.fulfill(path=built / place)
        else:
            route.fulfill(path=built / "404.html", status=404)

    with browser.new_context() as context:
        context.route("**/*", answer)
        yield context


def parsed(page) -> BeautifulSoup:
    return BeautifulSoup(page.read_text("utf-8"), "html.parser")


@pytest.mark.parametrize("place", ["nothing", "book/02-nothing.html", "a/very/deep/place/"])
def test_a_missing_page_leads_back_from_any_depth(hosted, place):
    tab, asked = hosted.new_page(), []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(ADDRESS + place)
    assert tab.locator("h1").inner_text() == "Nothing here"
    assert {url for url in asked if not url.endswith("favicon.ico")} == {ADDRESS + place}
    tab.get_by_role("link").click()
    tab.wait_for_url(ADDRESS + "book/index.html")
    tab.goto(ADDRESS + place)
    tab.get_by_role("searchbox").fill("Householder")
    tab.get_by_role("searchbox").press("Enter")
    tab.wait_for_url(ADDRESS + "search.html?q=Householder")
    tab.close()


def test_the_missing_page_names_whole_addresses_of_pages_that_exist(built):
    page = parsed(built / "404.html")
    links = [tag.get("href") or tag.get("action") for tag in page.select("[href], [action]")]
    assert len(links) == 2
    for link in links:
        assert link.startswith(ADDRESS)
        assert (built / link.removeprefix(ADDRESS)).is_file()
    assert not page.select("[src], link[rel=stylesheet], link[rel=canonical]")
    assert page.select_one("meta[name=robots]")["content"] == "noindex"


def test_the_map_lists_every_page_of_the_book_and_no_other(built):
    root = ElementTree.parse(built / "sitemap.xml").getroot()
    listed = [entry.text for entry in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert listed == [ADDRESS + page for page in site.pages(built) if page.startswith("book/")]
    for place in listed:
        page = parsed(built / place.removeprefix(ADDRESS))
        assert page.select_one("link[rel=canonical]")["href"] == place


def test_every_page_has_a_card_of_its_own_that_exists(built):
    cards = []
    for page in [page for page in site.pages(built) if page.startswith("book/")]:
        head = parsed(built / page).head
        (card,) = (tag["content"] for tag in head.select("meta[property='og:image']"))
        assert (built / card.removeprefix(ADDRESS)).is_file(), f"{page}: no such card: {card}"
        assert head.select_one("meta[property='og:image:alt']")["content"], page
        cards.append(card)
    assert len(set(cards)) == len(cards)
    start = parsed(built / "index.html").select_one("meta[property='og:image']")["content"]
    assert start == f"{ADDRESS}_cards/index.png"
