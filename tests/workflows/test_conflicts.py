"""What ties a person to those behind a project, rule by rule and at the edges."""

from datetime import date

import pytest

from workflows.conflicts import (
    APPLICANT,
    HARD,
    PARTNER,
    SOFT,
    Party,
    Person,
    Tie,
    finding_of,
    findings,
    normal_contact,
    normal_name,
)

CODE = "53310000500000031Q"
TODAY = date(2026, 3, 4)
WATER = Party(APPLICANT, "上海清泉公益基金会", CODE, {"phone": "p", "account": "a", "address": "d"})
PARTNER_PARTY = Party(PARTNER, "玛沁县 教育局（本级）")


def tie(since=date(2019, 1, 1), until=None, *, kind="employment", uscc=CODE, organisation="清泉"):
    return Tie(uscc, organisation, kind, "任职", since, until)


def found(*ties, marks=None, elsewhere=False, years=3):
    person = Person(ties, marks or {}, elsewhere)
    return [(each.rule, each.weight) for each in findings(person, [WATER, PARTNER_PARTY], on=TODAY, years=years)]


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (None, [("present", HARD)]),
        (date(2026, 3, 4), [("present", HARD)]),
        (date(2026, 3, 3), [("former", HARD)]),
        (date(2023, 3, 5), [("former", HARD)]),
        (date(2023, 3, 4), []),
        (date(2019, 6, 1), []),
    ],
)
def test_a_tie_to_the_applicant_bars_while_it_lasts_and_for_the_years_after(until, expected):
    assert found(tie(until=until)) == expected


def test_the_years_are_those_of_the_policy():
    assert found(tie(until=date(2022, 3, 4)), years=3) == []
    assert found(tie(until=date(2022, 3, 5)), years=4) == [("former", HARD)]


def test_a_stated_tie_bars_as_long_as_it_lasts():
    assert found(tie(kind="declared")) == [("declared", HARD)]


def test_a_tie_that_is_to_begin_bars_already():
    assert found(tie(since=date(2026, 9, 1))) == [("present", HARD)]


def test_a_partner_is_known_by_its_name_however_it_is_written():
    own = {"uscc": "11310000000000000X", "organisation": "玛沁县教育局(本级)"}

    assert found(tie(**own)) == [("present", HARD)]
    assert found(tie(until=date(2025, 1, 1), **own)) == [("former", SOFT)]
    assert found(tie(uscc="11310000000000000X", organisation="玛沁县卫生局")) == []


def test_an_organisation_without_a_name_is_nobodys():
    bare = Party(PARTNER, "（）")

    assert findings(Person((tie(uscc="", organisation="()"),)), [bare], on=TODAY, years=3) == ()


@pytest.mark.parametrize(("kind", "weight"), [("account", HARD), ("phone", SOFT), ("address", SOFT)])
def test_what_is_the_same_for_both_is_found_by_its_mark(kind, weight):
    assert found(marks={kind: WATER.marks[kind]}) == [(f"same_{kind}", weight)]
    assert found(marks={kind: "another"}) == []


def test_an_empty_mark_on_neither_side_says_nothing():
    assert findings(Person(marks={"phone": "p"}), [Party(APPLICANT, "甲")], on=TODAY, years=3) == ()


def test_a_conflict_declared_elsewhere_is_a_hint():
    assert found(elsewhere=True) == [("recused_elsewhere", SOFT)]


def test_all_is_found_at_once_and_what_bars_comes_first():
    assert found(tie(), tie(kind="board"), marks={"phone": "p", "account": "a"}, elsewhere=True) == [
        ("present", HARD),
        ("same_account", HARD),
        ("recused_elsewhere", SOFT),
        ("same_phone", SOFT),
    ]


def test_a_finding_is_a_sentence_and_survives_being_kept():
    (one,) = findings(Person((tie(until=date(2025, 1, 1)),)), [WATER], on=TODAY, years=3)

    assert str(one.why) == "曾属于项目主体“上海清泉公益基金会”（任职，2019-01-01 至 2025-01-01）"
    assert finding_of(one.record()) == one


@pytest.mark.parametrize(
    "other", ["13800001111", "+86 138 0000 1111", "0086-13800001111", "（138）0000-1111", "１３８００００１１１１"]
)
def test_a_telephone_has_one_spelling(other):
    assert normal_contact("phone", other) == "13800001111"


def test_a_line_with_its_area_code_is_another_than_one_without():
    assert normal_contact("phone", "021-2345 6789") == normal_contact("phone", "+86 21 23456789")
    assert normal_contact("phone", "010-23456789") != normal_contact("phone", "021-23456789")


def test_an_address_and_an_account_have_one_spelling():
    assert normal_contact("address", "上海市 静安区Ａ路1号 (2楼)") == normal_contact("address", "上海市静安区a路1号2楼")
    assert normal_contact("account", "6222 0000 1111 2222") == "6222000011112222"
    assert normal_contact("account", "——") == ""
    assert normal_name("ＡＢＣ（上海）有限公司") == normal_name("abc(上海)有限公司")
