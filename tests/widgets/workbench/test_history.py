"""Undo and redo over scenes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.widgets.workbench.history import History
from napari_lesion_synth.widgets.workbench.scene import Scene


def scenes(count: int) -> list[Scene]:
    return [Scene(selected=number) for number in range(count)]


def test_nothing_to_undo_at_first():
    history = History()
    assert history.undo(Scene()) is None
    assert history.redo(Scene()) is None
    assert history.undo_text == history.redo_text == ""


def test_undo_and_redo_give_the_very_scenes_back():
    first, second = scenes(2)
    history = History()
    history.push(first, "move")
    assert history.undo_text == "move"
    assert history.undo(second) is first
    assert history.redo_text == "move"
    assert history.redo(first) is second


def test_a_gesture_is_one_step():
    a, b, c, d = scenes(4)
    history = History()
    history.push(a, "slide", gesture="edge")
    history.push(b, "slide", gesture="edge")
    history.push(c, "slide", gesture="edge")
    assert history.depth == 1
    assert history.undo(d) is a


def test_sealing_ends_a_gesture():
    a, b, c = scenes(3)
    history = History()
    history.push(a, "slide", gesture="edge")
    history.seal()
    history.push(b, "slide", gesture="edge")
    assert history.undo(c) is b


def test_two_steps_without_gesture_stay_two():
    a, b, c = scenes(3)
    history = History()
    history.push(a, "one")
    history.push(b, "two")
    assert history.undo(c) is b


def test_a_new_step_forgets_what_was_undone():
    a, b, c = scenes(3)
    history = History()
    history.push(a, "one")
    history.undo(b)
    history.push(a, "other")
    assert history.redo(c) is None


def test_several_steps_become_one():
    a, b, c = scenes(3)
    history = History()
    history.push(a, "keep 1")
    history.merge_last("keep all", first=a)
    history.push(b, "keep 2")
    history.merge_last("keep all", first=a)
    assert history.depth == 1
    assert history.undo_text == "keep all"
    assert history.undo(c) is a


@given(st.lists(st.sampled_from(["push", "undo", "redo"]), max_size=60))
def test_history_is_a_line_with_a_place_in_it(steps: list[str]):
    """However one goes back and forth, it agrees with a list and a position."""
    history, line, place = History(), [Scene()], 0
    for step in steps:
        if step == "push":
            history.push(line[place], "step")
            del line[place + 1 :]
            line.append(Scene())
            place += 1
        elif step == "undo":
            found = history.undo(line[place])
            assert (found is None) == (place == 0)
            place = max(place - 1, 0)
            assert found is None or found is line[place]
        else:
            found = history.redo(line[place])
            assert (found is None) == (place == len(line) - 1)
            place = min(place + 1, len(line) - 1)
            assert found is None or found is line[place]
