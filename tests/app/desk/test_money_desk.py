"""The desk of finance and the accounts: what waits, the orders, where the money is, by date."""

from collections.abc import Callable

from sqlalchemy import select

from app.clock import Clock
from app.database import db
from app.organisations.commands import BankAccount
from app.organisations.models import Organisation
from app.organisations.service import update_bank_account
from app.people.permissions import Actor
from tests.later import brought_to
from tests.make import Town, act, children
from tests.pages.browsing import Browser, links, words
from tests.statements import statements

Desk = Callable[[Actor], Browser]


def test_finance_sees_each_step_with_its_amount_and_the_page_of_the_order(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    settling, paying = (brought_to(around, stage, now=clock.now()) for stage in ("settlement", "disbursement"))
    (order,) = children(paying, "payment_order")
    maker = at_desk(around.maker)

    page = words(maker.get("/money"))
    act(order, "prepare", around.maker, now=clock.now())
    after = words(maker.get("/money"))

    settle, prepare = page.split("核定 事项")[1], page.split("编制拨付单 事项")[1]
    assert settling in settle.split("编制拨付单")[0]
    assert f"{paying}-P1" in prepare.split("没有等待")[0]
    assert f"{paying}-P1" in after.split("复核拨付单 事项")[1].split("没有等待")[0]


def test_an_order_shows_how_its_figure_came_about_and_whether_the_account_is_right(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = brought_to(around, "disbursement", now=clock.now())
    (order,) = children(number, "payment_order")
    act(order, "prepare", around.maker, now=clock.now())
    checker = at_desk(around.checker)

    right = words(checker.get(f"/cases/{order.hex}"))
    moved = BankAccount(bank_name="中国工商银行", bank_branch="静安支行", account_number="6222999988887777")
    update_bank_account(db.session.scalars(select(Organisation.id)).one(), moved)
    wrong = words(checker.get(f"/cases/{order.hex}"))

    assert "核定基数 = 审定金额 − 同一支出的其他财政资金" in right
    assert "收款账号与登记的账户一致" in right
    assert "编制后登记的账户有变更，请退回重新编制" in wrong


def test_the_accounts_of_a_year_tell_where_the_money_is_and_movements_come_by_date_and_as_files(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = brought_to(around, "disbursement", now=clock.now())
    maker = at_desk(around.maker)

    year = maker.get("/ledger/DKZY/2026")
    moves = maker.get("/ledger/DKZY/2026/movements")
    accrued = maker.get("/ledger/DKZY/2026/movements?code=accrue")
    file = maker.client.get("/ledger/DKZY/2026/movements?as=csv", buffered=True)
    promised = words(maker.get("/ledger/DKZY/2026/projects"))

    assert "账账相符" in words(year)
    assert "下达预算 500.00 万元" in words(year)
    assert "/ledger/DKZY/2026/movements" in links(year)
    assert words(moves).index("核定应付 协议锁定") < words(moves).index("下达预算 下达预算 可安排 5,000,000.00")
    assert "评审预留 可安排" not in words(accrued).split("导出")[0].split("筛选")[-1]
    lines = file.get_data(as_text=True).splitlines()
    assert lines[0].removeprefix("\ufeff").startswith("时间,事由,自,至,金额（元）")
    assert len(lines) > 5
    assert number in promised


def test_orders_are_listed_for_finance_and_for_nobody_outside(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = brought_to(around, "disbursement", now=clock.now())

    assert f"{number}-P1" in words(at_desk(around.maker).get("/money/orders"))
    assert f"{number}-P1" in words(at_desk(around.supervisor).get("/money/orders"))
    for actor in (around.owner, around.firm, around.accepting, around.experts[0]):
        for path in ("/money", "/money/orders", "/ledger/DKZY/2026/projects"):
            at_desk(actor).get(path, 403)


def test_each_page_of_money_costs_few_statements(around: Town, at_desk: Desk, clock: Clock) -> None:
    brought_to(around, "disbursement", now=clock.now())
    maker = at_desk(around.maker)

    for path in ("/money", "/money/orders", "/ledger", "/ledger/DKZY/2026", "/ledger/DKZY/2026/movements"):
        maker.get(path)
        with statements() as seen:
            maker.get(path)
        assert len(seen) <= 6, (path, len(seen))
