"""Contrastive wake–sleep: each of its steps is a gradient, the whole learns, and seeds do not touch each other."""

from itertools import pairwise

import numpy as np
import pytest

from rectified import belief

SURE = 40.0  # a bias that leaves nothing to chance


def net(sizes, kinds, rng, spread=1.0):
    """Ways up and down that no longer agree, and a top machine, without a seeds axis."""
    up = [rng.normal(0, spread, (below + 1, above + 1)) for below, above in pairwise(sizes[:-1])]
    down = [rng.normal(0, spread, (above + 1, below + 1)) for below, above in pairwise(sizes[:-1])]
    top = rng.normal(0, spread, (sizes[-2] + kinds + 1, sizes[-1] + 1))
    top[-1, -1] = 0
    return up, down, top


def cases(count, visible, kinds, rng):
    return rng.random((count, visible)), np.eye(kinds)[rng.integers(kinds, size=count)]


def log_chance(w, given, wanted):
    """The mean over cases of log p(wanted | given), where `wanted` may lie between 0 and 1."""
    p = belief.chance(w, given)
    return (wanted * np.log(p) + (1 - wanted) * np.log(1 - p)).sum(-1).mean()


def slopes(value, w):
    found = np.zeros_like(w)
    for place in np.ndindex(*w.shape):
        nudge = np.zeros_like(w)
        nudge[place] = 1e-5
        found[place] = (value(w + nudge) - value(w - nudge)) / 2e-5
    return found


def test_awake_each_way_down_follows_the_slope_of_the_chance_of_what_lies_below():
    rng = np.random.default_rng(0)
    up, down, top = net((4, 3, 3, 5), 2, rng)
    for w in up:
        w *= SURE  # the states are all but certain: recognised twice, they are the same
    seen, label = cases(20, 4, 2, rng)
    one = (belief.chance(up[0], seen) > 0.5).astype(float)
    two = (belief.chance(up[1], one) > 0.5).astype(float)
    _, steps, _ = belief.up_down(up, down, top, seen, label, rng)
    for w, step, given, wanted in zip(down, steps, (one, two), (seen, one), strict=True):
        assert np.allclose(step, slopes(lambda w, g=given, s=wanted: log_chance(w, g, s), w), atol=1e-6)
        assert log_chance(w + 0.05 * step, given, wanted) > log_chance(w, given, wanted)


def test_asleep_each_way_up_follows_the_slope_of_the_chance_of_what_lay_above():
    rng = np.random.default_rng(1)
    up, down, top = net((4, 3, 3, 5), 2, rng)
    wanted = np.array([1.0, 0.0, 1.0])  # what the top machine always dreams
    top[:, -1] = 0
    top[:3, -1] = SURE**2 * (2 * wanted - 1)
    middle = np.array([0.0, 1.0, 1.0])  # and what it makes of the layer below
    down[1][-1, :-1] = SURE * (2 * middle - 1)
    seen, label = cases(20, 4, 2, rng)
    steps, _, _ = belief.up_down(up, down, top, seen, label, rng)
    picture = belief.chance(down[0], middle[None])
    for w, step, given, above in zip(up, steps, (picture, middle[None]), (middle, wanted), strict=True):
        assert np.allclose(step, slopes(lambda w, g=given, s=above: log_chance(w, g, s), w), atol=1e-6)
        assert log_chance(w + 0.05 * step, given, above) > log_chance(w, given, above)


def test_the_step_of_the_top_machine_is_what_was_seen_less_what_was_dreamt():
    rng = np.random.default_rng(2)
    up, down, top = net((4, 3, 5), 2, rng)
    up[0] *= SURE
    top[:, -1] = 0
    top[:-1, :-1] = 0  # its sides know nothing of each other
    top[-1, :-1] = SURE * np.array([1, -1, 1, 1, -1])
    top[:3, -1] = SURE * np.array([-1, 1, 1])
    seen, label = cases(30, 4, 2, rng)
    _, _, step = belief.up_down(up, down, top, seen, label, rng, gibbs=2)
    below = np.concatenate([belief.chance(up[0], seen) > 0.5, label], axis=-1)
    above = np.tile([1.0, 0, 1, 1, 0], (30, 1))
    dream = np.tile([0.0, 1, 1, 0.5, 0.5], (30, 1))  # without weights, either label is as likely
    assert np.allclose(step, belief.together(below, above) - belief.together(dream, above), atol=1e-9)
    assert step[-1, -1] == 0


def test_the_last_column_of_the_lower_machines_and_the_corner_stay_as_they_are():
    rng = np.random.default_rng(3)
    ups, downs, top = belief.up_down(*net((6, 4, 3, 5), 2, rng), *cases(10, 6, 2, rng), rng)
    for step in (*ups, *downs):
        assert not step[:, -1].any()
        assert step[:, :-1].any()
    assert top[-1, -1] == 0


def test_without_rounds_the_top_machine_stays_as_it_is():
    rng = np.random.default_rng(4)
    _, _, top = belief.up_down(*net((6, 4, 5), 2, rng), *cases(10, 6, 2, rng), rng, gibbs=0)
    assert not top.any()


def learnt(seeds, steps=400, rate=0.1):
    """A small net that began as two machines and learnt two patterns and their labels; seeds in front."""
    dice = belief.Dice(seeds)
    bottom = belief.machine(6, 4, dice, spread=0.1)
    top = belief.machine(4 + 2, 5, dice, spread=0.1)
    seen = np.repeat([[[1.0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]]], len(seeds), axis=0)
    label = np.repeat([[[1.0, 0], [0, 1]]], len(seeds), axis=0)
    up, down = [bottom], [belief.turned(bottom)]
    for _ in range(steps):
        ups, downs, best = belief.up_down(up, down, top, seen, label, dice)
        up = [w + rate * step for w, step in zip(up, ups, strict=True)]
        down = [w + rate * step for w, step in zip(down, downs, strict=True)]
        top = top + rate * best
    return up, down, top, seen, label


def test_the_whole_learns_to_tell_and_to_show_two_patterns():
    for steps, told in ((0, False), (2000, True)):
        up, down, top, seen, label = learnt(range(5), steps)
        code = belief.chance(up[0], seen)
        again = belief.chance(down[0], (code > 0.5).astype(float))
        energies = [
            belief.free_energy(top, np.concatenate([code, np.broadcast_to(each, label.shape)], -1))
            for each in np.eye(2)
        ]
        right = np.argmin(energies, axis=0) == [0, 1]
        assert (right.mean() > 0.95) == told
        assert (np.abs(again - seen).mean() < 0.1) == told


def test_no_seed_touches_another():
    together, alone = learnt([0, 1], 20), learnt([1], 20)
    for many, one in zip(
        (*together[0], *together[1], together[2]), (*alone[0], *alone[1], alone[2]), strict=True
    ):
        assert np.array_equal(many[1:], one)
        assert not np.allclose(many[0], many[1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_stay_as_precise_as_they_were(dtype):
    rng = np.random.default_rng(5)
    up, down, top = net((6, 4, 5), 2, rng)
    up, down = ([w.astype(dtype) for w in way] for way in (up, down))
    seen, label = (part.astype(dtype) for part in cases(10, 6, 2, rng))
    ups, downs, best = belief.up_down(up, down, top.astype(dtype), seen, label, rng)
    assert {step.dtype for step in (*ups, *downs, best)} == {np.dtype(dtype)}
