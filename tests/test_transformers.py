"""Chapter 12: attention, the block, its counts, and what a page looks at in it."""

from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from rectified import activations, eras, training
from rectified import transformers as t
from rectified.exercises import transformers as check
from rectified.transformers import KINDS, Block, Model, Norm, Phi

SMALL = {"width": 12, "depth": 2, "heads": 3, "context": 8, "hidden": 24}


def model(kind="ReLU", seed=0, **more):
    torch.manual_seed(seed)
    phi, gated = KINDS[kind]
    return Model(7, phi=phi, gated=gated, **SMALL | more)


@pytest.fixture
def line():
    return torch.randint(7, (3, 8), generator=torch.Generator().manual_seed(1))


# --- Ideas ----------------------------------------------------------------------------------------------------


def test_attention_is_that_of_torch_in_values_and_gradients():
    torch.manual_seed(0)
    parts = torch.randn(3, 2, 4, 6, 5, dtype=torch.float64).requires_grad_()
    mine = t.attend(*parts)
    theirs = F.scaled_dot_product_attention(*parts, is_causal=True)
    assert torch.allclose(mine, theirs)
    (a,) = torch.autograd.grad(mine.sin().sum(), parts, retain_graph=True)
    (b,) = torch.autograd.grad(theirs.sin().sum(), parts)
    assert torch.allclose(a, b)


def test_no_place_hears_what_comes_later():
    torch.manual_seed(0)
    queries, keys, values = torch.randn(3, 6, 4)
    later = values.clone()
    later[4:] += 100
    assert torch.equal(t.attend(queries, keys, later)[:4], t.attend(queries, keys, values)[:4])


def test_attention_refuses_places_that_differ():
    one, two = torch.zeros(3, 2), torch.zeros(4, 2)
    with pytest.raises(ValueError, match=r"have shapes \[\(3, 2\), \(4, 2\), \(3, 2\)\]; expected"):
        t.attend(one, two, one)


def test_the_norm_is_that_of_torch_in_values_and_gradients():
    torch.manual_seed(0)
    x = torch.randn(5, 9).requires_grad_()
    mine, theirs = Norm(9), nn.LayerNorm(9)
    with torch.no_grad():
        for own, other in ((mine.gain, theirs.weight), (mine.shift, theirs.bias)):
            own.copy_(torch.randn(9))
            other.copy_(own)
    assert torch.allclose(mine(x), theirs(x), atol=1e-6)
    (a,), (b,) = (torch.autograd.grad(norm(x).sin().sum(), x) for norm in (mine, theirs))
    assert torch.allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_feed_forward_layer_is_what_activations_say(kind):
    torch.manual_seed(0)
    x, into, gate, out = torch.randn(5, 4), torch.randn(4, 6), torch.randn(4, 6), torch.randn(6, 4)
    phi, gated = KINDS[kind]
    layer = activations.get(phi).torch
    if gated:
        names = {"ReGLU": "reglu", "GEGLU": "geglu", "SwiGLU": "swiglu", "bilinear": "bilinear"}
        unit = activations.GATED[names[kind]]
        assert unit.gate.name == phi
        wanted = unit.torch(x @ into, x @ gate) @ out
    else:
        wanted = layer(x @ into) @ out
    assert torch.allclose(t.feed_forward(x, into, out, layer, gate if gated else None), wanted, atol=1e-6)


def test_the_feed_forward_layer_refuses_what_does_not_fit():
    x, into, out = torch.zeros(2, 4), torch.zeros(4, 6), torch.zeros(6, 4)
    with pytest.raises(ValueError, match=r"x, into and out have shapes \(\(2, 4\), \(4, 6\), \(5, 4\)\)"):
        t.feed_forward(x, into, out[:5], torch.relu)
    with pytest.raises(ValueError, match=r"gate has shape \(4, 5\); expected that of into, \(4, 6\)"):
        t.feed_forward(x, into, out, torch.relu, torch.zeros(4, 5))


def test_steps_are_those_of_torch_and_of_the_loop():
    torch.manual_seed(0)
    weights = torch.randn(6, dtype=torch.float64)
    theirs = nn.Parameter(weights.clone())
    rule, memory, looped = torch.optim.Adam([theirs], lr=0.01), {}, weights.clone()
    mean = square = torch.zeros(6, dtype=torch.float64)
    for number in range(1, 8):
        gradient = torch.randn(6, dtype=torch.float64)
        step, mean, square = t.adapt(gradient, mean, square, number)
        weights = weights - 0.01 * step
        looped = training.adam(looped, gradient, memory, 0.01)
        theirs.grad = gradient
        rule.step()
    assert torch.allclose(weights, theirs.detach())
    assert torch.allclose(weights, looped)


def test_an_update_before_the_first_is_refused():
    with pytest.raises(
        ValueError, match=r"t is 0, beta1 0\.9, beta2 0\.999; expected updates counted from 1"
    ):
        t.adapt(1.0, 0.0, 0.0, 0)


# --- The whole ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_the_same_weights_and_multiply_adds(kind):
    sizes = {"width": 48, "hidden": 192}
    phi, gated = KINDS[kind]
    made = Model(65, phi=phi, gated=gated, **sizes)
    assert t.counted(made) == t.counted(Model(65, **sizes))
    assert sum(t.counted(made).values()) == sum(each.numel() for each in made.parameters())
    used = [each for name, each in made.blocks[0].named_parameters() if name in ("into", "gate", "out")]
    assert sum(each.numel() for each in used) == 2 * 48 * 192  # each is used once a place
    assert t.counted(made)["feed-forward"] == 2 * t.counted(made)["attention"]


@pytest.mark.parametrize("kind", ["ReLU", "SwiGLU"])
def test_a_model_tells_from_what_came_before_only(kind, line):
    made, other = model(kind), line.clone()
    other[:, 5] = (other[:, 5] + 1) % 7
    before, after = made(line), made(other)
    assert before.shape == (3, 8, 7)
    assert torch.equal(before[:, :5], after[:, :5])
    assert (before[:, 5:] != after[:, 5:]).any(dim=-1).all()


def test_places_count(line):
    made = model()
    assert not torch.allclose(made(line)[:, 4:], made(line[:, 4:]))


def test_first_weights_keep_the_documented_rule():
    torch.manual_seed(0)
    made = Model(300, width=96, depth=3, heads=4, context=200, hidden=192, gated=True)
    block = made.blocks[1]
    for weights, variance in (
        (made.characters, 1 / 96), (made.places, 1 / 96), (block.asks, 1 / 96), (block.gate, 1 / 96),
        (block.into, 1 / 96), (block.says, 1 / 96 / 6), (block.out, 1 / 128 / 6),
    ):  # fmt: skip
        assert float(weights.detach().var()) == pytest.approx(variance, rel=0.1)
    assert torch.equal(made.norm.gain, torch.ones(96))
    assert torch.equal(made.norm.shift, torch.zeros(96))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"width": 10}, "width is 10 and heads 3; expected heads that divide the width"),
        ({"depth": 0}, "depth is 0; expected a whole number, 1 or more"),
        ({"context": 2.5}, "context is 2.5; expected a whole number"),
        ({"hidden": 25, "gated": True}, "hidden is 25; expected a multiple of 3"),
        ({"phi": "relo"}, "no activation is called 'relo'"),
    ],
)
def test_sizes_that_do_not_fit_are_named(more, told):
    with pytest.raises(ValueError, match=told):
        Model(7, **SMALL | more)


def test_a_text_longer_than_the_context_is_refused():
    with pytest.raises(ValueError, match="text has 9 places; expected 8 at most"):
        model()(torch.zeros(1, 9, dtype=torch.int64))


def test_the_years_of_attention_and_of_gates():
    with eras.timeless():
        eras.page(2016)
        with pytest.raises(eras.Anachronism, match="attention without recurrence dates from 2017"):
            model()
        eras.section(2017)
        model("GELU")
        model("bilinear")
        with pytest.raises(eras.Anachronism, match="SwiGLU dates from 2020"):
            model("SwiGLU")
        eras.section(2020)
        model("SwiGLU")
        with pytest.raises(eras.Anachronism, match="ReLU² dates from 2021"):
            model("ReLU²")(torch.zeros(1, 2, dtype=torch.int64))


def test_a_block_of_ones_own_is_used():
    class Loud(Block):
        def forward(self, x):
            return super().forward(x) + 1

    assert isinstance(model(block=Loud).blocks[1], Loud)


# --- Many at once ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained():
    rng = np.random.default_rng(0)
    codes = np.cumsum(rng.integers(0, 2, 600)) % 7  # the same or the next: a bit each
    x, y = t.windows(codes, 8, 6)
    return training.train(
        t.models(7, "ReLU", **SMALL), (x[:80], y[:80]), test=(x[80:], y[80:]), seeds=(3, 5), steps=60, batch=16,
        optimiser="adam", rate=0.01, record=[0, 60], layers=True, probe=16,
    )  # fmt: skip


def test_models_learn_and_their_zeros_are_recorded(trained):
    loss = t.bits(trained.run.curve("test_loss"))
    assert (loss[:, 0] > 2.5).all()
    assert (loss[:, -1] < 1.5).all()
    assert trained.run.curve("zeros").shape == (2, 2, 2)
    assert (trained.run.curve("zeros") > 0.2).all()


def test_a_member_is_what_the_loop_trained(trained, line):
    made = t.member(trained, 5)
    assert np.allclose(made(line).detach().numpy(), trained(line.numpy())[1], atol=1e-5)
    with pytest.raises(ValueError, match=r"seed is 4; expected one of \[3, 5\]"):
        t.member(trained, 4)


def test_looking_in_leaves_the_model_as_it_was(trained, line):
    made = t.member(trained, 3)
    before = made(line)
    heard = t.answers(made, line)
    assert [each.shape for each in heard] == 2 * [(3, 8, 24)]
    assert all((each >= 0).all() and (each == 0).any() for each in heard)
    assert torch.equal(made(line), before)
    assert not made.blocks[0].phi._forward_hooks


def test_what_is_zero_can_be_left_out(trained, line):
    made = t.member(trained, 3)
    hidden, out = t.answers(made, line)[1][0, -1], made.blocks[1].out
    on = hidden > 0
    assert torch.allclose(hidden[on] @ out[on], hidden @ out, atol=1e-6)


def test_a_curve_can_be_swapped_and_no_weight_moves(trained, line):
    nets = t.swapped(trained, "GELU")
    run = training.train(
        nets, (line.numpy(), line.numpy()), seeds=(3, 5), steps=0, batch=2, start=trained.parameters
    )
    assert all(np.array_equal(run.parameters[name], value) for name, value in trained.parameters.items())
    assert nets.skeleton.blocks[0].phi.activation == activations.gelu.torch
    with pytest.raises(ValueError, match="what was trained has gated False; expected the same"):
        t.swapped(trained, "SwiGLU")


def test_a_kind_that_is_none_is_named():
    with pytest.raises(ValueError, match="kind is 'RELU'; expected one of ReLU, GELU"):
        t.models(7, "RELU", **SMALL)


def test_bad_input_is_named(trained):
    with pytest.raises(ValueError, match="kind is 'SwigLU'; expected one of ReLU, GELU"):
        t.swapped(trained, "SwigLU")
    with pytest.raises(ValueError, match=r"kind is \('relu',\); expected one of"):
        t.models(7, ("relu",), **SMALL)
    with pytest.raises(ValueError, match=r"depth is 2\.5; expected a whole number"):
        t.models(7, **SMALL | {"depth": 2.5})
    with pytest.raises(
        ValueError, match=r"context is 2\.5, step 2\.5, the text has 9 characters; expected whole"
    ):
        t.windows(np.arange(9), 2.5)
    with pytest.raises(ValueError, match="zeros is nan"):
        t.skippable(np.nan)
    assert Model(7, **SMALL | {"hidden": np.int64(24)}).blocks[0].into.shape == (12, 24)


def test_a_kind_of_ones_own():
    made = t.models(7, ("tanh", True), **SMALL).skeleton
    assert made.blocks[0].phi.activation == activations.tanh.torch
    assert made.blocks[0].gate.shape == (12, 16)


# --- Text -----------------------------------------------------------------------------------------------------


def test_windows_hold_the_next_character():
    x, y = t.windows(np.arange(10), 3, 2)
    assert x.tolist() == [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, 8]]
    assert np.array_equal(y, x + 1)
    assert t.windows(np.arange(10), 3)[0][:, 0].tolist() == [0, 3, 6]
    with pytest.raises(ValueError, match="context is 3, step 3, the text has 3 characters"):
        t.windows(np.arange(3), 3)


def test_bits():
    assert t.bits(np.log(8)) == pytest.approx(3)


def test_writing_goes_on_beyond_the_context(trained):
    made = t.member(trained, 3)
    text = t.written(made, [0, 1], 20, rng=0)
    assert len(text) == 22
    assert text[:2] == [0, 1]
    assert text == t.written(made, [0, 1], 20, rng=0)
    assert np.mean([(b - a) % 7 in (0, 1) for a, b in pairwise(text[1:])]) > 0.7


def test_what_zeros_save():
    assert t.skippable(1.0) == 0.5
    assert t.skippable(0.9, gated=True) == pytest.approx(0.6)
    with pytest.raises(ValueError, match=r"zeros is 1\.5; expected shares from 0 to 1"):
        t.skippable(1.5)


def test_the_table_of_2020_as_transcribed():
    ends = {name: long for name, (_, _, long) in t.SHAZEER.items()}
    assert min(ends, key=ends.get) == "GEGLU"
    assert ends["ReLU"] < ends["GELU"] < ends["SiLU"]
    assert all(ends[name] < ends["ReLU"] for name in ("ReGLU", "GEGLU", "SwiGLU", "bilinear", "GLU"))


# --- Exercises ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        (lambda: check.units(16384), "201,326,592 weights, and more than needed: the plain one 134,217,728"),
        (lambda: check.units(10752), "132,120,576 weights, fewer than the plain one 134,217,728"),
        (lambda: check.units(10923), "two thirds it is; now up to the next multiple of 256"),
        (lambda: check.units(16384 * 2 / 3), "two thirds it is"),
        (lambda: check.units(11009), "no multiple of 256"),
        (lambda: check.units(11008.5), "expected a whole number"),
        (lambda: check.units("many"), "expected a whole number"),
        (
            lambda: check.before(torch.eye(5), torch.eye(5)),
            "place 2 hears place 1 by 39.0%, and place 2 by 61.0%",
        ),
        (
            lambda: check.before(torch.eye(5).roll(1, dims=0), torch.eye(5)),
            "it has the most, but 99 % is wanted",
        ),
        (
            lambda: check.before(torch.eye(4), torch.eye(5)),
            "(4, 4) of torch.float32; expected a tensor (5, n)",
        ),
        (lambda: check.before(torch.empty(5, 0), torch.empty(5, 0)), "expected a tensor (5, n)"),
        (lambda: check.before(torch.eye(5) * torch.nan, torch.eye(5)), "not finite"),
        (lambda: check.before(1e38 * torch.ones(5, 5), 1e38 * torch.ones(5, 5)), "place 2 hears place 1"),
        (lambda: check.before(torch.eye(5), torch.ones(5, 2)), "expected the same"),
        (lambda: check.before(torch.eye(5).bool(), torch.eye(5)), "expected floats"),
        (lambda: check.tied(torch.relu), "and the layer's"),
        (lambda: check.tied(lambda z: z[:3]), "expected a tensor (25,) of floats"),
        (lambda: check.tied(lambda z: z + "a"), "raises TypeError"),
        (lambda: check.tied(3), "expected a function"),
        (lambda: check.tied(lambda z: z[30]), "raises IndexError"),
        (lambda: check.tied(lambda z: {}[1]), "raises KeyError"),
        (lambda: check.tied(lambda z: 1 / 0), "raises ZeroDivisionError"),
        (lambda: check.unmasked(t.attend), "heard at place 5; expected at all five"),
        (lambda: check.unmasked(lambda q, k, v: v.cumsum(dim=-2)), "heard at place 5;"),
        (lambda: check.unmasked(lambda q, k, v: 0 * v), "heard at no place"),
        (lambda: check.unmasked(lambda q, k, v: (q @ k.mT).softmax(dim=-1) @ v), "not by the softmax"),
        (lambda: check.unmasked(lambda q, k, v: v[0]), "expected a tensor (2, 5, 4) of floats"),
        (lambda: check.unmasked(lambda q, k: q), "raises TypeError"),
        (lambda: check.unmasked(None), "attend_all is None; expected a function"),
    ],
)
def test_what_is_wrong_is_said(verdict, says):
    assert not verdict().passed
    assert says in verdict().says


def test_right_answers_pass():
    assert check.units(11008).passed
    assert check.before(20 * torch.eye(5).roll(1, dims=0), 20 * torch.eye(5)).passed
    assert check.tied(lambda z: z**2 * torch.sigmoid(z)).passed
    assert check.unmasked(lambda q, k, v: (q @ k.mT / 2).softmax(dim=-1) @ v).passed


def test_a_check_of_numbers_that_want_a_gradient_does_not_warn(recwarn):
    check.before(torch.eye(5).requires_grad_(), torch.eye(5))
    assert not recwarn.list


def test_phi_takes_functions_too():
    assert Phi(torch.relu)(torch.tensor([-1.0, 2.0])).tolist() == [0, 2]
