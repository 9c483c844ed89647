from __future__ import annotations

import pytest
from pydantic import BaseModel, Field

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.synthesis.parameters import check_parameters, clipped


class Model(BaseModel):
    size: float = Field(2.0, ge=1, le=9)
    count: int | None = Field(None, ge=0, le=5)
    name: str = "a"


def test_what_is_not_given_has_its_default():
    assert check_parameters(Model, {"count": 3}, "m") == Model(count=3)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sise": 3}, r"no parameter 'sise'.*count, name, size"),
        ({"size": 10}, r"'size' of method 'm': must be 9 or less, not 10.*from 1 to 9"),
        ({"count": -1}, r"'count'.*from 0 to 5"),
        ({"name": 3}, r"'name' of method 'm': must be a text"),
    ],
)
def test_the_message_says_what_is_allowed(values, message):
    with pytest.raises(ParameterError, match=message):
        check_parameters(Model, values, "m")


def test_a_value_can_be_brought_into_its_range():
    assert clipped(Model, "size", 50.0) == 9.0
    assert clipped(Model, "size", 3.5) == 3.5
