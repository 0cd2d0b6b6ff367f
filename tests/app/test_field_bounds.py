"""What the database would refuse is refused before, beside the field that says it."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.audits.commands import SubmitAudit
from app.casework.commands import Command
from app.delivery.commands import FileReport, RequestChange
from app.organisations.commands import BankAccount
from app.programmes.commands import OpenCall
from app.projects.commands import BudgetRow, Declaration

LINE = {"category": "设备", "item": "水泵", "unit": "台", "quantity": "1", "unit_price": "1.00", "paid_from": "own"}
FAULTS: list[tuple[type[Command], dict[str, Any], tuple[str, str]]] = [
    (Declaration, {"starts_on": "2026-05-01", "ends_on": "2026-04-30"}, ("ends_on", "不得早于开始日期")),
    (Declaration, {"ends_on": "9999-12-31"}, ("ends_on", "年份须在")),
    (Declaration, {"area_code": "٦٣٢٦٢١"}, ("area_code", "pattern")),
    (BudgetRow, LINE | {"quantity": "9999999999.99", "unit_price": "1000000.00"}, ("unit_price", "不得超过一万亿元")),
    (BudgetRow, LINE | {"quantity": "1.999"}, ("quantity", "2 decimal places")),
    (FileReport, {"period_from": "2026-05-01", "period_until": "2026-04-30"}, ("period_until", "不得早于起始日")),
    (SubmitAudit, {"period_from": "2026-05-01", "period_until": "2026-04-30"}, ("period_until", "不得早于起始日")),
    (RequestChange, {"what": "ends_on", "new": "soon"}, ("new", "应为日期")),
    (OpenCall, {"opens_at": "9999-12-31T23:00:00+00:00"}, ("opens_at", "年份须在")),
    (
        OpenCall,
        {"opens_at": "2026-05-01T00:00:00+08:00", "closes_at": "2026-04-30T00:00:00+08:00"},
        ("closes_at", "须晚于开放时间"),
    ),
    (BankAccount, {"bank_name": "银行|支行"}, ("bank_name", "须写在一行内")),
    (BankAccount, {"bank_branch": "银行\n支行"}, ("bank_branch", "须写在一行内")),
]


@pytest.mark.parametrize(("command", "typed", "fault"), FAULTS)
def test_a_value_that_the_database_would_refuse_is_refused_at_its_field(
    command: type[Command], typed: dict[str, Any], fault: tuple[str, str]
) -> None:
    with pytest.raises(ValidationError) as refused:
        command.model_validate(typed)
    name, said = fault
    assert [said in each["msg"] for each in refused.value.errors() if each["loc"] == (name,)] == [True]


@pytest.mark.parametrize(
    ("typed", "fen"), [("1,234.50", 123_450), ("1,234,567", 123_456_700), ("1234.5", 123_450), ("999", 99_900)]
)
def test_an_amount_is_read_as_the_pages_print_it(typed: str, fen: int) -> None:
    assert Declaration(title="校园安全饮水", requested=typed).requested == fen  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["1,23.50", "12,34", ",123", "1234,567", "1,234,", "0,123", "1，234"])
def test_an_amount_with_commas_elsewhere_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError, match="千位分隔符"):
        Declaration(title="校园安全饮水", requested=typed)  # type: ignore[arg-type]
