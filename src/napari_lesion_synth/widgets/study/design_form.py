"""The design of a study as a form, made from its model."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.widgets.parts.fields import fields_of
from napari_lesion_synth.widgets.parts.form import ParameterForm
from napari_lesion_synth.widgets.parts.layout import column
from napari_lesion_synth.widgets.parts.section import Section
from napari_lesion_synth.widgets.study.text_rows import TextRows

__all__ = ["DesignForm"]

_OPEN = ("judgement", "counts")
_LONG = ("texts",)


class DesignForm(QWidget):
    """Name, languages, and a section for each part of the design.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.general = TextRows(StudyDesign, leave_out=("stimuli",))
        self.seed = ParameterForm(StudyDesign, ["seed"])
        self.forms: dict[str, ParameterForm] = {}
        self.texts: dict[str, TextRows] = {}
        self.sections: dict[str, Section] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(column(self.general, self.seed))
        for name, info in StudyDesign.model_fields.items():
            model = info.annotation
            if isinstance(model, type) and issubclass(model, BaseModel):
                section = self._section(name, model, info.description or name)
                layout.addWidget(section)
        self.general.changed.connect(self._on_changed)
        self.seed.value_changed.connect(self._on_changed)
        self._hide_idle()

    def _section(self, name: str, model: type[BaseModel], words: str) -> Section:
        section = self.sections[name] = Section(
            words[:1].upper() + words[1:], expanded=name in _OPEN
        )
        parts: list[QWidget] = []
        if fields_of(model):
            form = self.forms[name] = ParameterForm(model)
            form.value_changed.connect(self._on_changed)
            parts.append(form)
        texts = TextRows(model, long=name in _LONG)
        if texts.names:
            texts.changed.connect(self._on_changed)
            self.texts[name] = texts
            parts.append(texts)
        section.set_content(column(*parts))
        return section

    def values(self) -> dict[str, Any]:
        """What the form says, section by section."""
        found: dict[str, Any] = {**self.general.values(), **self.seed.values()}
        for name in self.sections:
            own: dict[str, Any] = {}
            if name in self.forms:
                own |= self.forms[name].values()
            if name in self.texts:
                own |= self.texts[name].values()
            found[name] = own
        return found

    def design(self, stimuli: str) -> StudyDesign:
        """The design.

        Parameters
        ----------
        stimuli : str
            Folder of the photos.

        Raises
        ------
        ParameterError
            If a setting cannot be; the message names it.
        """
        return StudyDesign.checked(**self.values(), stimuli=stimuli)

    def set_design(self, design: StudyDesign) -> None:
        """Show a design."""
        content = design.model_dump()
        self.general.set_values(content)
        self.seed.set_values(content)
        for name in self.sections:
            if name in self.forms:
                self.forms[name].set_values(content[name])
            if name in self.texts:
                self.texts[name].set_values(content[name])
        self._hide_idle()

    def set_read_only(self, read_only: bool) -> None:
        """Let the design be read, and not changed; sections still unfold."""
        parts = (self.general, self.seed, *self.forms.values(), *self.texts.values())
        for part in parts:
            part.setEnabled(not read_only)

    def _on_changed(self, *_: object) -> None:
        self._hide_idle()
        self.changed.emit()

    def _hide_idle(self) -> None:
        """Hide what makes no difference with the choices made."""
        values = self.values()
        judgement, viewing, choice = (values[k] for k in ("judgement", "viewing", "selection"))
        kind, gain = judgement["kind"], choice["rule"] == "gain"
        idle = {
            "judgement": {
                name
                for name, where in (
                    ("ties", ("paired", "mixed")),
                    ("points", ("likert",)),
                    ("per_screen", ("best-worst",)),
                )
                if kind not in where
            },
            "viewing": set() if viewing["mode"] == "fixed" else {"seconds"},
            "selection": (set() if gain else {"feature_prior", "random_share"})
            | (set() if choice["stop_at"] != "trials" else {"stop_value"}),
        }
        for name, hidden in idle.items():
            self.forms[name].set_hidden(hidden)
        self.sections["actions"].setVisible(kind == "mixed")
