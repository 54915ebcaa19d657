"""Explorers in the browser, from a page like the site's: every control by keyboard, the state in the address,
the same numbers as Python, nothing from elsewhere, readable by everyone.
"""

import re
from urllib.parse import quote

import numpy as np
import pytest
from conftest import accessible, comes_alive, in_notebook, outlined, refuses, settles

from press import browser as chrome
from rectified import explorers, palette, threshold

ADDRESS = "The address of this page follows what you do: copy it to share or keep."
NETS = threshold.FIGURE_1 | {
    "j": threshold.wire("N1 N2 N3", N4="N2 N2 N3 N3 | N1"),  # where a veto and a weight of −1 differ
    "k": threshold.wire("N1 N2", X="N1 N1 X X X | N2 Y", Y="X X X | N1 N2", long_name="X Y"),  # with circles
    "l": threshold.Net(  # where needs differ
        ("N1", "N2", "N3", "N4", "N5"),
        2,
        np.array([[0, 0, 1, 2, 0], [0, 0, 0, 1, 1], [0] * 5, [0] * 5, [0] * 5]),
        np.array([[0, 0, 0, 0, 1], [0] * 5, [0] * 5, [0] * 5, [0] * 5]),
        np.array([1, 1, 1, 3, 1]),
    ),
}
B_FIRES = "Tick 2: b fires: 2 end-feet from a, 2 needed."
HEAT = "Tick 3: N3 (heat) fires: 2 end-feet from b, 2 needed."
BOTH = "Tick 2: b and N3 (heat) fire. b: 2 end-feet from a; N3: 2 from N1; 2 needed each."


def pulses(**changes):
    """The explorer of the first page, or what `changes` make of it."""
    given = {
        "nets": NETS,
        "net": "e",
        "trains": {"N2": "1"},
        "tick": 2,
        "places": threshold.PLACES,
        "titles": {"e": "(e) heat and cold"},
        "meanings": {"e": {"N1": "heat receptor", "N2": "cold receptor", "N3": "heat", "N4": "cold"}},
        "presets": {"three ticks of cold": {"net": "e", "trains": {"N2": "111"}}},
        "demos": {"a": {"trains": {"N1": "1011"}, "tick": 3}, "h": {"trains": {"N1": "11"}}},
    }
    return explorers.Pulses(**(given | changes))


@pytest.fixture(scope="module")
def folder(explorer_site):
    """A site: one explorer, the same in the dark, two of them, one where most neurons have a meaning."""
    words = ["warm", "cold", "wait", "tell", "some", "more", "ends"]
    labels = {key: dict(zip(net.neurons, words, strict=False)) for key, net in NETS.items()}
    labels["e"] = {
        "N1": "heat receptor",
        "N2": "cold receptor",
        "a": "a",
        "b": "warming up",
        "N3": "heat felt",
    }
    one, two = pulses().figure(), pulses(net="c", trains={}, presets={}).figure()
    labelled = pulses(meanings=labels).figure()
    pages = {
        "light": ("light", one),
        "dark": ("dark", one),
        "labels": ("light", labelled),
        "two": ("light", one + two),
    }
    return explorer_site(pages)


@pytest.fixture(scope="module")
def address(folder):
    with chrome.served(folder) as address:
        yield address


def reading(tab):
    return tab.locator(".reading").first.inner_text()


def fragment(tab):
    return tab.evaluate("location.hash")


# ------------------------------------------------------------------------------- numbers


def by_weight(net, inputs):
    """The pulses of a net where an inhibitory end-foot weighs −1."""
    history = [inputs[0]]
    for pulses in inputs[1:]:
        fires = history[-1] @ (net.excite - net.inhibit) >= net.threshold
        history.append(fires.astype(int) | pulses)
    return np.stack(history)


def test_the_module_computes_what_python_computes(visit):
    rng = np.random.default_rng(1943)
    one, states, expected, readings = pulses(), [], [], []
    for key, net in NETS.items():
        for _ in range(24):
            names = net.neurons[: net.afferents]
            trains = {name: "".join(rng.choice(["0", "1"], rng.integers(0, 13))) for name in names}
            for veto in (True, False):
                tick = int(rng.integers(12))
                states.append({"net": key, "trains": trains, "veto": veto, "tick": tick})
                run = threshold.run if veto else by_weight
                expected.append(run(net, threshold.pulses(net, 12, **trains)).tolist())
                one.set_trait("net", key)
                one.set_trait("trains", trains)
                one.set_trait("veto", veto)
                one.set_trait("tick", tick)
                readings.append(one.reading())
    assert len(states) > 500
    assert len({str(e) for e in expected}) > 200
    given = {"nets": one.nets, "ticks": 12}
    computed = visit().evaluate(
        """async ([states, given]) => {
            const { check, compute, reading } = await import("./_static/pulses.mjs");
            return states.map((state) => [state, check({ ...given, ...state }), compute({ ...given, ...state }),
                                          reading({ ...given, ...state })]);
        }""",
        [states, given],
    )
    assert [raster for _, _, raster, _ in computed] == expected
    assert [words for *_, words in computed] == readings


def test_the_live_score_shows_what_is_computed(visit):
    tab = visit()
    fires = pulses().pulses().T.tolist()
    assert (
        tab.evaluate(
            """[...document.querySelectorAll(".row:not(.ticks)")].map(
            (row) => [...row.children].map((square) => Number(square.classList.contains("on"))))"""
        )
        == fires
    )
    lit = tab.evaluate(
        "[...document.querySelectorAll('.neuron')].map((n) => Number(n.classList.contains('on')))"
    )
    assert lit == [row[2] for row in fires]
    assert tab.locator(".row[role=img]").nth(2).get_attribute("aria-label") == "N3 fires at tick 3"
    assert tab.locator(".row[role=img]").nth(3).get_attribute("aria-label") == "N4 never fires"


def test_a_lit_neuron_lights_its_lines(visit):
    tab = visit()
    on = tab.locator(".strand.on")
    assert on.count() == 2  # b has two end-feet on N3
    assert on.first.locator(".pulse").evaluate("(e) => getComputedStyle(e).stroke") == rgb(
        palette.FAMILIES["relu"][0]
    )


def rgb(colour):
    return f"rgb({', '.join(str(int(colour[k : k + 2], 16)) for k in (1, 3, 5))})"


# ------------------------------------------------------------------------------- controls


def test_the_tab_key_leads_through_every_control_and_out(visit):
    tab = visit()
    tab.locator("a").focus()
    stops = []
    for _ in range(9):
        tab.keyboard.press("Tab")
        stops.append(tab.evaluate("(e => e.ariaLabel || e.value || e.textContent)(document.activeElement)"))
    assert stops[:4] == ["e", "on", "N1 at tick 0", "tick"]  # net, inhibition, squares, slider
    assert stops[4:] == ["Back", "Play", "Forward", "Reset", "three ticks of cold"]
    tab.keyboard.press("Tab")
    assert not tab.evaluate("document.activeElement.closest('figure')")


def test_every_control_answers_to_the_keyboard(visit):
    tab = visit()
    assert reading(tab) == B_FIRES
    slider = tab.get_by_role("slider", name="tick")
    slider.press("ArrowRight")
    assert reading(tab) == HEAT
    slider.press("End")
    assert reading(tab) == "Tick 11: nothing fires."
    slider.press("Home")
    assert reading(tab) == "Tick 0: N2 (cold receptor) fires."

    tab.get_by_role("button", name="Forward").press("Enter")
    assert reading(tab) == "Tick 1: a fires: 2 end-feet from N2, 2 needed."
    tab.get_by_role("button", name="Back").press("Space")
    assert reading(tab) == "Tick 0: N2 (cold receptor) fires."
    tab.get_by_role("button", name="Back").press("Space")  # there is no tick before the first
    assert reading(tab) == "Tick 0: N2 (cold receptor) fires."

    tab.get_by_role("button", name="N1 at tick 0").press("Space")
    assert reading(tab) == "Tick 0: N1 (heat receptor) and N2 (cold receptor) fire."
    tab.get_by_role("button", name="three ticks of cold").press("Enter")
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    assert reading(tab) == (
        "Tick 2: N2 (cold receptor), a and N4 (cold) fire. a: 2 end-feet from N2; N4: 2 from N2 and a; "
        "2 needed each. b had 2 end-feet from a, 2 needed, but was vetoed by N2."
    )
    tab.get_by_role("radio", name="absolute").press("ArrowRight")
    assert tab.get_by_role("radio", name="weight −1").is_checked()
    assert reading(tab).endswith("b is silent: 2 end-feet from a less 1 from N2, 2 needed.")

    tab.get_by_role("combobox", name="Net").press("ArrowUp")
    assert tab.get_by_role("combobox", name="Net").input_value() == "d"
    assert reading(tab) == "Tick 2: N2 fires."
    tab.get_by_role("button", name="Reset").press("Enter")
    assert reading(tab) == B_FIRES
    assert tab.get_by_role("combobox", name="Net").input_value() == "e"


def test_choosing_a_net_loads_its_demo(visit):
    tab = visit()
    net, slider = tab.get_by_role("combobox", name="Net"), tab.get_by_role("slider", name="tick")
    net.select_option("a")
    assert reading(tab) == "Tick 3: N1 and N2 fire. N2: 2 end-feet from N1, 2 needed."
    settles(tab, "#pulses:net=a&trains=N1:1011&tick=3&veto=true")
    slider.press("Home")
    net.select_option("b")  # has none: what was clicked in stays
    settles(tab, "#pulses:net=b&trains=N1:1011&tick=0&veto=true")
    net.select_option("h")  # says nothing of the tick
    settles(tab, "#pulses:net=h&trains=N1:11&tick=0&veto=true")
    tab.get_by_role("button", name="Play").click()
    net.select_option("a")
    assert tab.get_by_role("button", name="Play").is_visible()  # and stays at the tick of the demo
    tab.get_by_role("button", name="Reset").click()
    assert reading(tab) == B_FIRES


def test_a_link_to_a_net_leaves_its_demo_alone(visit):
    tab = visit("light.html#pulses:net=a")
    assert reading(tab) == "Tick 2: nothing fires."
    assert fragment(tab) == "#pulses:net=a"


def test_arrow_keys_walk_over_the_squares_and_space_sets_a_pulse(visit):
    tab = visit()
    here = "document.activeElement.ariaLabel"
    tab.get_by_role("button", name="N1 at tick 0").focus()
    for key, place in [
        ("ArrowDown", "N2 at tick 0"), ("ArrowDown", "N2 at tick 0"), ("End", "N2 at tick 11"),
        ("ArrowRight", "N2 at tick 11"), ("ArrowUp", "N1 at tick 11"), ("Home", "N1 at tick 0"),
        ("ArrowLeft", "N1 at tick 0"), ("ArrowRight", "N1 at tick 1"),
    ]:  # fmt: skip
        tab.keyboard.press(key)
        assert tab.evaluate(here) == place, key
    square = tab.get_by_role("button", name="N1 at tick 1", exact=True)
    assert square.get_attribute("aria-pressed") == "false"
    tab.keyboard.press("Space")
    assert square.get_attribute("aria-pressed") == "true"
    assert reading(tab) == BOTH
    tab.keyboard.press("Tab")
    tab.keyboard.press("Shift+Tab")
    assert tab.evaluate(here) == "N1 at tick 1"
    tab.keyboard.press("Enter")
    assert square.get_attribute("aria-pressed") == "false"
    assert reading(tab) == B_FIRES


def test_the_answer_comes_in_the_same_turn(visit):
    tab = visit()
    assert tab.evaluate("""() => {
        const said = () => document.querySelector(".reading").textContent;
        const answers = [said()];
        document.querySelector("[aria-label='N1 at tick 1']").click();
        answers.push(said());
        const slider = document.querySelector("[type=range]");
        slider.value = 0;
        slider.dispatchEvent(new Event("input"));
        answers.push(said());
        return answers;
    }""") == [B_FIRES, BOTH, "Tick 0: N2 (cold receptor) fires."]
    milliseconds = tab.evaluate("""() => {
        const slider = document.querySelector("[type=range]");
        const start = performance.now();
        for (let k = 0; k < 50; k++) { slider.value = k % 12; slider.dispatchEvent(new Event("input")); }
        return (performance.now() - start) / 50;
    }""")
    print(f"\nan answer takes {milliseconds:.2f} ms")


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_playing_runs_to_the_last_tick_and_stops(visit, motion):
    tab = visit(reduced_motion=motion)
    tab.clock.install(time=0)
    tab.clock.pause_at(1000)  # so that no time passes but what the test lets pass
    play = tab.get_by_role("button", name="Play")
    play.press("Enter")
    assert tab.get_by_role("button", name="Pause").is_visible()
    tab.clock.run_for(1000)
    assert reading(tab) == HEAT
    assert (tab.evaluate("document.getAnimations().length") > 0) == (motion == "no-preference")
    tab.clock.run_for(20_000)
    assert reading(tab) == "Tick 11: nothing fires."
    play.press("Enter")
    assert reading(tab) == "Tick 0: N2 (cold receptor) fires."  # from the start again
    tab.get_by_role("button", name="Pause").press("Enter")
    tab.clock.run_for(20_000)
    assert reading(tab) == "Tick 0: N2 (cold receptor) fires."


def test_where_the_two_kinds_of_inhibition_differ_is_shown(visit):
    tab = visit("light.html#pulses:net=j&trains=N1:1,N2:1,N3:1&tick=1&veto=true")
    assert tab.locator(".differs").count() == 1
    assert (
        reading(tab)
        == "Tick 1: nothing fires. N4 had 4 end-feet from N2 and N3, 2 needed, but was vetoed by N1. "
        "If inhibition weighed −1, N4 would fire."
    )
    assert tab.get_by_text("Dashed:").is_visible()
    tab.get_by_role("radio", name="weight −1").check()
    assert reading(tab) == (
        "Tick 1: N4 fires: 4 end-feet from N2 and N3 less 1 from N1, 2 needed. "
        "Under absolute inhibition, N4 would be silent."
    )
    tab.get_by_role("combobox").select_option("d")
    assert tab.get_by_text("Dashed:").is_hidden()


# ------------------------------------------------------------------------------- the state in the address


def test_a_changed_state_is_in_the_address_and_comes_back(visit):
    tab = visit()
    assert fragment(tab) == ""
    steps = tab.evaluate("history.length")
    tab.get_by_role("combobox").select_option("i")
    tab.get_by_role("button", name="N1 at tick 3", exact=True).click()
    tab.get_by_role("slider").press("ArrowRight")
    tab.get_by_role("radio", name="weight −1").check()
    settles(tab, "#pulses:net=i&trains=N2:1,N1:0001&tick=3&veto=false")
    assert tab.evaluate("history.length") == steps
    said = reading(tab)
    tab.reload()
    comes_alive(tab)
    assert reading(tab) == said == "Tick 3: N1 fires."
    assert tab.get_by_role("combobox").input_value() == "i"
    assert tab.get_by_role("radio", name="weight −1").is_checked()
    assert tab.get_by_role("button", name="N1 at tick 3", exact=True).get_attribute("aria-pressed") == "true"
    tab.get_by_role("button", name="Reset").click()
    settles(tab, "")
    assert reading(tab) == B_FIRES


def test_explorers_of_one_page_keep_apart(visit):
    tab = visit("two.html")
    tab.locator("figure").nth(1).get_by_role("button", name="N2 at tick 0").click()
    settles(tab, "#pulses-2:net=c&trains=N2:1&tick=2&veto=true")
    tab.locator("figure").nth(0).get_by_role("button", name="Forward").click()
    settles(tab, "#pulses:net=e&trains=N2:1&tick=3&veto=true;pulses-2:net=c&trains=N2:1&tick=2&veto=true")
    tab.reload()
    comes_alive(tab)
    assert tab.locator(".reading").all_inner_texts() == [HEAT, "Tick 2: nothing fires."]


def test_links_to_headings_work_before_and_after(visit):
    tab = visit("light.html#heading")
    assert tab.locator(".note").inner_text() == ""
    tab.get_by_role("button", name="Forward").click()
    settles(tab, "#pulses:net=e&trains=N2:1&tick=3&veto=true")
    tab.evaluate("scrollTo(0, 0)")
    tab.get_by_role("link", name="A heading").click()
    assert fragment(tab) == "#heading"
    assert reading(tab) == HEAT
    assert tab.locator(".note").inner_text() == ""


def test_an_address_that_changes_on_the_page_is_followed(visit):
    tab = visit()
    tab.evaluate("location.hash = '#pulses:tick=3'")
    tab.wait_for_function("document.querySelector('.reading').textContent.startsWith('Tick 3')")
    tab.evaluate("location.hash = '#pulses:tick=33'")
    tab.get_by_text("tick is “33”; expected a whole number from 0 to 11").wait_for()
    tab.evaluate("location.hash = '#pulses:tick=4'")
    tab.wait_for_function("document.querySelector('.note').textContent === ''")


BROKEN = {  # words of an address, and what is said of them
    "net="
    + quote("<img src=x onerror=alert(1)>"): "net is “<img src=x onerror=alert(1)>”; expected one of a, b",
    "net=__proto__": "net is “__proto__”; expected one of",
    "trains=__proto__:1": "trains names “__proto__”; the inputs are N1, N2, N3",
    "trains=N1:01x": "the train of N1 is “01x”; expected digits 0 and 1",
    "trains=N1:" + "1" * 13: "expected digits 0 and 1, one a tick, at most 12",
    "trains=N1": "the train of N1 is “undefined”",
    "tick=": "tick is “”; expected a whole number from 0 to 11",
    "tick=1.5": "tick is “1.5”",
    "veto=perhaps": "veto is “perhaps”; expected true or false",
    "nets=1": "“nets” is none of net, trains, tick, veto",
    "tick=3&net=z": "net is “z”",
    "tick=%E0%A4%A": "URI malformed",
}


@pytest.mark.parametrize("words", list(BROKEN)[::11])
def test_a_page_opened_with_a_broken_address_starts_as_ever(visit, words):
    tab = visit(f"light.html#pulses:{words}")
    note = tab.locator(".note")
    note.get_by_text("ignored").wait_for()
    assert BROKEN[words] in note.inner_text()
    assert reading(tab) == B_FIRES
    tab.get_by_role("button", name="Forward").click()
    assert reading(tab) == HEAT
    settles(tab, "#pulses:net=e&trains=N2:1&tick=3&veto=true")


def test_a_broken_address_is_ignored_whole_and_said_in_plain_words(visit):
    tab = visit()
    refuses(tab, "pulses", BROKEN)
    assert reading(tab) == B_FIRES


# ------------------------------------------------------------------------------- when it cannot be live


def test_without_scripts_the_picture_stands(visit):
    tab = visit(live=False, java_script_enabled=False)
    image = tab.get_by_role("img", name="Score of (e) heat and cold")
    assert image.bounding_box()["width"] > 300
    assert tab.get_by_text(B_FIRES).is_visible()


@pytest.mark.parametrize(
    "broken", ["export default { render() { throw new Error('<b>no</b>'); } }", "not a module"]
)
def test_a_module_that_fails_leaves_the_picture_with_a_note(browser, address, broken):
    with browser.new_context() as context:
        tab = context.new_page()
        tab.route("**/pulses.mjs", lambda route: route.fulfill(body=broken, content_type="text/javascript"))
        tab.goto(address + "light.html")
        note = tab.get_by_text("did not start, so this is a picture of it")
        note.wait_for()
        assert note.locator("*").count() == 0
        assert tab.get_by_role("img", name="Score of").is_visible()


def test_print_shows_the_state_and_no_controls(visit):
    tab = visit()
    tab.emulate_media(media="print")
    assert tab.locator(".wiring svg").is_visible()
    assert tab.locator(".reading").is_visible()
    assert tab.get_by_role("slider").is_hidden()
    assert tab.get_by_role("button", name="Forward").is_hidden()


def test_a_notebook_can_show_it_and_take_it_away(visit):
    """As anywidget does: a bare element, a model of its own, and a function called at the end."""
    tab = visit()
    in_notebook(tab, "pulses", pulses().state())
    said = tab.evaluate("""() => {
        const hint = el.querySelector(".hint").textContent;
        const reading = () => el.querySelector(".reading").textContent;
        const said = [reading()];
        model.set("tick", 3); // from Python
        said.push(reading());
        press("Back");
        said.push(reading(), model.saved.tick);
        close();
        said.push(heard.size);
        el.remove();
        return [hint, ...said];
    }""")
    assert ADDRESS not in said.pop(0)
    assert said == [B_FIRES, HEAT, B_FIRES, 2, 0]


GIVEN = {  # those that do not start with nothing given
    "Guess": explorers.Guess("How many?", between=(0, 9), answer=4, why="So."),
    "Kernel": explorers.Kernel({"a line": np.eye(8, dtype=int)}),
    "Pulses": pulses(),
    "Separate": explorers.Separate("x5.5_o-4.1"),
}


@pytest.mark.parametrize("name", sorted(set(explorers.__all__) - {"Explorer"}))
def test_the_script_that_a_notebook_gets_works_alone_and_beside_its_like(visit, name):
    """As anywidget does: the text of the widget as a module of its own, anew for each of two."""
    one = GIVEN.get(name) or getattr(explorers, name)()
    shown, chosen = visit().evaluate(
        """async ([script, state]) => {
            const model = { get: (name) => state[name], set() {}, on() {}, off() {}, save_changes() {} };
            const both = [];
            for (const copy of ["1", "2"]) {
                const text = encodeURIComponent(`${script}// ${copy}`);
                const { default: explorer } = await import(`data:text/javascript;charset=utf-8,${text}`);
                const el = document.createElement("div");
                el.className = "explorer";
                await explorer.render({ model, el });
                document.body.append(el);
                both.push(el);
            }
            const chosen = both.map((el) => [...el.querySelectorAll("[type=radio]")].filter((e) => e.checked).length);
            return [both.map((el) => el.textContent), chosen];
        }""",
        [one._esm, one.state()],
    )
    words = one.reading().split(". ")[0]
    assert [words in text for text in shown] == [True, True]
    assert chosen[0] == chosen[1]  # of round buttons the one does not take from the other


# ------------------------------------------------------------------------------- readable by everyone


def test_a_note_is_there_before_it_says_anything(visit):
    tab = visit()
    note = tab.get_by_role("status")
    assert note.evaluate("(e) => e.className + e.textContent") == "note"
    assert note.is_hidden()  # of no height


@pytest.mark.parametrize("page", ["dark.html", "light.html#pulses:net=j&trains=N1:1,N2:1&tick=1"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible_and_fits(visit, page, width):
    tab = visit(page, viewport={"width": width, "height": 850})
    accessible(tab, width, "button, select, label, [type=range]")
    assert tab.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('.sheet'))") <= 0


def test_the_site_says_that_the_address_can_be_kept(visit):
    assert visit().get_by_text(ADDRESS).is_visible()


def test_a_narrow_score_keeps_its_meanings_and_its_rows(visit):
    tab = visit(viewport={"width": 390, "height": 850})
    assert tab.locator(".name small:visible").all_inner_texts()[:2] == ["heat receptor", "cold receptor"]
    rows = tab.evaluate("""() => [...document.querySelectorAll(".row")].map((row) => {
        const middle = (e) => { const { top, bottom } = e.getBoundingClientRect(); return (top + bottom) / 2; };
        const squares = [...row.children].slice(0, 12).map(middle);
        const { left } = row.getBoundingClientRect(), name = row.previousElementSibling.getBoundingClientRect();
        return [Math.max(...squares.map((y) => Math.abs(y - middle(row.previousElementSibling)))), left - name.right];
    })""")
    assert len(rows) == 7
    assert max(apart for apart, _ in rows) < 1
    assert min(gap for _, gap in rows) >= 0


@pytest.mark.parametrize("net", NETS)
def test_labels_keep_off_lines_neurons_and_one_another(visit, net):
    tab = visit(f"labels.html#pulses:net={net}")
    labels, met = tab.evaluate("""() => {
        const labels = [...document.querySelectorAll(".wiring .label")]
            .map((text) => [text.textContent, text.getBBox()]);
        const points = [...document.querySelectorAll(".wiring path")].flatMap((path) =>
            Array.from({ length: 200 }, (_, k) => path.getPointAtLength(path.getTotalLength() * k / 199)));
        const corners = labels.map(([, { x, y, width, height }]) =>
            [0, 1, 2, 3, 4].flatMap((k) => [{ x: x + width * k / 4, y }, { x: x + width * k / 4, y: y + height }]));
        const within = ({ x, y, width, height }) => (point) =>
            point.x > x && point.x < x + width && point.y > y && point.y < y + height;
        return [labels.map(([words]) => words), labels.filter(([, box], k) =>
            [...points, ...corners.filter((_, j) => j !== k).flat()].some(within(box))).map(([words]) => words)];
    }""")
    assert len(labels) >= 2
    assert "a" not in labels
    assert met == []
    assert tab.evaluate("""() => {
        const sheet = document.querySelector(".wiring svg").getBoundingClientRect();
        return [...document.querySelectorAll(".wiring text")].map((text) => text.getBoundingClientRect())
            .every(({ left, right, top, bottom }) => left >= sheet.left && right <= sheet.right
                                                     && top >= sheet.top && bottom <= sheet.bottom);
    }""")


def test_the_paper_stays_pale_on_a_dark_page(visit):
    tab = visit("dark.html")
    assert tab.locator("figure").evaluate("(e) => getComputedStyle(e).backgroundColor") == rgb(palette.PAPER)
    ink = tab.locator(".reading").evaluate("(e) => getComputedStyle(e).color")
    red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", ink))
    assert palette.contrast((red, green, blue), palette.PAPER) > 12


def test_focus_is_visible(visit):
    tab = visit()
    for role, name in [
        ("slider", "tick"),
        ("button", "Play"),
        ("button", "N1 at tick 0"),
        ("combobox", "Net"),
    ]:
        control = tab.get_by_role(role, name=name, exact=True)
        outlined(tab, control)
