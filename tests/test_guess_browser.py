"""Predict first in the browser: commit before the answer, by keyboard; remembered here and sent nowhere."""

import pytest
from conftest import AXE, accessible, comes_alive

from press import browser as chrome
from rectified import explorers

EVIL = "</script><img src=x onerror=alert(1)>\"'&"
COLD = "heat, at every other tick, and never cold"
OPTIONS = ("cold, at every other tick", COLD, "heat and cold in turn")


def choice(options=OPTIONS):
    question = "What will the net feel if cold comes and goes, one tick on, one tick off?"
    return explorers.Guess(
        question, options=options, answer=COLD, why="Each single tick is a touch that ends."
    )


def number(between=(0, 16), answer=7):
    question = "Of the 16 functions of two inputs, how many can one cell compute?"
    why = "All that are false on silence, but for the exclusive or."
    return explorers.Guess(question, between=between, answer=answer, unit="of 16", close=1, why=why)


@pytest.fixture(scope="module")
def folder(explorer_site):
    """A site: the two kinds of question in the light and in the dark, one with its options turned, one of evil."""
    both = choice().figure() + number().figure()
    evil = explorers.Guess(EVIL, options=(EVIL, "b"), answer="b", why=EVIL).figure()
    return explorer_site({"light": ("light", both), "dark": ("dark", both), "evil": ("light", evil)})


@pytest.fixture(scope="module")
def address(folder):
    with chrome.served(folder) as address:
        yield address


def commit(tab, of=0):
    return tab.locator("figure").nth(of).get_by_role("button", name="Commit")


def result(tab, of=0):
    return tab.locator(".result").nth(of)


def focused(tab):
    return tab.evaluate("(e => e.className || e.value || e.textContent)(document.activeElement)")


# ------------------------------------------------------------------------------- what is said of a guess


def test_the_module_says_what_python_says(visit):
    ones = [choice(), choice(OPTIONS[::-1]), number(), number((-3, 4096), 1000), number((0, 70000), 65536)]
    grid, expected = [], []
    for one in ones:
        low, high = one.between or (0, len(one.options) - 1)
        for guess in sorted(
            {*range(low, min(high, 20) + 1), one.answer - 1, one.answer, one.answer + 1, high}
        ):
            if low <= guess <= high:
                grid.append(one.state() | {"guess": guess})
                expected.append(one.verdict(guess))
    assert len(set(expected)) > 60
    said = visit().evaluate(
        """async (grid) => {
            const { check, compute, linked } = await import("./_static/guess.mjs");
            if (linked.length) throw new Error("a link would carry the guess");
            return grid.map((state) => [check(state), compute(state)][1]);
        }""",
        grid,
    )
    assert said == expected


# ------------------------------------------------------------------------------- committing


def test_an_option_is_committed_to_before_the_answer_is_shown(visit):
    tab = visit()
    group = tab.get_by_role("group", name="What will the net feel")
    assert group.get_by_role("radio").count() == 3
    assert group.get_by_role("radio", checked=True).count() == 0
    assert commit(tab).is_disabled()
    assert tab.get_by_text("Choose one first.").is_visible()
    shown = tab.locator("figure").first.inner_text()
    assert "touch that ends" not in shown
    assert "answer" not in shown

    group.get_by_role("radio", name="heat and cold in turn").check()
    assert tab.get_by_text("Choose one first.").count() == 0
    assert result(tab).inner_text() == ""
    commit(tab).click()
    assert tab.locator(".verdict").inner_text() == choice().verdict("heat and cold in turn")
    assert "Each single tick is a touch that ends." in result(tab).inner_text()
    assert tab.locator(".mark").all_inner_texts() == ["", "← the answer", "← your guess"]
    assert group.get_by_role("radio", disabled=True).count() == 3
    assert commit(tab).count() == 0


def test_a_number_is_committed_to_before_the_answer_is_shown(visit):
    tab = visit()
    field = tab.get_by_role("spinbutton", name="Your guess")
    for word in ("", "-1", "17", "7.5"):
        field.fill(word)
        assert commit(tab, 1).is_disabled(), word
        field.press("Enter")
        assert result(tab, 1).inner_text() == "", word
        assert tab.get_by_text("First, a whole number from 0 to 16.").is_visible()
    field.fill("8")
    commit(tab, 1).click()
    assert tab.locator(".verdict").inner_text() == number().verdict(8)
    assert field.is_disabled()
    assert field.input_value() == "8"


def test_a_number_is_shown_beside_the_answer_on_a_line(visit):
    tab = visit()
    tab.get_by_role("spinbutton").fill("4")
    commit(tab, 1).click()
    line = tab.locator(".scale").bounding_box()

    def place(dot):
        box = tab.locator(dot).bounding_box()
        return (box["x"] + box["width"] / 2 - line["x"]) / line["width"]

    assert place(".dot:not(.right)") == pytest.approx(4 / 16, abs=0.005)
    assert place(".dot.right") == pytest.approx(7 / 16, abs=0.005)


def test_the_keyboard_is_enough_and_the_focus_goes_where_something_happens(visit):
    tab = visit()
    tab.locator("a").focus()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Space")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Tab")
    assert focused(tab) == "Commit"
    tab.keyboard.press("Enter")
    assert focused(tab) == "result"
    assert tab.locator(".verdict").inner_text() == f"Right: “{COLD}”."
    outline = result(tab).evaluate("(e) => getComputedStyle(e).outlineStyle")
    assert outline == "solid"
    tab.keyboard.press("Enter")  # a key that is held does not undo it
    assert tab.locator(".verdict").count() == 1
    tab.keyboard.press("Tab")
    assert focused(tab) == "Guess again"
    tab.keyboard.press("Space")
    assert tab.evaluate("document.activeElement === document.querySelector('[type=radio]')")
    assert tab.get_by_role("radio", checked=True).count() == 0
    assert commit(tab).is_disabled()
    assert result(tab).inner_text() == ""
    assert tab.locator(".mark").all_inner_texts() == ["", "", ""]

    tab.keyboard.press("Tab")  # past the disabled button
    assert tab.evaluate("document.activeElement.type") == "number"
    tab.keyboard.type("7")
    tab.keyboard.press("Enter")
    assert focused(tab) == "result"
    assert tab.locator(".verdict").inner_text() == "Right: 7 of 16."
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert tab.evaluate("[document.activeElement.type, document.activeElement.value]") == ["number", ""]


def test_enter_on_an_option_commits(visit):
    tab = visit()
    first = tab.get_by_role("radio").first
    first.press("Enter")
    assert result(tab).inner_text() == ""
    first.check()
    first.press("Enter")
    assert tab.locator(".verdict").count() == 1


def test_the_result_is_in_a_region_that_is_read_out(visit):
    tab = visit()
    region = tab.locator(".guess").first.get_by_role("status")
    assert region.inner_text() == ""  # there before it speaks
    tab.get_by_role("radio").first.check()
    handle = region.element_handle()
    commit(tab).click()
    assert handle.inner_text().startswith("You guessed “cold, at every other tick”.")
    described = commit(tab, 1).evaluate(
        "(e) => document.getElementById(e.getAttribute('aria-describedby')).textContent"
    )
    assert described == "First, a whole number from 0 to 16."


# ------------------------------------------------------------------------------- remembered here, sent nowhere


def test_a_guess_is_remembered_on_its_page_until_guessed_again(visit):
    tab = visit()
    tab.get_by_role("radio").first.check()
    commit(tab).click()
    tab.get_by_role("spinbutton").fill("16")
    commit(tab, 1).click()
    said = tab.locator(".verdict").all_inner_texts()
    assert tab.url.endswith("light.html")  # the address stays as it was
    stored = tab.evaluate("Object.entries(localStorage)")
    key = "guess /light.html "
    assert sorted(stored) == [[key + number().question, "16"], [key + choice().question, OPTIONS[0]]]

    tab.reload()
    comes_alive(tab)
    assert tab.locator(".verdict").all_inner_texts() == said
    assert tab.get_by_role("radio").first.is_checked()
    assert tab.evaluate("document.activeElement === document.body")

    tab.goto(tab.url.replace("light", "dark"))
    comes_alive(tab)
    assert tab.locator(".verdict").count() == 0  # on another page the same question is new
    tab.go_back()
    comes_alive(tab)

    for again in tab.get_by_role("button", name="Guess again").all()[::-1]:
        again.click()
    assert tab.evaluate("localStorage.length") == 0
    tab.reload()
    comes_alive(tab)
    assert tab.locator(".verdict").count() == 0


def test_what_was_stored_is_shown_if_it_can_still_be_guessed(visit):
    tab = visit()
    for option, value, verdicts in [
        (OPTIONS[2], "9", [choice().verdict(2), number().verdict(9)]),
        ("an option of last year", "17", []),
        ("0", "x", []),
    ]:
        for one, text in ((choice(), option), (number(), value)):
            key = f"guess /light.html {one.question}"
            tab.evaluate("([key, text]) => localStorage.setItem(key, text)", [key, text])
        tab.reload()
        comes_alive(tab)
        assert tab.locator(".verdict").all_inner_texts() == verdicts, option


def test_it_works_where_storage_is_blocked(visit):
    blocked = (
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('blocked'); } });"
    )
    tab = visit(before=blocked)
    tab.get_by_role("radio").first.check()
    commit(tab).click()
    assert tab.locator(".verdict").inner_text() == choice().verdict(0)
    tab.get_by_role("button", name="Guess again").click()
    assert tab.locator(".verdict").count() == 0


def test_a_link_leads_to_a_question_and_sets_nothing(visit):
    tab = visit("light.html#guess-2", viewport={"width": 390, "height": 300})
    tab.wait_for_function("document.querySelectorAll('figure')[1].getBoundingClientRect().top < innerHeight")
    tab.evaluate("location.hash = '#guess:guess=1'")
    tab.get_by_text("It is ignored.").wait_for()
    assert tab.locator(".verdict").count() == 0


# ------------------------------------------------------------------------------- elsewhere


def test_without_scripts_the_question_stands_with_its_answer_folded(visit):
    tab = visit(live=False, java_script_enabled=False)
    assert tab.get_by_text(COLD, exact=True).is_visible()
    assert tab.get_by_text("A whole number from 0 to 16").is_visible()
    why = tab.get_by_text("Each single tick is a touch that ends.")
    assert why.is_hidden()
    tab.get_by_text("Answer", exact=True).first.click()
    assert why.is_visible()


def test_print_shows_the_question_and_no_button(visit):
    tab = visit()
    tab.emulate_media(media="print")
    assert tab.get_by_text(COLD, exact=True).is_visible()
    assert tab.get_by_text("Commit").first.is_hidden()


def test_hostile_words_stay_words(visit):
    tab = visit("evil.html")
    tab.get_by_role("radio").first.check()
    commit(tab).click()
    assert tab.locator("legend").inner_text() == EVIL
    assert tab.locator(".verdict").inner_text() == f"You guessed “{EVIL}”. The answer is “b”."
    assert tab.locator("figure img").count() == 0


def test_two_in_one_notebook_keep_apart_and_the_kernel_hears_nothing(visit):
    """As anywidget does: a bare element and the module loaded anew for each, here under two addresses."""
    tab = visit("evil.html")
    said = tab.evaluate(
        """async (state) => {
            const told = [];
            const model = { get: (name) => state[name], on: () => {}, off: () => {},
                            set: (name) => told.push(name), save_changes: () => told.push("saved") };
            const radios = [];
            for (const copy of ["?1", "?2"]) {
                const { default: explorer } = await import(`./_static/guess.mjs${copy}`);
                const el = document.createElement("div");
                el.className = "explorer";
                await explorer.render({ model, el });
                document.body.append(el);
                radios.push(el.querySelector("[type=radio]"));
            }
            for (const radio of radios) radio.click();
            document.addEventListener("keydown", () => told.push("key"));
            for (const key of ["ArrowDown", "Enter"]) {
                radios[1].dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
            }
            return [radios.map((radio) => radio.checked), told, document.querySelectorAll(".verdict").length];
        }""",
        choice().state(),
    )
    assert said == [[True, True], [], 1]


# ------------------------------------------------------------------------------- readable by everyone


@pytest.mark.parametrize(
    ("page", "width", "guess"),
    [("light.html", 1280, None), ("dark.html", 390, None), ("dark.html", 1280, 0), ("light.html", 390, 16)],
)
def test_it_is_accessible_and_fits(visit, page, width, guess):
    tab = visit(page, viewport={"width": width, "height": 850})
    if guess is not None:
        tab.get_by_role("radio").first.check()
        commit(tab).click()
        tab.get_by_role("spinbutton").fill(str(guess))
        commit(tab, 1).click()
    accessible(tab, width, "button, label, [type=number]")
    spilt = tab.evaluate("""() => [...document.querySelectorAll("figure")].flatMap((figure) => {
        const sheet = figure.getBoundingClientRect();
        return [...figure.querySelectorAll("*")].filter((e) => {
            const { left, right } = e.getBoundingClientRect();
            return left < sheet.left || right > sheet.right;
        }).map((e) => e.outerHTML);
    })""")
    assert spilt == []


def test_the_still_form_is_accessible_in_the_dark(visit):
    tab = visit("dark.html")
    for k, one in enumerate((choice(), number())):
        tab.locator("figure").nth(k).evaluate("(e, html) => { e.outerHTML = html; }", one.figure())
    for folded in tab.locator("details").all():
        folded.evaluate("(e) => { e.open = true; }")
    tab.evaluate(AXE.read_text("utf-8"))
    faults = tab.evaluate("axe.run(document).then((found) => found.violations.map((each) => each.id))")
    assert faults == []
