"""Commands that judge a set: `score`, `review`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_lesion_synth.cli.making import Json
from napari_lesion_synth.cli.model_options import field_help
from napari_lesion_synth.cli.output import perform
from napari_lesion_synth.cli.using import Set
from napari_lesion_synth.events import EventStream, StopToken
from napari_lesion_synth.jobs.judging_settings import ReviewSettings, ScoreSettings
from napari_lesion_synth.selection.band import BandSettings

__all__ = ["review", "score"]

_BAND = (BandSettings.model_fields["low"].default, BandSettings.model_fields["high"].default)


def score(
    folder: Set,
    autoencoder: Annotated[
        Path | None, typer.Option(help=field_help(ScoreSettings, "autoencoder"))
    ] = None,
    band: Annotated[
        tuple[float, float],
        typer.Option(
            metavar="LOW HIGH",
            help="Shares of held-out real lesions below the band's lower and its upper end.",
        ),
    ] = _BAND,
    real: Annotated[Path | None, typer.Option(help=field_help(ScoreSettings, "real"))] = None,
    seed: Annotated[int, typer.Option(help=field_help(ScoreSettings, "seed"))] = 0,
    as_json: Json = False,
) -> None:
    """Judge every lesion of a set: auto-encoder, HU, seam, edge, label.

    A lesion passes when its reconstruction error lies in the band of held-out real lesions of
    its zone, neither above nor below, and every check passes. Writes scores.csv and scores.json
    into the set. With --real, the set as a whole is compared with real lesions too.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.score import score as run

        settings = ScoreSettings(
            folder=folder,
            autoencoder=autoencoder,
            band=BandSettings(low=band[0], high=band[1]),
            real=real,
            seed=seed,
        )
        return run(settings, token)

    perform(job, as_json=as_json)


def review(
    folder: Set,
    accept: Annotated[
        list[str] | None, typer.Option(metavar="ID", help=field_help(ReviewSettings, "accept"))
    ] = None,
    reject: Annotated[
        list[str] | None, typer.Option(metavar="ID", help=field_help(ReviewSettings, "reject"))
    ] = None,
    reason: Annotated[str, typer.Option(help=field_help(ReviewSettings, "reason"))] = "",
    undo: Annotated[int, typer.Option(help=field_help(ReviewSettings, "undo"))] = 0,
    reviewer: Annotated[
        str | None, typer.Option(help=field_help(ReviewSettings, "reviewer"))
    ] = None,
    as_json: Json = False,
) -> None:
    """Accept or reject lesions of a set, take verdicts back, count them.

    Verdicts are appended to decisions.jsonl and overrule the scores. Without options the counts
    by zone and method are printed.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.review import review as run

        settings = ReviewSettings(
            folder=folder,
            accept=tuple(accept or ()),
            reject=tuple(reject or ()),
            reason=reason,
            undo=undo,
            reviewer=reviewer,
        )
        return run(settings, token)

    perform(job, as_json=as_json)
