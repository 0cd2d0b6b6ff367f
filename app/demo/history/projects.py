"""The 246 projects themselves: when, where, what, whose, and the amounts, the same on every machine.

Together they come to what the founding documents say of 2019 to 2021: 246 projects, a little more
than 47 million yuan granted, more than 187 million of social money.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from app.demo.history.matter import AREAS, FIELDS, Spot, Work
from app.demo.organisations import APPLICANTS, Applicant
from workflows.calendar import months_after

#: Budget year → how many of its projects were funded.
YEARS = {2019: 71, 2020: 84, 2021: 91}
#: Yuan times a hundred: amounts are in whole hundreds of yuan.
HUNDRED = 10_000
#: What all approvals together come to, in hundreds of yuan, and the social money that they lever.
GRANTED, SOCIAL = 473_862, 1_873_468
CAP = 5_000


@dataclass(frozen=True, slots=True)
class Past:
    """One project. Amounts are fen; `disallowed` is what the audit did not accept of the spending."""

    year: int
    place: int
    spot: Spot
    field: str
    work: Work
    applicant: Applicant
    approved: int
    suggested: int
    requested: int
    own: int
    donated: int
    other: int
    disallowed: int
    units: int
    score: int
    declared_on: date
    months: int

    @property
    def title(self) -> str:
        """What it is called; the mark says that it is made up."""
        return f"{self.spot.short}{self.work.title}项目（演示）"

    @property
    def planned(self) -> int:
        """All the money put into it."""
        return self.requested + self.own + self.donated + self.other

    @property
    def starts_on(self) -> date:
        """The first day of the work."""
        return self.declared_on + timedelta(days=100)

    @property
    def ends_on(self) -> date:
        """The last day of the work."""
        return months_after(self.starts_on, self.months) - timedelta(days=1)


def projects() -> tuple[Past, ...]:
    """All of them, by budget year."""
    dice = Random(20192021)  # noqa: S311 -- made-up projects, the same everywhere
    years = [year for year, count in YEARS.items() for _ in range(count)]
    approved = _spread(GRANTED, [0.25 + 1.6 * dice.random() ** 1.5 for _ in years], least=300, most=4_600)
    asked = [(amount, _over(amount, dice), dice.random()) for amount in approved]
    suggested = [min(CAP, over) for _amount, over, _share in asked]
    requested = [min(CAP, _over(amount, dice)) for amount in suggested]
    least = [-(-amount * 7 // 3) + 1 for amount in requested]
    spare = _spread(SOCIAL - sum(least), [0.2 + dice.random() for _ in years], least=0, most=SOCIAL)
    spots, works = list(_turns(AREAS, dice, len(years))), list(_turns(_by_weight(), dice, len(years)))
    found: list[Past] = []
    for number, year in enumerate(years):
        social = least[number] + spare[number]
        donated, other = social * dice.randrange(20, 60) // 100, social * dice.randrange(0, 6) // 100
        field, work = works[number]
        place = sum(1 for each in found if each.year == year)
        found.append(
            Past(
                year=year, place=place, spot=spots[number], field=field, work=work,
                applicant=APPLICANTS[dice.randrange(len(APPLICANTS))],
                approved=approved[number] * HUNDRED, suggested=suggested[number] * HUNDRED,
                requested=requested[number] * HUNDRED, own=(social - donated - other) * HUNDRED,
                donated=donated * HUNDRED, other=other * HUNDRED,
                disallowed=dice.randrange(0, 4) * (social * HUNDRED // 100) // 3 if dice.random() < 0.4 else 0,
                units=20 + dice.randrange(480), score=82 + dice.randrange(12),
                declared_on=date(year, 2 + 2 * (place * 3 // YEARS[year]), 6 + place % 18), months=3 + dice.randrange(4),
            )
        )  # fmt: skip
    return tuple(found)


def _over(amount: int, dice: Random) -> int:
    """A little more than this amount: what was asked for before it was cut down."""
    return amount + amount * dice.randrange(0, 7) // 100


def _spread(total: int, weights: Sequence[float], *, least: int, most: int) -> list[int]:
    """Whole parts of a total in about these proportions, each within its bounds."""
    whole = sum(weights)
    parts = [max(least, min(most, int(total * weight / whole))) for weight in weights]
    left, at = total - sum(parts), 0
    while left:
        step = max(-abs(left), min(abs(left), left // len(parts) or (1 if left > 0 else -1)))
        changed = max(least, min(most, parts[at % len(parts)] + step))
        left -= changed - parts[at % len(parts)]
        parts[at % len(parts)] = changed
        at += 1
    return parts


def _by_weight() -> tuple[tuple[int, tuple[tuple[str, Work], ...]], ...]:
    return tuple((weight, tuple((field, work) for work in works)) for field, weight, works in FIELDS)


def _turns(groups: Sequence[tuple[int, Sequence]], dice: Random, count: int) -> Iterator:
    """`count` choices: a group by its weight, one of its own by chance."""
    heap = [group for weight, group in groups for _ in range(weight)]
    for _ in range(count):
        group = heap[dice.randrange(len(heap))]
        yield group[dice.randrange(len(group))]
