"""Sigmoid: the parameters, a fit to a real lesion, and where open ones are drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from qtpy.QtWidgets import QCheckBox

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.synthesis.components import lesion_components
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.fit import RadialProfile, SigmoidFit, fit_sigmoid, radial_profile
from napari_lesion_synth.synthesis.kinds import COMPOSITIONS, LesionKind
from napari_lesion_synth.widgets.canvas.click_tool import Mode
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.widgets.parts.plots import FitPlot
from napari_lesion_synth.widgets.synthesize.method_tab import MethodTab
from napari_lesion_synth.widgets.workbench.scene import PlacedSite

__all__ = ["SigmoidTab", "donor_at"]

_NO_LESIONS = (
    "Needs real lesions: give this CT's lesion labels under Case, or open a donor library "
    "under Poisson."
)


class SigmoidTab(MethodTab):
    """Parameters, fit, and statistics."""

    names = (
        "kind",
        "delta_hu",
        "edge_mm",
        "irregularity",
        "elongation",
        "texture_hu",
        "texture_mm",
    )
    advanced = ("feature_hu", "feature_size", "host_structure", "rotation_deg", "offset_voxels")

    def build(self) -> None:
        """Lay the tab out."""
        self._fitter = LatestOnly("fit", self)
        self._fitter.finished.connect(self._on_fitted)
        self._fitter.failed.connect(self._on_failed)
        self.mine = QCheckBox("Draw from &my lesions")
        self.mine.setAccessibleName("Draw from my lesions")
        self.mine.toggled.connect(self._on_mine)
        self.fit = button("&Fit to a real lesion", "", checkable=True)
        self.fit.clicked.connect(self._on_fit)
        self.words = note(name="Fit")
        self.plot = FitPlot()
        self.plot.hide()
        self.box.addWidget(self.form)
        self.box.addWidget(row(self.mine, self.fit, None))
        self.box.addWidget(self.words)
        self.box.addWidget(self.plot)
        self.bench.donors_changed.connect(self._on_donors)
        self.stage.mode_changed.connect(self._on_mode)
        self.stage.lesion_clicked.connect(self._on_lesion)
        self._on_donors()

    def close_tab(self) -> None:
        """Stop listening."""
        self._fitter.close()
        self.bench.donors_changed.disconnect(self._on_donors)

    def show_site(self, placed: PlacedSite | None) -> None:
        """Show the parameters, without those that the kind has no use for."""
        super().show_site(placed)
        if placed is None or self.method not in placed.params:
            return
        usual = COMPOSITIONS[LesionKind(placed.params[self.method]["kind"])]
        plain = len(usual.steps) == 1
        self.form.set_hidden(("feature_hu", "feature_size") if plain else ())
        if not plain:
            self.form.set_auto("feature_hu", usual.feature_hu)
            self.form.set_auto("feature_size", usual.feature_size)

    def consistent(self, name: str, value: Any) -> Mapping[str, Any]:
        """Keep the sign of the contrast and the kind in step."""
        current = self.bench.scene.current
        known = {} if current is None else current.params.get(self.method, {})
        if name == "kind":
            sign = COMPOSITIONS[LesionKind(value)].sign
            return {name: value, "delta_hu": sign * abs(float(known.get("delta_hu", 40.0)))}
        if name == "delta_hu":
            kind = LesionKind(known.get("kind", LesionKind.HYPODENSE))
            if COMPOSITIONS[kind].sign * float(value) < 0:
                kind = LesionKind.HYPERDENSE if value > 0 else LesionKind.HYPODENSE
                return {name: value, "kind": kind}
        return {name: value}

    def _on_donors(self, *_: Any) -> None:
        known = self.loader.donors.statistics
        donors = bool(self.bench.donors)
        self.mine.setEnabled(known is not None)
        self.mine.setToolTip(
            "Draw contrast, edge, outline and texture from the distribution of your own lesions "
            f"({len(known.lesions)} measured) in place of the literature's; used by Draw again "
            "and for new lesions."
            if known is not None
            else _NO_LESIONS
        )
        self.fit.setEnabled(donors)
        self.fit.setToolTip(
            "Click a labelled lesion of this CT: the selected lesion takes its contrast, edge, "
            "outline and texture, and the curves of both are shown with the residual. Where "
            "donors come from a library, the selected donor is fitted."
            if donors
            else _NO_LESIONS
        )
        self.mine.blockSignals(True)
        self.mine.setChecked(self.bench.statistics is not None)
        self.mine.blockSignals(False)

    def _on_mine(self, on: bool) -> None:
        self.bench.statistics = self.loader.donors.statistics if on else None

    def _on_fit(self, on: bool) -> None:
        case = self.bench.case
        if not on:
            self.stage.set_mode(Mode.PLACE)
        elif case is not None and case.lesions is not None:
            self.words.setText("Click one of the outlined lesions in the CT. Esc: do not.")
            self.stage.set_mode(Mode.FIT)
        else:
            self.fit.setChecked(False)
            current = self.bench.scene.current
            donor = None if current is None else self.bench.donors.get(current.donor or "")
            if donor is not None:
                self._fit(donor)
            else:
                self.words.setText("Place a lesion and choose its donor under Poisson first.")

    def _on_mode(self, mode: str) -> None:
        fitting = mode == Mode.FIT.value
        if self.fit.isChecked() and not fitting:
            self.words.setText("")
        self.fit.setChecked(fitting)

    def _on_lesion(self, voxel: tuple[float, float, float]) -> None:
        donor = donor_at(self.bench.require_case(), self.bench.donors.values(), voxel)
        if donor is None:
            self.words.setText(
                "No donor was cut from that place: click inside a labelled lesion of this CT, "
                "whose own lesions are the donors."
            )
            return
        self.stage.set_mode(Mode.PLACE)
        self._fit(donor)

    def _fit(self, donor: Donor) -> None:
        self.words.setText("Fitting\u2026")
        self._fitter.submit(partial(_fitted, donor))

    def _on_fitted(self, _number: int, result: tuple[SigmoidFit, RadialProfile]) -> None:
        fit, profile = result
        trust = "" if fit.reliable else " Faint: take these figures with care."
        self.words.setText(
            f"{fit.diameter_mm:.0f} mm, {fit.delta_hu:.0f} \u00b1 {fit.delta_error_hu:.0f} HU, "
            f"edge {fit.edge_mm:.1f} mm; residual {fit.residual_hu:.0f} HU (noise "
            f"{fit.noise_hu:.0f}).{trust}"
        )
        self.plot.show_fit(profile, fit)
        self.plot.show()
        current = self.bench.scene.current
        if current is None:
            return
        if current.method != self.method and self.bench.scene.commit_of(current.id) is not None:
            self.words.setText(
                f"{self.words.text()} Lesion {current.id} is kept; withdraw it to use this fit."
            )
            return
        self.bench.set_method(self.method)
        values = fit.params(current.seed).model_dump(mode="json")
        taken = {name: values[name] for name in _TAKEN}
        self.bench.set_params(taken)
        self.bench.history.seal()

    def _on_failed(self, _number: int, error: Exception) -> None:
        self.words.setText("")
        self.on_error(error)


_TAKEN = (
    "kind",
    "delta_hu",
    "edge_mm",
    "irregularity",
    "elongation",
    "texture_hu",
    "texture_mm",
    "rotation_deg",
    "outline",
)
"""Parameters that a fit decides; the size stays the site's."""


def _fitted(donor: Donor) -> tuple[SigmoidFit, RadialProfile]:
    fit = fit_sigmoid(donor)
    return fit, radial_profile(donor, fit)


def donor_at(
    case: Case, donors: Iterable[Donor], voxel: tuple[float, float, float]
) -> Donor | None:
    """The donor that was cut from the labelled lesion at a voxel (z, y, x); None where none was."""
    if case.lesions is None:
        return None
    index = tuple(round(v) for v in voxel)
    for lesion in lesion_components(case.lesions, case.volume.spacing):
        inner = tuple(i - side.start for i, side in zip(index, lesion.box, strict=True))
        inside = all(0 <= i < n for i, n in zip(inner, lesion.mask.shape, strict=True))
        if inside and lesion.mask[inner]:
            source, center = case.volume.sha256, lesion.center
            same = (d for d in donors if d.source == source and d.center == center)
            return next(same, None)
    return None
