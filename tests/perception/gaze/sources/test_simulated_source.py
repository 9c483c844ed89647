import numpy as np

from napari_lesion_synth.perception.gaze.samples import Samples
from napari_lesion_synth.perception.gaze.simulation_settings import SimulationSettings
from napari_lesion_synth.perception.gaze.sources.protocol import GazeSource
from napari_lesion_synth.perception.gaze.sources.simulated import SimulatedSource


def _source(screen, clock, **settings) -> GazeSource:
    rng = np.random.default_rng(0)
    return SimulatedSource(screen, rng, SimulationSettings(**settings), clock=clock)


def test_it_looks_at_each_photo_from_when_it_is_shown(screen, shown, clock):
    source = _source(screen, clock, rate_hz=100, centre_share=0)
    source.start()
    assert len(source.poll()) == 0, "nothing is shown yet"
    corner, other = np.zeros((3, 4)), np.zeros((3, 4))
    corner[0, 0], other[2, 3] = 1, 1
    source.show(shown, corner)
    clock.now += 0.995
    source.show(shown, other)
    clock.now += 0.995
    gaze = source.poll()
    assert gaze.source == "simulated"
    assert len(gaze) == 200
    assert gaze.t[0] == 100.0
    assert (np.diff(gaze.t) > 0).all()
    before, after = gaze.between(0, 100.995), gaze.between(100.995, 200)
    x, _ = shown.to_image(before.x[before.valid], before.y[before.valid])
    assert (x < 220).all()
    x, _ = shown.to_image(after.x[after.valid], after.y[after.valid])
    assert (x > 580).all()


def test_it_can_be_shown_a_photo_before_it_begins(screen, shown, clock):
    source = _source(screen, clock, rate_hz=100)
    source.show(shown, seconds=1)
    clock.now += 5
    source.start()
    clock.now += 0.5
    assert len(source.poll()) == 51
    source.stop()
    assert len(source.poll()) == 0
    assert source.take_marks() == ()


def test_what_it_delivers_in_pieces_is_one_recording(screen, shown, clock):
    source = _source(screen, clock, rate_hz=250)
    source.start()
    source.show(shown, seconds=2)
    parts = []
    for _ in range(50):
        clock.now += 0.05
        parts.append(source.poll())
    whole = Samples.joined(parts)
    assert len(whole) == 500
    assert whole.gaps() == ()
