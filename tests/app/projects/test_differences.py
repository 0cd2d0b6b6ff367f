"""What changed between two submissions, in words."""

from typing import Any

from flask import Flask

from app.projects.queries.differences import Change, differences
from tests.make import declaration
from workflows.policy import DEFAULT_POLICY

ROW = {"unit": "批", "quantity": "1", "unit_price": "1000.00", "paid_from": "own", "category": "goods"}


def changes(before: Any, after: Any) -> list[tuple[Any, ...]]:
    found = differences(before.record(), after.record(), DEFAULT_POLICY)
    assert all(isinstance(each, Change) for each in found)
    return [(each.field, each.number, each.before, each.after) for each in found]


def budget(*items: str, **changed: str) -> Any:
    return declaration(budget=[ROW | {"item": item} | (changed if item == items[0] else {}) for item in items])


def test_the_same_declaration_has_no_differences(app: Flask) -> None:
    assert changes(declaration(), declaration()) == []


def test_every_kind_of_field_is_told_as_a_person_reads_it(app: Flask) -> None:
    after = declaration(
        requested="350000.00", field="environment", starts_on="2026-05-01", need="", undertakings=False,
        beneficiaries_direct=None,
    )  # fmt: skip

    assert changes(declaration(budget=[]), after.model_copy(update={"budget": []})) == [
        ("field", None, "教育卫生", "生态环保"),
        ("starts_on", None, "2026-04-01", "2026-05-01"),
        ("need", None, "包虫病多发", ""),
        ("beneficiaries_direct", None, "6000", ""),
        ("requested", None, "360,000.00", "350,000.00"),
        ("undertakings", None, "是", ""),
    ]


def test_a_changed_line_names_itself_and_what_changed(app: Flask) -> None:
    assert changes(budget("甲", "乙"), budget("甲", "乙", quantity="2", paid_from="grant")) == [
        ("budget", 1, "内容 甲；数量 1.00；资金来源 自有资金", "内容 甲；数量 2.00；资金来源 专项资助")
    ]


def test_lines_that_came_and_went_are_told_whole_and_those_that_moved_up_are_not(app: Flask) -> None:
    whole = "科目 物资；内容 {}；单位 批；数量 1.00；单价（元） 1,000.00；资金来源 自有资金"

    gone, came = changes(budget("甲", "乙", "丙"), budget("乙", "丙", "丁"))

    assert gone == ("budget", 1, whole.format("甲"), "")
    assert came == ("budget", 3, "", whole.format("丁"))
