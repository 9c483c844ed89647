"""A reader's limit of visibility as a file, to be drawn beside a detector's.

``reader_limit.json`` says all; ``reader_limit.csv`` is the curve alone, in the columns that a
detection-limit map reads: ``diameter_mm``, ``contrast_hu``, ``low_hu``, ``high_hu``, ``name`` and
``band``. Contrasts are magnitudes; `dark` says of which sign.
"""

from __future__ import annotations

import csv
import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.faults import faults_text
from napari_lesion_synth.files import write_atomic

__all__ = ["READER_CSV", "READER_JSON", "Reach", "ReaderLimit", "read_reader_limit"]

READER_JSON, READER_CSV = "reader_limit.json", "reader_limit.csv"

Reach: TypeAlias = Literal["within the levels", "below the levels", "beyond the levels"]
"""Whether a threshold lies among the contrasts that were asked."""


class ReaderLimit(BaseModel):
    """Contrast from which on a person sees lesions of each size."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: Literal["reader limit"] = "reader limit"
    version: Literal[1] = 1
    name: str = Field(
        "reader", min_length=1, title="Name", description="What the curve is called in plots."
    )
    band: str = Field("", title="Depth", description="Depth band of the lesions; empty: all.")
    task: Literal["2afc", "yes-no"] = Field(
        "2afc", title="Task", description="2afc: which of two pictures; yes-no: is it there."
    )
    share: float = Field(
        0.5,
        gt=0,
        lt=1,
        title="Share",
        description="Share of lesions that is seen at the contrast, beyond guessing; in 2afc 0.5 "
        "is 75 % right, less half of the lapses.",
    )
    dark: bool = Field(
        True, title="Dark", description="Whether the lesions are darker than the organ."
    )
    diameters_mm: tuple[float, ...] = Field(
        min_length=1, title="Diameters (mm)", description="Sizes, rising."
    )
    contrasts_hu: tuple[float, ...] = Field(
        title="Contrasts (HU)", description="Magnitude of the contrast that is needed at each size."
    )
    low_hu: tuple[float, ...] = Field(
        title="Low (HU)", description="Lower end of its 95 % interval."
    )
    high_hu: tuple[float, ...] = Field(
        title="High (HU)", description="Upper end of its 95 % interval."
    )
    reach: tuple[Reach, ...] = Field(
        title="Reach", description="Whether the threshold lies among the contrasts that were asked."
    )
    d_prime: tuple[float, ...] = Field(
        title="d'", description="Detectability at the contrast, by the fitted function."
    )
    trials: tuple[int, ...] = Field(title="Trials", description="Answers at each size.")
    right: tuple[int, ...] = Field(title="Right", description="Right answers at each size.")
    pictures: dict[str, Any] = Field(
        default_factory=dict,
        title="Pictures",
        description="How they were made and shown: CT, window, mm a pixel, distance.",
    )
    study: str = Field("", title="Study", description="Hash of the settings.")
    notes: tuple[str, ...] = Field((), title="Notes", description="What a reader has to know.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        n = len(self.diameters_mm)
        columns = ("contrasts_hu", "low_hu", "high_hu", "reach", "d_prime", "trials", "right")
        for name in columns:
            if len(getattr(self, name)) != n:
                raise ValueError(f"{name} has {len(getattr(self, name))} values for {n} diameters")
        if any(a >= b for a, b in pairwise((0.0, *self.diameters_mm))):
            raise ValueError("the diameters must be above 0, and rise")
        ends = zip(self.low_hu, self.contrasts_hu, self.high_hu, strict=True)
        if any(not 0 < low <= value <= high for low, value, high in ends):
            raise ValueError("contrasts must be above 0, and lie in their intervals")
        return self

    def write(self, folder: Path) -> None:
        """Write both files into a folder.

        Raises
        ------
        StorageError
            If they cannot be written.
        """
        text = json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
        write_atomic(folder / READER_JSON, text.encode(), durable=True)
        write_atomic(folder / READER_CSV, self.table.encode(), durable=True)

    @property
    def table(self) -> str:
        """The curve as CSV."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["diameter_mm", "contrast_hu", "low_hu", "high_hu", "name", "band"])
        columns = self.diameters_mm, self.contrasts_hu, self.low_hu, self.high_hu
        for row in zip(*columns, strict=True):
            writer.writerow([*(f"{value:.6g}" for value in row), self.name, self.band])
        return text.getvalue()


def read_reader_limit(path: Path) -> ReaderLimit:
    """The limit in a JSON file.

    Raises
    ------
    InputError
        If there is no such file, or it is no reader's limit.
    """
    try:
        return ReaderLimit.model_validate_json(path.read_bytes())
    except OSError as cause:
        raise InputError(
            f"the reader's limit cannot be read ({cause.strerror})",
            where=path,
            remedy="Check the path",
        ) from cause
    except ValidationError as cause:
        raise InputError(
            f"this is no reader's limit ({faults_text(cause, whole='the file', most=1)})",
            where=path,
            remedy=f"Give {READER_JSON}, as a study of visibility writes it",
        ) from cause
