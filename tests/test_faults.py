"""What a model refuses is told in words for people, and once."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from napari_lesion_synth.faults import fault_words, faults_of, faults_text


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    depth: int = 1


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sizes: tuple[Annotated[float, Field(ge=2, le=200)], ...] = Field((5, 8), min_length=2)
    few: tuple[int, ...] = Field((1,), min_length=1, max_length=2)
    steps: int = Field(3, gt=0)
    share: float = Field(0.5, lt=1, allow_inf_nan=False)
    kind: Literal["a", "b"] = "a"
    on: bool = True
    name: str = Field("x", min_length=1, max_length=4)
    code: str = Field("a-1", pattern="^[a-z0-9-]+$")
    part: Part = Part()

    @model_validator(mode="after")
    def _fits(self):
        if self.steps == 13:
            raise ValueError("Thirteen is refused")
        return self


def told(**values):
    with pytest.raises(ValidationError) as caught:
        Settings(**values)
    return [fault_words(fault) for fault in faults_of(caught.value)]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"sizes": (10,)}, "needs at least 2 values, and 1 is given"),
        ({"sizes": ()}, "needs at least 2 values, and none is given"),
        ({"few": ()}, "needs a value"),
        ({"few": (1, 2, 3)}, "takes 2 values at most, and 3 are given"),
        ({"sizes": 10}, "must be a list of values"),
        ({"sizes": (1, 8)}, "must be 2 or more, not 1"),
        ({"sizes": (8, 500.0)}, "must be 200 or less, not 500"),
        ({"steps": -3}, "must be more than 0, not -3"),
        ({"steps": 6.5}, "must be a whole number, not 6.5"),
        ({"steps": "many"}, "must be a whole number, not 'many'"),
        ({"steps": 13}, "thirteen is refused"),
        ({"share": 1}, "must be less than 1, not 1"),
        ({"share": "high"}, "must be a number, not 'high'"),
        ({"share": float("nan")}, "must be a finite number, not nan"),
        ({"kind": "c"}, "must be 'a' or 'b', not 'c'"),
        ({"on": "perhaps"}, "must be true or false, not 'perhaps'"),
        ({"name": ""}, "must not be empty"),
        ({"name": "xxxxx"}, "must have 4 letters or fewer"),
        ({"code": "../x"}, "must match ^[a-z0-9-]+$, not '../x'"),
        ({"part": 3}, "must have keys of its own"),
        ({"stpes": 3}, "there is no such setting"),
    ],
)
def test_each_kind_of_fault_has_words(values, words):
    assert told(**values) == [words]


def test_a_list_is_not_called_short_for_the_values_in_it_that_are_refused():
    assert told(sizes=(1, 500)) == ["must be 2 or more, not 1", "must be 200 or less, not 500"]


def test_what_is_given_is_not_repeated_where_it_is_long():
    assert told(steps="x" * 41) == ["must be a whole number"]


def test_all_faults_of_a_model_are_told_with_their_settings():
    with pytest.raises(ValidationError) as caught:
        Settings(steps=-3, part={"depht": 1}, kind="c")
    text = faults_text(caught.value)
    assert text == (
        "steps: must be more than 0, not -3; kind: must be 'a' or 'b', not 'c'; "
        "part.depht: there is no such setting"
    )
    assert faults_text(caught.value, most=1) == "steps: must be more than 0, not -3"


def test_a_fault_of_no_setting_goes_by_the_name_of_the_whole():
    with pytest.raises(ValidationError) as caught:
        Settings(steps=13)
    assert faults_text(caught.value) == "thirteen is refused"
    assert faults_text(caught.value, whole="the file") == "the file: thirteen is refused"
