from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.jobs.plan import allot, plan_scenes

asked = st.fixed_dictionaries(
    {
        "n": st.integers(1, 300),
        "cases": st.integers(1, 7),
        "rim": st.floats(0, 1),
        "methods": st.dictionaries(
            st.sampled_from("abcd"), st.floats(0.1, 10), min_size=1, max_size=4
        ),
        "per_scene": st.integers(1, 9),
        "seed": st.integers(0, 2**32),
    }
)


def plan(request):
    return plan_scenes(request["n"], **{k: v for k, v in request.items() if k != "n"})


@settings(deadline=None, max_examples=60)
@given(asked)
def test_the_rim_quota_is_met_exactly(request):
    lesions = [lesion for scene in plan(request) for lesion in scene.lesions]
    assert len(lesions) == request["n"]
    rim = sum(lesion.zone.value == "rim" for lesion in lesions)
    assert rim == round(request["n"] * request["rim"])


@settings(deadline=None, max_examples=60)
@given(asked)
def test_methods_are_balanced_by_weight_to_within_one(request):
    count = Counter(lesion.method for scene in plan(request) for lesion in scene.lesions)
    total = sum(request["methods"].values())
    for name, weight in request["methods"].items():
        assert abs(count[name] - request["n"] * weight / total) < 1


@settings(deadline=None, max_examples=60)
@given(asked)
def test_ids_run_on_and_cases_follow_one_another(request):
    scenes = plan(request)
    ids = [lesion.id for scene in scenes for lesion in scene.lesions]
    assert ids == sorted(set(ids))
    assert [scene.index for scene in scenes] == list(range(len(scenes)))
    cases = [scene.case for scene in scenes]
    assert cases == sorted(cases)
    assert all(1 <= len(scene.lesions) <= request["per_scene"] for scene in scenes)


@settings(deadline=None, max_examples=60)
@given(asked)
def test_cases_get_equal_numbers_of_lesions(request):
    count = Counter()
    for scene in plan(request):
        count[scene.case] += len(scene.lesions)
    shares = [count[case] for case in range(request["cases"])]
    assert max(shares) - min(shares) <= 1


def test_methods_and_zones_are_mixed():
    scenes = plan_scenes(200, cases=1, rim=0.5, methods={"a": 1, "b": 1}, per_scene=5, seed=0)
    pairs = Counter((k.zone.value, k.method) for scene in scenes for k in scene.lesions)
    assert set(pairs.values()) == {50}
    assert len({tuple(k.zone for k in scene.lesions) for scene in scenes}) > 10


def test_another_seed_gives_another_order():
    one, other = (
        plan_scenes(40, cases=1, rim=0.5, methods={"a": 1}, per_scene=5, seed=seed)
        for seed in (0, 1)
    )
    assert [s.lesions for s in one] != [s.lesions for s in other]


def test_every_scene_has_its_own_stream():
    scenes = plan_scenes(40, cases=2, rim=0.5, methods={"a": 1}, per_scene=2, seed=3)
    draws = {tuple(scene.seeds().generate_state(4)) for scene in scenes}
    assert len(draws) == len(scenes)
    again = plan_scenes(40, cases=2, rim=0.5, methods={"a": 1}, per_scene=2, seed=3)
    assert np.array_equal(again[7].seeds().generate_state(4), scenes[7].seeds().generate_state(4))


def test_the_beginning_of_an_allotment_is_balanced_too():
    names = allot(90, {"a": 2, "b": 1})
    for end in range(3, 90, 3):
        assert abs(names[:end].count("b") - end / 3) <= 1
