"""What a training may do to photos: ranges of transforms that people were shown not to mind.

A policy is a file (JSON) of ranges, each for a transform and a category of photos, with what it
rests on. Who applies it stays inside: a magnitude outside, a transform or a category that nobody
measured, or pictures of another size where that matters, are refused; with `override` they are
done, and the record says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.faults import faults_text
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.perception.limits.applied import Applied, Step
from napari_lesion_synth.perception.limits.range_found import ANY, FoundRange
from napari_lesion_synth.perception.transforms.registry import TRANSFORMS, get_transform

__all__ = ["AugmentationPolicy", "read_policy"]

_SAME_SIZE = 1.5
"""Pictures whose shorter side differs by no more than this factor count as of the same size."""


class AugmentationPolicy(BaseModel):
    """Ranges of transforms, by category of photos."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["augmentation policy"] = "augmentation policy"
    version: Literal[1] = 1
    ranges: tuple[FoundRange, ...] = Field(
        (), title="Ranges", description="What was found, for each transform and category."
    )
    multiple: float = Field(
        1.0,
        ge=0,
        le=10,
        title="Multiple",
        description="Times the limits; other than 1 only to test them.",
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [(each.transform, each.category) for each in self.ranges]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{name[0]} is there twice for {name[1]!r}")
        return self

    @property
    def transforms(self) -> tuple[str, ...]:
        """Names of the transforms, in the order in which they are applied."""
        own = {each.transform for each in self.ranges}
        return tuple(name for name in TRANSFORMS if name in own)

    @property
    def categories(self) -> tuple[str, ...]:
        """Categories that were measured, sorted."""
        return tuple(sorted({each.category for each in self.ranges} - {ANY}))

    def found(self, transform: str, category: str) -> FoundRange | None:
        """What was found; for a category that was not measured, what holds for any.

        Returns
        -------
        FoundRange or None
            None: not established.
        """
        own = {e.category: e for e in self.ranges if e.transform == transform}
        return own.get(category) or own.get(ANY)

    def range(self, transform: str, category: str) -> tuple[float, float]:
        """Lowest and highest magnitude, `multiple` included.

        Raises
        ------
        ParameterError
            If none was established.
        """
        found = self.found(transform, category)
        if found is None:
            raise ParameterError(self.words(transform, category), remedy="Measure it first")
        definition = get_transform(transform)
        low = max(found.low * self.multiple, definition.least)
        return low, min(found.high * self.multiple, definition.most)

    def words(self, transform: str, category: str) -> str:
        """What is known of a transform for a category, as a clause."""
        found = self.found(transform, category)
        name = f"{transform} of {category or 'photos without a category'}"
        if found is None:
            return f"the limit of {name} is not established"
        return f"{name}: {found.words}"

    def times(self, multiple: float) -> AugmentationPolicy:
        """The policy with its limits multiplied, to test whether they are right."""
        return self.model_copy(update={"multiple": self.multiple * multiple})

    def allowed(self, category: str) -> tuple[str, ...]:
        """Transforms of which some magnitude is safe, in the order of their application."""
        return tuple(
            name
            for name in self.transforms
            if self.found(name, category) is not None and self.range(name, category) != (0, 0)
        )

    def draw(
        self,
        category: str,
        rng: np.random.Generator,
        transforms: Sequence[str] | None = None,
        *,
        at_once: int = 1,
    ) -> dict[str, float]:
        """Draw magnitudes, evenly over the ranges; 0 where a range is 0.

        Parameters
        ----------
        category : str
            Of the photo.
        rng : numpy.random.Generator
            Source of randomness.
        transforms : sequence of str, optional
            Which; each must be established. Default: `at_once` of those that are allowed.
        at_once : int
            How many are drawn. Limits are measured for one transform at a time, and say nothing
            of several together.

        Returns
        -------
        dict of str to float
            In the order of their application; empty where nothing is allowed.

        Raises
        ------
        ParameterError
            If one of `transforms` is not known, or not established.
        """
        if transforms is None:
            names = self.allowed(category)
            transforms = [names[k] for k in rng.permutation(len(names))[:at_once]]
        chosen = {*map(_known, transforms)}
        return {
            name: float(rng.uniform(*self.range(name, category)))
            for name in TRANSFORMS
            if name in chosen
        }

    def apply(
        self,
        image: NDArray[Any],
        category: str,
        rng: np.random.Generator,
        magnitudes: Mapping[str, float] | None = None,
        *,
        override: bool = False,
    ) -> Applied:
        """Change a photo within the policy.

        Parameters
        ----------
        image : ndarray of uint8, or of floats from 0 to 1, shape (height, width, 3)
            sRGB.
        category : str
            Of the photo.
        rng : numpy.random.Generator
            Source of randomness.
        magnitudes : mapping of str to float, optional
            Transforms with their magnitudes. Default: one, as `draw` gives it.
        override : bool
            Do also what lies outside of the policy; the steps say so.

        Returns
        -------
        Applied

        Raises
        ------
        ParameterError
            If something is asked that lies outside of the policy, and `override` is not set.
        InputError
            If the image is no such picture.
        """
        asked = self.draw(category, rng) if magnitudes is None else magnitudes
        steps = []
        for name in sorted(map(_known, asked), key=list(TRANSFORMS).index):
            magnitude = float(asked[name])
            outside = self._outside(name, category, magnitude, image)
            if outside and not override:
                raise ParameterError(
                    f"this lies outside of the policy: {outside}",
                    remedy="Stay within it, measure more, or override it, which is recorded",
                )
            image = get_transform(name)(image, magnitude, rng)
            steps.append(Step(name, magnitude, outside))
        return Applied(image, tuple(steps))

    def _outside(self, name: str, category: str, magnitude: float, image: NDArray[Any]) -> str:
        """What is wrong with a change; empty where it is within the policy."""
        found = self.found(name, category)
        if magnitude == 0:
            return ""
        if found is None:
            return self.words(name, category)
        low, high = self.range(name, category)
        if not low <= magnitude <= high:
            unit = get_transform(name).unit
            return f"{name} by {magnitude:g}, beyond {low:g} to {high:g} {unit} for {category!r}"
        if not found.low <= magnitude <= found.high:
            return f"{name} by {magnitude:g}, at {self.multiple:g} times the limit"
        side = min(image.shape[:2])
        if found.pixels and not 1 / _SAME_SIZE <= side / found.pixels <= _SAME_SIZE:
            return f"{name} was measured on pictures of {found.pixels} px, and this has {side}"
        return ""

    def merged(
        self, other: AugmentationPolicy, prefer: Literal["own", "other", "narrower"] | None = None
    ) -> AugmentationPolicy:
        """Both policies together.

        Parameters
        ----------
        other : AugmentationPolicy
            Another one.
        prefer : "own", "other" or "narrower", optional
            What holds where both say something else of a transform and category. Default: that is
            refused.

        Raises
        ------
        ParameterError
            If they contradict each other, or one is a test at other limits than its own.
        """
        if self.multiple != 1 or other.multiple != 1:
            raise ParameterError("a policy at a multiple of its limits is a test, and not merged")
        ranges = {(each.transform, each.category): each for each in self.ranges}
        for theirs in other.ranges:
            key = theirs.transform, theirs.category
            ranges[key] = _one_of(ranges.get(key, theirs), theirs, prefer)
        return AugmentationPolicy(ranges=tuple(ranges[key] for key in sorted(ranges)))

    def write(self, path: Path) -> None:
        """Write the policy.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        text = json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
        write_atomic(path, text.encode(), durable=True)


def read_policy(path: Path) -> AugmentationPolicy:
    """The policy in a file.

    Raises
    ------
    InputError
        If there is no such file, or it is no policy; the message names what is wrong.
    """
    try:
        return AugmentationPolicy.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError as cause:
        raise InputError("there is no such policy", where=path, remedy="Check the path") from cause
    except OSError as cause:
        raise InputError(f"the policy cannot be read ({cause.strerror})", where=path) from cause
    except ValidationError as cause:
        raise InputError(
            f"this is no augmentation policy ({faults_text(cause, whole='the file', most=3)})",
            where=path,
            remedy="Give a file that a study of limits wrote",
        ) from cause
    except UnicodeDecodeError as cause:
        raise InputError("this is no augmentation policy: it is no text", where=path) from cause


def _known(name: str) -> str:
    return get_transform(name).name


def _one_of(own: FoundRange, theirs: FoundRange, prefer: str | None) -> FoundRange:
    if own == theirs or prefer == "own":
        return own
    if prefer == "other":
        return theirs
    if prefer == "narrower":
        return min(own, theirs, key=lambda each: each.high - each.low)
    raise ParameterError(
        f"two studies say something else of {own.transform} for {own.category!r}: "
        f"{own.low:g} to {own.high:g}, and {theirs.low:g} to {theirs.high:g}",
        remedy="Say which is to hold: own, other, or the narrower",
    )
