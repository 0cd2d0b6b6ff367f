"""Any sequence of legal and illegal postings, against a model of the ledger that shares no code with it."""

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.ledger.models import PROJECT_KINDS
from app.ledger.queries import balances, project_balances, violations
from app.ledger.service import MoneyRefused, NotEnoughMoney, OverTheCap
from tests.app.ledger.books import Fund

#: Written from the design's table and not from the product.
FLOWS = {
    "appropriate": ("source", "available"),
    "appropriation_cut": ("available", "source"),
    "reserve": ("available", "reserved"),
    "unreserve": ("reserved", "available"),
    "encumber": ("reserved", "encumbered"),
    "accrue": ("encumbered", "payable"),
    "advance": ("encumbered", "payable"),
    "release": ("encumbered", "available"),
    "instruct": ("payable", "inflight"),
    "settle": ("inflight", "disbursed"),
    "bounce": ("inflight", "payable"),
    "bank_return": ("disbursed", "payable"),
    "clawback": ("disbursed", "receivable"),
    "clawback_waive": ("receivable", "disbursed"),
    "clawback_receive": ("receivable", "recovered"),
    "recycle": ("recovered", "available"),
    "lapse": ("available", "lapsed"),
}
CAP = 400
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(FLOWS)), st.integers(0, 1), st.sampled_from((1, 50, 100, 250, 400, 900))),
    min_size=5,
    max_size=40,
)


class Model:
    """Plain numbers: the accounts of a programme-year and of its projects."""

    def __init__(self, budget: int) -> None:
        self.year = {"source": -budget, "available": budget, "recovered": 0, "lapsed": 0}
        self.projects = [dict.fromkeys(PROJECT_KINDS, 0) for _ in range(2)]

    def move(self, code: str, project: int, amount: int) -> type[MoneyRefused] | None:
        """Move, or answer what must refuse it."""
        source, target = FLOWS[code]
        accounts = [self.year if kind in self.year else self.projects[project] for kind in (source, target)]
        if source != "source" and accounts[0][source] < amount:
            return NotEnoughMoney
        if target == "source" and accounts[1][target] + amount > 0:
            return NotEnoughMoney
        if source in self.year and target not in self.year and sum(self.projects[project].values()) + amount > CAP:
            return OverTheCap
        accounts[0][source] -= amount
        accounts[1][target] += amount
        return None


@given(steps=STEPS)
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_ledger_agrees_with_plain_numbers(fund: Fund, session: Session, steps: list[tuple[str, int, int]]) -> None:
    fresh = Fund(session, budget=700)
    projects = [fresh.project(cap=CAP) for _ in range(2)]
    model = Model(700)

    for code, which, amount in steps:
        project = None if set(FLOWS[code]) <= set(model.year) else projects[which]
        expected = model.move(code, which, amount)
        try:
            fresh.post(code, amount, project=project)
            session.commit()
            outcome = None
        except MoneyRefused as refused:
            session.rollback()
            outcome = type(refused)
        assert outcome is expected, (code, which, amount)

    totals = {kind: sum(project[kind] for project in model.projects) for kind in PROJECT_KINDS}
    assert balances(session, fresh.year) == model.year | totals
    assert [project_balances(session, project) for project in projects] == model.projects
    assert violations(session) == []
