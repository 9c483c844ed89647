"""What a synthesis method is called in the window."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["in_order", "method_title"]

_TITLES = {"cgan": "GAN"}
_ORDER = ("poisson", "sigmoid", "cgan")


def method_title(name: str) -> str:
    """A registered name as people say it."""
    return _TITLES.get(name, name.capitalize())


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Names as the window lists them: built-in ones first, those without a training ahead."""
    place = {name: number for number, name in enumerate(_ORDER)}
    return tuple(sorted(names, key=lambda name: (place.get(name, len(place)), name)))
