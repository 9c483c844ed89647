"""Train the generator, the auto-encoder and the detector that come with the program.

    python examples/train_on_phantoms.py --out models

makes `models/generator/generator.pt`, `models/autoencoder/autoencoder.pt` and
`models/phantom_detector.pt`, all of them from simulated CTs; the files in
`src/napari_lesion_synth/data` are copies of them. A run that was interrupted goes on where it
was. Two CPU cores take about ten minutes, and for the detector an hour more; `--only` chooses.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import napari_lesion_synth as nls
from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.detection.model import DetectorModel
from napari_lesion_synth.events import EventStream, Log, Metric, StopToken
from napari_lesion_synth.jobs.detector_job import DETECTOR_PT, DetectorFiles, DetectorJob
from napari_lesion_synth.jobs.learning_settings import AutoEncoderJob, GanJob, LessonFiles
from napari_lesion_synth.jobs.train_autoencoder import learn_autoencoder
from napari_lesion_synth.jobs.train_detector import learn_detector
from napari_lesion_synth.jobs.train_gan import learn_gan
from napari_lesion_synth.sample_data import sample_detector
from napari_lesion_synth.selection.autoencoder_settings import AutoEncoderSettings
from napari_lesion_synth.synthesis.cgan.settings import GanSettings

FIRST_SEED = 100
"""Seeds below are those of the demo, the tests and the docs: nothing is learnt from them."""

SPACINGS = ((2.5, 1.0, 1.0), (5.0, 1.5, 1.5))
"""mm, (z, y, x): the detector sees thin and thick slices in turn."""


def phantoms(count: int) -> Iterator[Case]:
    """Simulated patients with eight lesions each."""
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        yield nls.phantom(seed=seed, lesions=8, spacing=(2.5, 1.0, 1.0))


def phantoms_for_detection(count: int) -> Iterator[Case]:
    """Simulated patients with four lesions each, whose livers have room for more."""
    for number in range(count):
        seed, spacing = FIRST_SEED + number, SPACINGS[number % len(SPACINGS)]
        yield nls.phantom(seed=seed, lesions=4, spacing=spacing)


def run(name: str, stream: EventStream) -> None:
    """Train to the end, and say now and then how it goes."""
    begin = time.perf_counter()
    for event in stream:
        if isinstance(event, Log):
            print(f"{name}: {event.text}", flush=True)
        if isinstance(event, Metric) and event.step % 100 == 0:
            spent = time.perf_counter() - begin
            print(f"{name} {event.step}: {event.name} {event.value:.3f}, {spent:.0f} s", flush=True)


def train_detector(folder: Path, patients: int, settings: DetectorSettings) -> None:
    """Train the detector, and keep it with weights of half the bytes."""
    cases = list(phantoms_for_detection(patients))
    files = DetectorFiles(cases=())  # they are in memory
    job = DetectorJob(files=files, out=folder / "detector", settings=settings)
    run("detector", learn_detector(job, StopToken(), cases=cases))
    model = DetectorModel.load(job.out / DETECTOR_PT)
    halved = {spec.role: model.net(spec.role).half().state_dict() for spec in model.facts.nets}
    small = folder / sample_detector().name
    DetectorModel.of(model.facts, halved).save(small)
    print(f"{small.stat().st_size / 1e6:.1f} MB; to ship it: cp {small} {sample_detector()}")


def train_models_of_lesions(options: argparse.Namespace) -> None:
    """The generator and the auto-encoder."""
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("models"))
    parser.add_argument("--patients", type=int, default=16)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--width", type=int, default=16, help="channels of the generator")
    parser.add_argument("--autoencoder-steps", type=int, default=250)
    parser.add_argument("--detector-patients", type=int, default=24)
    parser.add_argument("--detector-steps", type=int, default=2000)
    parser.add_argument("--verifier-steps", type=int, default=800)
    parser.add_argument("--scenes", type=int, help="mined for the verifier")
    parser.add_argument("--detector-width", type=int, help="channels of the candidates' net")
    parser.add_argument("--threads", type=int, help="of the training of the detector")
    parser.add_argument("--only", choices=("gan", "autoencoder", "detector"))
    options = parser.parse_args()
    if options.only != "detector":
        train_models_of_lesions(options)
    if options.only in (None, "detector"):
        settings = DetectorSettings(
            net="small",
            steps=options.detector_steps,
            verifier_steps=options.verifier_steps,
            scenes=options.scenes,
            width=options.detector_width,
            threads=options.threads,
        )
        train_detector(options.out, options.detector_patients, settings)


if __name__ == "__main__":
    main()
