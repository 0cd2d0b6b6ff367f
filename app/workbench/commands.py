"""What people type at their workbench."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.casework.commands import Command, LongText, ShortText

#: Signs that a text of one line cannot hold.
ViewName = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\r\n]+$")]


class NewNote(Command):
    """What one officer tells the others."""

    text: LongText = Field(title="备注")


class NewView(Command):
    """A name for the filters of a page."""

    page: Literal["inbox", "projects"] = Field(title="页面")
    name: ViewName = Field(title="视图名称")
    query: Annotated[str, StringConstraints(max_length=1000)] = Field(default="", title="筛选条件")
    is_default: bool = Field(default=False, title="设为默认视图")


class Finding(Command):
    """What an officer found about one thing that is checked."""

    result: Literal["", "yes", "no"] = Field(default="", title="核查结果")
    note: Annotated[str, StringConstraints(max_length=1000)] = Field(default="", title="说明")


class Findings(Command):
    """A checklist as far as it has got, and what is to be corrected."""

    checks: dict[str, Finding] = Field(default={}, title="核查清单")
    items: list[ShortText] = Field(default=[], title="需补正的事项", max_length=50)
