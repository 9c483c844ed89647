"""Whether two lesions of one CT get in each other's way."""

from __future__ import annotations

from napari_lesion_synth.synthesis.sample import Sample

__all__ = ["touching"]


def touching(one: Sample, other: Sample, *, strict: bool = True) -> bool:
    """Whether one lesion reaches into what the other changes; soft edges alone may meet.

    Parameters
    ----------
    one, other : Sample
        Of the same host.
    strict : bool
        If false, only whether the lesions' labels overlap.
    """
    shared = tuple(
        slice(max(a.start, b.start), min(a.stop, b.stop))
        for a, b in zip(one.bbox, other.bbox, strict=True)
    )
    if any(s.start >= s.stop for s in shared):
        return False
    here, there = (
        tuple(slice(s.start - b.start, s.stop - b.start) for s, b in zip(shared, bbox, strict=True))
        for bbox in (one.bbox, other.bbox)
    )
    if not strict:
        return bool((one.mask[here] & other.mask[there]).any())
    reached = (one.mask[here] & other.support[there]) | (one.support[here] & other.mask[there])
    return bool(reached.any())
