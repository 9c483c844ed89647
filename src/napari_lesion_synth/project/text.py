"""A project as YAML that people can read and change."""

from __future__ import annotations

from typing import Any

import yaml

from napari_lesion_synth import __version__
from napari_lesion_synth.project.case_specs import PhantomCase
from napari_lesion_synth.project.model import Project

__all__ = ["project_text"]

_HEAD = "# A project of napari-lesion-synth. Paths are relative to this file's folder.\n"
_WIDTH = 100
_RARE_LINE_ENDS = "\x85\u2028\u2029"
_QUIET = ("donor", "fixed", "drawn", "committed", "note")
"""Fields of a site that are left out where they are empty."""


def project_text(project: Project, schema: int) -> str:
    """The file's content.

    Parameters
    ----------
    project : Project
        With the paths as they are to be written.
    schema : int
        Version of the layout.
    """
    return _HEAD + yaml.dump(
        _content(project, schema),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=_WIDTH,
    )


class _Block(dict[str, Any]):
    """A mapping with a line for each of its keys, however short."""


class _Dumper(yaml.SafeDumper):
    """Short lists and mappings on one line; long texts unbroken."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Indent the items of a list, so that they stand out below their key."""
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Write equal parts out, instead of pointing from one to the other."""
        return True


def _mapping(dumper: yaml.SafeDumper, data: _Block) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=False)


def _string(dumper: yaml.SafeDumper, data: str) -> yaml.Node:
    """Text; in double quotes where it holds line ends that other styles would turn into spaces."""
    style = '"' if any(end in data for end in _RARE_LINE_ENDS) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(_Block, _mapping)
_Dumper.add_representer(str, _string)


def _content(project: Project, schema: int) -> dict[str, Any]:
    """The file's content, in the order of reading, without what says nothing."""
    data = project.model_dump(mode="json")
    del data["program"]
    case = None
    if project.case is not None:
        case = _Block(project.case.model_dump(mode="json", exclude_defaults=True))
        if isinstance(project.case, PhantomCase):
            case["phantom"] = project.case.inputs()["phantom"]
    sites = [
        _Block({key: value for key, value in site.items() if value or key not in _QUIET})
        for site in data["sites"]
    ]
    head = {"schema": schema, "program": __version__}
    return {**head, **data, "case": case, "sites": sites, "batch": _Block(data["batch"])}
