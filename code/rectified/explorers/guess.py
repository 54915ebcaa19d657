"""Predict first: a question to which the reader commits a guess before the answer is shown."""

import json
from collections.abc import Sequence
from html import escape
from numbers import Integral

from traitlets import Int, List, Unicode

from rectified.explorers.explorer import HERE, Explorer


class Guess(Explorer):
    """A question, the reader's guess, then the answer and its reason.

    question, why: in words. Then either options: at least two, of which answer is one, or its place counted from
    0; or between: the least and the largest number that can be guessed, with answer a whole number from there.
    unit: what follows a number, such as "of 16". close: how far off a number may be and still be called close.

    What it asks is settled when it is made, and what is guessed stays in the reader's browser: no link carries it
    and Python does not hear of it. Raises ValueError if question, answer and the rest do not fit together.
    """

    name = "guess"
    caption = "Predict first."
    _esm = HERE / "guess.mjs"

    question = Unicode().tag(sync=True)
    options = List().tag(sync=True)
    between = List().tag(sync=True)
    answer = Int().tag(sync=True)
    unit = Unicode().tag(sync=True)
    near = Int().tag(sync=True)  # a widget has a method `close`
    why = Unicode().tag(sync=True)

    def __init__(
        self,
        question: str,
        *,
        options: Sequence[str] = (),
        between: Sequence[int] = (),
        answer: int | str,
        why: str,
        unit: str = "",
        close: int = 0,
    ):
        for what, words in (("question", question), ("why", why)):
            _expect(bool(words.strip()), what, words, "some words")
        if bool(options) == bool(between):
            raise ValueError(f"options is {options!r} and between is {between!r}; expected one of the two")
        if options:
            words = all(isinstance(option, str) and option.strip() for option in options)
            distinct = words and not isinstance(options, str) and len(set(options)) == len(options) > 1
            _expect(distinct, "options", options, "two or more, all different, in words")
            _expect(not unit and not close, "unit, close", (unit, close), "neither with options")
        else:
            ordered = len(between) == 2 and all(map(_whole, between)) and between[0] < between[1]
            _expect(ordered, "between", between, "two whole numbers, the smaller first")
            _expect(_whole(close) and close >= 0, "close", close, "a whole number, not negative")
        numbers = {"between": [int(end) for end in between], "near": int(close)}
        numbers["answer"] = _value("answer", answer, options, between)
        super().__init__(question=question, options=list(options), unit=unit, why=why, **numbers)

    def verdict(self, guess: int | str) -> str:
        """Return in words how a guess compares with the answer.

        Raises ValueError if guess is not among what can be guessed.
        """
        guess = _value("guess", guess, self.options, self.between)
        guessed, right = self._words(guess), self._words(self.answer)
        if guess == self.answer:
            return f"Right: {right}."
        if self.options:
            return f"You guessed {guessed}. The answer is {right}."
        off = abs(guess - self.answer)
        start, side = "Close: you" if off <= self.near else "You", "high" if guess > self.answer else "low"
        return f"{start} guessed {guessed}, {off:,} too {side}. The answer is {right}."

    def _words(self, value: int) -> str:
        return f"“{self.options[value]}”" if self.options else f"{value:,} {self.unit}".strip()

    def reading(self) -> str:
        return self.question

    def figure(self) -> str:
        """Return the question as HTML, with its answer folded away: the site brings it to life."""
        choices = self.options or ["A whole number from {:,} to {:,}".format(*self.between)]
        state = json.dumps(self.state(), ensure_ascii=False)
        return (
            f"<figure class='explorer' data-explorer='guess' data-state='{escape(state)}'>\n"
            f"<div class='still'>\n"
            f"<p><strong>{escape(self.question)}</strong></p>\n"
            f"<ul>{''.join(f'<li>{escape(choice)}</li>' for choice in choices)}</ul>\n"
            f"<details><summary style='color: inherit'>Answer</summary>\n"
            f"<p>{escape(self._words(self.answer))}. {escape(self.why)}</p></details>\n"
            f"</div>\n"
            f"<figcaption>{escape(self.caption)}</figcaption>\n"
            f"</figure>"
        )

    def __repr__(self) -> str:
        return f"Guess({self.question!r})"  # without the answer: notebooks print this


def _whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _value(what: str, value: object, options: Sequence[str], between: Sequence[int]) -> int:
    """Return a guess or an answer as a number: of an option, its place."""
    if value in options:
        return list(options).index(value)
    low, high = between or (0, len(options) - 1)
    kind = f"one of {', '.join(map(repr, options))}, or its place" if options else "a whole number"
    _expect(_whole(value) and low <= value <= high, what, value, f"{kind} from {low} to {high}")
    return int(value)


def _expect(fits: bool, what: str, value: object, expected: str) -> None:
    if not fits:
        raise ValueError(f"{what} is {value!r}; expected {expected}")
