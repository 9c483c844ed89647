"""A stream that does what a test says, in place of the network's."""

from __future__ import annotations

import queue
import time

import numpy as np


class Description:
    """Labels of channels, as the library walks them."""

    def __init__(self, labels, at=0):
        self._labels, self._at = labels, at

    def child(self, _):
        return self

    def empty(self):
        return self._at >= len(self._labels)

    def child_value(self, _):
        return self._labels[self._at]

    def next_sibling(self, _):
        return Description(self._labels, self._at + 1)


class FakeLsl:
    """Stands in for the module ``pylsl``."""

    cf_float32, cf_double64, cf_string, cf_int16, cf_int32 = 1, 2, 3, 5, 4

    def __init__(self, labels=("x", "y"), rate=100.0, kind=2):
        self.labels, self.rate, self.kind = labels, rate, kind
        self.chunks: queue.Queue = queue.Queue()
        self.there = True
        self.correction = 0.0
        self.asked_for = 0

    def local_clock(self):
        return time.perf_counter()

    def resolve_byprop(self, prop, value, minimum, timeout):
        self.asked = (prop, value)
        self.asked_for += 1
        if not self.there:
            time.sleep(min(timeout, 0.01))
        return [self] if self.there else []

    def StreamInlet(self, info, buflen, chunklen, recover):
        assert not recover, "losses are to be seen, not hidden"
        return Inlet(self)

    def send(self, stamps, values):
        self.chunks.put((np.asarray(stamps, float), np.asarray(values, float)))

    def lose(self):
        self.there = False
        self.chunks.put(RuntimeError("the stream has been lost"))


class Inlet:
    """The stream's end at the receiver."""

    def __init__(self, lsl):
        self._lsl = lsl

    def info(self, _):
        return self

    def open_stream(self, _):
        return None

    def name(self):
        return "made up"

    def channel_format(self):
        return self._lsl.kind

    def channel_count(self):
        return len(self._lsl.labels)

    def nominal_srate(self):
        return self._lsl.rate

    def desc(self):
        return Description(self._lsl.labels)

    def time_correction(self, _):
        return self._lsl.correction

    def pull_chunk(self, timeout, most, into):
        try:
            found = self._lsl.chunks.get(timeout=timeout)
        except queue.Empty:
            return None, []
        if isinstance(found, Exception):
            raise found
        stamps, values = found
        into[: len(stamps)] = values
        return None, stamps.tolist()
