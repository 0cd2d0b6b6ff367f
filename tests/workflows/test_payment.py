"""A payment order: two people, one unchanged content, one unchanged account, sound books."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.workflows.asking import asking, effects, refusal
from workflows.definition import PARENT
from workflows.engine import NotFromHere, NotYourRole
from workflows.payment import PAYMENT_ORDER, Facts
from workflows.roles import FINANCE_CHECKER, FINANCE_MAKER, FUND_OFFICE

MAKER, CHECKER = 7, 8
READY = Facts(
    payable=20_000_000,
    actor=CHECKER,
    prepared_by=MAKER,
    approved_by=CHECKER,
    content_hash="aa",
    approved_content="aa",
    payee_unchanged=True,
    violations_free=True,
    yearly_check_passed=True,
    sent_at=datetime(2026, 3, 1, 17, tzinfo=UTC),
    receipt_attached=True,
    today=date(2026, 3, 2),
)


def take(action, in_stage, by=FINANCE_MAKER, facts=READY):
    return asking(PAYMENT_ORDER, action, in_stage=in_stage, by=by, facts=facts)


def refused(action, in_stage, by=FINANCE_MAKER, **change):
    return refusal(PAYMENT_ORDER, action, in_stage=in_stage, by=by, facts=replace(READY, **change))


def test_an_order_goes_from_one_hand_to_another_to_the_bank():
    way = [
        take("prepare", "drafting"),
        take("approve_payment", "prepared", FINANCE_CHECKER),
        take("record_sent", "approved"),
        take("record_paid", "sent"),
    ]

    assert [step.to for step in way] == ["prepared", "approved", "sent", "paid"]
    assert [effects(step) for step in way] == [
        ["Notify payment_prepared"],
        ["Notify payment_approved"],
        ["Post instruct"],
        ["Post settle", "Notify paid"],
    ]


def test_the_instruction_names_who_prepared_and_who_approved_it():
    (post,) = take("record_sent", "approved").effects

    assert (post.amount(READY), post.maker(READY), post.checker(READY)) == (20_000_000, MAKER, CHECKER)


def test_a_failed_payment_comes_back_to_payable_and_is_prepared_anew():
    failed = take("record_failed", "sent", FINANCE_CHECKER)

    assert (failed.to, effects(failed)) == ("failed", ["Post bounce", "Notify payment_failed"])
    assert failed.effects[0].amount(READY) == 20_000_000
    assert take("prepare", "failed").to == "prepared"
    with pytest.raises(NotFromHere):
        take("record_sent", "failed")


def test_a_refused_order_goes_back_to_its_maker():
    step = take("refuse_payment", "prepared", FINANCE_CHECKER)

    assert (step.to, effects(step)) == ("drafting", ["Notify payment_refused"])


def test_maker_and_checker_keep_to_their_own_acts():
    for action, stage, by in [
        ("prepare", "drafting", FINANCE_CHECKER),
        ("approve_payment", "prepared", FINANCE_MAKER),
        ("refuse_payment", "prepared", FINANCE_MAKER),
        ("record_sent", "approved", FINANCE_CHECKER),
        ("record_paid", "sent", FUND_OFFICE),
        ("record_failed", "sent", FINANCE_MAKER),
        ("cancel", "drafting", FINANCE_MAKER),
    ]:
        with pytest.raises(NotYourRole):
            take(action, stage, by)


def test_an_order_with_the_bank_can_neither_be_cancelled_nor_sent_again():
    cancellable = [
        s.name for s in PAYMENT_ORDER.stages if any(t.action == "cancel" for t in PAYMENT_ORDER.leaving(s.name))
    ]

    assert cancellable == ["drafting", "prepared", "approved", "failed"]
    assert take("cancel", "approved", PARENT).to == "cancelled"
    assert [t.action for t in PAYMENT_ORDER.leaving("sent")] == ["record_paid", "record_failed"]


UNSOUND = "资金账簿核对不平，拨付已全部停止。"
NOTHING = "应拨金额为零，无需拨付。"
TOO_EARLY = "到账日期不得早于送银行之日。"
UNPROVEN = "须先由财务经办上传送银行之后的银行回单或退票通知。"
MOVED = "收款账户在编制后发生变更，须重新编制拨付单。"


@pytest.mark.parametrize(
    ("action", "stage", "by", "change", "words"),
    [
        ("prepare", "drafting", FINANCE_MAKER, {"payable": 0}, NOTHING),
        ("prepare", "drafting", FINANCE_MAKER, {"violations_free": False}, UNSOUND),
        ("prepare", "failed", FINANCE_MAKER, {"violations_free": False}, UNSOUND),
        ("approve_payment", "prepared", FINANCE_CHECKER, {"actor": MAKER}, "编制人不得复核自己编制的拨付单。"),
        ("approve_payment", "prepared", FINANCE_CHECKER, {"prepared_by": None}, "拨付单尚无编制人。"),
        (
            "approve_payment",
            "prepared",
            FINANCE_CHECKER,
            {"asked": {"content_hash": "bb"}},
            "所复核的拨付单与当前内容不一致，请重新核对。",
        ),
        ("approve_payment", "prepared", FINANCE_CHECKER, {"payee_unchanged": False}, MOVED),
        ("approve_payment", "prepared", FINANCE_CHECKER, {"violations_free": False}, UNSOUND),
        ("record_sent", "approved", FINANCE_MAKER, {"content_hash": "bb"}, "拨付单内容在复核后发生变更，原复核作废。"),
        (
            "record_sent",
            "approved",
            FINANCE_MAKER,
            {"approved_content": None},
            "拨付单内容在复核后发生变更，原复核作废。",
        ),
        (
            "record_sent",
            "approved",
            FINANCE_MAKER,
            {"content_hash": None, "approved_content": None},
            "拨付单内容在复核后发生变更，原复核作废。",
        ),
        ("record_sent", "approved", FINANCE_MAKER, {"approved_by": MAKER}, "拨付单须由两人分别编制和复核。"),
        ("record_sent", "approved", FINANCE_MAKER, {"approved_by": None}, "拨付单须由两人分别编制和复核。"),
        ("record_sent", "approved", FINANCE_MAKER, {"prepared_by": None}, "拨付单须由两人分别编制和复核。"),
        ("record_sent", "approved", FINANCE_MAKER, {"payee_unchanged": False}, MOVED),
        ("record_sent", "approved", FINANCE_MAKER, {"violations_free": False}, UNSOUND),
        ("record_sent", "approved", FINANCE_MAKER, {"payable": 0}, NOTHING),
        *(
            (*act, change, words)
            for act in (("approve_payment", "prepared", FINANCE_CHECKER), ("record_sent", "approved", FINANCE_MAKER))
            for change, words in (
                ({"yearly_check_passed": False}, "项目主体最近一次年检未合格。"),
                ({"credit_blocked_until": date(2026, 3, 2)}, "项目主体在 2026-03-02 前不得领取资助。"),
            )
        ),
        ("prepare", "approved", FINANCE_MAKER, {}, "复核仍然有效，无须重新编制。"),
        ("record_paid", "sent", FINANCE_MAKER, {"asked": {"bank_reference": " "}}, "请填写银行流水号。"),
        ("record_paid", "sent", FINANCE_MAKER, {"asked": {"paid_on": date(2026, 3, 3)}}, "到账日期不得晚于今天。"),
        ("record_paid", "sent", FINANCE_MAKER, {"asked": {"paid_on": date(2026, 3, 1)}}, TOO_EARLY),
        ("record_failed", "sent", FINANCE_CHECKER, {"actor": MAKER}, "编制人不得复核自己编制的拨付单。"),
        ("record_failed", "sent", FINANCE_CHECKER, {"receipt_attached": False}, UNPROVEN),
    ],
)
def test_money_stays_where_it_is_while_anything_is_amiss(action, stage, by, change, words):
    assert refused(action, stage, by, **change) == words


@pytest.mark.parametrize("change", [{"content_hash": "bb"}, {"payee_unchanged": False}])
def test_an_approval_that_became_void_leads_back_to_preparation_and_a_new_approval(change):
    assert take("prepare", "approved", facts=replace(READY, **change)).to == "prepared"


def test_what_was_paid_today_under_a_reference_is_recorded():
    facts = replace(READY, asked={"bank_reference": "B-1", "paid_on": date(2026, 3, 2)})

    assert take("record_paid", "sent", facts=facts).to == "paid"


def test_what_makes_paying_safe_is_absent_until_it_is_proven():
    with_nothing_known = Facts(payable=1)

    for action, stage, by in [
        ("prepare", "drafting", FINANCE_MAKER),
        ("approve_payment", "prepared", FINANCE_CHECKER),
        ("record_sent", "approved", FINANCE_MAKER),
        ("record_failed", "sent", FINANCE_CHECKER),
    ]:
        refusal(PAYMENT_ORDER, action, in_stage=stage, by=by, facts=with_nothing_known)
