"""A declaration as the texts that people type, and back."""

from datetime import date

import pytest
from flask import Flask

from app.projects.commands.texts import fingerprint, is_known, read, row_keys, texts_of
from tests.make import declaration


def test_a_declaration_reads_back_from_its_own_texts(app: Flask) -> None:
    whole = declaration(donated="12345.60", beneficiaries_direct=6000, need="第一行\n第二行")

    found = read(texts_of(whole), title="")

    assert found.faults == {}
    assert found.declaration == whole


def test_what_cannot_be_read_is_named_and_the_rest_is_read_without_it(app: Flask) -> None:
    texts = texts_of(declaration()) | {
        "title": "", "starts_on": "明天", "requested": "36万", "budget-2-quantity": "两", "targets-3-weight": "",
    }  # fmt: skip

    found = read(texts, title="校园安全饮水")

    assert found.faults == {
        "title": "此项必填。",
        "starts_on": "应为日期，如 2026-03-01。",
        "requested": "金额须为非负数字，最多两位小数，不超过一万亿元；千位分隔符须每三位一个，如 1,234.50。",
        "budget-2-quantity": "应为数字，如 12.5。",
        "targets-3-weight": "此项必填。",
    }
    assert (found.declaration.title, found.declaration.starts_on) == ("校园安全饮水", None)
    assert (found.declaration.ends_on, found.declaration.requested) == (date(2026, 9, 30), 0)
    assert [row.item for row in found.declaration.budget] == ["净水设备"]
    assert [row.level_one for row in found.declaration.targets] == ["output", "benefit", "execution"]


def test_an_end_before_the_beginning_is_a_fault_of_the_end(app: Flask) -> None:
    found = read(texts_of(declaration()) | {"ends_on": "2026-03-31"}, title="")

    assert found.faults == {"ends_on": "结束日期不得早于开始日期。"}


def test_a_product_finer_than_a_fen_is_a_fault_of_its_row_alone(app: Flask) -> None:
    texts = texts_of(declaration()) | {"budget-1-quantity": "0.33", "budget-1-unit_price": "0.01"}

    found = read(texts, title="")

    assert found.faults == {"budget-1-unit_price": "数量与单价之积须精确到分。"}
    assert [row.item for row in found.declaration.budget] == ["滤芯"]


def test_rows_keep_their_order_and_new_ones_come_last() -> None:
    texts = {
        "budget-b-item": "乙",
        "budget-a-item": "甲",
        "budget-c-item": "",
        "budget-order": "b x",
        "budget-d-item": "丁",
    }

    assert row_keys(texts, "budget") == ["b", "a", "d"]


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("title", True), ("budget-7f-item", True), ("budget-order", True), ("targets-1-weight", True),
        ("answered-3", True), ("budget", False), ("budget-7f-amount", False), ("budget-7F-item", False),
        ("version", False), ("model_config", False), ("answer-100", False), ("targets-1-item", False),
    ],
)  # fmt: skip
def test_only_names_of_the_form_are_known(name: str, *, known: bool) -> None:
    assert is_known(name) is known


def test_a_fingerprint_tells_texts_apart_and_nothing_has_none() -> None:
    assert fingerprint("") == ""
    assert len({fingerprint(text) for text in ("a", "a ", "A", "360000", "360,000.00")}) == 5
