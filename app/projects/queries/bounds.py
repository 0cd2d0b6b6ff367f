"""What can be read of a declaration but lies outside what the fund pays for, field by field, as one types."""

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.programmes.models import ProgrammeYear
from app.projects.commands import Declaration
from workflows.policy import Policy


def out_of_bounds(session: Session, case_id: int, declaration: Declaration, policy: Policy) -> dict[str, str]:
    """Field → what is wrong with it. The same faults are gaps of the submission (`app/projects/subject.py`)."""
    found: dict[str, str] = {}
    if declaration.area_code and policy.area_name(declaration.area_code) is None:
        found["area_code"] = _("该代码不在资助范围内，请从列出的受援地区中选择。")
    if declaration.ends_on:
        wanted = select(ProgrammeYear.year).join(Case, Case.programme_year_id == ProgrammeYear.case_id)
        year = session.scalar(wanted.where(Case.id == case_id))
        if year is not None and declaration.ends_on.year < year:
            found["ends_on"] = _(
                "结束日期早于 %(year)d 预算年度。资助项目须先申报、后实施，不能申报以前年度已经结束的项目。", year=year
            )
    return found
