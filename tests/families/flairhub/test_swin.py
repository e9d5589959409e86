"""Our Swin against timm's, which the published code uses."""

import pytest
import timm
import torch

from lcapp.models.image.swin import Swin
from lcapp.models.sizes import SwinConfig


def of_timm(config: SwinConfig) -> torch.nn.Module:
    return timm.create_model(
        "swin_base_patch4_window12_384",
        pretrained=False,
        features_only=True,
        in_chans=config.bands,
        img_size=config.pixels,
        embed_dim=config.width,
        depths=config.depths,
        num_heads=tuple(config.heads * 2**stage for stage in range(4)),
        window_size=config.window,
    ).eval()


@pytest.mark.parametrize(
    "config",
    [
        SwinConfig(3, 160, 16, (2, 2, 2, 2), 2, 7),  # maps of 40, 20, 10 and 5: padded, shifted
        SwinConfig(2, 64, 16, (2, 2, 4, 2), 2, 12),  # SPOT's: windows cut to 8, 4 and 2
        SwinConfig(1, 256, 16, (2, 3, 2, 2), 2, 12),  # PAN's
    ],
    ids=["padded", "spot", "pan"],
)
def test_stages_are_those_of_timm(config):
    torch.manual_seed(0)
    reference = of_timm(config)
    for name, parameter in reference.named_parameters():
        if name.endswith(("bias", "bias_table")):
            torch.nn.init.normal_(parameter)  # zeros would hide a bias that is left out
    ours = Swin(config).eval()
    ours.load_state_dict(reference.state_dict())
    image = torch.randn(2, config.bands, config.pixels, config.pixels)
    with torch.inference_mode():
        expected = [stage.permute(0, 3, 1, 2) for stage in reference(image)]
        stages = ours(image)
    assert len(stages) == len(expected)
    for stage, one in zip(stages, expected, strict=True):
        torch.testing.assert_close(stage, one, rtol=1e-4, atol=1e-5 * float(one.std()))


def test_a_network_used_for_inference_can_still_be_trained():
    network = Swin(SwinConfig(1, 32, 8, (2, 1, 1, 1), 1, 3))
    with torch.inference_mode():
        network(torch.zeros(1, 1, 32, 32))
    network(torch.randn(1, 1, 32, 32))[-1].square().sum().backward()
    assert all(one.grad is not None for one in network.parameters())


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="3 heads do not divide width 16"):
        Swin(SwinConfig(3, 64, 16, (1, 1, 1, 1), 3, 4))
