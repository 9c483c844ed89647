"""Where the generator comes from: the program's own, a file, or one just trained."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, Signal

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import CheckpointError
from napari_lesion_synth.sample_data import sample_generator
from napari_lesion_synth.synthesis.cgan.conditions import MAPS, SCALARS, Condition
from napari_lesion_synth.synthesis.shapes import flat_axis
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.workbench.workbench import Workbench

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = ["ModelLoader", "misfit", "model_text", "tried"]

_ORIGIN = {"shipped": "comes with the program", "trained": "just trained", "file": "from a file"}


class ModelLoader(QObject):
    """Brings a generator to one workbench; the newest request wins.

    Parameters
    ----------
    bench : Workbench
        Takes it.
    parent : QObject
        Owner.
    """

    busy = Signal(str)
    changed = Signal()
    """Another generator is there, or is on its way, or could not be read."""

    def __init__(self, bench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._bench = bench
        self._worker = LatestOnly("generator", self)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._pending: tuple[int, str, Callable[[], None] | None] | None = None
        self.origin = "shipped"
        """Of the generator in use: ``"shipped"``, ``"file"`` or ``"trained"``."""
        self.problem = ""
        """Why the generator asked for last cannot be used; empty if it can."""
        self.trained: Path | None = None
        """File of the generator trained last."""

    def close(self) -> None:
        """End the thread; what it still does is dropped."""
        self._worker.close()
        self._pending = None

    @property
    def working(self) -> bool:
        """Whether a generator is on its way."""
        return self._pending is not None

    @property
    def file(self) -> Path | None:
        """File of the generator in use; None: the program's own, or none."""
        model = self._bench.model
        return None if model is None or self.origin == "shipped" else model.path

    @property
    def available(self) -> bool:
        """Whether there is a generator, or one that has not been asked for yet."""
        return self._bench.model is not None or (not self.problem and sample_generator().is_file())

    def ensure(self) -> None:
        """Read the program's own generator, unless another one is there or has failed."""
        if self._bench.model is None and not self.working and not self.problem:
            self.open(None)

    def open(
        self,
        path: Path | None,
        then: Callable[[], None] | None = None,
        *,
        origin: str = "file",
    ) -> None:
        """Read a generator.

        Parameters
        ----------
        path : Path or None
            ``generator.pt``; None: the one that comes with the program.
        then : callable, optional
            Called when it is there, or cannot be had.
        origin : str
            ``"file"`` or ``"trained"``.
        """
        file = sample_generator() if path is None else path
        kind = "shipped" if path is None else origin
        self.problem = ""
        self._pending = (self._worker.submit(partial(tried, file)), kind, then)
        self.busy.emit("Reading the generator")
        self.changed.emit()

    def offer_trained(self, path: Path) -> None:
        """A training has ended: use its generator, unless the user has chosen one."""
        self.trained = path
        if self.origin != "file" or self._bench.model is None:
            self.open(path, origin="trained")
        else:
            self.changed.emit()

    def _on_finished(self, number: int, model: GeneratorModel) -> None:
        if self._pending is None or number != self._pending[0]:
            return
        (_, self.origin, then), self._pending = self._pending, None
        self._bench.set_model(model)
        self._end(then)

    def _on_failed(self, number: int, error: Any) -> None:
        if self._pending is None or number != self._pending[0]:
            return
        (_, _, then), self._pending = self._pending, None
        self.problem = str(error)
        self._end(then)

    def _end(self, then: Callable[[], None] | None) -> None:
        self.busy.emit("")
        self.changed.emit()
        if then is not None:
            then()


def tried(path: Path) -> GeneratorModel:
    """Read a generator and let it make something once, so that the first preview is no slower.

    Raises
    ------
    CheckpointError
        If the file cannot be used.
    """
    try:
        from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

        model = GeneratorModel.load(path)
        _make_one(model)
    except ImportError as error:
        raise CheckpointError(
            "the GAN needs PyTorch, which is not installed",
            remedy="Install it with: pip install 'napari-lesion-synth[learn]'",
        ) from error
    except (RuntimeError, ValueError, KeyError) as error:  # weights that do not fit the net
        raise CheckpointError(
            f"the generator's weights are not those of its description ({type(error).__name__})",
            where=path,
            remedy="Train the generator again",
        ) from error
    return model


def _make_one(model: GeneratorModel) -> None:
    latent, shape = model.latent(0), model.facts.spec.shape
    if model.facts.mode != "residual":
        model.patch(Zone.INTERIOR, latent)
        return
    flat = np.zeros(shape, np.float32)
    nothing = Condition(
        np.zeros((len(MAPS), *shape), np.float32), np.zeros(len(SCALARS), np.float32), 0.0, flat
    )
    model.generate(nothing, latent)


def model_text(model: GeneratorModel, origin: str) -> str:
    """A generator in two lines: what it is, and what it has seen."""
    facts = model.facts
    zones = ", ".join(f"{count} {zone}" for zone, count in facts.lesions.items() if count)
    total, people = sum(facts.lesions.values()), len(facts.patients)
    mode = facts.mode if facts.mode == "residual" else facts.mode.upper()
    return (
        f"{mode[:1].upper()}{mode[1:]}, {model.dims}-D, {_ORIGIN[origin]}: {total} lesions "
        f"({zones}) of {people} patient{'s' * (people != 1)}, {facts.steps} steps; id "
        f"{model.id[:8]}"
    )


def misfit(model: GeneratorModel, volume: Volume) -> str:
    """Why a generator makes nothing in a CT; empty if it does."""
    dims = 3 if flat_axis(volume.shape) is None else 2
    if model.dims == dims:
        return ""
    kinds = {2: "single slices", 3: "volumes"}
    return f"It was trained on {kinds[model.dims]}, and this CT is one of {kinds[dims]}."
