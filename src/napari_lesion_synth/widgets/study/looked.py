"""Where a photo was looked at, ready to be drawn.

The rule is that of the report: those whose answers count, and their trials that count. Somebody
who is left out can be looked at alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.export.looks import Look, looks_of
from napari_lesion_synth.perception.export.people import gather
from napari_lesion_synth.perception.gaze.dwell import AreaDwell, dwell
from napari_lesion_synth.perception.gaze.maps import MapGrid, heatmap, weighting_of
from napari_lesion_synth.perception.gaze.quality import GazeVerdict
from napari_lesion_synth.perception.gaze.samples import Scanpath
from napari_lesion_synth.perception.regression.looking import Looking, Viewed, looking_at
from napari_lesion_synth.perception.stimuli.areas import Areas, read_areas
from napari_lesion_synth.perception.stimuli.photos import Stimulus
from napari_lesion_synth.perception.stimuli.pictures import Picture

__all__ = ["Looked", "View", "Viewer", "look_at", "viewers_of"]

Floats = NDArray[np.float64]

_CELLS = 96
"""Cells of the heatmap along the longer side: its spots are far wider."""


@dataclass(frozen=True, eq=False)
class View:
    """One showing of the photo.

    Parameters
    ----------
    code : str
        Who saw it.
    trial : int
        Number of the trial.
    source : str
        What recorded the gaze.
    verdict : GazeVerdict
        What it may be used for.
    fixations : tuple of Fixation
        In the photo's pixels.
    t, x, y : ndarray
        Samples on the photo: seconds, and its pixels; NaN where not known.
    """

    code: str
    trial: int
    source: str
    verdict: GazeVerdict
    fixations: Scanpath
    t: Floats
    x: Floats
    y: Floats


@dataclass(frozen=True, eq=False)
class Looked:
    """A photo and how it was looked at.

    Parameters
    ----------
    photo : Stimulus
        Which.
    picture : ndarray of uint8, shape (height, width, 3)
        The photo.
    areas : Areas or None
        Its areas of interest.
    views : tuple of View
        Each showing whose gaze was kept.
    heat : ndarray, shape (rows, columns)
        Duration-weighted map of the showings whose gaze is good enough for maps, 1 degree wide
        spots; 1 is its highest value, and it is 0 everywhere where there is none.
    step : int
        Pixels of a cell.
    dwell : tuple of AreaDwell
        Of the same showings together; none without areas.
    looking : Looking or None
        The map of the showings whose gaze is good enough for maps, each viewer alike; None
        without.
    answers_sha256 : str
        Of all answers of the study, as they were read for this.
    left_out : mapping of str to str
        Codes of those with gaze on the photo whose answers do not count, and why. They are shown
        where they were asked for alone, and otherwise not.
    """

    photo: Stimulus
    picture: Picture
    areas: Areas | None
    views: tuple[View, ...]
    heat: Floats
    step: int
    dwell: tuple[AreaDwell, ...]
    looking: Looking | None
    answers_sha256: str
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def fixations(self) -> Scanpath:
        """All fixations, view after view."""
        return tuple(fixation for view in self.views for fixation in view.fixations)

    @property
    def usable(self) -> tuple[View, ...]:
        """The showings whose gaze is good enough for maps."""
        return tuple(view for view in self.views if view.verdict.maps)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A participant with gaze.

    Parameters
    ----------
    photos : int
        On how many photos, in trials that count.
    left_out : str
        Why their answers do not count, as a clause; empty where they do.
    """

    photos: int
    left_out: str


def viewers_of(study: Study) -> dict[str, Viewer]:
    """Participants with gaze, by code."""
    found: dict[str, Viewer] = {}
    cohort = gather(study, skip_damaged=True)
    for person in cohort:
        own = {
            name
            for trial, answer in person.state.judged
            if answer.gaze_source != "none"
            for name in trial.stimuli
        }
        if own:
            found[person.code] = Viewer(len(own), cohort.why_left_out(person))
    return found


def look_at(study: Study, photo: str, code: str | None, source: str | None = None) -> Looked:
    """Gather what is known of one photo.

    Parameters
    ----------
    study : Study
        The study.
    photo : str
        Its id.
    code : str or None
        One participant alone; None: all whose answers count.
    source : str, optional
        What recorded the gaze; by default that of the first showing. Sources are never mixed.

    Raises
    ------
    InputError
        If the photo, its areas or a ledger cannot be read.
    """
    stimulus = study.stimuli.by_id(photo)
    cohort = gather(study, skip_damaged=True)
    looks = [
        (person.code, look)
        for person in cohort
        if code is None or person.code == code
        for look in looks_of(study, person)
        if photo in look.trial.stimuli and look.trial.counts
    ]
    why = {who: cohort.left_out[who] for who, _ in looks if who in cohort.left_out}
    if code is None:
        looks = [(who, look) for who, look in looks if who not in why]
    if source is None and looks:
        source = looks[0][1].answer.gaze_source
    views, viewed, sigma = [], [], (1.0, 1.0)
    for who, look in looks:
        if look.answer.gaze_source != source:
            continue
        for place, one in enumerate(look.photos):
            if one.id == photo:
                views.append(_view(who, look, place))
                viewed.append(Viewed(views[-1].fixations, look.samples.source, look.verdict))
                sigma = look.sigma_px(place)
    fixations = tuple(f for view in views if view.verdict.maps for f in view.fixations)
    step = max(1, -(-max(stimulus.width, stimulus.height) // _CELLS))
    grid = MapGrid(stimulus.width, stimulus.height, step)
    weighting = weighting_of(source)
    heat = heatmap(fixations, grid, sigma, weighting)
    areas = read_areas(stimulus)
    return Looked(
        photo=stimulus,
        picture=stimulus.picture(),
        areas=areas,
        views=tuple(views),
        heat=heat / heat.max() if heat.max() > 0 else heat,
        step=step,
        dwell=() if areas is None or not fixations else dwell(fixations, areas),
        looking=looking_at(viewed, grid, sigma, weighting)[0],
        answers_sha256=cohort.sha256,
        left_out=why,
    )


def _view(code: str, look: Look, place: int) -> View:
    on = look.places[place].samples_in_image(look.samples)
    beside = ((on.x < 0) | (on.y < 0) | (on.x > look.photos[place].width)) | (
        on.y > look.photos[place].height
    )
    x, y = (np.where(on.valid & ~beside, column, np.nan) for column in (on.x, on.y))
    return View(
        code,
        look.trial.number,
        look.answer.gaze_source,
        look.verdict,
        look.on(place),
        on.t,
        x,
        y,
    )
