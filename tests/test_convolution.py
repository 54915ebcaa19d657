"""Sliding and its matrix, windows and blame against torch, the cells of 1980, the tools, the checks of the chapter."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import correlate2d

from rectified import convolution, training
from rectified.convolution import (
    Small,
    c_cells,
    enlarged,
    framed,
    letters,
    matrix,
    moved,
    organise,
    reinforce,
    s_cells,
    scattered,
    share_blame,
    slide,
    watch,
    windows,
)
from rectified.exercises import convolution as check

SETTINGS = [(stride, padding) for stride in (1, 2, 3) for padding in (0, 1, 2)]


# ------------------------------------------------------------------------------- sliding


@given(st.integers(3, 9), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2), st.integers(0, 99))
def test_sliding_is_scipys_cross_correlation(side, size, stride, padding, seed):
    rng = np.random.default_rng(seed)
    picture, kernel = rng.normal(size=(side, side)), rng.normal(size=(size, size))
    found = slide(picture, kernel, stride, padding)
    assert found.shape == ((side + 2 * padding - size) // stride + 1,) * 2
    theirs = correlate2d(np.pad(picture, padding), kernel, mode="valid")[::stride, ::stride]
    assert np.allclose(found, theirs)
    assert np.allclose(windows(picture[None], size, stride, padding) @ kernel.ravel(), theirs)
    assert np.allclose(matrix(kernel, side, stride, padding) @ picture.ravel(), theirs.ravel())


def test_the_matrix_repeats_each_weight_at_each_place():
    table = matrix(np.array([[1, 2], [3, 4]]), 4)
    assert table.shape == (9, 16)
    assert [(table == weight).sum() for weight in (1, 2, 3, 4)] == [9] * 4
    assert table[0].tolist() == [1, 2, 0, 0, 3, 4] + [0] * 10


def test_windows_keep_planes_together():
    planes = np.arange(2 * 3 * 3).reshape(2, 3, 3)
    assert windows(planes, 2)[0, 0].tolist() == [0, 1, 3, 4, 9, 10, 12, 13]
    assert windows(planes[None].repeat(5, axis=0), 2).shape == (5, 2, 2, 8)


@pytest.mark.parametrize(("stride", "padding"), SETTINGS)
def test_values_and_blame_agree_with_torch(stride, padding):
    rng = np.random.default_rng(0)
    planes, kernels = rng.normal(size=(2, 3, 8, 8)), rng.normal(size=(27, 4))
    seen = windows(planes, 3, stride, padding)
    x, w = (torch.tensor(each, requires_grad=True) for each in (planes, kernels))
    z = F.conv2d(x, w.T.reshape(4, 3, 3, 3), stride=stride, padding=padding).movedim(1, -1)
    blame = rng.normal(size=z.shape)
    z.backward(torch.tensor(blame))
    own, below = share_blame(blame, seen, kernels, planes, stride, padding)
    assert np.allclose(seen @ kernels, z.detach())
    assert np.allclose(own, w.grad)
    assert np.allclose(below, x.grad)


def test_a_shift_of_the_picture_shifts_the_map_with_stride_1():
    rng = np.random.default_rng(1)
    picture = np.zeros((16, 16))
    picture[4:10, 4:10] = rng.random((6, 6))
    kernel = rng.normal(size=(3, 3))
    assert np.allclose(slide(moved(picture, 1, 2), kernel), moved(slide(picture, kernel), 1, 2))
    twice = slide(moved(picture, 0, 1), kernel, 2)
    assert min(np.abs(moved(slide(picture, kernel, 2), 0, k) - twice).max() for k in (-1, 0, 1)) > 0.1


# ------------------------------------------------------------------------------- the cells of 1980


def test_an_s_cell_by_hand():
    """Excitation 3, inhibition 2r/(1+r)·b·v = 1·1·1: 4/2 − 1 = 1, times r = 1."""
    assert s_cells(np.array([1.0, 1, 1]), np.ones((3, 1)), np.ones(1), r=1).tolist() == [1]
    assert s_cells(np.array([1.0, 1, 1]), np.zeros((3, 1)), np.ones(1), r=1).tolist() == [0]


@pytest.mark.parametrize("r", [1, 2, 4])
def test_a_cell_that_has_learned_much_measures_an_angle(r):
    rng = np.random.default_rng(2)
    known = rng.random((1, 1, 9))
    excite, inhibit = reinforce(known, np.full((9, 1), 0.01), np.zeros(1), r, 1e6, 0)
    others = rng.random((50, 9))
    cosine = others @ known[0, 0] / np.linalg.norm(others, axis=1) / np.linalg.norm(known)
    assert np.allclose(
        s_cells(others, excite, inhibit, r)[:, 0], np.maximum((1 + r) * cosine - r, 0), atol=1e-3
    )


def test_c_cells_answer_near_an_s_cell_and_shapes_shrink():
    answers = np.zeros((3, 9, 9))
    answers[1, 4, 4] = 1
    found = c_cells(answers, 5, 2)
    assert found.shape == (3, 5, 5)
    assert (found[1] > 0).sum() == 9  # every other place within two of the middle
    assert not found[[0, 2]].any()


def test_alpha_is_the_sum_at_which_a_c_cell_says_one_half():
    """One plane of two says 1: near 1 and 0, (1 + 1) / (1 + 1/2) − 1 = 1/3."""
    answers = np.array([[[1.0]], [[0.0]]])
    assert c_cells(answers, 1, 1, alpha=1 / 3)[0] == pytest.approx(0.5)
    assert c_cells(answers, 1, 1)[0] == pytest.approx((1 / 3) / (1 / 2 + 1 / 3))


def test_one_cell_a_plane_and_a_neighbourhood_is_strengthened():
    rng = np.random.default_rng(3)
    seen, excite = rng.random((6, 6, 4)), rng.random((4, 5))
    new, inhibit = reinforce(seen, excite, np.zeros(5), 1, 1.0, 9)  # the neighbourhood is everything: one
    assert ((new != excite).any(axis=0)).sum() == 1
    assert (inhibit > 0).sum() == 1
    new, _ = reinforce(seen, excite, np.zeros(5), 1, 1.0, 0)
    assert (new != excite).any(axis=0).all()


def test_c_cells_forgive_a_shift_and_without_them_nothing_does():
    shown, kept = letters(), {}
    for reach in (5, 1):
        stages, kept[reach] = organise(shown.values(), reach, 0), []
        for letter in shown.values():
            own = watch(stages, letter)[-1].ravel()
            for way in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                cells = watch(stages, moved(letter, *way))[-1].ravel()
                kept[reach].append(cells.max() > 0 and cells.argmax() == own.argmax())
    assert np.mean(kept[5]) >= 0.6
    assert np.mean(kept[1]) <= 0.2


def test_the_machine_uses_the_functions_it_is_given():
    called = []

    def counted(idea):
        def call(*arguments, **options):
            called.append(idea.__name__)
            return idea(*arguments, **options)

        return call

    by = tuple(counted(idea) for idea in (windows, s_cells, c_cells, reinforce))
    stages = organise(letters().values(), 5, 0, shown=1, by=by)
    assert called.count("reinforce") == 3 * 5  # a stage, a letter
    called.clear()
    watch(stages, letters()["T"], by=by)
    assert called == ["windows", "s_cells", "c_cells"] * 3


# ------------------------------------------------------------------------------- tools


def test_letters_stand_in_the_middle():
    shown = letters()
    assert list(shown) == ["E", "X", "T", "O", "L"]
    assert {letter.shape for letter in shown.values()} == {(19, 19)}
    assert all(not letter[:6].any() and letter[6:13, 6:13].any() for letter in shown.values())


@given(st.integers(-4, 4), st.integers(-4, 4))
def test_what_is_moved_comes_back(down, right):
    picture = np.zeros((2, 12, 12))
    picture[:, 5:7, 5:7] = [[1, 2], [3, 4]]
    there = moved(picture, down, right)
    assert there[0, 5 + down, 5 + right] == 1
    assert np.array_equal(moved(there, -down, -right), picture)


def test_new_points_have_the_grey_of_the_corner():
    assert moved(np.full((3, 3), -1.0), 1, 0).tolist() == np.full((3, 3), -1.0).tolist()


def test_scattered_pictures_stay_whole_and_reach_every_place():
    points = np.zeros((500, 5, 5))
    points[:, 2, 2] = 1
    found = scattered(points, 1, np.random.default_rng(0))
    assert (found.sum(axis=(1, 2)) == 1).all()
    assert (found.sum(axis=0) > 0).tolist() == [
        [1 <= i <= 3 and 1 <= j <= 3 for j in range(5)] for i in range(5)
    ]


def test_a_frame_is_background_and_greys_go_from_minus_one_to_one():
    found = framed(np.array([[0, 0.5, 1, 1]]), 2, ring=1)
    assert found.shape == (1, 4, 4)
    assert found[0, 1:3, 1:3].tolist() == [[-1, 0], [1, 1]]
    assert (found[0, 0] == -1).all()


def test_enlarging_keeps_greys_and_slopes():
    flat, ramp = np.full((1, 3, 3), 0.4), np.tile(np.arange(4.0), (1, 4, 1))
    assert np.allclose(enlarged(flat), 0.4)
    assert np.allclose(enlarged(ramp)[0, 0], [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3])


WHOLE = [
    lambda kind: framed(np.eye(8, dtype=kind)[None], 8),
    lambda kind: enlarged(np.eye(8, dtype=kind)[None]),
    lambda kind: convolution.resize(np.eye(8, dtype=kind)[None], 5),
    lambda kind: convolution.for_reader(np.eye(28, dtype=kind).reshape(1, 784)),
    lambda kind: convolution.for_lenet(np.eye(28, dtype=kind)[None]),
]


@pytest.mark.parametrize("change", WHOLE)
@pytest.mark.parametrize("kind", [bool, np.uint8, int, np.float32])
def test_whole_numbers_are_greys_too(change, kind):
    found = change(kind)
    assert np.issubdtype(found.dtype, np.floating)
    assert np.allclose(found, change(float), atol=1e-6)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: framed(np.zeros((2, 50)), 7), "pictures are (2, 50); expected (n, 49) or (n, 7, 7)"),
        (lambda: framed(np.zeros((2, 4, 16)), 8), "pictures are (2, 4, 16); expected (n, 64) or (n, 8, 8)"),
        (lambda: framed(np.zeros(64), 8), "pictures are (64,); expected (n, 64)"),
        (
            lambda: framed(np.full((1, 64), 255), 8),
            "pictures have greys from 255 to 255; expected from 0 to 1",
        ),
        (lambda: framed(np.full((1, 64), np.nan), 8), "pictures have greys from nan to nan"),
        (
            lambda: enlarged(np.zeros((2, 64))),
            "pictures are (2, 64); expected (n, s, s) with s of at least 2",
        ),
        (lambda: enlarged(np.zeros((2, 1, 1))), "pictures are (2, 1, 1); expected (n, s, s)"),
        (
            lambda: scattered(np.zeros((2, 64)), 1, np.random.default_rng(0)),
            "pictures are (2, 64); expected (n, s, s) with s of at least 1",
        ),
        (
            lambda: Small(side=12)(torch.zeros(9, 64)),
            "pictures are (9, 64); expected (n, 144) or (n, 12, 12)",
        ),
        (lambda: convolution.for_reader(np.zeros((2, 256))), "pictures are (2, 256); expected (n, 784)"),
        (lambda: convolution.for_lenet(np.zeros((2, 32, 32))), "pictures are (2, 32, 32); expected (n, 784)"),
        (lambda: letters(6), "side is 6; expected at least 7"),
        (lambda: moved(np.zeros((3, 4)), 1, 0), "pictures are (3, 4), moved by 1 and 0"),
        (lambda: moved(np.zeros((3, 3)), 3, 0), "expected squares, moved by less than a side"),
    ],
)
def test_bad_input_is_named(build, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        build()


@pytest.mark.parametrize("side", [8, 12])
def test_the_small_net_takes_its_pictures_and_learns(side):
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    x = np.where(y[:, None, None], -1, 1) * np.ones((60, side, side)) + 0.1 * rng.normal(
        size=(60, side, side)
    )
    run = training.train(
        lambda: Small("tanh", side=side), (x.reshape(60, -1), y), seeds=range(2), steps=20, batch=20
    ).run
    assert run.final("train_error").max() == 0
    assert sum(part.numel() for part in Small(side=12).parameters()) == 8_084


# ------------------------------------------------------------------------------- the checks


@pytest.mark.parametrize(
    "answer", [None, 3, "x", [], [28, 14, 5], [28, 14, 5, 2.5], [True] * 4, [28, 14, 10, 5]]
)
def test_sides_are_checked_kindly(answer):
    verdict = check.sides(answer)
    assert not verdict.passed
    assert len(verdict.says) > 20


def test_the_first_wrong_side_is_named():
    assert "after the second kernel the side is not 6" in check.sides([28, 14, 6, 3]).says
    assert check.sides(np.array([28, 14, 5, 2])).passed


KERNELS = [None, "k", [[1]], np.zeros((3, 3)), check.CORNER, np.full((3, 3), np.nan), np.full((3, 3), 99)]


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("bias", [None, "b", 0, -2, np.inf])
def test_kernels_that_see_no_corner_or_too_much_are_told_so(kernel, bias):
    verdict = check.corner(kernel, bias)
    assert not verdict.passed
    assert len(verdict.says) > 20


def test_a_rounding_error_is_no_answer():
    """0.1 + 0.2 − 0.3 is 5.6e-17: the line across and the rest are not to fail by that."""
    kernel = np.array([[0, -1, 0], [-1, 0.1, 0.2], [0, 0.2, 0]])
    assert (kernel * check.others()["the end of a line to the right"]).sum() - 0.3 > 0
    assert check.corner(kernel, -0.3).passed


def test_a_kernel_for_one_corner_passes_and_for_another_does_not():
    kernel = np.array([[0, -1, 0], [-1, 1, 1], [0, 1, 0]])
    assert check.corner(kernel, -2).passed
    assert not check.corner(np.rot90(kernel), -2).passed


BLAMED = [
    (None, "expected a function"),
    (slide, None),
    (lambda: 1, "end in TypeError"),
    (lambda p, b: None, "give shape ()"),
    (lambda p, b: "x", "end in ValueError"),
    (lambda p, b: p, "give shape (4, 4); the kernel has (2, 2)"),
    (lambda p, b: b[0, 0] * p[: len(p) - len(b) + 1, : len(p) - len(b) + 1], "the first place alone"),
    (lambda p, b: slide(p, b) / b.size, "the average over the places"),
    (lambda p, b: slide(p, b)[::-1, ::-1], "turned round"),
    (lambda p, b: slide(p, b).T, "changed places"),
    (lambda p, b: slide(p, b) + 1, "the weight in row"),
    (lambda p, b: slide(p, b) * np.nan, "the weight in row"),
]


@pytest.mark.parametrize(("answer", "says"), BLAMED)
def test_the_blame_of_a_kernel_is_checked_kindly(answer, says):
    verdict = check.blamed(answer)
    assert verdict.passed == (says is None)
    assert says is None or says in verdict.says


def test_what_the_check_of_blame_wants_is_what_torch_finds():
    """And so are values of torch."""

    def by_torch(picture, blame):
        size = len(picture) - len(blame) + 1
        kernel = torch.zeros(1, 1, size, size, dtype=torch.float64, requires_grad=True)
        F.conv2d(torch.tensor(picture)[None, None], kernel).backward(torch.tensor(blame)[None, None])
        return kernel.grad[0, 0]

    assert check.blamed(by_torch).passed


@pytest.mark.parametrize(
    "answer", [(None, 1), (True, 1), (60_900, 2.5), (60_000, 340_908), (60_900, 340_908), (1e5, 1)]
)
def test_wrong_counts_are_told_so(answer):
    verdict = check.changed(*answer)
    assert not verdict.passed
    assert len(verdict.says) > 20


def test_the_changed_counts_are_those_of_the_network(monkeypatch):
    monkeypatch.setattr(convolution, "C3_SEES", np.ones((16, 6), bool))
    rows = convolution.count(convolution.LeNet5(), np.zeros((1, 1024)))
    monkeypatch.undo()
    assert check.changed(sum(row[3] for row in rows), sum(row[2] for row in rows)).passed


def spoil(planes):
    planes[:] = 0
    return planes[:, ::2, ::2]


@pytest.mark.parametrize(
    "answer",
    [None, 3, "max", lambda: 1, lambda p: p, lambda p: p[:, ::2, ::2], lambda p: None, lambda p: "x", spoil,
     lambda p: p.reshape(len(p), p.shape[1] // 2, 2, -1, 2).mean(axis=(2, 4)),
     lambda p: np.full((len(p), p.shape[1] // 2, p.shape[1] // 2), "a")],
)  # fmt: skip
def test_other_functions_do_not_pool(answer):
    verdict = check.pool(answer)
    assert not verdict.passed
    assert len(verdict.says) > 20


def test_the_largest_of_four_passes():
    assert check.pool(lambda p: p.reshape(len(p), p.shape[1] // 2, 2, -1, 2).max(axis=(2, 4))).passed
