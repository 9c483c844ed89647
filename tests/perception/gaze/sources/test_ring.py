import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.sources.ring import Ring


@given(st.integers(1, 8), st.lists(st.one_of(st.integers(0, 20), st.none()), max_size=20))
def test_rows_come_out_in_order_and_the_oldest_are_lost(capacity, steps):
    """A number puts so many rows in, None takes all out: like a list that is cut to size."""
    ring, model, lost, number = Ring(capacity, 1), [], 0, 0
    for step in steps:
        if step is None:
            assert ring.take()[:, 0].tolist() == model
            assert ring.take_lost() == lost
            model, lost = [], 0
        else:
            rows = np.arange(number, number + step, dtype=float)
            number += step
            ring.put(rows[:, None])
            model += rows.tolist()
            lost += max(0, len(model) - capacity)
            model = model[-capacity:]


def test_a_writer_and_a_reader_lose_nothing():
    ring, n = Ring(100_000, 2), 50_000
    rows = np.column_stack([np.arange(n), np.arange(n) * 2.0])

    def write():
        for low in range(0, n, 50):
            ring.put(rows[low : low + 50])

    thread = threading.Thread(target=write)
    thread.start()
    taken = []
    while thread.is_alive():
        taken.append(ring.take())
    thread.join()
    taken.append(ring.take())
    assert np.array_equal(np.concatenate(taken), rows)
    assert ring.take_lost() == 0


def test_a_ring_without_room_is_refused():
    with pytest.raises(ParameterError):
        Ring(0, 3)
