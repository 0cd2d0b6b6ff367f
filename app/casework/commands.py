"""What an act carries: one frozen definition per action, read alike from a form and from JSON.

The field's title is its label, its description the hint below it. The OpenAPI document and the
plain action pages are both generated from these classes.
"""

import re
import unicodedata
from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
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

#: Thousands in groups of three, as the pages print an amount: "1,234.50".
GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?")
#: Years of dates and times that anybody can mean here; beyond them a term could leave the calendar.
YEARS = range(1900, 2101)


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
    """Accept yuan as text ("240000.00", or grouped as our pages print it); whole fen come from our code only."""
    if isinstance(value, str):
        typed = value.strip()
        return fen_of(typed.replace(",", "") if GROUPED.fullmatch(typed) else typed)
    if info.mode == "json":
        raise NotAnAmount
    return value


def _has_control_character(value: object) -> bool:
    if isinstance(value, str):
        return any(unicodedata.category(character) == "Cc" and character not in "\t\n\r" for character in value)
    if isinstance(value, dict):
        return any(_has_control_character(each) for pair in value.items() for each in pair)
    return isinstance(value, (list, tuple)) and any(_has_control_character(each) for each in value)


def _tidy(value: str) -> str:
    return unicodedata.normalize("NFC", value)


def _plausible(value: date) -> date:
    if value.year not in YEARS:
        raise ValueError("年份须在 1900 至 2100 之间。")
    return value


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
Date = Annotated[date, AfterValidator(_plausible)]
Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
Flag = bool
