"""The bridge between commands and forms: what is typed becomes the command, what is wrong comes back."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import pytest
from flask import Flask
from pydantic import Field
from werkzeug.datastructures import MultiDict

from app.casework.commands import Command, Date, Flag, LongText, Money, ShortText
from app.casework.forms import Filled, refuse_unknown
from app.refusals import FieldRefused
from workflows.definition import because

CASE = "12345678-1234-5678-1234-567812345678"


class Line(Command):
    """One row."""

    item: ShortText = Field(title="项目")
    amount: Money = Field(title="金额")


class Account(Command):
    """A group of fields."""

    bank: ShortText = Field(title="银行")
    number: ShortText = Field(title="账号")


class Everything(Command):
    """A command with a field of every kind."""

    name: ShortText = Field(title="名称")
    why: LongText = Field(title="理由")
    amount: Money = Field(title="金额")
    day: Date = Field(title="日期")
    agreed: Flag = Field(title="同意")
    outcome: Literal["yes", "no"] = Field(title="结论", json_schema_extra={"labels": {"yes": "通过", "no": "不通过"}})
    case: UUID = Field(title="事项")
    names: list[ShortText] = Field(title="名单")
    scores: dict[str, int] = Field(title="评分")
    lines: list[Line] = Field(title="明细", min_length=1)
    count: int | None = Field(default=None, title="人数", ge=0)
    extra: Money | None = Field(default=None, title="其他金额")
    account: Account | None = Field(default=None, title="账户")
    ticked: Flag = Field(default=False, title="勾选")


TYPED = {
    "name": " 甲 ", "why": "因为", "amount": "12.5", "day": "2026-03-04", "agreed": "false", "outcome": "no",
    "case": CASE, "names": "张三\r\n\r\n李四\r\n", "scores-need": "18", "scores-team": "", "lines-0-item": "水",
    "lines-0-amount": "1.00",
    "lines-1-item": "", "lines-1-amount": " ", "lines-2-item": "电", "lines-2-amount": "2.00", "count": "", "extra": "",
    "account-bank": "", "account-number": "",
}  # fmt: skip
OFFERS = {"scores": [("need", "需求"), ("team", "团队")]}


@pytest.fixture
def fill(app: Flask) -> Any:
    """`fill(typed)`: the form of the command above after this was sent."""

    def filled(typed: Mapping[str, Any]) -> Filled[Everything]:
        with app.test_request_context(method="POST", data=dict(typed)):
            return Filled(Everything, OFFERS)

    return filled


def test_what_was_typed_becomes_the_command(fill: Any) -> None:
    command = fill(TYPED).read()

    assert command is not None
    assert command.values() == {
        "name": "甲", "why": "因为", "amount": 1250, "day": command.day, "agreed": False, "outcome": "no",
        "case": UUID(CASE), "names": ["张三", "李四"], "scores": {"need": 18},
        "lines": [Line(item="水", amount="1.00"), Line(item="电", amount="2.00")], "count": None, "extra": None,
        "account": None, "ticked": False,
    }  # fmt: skip
    assert command.day.isoformat() == "2026-03-04"


def test_every_fault_is_said_in_chinese_beside_the_very_field_and_row(app: Flask, fill: Any) -> None:
    wrong = {
        "name": "甲" * 201, "amount": "1e3", "day": "明天", "outcome": "perhaps", "case": "x", "scores-need": "多",
        "lines-2-amount": "-1", "count": "-1", "extra": "NaN", "account-bank": "工商银行", "agreed": "",
    }  # fmt: skip
    with app.test_request_context():
        filled = fill({**TYPED, **wrong})
        assert filled.read() is None

        faults = {fault.id: fault.message for fault in filled.faults}

    amount = "金额须为非负数字，最多两位小数，不超过一万亿元；千位分隔符须每三位一个，如 1,234.50。"
    assert faults == {
        "name": "至多 200 个字。", "amount": amount, "day": "应为日期，如 2026-03-01。", "agreed": "此项必填。",
        "outcome": "应为下列之一：通过、不通过。", "case": "不是有效的编号。", "scores-need": "应为整数。",
        "lines-2-amount": amount, "count": "不得小于 0。", "extra": amount, "account-number": "此项必填。",
    }  # fmt: skip
    assert filled.form.name.errors == ["至多 200 个字。"]
    assert filled.form.name.data == "甲" * 201


def test_blank_rows_are_there_to_be_typed_into_and_more_can_be_had(fill: Any) -> None:
    filled = fill(TYPED)
    before = len(filled.form.lines)

    filled.add_rows(5, name="lines")

    assert (before, len(filled.form.lines)) == (7, 12)
    assert [row.form.item.data for row in filled.form.lines][:3] == ["水", "", "电"]


def test_a_refusal_of_a_service_stands_beside_its_field_or_above_the_form(app: Flask, fill: Any) -> None:
    with app.test_request_context():
        filled = fill(TYPED)
        filled.read()
        filled.blame(FieldRefused("lines.1.amount", because("单价有误。")))
        filled.refuse("elsewhere", because("不能办理。"))

    assert [(fault.id, fault.message) for fault in filled.faults] == [
        ("lines-2-amount", "单价有误。"),
        ("", "不能办理。"),
    ]


def test_a_field_that_the_form_does_not_have_is_refused(fill: Any) -> None:
    filled = fill(TYPED)
    filled.read()

    known = MultiDict(dict.fromkeys([*TYPED, "csrf_token", "seen", "lines-77-item"], "x"))
    refuse_unknown(filled, known)
    with pytest.raises(FieldRefused) as refused:
        refuse_unknown(filled, MultiDict([*known.items(), ("approved", "x")]))

    assert refused.value.field == "approved"


def test_a_field_that_comes_twice_is_refused_unless_it_is_a_row_of_boxes(fill: Any) -> None:
    filled = fill(TYPED)
    filled.read()

    with pytest.raises(FieldRefused) as refused:
        refuse_unknown(filled, MultiDict([("name", "one"), ("name", "another")]))

    assert refused.value.field == "name"
