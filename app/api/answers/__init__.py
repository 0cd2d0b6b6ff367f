"""What the API answers: one frozen shape each, from which the OpenAPI document is made as well."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer

from workflows.money import yuan

#: Fen in Python, yuan with two places outside; balances may be negative.
Yuan = Annotated[int, PlainSerializer(yuan, return_type=str)]
Hex = Annotated[UUID, PlainSerializer(lambda value: value.hex, return_type=str)]
#: Written in UTC, with a Z.
Time = Annotated[datetime, AfterValidator(lambda at: at.astimezone(UTC))]


class Answer(BaseModel):
    """Any answer of ours."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
