from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.selection.memorisation import nearest_distances, training_copies


@pytest.fixture
def training(disc_view):
    """Thirty lesions of ten patients, of different sizes."""
    return [
        disc_view(f"t{k}", patient=f"p{k % 10}", radius_mm=4 + k % 7, seed=k) for k in range(30)
    ]


def moved(view, change, name="copy"):
    """The same lesion elsewhere, and of another patient."""
    arrays = {key: change(getattr(view, key)) for key in ("hu", "mask", "organ")}
    return replace(view, id=name, patient="host", method="cgan", **arrays)


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a,
        lambda a: a[:, ::-1],
        lambda a: np.rot90(a, 1, (1, 2)),
        lambda a: np.rot90(a, 3, (1, 2))[:, :, ::-1],
        lambda a: np.pad(a, ((0, 0), (5, 0), (2, 3)), mode="edge"),
    ],
    ids=["same", "flipped", "turned", "turned and flipped", "shifted"],
)
def test_a_copy_is_found_wherever_it_lies(training, change):
    copies = [moved(view, change, f"copy-{view.id}") for view in training]

    found = training_copies(copies, training)

    assert found.flagged == found.ids
    assert found.nearest == tuple(view.id for view in training)
    assert found.distances.max() < 0.2


def test_a_copy_in_other_noise_is_found(disc_view):
    # A third of the lesion's own texture is added as noise, and the label is a pixel off.
    training = [
        disc_view(f"t{k}", patient=f"p{k % 10}", radius_mm=8, noise_hu=24, seed=k)
        for k in range(30)
    ]
    rng = np.random.default_rng(0)
    copies = [
        replace(
            moved(view, lambda a: a[:, ::-1]),
            hu=(view.hu[:, ::-1] + rng.normal(0, 8, view.hu.shape)).astype(np.int16),
            mask=np.roll(view.mask[:, ::-1], 1, axis=2),
        )
        for view in training
    ]

    assert training_copies(copies, training).share.value > 0.8


def test_lesions_of_their_own_are_not_flagged(disc_view, training):
    others = [
        disc_view(f"s{k}", patient=f"h{k}", radius_mm=4 + k % 7, seed=1000 + k) for k in range(100)
    ]

    found = training_copies(others, training)

    assert found.share.low <= 0.05
    assert found.share.value < 0.15
    assert (found.distances[[i not in found.flagged for i in found.ids]] >= 0.2).all()


def test_the_limit_is_that_of_real_lesions_of_the_same_size(disc_view, training):
    small, large = (disc_view(radius_mm=radius, patient="h", seed=5000) for radius in (4.0, 10.0))

    found = training_copies([small, large], training)

    assert found.limits[0] < found.limits[1]
    assert len(found.real_distances) == len(training)


def test_volumes_are_compared_in_all_positions(disc_view):
    def ball(name, seed, patient):
        return disc_view(
            name, patient=patient, radius_mm=5, spacing=(2, 1, 1), slices=11, seed=seed
        )

    training = [ball(f"t{k}", k, f"p{k}") for k in range(10)]
    copies = [moved(view, lambda a: np.rot90(a, 1, (1, 2))[::-1]) for view in training]
    others = [ball(f"s{k}", 100 + k, "host") for k in range(10)]

    assert training_copies(copies, training).share.value == 1
    assert len(training_copies(others, training).flagged) <= 3


def test_only_lesions_of_other_patients_count_for_the_limit(disc_view):
    twins = [disc_view(f"t{k}", patient="p", seed=0) for k in range(2)]

    alone, _ = nearest_distances(twins, twins, other_patients=True)
    together, nearest = nearest_distances(twins, twins)

    assert np.isinf(alone).all()
    assert together == pytest.approx([0, 0], abs=1e-3)
    assert nearest.tolist() == [0, 0]


def test_held_out_lesions_help_to_find_the_limit(disc_view):
    training = [disc_view(f"t{k}", patient="one", seed=k) for k in range(9)]
    held_out = [disc_view(f"h{k}", patient=f"p{k}", seed=50 + k) for k in range(9)]

    with pytest.raises(InputError, match="another patient"):
        training_copies(training, training)
    assert len(training_copies(training, training, held_out).real_distances) == 9


def test_slices_and_volumes_are_not_compared(disc_view, training):
    with pytest.raises(InputError, match="single slices"):
        training_copies([disc_view(slices=3)], training)
