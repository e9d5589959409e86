"""Which network a published FLAIR-HUB file holds, from the names and shapes of its tensors alone.

Every size is read at many places and the most frequent answer counts: one damaged tensor does not
change what is expected of the others, so that the strict comparison names that tensor.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from lcapp.errors import BundleError
from lcapp.families.flairhub.sizes import (
    ConvNeXtConfig,
    ImageConfig,
    UPerFuseConfig,
)
from lcapp.models.sizes import SwinConfig, UTAEConfig
from lcapp.sensors import ELEVATION, HISTORICAL, IMAGES, MODALITIES, SENTINEL1, SENTINEL2, SERIES

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]

BANDS = {HISTORICAL: 1, ELEVATION: 2, SENTINEL2: 10, **dict.fromkeys(SENTINEL1, 2)}
"""Channels where the file does not tell; 3 elsewhere."""

CLASSES = (19, 23, 31, 46)
"""Of COSIA and of the three levels of LPIS: what to believe of a damaged head."""


FEWEST = 10
"""Tensors that make an encoder; fewer are strays."""


class _Unreadable(Exception):
    """No tensor tells a size; its name is the message."""


def sizes(shapes: Shapes, where: Path) -> UPerFuseConfig:
    """The configuration of a file.

    Args:
        shapes: Of the file's tensors, by name without the prefix `model.`.
        where: The file, for messages.

    Raises:
        BundleError: No encoder or task of FLAIR-HUB, or a tensor without which the size of a part
            cannot be told.
    """
    tasks = sorted(
        {found[1] for found, _ in _matching(shapes, r"main_decoders\.(\w+_LABEL-\w+)\..*")}
    )
    tensors = Counter(found[1] for found, _ in _matching(shapes, r"encoders\.([^.]+)\..*"))
    held = {name for name in (*IMAGES, *SERIES) if tensors[name] >= FEWEST}
    if not tasks or not held:
        raise BundleError(
            "holds no FLAIR-HUB network",
            where=where,
            expected="tensors model.encoders.MODALITY. ... and model.main_decoders.TASK. ...",
            advice="use a file of IGN's FLAIR-HUB models",
        )
    try:
        images = {name: _image(name, _under(shapes, name)) for name in IMAGES if name in held}
        series = {name: _series(name, _under(shapes, name)) for name in SERIES if name in held}
        return UPerFuseConfig(
            images=images,
            series=series,
            tasks={task: _classes(shapes, task) for task in tasks},
            decoder="unet" if _has(shapes, r"main_decoders\..*\.decoder\.blocks\.") else "upernet",
            auxiliary=tuple(_auxiliary(shapes, tasks, [*images, *series])),
        )
    except _Unreadable as missing:
        raise BundleError(
            f"model.{missing} is missing or damaged, and so are all that would tell its size",
            where=where,
            expected="a complete file of IGN's FLAIR-HUB models",
        ) from None


def _under(shapes: Shapes, modality: str) -> dict[str, Shape]:
    """The encoder's tensors, by the rest of their names."""
    prefix = f"encoders.{modality}."
    return {key[len(prefix) :]: shape for key, shape in shapes.items() if key.startswith(prefix)}


def _image(name: str, shapes: Shapes) -> ImageConfig:
    body = "seg_model.model."
    part = {key.removeprefix(body): shape for key, shape in shapes.items()}
    if _has(part, r"layers_\d{1,3}\.blocks\."):
        return _swin(name, part)
    if _has(part, r"stages_\d{1,3}\.blocks\."):
        return _convnext(name, part)
    raise _Unreadable(f"encoders.{name}.{body}layers_0.blocks.0.norm1.weight")


def _swin(name: str, part: Shapes) -> SwinConfig:
    block = r"layers_(\d{1,3})\.blocks\.(\d{1,3})\."
    where = f"encoders.{name}.seg_model.model.layers_0.blocks.0"
    widths = (
        shape[0] >> int(found[1])
        for found, shape in _matching(part, block + r"(norm[12]\.weight|attn\.proj\.bias)")
        if len(shape) == 1
    )
    tables = [
        (int(found[1]), shape)
        for found, shape in _matching(part, block + r"attn\.relative_position_bias_table")
        if len(shape) == 2
    ]
    config = SwinConfig(
        bands=_bands(name, part.get("patch_embed.proj.weight", ())),
        pixels=MODALITIES[name].pixels,
        width=_vote(widths, f"{where}.norm1.weight"),
        depths=_depths(part, block),
        heads=_vote(
            (shape[1] >> stage for stage, shape in tables),
            f"{where}.attn.relative_position_bias_table",
        ),
    )
    # A map smaller than the window cuts it: the right window explains the tables of all stages.
    windows = {(math.isqrt(rows) + 1) // 2 for _, (rows, _) in tables}
    candidates = [replace(config, window=window) for window in sorted(windows, reverse=True)]
    return max(candidates, key=lambda one: sum(_explains(one, *table) for table in tables))


def _explains(config: SwinConfig, stage: int, table: Shape) -> bool:
    """Whether a stage's table of relative positions has the rows of its windows."""
    return table[0] == (2 * config.window_at(stage) - 1) ** 2


def _convnext(name: str, part: Shapes) -> ConvNeXtConfig:
    block = r"stages_(\d{1,3})\.blocks\.(\d{1,3})\."
    depths = _depths(part, block)
    where = f"encoders.{name}.seg_model.model.stages_"
    return ConvNeXtConfig(
        bands=_bands(name, part.get("stem_0.weight", ())),
        pixels=MODALITIES[name].pixels,
        widths=tuple(
            _vote(
                (
                    shape[0]
                    for found, shape in _matching(part, block + r"(norm\.weight|conv_dw\.bias)")
                    if int(found[1]) == stage and len(shape) == 1
                ),
                f"{where}{stage}.blocks.0.norm.weight",
            )
            for stage in range(len(depths))
        ),
        depths=depths,
    )


def _series(name: str, part: Shapes) -> UTAEConfig:
    def widths(pattern: str) -> int:
        ones = (shape[0] for _, shape in _matching(part, pattern) if len(shape) == 1)
        return _vote(ones, f"encoders.{name}." + pattern.replace("\\", ""))

    deeper = len(_places(part, r"down_blocks\.(\d{1,3})\."))
    encoder = [widths(r"in_conv\.conv\.conv\.\d\..*")]
    encoder += [widths(rf"down_blocks\.{place}\.conv[12]\.conv\..*") for place in range(deeper)]
    decoder = [widths(rf"up_blocks\.{place}\.(up|conv[12]\.conv)\..*") for place in range(deeper)]
    outs = [3 * layer for layer in _places(part, r"out_conv\.conv\.conv\.(\d{1,3})\.", each=3)]
    return UTAEConfig(
        bands=_bands(name, part.get("in_conv.conv.conv.0.weight", ())),
        encoder_widths=tuple(encoder),
        decoder_widths=(*reversed(decoder), encoder[-1]),
        out_widths=tuple(
            widths(rf"out_conv\.conv\.conv\.({place}|{place + 1})\..*") for place in outs
        ),
    )


def _classes(shapes: Shapes, task: str) -> int:
    """From the last convolutions of the task's decoders."""
    last = rf"(main_decoders|aux_decoders)\.(\S+__)?{re.escape(task)}\."
    last += r"(seg_model\.segmentation_head\.0\.)?(weight|bias)"
    found = [shape[0] for _, shape in _matching(shapes, last) if shape]
    known = [count for count in found if count in CLASSES]
    return _vote(known + found, f"main_decoders.{task}.seg_model.segmentation_head.0.weight")


def _auxiliary(
    shapes: Shapes, tasks: Iterable[str], modalities: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """(modality, task) of the auxiliary decoders."""
    for modality in modalities:
        for task in tasks:
            prefix = f"aux_decoders.{modality}__{task}."
            if any(key.startswith(prefix) for key in shapes):
                yield modality, task


def _bands(name: str, first_weight: Shape) -> int:
    """Channels that the first convolution takes."""
    return first_weight[1] if len(first_weight) == 4 else BANDS.get(name, 3)


def _depths(part: Shapes, block: str) -> tuple[int, ...]:
    """Blocks of each stage; a stray tensor makes no block."""
    tensors = Counter((int(found[1]), int(found[2])) for found, _ in _matching(part, block + ".*"))
    whole = max(tensors.values())
    stages = [stage for (stage, _), count in tensors.items() if 2 * count > whole]
    return tuple(stages.count(stage) for stage in range(max(stages) + 1))


def _places(part: Shapes, pattern: str, each: int = 1) -> list[int]:
    """Which parts a list has, of `each` numbers; a stray tensor makes no part."""
    tensors = Counter(int(found[1]) // each for found, _ in _matching(part, pattern + ".*"))
    return sorted(place for place, count in tensors.items() if count > 1)


def _matching(shapes: Shapes, pattern: str) -> Iterator[tuple[re.Match[str], Shape]]:
    """Tensors whose whole name matches."""
    for key, shape in shapes.items():
        if found := re.fullmatch(pattern, key):
            yield found, shape


def _has(shapes: Shapes, start: str) -> bool:
    return any(re.match(start, key) for key in shapes)


def _vote(answers: Iterable[int], name: str) -> int:
    """The most frequent answer.

    Raises:
        _Unreadable: There is none; `name` would have given one.
    """
    ranked = Counter(answers).most_common(1)
    if not ranked:
        raise _Unreadable(name)
    return ranked[0][0]
