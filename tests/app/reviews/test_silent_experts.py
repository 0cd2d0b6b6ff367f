"""An expert who never answers: the secretary voids the sheet, and the panel goes on without it."""

import pytest

from app.casework.models import CaseParty
from app.database import Missing
from app.reviews.queries import sheets_of
from tests import make, reviewing
from workflows.engine import GuardRefused, NotFromHere, NotYourRole


def test_the_sheet_is_voided_and_the_panel_regains_its_size(app, session, rows, table_state):
    around = make.town()
    number = reviewing.with_panel(around)
    sheets, fresh = make.children(number, "score_sheet"), make.person("expert")
    close = {"outcome": "recommend", "suggested_amount": "240000.00", "opinion": "建议资助"}
    for pid, expert in list(zip(sheets, around.experts, strict=True))[:4]:
        reviewing.fill(pid, expert)
    before = table_state()
    for pid, actor, refused in ((sheets[4], around.fund, NotYourRole), (sheets[0], around.secretary, NotFromHere)):
        with pytest.raises(refused):
            make.act(pid, "void", actor, reason="多次催办未答复")
    assert table_state() == before

    make.act(sheets[4], "void", around.secretary, reason="多次催办未答复")
    with pytest.raises(GuardRefused, match="现有 4 份"):
        make.act(make.pid_of(number), "close_panel", around.secretary, **close)
    make.act(make.pid_of(number), "add_experts", around.secretary, experts=[make.email_of(fresh)])
    reviewing.fill(make.children(number, "score_sheet")[5], fresh)
    seen = sheets_of(session, make.case_of(make.pid_of(number)).id, around.secretary, now=make.NOW)

    assert [row.stage for row in seen] == ["submitted"] * 4 + ["voided", "submitted"]
    assert {row.whole for row in seen} == {True}
    assert [p.ended_at for p in rows(CaseParty) if p.user_id == around.experts[4].user_id] == [make.NOW]
    with pytest.raises(Missing):
        make.act(sheets[4], "declare_conflict", around.experts[4], conflict=False)
    assert make.act(make.pid_of(number), "close_panel", around.secretary, **close).stage == "publicity"
