"""Judging a set: by an auto-encoder, by checks, and against real lesions."""

from __future__ import annotations

from pathlib import Path

from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.events import EventStream, Log, StopToken
from napari_lesion_synth.jobs.judging_settings import ScoreSettings
from napari_lesion_synth.sample_data import sample_autoencoder
from napari_lesion_synth.selection.view import LesionView
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.library import load_donors

__all__ = ["score"]


def score(settings: ScoreSettings, token: StopToken) -> EventStream:
    """Judge every lesion of a set, and write ``scores.csv`` and ``scores.json`` into it.

    Parameters
    ----------
    settings : ScoreSettings
        Which set, and by what.
    token : StopToken
        Checked at every lesion; nothing is written if it stops.

    Yields
    ------
    Event
        As `selection.score.score_set`.

    Raises
    ------
    Stopped
        If the token was set.
    LesionSynthError
        If the set, the auto-encoder or the library cannot be used.
    """
    from napari_lesion_synth.selection.autoencoder import AutoEncoder
    from napari_lesion_synth.selection.score import score_set

    opened = GeneratedSet.open(settings.folder)
    if settings.autoencoder is None:
        yield Log(
            "judged by the auto-encoder that comes with the program: it has seen simulated "
            "lesions only. Train one on your own (train autoencoder)",
            "warning",
        )
    autoencoder = AutoEncoder.load(settings.autoencoder or sample_autoencoder())
    training, real = _sides(opened, settings.real)
    yield from score_set(
        opened,
        autoencoder,
        settings.band,
        None,
        token,
        real=[LesionView.of_donor(donor) for donor in real],
        training=[LesionView.of_donor(donor) for donor in training],
        seed=settings.seed,
    )


def _sides(opened: GeneratedSet, library: Path | None) -> tuple[list[Donor], list[Donor]]:
    """Lesions that the set may descend from, and those of patients that it does not know."""
    if library is None:
        return [], []
    info = opened.info
    known = {donor["patient"] for donor in info["donors"]["lesions"]}
    known.update(case["patient"] for case in info["cases"])
    known.update(info.get("model", {}).get("patients", ()))
    donors = load_donors(library)
    held_out = [donor for donor in donors if donor.patient not in known]
    if not held_out:
        raise ParameterError(
            "all real lesions of the library are of patients that the set descends from",
            where=library,
            remedy="Give lesions of other patients, or leave --real out",
        )
    return [donor for donor in donors if donor.patient in known], held_out
