import numpy as np
import pytest
import torch

from lcapp.models.initialise import initialise
from lcapp.models.series import temporal
from lcapp.models.series.temporal import Months, TemporalEncoder, date_code
from lcapp.models.sizes import TemporalConfig

PRESENT = torch.tensor([[True, False, True, True], [False, True, False, False]])
DAYS = torch.tensor([[-40.0, 0.0, 3.0, 200.0], [0.0, 17.0, 0.0, 0.0]])


@pytest.fixture
def encoder() -> TemporalEncoder:
    encoder = TemporalEncoder(8, TemporalConfig(heads=2))
    generator = torch.Generator().manual_seed(0)
    initialise(encoder, generator)
    for parameter in encoder.parameters():  # far from uniform attention
        parameter.data += 0.3 * torch.randn(parameter.shape, generator=generator)
    return encoder.eval()


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def literal_weights(encoder: TemporalEncoder, x: np.ndarray, days: np.ndarray) -> np.ndarray:
    """T C of one pixel to the T weights of the last layer, in NumPy."""

    def linear(y, layer):
        return y @ layer.weight.detach().double().numpy().T + layer.bias.detach().double().numpy()

    def norm(y, layer):
        y = (y - y.mean(-1, keepdims=True)) / np.sqrt(y.var(-1, keepdims=True) + layer.eps)
        return y * layer.weight.detach().double().numpy() + layer.bias.detach().double().numpy()

    def softmax(y):
        y = np.exp(y - y.max(-1, keepdims=True))
        return y / y.sum(-1, keepdims=True)

    def gelu(y):
        return torch.nn.functional.gelu(torch.from_numpy(y)).numpy()

    tokens = x + date_code(torch.from_numpy(days), x.shape[1], 1000.0).double().numpy()
    for layer in encoder.layers:
        query, key, value = np.split(linear(norm(tokens, layer.norm), layer.to_qkv), 3, axis=-1)
        halves = [slice(0, 4), slice(4, 8)]
        shares = [softmax(query[:, half] @ key[:, half].T / 2.0) for half in halves]
        seen = [share @ value[:, half] for share, half in zip(shares, halves, strict=True)]
        tokens = tokens + linear(np.concatenate(seen, -1), layer.out)
        before, first, _, second = layer.mlp
        tokens = tokens + linear(gelu(linear(norm(tokens, before), first)), second)
    return np.mean(shares, axis=(0, 1))


def test_date_code_of_the_day_itself_and_of_its_mirror_image():
    code = date_code(torch.tensor([0.0, 5.0, -5.0]), 6, 1000.0)
    torch.testing.assert_close(code[0], torch.tensor([0.0, 0, 0, 1, 1, 1]))
    torch.testing.assert_close(code[2], code[1] * torch.tensor([-1.0, -1, -1, 1, 1, 1]))
    assert float(code[1, 0]) == pytest.approx(np.sin(5.0))
    assert float(code[1, 1]) == pytest.approx(np.sin(0.5))  # 1000 ** (2 / 6) = 10 days a radian


def test_lined_up_epochs_come_back_in_order():
    epochs, gathered = Months.of(PRESENT), noise(4, 5)
    lined = epochs.line_up(gathered)
    assert lined.shape == (2, 3, 5)
    torch.testing.assert_close(lined[1, 0], gathered[3])
    torch.testing.assert_close(epochs.gather(lined), gathered)
    spread = epochs.spread(lined)
    torch.testing.assert_close(spread[PRESENT], gathered)
    assert not spread[~PRESENT].any()


def test_weights_equal_a_literal_softmax_and_sum_to_one(encoder):
    features = noise(4, 8, 2, 3)
    _, weights = encoder(features, DAYS[PRESENT], Months.of(PRESENT))
    torch.testing.assert_close(weights.sum(1), torch.ones(2, 2, 3))
    assert not weights[~PRESENT].any()
    expected = literal_weights(
        encoder, features[:3, :, 1, 2].double().numpy(), DAYS[0][PRESENT[0]].double().numpy()
    )
    np.testing.assert_allclose(weights[0, PRESENT[0], 1, 2], expected, atol=1e-5)
    assert np.ptp(expected) > 0.05
    torch.testing.assert_close(weights[1, 1], torch.ones(2, 3))


def test_a_ragged_batch_equals_its_scenes_one_by_one(encoder):
    features = noise(4, 8, 2, 3)
    together, _ = encoder(features, DAYS[PRESENT], Months.of(PRESENT))
    first, _ = encoder(features[:3], DAYS[PRESENT][:3], Months.of(PRESENT[:1]))
    second, _ = encoder(features[3:], DAYS[PRESENT][3:], Months.of(PRESENT[1:]))
    torch.testing.assert_close(together, torch.cat([first, second]), rtol=0, atol=1e-5)


def test_a_scene_without_epochs_beside_others_gives_no_nan(encoder):
    epochs = Months.of(torch.tensor([[True, True], [False, False]]))
    features = noise(2, 8, 2, 2).requires_grad_()
    encoded, weights = encoder(features, torch.tensor([1.0, 30.0]), epochs)
    encoded.square().sum().backward()
    assert encoded.isfinite().all()
    assert not weights[1].any()
    assert all(p.grad.isfinite().all() for p in encoder.parameters())
    # Torch's CPU attention is kind to a row without keys; its other backends need not be.
    assert all(side.isfinite().all() for side in encoder._encode(noise(2, 2, 8), epochs.slots))


def test_portions_of_pixels_do_not_change_the_result(encoder, monkeypatch):
    call = noise(4, 8, 5, 3), DAYS[PRESENT], Months.of(PRESENT)
    whole = encoder(*call)
    monkeypatch.setattr(temporal, "PORTION", 7)
    for portioned, expected in zip(encoder(*call), whole, strict=True):
        torch.testing.assert_close(portioned, expected, rtol=0, atol=1e-6)


def test_autocast_with_empty_slots_leaves_gradients_to_every_parameter(encoder):
    with torch.autocast("cpu", torch.bfloat16):
        encoded, _ = encoder(noise(4, 8, 2, 3), DAYS[PRESENT], Months.of(PRESENT))
        (encoded.float() * noise(4, 8, 2, 3)).sum().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="3 heads do not divide width 8"):
        TemporalEncoder(8, TemporalConfig(heads=3))


def test_half_precision_weights_work_with_empty_slots(encoder):
    half = encoder.bfloat16()
    encoded, weights = half(noise(4, 8, 2, 3).bfloat16(), DAYS[PRESENT], Months.of(PRESENT))
    assert encoded.dtype == torch.bfloat16
    assert weights.dtype == torch.float32
    torch.testing.assert_close(weights.sum(1), torch.ones(2, 2, 3))
