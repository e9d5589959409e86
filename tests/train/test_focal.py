"""Focal loss (eq. 8) against the shared oracle and the literal one of `tests.literal`."""

import numpy as np
import pytest
import torch

from lcapp.classes import NO_CLASS
from lcapp.train.class_losses import focal
from tests import literal


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("gamma", [0, 1, 2])
def test_focal_loss_and_gradient_equal_the_oracle(oracles, gamma, smoothing):
    oracle = np.load(oracles / "focal.npz")
    logits = torch.from_numpy(oracle["logits"]).requires_grad_()
    loss = focal(logits, torch.from_numpy(oracle["labels"]), gamma, smoothing).mean()
    loss.backward()
    wanted = oracle[f"dlogits_g{gamma}_s{smoothing}"]
    assert loss.item() == pytest.approx(oracle[f"loss_g{gamma}_s{smoothing}"], abs=1e-6)
    # values are at most 2e-3 here: 1e-6 of that
    np.testing.assert_allclose(logits.grad.numpy(), wanted, rtol=0, atol=2e-9)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("gamma", [0, 1, 2])
def test_literal_focal_loss_and_gradient_equal_the_oracle(oracles, gamma, smoothing):
    oracle = np.load(oracles / "focal.npz")
    scenes = list(zip(oracle["logits"].astype(np.float64), oracle["labels"], strict=True))
    loss = np.mean([literal.focal(*scene, gamma, smoothing) for scene in scenes])
    gradient = [literal.focal_gradient(*scene, gamma, smoothing) / 2 for scene in scenes]
    assert loss == pytest.approx(oracle[f"loss_g{gamma}_s{smoothing}"], abs=1e-6)
    wanted = oracle[f"dlogits_g{gamma}_s{smoothing}"]
    np.testing.assert_allclose(gradient, wanted, rtol=0, atol=2e-9)


def test_pixels_of_a_class_can_be_left_out_of_the_sum_as_the_oracle_does(oracles):
    oracle = np.load(oracles / "focal.npz")
    labels = torch.from_numpy(oracle["labels"]).flatten()
    logits = torch.from_numpy(oracle["logits"]).movedim(1, -1).reshape(-1, 13, 1, 1)
    each = focal(logits, labels.reshape(-1, 1, 1))  # a pixel a scene
    loss = each[labels != 12].sum() / len(labels)
    assert loss.item() == pytest.approx(oracle["loss_g2_s0_ignore12"], abs=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 3.5])
def test_focal_loss_of_each_scene_and_its_gradient_equal_the_equation(gamma, smoothing):
    generator = torch.Generator().manual_seed(1)
    logits = 3 * torch.randn(3, 5, 4, 6, generator=generator, dtype=torch.float64)
    labels = torch.randint(5, (3, 4, 6), generator=generator)
    found = focal(logits.requires_grad_(), labels, gamma, smoothing)
    found.sum().backward()
    for scene in range(3):
        case = logits[scene].detach().numpy(), labels[scene].numpy(), gamma, smoothing
        assert found[scene].item() == pytest.approx(literal.focal(*case), rel=1e-12)
        wanted = literal.focal_gradient(*case)
        np.testing.assert_allclose(logits.grad[scene], wanted, rtol=0, atol=1e-14)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("size", [80.0, 3e4])
def test_focal_loss_and_gradient_stay_finite_where_the_network_is_sure(size, gamma, smoothing):
    # one pixel right, one wrong, one undecided
    logits = size * torch.tensor([[1.0, 1.0, 1.0], [-1.0, -1.0, 1.0]]).reshape(1, 2, 1, 3)
    logits.requires_grad_()
    loss = focal(logits, torch.tensor([[[0, 1, 0]]]), gamma, smoothing)
    loss.sum().backward()
    assert loss.isfinite().all()
    assert logits.grad.isfinite().all()
    # The wrong pixel keeps learning: full weight, a third of the mean.
    assert logits.grad[0, 1, 0, 1].item() == pytest.approx(-(1 - smoothing) / 3, rel=1e-4)


@pytest.mark.parametrize(("label", "said"), [(5, "got 5"), (-1, "got -1"), (254, "got 254")])
def test_focal_loss_refuses_a_label_that_is_no_class_and_names_it(label, said):
    labels = torch.zeros(1, 2, 2, dtype=torch.int64)
    labels[0, 1, 1] = label
    with pytest.raises(ValueError, match=f"0..4, {said}"):
        focal(torch.zeros(1, 5, 2, 2), labels)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_what_has_no_class_is_neither_counted_nor_learnt(smoothing):
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn((2, 5, 6, 4), generator=generator, requires_grad=True)
    labels = torch.randint(5, (2, 6, 4), generator=generator)
    labels[0, :2] = NO_CLASS
    labels[1] = NO_CLASS
    found = focal(logits, labels, 2, smoothing)
    left = focal(logits[:1, :, 2:], labels[:1, 2:], 2, smoothing)
    torch.testing.assert_close(found, torch.tensor([left.item(), 0.0]))
    found.sum().backward()
    assert (logits.grad[0, :, :2] == 0).all()
    assert (logits.grad[1] == 0).all()
    assert (logits.grad[0, :, 2:] != 0).any()
