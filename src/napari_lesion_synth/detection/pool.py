"""Candidates mined from many scenes, kept on the disk so that a killed training goes on."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.materials import Materials
from napari_lesion_synth.detection.mining import Mined, mine
from napari_lesion_synth.detection.scenes import render_scene
from napari_lesion_synth.detection.seen_again import seen_again
from napari_lesion_synth.events import Event, Progress, StopToken
from napari_lesion_synth.files import npz_bytes, write_atomic, writing
from napari_lesion_synth.training.checkpoint import content_sha256

__all__ = ["MINED", "mine_scenes", "scene_count"]

MINED = "mined"
"""Folder of the crops, one file a scene."""

_SCENE, _MINE, _AGAIN = 21, 22, 23
"""Branches of the tree of seeds."""

_LESIONS = {2: (1, 2), 3: (4, 8)}
"""Fewest and most synthetic lesions of a scene, in single slices and in volumes."""

_SHAM_SHARE = 0.3
"""Shams for each of those lesions, whether they are put in or not."""

HeatOf = Callable[[nn.Module, Frame], NDArray[np.float32]]


def scene_count(materials: Materials, settings: DataSettings, asked: int) -> int:
    """How many scenes there are to look at: as many as are asked for, in every mixture.

    Hosts take turns. One that comes up again has new lesions in it or new shams, or is changed
    as an example is. With nothing of that there is nothing new to see in it: then there is one
    scene a host.
    """
    new = settings.synthetic > 0 or settings.sham_share > 0 or settings.varied
    return asked if new else min(asked, len(materials.hosts))


def mine_scenes(
    net: nn.Module,
    heat_of: HeatOf,
    materials: Materials,
    settings: DataSettings,
    *,
    count: int,
    seed: int,
    folder: Path,
    token: StopToken,
) -> Generator[Event, None, list[Mined]]:
    """Put lesions into training CTs, and look what the first net makes of them.

    Hosts take turns. Where no synthetic lesions are asked for, a host has its real lesions alone,
    at first as it is, and from its second turn on changed as an example of the training is, so
    that the second net has as much to learn from in every mixture (see `scene_count`).

    Parameters
    ----------
    net : nn.Module
        The first net, in evaluation mode and in place.
    heat_of : callable
        What it makes of a frame.
    materials : Materials
        Training CTs, and what lesions are made from.
    settings : DataSettings
        The mixture.
    count : int
        Scenes.
    seed : int
        Of all that is drawn.
    folder : Path
        Where the crops are kept; those that this net has found before are not made again.
    token : StopToken
        Checked at each scene.

    Yields
    ------
    Event
        Progress.

    Returns
    -------
    list of Mined
        One a scene.
    """
    hosts = len(materials.hosts)
    total = scene_count(materials, settings, count)
    finder = content_sha256({}, net.state_dict())[:16]
    order = np.random.default_rng([seed, _SCENE]).permutation(hosts)
    found = []
    for k in range(total):
        token.check()
        file = folder / MINED / f"{k:05d}.npz"
        part = _kept(file, finder)
        if part is None:
            host, again = int(order[k % hosts]), k >= hosts and settings.synthetic == 0
            part = _mined(net, heat_of, materials, settings, host, [seed, k], again=again)
            with writing(file.parent):
                file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(file, _bytes(part, finder))
        found.append(part)
        yield Progress(k + 1, total, f"candidates of scene {k + 1}")
    return found


def _mined(
    net: nn.Module,
    heat_of: HeatOf,
    materials: Materials,
    settings: DataSettings,
    host: int,
    seed: list[int],
    *,
    again: bool,
) -> Mined:
    rng = np.random.default_rng([*seed, _MINE])
    lesions, shams = _numbers(settings, rng, flat=materials.hosts[host].frame.shape[0] == 1)
    root = np.random.SeedSequence([*seed, _SCENE])
    scene = render_scene(materials, settings, host, root, lesions, shams=shams)
    healthy = materials.hosts[host].healthy
    if again:
        changing = np.random.default_rng([*seed, _AGAIN])
        scene, healthy = seen_again(scene, healthy, settings, changing)
    heat = heat_of(net, scene.frame)
    return mine(scene.frame, heat, scene.labels, rng, [*scene.shams, *healthy])


def _numbers(settings: DataSettings, rng: np.random.Generator, *, flat: bool) -> tuple[int, int]:
    """Synthetic lesions and shams of a scene."""
    synthetic, sham = settings.synthetic > 0, settings.sham_share > 0
    if not synthetic and not sham:
        return 0, 0
    low, high = _LESIONS[2 if flat else 3]
    number = int(rng.integers(low, high + 1))
    shams = int(rng.binomial(number, _SHAM_SHARE)) if sham else 0
    return (number if synthetic else 0), shams


def _bytes(part: Mined, finder: str) -> bytes:
    return npz_bytes(
        {
            "finder": np.array(finder),
            "crops": part.crops,
            "lesion": part.lesion,
            "score": part.score,
            "number": part.number,
            "lesions": np.array(part.lesions),
        },
        stored=("crops",),
    )


def _kept(file: Path, finder: str) -> Mined | None:
    """What was mined before; None where the file is missing or torn, or of another net."""
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as stored:
            if stored["finder"].item() != finder:
                return None
            return Mined(
                crops=stored["crops"],
                lesion=stored["lesion"],
                score=stored["score"],
                number=stored["number"],
                lesions=int(stored["lesions"].item()),
            )
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error):
        return None
