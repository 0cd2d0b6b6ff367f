"""The public statistics: exact sums by year, field and area, with pictures and files."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from flask import render_template, request, send_file
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.database import db
from app.portal.queries.names import Names, names
from app.portal.queries.statistics import Figures, Statistics, statistics
from app.portal.views.terms import kept, pages
from app.refusals import FieldRefused
from app.security import clock, may
from app.tables import Column
from app.tables.files import TYPES, written
from app.text import SHANGHAI, translated, wan
from workflows.definition import because

#: Column and row of each area in the map of tiles, about where it lies.
TILES = {
    "6502": (2, 1), "6531": (1, 2), "6326": (3, 2), "5402": (2, 3), "500101": (4, 2), "420506": (5, 2),
    "5203": (4, 3), "53": (3, 4),
}  # fmt: skip
#: Shades of a tile, the darkest for the area with the most.
SHADES = 5
COLUMNS = (
    Column("year", "年度"),
    Column("field", "领域"),
    Column("area", "受援地区"),
    Column("projects", "项目数", "figure"),
    Column("granted", "资助金额（元）", "money"),
    Column("social", "社会投入（元）", "money"),
    Column("paid", "拨付金额（元）", "money"),
)


@pages.get("/statistics")
@may("published.read")
@kept
def figures() -> str | Response:
    """Funds granted and social money levered in some budget years."""
    since, until = _year("since"), _year("until")
    if since and until and since > until:
        raise FieldRefused("since", because("起始年度不能晚于截止年度。"))
    found, known = statistics(db.session(), since=since, until=until), names(db.session())
    if (kind := request.args.get("as")) in TYPES:
        return _file(found, known, str(kind))
    by = {what: _rows(found, what, known) for what in ("year", "field", "area")}
    most = max((each.granted for _key, _label, each in by["area"]), default=0)
    return render_template(
        "portal/statistics.html", found=found, total=found.total, by=by, since=since, until=until, says=_sentences(by),
        pictures={what: _picture(rows) for what, rows in by.items()}, tiles=TILES,
        shade={key: 1 + (SHADES - 1) * each.granted // most for key, _label, each in by["area"]} if most else {},
        social_per_yuan=_times(found.total),
    )  # fmt: skip


def _year(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else None  # noqa: PLR2004


def _rows(found: Statistics, what: str, known: Names) -> list[tuple[Any, str, Figures]]:
    """(key, label, figures) of each year, field or area; fields and areas in the order of the policy."""
    by = found.by(what)
    if what == "year":
        return [(year, str(year), each) for year, each in by.items()]
    words = known.fields if what == "field" else known.areas
    keys = [key for key in words if key in by] + [key for key in by if key not in words]
    return [(key, translated(words.get(key, key)), by[key]) for key in keys]


def _picture(rows: list[tuple[Any, str, Figures]]) -> dict[str, Any]:
    """What the page's script draws: labels, and the two sums in fen."""
    return {
        "labels": [label for _key, label, _figures in rows],
        "unit": _("万元"),
        "series": [
            {"name": _("资助金额"), "fen": [each.granted for _key, _label, each in rows]},
            {"name": _("社会投入"), "fen": [each.social for _key, _label, each in rows]},
        ],
    }


def _sentences(by: dict[str, list[tuple[Any, str, Figures]]]) -> dict[str, str]:
    """What each picture shows, in one sentence."""
    said: dict[str, str] = {}
    for what, rows in by.items():
        if rows:
            _key, label, each = max(rows, key=lambda row: row[2].granted)
            label = _("%(year)s 年度", year=label) if what == "year" else label
            said[what] = _(
                "资助最多的是%(label)s：%(projects)s 个项目，资助 %(granted)s，带动社会投入 %(social)s。",
                label=label, projects=each.projects, granted=wan(each.granted), social=wan(each.social),
            )  # fmt: skip
    return said


def _times(total: Figures) -> str:
    """How many yuan of social money each granted yuan levers, to two places, rounded down."""
    if not total.granted:
        return "—"
    hundredths = total.social * 100 // total.granted
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _file(found: Statistics, known: Names, kind: str) -> Response:
    """Every cell of the statistics, from which all sums of the page can be made again."""
    rows = [
        SimpleNamespace(
            year=str(cell.year), field=translated(known.fields.get(cell.field, cell.field)),
            area=translated(known.areas.get(cell.area, cell.area)), projects=cell.figures.projects,
            granted=cell.figures.granted, social=cell.figures.social, paid=cell.figures.paid,
        )
        for cell in found.cells
    ]  # fmt: skip
    now: datetime = clock().now().astimezone(UTC)
    name = f"statistics-{now.astimezone(SHANGHAI):%Y%m%d}.{kind}"
    file, _rows = written(COLUMNS, rows, kind)
    return send_file(file, mimetype=TYPES[kind], as_attachment=True, download_name=name)
