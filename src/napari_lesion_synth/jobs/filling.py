"""Writing the scenes of a set as they are made, and telling how far it has come."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from napari_lesion_synth.dataset.writer import SetWriter
from napari_lesion_synth.events import Event, Log, Progress, Stopped
from napari_lesion_synth.jobs.scene import SceneResult
from napari_lesion_synth.wording import counted

__all__ = ["fill"]


def fill(
    writer: SetWriter, scenes: Iterator[SceneResult], total: int
) -> Generator[Event, None, int]:
    """Write the scenes that a set lacks.

    Parameters
    ----------
    writer : SetWriter
        The set.
    scenes : iterator of SceneResult
        Makes the missing scenes (`SetWriter.todo`) when it is asked for them, in any order.
    total : int
        Lesions of the finished set.

    Yields
    ------
    Event
        Log, Progress (in lesions).

    Returns
    -------
    int
        How often a draw was repeated.

    Raises
    ------
    Stopped
        If making a scene raised it; what is finished is on the disk.
    """
    redrawn = 0
    if writer.finished:
        yield Log(f"{writer.finished} of {total} lesions are there already")
    if writer.damaged:
        yield Log(f"{writer.damaged} scenes have lost files and are made again", "warning")
    yield Progress(writer.finished, total)
    told: set[str] = set()
    try:
        for scene in scenes:
            writer.add(scene.index, scene.lesions)
            redrawn += scene.redrawn
            for text in scene.warnings:
                if text not in told:
                    told.add(text)
                    yield Log(text, "warning")
            yield Progress(writer.finished, total)
    except Stopped:
        yield Log(
            f"stopped: {writer.finished} of {total} lesions are on the disk; "
            "the same command goes on from there",
            "warning",
        )
        raise
    if redrawn:
        yield Log(f"{counted(redrawn, 'draw')} did not fit the site and had to be repeated")
    return redrawn
