"""The administrators' registers: who may do what, nothing for oneself, every change on record."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from app.clock import Clock
from app.notifications.letters import words_of
from app.people.models import RoleGrant, RoleProposal, User
from app.people.permissions import Actor
from app.programmes.models import PolicyVersion
from app.programmes.queries import policy_of
from app.registers.models import RegisterChange
from tests.app.registers.conftest import Administrators
from tests.make import Town, draft, email_of, person, pid_of
from tests.pages.browsing import Browser, form, words
from workflows.policy import Policy

Desk = Callable[[Actor], Browser]


def test_one_makes_the_account_and_proposes_the_role_another_confirms_it_and_both_are_on_record(
    around: Town, at_desk: Desk, three: Administrators, rows: Any
) -> None:
    system, security = at_desk(three.system), at_desk(three.security)

    page = system.fill("/administration/people/new", name="陈琳", email="chenlin@example.org")
    ident = rows(User)[-1].id
    fields = form(system.get(f"/administration/people/{ident}"), f"/administration/people/{ident}/roles")
    fields["role"], fields["reason"] = "finance_maker", "接替离任的财务经办"
    proposed = system.send(f"/administration/people/{ident}/roles", fields)
    (proposal,) = rows(RoleProposal)
    nobody_yet = [each.role for each in rows(RoleGrant) if each.user_id == ident]
    confirm = f"/administration/roles/{proposal.id}/confirm"
    granted = security.send(confirm, form(security.get(f"/administration/roles/{proposal.id}"), confirm))

    assert "还没有角色。" in words(page)
    assert "已提出授予角色“财务经办”，待另一位管理员核准后生效。" in words(proposed)
    assert nobody_yet == []
    assert "已核准，从此人的下一次请求起生效。" in words(granted)
    assert [each.role for each in rows(RoleGrant) if each.user_id == ident] == ["finance_maker"]
    log = words(at_desk(three.audit).get("/administration/changes?words=chenlin"))
    assert "人员 chenlin@example.org 新增" in log
    assert "角色授权 chenlin@example.org 提出 角色：— → 财务经办 理由：— → 接替离任的财务经办" in log
    assert "角色授权 chenlin@example.org 核准 角色：— → 财务经办" in log
    assert "角色授权 chenlin@example.org 新增 角色：— → 财务经办" in log
    assert {each.by_id for each in rows(RegisterChange) if each.key == "chenlin@example.org"} == {
        three.system.user_id,
        three.security.user_id,
    }


def test_an_administrator_takes_no_other_duty_and_nothing_for_oneself(
    around: Town, at_desk: Desk, three: Administrators, table_state: Any
) -> None:
    security = at_desk(three.security)
    other = f"/administration/people/{three.system.user_id}"
    fields = form(security.get(other), f"{other}/roles")
    fields["role"], fields["reason"] = "approver", "人手不足"
    before = table_state()

    refused = security.send(f"{other}/roles", fields, 422)
    own = security.client.post(
        f"/administration/people/{three.security.user_id}/roles", data={**fields.to_dict(), "role": "approver"}
    )

    assert "管理员不得兼任其他角色，三类管理员须由不同的人担任。" in words(refused)
    assert own.status_code == 422
    assert table_state() == before


@pytest.mark.parametrize(
    ("path", "mine"),
    [
        ("/administration/people/new", "system"),
        ("/administration/units/new", "system"),
        ("/administration/changes", "audit"),
    ],
)
def test_each_administrator_has_the_pages_of_one_duty(
    around: Town, at_desk: Desk, three: Administrators, path: str, mine: str
) -> None:
    for name in ("system", "security", "audit"):
        at_desk(getattr(three, name)).get(path, 200 if name == mine else 403)
    at_desk(around.fund).get(path, 403)


def test_a_role_that_is_ended_counts_no_more_and_stays_readable(
    around: Town, at_desk: Desk, three: Administrators, rows: Any
) -> None:
    security, maker = at_desk(three.security), at_desk(around.maker)
    maker.get("/money")
    grant = next(each for each in rows(RoleGrant) if each.user_id == around.maker.user_id)
    path = f"/administration/people/{around.maker.user_id}/roles/{grant.id}/end"
    fields = form(security.get(f"/administration/people/{around.maker.user_id}"), path)
    fields["reason"] = "调离岗位"

    security.send(path, fields)
    maker.get("/money")
    (proposal,) = rows(RoleProposal)
    at_desk(three.system).get("/administration/roles")
    confirm = f"/administration/roles/{proposal.id}/confirm"
    own = security.client.post(confirm, data={"csrf_token": fields["csrf_token"]})
    other = at_desk(person("security_admin"))
    page = other.send(confirm, form(other.get(f"/administration/roles/{proposal.id}"), confirm))

    assert own.status_code == 422
    assert "这是您提出的事项，须由另一位安全管理员核准。" in words(own)
    maker.get("/money", 403)
    assert "已核准" in words(page)
    changed = [(each.register, each.action, each.before) for each in rows(RegisterChange)][-1]
    assert changed == ("role", "end", {"role": "finance_maker", "unit": None, "organisation": None})


def test_a_new_policy_version_differs_where_it_was_changed_and_leaves_the_old_one_and_its_projects_alone(
    around: Town, at_desk: Desk, three: Administrators, rows: Any, session: Any, clock: Clock
) -> None:
    number = draft(around, now=clock.now())
    (old,) = rows(PolicyVersion)
    before = dict(old.body)
    system = at_desk(three.system)

    page = system.fill(
        f"/administration/policies/{old.id}/draw", new_key="2099/1", effective_on="2099-01-01",
        document="沪合组办〔2098〕1号", cap="600000.00", ratio_ppm="25.5", authenticity_days="8",
    )  # fmt: skip

    first, second = rows(PolicyVersion)
    assert first.body == before
    drawn = Policy.from_json(second.body)
    expected = replace(
        Policy.from_json(before), key="2099/1", effective_on=drawn.effective_on, cap=60_000_000, ratio_ppm=255_000,
        authenticity_days=8,
    )  # fmt: skip
    assert drawn == expected
    assert second.sources == dict.fromkeys(["ratio_ppm", "cap", "authenticity_days"], "沪合组办〔2098〕1号")
    said = words(page)
    assert "500000.00 元 600000.00 元 沪合组办〔2098〕1号" in said
    assert "30 % 25.5 %" in said
    from app.projects.models import Project

    project = next(each for each in rows(Project) if each.number == number)
    assert policy_of(session, project.policy_id).cap == 50_000_000
    assert pid_of(number)


def test_a_version_and_what_was_recorded_of_it_are_said_in_percent_yuan_and_words(
    around: Town, at_desk: Desk, three: Administrators, rows: Any
) -> None:
    (old,) = rows(PolicyVersion)
    system = at_desk(three.system)
    path = f"/administration/policies/{old.id}/draw"
    fields = form(system.get(path))
    begun = (fields["settlement_reading"], fields["soft_ceilings"].splitlines()[:2])
    fields["new_key"], fields["effective_on"], fields["document"] = "2099/1", "2099-01-01", "某号"
    fields["ratio_ppm"], fields["settlement_reading"] = "25", "flat"
    fields["soft_ceilings"] = "labour | 劳务支出占比 | 占预算 | 40 %\nexpert | 其他专家费 | 每人每天 | 250.50 元"

    said = words(system.send(path, fields))
    log = words(at_desk(three.audit).get("/administration/changes"))
    version = words(system.get(f"/administration/policies/{old.id}"))

    assert begun == (
        "agreed", ["labour | 劳务支出占比 | 占预算 | 50 %", "expert_senior | 高级职称专家费 | 每人每天 | 500.00 元"]
    )  # fmt: skip
    for page in (said, log):
        assert "25 %" in page
        assert "按政策比例" in page
        assert "其他专家费 · 每人每天 · 250.50 元" in page
    assert "资助比例上限(%)：30 % → 25 %" in log
    assert f"来源版本：{old.key} " in log
    assert "真实性初审期限(工作日) 10" in version
    assert not [code for code in ("agreed", "flat", "share_ppm", "fen_per_person_day", "300000") if code in said + log]


def test_a_policy_version_is_looked_at_before_it_is_made(
    at_desk: Desk, three: Administrators, around: Town, rows: Any, table_state: Any
) -> None:
    (old,) = rows(PolicyVersion)
    path = f"/administration/policies/{old.id}/draw"
    changed = {"new_key": "2099/1", "effective_on": "2099-01-01", "document": "沪合组办〔2098〕1号", "cap": "600000.00"}
    system = at_desk(three.system)
    before = table_state()

    page = system.fill(path, 200, preview=["1"], **changed)

    said = words(page)
    assert "500000.00 元 600000.00 元 沪合组办〔2098〕1号" in said
    assert "尚未建立" in said
    assert form(page)["cap"] == "600000.00"
    taken = form(page)
    taken["preview"], taken["new_key"] = "1", old.key
    assert "该政策版本已存在" in words(system.send(path, taken, 422))
    assert table_state() == before


def test_a_policy_that_contradicts_itself_is_refused_at_its_field(
    around: Town, at_desk: Desk, three: Administrators, rows: Any, table_state: Any
) -> None:
    (old,) = rows(PolicyVersion)
    system = at_desk(three.system)
    path = f"/administration/policies/{old.id}/draw"
    fields = form(system.get(path))
    fields["new_key"], fields["effective_on"], fields["document"] = "2099/1", "2099-01-01", "某号"
    before = table_state()

    for name, typed, said in (
        ("panel_size", "4", "评审专家最少人数须为单数"),
        ("score_items", "need | 需求契合 | 20\nteam | 团队能力 | 15", "各项分值合计须为 100，现在合计为 35"),
        ("soft_ceilings", "labour | 劳务支出占比 | 占预算 | 500000", "须以竖线分隔"),
        ("ratio_ppm", "130", "0 至 100 之间的百分数"),
        ("areas", "6531 喀什", "须以竖线分隔"),
        ("effective_on", "2020-01-01", "施行日期不得早于今天"),
        ("new_key", "2099/1", "新版本与原版本没有不同"),
    ):
        wrong = fields.copy()
        wrong[name] = typed
        assert said in words(system.send(path, wrong, 422))

    assert table_state() == before


def test_a_notice_says_what_was_written_after_a_preview_and_its_built_in_text_again(
    around: Town, at_desk: Desk, three: Administrators, app: Any
) -> None:
    system = at_desk(three.system)
    path = "/administration/notices/paid/zh_Hans_CN"
    fields = form(system.get(path), path)
    fields["subject"], fields["said"] = "款项已到", "{heading} 的资助款已到账。"

    preview = system.send(path, {**fields.to_dict(), "preview": "1"}, 200)
    with app.test_request_context():
        unchanged = words_of("paid").subject
    system.send(path, fields)
    with app.test_request_context():
        changed = words_of("paid").subject
    fields["said"] = "{nobody}"
    wrong = system.send(path, fields, 422)
    system.send(f"{path}/reset", {"csrf_token": fields["csrf_token"]})
    with app.test_request_context():
        reset = words_of("paid").subject

    assert "AF2026-000001 校园安全饮水 的资助款已到账。" in words(preview)
    assert (unchanged, changed, reset) == ("资助资金已拨付", "款项已到", "资助资金已拨付")
    assert "没有“nobody”这个占位符" in words(wrong)


def test_the_record_of_changes_cannot_be_altered_by_anybody(around: Town, owner: psycopg.Connection) -> None:
    for attack in ("UPDATE register_change SET key = 'x'", "DELETE FROM register_change", "TRUNCATE register_change"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(attack)


def test_without_a_mail_server_the_link_to_a_password_is_told_once_and_never_recorded(
    around: Town, at_desk: Desk, three: Administrators, rows: Any
) -> None:
    system = at_desk(three.system)
    path = f"/administration/people/{around.maker.user_id}/password"

    answer = system.client.post(path, data=form(system.get(path.removesuffix("/password")), path).to_dict())

    assert answer.status_code == 201
    secret = words(answer).split("choose-password?link=")[1].split(" ")[0]
    assert len(secret) == 43
    assert "choose-password?link=" not in words(system.get(path.removesuffix("/password")))
    recorded = [(each.after, each.before) for each in rows(RegisterChange) if each.key == email_of(around.maker)]
    assert ({"link": "sent"}, None) in recorded
    assert secret not in str(recorded)
