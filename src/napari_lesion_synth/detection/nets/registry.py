"""Nets by role, name and width."""

from __future__ import annotations

from torch import nn

from napari_lesion_synth.detection.nets.spec import NAMES, CandidateName, NetSpec, Role
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.training.device import Compute

__all__ = [
    "CROP_CHANNELS",
    "SLICE_CHANNELS",
    "VOLUME_CHANNELS",
    "build",
    "candidate_net",
    "compute_for",
    "single_stage_net",
    "spec_of",
    "verifier_net",
]

SLICE_CHANNELS = 4
"""The slice and its two neighbours, and the depth."""

VOLUME_CHANNELS = 2
"""The CT, and the depth."""

CROP_CHANNELS = 6
"""The CT, the candidates' heat and the depth, at two scales."""

_WIDTHS = {"small": 16, "lite": 16, "verifier": 16, "dynunet": 12}
_SLICE_STEPS = {"verifier": (1, 2, 4), "dynunet": (1, 2, 4, 8)}
"""By how much the levels of the nets in volumes have fewer slices."""


def candidate_net(
    name: CandidateName, width: int | None = None, *, pretrained: bool = True
) -> nn.Module:
    """A net from slices, shape (n, 4, y, x), to logits, shape (n, 1, y, x).

    Parameters
    ----------
    name : {"small", "lite"}
        A U-Net of its own, or one whose encoder comes from ImageNet.
    width : int, optional
        Channels of its finest level.
    pretrained : bool
        Whether ``"lite"`` begins with the weights from ImageNet.

    Raises
    ------
    ParameterError
        If there is no such net, or its extra is not installed.
    """
    if name == "small":
        from napari_lesion_synth.detection.nets.small import SmallNet

        return SmallNet(SLICE_CHANNELS, width or _WIDTHS[name])
    if name == "lite":
        from napari_lesion_synth.detection.nets.lite import LiteNet

        return LiteNet(SLICE_CHANNELS, width or _WIDTHS[name], pretrained=pretrained)
    raise ParameterError(f"there is no net {name!r} for candidates", remedy="Use small or lite")


def verifier_net(dims: int, width: int | None = None) -> nn.Module:
    """A net from crops, shape (n, 6, 16, 32, 32) or (n, 6, 48, 48), to logits, shape (n,)."""
    from napari_lesion_synth.detection.nets.verifier import VerifierNet

    return VerifierNet(dims, CROP_CHANNELS, width or _WIDTHS["verifier"])


def single_stage_net(width: int | None = None) -> nn.Module:
    """A net from volumes, shape (n, 2, z, y, x), to logits, shape (n, 1, z, y, x)."""
    from napari_lesion_synth.detection.nets.single import SingleStageNet

    return SingleStageNet(VOLUME_CHANNELS, width or _WIDTHS["dynunet"])


def spec_of(role: Role, name: str = "", width: int | None = None, dims: int = 3) -> NetSpec:
    """A net's description with the usual width, as in ``spec_of("candidate", "lite")``.

    Parameters
    ----------
    role : {"candidate", "verifier", "single"}
        What it does.
    name : str, optional
        Which of the nets for this role.
    width : int, optional
        Channels of its first level.
    dims : int
        2 or 3: what a verifier sees.

    Raises
    ------
    ParameterError
        If there is no such net.
    """
    names = NAMES[role]
    chosen = name or names[0]
    if chosen in names:
        rank = {"candidate": 2, "verifier": dims, "single": 3}[role]
        return NetSpec(role, chosen, width or _WIDTHS[chosen], rank)
    raise ParameterError(
        f"there is no net {name!r} for the role {role!r}",
        remedy=f"Use {' or '.join(names)}",
    )


def build(spec: NetSpec, *, pretrained: bool = False) -> nn.Module:
    """The net that a description names, with new weights.

    Parameters
    ----------
    spec : NetSpec
        Which.
    pretrained : bool
        Whether the encoder of ``"lite"`` begins with the weights from ImageNet.

    Raises
    ------
    ParameterError
        If there is no such net, or its extra is not installed.
    """
    if spec.role == "candidate":
        return candidate_net(spec.name, spec.width, pretrained=pretrained)  # type: ignore[arg-type]
    if spec.role == "verifier":
        return verifier_net(spec.dims, spec.width)
    return single_stage_net(spec.width)


def compute_for(spec: NetSpec, compute: Compute, slices: int) -> Compute:
    """How a net is computed on volumes of so many slices; see `Compute.for_depths`."""
    return compute.for_depths({-(-slices // step) for step in _SLICE_STEPS.get(spec.name, ())})
