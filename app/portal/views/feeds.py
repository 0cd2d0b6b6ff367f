"""Atom feeds of calls, notices and results, and what search engines ask for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

from flask import current_app, make_response, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.database import Missing, db
from app.portal.queries.published import newest
from app.portal.views.terms import kept, pages
from app.programmes.queries import calls
from app.publicity.models import Notice
from app.publicity.queries import KINDS, NOTICES, RESULTS
from app.security import may
from app.text import moment, money, translated

#: Every entry has an id of its own for ever, made of its kind and number, whatever the address of the site.
ENTRIES = UUID("6a2f2f6e-6a2c-5b0c-9d0f-2b8a7f0f4c11")
LONGEST = 50
#: Pages of projects that the map of the site names.
MAPPED = 1_000
EMPTY = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was published."""

    id: UUID
    title: str
    href: str
    updated: datetime
    summary: str


def titles() -> dict[str, str]:
    """The feeds by their names in the address."""
    return {"calls": _("申报通知"), "notices": _("公示公告"), "results": _("资助结果")}


@pages.get("/feeds/<name>.atom")
@may("published.read")
@kept
def feed(name: str) -> Response:
    """The newest entries of one kind."""
    if name not in titles():
        raise Missing(name)
    entries = list(_calls() if name == "calls" else _notices(NOTICES if name == "notices" else RESULTS))
    updated = max((entry.updated for entry in entries), default=EMPTY)
    page = make_response(
        render_template(
            "portal/feed.xml", name=name, title=titles()[name], entries=entries, updated=updated,
            ident=uuid5(ENTRIES, name), base=current_app.extensions["aidflow"].settings.public_url.rstrip("/"),
        )
    )  # fmt: skip
    page.content_type = "application/atom+xml; charset=utf-8"
    page.last_modified = updated
    return page


@pages.get("/sitemap.xml")
@may("published.read")
@kept
def sitemap() -> Response:
    """The pages for everybody, and those of the newest funded projects."""
    places = [
        url_for(f"portal.{name}")
        for name in ("home", "open_calls_page", "notices", "results", "figures", "workflow", "receipt")
    ]
    places += [url_for("portal.funded", number=row.number) for row in newest(db.session(), ("announcement",), MAPPED)]
    base = current_app.extensions["aidflow"].settings.public_url.rstrip("/")
    page = make_response(render_template("portal/sitemap.xml", places=places, base=base))
    page.content_type = "application/xml; charset=utf-8"
    return page


@pages.get("/robots.txt")
@may("published.read")
def robots() -> Response:
    """Search engines read what is public and leave the rest alone."""
    base = current_app.extensions["aidflow"].settings.public_url.rstrip("/")
    page = make_response(f"User-agent: *\nDisallow: /api/\nDisallow: /sign-in\nSitemap: {base}/sitemap.xml\n")
    page.content_type = "text/plain; charset=utf-8"
    return page


def _calls() -> Iterable[Entry]:
    for call in calls(db.session(), limit=LONGEST):
        yield Entry(
            uuid5(ENTRIES, f"call/{call.code}"), call.title, url_for("portal.open_call_page", code=call.code),
            call.opens_at,
            _("申报时间：%(opens)s 至 %(closes)s。", opens=moment(call.opens_at), closes=moment(call.closes_at)),
        )  # fmt: skip


def _notices(kinds: tuple[str, ...]) -> Iterable[Entry]:
    for notice in newest(db.session(), kinds, LONGEST):
        yield Entry(
            uuid5(ENTRIES, f"{notice.kind}/{notice.number}"),
            f"{translated(KINDS[notice.kind])}{_('：')}{notice.title}",
            _place(notice), max(notice.published_at, notice.suspended_at or notice.published_at),
            _("%(organisation)s，%(place)s，%(amount)s 元。", organisation=notice.organisation, place=notice.place,
              amount=money(notice.amount)),
        )  # fmt: skip


def _place(notice: Notice) -> str:
    endpoint = "portal.notice" if notice.kind == "publicity" else "portal.funded"
    return url_for(endpoint, number=notice.number)
