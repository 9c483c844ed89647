"""The state behind the dock widget: one case, its sites and kept lesions, and their history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.proposal import site_at
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import RIM_MM
from napari_lesion_synth.errors import LesionSynthError, SiteError
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.statistics import LesionStatistics
from napari_lesion_synth.widgets.workbench.authoring import (
    Sources,
    changed,
    drawn,
    pinned,
    released,
    with_known_donors,
    with_known_model,
)
from napari_lesion_synth.widgets.workbench.choices import (
    in_other_organ,
    nearest_donor,
    require_room,
    zoned,
)
from napari_lesion_synth.widgets.workbench.history import History
from napari_lesion_synth.widgets.workbench.pasting import WorkingCopy
from napari_lesion_synth.widgets.workbench.rendering import Rendered, render
from napari_lesion_synth.widgets.workbench.scene import Commit, PlacedSite, Scene

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = ["Workbench"]


class Workbench:
    """One case at work. Every change goes through its methods and can be undone.

    The case is never changed: kept lesions are pasted into `working`, a copy made for the first
    one, and each is rendered on the pristine host, so that its recipe makes it again elsewhere.
    """

    case_changed = Signal()
    """Another case, organ or set of known lesions; the scene has been dealt with before."""
    donors_changed = Signal()
    model_changed = Signal()
    scene_changed = Signal(Scene, Scene)
    """Before and after."""
    working_changed = Signal()
    """Another array stands behind `working`."""
    message = Signal(str)
    """A sentence for the status line."""

    def __init__(self) -> None:
        self.case: Case | None = None
        self.scene = Scene()
        self.history = History()
        self.donors: dict[str, Donor] = {}
        self.statistics: LesionStatistics | None = None
        self.model: GeneratorModel | None = None
        self.rim_mm = RIM_MM
        self.method = "sigmoid"
        self.diameter_mm = 20.0
        self._working: WorkingCopy | None = None
        self._next_id = 1
        self._next_seed = 0

    # --- the case ---------------------------------------------------------------------------

    def open(self, case: Case) -> None:
        """Work on another case; everything placed in the old one is gone."""
        before = self.scene
        self.case, self.scene, self._working = case, Scene(), WorkingCopy(case.volume)
        self.history.clear()
        self.donors, self.statistics = {}, None
        self._next_id, self._next_seed = 1, 0
        self.case_changed.emit()
        self.donors_changed.emit()
        self.scene_changed.emit(before, self.scene)

    def change_anatomy(self, case: Case) -> tuple[int, ...]:
        """Take in the same CT with another organ or other known lesions.

        In another organ sites are measured anew, and kept lesions are made again, since the
        capsule clips them; those that cannot be kept there become drafts. Steps before this
        cannot be undone then. With the same organ nothing else changes.

        Returns
        -------
        tuple of int
            Ids of sites that lie outside the new organ and were removed.
        """
        before, old = self.scene, None if self.case is None else self.case.organ
        self.case = case
        if old is not None and case.organ is not None and old.equals(case.organ):
            self.case_changed.emit()
            return ()
        scene, gone = in_other_organ(case, before, self.rim_mm, self.donors, self.model)
        lost = len(before.commits) - len(scene.commits)
        self.history.clear()
        self._set(scene)
        self.case_changed.emit()
        if lost:
            self.message.emit(f"{lost} kept lesions are drafts again: the organ has changed")
        return gone

    def set_donors(
        self, donors: Sequence[Donor], statistics: LesionStatistics | None = None
    ) -> None:
        """Give the donors to transplant, and what was learnt from them."""
        self.donors = {donor.id: donor for donor in donors}
        self.statistics = statistics
        self.donors_changed.emit()
        if self.scene.sites:
            self._set(with_known_donors(self.scene, self._sources))

    def set_model(self, model: GeneratorModel | None) -> None:
        """Give the generator to make lesions with; kept ones stay as they are."""
        self.model = model
        self.model_changed.emit()
        self._set(self.scene)

    @property
    def ready(self) -> bool:
        """Whether there is a case with an organ."""
        return self.case is not None and self.case.organ is not None

    def require_case(self) -> Case:
        """The case.

        Raises
        ------
        SiteError
            If there is none.
        """
        if self.case is None:
            raise SiteError("there is no CT", remedy="Open one under Case")
        return self.case

    @property
    def working(self) -> NDArray[np.int16]:
        """The CT with all kept lesions, (z, y, x)."""
        return self.require_case().volume.hu if self._working is None else self._working.hu

    def set_rim(self, rim_mm: float) -> None:
        """Change how wide the rim is; drafts are sorted into the zones anew."""
        self.rim_mm = rim_mm
        scene = zoned(self.scene, rim_mm)
        if scene is not self.scene:
            self._set(scene)

    def forget_steps(self) -> None:
        """Begin the history here, as after a project was opened."""
        self.history.clear()
        self.scene_changed.emit(self.scene, self.scene)

    # --- sites ------------------------------------------------------------------------------

    def place(self, center: Sequence[float], diameter_mm: float | None = None) -> PlacedSite:
        """Place a site around a voxel and select it.

        Raises
        ------
        SiteError
            If it lies outside the organ.
        """
        diameter = self.diameter_mm if diameter_mm is None else diameter_mm
        site = site_at(self.require_case(), center, diameter, rim_mm=self.rim_mm)
        (placed,) = self.add([site])
        return placed

    def add(self, sites: Iterable[Site], what: str | None = None) -> list[PlacedSite]:
        """Place sites that were proposed; the last one is selected."""
        made = [self._new(site) for site in sites]
        scene = self.scene
        for placed in made:
            scene = scene.with_site(placed)
        if made:
            name = what or f"place lesion {made[-1].id}"
            self._change(scene.select(made[-1].id), name)
        return made

    def _new(self, site: Site) -> PlacedSite:
        placed = PlacedSite(self._next_id, site, self.method, seed=self._next_seed)
        self._next_id += 1
        self._next_seed += 1
        donor = nearest_donor(self.donors.values(), site)
        return drawn(replace(placed, donor=donor), self._sources)

    def restore(self, sites: Sequence[PlacedSite], selected: int | None = None) -> None:
        """Put back the sites of a project file."""
        scene = self.scene
        for placed in sites:
            scene = scene.with_site(placed)
            self._next_id = max(self._next_id, placed.id + 1)
            self._next_seed = max(self._next_seed, placed.seed + 1)
        self._change(scene.select(selected), "open project")

    def move(self, number: int, center: Sequence[float], gesture: object = None) -> None:
        """Move a site; its parameters stay.

        Raises
        ------
        SiteError
            If the place lies outside the organ; the site stays where it was.
        """
        placed = self._require(number)
        voxel = tuple(round(float(i)) for i in center)
        if voxel == placed.site.center:
            return
        site = site_at(self.require_case(), voxel, placed.site.diameter_mm, rim_mm=self.rim_mm)
        self._edit(replace(placed, site=site), f"move lesion {number}", gesture)

    def resize(self, number: int, diameter_mm: float, gesture: object = None) -> None:
        """Change a site's diameter; its parameters stay."""
        placed = self._require(number)
        site = site_at(self.require_case(), placed.site.center, diameter_mm, rim_mm=self.rim_mm)
        self.diameter_mm = diameter_mm
        self._edit(replace(placed, site=site), f"resize lesion {number}", gesture)

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove sites, with their kept lesions."""
        gone = [number for number in numbers if self.scene.find(number) is not None]
        if gone:
            names = ", ".join(map(str, gone))
            self._change(self.scene.without(gone), f"remove lesion {names}")

    def select(self, number: int | None) -> None:
        """Choose the site at work; not a step of its own for undo."""
        if number != self.scene.selected:
            self.history.seal()
            self._set(self.scene.select(number))

    # --- parameters -------------------------------------------------------------------------

    def set_method(self, method: str, number: int | None = None) -> None:
        """Choose the method of a draft (the selected one), and of those placed from now on.

        A kept lesion stays as it is: looking at another method is no wish to change it.
        """
        self.method = method
        placed = self.scene.current if number is None else self.scene.find(number)
        if placed is None or self.scene.commit_of(placed.id) is not None:
            self.scene_changed.emit(self.scene, self.scene)
        elif placed.method != method:
            other = drawn(replace(placed, method=method), self._sources)
            self._edit(other, f"method of lesion {placed.id}")

    def set_params(
        self, values: Mapping[str, Any], gesture: object = None, *, pin: bool = True
    ) -> None:
        """Set parameters of the selected site's method; pinned, drawing again leaves them.

        Raises
        ------
        ParameterError
            If a value is out of range.
        """
        placed = self._require(self.scene.selected)
        name = next(iter(values)).replace("_", " ")
        change = pinned if pin else changed
        self._edit(change(placed, values), f"{name} of lesion {placed.id}", gesture)

    def release(self, names: Iterable[str], number: int | None = None) -> None:
        """Let parameters be drawn again from the site's seed."""
        placed = self._require(self.scene.selected if number is None else number)
        again = released(placed, names, self._sources)
        self._edit(again, f"release parameters of lesion {placed.id}")

    def draw_again(self, number: int | None = None, seed: int | None = None) -> None:
        """Draw all parameters that are not pinned with a new seed."""
        placed = self._require(self.scene.selected if number is None else number)
        if seed is None:
            seed, self._next_seed = self._next_seed, self._next_seed + 1
        again = drawn(replace(placed, seed=seed), self._sources, anew=True)
        self._edit(again, f"draw lesion {placed.id} again")

    def set_donor(self, donor: str, number: int | None = None) -> None:
        """Choose the donor of a site."""
        placed = self._require(self.scene.selected if number is None else number)
        if donor != placed.donor:
            again = drawn(replace(placed, donor=donor), self._sources, anew=True)
            self._edit(again, f"donor of lesion {placed.id}")

    # --- keeping ----------------------------------------------------------------------------

    def render(self, number: int) -> Rendered:
        """The lesion of a site as it stands."""
        placed = self._require(number)
        donor = self.donors.get(placed.donor or "")
        return render(self.require_case(), placed, donor, self.model)

    def commit(self, number: int | None = None, rendered: Rendered | None = None) -> Rendered:
        """Keep the lesion of a site: paste it into `working`.

        Parameters
        ----------
        number : int, optional
            The site; default: the selected one.
        rendered : Rendered, optional
            Its lesion, if it is known; used if it is that of the site as it stands.

        Raises
        ------
        SiteError
            If the lesion runs into another kept one, or has no voxel.
        LesionSynthError
            If it cannot be rendered.
        """
        placed = self._require(self.scene.selected if number is None else number)
        if rendered is None or rendered.placed is not placed:
            rendered = self.render(placed.id)
        require_room(self.scene, rendered.sample, placed.id)
        scene = self.scene.with_commit(Commit(placed, rendered.sample))
        self._change(scene, f"keep lesion {placed.id}")
        return rendered

    def commit_all(self) -> dict[int, LesionSynthError]:
        """Keep every draft that can be kept; one step. The reasons of the others, by id."""
        start, past = self.scene, self.history
        faults: dict[int, LesionSynthError] = {}
        for placed in start.sites:
            if self.scene.commit_of(placed.id) is None:
                try:
                    self.commit(placed.id)
                except LesionSynthError as error:
                    faults[placed.id] = error
                else:
                    past.merge_last("keep all", first=start)
        return faults

    def withdraw(self, number: int | None = None) -> None:
        """Turn a kept lesion into a draft again."""
        placed = self._require(self.scene.selected if number is None else number)
        if self.scene.commit_of(placed.id) is not None:
            self._change(self.scene.without_commit(placed.id), f"withdraw lesion {placed.id}")

    # --- history ----------------------------------------------------------------------------

    def undo(self) -> bool:
        """Take the last step back; False if there is none."""
        return self._go(self.history.undo(self.scene))

    def redo(self) -> bool:
        """Do again what was taken back; False if there is nothing."""
        return self._go(self.history.redo(self.scene))

    def _go(self, scene: Scene | None) -> bool:
        if scene is not None:
            self._set(zoned(scene, self.rim_mm))
        return scene is not None

    # --- inside -----------------------------------------------------------------------------

    @property
    def _sources(self) -> Sources:
        return Sources(self.require_case(), self.donors, self.statistics, self.model)

    def _require(self, number: int | None) -> PlacedSite:
        placed = None if number is None else self.scene.find(number)
        if placed is None:
            raise SiteError("no lesion is selected", remedy="Click one, or place one")
        return placed

    def _edit(self, placed: PlacedSite, what: str, gesture: object = None) -> None:
        kept = self.scene.commit_of(placed.id) is not None
        key = None if gesture is None else (placed.id, gesture)
        self._change(self.scene.with_site(placed), what, key)
        if kept:
            self.message.emit(f"Lesion {placed.id} is a draft again; Enter keeps it")

    def _change(self, scene: Scene, what: str, gesture: object = None) -> None:
        self.history.push(self.scene, what, gesture)
        self._set(scene)

    def _set(self, scene: Scene) -> None:
        if self.model is not None and scene.sites:
            scene = with_known_model(scene, self._sources)
        before, self.scene = self.scene, scene
        current = scene.current
        drafted = current is not None and scene.commit_of(current.id) is None
        if current is not None and (drafted or scene.selected != before.selected):
            self.method = current.method
        if current is not None:
            self.diameter_mm = current.site.diameter_mm
        other = before.commits is not scene.commits and self._working is not None
        if other and self._working.show(scene.commits):
            self.working_changed.emit()
        self.scene_changed.emit(before, scene)
