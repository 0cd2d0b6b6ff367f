"""A score sheet is taken until the last day of its session; the secretary may name a later one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from app.clock import Clock
from app.people.permissions import Actor
from app.reviews.models import SheetDraft
from tests.app.desk.test_expert_desk import declared, put, typed
from tests.app.desk.test_panel_sessions import schedule
from tests.make import Town, case_of
from tests.pages.browsing import Browser, form, words
from tests.reviewing import with_panel
from workflows.calendar import shanghai_date

Desk = Callable[[Actor], Browser]


def test_a_late_sheet_is_refused_its_draft_is_kept_and_a_later_day_lets_it_in(
    around: Town, at_desk: Desk, clock: Clock, rows: Any
) -> None:
    number = with_panel(around, now=clock.now())
    path = schedule(at_desk(around.secretary), clock, [number]).request.path
    pid = declared(around, number, clock)
    put(at_desk(around.experts[0]), pid, then="check", **typed(around))
    checked = at_desk(around.experts[0]).get(f"/reviews/{pid}/check")
    clock.move(clock.now() + timedelta(days=11))
    expert, secretary = at_desk(around.experts[0]), at_desk(around.secretary)

    kept = put(expert, pid, then="save", **typed(around, comment="迟到的评价"))
    late = put(expert, pid, 422, then="check", **typed(around, comment="迟到的评价"))
    sent = expert.send(f"/reviews/{pid}/submission", form(checked), 409)
    seen = words(secretary.get(path))

    assert "截止，请联系评审秘书延期" in words(kept)
    for refused in (late, sent):
        assert "截止，不再接收。如需延期，请联系评审秘书；草稿仍予保留。" in words(refused)
    assert case_of(pid).stage == "open"
    assert [draft.typed["comment"] for draft in rows(SheetDraft)] == ["迟到的评价"]
    assert f"以下项目的评分表尚未交齐：{number}。" in seen

    fields = form(secretary.get(f"{path}/change"))
    fields["sheets_due_on"] = shanghai_date(clock.now() + timedelta(days=2)).isoformat()
    secretary.send(f"{path}/change", fields)
    put(expert, pid, then="check")
    expert.send(f"/reviews/{pid}/submission", form(expert.get(f"/reviews/{pid}/check")))

    assert case_of(pid).stage == "submitted"
    assert "尚未交齐" not in words(secretary.get(path))
    assert "截止，请联系" not in words(expert.get(f"/reviews/{pid}"))
