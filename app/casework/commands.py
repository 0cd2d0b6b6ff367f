"""What an act carries: one frozen definition per action, read alike from a form and from JSON.

The field's title is its label, its description the hint below it. The OpenAPI document and the
plain action pages are both generated from these classes.
"""

import unicodedata
from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from workflows.money import NotAnAmount, fen_of, yuan


class Command(BaseModel):
    """The fields of one action. Unknown fields are refused, not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @field_validator("*", mode="before")
    @classmethod
    def _is_plain_text(cls, value: Any) -> Any:
        """Refuse what no keyboard types and no database keeps: NUL and its like."""
        if _has_control_character(value):
            raise ValueError("不得含有控制字符。")
        return value

    def values(self) -> dict[str, Any]:
        """The fields as Python values, with money as integer fen: what guards look at."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def record(self) -> dict[str, Any]:
        """The fields as they go into the event: money as yuan with two places."""
        return self.model_dump(mode="json")


class NoFields(Command):
    """An act that says all by itself."""


class Reasoned(Command):
    """An act that needs a reason."""

    reason: Annotated[str, StringConstraints(min_length=2, max_length=5000)] = Field(
        title="理由", description="将告知有关各方并存档。", json_schema_extra={"widget": "textarea"}
    )


def _fen(value: object, info: ValidationInfo) -> object:
    """Accept money as a string of yuan ("240000.00"); whole fen come from our own code only."""
    if isinstance(value, str):
        return fen_of(value.strip())
    if info.mode == "json":
        raise NotAnAmount
    return value


def _has_control_character(value: object) -> bool:
    if isinstance(value, str):
        return any(character < " " and character not in "\t\n\r" for character in value)
    if isinstance(value, dict):
        return any(_has_control_character(each) for pair in value.items() for each in pair)
    return isinstance(value, (list, tuple)) and any(_has_control_character(each) for each in value)


def _tidy(value: str) -> str:
    return unicodedata.normalize("NFC", value)


#: Integer fen in Python, a string of yuan with at most two places outside.
Money = Annotated[
    int,
    BeforeValidator(_fen, json_schema_input_type=str),
    Field(ge=0, strict=True, json_schema_extra={"pattern": r"^\d{1,12}(\.\d{1,2})?$", "widget": "money"}),
    PlainSerializer(yuan, return_type=str),
]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_tidy)]
LongText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=5000),
    AfterValidator(_tidy),
    Field(json_schema_extra={"widget": "textarea"}),
]
Date = date
Flag = bool
