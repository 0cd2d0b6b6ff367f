"""Conflicts of interest: what ties a person to those who stand behind a project, as an explained list.

Data in, findings out; nobody is asked and nothing is kept here. HARD findings block an assignment, SOFT
ones want a reason in words. Source: 政府采购法实施条例 Art. 9 by analogy (L) for ties; the rest is our
default (D). Addresses, telephones and accounts are compared as marks: keyed hashes of their normal form.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from workflows.calendar import months_after
from workflows.definition import Reason, because

HARD, SOFT = "hard", "soft"
APPLICANT, PARTNER = "applicant", "partner"
PARTY_LABELS = {APPLICANT: "项目主体", PARTNER: "项目合作单位"}
#: What may be the same for a person and an organisation; only an account is proof enough to block (D).
SHARED_LABELS = {"address": "地址", "phone": "电话", "account": "银行账户"}
PROOF = frozenset({"account"})
#: A tie that somebody stated, as distinct from an office held.
DECLARED = "declared"
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie to an organisation from one day to the last day of it; `label` says in words what kind it is."""

    uscc: str
    organisation: str
    kind: str
    label: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Party:
    """Who stands behind a project: the applicant by its code, a partner by the name that the declaration gives."""

    role: str
    name: str
    uscc: str | None = None
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody; `recused_elsewhere` on another project of the same organisation."""

    ties: tuple[Tie, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    recused_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that speaks against an assignment: which rule, how heavily, and why in words."""

    rule: str
    weight: str
    why: Reason

    def record(self) -> dict[str, Any]:
        """The finding as it is kept with the assignment: rule, weight, sentence and its values."""
        return {"rule": self.rule, "weight": self.weight, "text": self.why.text, "values": dict(self.why.values)}


def finding_of(kept: Mapping[str, Any]) -> Finding:
    """The finding that `record` wrote."""
    return Finding(kept["rule"], kept["weight"], because(kept["text"], **kept["values"]))


def findings(person: Person, parties: Iterable[Party], *, on: date, years: int) -> tuple[Finding, ...]:
    """Everything that ties this person to these parties on this day, the heavier findings first."""
    found = [each for party in parties for each in _with(person, party, on, months_after(on, -MONTHS * years))]
    if person.recused_elsewhere:
        found.append(Finding("recused_elsewhere", SOFT, because("曾就该项目主体的其他项目申请回避")))
    once = {(each.rule, str(each.why)): each for each in found}
    return tuple(sorted(once.values(), key=lambda each: (each.weight != HARD, each.rule)))


def normal_name(name: str) -> str:
    """A name without what people write differently: width, case, blanks, brackets and other signs."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name)).casefold()


def normal_contact(kind: str, value: str) -> str:
    """An address, a telephone or an account in its one spelling; empty when nothing is left to compare."""
    if kind == "address":
        return normal_name(value)
    digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", value))
    if kind == "phone":
        # The same line with the prefix of the country, of long distance, or with neither.
        digits = re.sub(r"^(?:00)?86(?=1[0-9]{10}$|0?[1-9][0-9]{9,10}$)", "", digits).lstrip("0")
    return digits


def _with(person: Person, party: Party, on: date, since: date) -> Iterator[Finding]:
    for tie in person.ties:
        if _is_of(tie, party) and (found := _tied(tie, party, on, since)):
            yield found
    for kind, label in SHARED_LABELS.items():
        if kind in person.marks and person.marks[kind] == party.marks.get(kind):
            of = {"party": PARTY_LABELS[party.role], "name": party.name, "what": label}
            said = because("与{party}“{name}”登记的{what}相同", **of)
            yield Finding(f"same_{kind}", HARD if kind in PROOF else SOFT, said)


def _is_of(tie: Tie, party: Party) -> bool:
    same_name = normal_name(tie.organisation) == normal_name(party.name) != ""
    return same_name or (party.uscc is not None and tie.uscc == party.uscc)


def _tied(tie: Tie, party: Party, on: date, since: date) -> Finding | None:
    of = {"party": PARTY_LABELS[party.role], "name": party.name, "kind": tie.label, "since": tie.since.isoformat()}
    if tie.until is None or tie.until >= on:
        if tie.kind == DECLARED:
            return Finding("declared", HARD, because("已申明与{party}“{name}”有关联（自 {since}）", **of))
        return Finding("present", HARD, because("现在属于{party}“{name}”（{kind}，自 {since}）", **of))
    if tie.until <= since:
        return None
    of["until"] = tie.until.isoformat()
    # Whoever left the partner is no longer of it and is only to be thought about.
    weight = HARD if party.role == APPLICANT else SOFT
    return Finding("former", weight, because("曾属于{party}“{name}”（{kind}，{since} 至 {until}）", **of))
