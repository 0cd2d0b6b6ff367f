"""The sheets of a panel side by side, once all of them are in: spread, what lies far off, and what it comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from statistics import quantiles

from sqlalchemy.orm import Session

from app.people.permissions import Actor
from app.projects.queries import ProjectHead
from app.reviews.queries.sheets import SheetContent, SheetRow, sheets_of
from workflows.money import max_grant
from workflows.policy import FULL_MARKS, Policy
from workflows.review import PanelResult, is_far, panel_result


@dataclass(frozen=True, slots=True)
class Spread:
    """How the points of one item (or the totals, key "") lie: quartiles by linear interpolation."""

    key: str
    label: str
    most: int
    points: tuple[int, ...]
    low: int
    first: float
    middle: Fraction
    third: float
    high: int


@dataclass(frozen=True, slots=True)
class Judged:
    """One expert's sheet: `far` are the keys ("" the total) that lie far off; `left_out` says what does not count."""

    expert: str
    content: SheetContent
    far: frozenset[str]
    total_left_out: str
    amount_left_out: str


@dataclass(frozen=True, slots=True)
class Moderation:
    """The sheets of the latest panel; `limit` (fen) is the most that the panel may suggest."""

    judged: tuple[Judged, ...]
    spreads: tuple[Spread, ...]
    result: PanelResult
    trimmed: bool
    limit: int


def moderation_of(
    session: Session, actor: Actor, head: ProjectHead, policy: Policy, now: datetime
) -> Moderation | None:
    """The sheets for an office that may read them; None until every sheet of the panel is in."""
    rows = sheets_of(session, head.case_id, actor, now=now)
    latest = max((row.panel for row in rows), default=0)
    sheets = [row for row in rows if row.panel == latest and row.content is not None]
    if not sheets or not all(row.whole for row in sheets):
        return None
    return _moderation(sheets, head, policy)


def _moderation(sheets: Sequence[SheetRow], head: ProjectHead, policy: Policy) -> Moderation:
    contents = [row.content for row in sheets if row.content is not None]
    totals, amounts = [each.total for each in contents], [each.suggested_amount for each in contents]
    spreads = tuple(
        _spread(key, label, most, [each.scores[key] for each in contents]) for key, label, most in policy.score_items
    )
    whole = _spread("", "合计", FULL_MARKS, totals)
    trimmed = len(contents) >= policy.trim_from
    out_of_totals, out_of_amounts = (_left_out(each) if trimmed else {} for each in (totals, amounts))
    judged = tuple(
        Judged(
            row.expert,
            content,
            frozenset(
                each.key
                for each in (*spreads, whole)
                if is_far(content.scores[each.key] if each.key else content.total, each.middle, each.most, policy)
            ),
            out_of_totals.get(place, ""),
            out_of_amounts.get(place, ""),
        )
        for place, (row, content) in enumerate(zip(sheets, contents, strict=True))
    )
    result = panel_result(totals, amounts, policy)
    most = min(head.requested, result.suggestion, max_grant(policy, head.planned_total))
    return Moderation(judged, (*spreads, whole), result, trimmed, most)


def _spread(key: str, label: str, most: int, points: Sequence[int]) -> Spread:
    first, _middle, third = quantiles(points, n=4, method="inclusive") if len(points) > 1 else [points[0]] * 3
    return Spread(key, label, most, tuple(points), min(points), first, _median(points), third, max(points))


def _median(points: Sequence[int]) -> Fraction:
    ordered = sorted(points)
    half = len(ordered) // 2
    return Fraction(ordered[half] + ordered[-half - 1], 2)


def _left_out(values: Sequence[int]) -> dict[int, str]:
    """Which places the trimmed mean leaves out: one lowest and one highest, as the engine does."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    return {order[0]: "low", order[-1]: "high"}
