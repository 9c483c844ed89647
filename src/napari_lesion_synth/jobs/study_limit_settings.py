"""Which transforms a study of limits tries: a file beside the design."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import ValidationError

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.faults import faults_text
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.perception.design.layout import LIMITS_YAML
from napari_lesion_synth.perception.limits.limit_settings import LimitSettings

__all__ = ["read_limit_settings", "write_limit_settings"]


def read_limit_settings(folder: Path) -> LimitSettings | None:
    """What is tried; None for a study that asks for no changed photos.

    Raises
    ------
    InputError
        If the file cannot be used.
    """
    path = folder / LIMITS_YAML
    if not path.exists():
        return None
    try:
        return LimitSettings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as cause:
        faults = faults_text(cause, most=3) if isinstance(cause, ValidationError) else str(cause)
        raise InputError(
            f"the transforms to try cannot be read ({faults})", where=path, remedy="Mend the file"
        ) from cause


def write_limit_settings(folder: Path, settings: LimitSettings) -> None:
    """Write what is tried.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    head = "# The transforms that a study tries, made with napari-lesion-synth.\n"
    text = yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    write_atomic(folder / LIMITS_YAML, (head + text).encode(), durable=True)
