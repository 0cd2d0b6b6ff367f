"""What was funded: the list of projects and the page of each, made of what was published."""

from flask import render_template
from werkzeug.wrappers import Response

from app.database import Missing, db
from app.portal.queries.names import names
from app.portal.queries.published import outcome_of, project_published, projects_funded
from app.portal.queries.statistics import statistics
from app.portal.views.terms import kept, pages
from app.publicity.models import Notice
from app.publicity.queries import STATES, notices_of
from app.security import clock, may
from app.tables import Column, Filter, Table, answer
from app.text import translated

FUNDED = Table(
    "funded",
    columns=(
        Column("title", "项目", sort=True),
        Column("organisation", "项目主体", sort=True),
        Column("area", "受援地区"),
        Column("year", "年度", "narrow", sort=True, says=lambda row: str(row.year)),
        Column("field", "领域", shown=False),
        Column("place", "实施地点", shown=False),
        Column("amount", "资助金额（元）", "money", sort=True),
        Column("social", "社会投入（元）", "money", sort=True, shown=False),
        Column("paid", "拨付金额（元）", "money", sort=True),
        Column("published_at", "公告", "date", sort=True),
        Column("number", "项目编号", "narrow", sort=True, shown=False, filed=True),
    ),
    filters=(
        Filter("title", "项目名称包含"),
        Filter("organisation", "项目主体包含"),
        Filter("year", "年度", "select", where=lambda text: Notice.year == int(text)),
        Filter("field", "领域", "select"),
        Filter("area", "受援地区", "select"),
    ),
    order="-published_at",
)


@pages.get("/results")
@may("published.read")
@kept
def results() -> Response:
    """Every project that was announced, with what was paid once that is public."""
    known = names(db.session())
    years = {str(year): str(year) for year in reversed(statistics(db.session()).years)}
    columns = tuple(_named(column, known.fields, known.areas) for column in FUNDED.columns)
    table = Table("funded", columns, FUNDED.filters, FUNDED.order).offering(
        year=years, field=known.fields, area=known.areas
    )
    return answer(table, projects_funded(), "portal/results.html")


@pages.get("/results/<number>")
@may("published.read")
@kept
def funded(number: str) -> str:
    """One project that was announced: what was published of it, and nothing else."""
    session = db.session()
    root = project_published(session, number)
    rows = {row.kind: row for row in notices_of(session, root, now=clock().now())}
    if "announcement" not in rows:
        raise Missing(number)
    return render_template(
        "portal/funded.html", announced=rows["announcement"], notice=rows["publicity"], result=rows.get("result"),
        outcome=outcome_of(session, root), names=names(session), states=STATES,
    )  # fmt: skip


def _named(column: Column, fields: dict[str, str], areas: dict[str, str]) -> Column:
    """The column with the words of a field or an area in place of its key."""
    words = {"field": fields, "area": areas}.get(column.key)
    if words is None:
        return column
    key = column.key
    return Column(
        key, column.label, column.kind, shown=column.shown,
        says=lambda row: translated(words.get(getattr(row, key), getattr(row, key))),
    )  # fmt: skip
