"""Events out of the bytes that a command prints, however the pipe cuts them up."""

from __future__ import annotations

from napari_lesion_synth.events import Event, Log, from_json

__all__ = ["EventLines"]


class EventLines:
    """Takes bytes as they come and gives events as they are whole.

    Lines that are not events (a library that prints) become logs, so that nothing is lost.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Event]:
        """Take in more bytes.

        Parameters
        ----------
        data : bytes
            UTF-8; may end within a line.

        Returns
        -------
        list of Event
            Those whose lines have ended by now, in order.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [event for line in lines if (event := _event(line)) is not None]

    def end(self) -> list[Event]:
        """What is left when no more bytes come: a line cut short, as a log."""
        rest, self._rest = self._rest, b""
        event = _event(rest)
        return [] if event is None else [event]


def _event(line: bytes) -> Event | None:
    text = line.decode("utf-8", errors="replace").strip()
    if not text:
        return None
    try:
        return from_json(text)
    except ValueError:
        return Log(text)
