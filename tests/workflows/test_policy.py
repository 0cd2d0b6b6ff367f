"""The rules of the field as one dated set of data."""

import json
from dataclasses import fields, replace
from datetime import date

import pytest

from workflows.policy import DEFAULT_POLICY, SOURCES, Policy, rules


def test_the_default_numbers_are_those_of_the_rules():
    numbers = {f.name: getattr(DEFAULT_POLICY, f.name) for f in fields(Policy) if f.type in {int, bool}}

    assert numbers == {
        "ratio_ppm": 300_000,
        "cap": 50_000_000,
        "advance_allowed": False,
        "call_days": 21,
        "authenticity_days": 10,
        "correction_notice_days": 5,
        "correction_days": 10,
        "returns_per_stage": 2,
        "compliance_days": 10,
        "panel_days": 20,
        "panel_size": 5,
        "trim_from": 5,
        "pass_mark": 60,
        "recommend_mark": 75,
        "comment_under_ppm": 600_000,
        "far_ppm": 150_000,
        "draw_per_employer": 1,
        "draw_in_field_ppm": 500_000,
        "conflict_years": 3,
        "notice_days": 5,
        "publicity_days": 5,
        "objection_days": 10,
        "joint_review_days": 20,
        "joint_panel_min": 3,
        "announcement_days": 20,
        "signing_days": 30,
        "reports_over_months": 6,
        "report_every_months": 3,
        "final_report_months": 3,
        "report_confirm_days": 10,
        "change_days": 10,
        "audit_days": 30,
        "settlement_days": 10,
        "payment_days": 15,
        "clawback_statement_days": 10,
        "clawback_repayment_days": 30,
        "bar_years": 3,
        "reminder_days": 3,
    }


def test_every_rule_shows_its_label_and_where_it_comes_from():
    shown = rules(DEFAULT_POLICY)

    assert [rule.name for rule in shown] == [f.name for f in fields(Policy)]
    assert {rule.source for rule in shown} == set(SOURCES)
    assert [rule.name for rule in shown if not rule.label] == []


def test_a_policy_survives_storage_without_loss():
    policy = replace(DEFAULT_POLICY, key="2027/2", effective_on=date(2027, 1, 1), cap=1, areas=(("53", "云南"),))

    assert Policy.from_json(json.loads(json.dumps(policy.to_json()))) == policy
    assert Policy.from_json(json.loads(json.dumps(DEFAULT_POLICY.to_json()))) == DEFAULT_POLICY


def test_a_stored_policy_is_never_filled_in_from_todays_defaults():
    stored = DEFAULT_POLICY.to_json()
    del stored["cap"]

    with pytest.raises(ValueError, match="cap, surcharge"):
        Policy.from_json(stored | {"surcharge": 1})


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("653101", "喀什"),
        ("650203", "克拉玛依"),
        ("540202", "日喀则"),
        ("530100", "云南"),
        ("533325", "云南"),
        ("632621", "果洛"),
        ("520303", "遵义"),
        ("500101", "万州"),
        ("420506", "夷陵"),
        ("500102", None),
        ("420505", None),
        ("310101", None),
        ("53", None),
        ("53010a", None),
        ("５３０１００", None),
    ],
)
def test_an_area_is_matched_by_the_prefix_of_its_code(code, name):
    assert DEFAULT_POLICY.area_name(code) == name


def test_the_longest_prefix_names_the_area():
    policy = replace(DEFAULT_POLICY, areas=(("5301", "昆明"), ("53", "云南")))

    assert [policy.area_name(code) for code in ("530102", "530302")] == ["昆明", "云南"]


def test_labels_are_found_by_key_and_unknown_keys_have_none():
    assert DEFAULT_POLICY.field_name("community") == "社区治理"
    assert DEFAULT_POLICY.cost_name("training") == "培训费"
    assert [DEFAULT_POLICY.field_name("x"), DEFAULT_POLICY.cost_name("salaries")] == [None, None]


@pytest.mark.parametrize(
    "change",
    [
        {"key": ""},
        {"ratio_ppm": 0},
        {"ratio_ppm": 1_000_001},
        {"cap": 0},
        {"settlement_reading": "generous"},
        {"publicity_days": 0},
        {"signing_days": 3661},
        {"returns_per_stage": -1},
        {"panel_size": 4},
        {"trim_from": 2},
        {"pass_mark": 76},
        {"comment_under_ppm": 1_000_001},
        {"far_ppm": -1},
        {"draw_per_employer": 0},
        {"draw_in_field_ppm": 1_000_001},
        {"reminder_days": 0},
        {"joint_panel_min": 0},
        {"required_papers": (("unheard_of", "无"),)},
        {"score_items": (("need", "需求", 99),)},
        {"performance_groups": (("output", "产出", 99),)},
        {"ineligible_costs": (("tax", "税费"),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_policy_that_contradicts_itself_is_refused_by_name(change):
    with pytest.raises(ValueError, match=f"{next(iter(change))} is out of range"):
        replace(DEFAULT_POLICY, **change)
