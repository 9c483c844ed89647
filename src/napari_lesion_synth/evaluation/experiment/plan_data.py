"""What an experiment is made on, and how its patients are divided."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)

__all__ = [
    "CtFiles",
    "DataSource",
    "Division",
    "FixedDivision",
    "FoldDivision",
    "NamedDivision",
    "PhantomData",
    "PhantomSide",
    "SliceData",
]


def _fraction(value: Any) -> Any:
    try:
        return value if isinstance(value, Fraction) else Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        raise ValueError("give a share, as in 0.25 or 1/3") from None


Share = Annotated[
    Fraction,
    BeforeValidator(_fraction),
    PlainSerializer(str, return_type=str),
    Field(ge=0, le=1),
]
"""A share of something, as in 0.25 or 1/3."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class PhantomSide(_Part):
    """Simulated patients who are for one thing."""

    patients: int = Field(ge=0, le=10_000, description="how many")
    lesions: int = Field(ge=0, le=100, description="lesions of each")
    first: int = Field(ge=0, description="seed of the first; the others follow")

    @property
    def seeds(self) -> range:
        """Seeds of the patients."""
        return range(self.first, self.first + self.patients)


class PhantomData(_Part):
    """Simulated CTs: they run anywhere, and there are as many as one likes."""

    train: PhantomSide = Field(description="patients to learn from")
    choose: PhantomSide = Field(
        PhantomSide(patients=0, lesions=0, first=0),
        description="patients on whom weights and the threshold are chosen",
    )
    test: PhantomSide = Field(description="patients to test on")
    spacing: tuple[float, float, float] = Field(
        (2.5, 1.0, 1.0), description="voxel size in mm, (z, y, x)"
    )
    options: dict[str, Any] = Field(
        {}, description="further settings of the phantom, as in noise_hu or diameter_mm"
    )

    @model_validator(mode="after")
    def _apart(self) -> Self:
        sides = {"train": self.train, "choose": self.choose, "test": self.test}
        for one, other in (("train", "choose"), ("train", "test"), ("choose", "test")):
            both = set(sides[one].seeds) & set(sides[other].seeds)
            if both:
                raise ValueError(
                    f"the simulated patient of seed {min(both)} is for {one} and for {other}: "
                    "let the seeds begin elsewhere"
                )
        for name in ("train", "test"):
            if not sides[name].patients * sides[name].lesions:
                raise ValueError(f"there is no lesion to {name}")
        return self


class SliceData(_Part):
    """Single slices in one NumPy archive.

    The ``.npz`` file holds one row a slice: ``image`` (HU, shape (n, y, x)), ``liver`` and
    ``tumor`` (masks of the same shape), ``patient`` (names), ``slice_index`` (numbers) and
    ``pixel_mm`` (size of a pixel in the plane). Slices without a tumour are healthy.
    """

    file: str = Field(description="the archive; relative paths begin at the plan")
    fewest_px: int = Field(
        500, ge=1, description="slices with fewer pixels of the organ are left out"
    )
    thickness_mm: float = Field(
        5.0, gt=0, le=100, description="stands for the third axis, along which there is nothing"
    )


class CtFiles(_Part):
    """One CT of one's own; paths begin at the plan."""

    ct: str = Field(description="CT: a DICOM folder, NIfTI, MHA or NRRD file")
    organ: str = Field(description="mask of the organ, drawn on this CT")
    organ_label: int | None = Field(
        None, description="value of the organ in its mask; default: everything that is not 0"
    )
    lesions: str | None = Field(None, description="labels of all lesions in it")
    lesion_label: int | None = Field(
        None, description="value of the lesions in their file; default: everything that is not 0"
    )
    healthy: bool = Field(
        False, description="there is no lesion in it; without this word, labels are needed"
    )
    patient: str = Field(min_length=1, description="pseudonym; several CTs may be of one patient")
    series: str | None = Field(None, description="DICOM series to read; default: the largest axial")
    units: str = Field("auto", description="what the CT's values are: hu, or LOW:HIGH")
    resample: bool = Field(False, description="make an uneven or tilted grid regular")

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.healthy == (self.lesions is not None):
            raise ValueError(
                "it is said to be healthy, and lesions are given: one of the two"
                if self.healthy
                else "it is not known what there is to find: give the lesions' labels, or say "
                "healthy: true"
            )
        return self


class DataSource(_Part):
    """Where the CTs come from: one of the three."""

    phantoms: PhantomData | None = Field(None, description="simulated CTs")
    slices: SliceData | None = Field(None, description="single slices in one archive")
    cases: tuple[CtFiles, ...] | None = Field(None, min_length=3, description="CTs of one's own")

    @model_validator(mode="after")
    def _one(self) -> Self:
        _only_one(self)
        return self

    def absolute(self, folder: Path) -> Self:
        """The same with paths that begin at a folder."""
        if self.slices is not None:
            file = _absolute(self.slices.file, folder)
            return self.model_copy(update={"slices": self.slices.model_copy(update={"file": file})})
        if self.cases is not None:
            names = ("ct", "organ", "lesions")
            cases = tuple(
                case.model_copy(
                    update={name: _absolute(getattr(case, name), folder) for name in names}
                )
                for case in self.cases
            )
            return self.model_copy(update={"cases": cases})
        return self


class FixedDivision(_Part):
    """One division, drawn once: few patients to learn from, some to choose by, the rest to test."""

    train: int = Field(ge=1, description="patients with lesions to learn from")
    hosts: Share = Field(
        Fraction(1, 3),
        description="share of the patients without lesions whose CTs are learnt from too",
    )
    choose: int = Field(
        ge=0, description="patients with lesions on whom weights and the threshold are chosen"
    )
    seed: int = Field(0, ge=0, description="of the draw")


class FoldDivision(_Part):
    """Cross-validation: every patient is tested on once, by detectors that learnt from others."""

    k: int = Field(ge=2, le=50, description="folds")
    choose: Share = Field(
        Fraction(1, 4),
        description="share of a fold's other patients on whom weights and the threshold are chosen",
    )
    seed: int = Field(0, ge=0, description="of the draw")


class NamedDivision(_Part):
    """Patients by name; all others are learnt from."""

    choose: tuple[str, ...] = Field((), description="patients to choose by")
    test: tuple[str, ...] = Field(min_length=1, description="patients to test on")


class Division(_Part):
    """How the patients are divided: one of the three."""

    fixed: FixedDivision | None = Field(None, description="one division, drawn by a seed")
    folds: FoldDivision | None = Field(None, description="cross-validation by patient")
    named: NamedDivision | None = Field(None, description="patients by name")

    @model_validator(mode="after")
    def _one(self) -> Self:
        _only_one(self)
        return self


def _only_one(part: BaseModel) -> None:
    names = type(part).model_fields
    given = [name for name in names if getattr(part, name) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "nothing"
        raise ValueError(f"one of {', '.join(names)} is needed, and {found} is given")


def _absolute(path: str | None, folder: Path) -> str | None:
    return None if path is None else str((folder / Path(path).expanduser()).resolve())
