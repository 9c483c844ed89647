"""Sheets of a generated set: what changed, and real beside synthetic."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.windows import liver_window
from napari_lesion_synth.dataset.blind_sheet import (
    Specimen,
    blind_sheet,
    match_by_diameter,
    specimen,
)
from napari_lesion_synth.dataset.contact_sheet import SheetRow, contact_sheet
from napari_lesion_synth.dataset.decisions import ACCEPT, REJECT
from napari_lesion_synth.dataset.drawing import png_bytes
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.events import Artifact, Done, EventStream, Log, Started, StopToken
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.jobs.materials import load_inputs
from napari_lesion_synth.selection.review import verdicts
from napari_lesion_synth.selection.scores_file import read_scores
from napari_lesion_synth.synthesis.components import lesion_components

__all__ = [
    "BlindSheetSettings",
    "SheetSettings",
    "Verdict",
    "make_blind_sheet",
    "make_contact_sheet",
    "sheet_of",
]


_UNLIKE = 4 / 3


class Verdict(StrEnum):
    """Which lesions of a judged set to draw."""

    ALL = "all"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class SheetSettings(BaseModel):
    """A contact sheet of a generated set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="generated set")
    out: Path = Field(description="picture to write, PNG")
    n: int = Field(12, ge=1, le=200, description="lesions on the sheet, balanced over the groups")
    verdict: Verdict = Field(
        Verdict.ALL,
        description="lesions to draw: all, those that a person or the selection accepted, or those "
        "that were rejected",
    )


class BlindSheetSettings(BaseModel):
    """Real and synthetic lesions, shuffled, with the key in a file of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="generated set, made with --lesions: the real ones")
    out: Path = Field(description="folder for blind-sheet.png and blind-sheet-key.csv")
    pairs: int = Field(8, ge=1, le=100, description="real lesions, each beside a synthetic one")
    fov_mm: float = Field(60.0, ge=20, le=300, description="side of each picture in mm")
    seed: int = Field(0, ge=0, description="seed of the shuffle")


def sheet_of(generated: GeneratedSet, n: int, verdict: Verdict = Verdict.ALL) -> Image.Image:
    """Contact sheet of `n` lesions, taken evenly from every method and zone.

    Raises
    ------
    DatasetError
        If the set has no finished lesion, or none with the verdict.
    """
    table = generated.table
    if table.empty:
        raise DatasetError("the set has no finished lesion", where=generated.folder)
    if verdict is not Verdict.ALL:
        wanted = ACCEPT if verdict is Verdict.ACCEPTED else REJECT
        chosen = [name for name, said in generated.verdicts.items() if said == wanted]
        table = table[table["id"].isin(chosen)]
    if table.empty:
        raise DatasetError(
            f"the set has no lesion that was {verdict.value}",
            where=generated.folder,
            remedy="Score or review it first, or draw all",
        )
    reasons = _reasons(generated)
    rows = [
        _row(generated, lesion, reasons.get(str(lesion["id"]), ""))
        for lesion in balanced(table, n).to_dict("records")
    ]
    hosts = [float(np.median(row.patch.before[row.patch.mask])) for row in rows]
    return contact_sheet(rows, window=liver_window(float(np.median(hosts))))


def balanced(table: pd.DataFrame, n: int) -> pd.DataFrame:
    """The first `n` rows, taken in turn from each method and zone, groups side by side."""
    groups = ["method", "zone"]
    turn = table.groupby(groups).cumcount()
    first = table.assign(turn=turn).sort_values(["turn", *groups], kind="stable").head(n)
    return first.sort_values([*groups, "turn"], kind="stable").drop(columns="turn")


def _reasons(generated: GeneratedSet) -> dict[str, str]:
    """Why lesions were rejected, in words, by id."""
    judged = verdicts(generated.table, read_scores(generated.folder), generated.decisions)
    rejected = judged[judged["verdict"] == REJECT]
    return {
        str(row["id"]): f"rejected: {str(row['reason']).replace(';', ', ') or 'no reason given'}"
        for row in rejected.to_dict("records")
    }


def _row(generated: GeneratedSet, lesion: dict[Any, Any], reason: str) -> SheetRow:
    patch = generated.patch(str(lesion["id"]))
    change = (patch.after.astype(int) - patch.before)[patch.mask].mean()
    return SheetRow(
        patch,
        (
            str(lesion["id"]),
            f"{lesion['method']}, {lesion['zone']}",
            f"{lesion['diameter_mm']:.0f} mm, depth {lesion['depth_mm']:.0f} mm",
            f"mean change {change:+.0f} HU",
            f"patient {lesion['patient']}",
            f"donor {lesion['donor']}" if lesion["donor"] else "no donor",
            *([reason] if reason else []),
        ),
    )


def make_contact_sheet(settings: SheetSettings, token: StopToken) -> EventStream:
    """Draw the contact sheet of a set."""
    yield Started("sheet")
    token.check()
    picture = sheet_of(GeneratedSet.open(settings.folder), settings.n, settings.verdict)
    write_atomic(settings.out, png_bytes(picture))
    yield Artifact("contact-sheet", str(settings.out))
    yield Done({"out": str(settings.out)})


def make_blind_sheet(settings: BlindSheetSettings, token: StopToken) -> EventStream:
    """Draw the blind sheet of a set, and write its key."""
    yield Started("blind-sheet")
    generated = GeneratedSet.open(settings.folder)
    real: list[Specimen] = []
    synthetic: list[Specimen] = []
    levels: list[float] = []
    for facts in generated.info["cases"]:
        token.check()
        case = load_inputs(facts["inputs"])
        levels.append(float(np.median(case.volume.hu[case.require_organ().mask])))
        real += list(_real(case, settings.fov_mm))
        synthetic += list(_synthetic(generated, str(facts["name"]), case, settings.fov_mm))
    if not real:
        raise DatasetError(
            "no real lesions are known for the CTs of this set",
            where=settings.folder,
            remedy="Make the set with --lesions, so that there is something to compare with",
        )
    rng = np.random.default_rng(settings.seed)
    shown = [real[i] for i in sorted(rng.permutation(len(real))[: settings.pairs])]
    pairs = match_by_diameter(
        [item.diameter_mm for item in shown], [item.diameter_mm for item in synthetic]
    )
    unlike = sum(
        abs(np.log(shown[i].diameter_mm / synthetic[j].diameter_mm)) > np.log(_UNLIKE)
        for i, j in pairs
    )
    if unlike:
        yield Log(
            f"{unlike} of {len(pairs)} pairs differ in diameter by more than a third, and may give "
            "themselves away; make the set with the sizes of the real lesions (--diameter)",
            "warning",
        )
    if len(pairs) < settings.pairs:
        yield Log(f"there are {len(pairs)} pairs, not {settings.pairs}", "warning")
    chosen = [shown[i] for i, _ in pairs] + [synthetic[j] for _, j in pairs]
    picture, key = blind_sheet(chosen, rng, window=liver_window(float(np.median(levels))))
    settings.out.mkdir(parents=True, exist_ok=True)
    image, answers = settings.out / "blind-sheet.png", settings.out / "blind-sheet-key.csv"
    write_atomic(image, png_bytes(picture))
    write_atomic(answers, pd.DataFrame(key).to_csv(index=False).encode())
    yield Artifact("blind-sheet", str(image))
    yield Artifact("blind-sheet-key", str(answers))
    yield Done({"pairs": len(pairs)})


def _real(case: Case, fov_mm: float) -> Iterator[Specimen]:
    if case.lesions is None:
        return
    components = lesion_components(case.lesions, case.volume.spacing)
    for number, component in enumerate(components):
        yield specimen(
            case.volume.hu,
            case.volume.spacing,
            component.center,
            origin="real",
            name=f"{case.patient}, lesion {number + 1}",
            diameter_mm=component.diameter_mm,
            fov_mm=fov_mm,
        )


def _synthetic(generated: GeneratedSet, name: str, case: Case, fov_mm: float) -> Iterator[Specimen]:
    """Each lesion pasted alone into its CT, cut out, and taken back."""
    rows = generated.table[generated.table["case"] == name]
    for lesion in rows.to_dict("records"):
        patch = generated.patch(str(lesion["id"]))
        target = case.volume.hu[patch.bbox]
        target[patch.support] = patch.after[patch.support]
        try:
            yield specimen(
                case.volume.hu,
                case.volume.spacing,
                (float(lesion["z"]), float(lesion["y"]), float(lesion["x"])),
                origin="synthetic",
                name=f"{lesion['id']}, {lesion['method']}, {lesion['zone']}",
                diameter_mm=float(lesion["diameter_mm"]),
                fov_mm=fov_mm,
            )
        finally:
            target[patch.support] = patch.before[patch.support]
