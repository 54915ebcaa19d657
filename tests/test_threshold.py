"""The nets of 1943: single units, nets over time, and the paper's figure against its formulas."""

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rectified.threshold import (
    FIGURE_1,
    PLACES,
    Net,
    circulate,
    corners,
    fires,
    graded,
    histories,
    pulses,
    run,
    tables,
    wire,
)


def by_hand(net: Net, sheet: np.ndarray) -> list[list[int]]:
    """Run a net neuron by neuron, with loops and no arrays."""
    history = [sheet[0].tolist()]
    for given_pulses in sheet[1:]:
        before, now = history[-1], []
        for i in range(len(net.neurons)):
            feet = sum(before[j] * int(net.excite[j, i]) for j in range(len(before)))
            veto = any(before[j] and net.inhibit[j, i] for j in range(len(before)))
            now.append(int(given_pulses[i] or (feet >= net.threshold[i] and not veto)))
        history.append(now)
    return history


@given(st.data())
def test_run_agrees_with_a_neuron_by_neuron_count(data):
    size = data.draw(st.integers(1, 5))
    counts = st.lists(st.lists(st.integers(0, 3), min_size=size, max_size=size), min_size=size, max_size=size)
    excite, inhibit = (np.array(data.draw(counts)) for _ in range(2))
    threshold = np.array(data.draw(st.lists(st.integers(1, 4), min_size=size, max_size=size)))
    net = Net(tuple(f"N{k}" for k in range(size)), 0, excite, inhibit // 3, threshold)
    sheet = np.array(
        data.draw(st.lists(st.lists(st.integers(0, 1), min_size=size, max_size=size), min_size=1, max_size=6))
    )
    assert run(net, sheet).tolist() == by_hand(net, sheet)


def test_many_histories_at_once_are_those_one_by_one():
    net = FIGURE_1["e"]
    every = histories(net, 4)
    together = run(net, every)
    for k in range(0, every.shape[1], 17):
        assert (together[:, k] == run(net, every[:, k])).all()


def test_a_veto_beats_any_number_of_end_feet():
    assert fires(np.array([[9], [0]]), np.array([[0], [1]]), 1, np.array([1, 1])).tolist() == [0]
    assert fires(np.array([[9], [0]]), np.array([[0], [1]]), 1, np.array([1, 0])).tolist() == [1]


def test_a_threshold_is_reached_not_exceeded():
    assert fires(np.array([[2]]), np.array([[0]]), 2, np.array([1])).tolist() == [1]
    assert fires(np.array([[2]]), np.array([[0]]), 3, np.array([1])).tolist() == [0]


FORMULAS = {  # McCulloch and Pitts 1943, p. 131, each as a function of the inputs' past: x(1) is one tick ago
    ("a", "N2"): lambda x: x(1),
    ("b", "N3"): lambda x, y: x(1) or y(1),
    ("c", "N3"): lambda x, y: x(1) and y(1),
    ("d", "N3"): lambda x, y: x(1) and not y(1),
    ("e", "N3"): lambda x, y: x(1) or (y(3) and not y(2)),
    ("e", "N4"): lambda x, y: y(2) and y(1),
    ("f", "N4"): lambda x, y, z: (not x(2) and (y(2) or z(2))) or (x(2) and y(2) and z(2)),
    ("h", "N2"): lambda x: x(1) and x(2),
    ("i", "N3"): lambda x, y: y(1) or (x(1) and any(x(k) and y(k) for k in range(1, 9))),
}


@pytest.mark.parametrize(("letter", "output"), FORMULAS)
def test_figure_1_says_what_is_printed_beside_it(letter, output):
    net = FIGURE_1[letter]
    place = net.neurons.index(output)
    ticks = 8 // net.afferents
    for trains in product(product((0, 1), repeat=ticks), repeat=net.afferents):
        sheet = np.zeros((ticks, len(net.neurons)), int)
        sheet[:, : net.afferents] = np.array(trains).T
        history = run(net, sheet)
        for t in range(ticks):
            past = [lambda k, train=train, t=t: bool(train[t - k]) if t >= k else False for train in trains]
            assert history[t, place] == bool(FORMULAS[letter, output](*past)), (trains, t)


def test_every_net_has_its_place_in_the_drawing():
    assert FIGURE_1.keys() == PLACES.keys()
    for letter, net in FIGURE_1.items():
        assert len(PLACES[letter]) == len(net.neurons)


@given(st.integers(1, 12))
def test_a_touch_is_followed_by_one_flash_of_heat(ticks):
    net = FIGURE_1["e"]
    history = run(net, pulses(net, ticks + 6, N2="1" * ticks))
    assert np.flatnonzero(history[:, 4]).tolist() == [ticks + 2]
    assert np.flatnonzero(history[:, 5]).tolist() == list(range(2, ticks + 1))


def test_what_one_unit_can_say():
    assert [len(tables(n, range(3), range(1, 7))) for n in (2, 3)] == [5, 19]
    assert [len(tables(n, range(3), range(1, 7), (0, 1))) for n in (2, 3)] == [7, 34]
    assert [len(tables(n, range(-2, 3), range(-5, 7))) for n in (2, 3)] == [14, 104]


def test_the_seven_are_all_that_is_silent_on_silence_but_the_exclusive_or():
    silent = {table for table in product((0, 1), repeat=4) if not table[0]}
    assert silent - tables(2, range(3), range(1, 7), (0, 1)) == {(0, 1, 1, 0)}


def test_a_ring_keeps_its_necklaces():
    ring = wire("", a="c c", b="a a", c="b b")
    states, start = circulate(ring, (1, 0, 0))
    assert (states, start) == ([(1, 0, 0), (0, 1, 0), (0, 0, 1)], 0)
    assert circulate(wire("", a="a"), (1,)) == ([(1,), (0,)], 1)


def test_a_graded_response_is_nothing_and_then_in_step():
    assert graded(np.array([0, 2, 3, 5]), 2).tolist() == [0, 0, 1, 3]


def test_wire_counts_end_feet():
    net = wire("A B", C="A A B | B", D="C C")
    assert net.neurons == ("A", "B", "C", "D")
    assert net.excite[:, 2].tolist() == [2, 1, 0, 0]
    assert net.inhibit[:, 2].tolist() == [0, 1, 0, 0]
    assert net.threshold.tolist() == [2, 2, 2, 2]
    assert repr(net) == "Net(4 neurons, 2 of them inputs: A B C D)"


def test_corners_count():
    assert corners(2).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: wire("N1", N2="N1 N5"),
            "N2 is wired to 'N5', but the neurons are 'N1', 'N2'; names stand with spaces",
        ),
        (lambda: wire("N1", N1="N1"), "two neurons share a name among N1 N1"),
        (lambda: wire("N1", N2="N1 | N1 | N1"), "one bar at most"),
        (lambda: wire("N1", threshold=0, N2="N1"), "threshold is 0; expected a whole number of at least 1"),
        (lambda: wire("N1", threshold=1.5, N2="N1"), "threshold is 1.5"),
        (lambda: pulses(FIGURE_1["a"], N7="1"), "N7 is not a neuron of this net; it has N1 N2"),
        (lambda: pulses(FIGURE_1["a"], N1="12"), "the train of N1 is '12'; expected digits 0 and 1"),
        (lambda: pulses(FIGURE_1["a"], 2, N1="111"), "ticks is 2, but the longest train has 3"),
        (lambda: pulses(FIGURE_1["a"]), "ticks is 0"),
        (lambda: histories(FIGURE_1["c"], 11), "11 ticks of 2 inputs make 2**22 histories"),
        (lambda: histories(FIGURE_1["c"], 0), "0 ticks"),
    ],
)
def test_bad_input_is_named(build, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        build()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"excite": np.zeros((2, 3), int)}, "excite has shape (2, 3); expected (2, 2)"),
        ({"inhibit": -np.eye(2, dtype=int)}, "inhibit must count end-feet"),
        ({"excite": np.full((2, 2), 0.3)}, "excite must count end-feet"),
        ({"threshold": np.array([1])}, "threshold has shape (1,); expected (2,)"),
        ({"threshold": np.array([1, 0])}, "the threshold of B is 0"),
        ({"excite": [[0, 1], [0, 0]]}, "excite is a list, [[0, 1], [0, 0]]; expected a NumPy array"),
        ({"inhibit": None}, "inhibit is a NoneType"),
        ({"threshold": [1, 1]}, "threshold is a list, [1, 1]; expected a NumPy array"),
        ({"neurons": ("A", "A")}, "two neurons share a name among A A"),
        ({"afferents": 3}, "afferents is 3; expected how many of the 2 neurons are inputs"),
        ({"afferents": -1}, "afferents is -1"),
    ],
)
def test_a_net_that_cannot_be_is_refused(changes, message):
    parts = {"excite": np.eye(2, dtype=int), "inhibit": np.zeros((2, 2), int), "threshold": np.array([1, 1])}
    with pytest.raises(ValueError, match=re.escape(message)):
        Net(**({"neurons": ("A", "B"), "afferents": 1} | parts | changes))
