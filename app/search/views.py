"""The page of search: one box, filters that stay in the address, hits with the words marked."""

from collections.abc import Sequence
from typing import Any
from unicodedata import normalize

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.database import db
from app.organisations.models import DISTRICTS
from app.paging import id_cursor
from app.search.queries import Filters, calls, organisations, papers, projects, years
from app.security import current_actor, may
from app.workbench.queries import pinned_of, recent_of
from workflows.aid_project import AID_PROJECT
from workflows.policy import DEFAULT_POLICY

pages = Blueprint("search", __name__)
blueprints = (pages,)

KINDS = {"projects": "项目", "organisations": "项目主体", "papers": "材料", "calls": "申报通知"}
STAGES = {stage.name: stage.label for stage in AID_PROJECT.stages}
FIELDS = dict(DEFAULT_POLICY.fields)
#: Characters of a query, and words that it is cut into; the rest is left out.
LONGEST, MOST_WORDS = 200, 6
#: Hits on a page of one kind, and of each kind where all are shown.
PAGE, GLANCE = 25, 5
#: Organisations among the suggestions at most.
FEW = 3


@pages.get("/search")
@may("search.read")
def results() -> str:
    """What is found of each kind, or of one kind and then page by page."""
    query, words = _asked()
    kind = _known("kind", KINDS)
    budget_years = years(db.session()) if words else []
    filters = Filters(_known("stage", STAGES), _known("field", FIELDS), _year(budget_years))
    hits = {name: _hits(name, words, filters, one=kind is not None) for name in _kinds(kind, filters)} if words else {}
    session, actor = db.session(), current_actor()
    at_hand = {} if words else {_("置顶的项目"): pinned_of(session, actor), _("最近查看"): recent_of(session, actor)}
    return render_template(
        "search/results.html", query=query, kind=kind, filters=filters, kinds=KINDS, stages=STAGES, fields=FIELDS,
        years=budget_years, hits=hits, at_hand=at_hand, districts=DISTRICTS, workflow=AID_PROJECT,
        marked=lambda text: mark(text, words),
    )  # fmt: skip


@pages.get("/search/suggestions")
@may("search.read")
def suggestions() -> Response:
    """A few projects and organisations that hold what was typed so far, by the very statements of the search."""
    session, actor = db.session(), current_actor()
    _query, words = _asked()
    if not words:
        return jsonify(items=[])
    ours = projects(session, actor, words, Filters(), limit=GLANCE)
    theirs = organisations(session, actor, words, limit=FEW)
    return jsonify(
        items=[
            {
                "label": f"{row.number} {row.title}", "hint": row.organisation,
                "href": url_for("desk.project", number=row.number),
            }
            for row in ours
        ]
        + [
            {"label": row.name, "hint": row.uscc, "href": url_for("desk.organisation", uscc=row.uscc)}
            for row in theirs
        ]
    )  # fmt: skip


def mark(text: str | None, words: Sequence[str]) -> Markup:
    """The text with every place marked where one of the words is found, folded as the database folds it."""
    text = text or ""
    # One character can fold to several, so each folded one remembers where it came from.
    folded = [(each, place) for place, letter in enumerate(text) for each in normalize("NFKC", letter).lower()]
    whole = "".join(each for each, _place in folded)
    hit = set()
    for word in words:
        wanted = normalize("NFKC", word).lower()
        start = whole.find(wanted)
        while start >= 0:
            hit.update(place for _each, place in folded[start : start + len(wanted)])
            start = whole.find(wanted, start + 1)
    said = Markup()
    for place, letter in enumerate(text):
        said += Markup("<mark>") if place in hit and place - 1 not in hit else ""
        said += escape(letter)
        said += Markup("</mark>") if place in hit and place + 1 not in hit else ""
    return said


def _hits(name: str, words: Sequence[str], filters: Filters, *, one: bool) -> dict[str, Any]:
    """The hits of a kind, and the address of the next ones."""
    session, actor, size = db.session(), current_actor(), PAGE if one else GLANCE
    before = id_cursor() if one else None
    if name == "projects":
        rows: Sequence[Any] = projects(session, actor, words, filters, before=before, limit=size + 1)
    elif name == "papers":
        rows = papers(session, actor, words, filters, before=before, limit=size + 1)
    elif name == "organisations":
        rows = organisations(session, actor, words, before=before, limit=size + 1)
    else:
        rows = calls(session, words, before=before, limit=size + 1)
    onward = None
    if len(rows) > size:
        kept = {**request.args.to_dict(), "kind": name, "cursor": rows[size - 1].id if one else None}
        onward = url_for(".results", **{key: kept[key] for key in sorted(kept)})
    return {"rows": rows[:size], "onward": onward}


def _asked() -> tuple[str, list[str]]:
    """What was typed, and the words in it."""
    query = "".join(c if c.isprintable() else " " for c in request.args.get("q", "")[:LONGEST]).strip()
    return query, query.split()[:MOST_WORDS]


def _kinds(kind: str | None, filters: Filters) -> Sequence[str]:
    """What is looked for: one kind, or all of them that the filters can narrow."""
    if kind is not None:
        return (kind,)
    return ("projects", "papers") if filters != Filters() else tuple(KINDS)


def _known(name: str, values: Any) -> str | None:
    value = request.args.get(name)
    return value if value in values else None


def _year(budget_years: Sequence[int]) -> int | None:
    return next((year for year in budget_years if str(year) == request.args.get("year")), None)
