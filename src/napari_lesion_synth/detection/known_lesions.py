"""Accepted lesions of generated sets, in the CTs that they were made for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from napari_lesion_synth.ct.volume import Box
from napari_lesion_synth.dataset.decisions import ACCEPT
from napari_lesion_synth.dataset.lineage import Lineage
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.detection.data_settings import SETS
from napari_lesion_synth.detection.hosts import Host
from napari_lesion_synth.detection.placed import Placed
from napari_lesion_synth.errors import DatasetError

__all__ = ["accepted_ids", "methods_behind", "patients_behind", "with_sets"]


def with_sets(hosts: Sequence[Host], sets: Iterable[GeneratedSet]) -> tuple[Host, ...]:
    """The hosts with the accepted lesions of sets in them.

    Parameters
    ----------
    hosts : sequence of Host
        The training CTs; not changed.
    sets : iterable of GeneratedSet
        Each lesion belongs to the host whose `Volume.sha256` its recipe names.

    Returns
    -------
    tuple of Host

    Raises
    ------
    DatasetError
        If a set has no accepted lesion, was made in another CT, in one of another spacing, or is
        damaged.
    """
    numbers = {host.sha256: k for k, host in enumerate(hosts)}
    found: list[list[Placed]] = [list(host.known) for host in hosts]
    for each in sets:
        for name in accepted_ids(each):
            number = numbers.get(each.recipes[name].host)
            if number is None:
                raise _another_host(each, name, hosts)
            placed = _placed(each, name, hosts[number])
            if placed is not None:
                found[number].append(placed)
    return tuple(
        replace(host, known=tuple(known)) for host, known in zip(hosts, found, strict=True)
    )


def accepted_ids(generated: GeneratedSet) -> list[str]:
    """Ids of a set's accepted lesions, in order.

    Raises
    ------
    DatasetError
        If there is none.
    """
    verdicts = generated.verdicts
    accepted = [name for name in generated.ids if verdicts.get(name) == ACCEPT]
    if not accepted:
        judged = f"{len(verdicts)} of its {len(generated.ids)} lesions have a verdict"
        raise DatasetError(
            f"the set has no accepted lesion ({judged})",
            where=generated.folder,
            remedy="Accept lesions in Review samples, or let the set be scored "
            "(napari-lesion-synth score)",
        )
    return accepted


def methods_behind(sets: Iterable[GeneratedSet]) -> dict[str, int]:
    """Methods that made the accepted lesions of sets, sorted, and how many each.

    Raises
    ------
    DatasetError
        If a set has no accepted lesion.
    """
    found = Counter(each.recipes[name].method for each in sets for name in accepted_ids(each))
    return dict(sorted(found.items()))


def patients_behind(generated: GeneratedSet) -> tuple[str, ...]:
    """Patients in whose CTs, or from whose lesions, the accepted lesions were made."""
    table = generated.table.set_index("id").loc[accepted_ids(generated)]
    lineage = Lineage(generated.info)
    names = {str(name) for name in table["patient"]}
    for method, donor, patient in zip(
        table["method"], table["donor"], table["donor_patient"], strict=True
    ):
        names.update(lineage.parents(str(method), str(donor), str(patient)))
    return tuple(sorted(names))


def _placed(generated: GeneratedSet, name: str, host: Host) -> Placed | None:
    patch = generated.patch(name)
    if not np.allclose(patch.spacing, host.case.volume.spacing):
        raise DatasetError(
            f"the patch of {name} has voxels of {_mm(patch.spacing)} mm, the CT of "
            f"{host.patient!r} has {_mm(host.case.volume.spacing)} mm",
            where=generated.folder,
            remedy="Give the CT that the set was made from, or make the set anew",
        )
    box, inner = _support_box(patch)
    here = _moved(box, host)
    if not np.array_equal(host.case.volume.hu[here][patch.support[inner]],
                          patch.before[inner][patch.support[inner]]):  # fmt: skip
        raise DatasetError(
            f"the patch of {name} does not show the CT of {host.patient!r}",
            where=generated.folder,
            remedy="Run the command that made the set again; it repairs damaged patches",
        )
    change = patch.after[inner].astype(np.int32) - patch.before[inner]
    placed = Placed.of(host.frame, here, change, patch.mask[inner], SETS)
    if placed is None or placed.covers(host.frame.lesions):
        return None
    return placed


def _support_box(patch: Patch) -> tuple[Box, Box]:
    """The support's box in the CT, and in the patch."""
    sides = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        used = np.flatnonzero(patch.support.any(axis=others))
        sides.append(slice(int(used[0]), int(used[-1]) + 1) if used.size else slice(0, 1))
    z, y, x = (
        slice(b.start + s.start, b.start + s.stop) for b, s in zip(patch.bbox, sides, strict=True)
    )
    return (z, y, x), (sides[0], sides[1], sides[2])


def _moved(box: Box, host: Host) -> Box:
    z, y, x = (slice(s.start - c, s.stop - c) for s, c in zip(box, host.corner, strict=True))
    return z, y, x


def _another_host(generated: GeneratedSet, name: str, hosts: Sequence[Host]) -> DatasetError:
    """Both CTs by name, spacing and hash."""
    sha256 = generated.recipes[name].host
    made: dict[str, Any] = next(
        (each for each in generated.info.get("cases", ()) if each["host"] == sha256), {}
    )
    patient = str(made.get("patient", "unknown"))
    spacing = f"{_mm(made['spacing'])} mm, " if "spacing" in made else ""
    alike = [host for host in hosts if host.patient == patient] or list(hosts)
    given = "; ".join(
        f"{host.patient!r} ({_mm(host.case.volume.spacing)} mm, {host.sha256[:12]})"
        for host in alike[:5]
    )
    return DatasetError(
        f"the lesion {name} was made in the CT of {patient!r} ({spacing}{sha256[:12]}), which is "
        f"not among the training CTs: {given}",
        where=generated.folder,
        remedy="Give the CTs that the set was made from, read with the same units and resampling",
    )


def _mm(spacing: Sequence[float]) -> str:
    return " x ".join(f"{step:g}" for step in spacing)
