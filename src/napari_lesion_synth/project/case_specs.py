"""How the case of a project is read again: from files, from the phantom, or from the sample."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import reread_case
from napari_lesion_synth.ct.phantom.settings import PhantomSettings
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.sample_data import PATIENT, sample_files

__all__ = ["CaseSpec", "PhantomCase", "PhantomScan", "SampleCase", "case_spec_of", "open_case"]


def _words(name: str) -> str | None:
    return CaseFiles.model_fields[name].description


class _OtherMasks(BaseModel):
    """Masks that take the place of those that come with a simulated or shipped CT."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    organ: str | None = Field(None, description="mask of the organ; default: the CT's own")
    organ_label: int | None = Field(None, description=_words("organ_label"))
    lesions: str | None = Field(None, description="labels of the known lesions; default: its own")
    lesion_label: int | None = Field(None, description=_words("lesion_label"))

    def _masks(self) -> dict[str, Any]:
        return {
            "organ": _absolute(self.organ),
            "organ_label": self.organ_label,
            "lesions": _absolute(self.lesions),
            "lesion_label": self.lesion_label,
        }


class PhantomScan(PhantomSettings):
    """A simulated patient and scan."""

    seed: int = Field(0, ge=0, description="same seed, same patient")


class PhantomCase(_OtherMasks):
    """A simulated CT, made again by simulating it again."""

    phantom: PhantomScan = Field(description="the simulation's settings")

    def inputs(self) -> dict[str, Any]:
        """As in `Case.inputs`."""
        scan = self.phantom
        always = {"seed": scan.seed, "lesions": scan.lesions, "spacing": list(scan.spacing)}
        return {"phantom": {**scan.model_dump(exclude_defaults=True), **always}, **self._masks()}


class SampleCase(_OtherMasks):
    """The CT that comes with the package."""

    sample: Literal["real"] = Field(description="which one")

    def inputs(self) -> dict[str, Any]:
        """As in `Case.inputs`."""
        ct, organ = sample_files()
        own = {"ct": str(ct), "patient": PATIENT}
        masks = self._masks()
        return {**CaseFiles(**own).inputs(), **masks, "organ": masks["organ"] or str(organ)}


def _kind(value: Any) -> str:
    """Which of the models a mapping, or a model, is."""
    for kind in ("phantom", "sample"):
        if kind in value if isinstance(value, Mapping) else hasattr(value, kind):
            return kind
    return "files"


CaseSpec = Annotated[
    Annotated[CaseFiles, Tag("files")]
    | Annotated[PhantomCase, Tag("phantom")]
    | Annotated[SampleCase, Tag("sample")],
    Discriminator(_kind),
]


def case_spec_of(inputs: Mapping[str, Any]) -> CaseFiles | PhantomCase | SampleCase:
    """How a case is read again, from its `Case.inputs`.

    Raises
    ------
    InputError
        If it was made from arrays.
    """
    if "phantom" in inputs:
        return PhantomCase.model_validate(dict(inputs))
    if "ct" not in inputs:
        raise InputError(
            "the CT is in memory only and cannot be read again",
            remedy="Save it as a file and open that",
        )
    ct, organ = sample_files()
    if Path(inputs["ct"]) != ct.resolve():
        return CaseFiles.model_validate(dict(inputs))
    masks = {name: inputs.get(name) for name in _OtherMasks.model_fields}
    if masks["organ"] is not None and Path(masks["organ"]) == organ.resolve():
        masks["organ"] = None
    return SampleCase(sample="real", **masks)


def open_case(spec: CaseFiles | PhantomCase | SampleCase) -> Case:
    """Read the case.

    Raises
    ------
    LesionSynthError
        If a file is missing, or cannot be used.
    """
    return reread_case(spec.inputs())


def _absolute(path: str | None) -> str | None:
    return None if path is None else str(Path(path).expanduser().resolve())
