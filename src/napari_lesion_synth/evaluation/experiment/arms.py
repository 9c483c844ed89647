"""The arms of an experiment: what each detector learns from, besides what all of them do."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.detection.data_settings import SETS, DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.synthesis.registry import get_method

__all__ = ["STANDARD_ARMS", "Arm", "arm_of"]

Weight = Annotated[float, Field(gt=0)]


class Arm(BaseModel):
    """One way to learn; whatever it does not name is the same in all arms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        pattern=r"^[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*$",
        max_length=60,
        description="short, for tables and files",
    )
    title: str = Field("", description="the same in words, for people")
    data: dict[str, Any] = Field(
        {}, description="fields of the mixture in which the arm differs from the plan's"
    )
    made: dict[str, Weight] = Field(
        {},
        description="methods of the generated set that it learns from, each with the weight of "
        "its share; empty: none",
    )
    selected: bool = Field(
        False, description="the auto-encoder of the fold says which lesions of the set are used"
    )
    seeds: int | None = Field(
        None, ge=1, le=1000, description="trainings of this arm; default: the plan's"
    )

    def mixture(self, common: DataSettings) -> DataSettings:
        """What the arm learns from.

        Parameters
        ----------
        common : DataSettings
            What the plan says for all arms.

        Raises
        ------
        pydantic.ValidationError
            If a field of the arm is out of its range.
        """
        return DataSettings.model_validate({**common.model_dump(exclude_unset=True), **self.data})

    def live_methods(self, common: DataSettings) -> tuple[str, ...]:
        """Methods that make lesions or shams of this arm during the training, sorted.

        Shams beside the lesions of a set are made by the methods that made the set.
        """
        mixture = self.mixture(common)
        live = mixture.methods if mixture.synthetic > 0 or mixture.sham_share > 0 else {}
        of_sets = self.made if SETS in live and mixture.sham_share > 0 else {}
        return tuple(sorted({*live, *of_sets} - {SETS}))

    def needs_generator(self, common: DataSettings, *, live: bool = False) -> bool:
        """Whether a learnt generator has a part in it; `live`: during the training."""
        names = {*self.live_methods(common), *(() if live else self.made)}
        return any(get_method(name).needs_model for name in names)

    @property
    def set_name(self) -> str:
        """Which generated set it learns from; arms that ask for the same share it; empty: none."""
        if not self.made:
            return ""
        parts = [
            name if weight == 1 else f"{name}_{weight:g}"
            for name, weight in sorted(self.made.items())
        ]
        return "-".join([*parts, *(["selected"] if self.selected else [])])


_ALL = {"cgan": 1.0, "poisson": 1.0, "sigmoid": 1.0}
_FROM_SETS: dict[str, Any] = {"methods": {SETS: 1.0}}
_UNVARIED = {"flips": False, "zoom": 0.0, "shift_hu": 0.0, "gain": 0.0, "noise_hu": 0.0}
_NO_LESIONS = {"synthetic": 0.0}
_SHAM = 0.15


def _live(name: str, what: str) -> Arm:
    return Arm(name=name, title=f"+ {what}, made in training", data={"methods": {name: 1.0}})


def _all(name: str, share: float | None = None) -> Arm:
    more = "" if share is None else f", {share:.0%} synthetic"
    data = _FROM_SETS if share is None else {**_FROM_SETS, "synthetic": share}
    return Arm(
        name=name, title=f"+ all three methods, selected{more}", data=data, made=_ALL, selected=True
    )


STANDARD_ARMS: Mapping[str, Arm] = {
    arm.name: arm
    for arm in (
        Arm(name="real", title="real lesions, as they are", data={**_NO_LESIONS, **_UNVARIED}),
        Arm(name="augmented", title="real lesions, augmented", data=_NO_LESIONS),
        _live("copy-paste", "copy-paste"),
        _live("poisson", "Poisson blending"),
        _live("sigmoid", "sigmoid model"),
        _live("cgan", "conditional GAN"),
        Arm(
            name="cgan-selected",
            title="+ conditional GAN, selected",
            data=_FROM_SETS,
            made={"cgan": 1.0},
            selected=True,
        ),
        _all("all"),
        Arm(
            name="all-live",
            title="+ all three methods, made in training",
            data={"methods": _ALL},
        ),
        Arm(
            name="sham",
            title="+ shams alone, by all three methods (control)",
            data={**_NO_LESIONS, "sham": _SHAM, "methods": _ALL},
        ),
        _all("ratio-25", 0.25),
        _all("ratio-75", 0.75),
    )
}
"""The arms that a plan names without describing them. All but `real` are augmented."""

_OWN = {"name", "title", "made", "selected", "seeds"}


def arm_of(entry: Any) -> Arm:
    """An arm as a plan names or describes it.

    Parameters
    ----------
    entry : str, mapping or Arm
        A name of `STANDARD_ARMS`; or a mapping with ``name``, ``like`` (the arm that it is taken
        from; default: ``augmented``), and what differs: fields of `DataSettings`, ``made``,
        ``selected``, ``title``, ``seeds``.

    Raises
    ------
    ValueError
        If there is no such arm or field, or the arm would train otherwise than the others.
    """
    if isinstance(entry, Arm):
        return entry
    if isinstance(entry, str):
        return _standard(entry)
    if not isinstance(entry, Mapping):
        raise ValueError("an arm is a name, or keys with a name")
    own = dict(entry)
    if "data" in own:  # whole, as a plan was written down
        return Arm.model_validate(own)
    if "name" not in own:
        raise ValueError("an arm of its own needs a name")
    name = str(own["name"])
    base = _standard(str(own.pop("like", name if name in STANDARD_ARMS else "augmented")))
    changes = {key: own.pop(key) for key in list(own) if key not in _OWN}
    _refuse(changes)
    if name in STANDARD_ARMS and (
        changes or base.name != name or own.keys() & {"made", "selected"}
    ):
        raise ValueError(f"{name!r} is a standard arm: one that differs needs another name")
    if changes and "title" not in own:
        own["title"] = f"as {base.name}, with {_words(changes)}"
    return Arm.model_validate(
        {**base.model_dump(), **own, "data": {**_fields(base, changes), **changes}}
    )


def _fields(base: Arm, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The base's fields; methods of one's own on `augmented` ask for synthetic lesions too."""
    data = dict(base.data)
    if base.name == "augmented" and "methods" in changes:
        data.pop("synthetic", None)
    return data


def _standard(name: str) -> Arm:
    if name in STANDARD_ARMS:
        return STANDARD_ARMS[name]
    close = get_close_matches(name, STANDARD_ARMS, 1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"there is no arm {name!r}{hint} (there are: {', '.join(STANDARD_ARMS)})")


def _refuse(changes: Mapping[str, Any]) -> None:
    for name in changes:
        if name in DataSettings.model_fields:
            continue
        if name in DetectorSettings.model_fields:
            raise ValueError(
                f"{name!r} is the same in every arm: give it once, under training; arms that were "
                "trained otherwise could not be compared"
            )
        known = [*DataSettings.model_fields, *_OWN, "like"]
        close = get_close_matches(name, known, 1)
        hint = f"; did you mean {close[0]!r}?" if close else f" (there are: {', '.join(known)})"
        raise ValueError(f"there is no key {name!r}{hint}")


def _words(changes: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in changes.items())
