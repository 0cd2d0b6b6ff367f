"""Rules and recorded values in the words of those who read them: percent, yuan, labels instead of codes."""

from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from app.organisations.models import TIE_LABELS, YEARLY_CHECK_RESULTS
from app.people.models import UNIT_KINDS
from app.programmes.commands import (
    AMOUNTS,
    CEILINGS,
    MEASURE_LABELS,
    READING_LABELS,
    ceiling_typed,
    typed_label,
    typed_rule,
)
from app.registers.models import FIELD_LABELS, HAPPENED_LABELS
from app.text import day, moment, translated
from workflows.policy import DEFAULT_POLICY, rules
from workflows.roles import LABELS

RULES = {rule.name: rule for rule in rules(DEFAULT_POLICY)}
WORDS = {**LABELS, **UNIT_KINDS, **TIE_LABELS, **HAPPENED_LABELS, **YEARLY_CHECK_RESULTS}
#: Lists that reach everything the policy allows while they are empty.
ALL_WHEN_EMPTY = frozenset({"areas", "fields"})


def field_words(name: str) -> str:
    """What a recorded field is called."""
    rule = RULES.get(name)
    return translated(FIELD_LABELS.get(name) or (typed_label(rule.label) if rule else name))


def value_words(name: str, value: Any) -> str:
    """A recorded value as a person reads it."""
    if value == [] and name in ALL_WHEN_EMPTY:
        return _("政策规定的全部")
    if (
        value is not None
        and name in RULES
        and (name in AMOUNTS or name.endswith("_ppm") or name == "settlement_reading")
    ):
        return rule_words(name, value)[0]
    if isinstance(value, list) and value and isinstance(value[0], list):
        return _("；").join(rule_words(name, value))
    if isinstance(value, list):
        return _("、").join(_plain(name, each) for each in value)
    return _plain(name, value)


def rule_words(name: str, value: Any) -> list[str]:
    """A rule as a person reads it, line by line."""
    if isinstance(value, bool):
        return [_("是") if value else _("否")]
    if name == CEILINGS:
        return [
            " · ".join((translated(label), translated(MEASURE_LABELS[measure]), _ceiling(measure, limit)))
            for _key, label, measure, limit in value
        ]
    if name == "settlement_reading":
        return [translated(READING_LABELS.get(value, value))]
    typed = typed_rule(name, value)
    if isinstance(typed, list):
        return [" · ".join(translated(part.strip()) for part in line.split("|")) for line in typed]
    if name in AMOUNTS:
        return [_("%(amount)s 元", amount=typed)]
    return [f"{typed} %" if name.endswith("_ppm") else str(typed)]


def _ceiling(measure: str, limit: int) -> str:
    typed = ceiling_typed(measure, limit)
    return typed if measure == "share_ppm" else _("%(amount)s 元", amount=typed.removesuffix(" 元"))


def _plain(name: str, value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: _("是"), False: _("否"), None: "—"}[value]
    text = str(value)
    labels = dict(getattr(DEFAULT_POLICY, name)) if name in ALL_WHEN_EMPTY else WORDS
    if text in labels:
        return translated(labels[text])
    try:
        return moment(datetime.fromisoformat(text)) if "T" in text else day(date.fromisoformat(text))
    except ValueError:
        return translated(text)
