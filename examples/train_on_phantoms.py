"""Train the generator and the auto-encoder that come with the program, on simulated CTs.

    python examples/train_on_phantoms.py --out models

makes `models/generator/generator.pt` and `models/autoencoder/autoencoder.pt`; the two files in
`src/napari_lesion_synth/data` are copies of them. A run that was interrupted goes on where it
was. Two CPU cores take about ten minutes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import napari_lesion_synth as nls
from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.events import EventStream, Log, Metric, StopToken
from napari_lesion_synth.jobs.learning_settings import AutoEncoderJob, GanJob, LessonFiles
from napari_lesion_synth.jobs.train_autoencoder import learn_autoencoder
from napari_lesion_synth.jobs.train_gan import learn_gan
from napari_lesion_synth.selection.autoencoder_settings import AutoEncoderSettings
from napari_lesion_synth.synthesis.cgan.settings import GanSettings

FIRST_SEED = 100
"""Seeds below are those of the demo, the tests and the docs: nothing is learnt from them."""


def phantoms(count: int) -> Iterator[Case]:
    """Simulated patients with eight lesions each."""
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        yield nls.phantom(seed=seed, lesions=8, spacing=(2.5, 1.0, 1.0))


def run(name: str, stream: EventStream) -> None:
    """Train to the end, and say now and then how it goes."""
    begin = time.perf_counter()
    for event in stream:
        if isinstance(event, Log):
            print(f"{name}: {event.text}", flush=True)
        if isinstance(event, Metric) and event.step % 100 == 0:
            spent = time.perf_counter() - begin
            print(f"{name} {event.step}: {event.name} {event.value:.3f}, {spent:.0f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("models"))
    parser.add_argument("--patients", type=int, default=16)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--width", type=int, default=16, help="channels of the generator")
    parser.add_argument("--autoencoder-steps", type=int, default=250)
    parser.add_argument("--only", choices=("gan", "autoencoder"))
    options = parser.parse_args()
    cases = list(phantoms(options.patients))
    donors = [donor for case in cases for donor in nls.extract_donors(case)]
    print(f"{len(donors)} lesions of {len(cases)} simulated patients", flush=True)
    if options.only != "gan":
        encoder = AutoEncoderJob(
            lessons=LessonFiles(),
            out=options.out / "autoencoder",
            settings=AutoEncoderSettings(steps=options.autoencoder_steps),
        )
        run("autoencoder", learn_autoencoder(encoder, StopToken(), donors=donors))
    if options.only != "autoencoder":
        settings = GanSettings(steps=options.steps, width=options.width, fold="phantoms")
        gan = GanJob(lessons=LessonFiles(), out=options.out / "generator", settings=settings)
        run("gan", learn_gan(gan, StopToken(), cases=cases, donors=donors))


if __name__ == "__main__":
    main()
