"""A detector whose psychometric function is known: it compares a CT with what it was before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage
from scipy.special import expit

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.finding import Detection, Finding
from napari_lesion_synth.detection.measuring import finding_of
from napari_lesion_synth.synthesis.shapes import equivalent_diameter

__all__ = ["Seeing"]

_FAINT_HU = 6


class Seeing:
    """Finds what has changed in a CT, the more surely the larger and the more marked it is.

    Parameters
    ----------
    before : Case
        The CT as it was.
    alarms : sequence of (voxel, score)
        Findings that it makes in any copy, and in the CT itself.
    sure : bool
        Find everything; else by chance, by `logit`.
    """

    id = "seeing"
    patients: tuple[str, ...] = ()

    def __init__(
        self,
        before: Case,
        alarms: Sequence[tuple[tuple[int, int, int], float]] = (),
        *,
        sure: bool = False,
        own: float = 0.5,
    ) -> None:
        self._before, self._alarms, self._sure, self._own = before, alarms, sure, own
        self.searched = 0

    @staticmethod
    def logit(diameter_mm: float, contrast_hu: float) -> float:
        """Of the share found; half of the lesions of 8 mm and 20 HU."""
        return 3 * np.log2(diameter_mm / 8) + 3 * np.log2(abs(contrast_hu) / 20)

    def detect(self, case, token=None, report=None):
        self.searched += 1
        if token is not None:
            token.check()
        changed = case.volume.hu.astype(int) - self._before.volume.hu
        labels, _ = ndimage.label(np.abs(changed) >= _FAINT_HU, np.ones((3, 3, 3)))
        findings: list[Finding] = []
        for k, box in enumerate(ndimage.find_objects(labels), start=1):
            region = labels[box] == k
            if region.sum() > 3 and self._sees(region, changed[box], case.volume.spacing):
                score = 0.6 + 0.3 / (1 + k)
                findings.append(finding_of(case, box, region, number=0, score=score))
        for (z, y, x), score in self._alarms:
            box = tuple(slice(i, i + 1) for i in (z, y, x))
            one = np.ones((1, 1, 1), bool)
            findings.append(finding_of(case, box, one, number=0, score=score))
        return Detection(
            tuple(findings), None, case.volume.shape, case.volume.spacing, case.patient, self.id,
            facts={"threshold": self._own},
        )  # fmt: skip

    def _sees(self, region, changed, spacing) -> bool:
        if self._sure:
            return True
        size = equivalent_diameter(np.pad(region, 1), spacing)
        contrast = float(np.median(changed[region]))
        # The same lesion is seen or not whenever it is looked at.
        luck = np.random.default_rng(abs(int(changed[region].sum())) + int(region.sum()))
        return bool(luck.random() < expit(self.logit(size, contrast)))
