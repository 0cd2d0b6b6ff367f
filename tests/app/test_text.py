"""How money, dates and reasons are written, in both languages."""

from datetime import UTC, date, datetime

import pytest

from app import text
from workflows.definition import because


@pytest.fixture
def chinese(app):
    with app.test_request_context("/"):
        yield


@pytest.fixture
def english(app):
    with app.test_request_context("/?lang=en"):
        yield


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (0, "0.00"),
        (1, "0.01"),
        (24_000_000, "240,000.00"),
        (123_456_789_012_345, "1,234,567,890,123.45"),
        (-5, "−0.05"),
        (None, "—"),
    ],
)
def test_money_is_yuan_with_thousands_and_two_places(fen, written):
    assert text.money(fen) == written


def test_ten_thousands_are_rounded_down(chinese):
    assert [text.wan(fen) for fen in (0, 24_000_000, 49_999_999, None)] == [
        "0.00 万元",
        "24.00 万元",
        "49.99 万元",
        "—",
    ]


def test_english_has_no_ten_thousands(english):
    assert [text.wan(fen) for fen in (0, 24_000_000, -49_999_999)] == ["0 yuan", "240,000 yuan", "−499,900 yuan"]


def test_dates_and_times_are_those_of_shanghai(chinese):
    late = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)

    assert [text.day(late), text.moment(late), text.iso(late)] == [
        "2026年3月3日",
        "2026年3月3日 00:30",
        "2026-03-03T00:30:00+08:00",
    ]
    assert [text.day(date(2026, 3, 2)), text.iso(date(2026, 3, 2)), text.day(None), text.moment(None)] == [
        "2026年3月2日",
        "2026-03-02",
        "—",
        "—",
    ]


def test_dates_are_english_in_english(english):
    assert text.moment(datetime(2026, 3, 2, 1, 5, tzinfo=UTC)) == "2 Mar 2026 09:05"


def test_a_reason_is_said_with_its_values(chinese):
    assert text.say(because("尚缺材料：{items}。", items="年检报告、承诺书")) == "尚缺材料：年检报告、承诺书。"


def test_a_reason_is_translated_first_and_filled_in_then(english):
    reason = because("当前环节为“{stage}”，不能办理该事项。", stage="合规性复审")

    assert text.say(reason) == "The current stage is “Compliance review”; this cannot be done now."


def test_labels_come_from_the_workflow(english):
    assert text.stage_label("compliance_review", "aid_project/1") == "Compliance review"
    assert text.role_label("audit_firm") == "Audit firm"


def test_terms_are_told_in_working_days(chinese):
    assert [text.remaining_days(days) for days in (3, 0, -2)] == ["还有 3 个工作日", "今天到期", "已逾期 2 个工作日"]


@pytest.mark.parametrize(("count", "written"), [(812, "812 B"), (3_400_000, "3.4 MB"), (5_000_000_000, "5.0 GB")])
def test_sizes_are_told_as_people_read_them(count, written):
    assert text.size(count) == written
