"""A generated set as a raw dataset for nnU-Net, with splits that do not leak.

Every scene becomes a training case, and so does every host as it is. In the splits a synthetic
case is trained on only where none of the patients that it descends from is validated on, and
validation sees real cases only.

References
----------
.. [1] F. Isensee et al., Nature Methods 18, 2021; the format is described in the documentation
   of nnU-Net 2 (dataset_format.md, manual_data_splits.md).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from napari_lesion_synth.dataset.decisions import ACCEPT, REJECT, Keep
from napari_lesion_synth.dataset.layout import BLOCK, CHANNELS, FILE_ENDING, LABEL_VALUES
from napari_lesion_synth.dataset.lineage import Lineage
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.dataset.volumes import Pair
from napari_lesion_synth.errors import DatasetError

__all__ = ["as_json", "chosen_ids", "header_of_export", "host_pairs", "scene_pairs", "splits"]

_FOLDS = 5


def chosen_ids(opened: GeneratedSet, keep: Keep) -> list[str]:
    """Ids of the lesions to use, in order.

    ``auto`` takes the accepted ones where anything was decided, by a person or by the selection,
    and all where nothing was.

    Raises
    ------
    DatasetError
        If none is left.
    """
    verdicts = opened.verdicts
    if keep is Keep.AUTO:
        keep = Keep.ACCEPTED if verdicts else Keep.ALL
    chosen = [
        name
        for name in opened.ids
        if keep is Keep.ALL
        or (keep is Keep.ACCEPTED and verdicts.get(name) == ACCEPT)
        or (keep is Keep.NOT_REJECTED and verdicts.get(name) != REJECT)
    ]
    if not chosen:
        raise DatasetError(
            f"no lesion is left: of {len(opened.ids)}, none is {keep.value}",
            where=opened.folder,
            remedy="Review the set, or choose others (--keep all)",
        )
    return chosen


def scene_pairs(opened: GeneratedSet, chosen: Collection[str]) -> list[Pair]:
    """An image for every scene that has a chosen lesion."""
    names = [case["name"] for case in opened.info["cases"]]
    lineage = Lineage(opened.info)
    table = opened.table[opened.table["id"].isin(list(chosen))]
    pairs = []
    for scene, rows in table.groupby("scene", sort=True):
        number = names.index(str(rows["case"].iloc[0]))
        host = opened.info["cases"][number]
        columns = zip(rows["method"], rows["donor"], rows["donor_patient"], strict=True)
        parents = {name for row in columns for name in lineage.parents(*map(str, row))}
        pairs.append(
            Pair(
                name=f"{host['name']}_{scene}",
                case=number,
                patient=host["patient"],
                host=host["host"],
                lesions={
                    str(k): str(v) for k, v in zip(rows["id"], rows["patch_sha256"], strict=True)
                },
                lineage=tuple(sorted({host["patient"], *parents})),
            )
        )
    return pairs


def host_pairs(opened: GeneratedSet) -> list[Pair]:
    """An image for every host, as it is."""
    return [
        Pair(host["name"], number, host["patient"], host["host"], {}, (host["patient"],))
        for number, host in enumerate(opened.info["cases"])
    ]


def splits(pairs: Sequence[Pair]) -> list[dict[str, list[str]]]:
    """Folds for cross-validation, by patient; none where there are not two patients.

    Parameters
    ----------
    pairs : sequence of Pair
        Scenes and hosts.

    Returns
    -------
    list of dict
        As nnU-Net's ``splits_final.json``: names of cases to train and to validate on.
    """
    patients = sorted({pair.patient for pair in pairs if not pair.lesions})
    if len(patients) < 2:
        return []
    folds = []
    for number in range(min(_FOLDS, len(patients))):
        held_out = set(patients[number::_FOLDS])
        folds.append(
            {
                "train": [p.name for p in pairs if not held_out.intersection(p.lineage)],
                "val": [p.name for p in pairs if not p.lesions and p.patient in held_out],
            }
        )
    return folds


def header_of_export(opened: GeneratedSet, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Content of the export's ``dataset.json``."""
    return {
        "channel_names": CHANNELS,
        "labels": LABEL_VALUES,
        "numTraining": len(pairs),
        "file_ending": FILE_ENDING,
        BLOCK: {
            "made_from": _without_folders(opened.info),
            "cases": {pair.name: pair.details() for pair in pairs},
        },
    }


def _without_folders(info: dict[str, Any]) -> dict[str, Any]:
    """The record of a set, fit to be given away: hashes and names, but no folders of ours."""
    cases = [
        {name: value for name, value in case.items() if name != "inputs"}
        for case in info.get("cases", [])
    ]
    donors = {k: v for k, v in info.get("donors", {}).items() if k != "source"}
    return {**info, "cases": cases, "donors": donors}


def as_json(content: object) -> bytes:
    """Bytes of a JSON file for people."""
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
