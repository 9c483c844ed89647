"""What a prediction of a photo rests on, beside where people looked, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.jobs.study_attribution import kept_attribution
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.regression.attribution import (
    Agreement,
    Attribution,
    against_fixations,
)
from napari_lesion_synth.widgets.study.looked import Looked
from napari_lesion_synth.wording import counted

__all__ = ["FAINT", "Attributed", "attributed"]

FAINT = 0.001
"""Of the scale from 0 to 1: a prediction that no part changes by as much rests on none."""


@dataclass(frozen=True, eq=False)
class Attributed:
    """The attribution of a photo.

    Parameters
    ----------
    model : str
        The model's name.
    attribution : Attribution
        What hiding each part of the photo does.
    learnt : str
        What the model had learnt from.
    agreement : Agreement or None
        With the gaze that is shown; None where none of it is good enough for maps.
    pointed : bool
        Whether people pointed with the mouse, instead of looking.
    """

    model: str
    attribution: Attribution
    learnt: str
    agreement: Agreement | None
    pointed: bool

    @property
    def words(self) -> str:
        """What is shown, and what may be said of it."""
        found = self.attribution
        told = f"{self.model}, which learnt {self.learnt}, predicts {found.whole:.2f}. "
        if self.strongest < FAINT:
            return told + (
                f"Whatever part is hidden changes that by less than {FAINT:g}: it rests on no part "
                "of the photo, and there is nothing to compare."
            )
        told += (
            "Without an orange part it would predict less, without a blue one more; by "
            f"{self.strongest:.3f} at the most."
        )
        return "\n".join((told, self._agreed))

    @property
    def strongest(self) -> float:
        """The most that hiding a part changes."""
        return float(np.abs(self.attribution.fall).max())

    @property
    def _agreed(self) -> str:
        gaze = "pointing" if self.pointed else "gaze"
        one = self.agreement
        if one is None:
            return f"There is no {gaze} to compare it with: it stands alone."
        if not np.isfinite(one.correlation) or not np.isfinite(one.nss):
            return f"It is the same everywhere, and compares with no {gaze}."
        return (
            f"With {counted(one.fixations, 'fixation')} of the {gaze}: CC {one.correlation:.2f}, "
            f"NSS {one.nss:.2f}. The centre prior, which knows nothing of the photo: CC "
            f"{one.centre_correlation:.2f}, NSS {one.centre_nss:.2f}.\n{_verdict(one, gaze)}"
        )


def attributed(study: Study, looked: Looked, model: str) -> Attributed | None:
    """The attribution of the photo that is shown; None where there is none from these answers.

    Raises
    ------
    InputError
        If the result is damaged.
    """
    kept = kept_attribution(study, model, looked.photo.id, looked.answers_sha256)
    if kept is None:
        return None
    attribution, learnt = kept
    pointed = any(v.source in ("mouse_aperture", "bubble_click") for v in looked.views)
    return Attributed(model, attribution, learnt, _agreement(attribution, looked), pointed)


def _agreement(attribution: Attribution, looked: Looked) -> Agreement | None:
    if looked.looking is None:
        return None
    photo = looked.photo
    on = [f for view in looked.usable for f in view.fixations]
    x = np.array([fixation.x for fixation in on]) / photo.width
    y = np.array([fixation.y for fixation in on]) / photo.height
    return against_fixations(attribution, looked.looking.weights, (x, y))


def _verdict(one: Agreement, gaze: str) -> str:
    better = [one.correlation > one.centre_correlation, one.nss > one.centre_nss]
    if all(better):
        how = f"Here the attribution goes with the {gaze} better than the photo's middle does"
    elif any(better):
        how = f"Here it depends on the figure which of the two goes better with the {gaze}"
    else:
        how = f"Here the attribution goes with the {gaze} no better than the photo's middle does"
    return f"{how}. One photo has no interval, and shows nothing about others."
