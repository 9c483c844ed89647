"""How the tracker is read: a form made from the model, for designs with a tracker."""

from __future__ import annotations

from pydantic import ValidationError
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.faults import fault_words, faults_of
from napari_lesion_synth.perception.gaze.sources.lsl_channels import LslSettings
from napari_lesion_synth.widgets.parts.form import ParameterForm
from napari_lesion_synth.widgets.study.text_rows import TextRows

__all__ = ["TrackerPart"]


class TrackerPart(QWidget):
    """Stream, channels and units; what rarely matters is folded away.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts = TextRows(LslSettings)
        self.form = ParameterForm(
            LslSettings,
            ["units", "y_up"],
            advanced=("least_validity", "rate_hz", "resolve_s", "silence_s", "buffer_s"),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for part in (self.texts, self.form):
            layout.addWidget(part)
        self.set_settings(LslSettings())

    def settings(self) -> LslSettings:
        """What the form says.

        Raises
        ------
        ParameterError
            If a setting cannot be; the message names it.
        """
        try:
            return LslSettings(**self.texts.values(), **self.form.values())
        except ValidationError as error:
            fault = faults_of(error)[0]
            name = LslSettings.model_fields[str(fault["loc"][0])].title
            raise ParameterError(f"{name} of the tracker: {fault_words(fault)}") from error

    def set_settings(self, settings: LslSettings) -> None:
        """Show settings."""
        content = settings.model_dump()
        self.texts.set_values(content)
        self.form.set_values(content)
