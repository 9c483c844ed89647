"""Training with changed copies of the photos: as far as people do not mind, or as far as one likes.

A copy keeps its photo's attractiveness, which is true only as long as the change does not alter
it. So three trainings are compared: without copies, with copies within a policy that was
measured, and with copies over the whole plausible range. Copies are learnt from and never judged;
a photo's copies are always on its side of a test.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.limits.policy import AugmentationPolicy
from napari_lesion_synth.perception.limits.range_found import FoundRange
from napari_lesion_synth.perception.regression.cnn import VERSION as NET_VERSION
from napari_lesion_synth.perception.regression.features.cache import FeatureCache, Named
from napari_lesion_synth.perception.regression.features.families import VERSION
from napari_lesion_synth.perception.regression.photo_model import Describer
from napari_lesion_synth.perception.regression.table import Block, Table
from napari_lesion_synth.perception.stimuli.photos import Stimulus
from napari_lesion_synth.perception.stimuli.pictures import Picture
from napari_lesion_synth.perception.transforms.registry import TRANSFORMS

__all__ = [
    "AugmentationSettings",
    "Copy",
    "Strength",
    "assumed_policy",
    "augmented",
    "copies_of",
]

Strength: TypeAlias = Literal["none", "limited", "unlimited"]

_ASSUMED = "assumed as a share of the plausible range; nobody was asked"


class AugmentationSettings(BaseModel):
    """Changed copies to learn from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strength: Strength = Field(
        "limited",
        title="Augmentation",
        description="none; limited: within the policy; unlimited: over the whole plausible range "
        "of each transform.",
    )
    copies: int = Field(4, ge=1, le=100, title="Copies", description="Of each photo.")
    at_once: int = Field(
        2,
        ge=1,
        le=len(TRANSFORMS),
        title="Transforms at once",
        description="So many, drawn by chance, change a copy. Limits are measured for one at a "
        "time.",
    )
    seed: int = Field(0, ge=0, title="Seed", description="Of what chance decides.")


@dataclass(frozen=True)
class Copy:
    """A changed copy of a photo.

    Parameters
    ----------
    stimulus : Stimulus
        The photo.
    magnitudes : dict of str to float
        Transforms, in the order of their application, and how strong they are.
    seed : tuple of int
        Of what chance decides in them.
    """

    stimulus: Stimulus
    magnitudes: dict[str, float]
    seed: tuple[int, ...]

    def picture(self, original: Picture | None = None) -> Picture:
        """The changed photo; the same every time.

        Parameters
        ----------
        original : ndarray of uint8, shape (height, width, 3), optional
            The photo, if it was read already.
        """
        image: NDArray[Any] = self.stimulus.picture() if original is None else original
        rng = np.random.default_rng(self.seed)
        for name, magnitude in self.magnitudes.items():
            image = TRANSFORMS[name](image, magnitude, rng)
        return np.asarray(image, np.uint8)

    @property
    def recipe(self) -> str:
        """What was done, as text."""
        return json.dumps([self.magnitudes, self.seed])


def assumed_policy(share: float = 0.25) -> AugmentationPolicy:
    """A policy for want of a measured one: the same share of every plausible range.

    It says of itself that nobody was asked.

    Parameters
    ----------
    share : float
        Of the plausible range, 0 to 1.
    """
    return AugmentationPolicy(
        ranges=tuple(
            FoundRange(
                transform=each.name,
                low=share * each.low,
                high=share * each.high,
                unit=each.unit,
                margin=0.25,
                answers=0,
                raters=0,
                photos=0,
                method=_ASSUMED,
            )
            for each in TRANSFORMS.values()
        )
    )


def copies_of(
    stimuli: Sequence[Stimulus],
    settings: AugmentationSettings,
    policy: AugmentationPolicy | None = None,
) -> list[Copy]:
    """The copies of photos, drawn from the photos' contents and the seed alone.

    Parameters
    ----------
    stimuli : sequence of Stimulus
        The photos.
    settings : AugmentationSettings
        How many, and how.
    policy : AugmentationPolicy, optional
        What is safe; needed where the strength is "limited".

    Raises
    ------
    ParameterError
        If there is no policy where one is needed, or it allows nothing for a photo's category.
    """
    if settings.strength == "none":
        return []
    return [
        _drawn(stimulus, number, settings, policy)
        for stimulus in stimuli
        for number in range(settings.copies)
    ]


def augmented(
    table: Table,
    copies: Sequence[Copy],
    describer: Describer,
    cache: FeatureCache | None = None,
) -> Table:
    """A table with the copies as rows that are learnt from and not judged.

    Parameters
    ----------
    table : Table
        Rows of photos, a row a photo, whose inputs are the describer's.
    copies : sequence of Copy
        Of these photos.
    describer : Describer
        What describes them.
    cache : FeatureCache, optional
        Where descriptions are kept between runs.

    Raises
    ------
    ParameterError
        If a copy's photo is not in the table, or the inputs are not the describer's.
    """
    if not copies:
        return table
    row = {item: k for k, item in enumerate(table.items)}
    missing = [c.stimulus.id for c in copies if c.stimulus.id not in row]
    if missing:
        raise ParameterError(f"the table has no photo {missing[0]}")
    parents = np.array([row[c.stimulus.id] for c in copies])
    more = _described(copies, describer, cache)
    inputs = []
    for source, block in zip(table.inputs, more, strict=True):
        if not isinstance(source, Block) or source.name != block.name:
            raise ParameterError(f"the columns '{source.name}' are not made from pictures alone")
        numbers = np.concatenate([source.numbers, block.numbers])
        inputs.append(Block(source.name, numbers, source.columns))
    both = np.concatenate([np.arange(len(table)), parents])
    whole = replace(table, inputs=()).taken(both)
    judged = np.concatenate([table.judged, np.zeros(len(copies), np.bool_)])
    return replace(whole, inputs=tuple(inputs), judged=judged)


def _drawn(
    stimulus: Stimulus,
    number: int,
    settings: AugmentationSettings,
    policy: AugmentationPolicy | None,
) -> Copy:
    seed = settings.seed, int(stimulus.sha256[:12], 16), number
    rng = np.random.default_rng(seed)
    if settings.strength == "unlimited":
        chosen = _some(tuple(TRANSFORMS), settings.at_once, rng)
        found = {n: float(rng.uniform(TRANSFORMS[n].low, TRANSFORMS[n].high)) for n in chosen}
    else:
        if policy is None:
            raise ParameterError(
                "copies within limits need a policy", remedy="Measure limits, or choose none"
            )
        allowed = _allowed(policy, stimulus.category)
        found = policy.draw(stimulus.category, rng, _some(allowed, settings.at_once, rng))
    return Copy(stimulus, _in_order(found), (*seed, 1))


def _allowed(policy: AugmentationPolicy, category: str) -> tuple[str, ...]:
    names = [
        name
        for name in policy.transforms
        if policy.found(name, category) is not None and policy.range(name, category) != (0, 0)
    ]
    if not names and policy.multiple > 0:
        raise ParameterError(
            f"the policy allows no transform of {category or 'photos without a category'}",
            remedy="Train without copies, or measure more",
        )
    return tuple(names)


def _some(names: Sequence[str], n: int, rng: np.random.Generator) -> list[str]:
    return [names[k] for k in rng.permutation(len(names))[:n]]


def _in_order(magnitudes: Mapping[str, float]) -> dict[str, float]:
    return {name: magnitudes[name] for name in TRANSFORMS if name in magnitudes}


def _described(
    copies: Sequence[Copy], describer: Describer, cache: FeatureCache | None
) -> list[Block]:
    """Columns of the copies, a photo's copies together so that it is read once."""
    rows: dict[str, list[Named]] = {}
    originals: dict[str, Picture] = {}
    for copy in copies:
        for block in _blocks(copy, describer, cache, originals):
            rows.setdefault(block[0], []).append(block[1])
    return [Block(name, np.stack([r.values for r in found])) for name, found in rows.items()]


def _blocks(
    copy: Copy,
    describer: Describer,
    cache: FeatureCache | None,
    originals: dict[str, Picture],
) -> list[tuple[str, Named]]:
    def changed() -> Picture:
        name = copy.stimulus.id
        if name not in originals:
            originals.clear()
            originals[name] = copy.stimulus.picture()
        return copy.picture(originals[name])

    found = []
    for part, version in _parts(describer):

        def make(part: Describer = part) -> Named:
            block = part.of([changed()])[0]
            names = block.columns or tuple(str(k) for k in range(block.numbers.shape[1]))
            return Named(names, block.numbers[0])

        key = f"{version}|{copy.recipe}"
        row = make() if cache is None else cache.get(copy.stimulus.sha256, key, make)
        found.append(("features" if part.features else "net", row))
    return found


def _parts(describer: Describer) -> list[tuple[Describer, str]]:
    """The describer's blocks one by one, and the version of each."""
    parts = []
    if describer.features:
        parts.append((Describer(), f"photo-{VERSION}"))
    if (net := describer.net) is not None:
        parts.append((Describer(False, net), f"lite0-{NET_VERSION}-{net.longest}"))
    return parts
