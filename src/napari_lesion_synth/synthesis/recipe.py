"""How a sample was made, in a form that can be stored and run again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from napari_lesion_synth.anatomy.sites import Site

__all__ = ["Recipe"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that `render` needs besides the host and the donor's voxels.

    Parameters
    ----------
    method : str
        Registered name of the method.
    params : dict
        The method's parameters after sampling, as JSON types.
    site : Site
        Where the lesion lies.
    donor : str or None
        Id of the donor, for methods that use one.
    seed : int
        Seed from which the parameters were drawn. Kept for the record: replay uses `params`.
    host : str
        `Volume.sha256` of the CT.
    """

    method: str
    params: dict[str, Any]
    site: Site
    donor: str | None
    seed: int
    host: str

    def to_json(self) -> str:
        """One line of JSON with sorted keys: equal recipes give equal text."""
        data = {
            "method": self.method,
            "params": self.params,
            "site": self.site.to_json(),
            "donor": self.donor,
            "seed": self.seed,
            "host": self.host,
        }
        return json.dumps(data, sort_keys=True, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Inverse of `to_json`."""
        data = json.loads(text)
        return cls(
            method=data["method"],
            params=data["params"],
            site=Site.from_json(data["site"]),
            donor=data["donor"],
            seed=int(data["seed"]),
            host=data["host"],
        )
