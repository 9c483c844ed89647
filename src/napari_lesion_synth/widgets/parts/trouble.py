"""How an error reaches a person: a dialog, a notification, and a guard for slots."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from types import TracebackType
from typing import Any, Literal, TypeVar

from qtpy.QtCore import QObject, Qt
from qtpy.QtWidgets import QApplication, QDialog, QWidget

from napari_lesion_synth.events import Stopped
from napari_lesion_synth.widgets.parts.trouble_dialog import TroubleDialog
from napari_lesion_synth.widgets.parts.trouble_text import Trouble, describe, one_line

__all__ = [
    "Severity",
    "Trouble",
    "TroubleDialog",
    "describe",
    "notify",
    "show_error",
    "trouble_shown",
]

Severity = Literal["info", "warning", "error"]

F = TypeVar("F", bound=Callable[..., Any])


def show_error(
    parent: QWidget | None, error: BaseException, *, private: Iterable[str] = ()
) -> TroubleDialog:
    """Tell of an error in a dialog, and go on at once.

    The same error while its dialog is still open is counted there.

    Parameters
    ----------
    parent : QWidget or None
        In front of whose window.
    error : BaseException
        What happened.
    private : iterable of str
        Words that must not get into the report, such as the patient's pseudonym.

    Returns
    -------
    TroubleDialog
        It deletes itself when it is closed.
    """
    trouble = describe(error, private=private)
    owner = parent.window() if parent is not None else _active()
    for shown in owner.findChildren(TroubleDialog) if owner is not None else ():
        if shown.isVisible() and _same(shown.trouble, trouble):
            shown.again()
            return shown
    dialog = TroubleDialog(trouble, owner)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if owner is None:
        _keep(dialog)
    dialog.open()
    return dialog


def notify(said: BaseException | str, severity: Severity = "info") -> None:
    """Tell of something in a line at the corner of napari's window, which goes by itself.

    Parameters
    ----------
    said : BaseException or str
        An error, or a sentence.
    severity : str
        ``"info"``, ``"warning"`` or ``"error"``.
    """
    from napari.utils import notifications

    show = {
        "info": notifications.show_info,
        "warning": notifications.show_warning,
        "error": notifications.show_error,
    }[severity]
    show(said if isinstance(said, str) else one_line(said))


class trouble_shown:  # noqa: N801 - used as a verb
    """Shows errors in a dialog, since one that leaves a slot reaches nobody.

    Either ``with trouble_shown(widget): ...`` or, on a method of a widget, ``@trouble_shown()``.
    A job that was stopped is no error.

    Parameters
    ----------
    parent : QWidget, optional
        In front of whose window; default for a method: its own.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        self._parent = parent

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if isinstance(error, Exception) and not isinstance(error, Stopped):
            show_error(self._parent, error)
        return isinstance(error, Exception)

    def __call__(self, function: F) -> F:
        """Guard a function or a method."""
        most = _positional(function)

        @wraps(function)
        def guarded(*args: Any, **more: Any) -> Any:
            own = args[0] if args and isinstance(args[0], QWidget) else None
            with trouble_shown(self._parent or own):
                # a signal gives more than most slots take, as Qt itself allows
                return function(*args[:most], **more)

        return guarded  # type: ignore[return-value]


def _positional(function: Callable[..., Any]) -> int | None:
    """Most positional arguments that a function takes; None for any number."""
    kinds = [p.kind for p in inspect.signature(function).parameters.values()]
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return None
    taken = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(kind in taken for kind in kinds)


def _same(one: Trouble, other: Trouble) -> bool:
    return (one.what, one.where) == (other.what, other.where)


def _active() -> QWidget | None:
    window = QApplication.activeWindow()
    return window if window is not None and window.isVisible() else None


def _keep(dialog: QDialog) -> None:
    """Hold a dialog that nobody owns until it is closed."""
    keeper = QObject(QApplication.instance())
    keeper.kept = dialog
    dialog.finished.connect(keeper.deleteLater)
