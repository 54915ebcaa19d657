"""Predict first, on the side of Python: what is asked, what a page stores, what is said of a guess."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from conftest import printed

from rectified import explorers

VIEW = "application/vnd.jupyter.widget-view+json"
CHOICE = {
    "question": "What is felt?",
    "options": ("heat", "cold", "neither"),
    "answer": "cold",
    "why": "It lasts.",
}
NUMBER = {
    "question": "How many can one cell compute?",
    "between": (0, 16),
    "answer": 7,
    "unit": "of 16",
    "close": 1,
    "why": "Those that are false on silence, but for one.",
}


class Reader(HTMLParser):
    """Every tag of a page with its attributes, and the text inside and outside of folded boxes."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.depth, self.open, self.folded = [], 0, "", ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.depth += tag == "details"

    def handle_endtag(self, tag):
        self.depth -= tag == "details"

    def handle_data(self, data):
        if self.depth:
            self.folded += data
        else:
            self.open += data


def state(page):
    return json.loads(Reader(page).tags[0][1]["data-state"])


# ------------------------------------------------------------------------------- what a page stores


def test_the_still_form_asks_and_folds_the_answer_away():
    seen = Reader(explorers.Guess(**CHOICE).figure())
    assert [tag for tag, _ in seen.tags] == [
        "figure", "div", "p", "strong", "ul", "li", "li", "li", "details", "summary", "p", "figcaption",
    ]  # fmt: skip
    assert "open" not in dict(seen.tags)["details"]
    assert dict(seen.tags)["div"] == {"class": "still"}  # what the live one replaces
    for words in ("What is felt?", "heat", "cold", "neither"):
        assert words in seen.open
    assert "It lasts." not in seen.open
    assert seen.folded.split("\n")[:2] == ["Answer", "“cold”. It lasts."]


def test_the_still_form_of_a_number_says_from_where_to_where():
    seen = Reader(explorers.Guess(**NUMBER | {"between": (-5, 65536)}).figure())
    assert "A whole number from -5 to 65,536" in seen.open
    assert "7" not in seen.open
    assert seen.folded.split("\n")[1] == "7 of 16. Those that are false on silence, but for one."


def test_the_state_holds_what_the_module_asks_for_and_no_guess():
    expected = {
        "question": "What is felt?",
        "options": ["heat", "cold", "neither"],
        "between": [],
        "answer": 1,
        "unit": "",
        "near": 0,
        "why": "It lasts.",
    }
    one = explorers.Guess(**CHOICE)
    assert state(one.figure()) == one.state() == expected
    other = explorers.Guess(**NUMBER).state()
    assert (other["options"], other["between"], other["near"]) == ([], [0, 16], 1)


def test_the_bundle_holds_the_widget_the_figure_and_a_word_that_gives_nothing_away():
    one = explorers.Guess(**CHOICE)
    data, _ = one._repr_mimebundle_()
    assert data[VIEW]["model_id"]
    assert data["text/html"] == one.figure()
    assert data["text/plain"] == "Guess('What is felt?')"
    assert one.reading() == "What is felt?"


def test_numbers_from_numpy_are_numbers():
    one = explorers.Guess(
        "?", between=np.array([0, 16]).tolist(), answer=np.int64(7), close=np.int8(1), why="!"
    )
    assert one.figure() == explorers.Guess("?", between=range(0, 32, 16), answer=7, close=1, why="!").figure()
    assert one.verdict(np.int64(7)) == "Right: 7."


def test_two_runs_give_the_same_bytes_and_nothing_random():
    one = explorers.Guess(**NUMBER)
    assert one.model_id not in one.figure()
    script = f"from rectified import explorers; print(explorers.Guess(**{NUMBER!r}).figure())"
    assert printed(script).strip() == one.figure()


def test_words_that_look_like_html_stay_words():
    evil = "</details></figure><script>alert('x')</script>\"&"
    one = explorers.Guess(evil, options=(evil, "b"), answer=evil, why=evil)
    seen = Reader(one.figure())
    assert {tag for tag, _ in seen.tags} == {
        "figure", "div", "p", "strong", "ul", "li", "details", "summary", "figcaption",
    }  # fmt: skip
    assert state(one.figure()) == one.state()
    assert seen.open.count(evil) == 2
    assert seen.folded.count(evil) == 2


# ------------------------------------------------------------------------------- what is said of a guess


@pytest.mark.parametrize(
    ("guess", "said"),
    [
        (7, "Right: 7 of 16."),
        (8, "Close: you guessed 8 of 16, 1 too high. The answer is 7 of 16."),
        (6, "Close: you guessed 6 of 16, 1 too low. The answer is 7 of 16."),
        (9, "You guessed 9 of 16, 2 too high. The answer is 7 of 16."),
        (0, "You guessed 0 of 16, 7 too low. The answer is 7 of 16."),
    ],
)
def test_a_number_is_told_how_far_off_it_is(guess, said):
    assert explorers.Guess(**NUMBER).verdict(guess) == said


def test_large_numbers_are_legible():
    one = explorers.Guess("?", between=(0, 10**6), answer=4096, why="!")
    assert one.verdict(65536) == "You guessed 65,536, 61,440 too high. The answer is 4,096."


@pytest.mark.parametrize("guess", [0, "heat"])
def test_an_option_is_guessed_by_its_place_or_its_words(guess):
    assert explorers.Guess(**CHOICE).verdict(guess) == "You guessed “heat”. The answer is “cold”."


def test_the_right_option_is_called_right():
    one = explorers.Guess(**CHOICE)
    assert one.verdict("cold") == one.verdict(1) == "Right: “cold”."


@pytest.mark.parametrize("guess", [-1, 17, 7.0, "7", True, None])
def test_a_number_that_cannot_be_guessed_is_refused(guess):
    message = f"guess is {guess!r}; expected a whole number from 0 to 16"
    with pytest.raises(ValueError, match=re.escape(message)):
        explorers.Guess(**NUMBER).verdict(guess)


@pytest.mark.parametrize("guess", [-1, 3, 1.0, "warm", False])
def test_an_option_that_is_none_is_refused(guess):
    message = f"guess is {guess!r}; expected one of 'heat', 'cold', 'neither', or its place from 0 to 2"
    with pytest.raises(ValueError, match=re.escape(message)):
        explorers.Guess(**CHOICE).verdict(guess)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (CHOICE | {"question": " "}, "question is ' '; expected some words"),
        (CHOICE | {"why": ""}, "why is ''; expected some words"),
        (CHOICE | {"between": (0, 1)}, "between is (0, 1); expected one of the two"),
        (CHOICE | {"options": ()}, "options is () and between is (); expected one of the two"),
        (CHOICE | {"options": ("cold",)}, "options is ('cold',); expected two or more, all different"),
        (CHOICE | {"options": ("cold", "cold")}, "expected two or more, all different"),
        (CHOICE | {"options": ("cold", "")}, "expected two or more, all different, in words"),
        (CHOICE | {"options": "cold"}, "options is 'cold'; expected two or more"),
        (CHOICE | {"options": (1, 2), "answer": 0}, "options is (1, 2); expected two or more"),
        (CHOICE | {"answer": "warm"}, "answer is 'warm'; expected one of 'heat', 'cold', 'neither'"),
        (CHOICE | {"answer": 3}, "answer is 3; expected one of"),
        (CHOICE | {"answer": True}, "answer is True; expected one of"),
        (CHOICE | {"unit": "of 16"}, "unit, close is ('of 16', 0); expected neither with options"),
        (CHOICE | {"close": 1}, "unit, close is ('', 1); expected neither with options"),
        (NUMBER | {"between": (16, 0)}, "between is (16, 0); expected two whole numbers, the smaller first"),
        (NUMBER | {"between": (0, 0.5)}, "between is (0, 0.5); expected two whole numbers"),
        (NUMBER | {"between": (0, 8, 16)}, "between is (0, 8, 16); expected two whole numbers"),
        (NUMBER | {"answer": 17}, "answer is 17; expected a whole number from 0 to 16"),
        (NUMBER | {"answer": 7.5}, "answer is 7.5; expected a whole number from 0 to 16"),
        (NUMBER | {"close": -1}, "close is -1; expected a whole number, not negative"),
        (NUMBER | {"close": 0.5}, "close is 0.5; expected a whole number, not negative"),
    ],
)
def test_a_question_that_does_not_fit_its_answer_is_refused(given, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        explorers.Guess(**given)
