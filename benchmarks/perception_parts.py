"""The parts of `perception.py`: what each measures, how much of it, and what it needs.

Packages are imported by the part that needs them, so that one can be measured without the others'.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from perception_goals import Goal

Measure = Callable[[int, Path], list[Goal]]


@dataclass(frozen=True)
class Part:
    """One thing that is measured by itself.

    Parameters
    ----------
    name : str
        For `--only`.
    measure : callable
        From a size and a folder for what is kept between runs to goals with their figures.
    full, quick : int
        Sizes; a larger one is a better figure.
    unit : str
        What the size counts.
    data : str
        Folder of real data that it needs beside the repository; empty: none.
    """

    name: str
    measure: Measure
    full: int
    quick: int
    unit: str
    data: str = ""


def _kill(size: int, _work: Path) -> list[Goal]:
    from perception_kill import goals

    return goals(size)


def _fixations(size: int, _work: Path) -> list[Goal]:
    from perception_gaze import fixation_rows, goals

    return goals(fixation_rows(size))


def _accuracy(size: int, _work: Path) -> list[Goal]:
    from perception_gaze import accuracy_rows, goals

    return goals(accuracy_rows(size))


def _stream(size: int, _work: Path) -> list[Goal]:
    from perception_gaze import goals, streamed_rows

    return goals(streamed_rows(size))


def _quest(size: int, _work: Path) -> list[Goal]:
    from perception_limits import thresholds

    return [thresholds(size)[1]]


def _ranges(size: int, _work: Path) -> list[Goal]:
    from perception_limits import range_goals

    return range_goals(size)


def _safety(size: int, _work: Path) -> list[Goal]:
    from perception_safety import goals

    return goals(size)


def _window(size: int, _work: Path) -> list[Goal]:
    from perception_window import goals

    return goals(size)


def _choix(_size: int, _work: Path) -> list[Goal]:
    from perception_choice import oracle

    return [oracle()]


def _choice_time(size: int, _work: Path) -> list[Goal]:
    from perception_choice import time_goals

    return time_goals(size)


def _pairs_36(size: int, _work: Path) -> list[Goal]:
    from perception_choice import few_photos

    return few_photos(size)[1]


def _pairs_100(size: int, _work: Path) -> list[Goal]:
    from perception_choice import many_photos

    return many_photos(size)[1]


def _mixed(size: int, _work: Path) -> list[Goal]:
    from perception_mixed import goals

    return goals(size)


def _control(size: int, _work: Path) -> list[Goal]:
    from perception_control import goals

    return goals(size)


def _bids(size: int, _work: Path) -> list[Goal]:
    from perception_bids import goals

    return goals(size)


def _features(size: int, _work: Path) -> list[Goal]:
    from perception_features import goals

    return goals(size)


def _food(size: int, work: Path) -> list[Goal]:
    """The smallest size has no copies and no net."""
    from perception_food import Settings, goals

    from napari_lesion_synth.perception.regression.cnn import installed

    columns = ["hand", "net", "hand + net"] if size and installed() else ["hand"]
    models = ("mean", "ridge", "GP", "forest") if size else ("mean", "ridge", "GP")
    return goals(Settings(models, tuple(columns), size, ("ridge",), work / "food"))


def _ucurve(size: int, work: Path) -> list[Goal]:
    from perception_ucurve import Settings, goals

    return goals(Settings(work / "food", copies=1, trainings=size))


def _gaze_maps(size: int, work: Path) -> list[Goal]:
    from perception_gaze_maps import goals

    return goals(size, 512, work / "gaze-maps")


PARTS = {
    part.name: part
    for part in (
        Part("kill", _kill, 200, 20, "kills"),
        Part("fixations", _fixations, 20, 4, "recordings of 30 s"),
        Part("accuracy", _accuracy, 20, 4, "validations"),
        Part("stream", _stream, 6000, 6000, "samples"),
        Part("quest", _quest, 300, 40, "people"),
        Part("ranges", _ranges, 30, 3, "studies"),
        Part("safety", _safety, 120, 2, "studies of each curve and crowd"),
        Part("window", _window, 200, 30, "swaps"),
        Part("choix", _choix, 20, 20, "studies"),
        Part("choice-time", _choice_time, 15, 5, "runs"),
        Part("pairs-36", _pairs_36, 150, 4, "studies"),
        Part("pairs-100", _pairs_100, 21, 2, "studies"),
        Part("mixed", _mixed, 16, 2, "studies of each arm and crowd"),
        Part("control", _control, 20, 4, "studies of each kind"),
        Part("bids", _bids, 6, 2, "participants"),
        Part("features", _features, 15, 5, "runs"),
        Part("food", _food, 3, 0, "copies of each photo", "food"),
        Part("ucurve", _ucurve, 2, 1, "trainings at each multiple", "food"),
        Part("gaze-maps", _gaze_maps, 332, 40, "photos", "gaze"),
    )
}
"""In the order in which they are measured."""
