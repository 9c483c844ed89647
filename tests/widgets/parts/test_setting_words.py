"""What is refused goes by the name that it has on the screen."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, Field, ValidationError, model_validator

from napari_lesion_synth.widgets.parts.setting_words import setting_words


class Shown(BaseModel):
    steps: int = Field(3, gt=0, title="Steps of the first net")
    rate: float = Field(0.1, gt=0)

    @model_validator(mode="after")
    def _fits(self):
        if self.rate > self.steps:
            raise ValueError("the rate exceeds the steps")
        return self


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"steps": 0}, "Steps of the first net: must be more than 0, not 0."),
        ({"rate": 0}, "rate: must be more than 0, not 0."),
        ({"rate": 9}, "The rate exceeds the steps."),
    ],
)
def test_a_setting_goes_by_its_title(values, words):
    with pytest.raises(ValidationError) as caught:
        Shown(**values)
    assert setting_words(caught.value, Shown) == words
