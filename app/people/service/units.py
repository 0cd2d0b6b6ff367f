"""Units: the offices and firms in which people act."""

from datetime import datetime
from typing import Any

from app.database import locked, transaction
from app.people.models import Unit
from app.refusals import constraints
from app.registers.service import record_change
from workflows.definition import because

UNIT_RULES = {
    "uq_unit_code": ("code", because("该单位代码已被使用。")),
    "ck_unit_kind_is_known": ("kind", because("没有这种单位类别。")),
    "ck_unit_area_code_is_digits": ("area_code", because("行政区划代码为 2 至 6 位数字。")),
    "ck_unit_area_code_is_there": ("area_code", because("受理单位和前方工作机构须填写行政区划代码。")),
}


def add_unit(
    *,
    code: str,
    name: str,
    kind: str,
    area_code: str | None = None,
    made_up: bool = False,
    by: int | None = None,
    now: datetime | None = None,
) -> int:
    """Add a unit; its id. Kinds are `models.UNIT_KINDS`, area codes GB/T 2260 or a prefix of one."""
    with constraints(UNIT_RULES), transaction() as session:
        unit = Unit(code=code, name=name, kind=kind, area_code=area_code, made_up=made_up)
        session.add(unit)
        session.flush()
        record_change(session, "unit", code, after={"kind": kind, **_changeable(unit)}, by=by, now=now)
        return unit.id


def change_unit(unit_id: int, *, name: str, area_code: str | None, by: int, now: datetime) -> None:
    """Give a unit another name or area. Its code and its kind stay, since roles are held for them."""
    with constraints(UNIT_RULES), transaction() as session:
        unit = locked(session, Unit, unit_id)
        before = _changeable(unit)
        unit.name, unit.area_code = name, area_code
        session.flush()
        if before != _changeable(unit):
            record_change(session, "unit", unit.code, before=before, after=_changeable(unit), by=by, now=now)


def _changeable(unit: Unit) -> dict[str, Any]:
    return {"name": unit.name, "area_code": unit.area_code}
