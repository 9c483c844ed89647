from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from napari_lesion_synth.cli import app
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.jobs import generate as generating
from napari_lesion_synth.jobs import place as placing
from napari_lesion_synth.jobs.settings import CaseFiles, GenerateSettings
from napari_lesion_synth.project.command_line import (
    generate_arguments,
    generate_command,
    place_arguments,
    place_command,
)
from napari_lesion_synth.project.file import save_project
from napari_lesion_synth.project.model import Project

NAMES = (
    "ct.nii.gz",
    "a liver.nii.gz",
    "it's {case}.nii.gz",
    "$HOME.nii",
    "-x.nii",
    "none",
    "é;&.mha",
)


def words(command: str) -> list[str]:
    """A shell's reading of a command that goes on over several lines."""
    return shlex.split(command.replace("\\\n", " "))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with files of awkward names."""
    place = tmp_path_factory.mktemp("inputs")
    for name in NAMES:
        (place / name).write_bytes(b"")
    return place


@pytest.fixture
def asked(monkeypatch):
    """Let the program read its arguments and say what it was asked for, without doing it."""

    def read(arguments, job=generating):
        heard = []
        name = job.__name__.rpartition(".")[2]
        with monkeypatch.context() as patched:
            patched.setattr(job, name, lambda settings, token: heard.append(settings) or iter(()))
            done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, done.output
        (found,) = heard
        return found

    return read


plain = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12
)  # no shell passes a zero byte
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | plain
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=3,
)  # fmt: skip
names = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
shared = {
    "organ_label": st.none() | st.integers(0, 9),
    "lesion_label": st.none() | st.integers(0, 9),
    "series": st.none() | st.sampled_from(["2", "1.2.840", "-3"]),
    "units": st.sampled_from(["auto", "hu", "-100:240"]),
    "resample": st.booleans(),
}
file = st.sampled_from(NAMES)
each = {
    "ct": file,
    "organ": st.none() | file,
    "lesions": st.none() | file,
    "patient": st.none() | st.text("ab -'", min_size=1, max_size=6),
}
ranges = st.tuples(st.floats(0.1, 200), st.floats(0.1, 200)).map(lambda p: (min(p), max(p)))
weights = st.floats(1e-3, 1e3)


@st.composite
def requests(draw):
    """Settings with names of files that stand in no folder yet."""
    alike = draw(st.fixed_dictionaries(shared))
    own = draw(st.lists(st.fixed_dictionaries(each), min_size=1, max_size=3))
    methods = draw(st.dictionaries(names, weights, min_size=1, max_size=3))
    fixed = st.dictionaries(names, values, min_size=1, max_size=3)
    options = {
        "n": st.integers(1, 10**6),
        "rim": st.floats(0, 1),
        "diameter_mm": ranges,
        "seed": st.integers(0, 2**63),
        "per_scene": st.integers(1, 100),
        "context_mm": st.floats(0, 100),
        "donors": st.none() | file.map(Path),
        "model": st.none() | file.map(Path),
        "fixed": st.dictionaries(st.sampled_from(sorted(methods)), fixed, max_size=2),
        "volumes": st.booleans(),
        "workers": st.integers(1, 1024),
        "scheduler": st.none() | st.just("tcp://host:8786"),
    }
    return GenerateSettings(
        cases=[CaseFiles(**alike, **case) for case in own],
        out=draw(file),
        methods=methods,
        **draw(st.fixed_dictionaries({}, optional=options)),
    )


def put_into(folder: Path, request: GenerateSettings) -> GenerateSettings:
    """The same request for files that exist."""
    cases = [
        case.model_copy(
            update={
                name: str(folder / getattr(case, name))
                for name in ("ct", "organ", "lesions")
                if getattr(case, name) is not None
            }
        )
        for case in request.cases
    ]
    return request.model_copy(update={"cases": tuple(cases)})


@settings(deadline=None, max_examples=80)
@given(request=requests())
def test_the_command_asks_for_what_the_settings_say(folder, request):
    request = put_into(folder, request)
    with pytest.MonkeyPatch.context() as patch:
        heard = []
        patch.setattr(generating, "generate", lambda s, token: heard.append(s) or iter(()))
        program, *arguments = words(generate_command(request))
        assert program == "napari-lesion-synth"
        assert arguments == generate_arguments(request)
        done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert heard == [request]


@pytest.mark.parametrize("name", ["-x.nii", "none", "it's {case}.nii.gz"])
def test_files_of_this_folder_keep_their_meaning(folder, asked, monkeypatch, name):
    monkeypatch.chdir(folder)
    request = GenerateSettings(cases=[CaseFiles(ct=name, organ=name, lesions=name)], out=name)
    assert asked(generate_arguments(request)) == request


def test_the_command_is_ready_to_copy():
    request = GenerateSettings(
        cases=[CaseFiles(ct="my scans/ct.nii.gz", organ="liver.nii.gz", organ_label=1)],
        out="set",
        methods={"poisson": 2.0, "sigmoid": 1.0},
        fixed={"sigmoid": {"delta_hu": -45.0, "kind": "calcified", "outline": [0.5]}},
        volumes=True,
    )
    assert generate_command(request) == (
        "napari-lesion-synth generate 'my scans/ct.nii.gz' \\\n"
        "    --organ liver.nii.gz \\\n"
        "    --organ-label 1 \\\n"
        "    --out set \\\n"
        "    --method poisson:2,sigmoid \\\n"
        "    --volumes \\\n"
        "    --set sigmoid.delta_hu=-45.0 \\\n"
        "    --set sigmoid.kind=calcified \\\n"
        "    --set 'sigmoid.outline=[0.5]'"
    )


def test_defaults_are_left_out():
    request = GenerateSettings(cases=[CaseFiles(ct="a", organ="b")], out="c")
    assert generate_arguments(request) == ["generate", "a", "--organ", "b", "--out", "c"]


def test_without_a_file_there_is_no_command():
    with pytest.raises(ParameterError, match="no CT in a file"):
        generate_command(GenerateSettings(out="set"))


def test_cts_that_are_read_differently_need_a_command_each():
    cases = [CaseFiles(ct="a", organ="b"), CaseFiles(ct="c", organ="d", units="hu")]
    with pytest.raises(ParameterError, match="differ in 'units'"):
        generate_command(GenerateSettings(cases=cases, out="set"))


@pytest.mark.parametrize("drafts", [False, True])
@pytest.mark.parametrize("name", ["p.yaml", "-my 'project'.yaml"])
def test_the_place_command_asks_for_the_project(tmp_path, asked, monkeypatch, name, drafts):
    monkeypatch.chdir(tmp_path)
    project = Project(case=CaseFiles(ct=str(tmp_path / "ct.nii.gz")))
    save_project(project, name)
    command = place_command(name, "-a set", drafts=drafts)
    program, *arguments = words(command)
    assert program == "napari-lesion-synth"
    assert arguments == place_arguments(name, "-a set", drafts=drafts)
    found = asked(arguments, placing)
    assert (found.project, found.out, found.drafts) == (project, Path("-a set"), drafts)
    assert command.startswith("napari-lesion-synth place ")
