"""What the projects of the past stand on: the rules of their time, budget years, calls and their money."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from app.casework.models import Case
from app.casework.service import seen_of, take_action
from app.casework.subjects import command_of
from app.database import Missing, db, transaction
from app.demo.ground import PROGRAMME
from app.demo.history.projects import YEARS
from app.people.permissions import Actor
from app.programmes.commands import CreateProgramme, OpenCall
from app.programmes.models import Call, Programme
from app.programmes.queries import programme_year
from app.programmes.service import add_policy, create_programme, open_call
from workflows.calendar import SHANGHAI
from workflows.money import fen_of
from workflows.policy import DEFAULT_POLICY, Policy

#: The rules of 2018 had the ratio, the cap, the areas and the fields of those that followed in 2020.
POLICY_OF_2018 = Policy(key="2018/1", effective_on=date(2018, 1, 1))
#: What each year was given, in yuan; what was left of it lapsed.
BUDGETS = {2019: "18000000.00", 2020: "20000000.00", 2021: "24000000.00"}
#: A call opened in each of these months of a year.
WAVES = (2, 4, 6)
OPENED, CLOSED = time(9), time(17, 30)
HOUR = timedelta(hours=1)
KEY = "demo/history/"


def lay_ground(fund: Actor) -> None:
    """Policies, budget years with their money, and calls, each when it is not there yet."""
    with transaction() as session:
        add_policy(session, POLICY_OF_2018, now=_moment(2018, 1, 2, OPENED))
        add_policy(session, DEFAULT_POLICY, now=_moment(2020, 6, 18, OPENED))
    # A year of a programme that is there is opened under the name that it has.
    name = db.session.scalars(select(Programme.name).where(Programme.code == PROGRAMME)).one()
    db.session.rollback()
    for year in YEARS:
        began = _moment(year, 1, 4, OPENED)
        try:
            programme_year(db.session(), PROGRAMME, year)
        except Missing:
            create_programme(CreateProgramme(code=PROGRAMME, name=name, year=year), actor=fund, now=began)
        _act(year, "appropriate", fund, began + HOUR, amount=BUDGETS[year], document=f"沪财演示〔{year}〕0001号")
        for wave, month in enumerate(WAVES, 1):
            _open_call(year, wave, month, fund)


def close_years(fund: Actor) -> None:
    """Return what was left of each year, when everything of it was paid."""
    for year in YEARS:
        _act(year, "close_year", fund, _moment(year + 2, 12, 20, OPENED))


def call_of(year: int, month: int) -> str:
    """The code of the call under which one declared in this month."""
    return f"{PROGRAMME}-{year}-{WAVES.index(month) + 1}"


def _open_call(year: int, wave: int, month: int, fund: Actor) -> None:
    code = call_of(year, month)
    if db.session.scalar(select(Call.id).where(Call.code == code)) is None:
        opens_at = _moment(year, month, 1, OPENED)
        command = OpenCall(
            code=code, title=f"{year} 年度第{'一二三'[wave - 1]}批项目申报通知（演示）", programme=PROGRAMME, year=year,
            opens_at=opens_at, closes_at=_moment(year, month, 28, CLOSED), budget=fen_of(BUDGETS[year]) // len(WAVES),
        )  # fmt: skip
        open_call(command, actor=fund, now=opens_at - HOUR)
    db.session.rollback()


def _act(year: int, action: str, fund: Actor, now: datetime, **fields: str) -> None:
    case = db.session.get_one(Case, programme_year(db.session(), PROGRAMME, year).case_id)
    key, closed = f"{KEY}{year}/{action}", case.closed_at is not None
    pid, seen = case.pid, seen_of(case)
    given = case.last_seq > 1 and action == "appropriate"
    db.session.rollback()
    if not closed and not given:
        command = command_of("programme_year", action).model_validate(fields)
        take_action(pid, action, actor=fund, seen=seen, command=command, idempotency_key=key, now=now)


def _moment(year: int, month: int, day: int, at: time) -> datetime:
    return datetime.combine(date(year, month, day), at, SHANGHAI).astimezone(UTC)
