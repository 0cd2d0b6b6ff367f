"""Ratio, cap and settlement at actuals; amounts in figures and in capitals."""

from dataclasses import asdict, replace
from fractions import Fraction

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.money import MOST, NotAnAmount, fen_of, in_capitals, max_grant, ratio_ppm, settle, yuan
from workflows.policy import DEFAULT_POLICY

FLAT = replace(DEFAULT_POLICY, settlement_reading="flat")
FEN = st.integers(0, MOST)


def entitled(policy, planned, approved, audited, **other):
    facts = {"opinion": "unqualified"} | other
    return settle(
        policy, planned_total=fen_of(planned), approved=fen_of(approved), audited_eligible=fen_of(audited), **facts
    ).entitled


@pytest.mark.parametrize(
    ("planned", "approved", "audited", "agreed", "flat"),
    [
        ("1200000", "360000", "1000000", "300000.00", "300000.00"),
        ("1200000", "240000", "1000000", "200000.00", "240000.00"),
        ("2000000", "500000", "1800000", "450000.00", "500000.00"),
        ("2000000", "500000", "2400000", "500000.00", "500000.00"),
        ("400000", "120000", "333333.33", "99999.99", "99999.99"),
    ],
)
def test_settlement_at_actuals_in_both_readings(planned, approved, audited, agreed, flat):
    assert yuan(entitled(DEFAULT_POLICY, planned, approved, audited)) == agreed
    assert yuan(entitled(FLAT, planned, approved, audited)) == flat


def test_a_settlement_holds_every_figure_it_came_from():
    settlement = settle(
        DEFAULT_POLICY,
        planned_total=120_000_000,
        approved=24_000_000,
        audited_eligible=100_000_000,
        other_fiscal=10_000_000,
        already_paid=20_000_000,
        opinion="qualified",
    )

    assert asdict(settlement) == {
        "planned_total": 120_000_000,
        "approved": 24_000_000,
        "audited_eligible": 100_000_000,
        "other_fiscal": 10_000_000,
        "already_paid": 20_000_000,
        "opinion": "qualified",
        "policy_key": "2020/1",
        "policy_ratio_ppm": 300_000,
        "cap": 50_000_000,
        "reading": "agreed",
        "base": 90_000_000,
        "ratio_numerator": 1,
        "ratio_denominator": 5,
        "entitled": 18_000_000,
        "payable": -2_000_000,
        "rounding": "floor_to_fen_once",
    }


@pytest.mark.parametrize(("opinion", "due"), [("qualified", 30_000_000), ("adverse", 0), ("disclaimer", 0)])
def test_only_an_acceptable_opinion_entitles_to_money(opinion, due):
    assert entitled(DEFAULT_POLICY, "1200000", "360000", "1000000", opinion=opinion) == due


def test_other_public_money_for_the_same_costs_is_taken_off_first():
    assert entitled(DEFAULT_POLICY, "1200000", "360000", "1000000", other_fiscal=40_000_000) == 18_000_000
    assert entitled(DEFAULT_POLICY, "1200000", "360000", "1000000", other_fiscal=100_000_001) == 0


def test_a_third_is_not_rounded_before_the_end():
    # 100000.00 / 300000.01 is no finite decimal; rounding it early would pay a fen more or less.
    policy = replace(DEFAULT_POLICY, ratio_ppm=500_000)

    assert entitled(policy, "300000.01", "100000", "300000.00") == 100_000_00 * 300_000_00 // 300_000_01 == 9_999_999


@pytest.mark.parametrize(
    "change",
    [
        {"planned_total": 0},
        {"planned_total": -1},
        {"approved": -1},
        {"audited_eligible": -1},
        {"other_fiscal": -1},
        {"already_paid": -1},
        {"opinion": "splendid"},
    ],
    ids=str,
)
def test_a_settlement_of_impossible_figures_is_refused(change):
    figures = {"planned_total": 100, "approved": 30, "audited_eligible": 100, "opinion": "unqualified"}

    with pytest.raises(ValueError, match=r"planned total|unknown opinion"):
        settle(DEFAULT_POLICY, **figures | change)


def test_the_most_that_may_be_granted_is_exact_to_the_fen():
    assert max_grant(DEFAULT_POLICY, 100_000_000) == 30_000_000
    assert max_grant(DEFAULT_POLICY, 100_000_003) == 30_000_000  # 30000000.9 fen, rounded down
    assert max_grant(DEFAULT_POLICY, 100_000_004) == 30_000_001
    assert max_grant(DEFAULT_POLICY, 166_666_666) == 49_999_999  # the last total below the cap
    assert max_grant(DEFAULT_POLICY, 166_666_667) == fen_of("500000.00")
    assert max_grant(DEFAULT_POLICY, MOST) == fen_of("500000.00")
    assert max_grant(DEFAULT_POLICY, 3) == 0


def test_a_ratio_to_show_is_rounded_down_and_nothing_of_nothing_is_zero():
    assert [ratio_ppm(300_001, 1_000_000), ratio_ppm(1, 3), ratio_ppm(5, 0)] == [300_001, 333_333, 0]


@given(
    planned=st.integers(1, MOST),
    approved=FEN,
    audited=FEN,
    more=FEN,
    fiscal=FEN,
    paid=FEN,
    ratio=st.integers(1, 1_000_000),
    reading=st.sampled_from(["agreed", "flat"]),
    opinion=st.sampled_from(["unqualified", "qualified", "adverse", "disclaimer"]),
)
def test_a_settlement_never_exceeds_its_limits_and_grows_with_the_audited_amount(
    planned, approved, audited, more, fiscal, paid, ratio, reading, opinion
):
    policy = replace(DEFAULT_POLICY, ratio_ppm=ratio, settlement_reading=reading)
    figures = {"planned_total": planned, "approved": approved, "opinion": opinion, "other_fiscal": fiscal}
    settled = settle(policy, audited_eligible=audited, already_paid=paid, **figures)
    larger = settle(policy, audited_eligible=audited + more, already_paid=paid, **figures)

    exact = min(Fraction(ratio, 10**6), Fraction(approved, planned)) if reading == "agreed" else Fraction(ratio, 10**6)
    assert Fraction(settled.ratio_numerator, settled.ratio_denominator) == exact
    assert 0 <= settled.entitled <= min(approved, policy.cap, exact * max(0, audited - fiscal))
    assert settled.entitled <= larger.entitled
    assert settled.payable == settled.entitled - paid
    if opinion in {"unqualified", "qualified"}:  # and it never withholds a whole fen
        assert settled.entitled + 1 > min(approved, policy.cap, exact * max(0, audited - fiscal))


@given(planned=st.integers(1, MOST), approved=FEN, audited=FEN, fiscal=FEN)
def test_the_agreed_reading_never_pays_more_than_the_flat_one(planned, approved, audited, fiscal):
    figures = {"planned_total": planned, "approved": approved, "audited_eligible": audited, "other_fiscal": fiscal}

    agreed, flat = (settle(policy, opinion="unqualified", **figures) for policy in (DEFAULT_POLICY, FLAT))

    assert agreed.entitled <= flat.entitled


def test_amounts_are_read_strictly():
    assert [fen_of(text) for text in ("0", "0.01", "0.1", "7", "240000.00", "240000.5", "1000000000000")] == [
        0,
        1,
        10,
        700,
        24_000_000,
        24_000_050,
        MOST,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "", " 1", "1 ", "1\n", "-1", "+1", "1.", ".5", "1.005", "1,000", "1e3", "1e400", "NaN", "Infinity", "0x10",
        "١٢", "１２", "1_000", "007", "00", "1000000000000.01", "9" * 40, "1.0.0", "壹",
    ],
)  # fmt: skip
def test_anything_but_a_plain_amount_is_refused(text):
    with pytest.raises(NotAnAmount, match="两位小数"):
        fen_of(text)


@given(FEN)
def test_an_amount_written_and_read_again_is_the_same(fen):
    assert fen_of(yuan(fen)) == fen


def test_an_amount_below_zero_is_written_with_its_sign():
    assert [yuan(-1), yuan(-2_000_000), yuan(0)] == ["-0.01", "-20000.00", "0.00"]


@pytest.mark.parametrize(
    ("figures", "capitals"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角"),
        ("10.05", "壹拾元零伍分"),
        ("10.50", "壹拾元伍角"),
        ("101", "壹佰零壹元整"),
        ("10010", "壹万零壹拾元整"),
        ("100100", "壹拾万零壹佰元整"),
        ("240000", "贰拾肆万元整"),
        ("99999.99", "玖万玖仟玖佰玖拾玖元玖角玖分"),
        ("500000", "伍拾万元整"),
        ("100001000", "壹亿零壹仟元整"),
        ("1000000000000", "壹万亿元整"),
    ],
)
def test_amounts_in_capitals(figures, capitals):
    assert in_capitals(fen_of(figures)) == capitals


ROUND_NUMBERS = st.builds(lambda digits, zeros: digits * 10**zeros, st.integers(0, 9999), st.integers(0, 10))


@given(FEN | ROUND_NUMBERS)
def test_capitals_agree_with_a_library_written_by_others(fen):
    theirs = cn2an.an2cn(yuan(fen), "rmb")
    whole = fen // 100
    if whole >= 10**8 and whole // 10**4 % 10**4 == 0 and whole % 10**4 >= 1000:
        theirs = theirs.replace("亿", "亿零")  # cheques show the empty group, the library leaves it out

    assert in_capitals(fen) == theirs


@pytest.mark.parametrize("fen", [-1, MOST + 1])
def test_capitals_are_refused_outside_the_bounds_of_an_amount(fen):
    with pytest.raises(NotAnAmount):
        in_capitals(fen)
