"""A bundle of this machine onto the Hub: description, weights and a model card in one commit."""

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import CommitOperationAdd, HfApi, ModelCardData
from safetensors import SafetensorError, safe_open

from lcapp.classes import TABLES
from lcapp.errors import BundleError
from lcapp.hub.config import CONFIG_FILE, WEIGHTS_FILE, BundleConfig, bundle_hash, read_config
from lcapp.hub.transport.cache import sha256_of
from lcapp.hub.transport.refusals import FAULTS, ODD, HubUnreachable, refusal, shown
from lcapp.hub.transport.repository import split_id

CARD_FILE = "README.md"

LICENCES = (
    "apache-2.0", "bsd-3-clause", "cc-by-4.0", "cc-by-nc-4.0", "cc-by-sa-4.0", "cc0-1.0",
    "etalab-2.0", "gpl-3.0", "mit",
)  # fmt: skip
"""The Hub's identifiers that a bundle's licence may be; any other text stands in the card."""

_STATISTICS = ("running_mean", "running_var")
_TAGS = ("land-cover", "remote-sensing", "sentinel-2", "super-resolution", "diffusion")


def push(
    bundle_path: Path | str, repo_id: str, token: str | None = None, private: bool = True
) -> str:
    """Write a bundle to the Hub; files that it has already are not sent again.

    Args:
        bundle_path: Folder of a bundle that can be loaded (`families.door.push` sees to that).
        repo_id: `owner/name`; made where there is none.
        token: One that may write; by default the stored one.
        private: For a repository that is made now.

    Returns:
        The address of the commit.

    Raises:
        BundleError: The bundle is no bundle, the id is none, the token is missing or
            may not write there, or the Hub cannot be reached.
    """
    folder = Path(bundle_path)
    repo_id, _ = split_id(repo_id)
    hub = HfApi(token=token)
    contents: dict[str, bytes | Path] = {
        CONFIG_FILE: folder / CONFIG_FILE,
        WEIGHTS_FILE: folder / WEIGHTS_FILE,
        CARD_FILE: model_card(folder).encode(),
    }
    try:
        hub.create_repo(repo_id, private=private, exist_ok=True)
        done = hub.create_commit(
            repo_id,
            [
                CommitOperationAdd(name, content if isinstance(content, bytes) else str(content))
                for name, content in contents.items()
            ],
            commit_message=f"Bundle {read_config(folder).name}, {bundle_hash(folder)}",
        )
    except FAULTS as error:
        raise _write_refusal(error, repo_id) from None
    except (OSError, RuntimeError, *ODD) as error:  # huggingface_hub's, of a broken upload
        raise BundleError(f"cannot be written: {shown(error)}", where=repo_id) from error
    return str(done.commit_url)


def model_card(bundle_path: Path | str) -> str:
    """The text of README.md on the Hub: a function of the bundle's two files alone.

    Raises:
        BundleError: There is no bundle, or its weights cannot be read.
    """
    folder = Path(bundle_path)
    config = read_config(folder)
    file = folder / WEIGHTS_FILE
    front = ModelCardData(**_front_matter(config)).to_yaml()
    sections = (
        f"---\n{front}\n---",
        f"# {config.name}",
        config.provenance,
        ""
        if config.trained
        else "**Not trained: initial weights. The maps this bundle makes mean nothing.**",
        _table(_facts(config, file), ("", "")),
        "## Figures",
        _figures(config),
        "## Use",
        "With [`owner/name` of this page] as REPO, a scene becomes a map by",
        "```\npython -m lcapp predict SCENE --model REPO\n```",
        'or in Python by `lcapp.families.door.open_model("REPO")`. The bundle\'s hash is '
        f"`{bundle_hash(folder)}`; whether the file arrived whole says",
        f"```\nsha256sum {WEIGHTS_FILE}\n{sha256_of(file)}  {WEIGHTS_FILE}\n```",
    )
    return "\n\n".join(one for one in sections if one) + "\n"


def _front_matter(config: BundleConfig) -> dict[str, Any]:
    licence = config.licence.strip().lower()
    own = licence not in LICENCES
    return {
        "license": "other" if own else licence,
        "license_name": _slug(config.licence) if own else None,
        "library_name": "lcapp",
        "pipeline_tag": "image-segmentation",
        "tags": [*_TAGS, config.classes],
    }


def _slug(text: str) -> str | None:
    """Small letters, digits and hyphens: what the Hub takes as a licence's name."""
    return re.sub("[^a-z0-9.]+", "-", text.lower())[:80].strip("-") or None


def _facts(config: BundleConfig, file: Path) -> list[tuple[str, str]]:
    table = TABLES[config.classes]
    neutral = {band for band, _ in config.inputs.neutral}
    aerial = [
        f"{band} (may be missing)" if band in neutral else band
        for band in config.inputs.aerial_bands
    ]
    return [
        ("trained", "yes" if config.trained else "**no**"),
        ("architecture", f"{config.architecture}, variant {config.variant}"),
        ("parameters", f"{_parameters(file) / 1e6:.2f} M"),
        ("size", f"{file.stat().st_size / 1e6:.1f} MB, safetensors"),
        ("aerial bands, 0.2 m", ", ".join(aerial)),
        ("Sentinel-2 bands, a year", ", ".join(config.inputs.series_bands)),
        (f"classes ({len(table)})", ", ".join(table.names)),
        *(
            [("diffusion", f"{config.diffusion.train_steps} steps in training")]
            if config.diffusion
            else []
        ),
        ("licence", config.licence),
    ]


def _figures(config: BundleConfig) -> str:
    """Figures by name; one that brings its command along (`value`, `command`) shows it."""
    rows = _flat(config.figures)
    if not rows:
        return "None: nothing was measured."
    with_commands = any(command for *_, command in rows)
    if with_commands:
        return _table(
            [
                (name, value, f"`{_plain(command)}`" if command else "")
                for name, value, command in rows
            ],
            ("figure", "value", "command"),
        )
    return _table([row[:2] for row in rows], ("figure", "value"))


def _flat(figures: dict[str, Any], prefix: str = "") -> list[tuple[str, str, str]]:
    rows = []
    for name, value in figures.items():
        if isinstance(value, dict) and "value" in value:
            rows.append((prefix + name, _text(value["value"]), str(value.get("command", ""))))
        elif isinstance(value, dict):
            rows += _flat(value, f"{prefix}{name}: ")
        else:
            rows.append((prefix + name, _text(value), ""))
    return rows


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _table(rows: Sequence[tuple[str, ...]], heads: tuple[str, ...]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(_plain(cell) for cell in line) + " |" for line in lines)


def _plain(text: str) -> str:
    """On one line, and without what would end a table's cell."""
    return " ".join(text.split()).replace("|", "\\|")


def _parameters(file: Path) -> int:
    """Trained numbers in the file: floating ones without the running statistics."""
    count = 0
    try:
        with safe_open(file, framework="np") as tensors:
            for name in tensors.keys():  # noqa: SIM118
                one = tensors.get_slice(name)
                if one.get_dtype().startswith("F") and not name.endswith(_STATISTICS):
                    count += math.prod(one.get_shape())
    except (OSError, SafetensorError) as error:
        raise BundleError(f"cannot be read: {error}", where=file) from None
    return count


def _write_refusal(error: Exception, repo_id: str) -> BundleError:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return BundleError(
            f"the Hub does not let this token write there ({status})",
            where=repo_id,
            advice="use a token with write access to the owner's models: `hf auth login` "
            "or HF_TOKEN",
        )
    refused = refusal(error, repo_id)
    if isinstance(refused, HubUnreachable) and status is None:
        return HubUnreachable(f"cannot be written, the Hub is out of reach: {error}", where=repo_id)
    return refused
