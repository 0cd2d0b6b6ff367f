"""The one bridge from a command to a plain HTML form, and back.

A form is drawn from the JSON schema of its command, so a new field of a command appears on its page
by itself. Nothing is checked here: what was typed goes to the command as text, and what the command
finds wrong comes back onto the fields, with everything typed kept.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from flask_wtf import FlaskForm
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, DateInput, DateTimeLocalInput, ListWidget

from app.casework.commands import Command
from app.refusals import FieldRefused
from app.security.fields import refuse_beyond
from app.text import say, translated
from app.validation import field_faults
from workflows.definition import Reason

#: Rows of a table that are there to be typed into before anything was typed.
BLANK_ROWS = 5
#: Rows of a table that are read at most; a form that sends more was not made here.
MOST_ROWS = 200
#: From this many characters on a text gets a box of several lines.
LONG = 400
#: Hidden fields of the pages that are no field of any command.
OURS = frozenset({"csrf_token", "seen", "since", "key", "version", "more", "phrase", "preview"})
#: Times typed without a zone are meant for a clock in Shanghai.
ZONE = "+08:00"
#: Which keys a telephone shows.
_KEYBOARDS = {"integer": "numeric", "number": "decimal"}
YES_NO = (("true", "是"), ("false", "否"))

#: Field → its choices (value, label) where only the database knows them.
Offers = Mapping[str, Sequence[tuple[str, str]]]
Schema = Mapping[str, Any]
C = TypeVar("C", bound=Command)
#: The number of a row inside the name of a field.
_ANY_ROW = re.compile(r"-[0-9]+-")
_ROW = re.compile(r"-([0-9]+)-")


class Lines(TextAreaField):  # type: ignore[misc]
    """A list, one line each."""

    def _value(self) -> str:
        return "\n".join(str(line) for line in self.data or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the lines that say something."""
        if valuelist:
            self.data = [line.strip() for line in valuelist[0].splitlines() if line.strip()]


class Ticks(SelectMultipleField):  # type: ignore[misc]
    """Several of a list, each with a box of its own."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class _Mark:
    """Says to the page, not to the browser, that a field must be filled in."""

    field_flags: Mapping[str, object] = {"required": True}

    def __call__(self, _form: Any, _field: Any) -> None:
        """Check nothing: the command does."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where (label and id of the field, empty without one) and what."""

    label: str
    id: str
    message: str


@dataclass
class Filled(Generic[C]):
    """The form of a command as it stands on a page, with what was typed and what is wrong with it.

    `values` fills it before anything was typed, in the JSON form of the command.
    """

    command: type[C]
    offers: Offers = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        schema = self.command.model_json_schema()
        fields = dict(_fields(schema, schema.get("$defs", {}), self.offers))
        self.form: Any = type(self.command.__name__, (FlaskForm,), fields)(data=dict(self.values))
        self._fields: dict[tuple[object, ...], Any] = {}
        self.add_rows(BLANK_ROWS)

    def add_rows(self, count: int, *, name: str | None = None) -> None:
        """Give each table this many blank rows after those that were filled in, or the named one so many more."""
        for each in self.form:
            if isinstance(each, FieldList) and name in {None, each.name}:
                before = len(each) if name else sum(bool(_row(entry)) for entry in each)
                while len(each) < min(before + count, MOST_ROWS):
                    each.append_entry()

    def read(self) -> C | None:
        """The command that was typed, or None, with the faults on their fields."""
        typed = _typed(self.form, (), self._fields)
        try:
            return self.command.model_validate(typed)
        except ValidationError as wrong:
            for fault, ours in zip(wrong.errors(include_url=False), field_faults(wrong, self.command), strict=True):
                self._blame(fault["loc"], ours["message"])
            return None

    def typed(self) -> dict[str, Any]:
        """What stands in the form, in the form of `values`, right or wrong; blanks left out."""
        return _typed(self.form, (), {})

    def takes(self, name: str) -> tuple[bool, bool]:
        """Whether the form has this field, and whether it may come several times; call it after `read`."""
        alike = [f for f in self._fields.values() if _ANY_ROW.sub("-0-", f.name) == _ANY_ROW.sub("-0-", name)]
        return name in OURS or bool(alike), any(isinstance(f, Ticks) or f.short_name in self.offers for f in alike)

    def refuse(self, name: str, reason: Reason) -> None:
        """Put a reason beside a field, or above the form when it is about none of its fields."""
        self._blame(tuple(int(step) if step.isdigit() else step for step in name.split(".")), say(reason))

    def blame(self, refusal: FieldRefused) -> None:
        """Put what a service refused beside its field."""
        self.refuse(refusal.field, refusal.reason)

    def _blame(self, place: tuple[object, ...], message: str) -> None:
        while place and place not in self._fields:
            place = place[:-1]
        if not place:
            self.faults.append(Fault("", "", message))
            return
        found = self._fields[place]
        if not isinstance(found, FormField):
            found.errors = [*found.errors, message]
        label = str(found.label.text)
        if row := _ROW.search(found.id):
            label = f"{_('第 %(number)d 行', number=int(row[1]) + 1)} {label}"
        self.faults.append(Fault(label, found.id, message))


def refuse_unknown(filled: Filled[Any], sent: MultiDict[str, str]) -> None:
    """Refuse what the form never asked for, or asked for once, instead of ignoring it; call it after `read`."""
    refuse_beyond(sent, filled.takes)


def _fields(schema: Schema, defs: Schema, offers: Offers) -> Iterator[tuple[str, Any]]:
    required = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        yield name, _field(_flat(each, defs), defs, offers, name, needed=name in required)


def _flat(schema: Schema, defs: Schema) -> Schema:
    """The schema with references followed and "or nothing" left out."""
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            return {**_flat(choice, defs), **{k: v for k, v in schema.items() if k != "anyOf"}}
    if "$ref" in schema:
        return {**defs[schema["$ref"].rpartition("/")[2]], "description": "", **schema}
    return schema


def _field(schema: Schema, defs: Schema, offers: Offers, name: str, *, needed: bool) -> Any:
    kind = schema.get("type")
    asks: dict[str, Any] = {
        "label": later(schema.get("title", name)),
        "description": later(schema["description"]) if schema.get("description") else "",
        "validators": [_Mark()] if needed or "default" not in schema or kind == "boolean" else [],
    }
    choices = _choices(schema, offers.get(name), needed=needed)
    if kind == "array":
        return _list_field(schema, defs, offers, asks, choices)
    if kind == "object":
        return _table_field(schema, defs, offers, asks, offers.get(name))
    if kind == "boolean" and not needed:
        return BooleanField(**asks)
    if choices:
        return SelectField(**asks, choices=_choosable(choices), validate_choice=False)
    return _text_field(schema, asks)


def _choices(schema: Schema, offered: Sequence[tuple[str, str]] | None, *, needed: bool) -> list[tuple[str, str]]:
    if offered is None and schema.get("type") == "boolean":
        offered = YES_NO
    if offered is None:
        labels = schema.get("choices") or schema.get("labels") or {}
        offered = [(str(word), labels.get(word, str(word))) for word in schema.get("enum", labels)]
    if not offered or schema.get("type") in {"array", "object"}:
        return list(offered or ())
    blank = [] if needed and len(offered) == 1 else [("", str(later("请选择") if needed else later("不填")))]
    return [*blank, *((value, translated(label)) for value, label in offered)]


def _choosable(choices: Sequence[tuple[str, str]]) -> list[Any]:
    return [SelectChoice(value, label) for value, label in choices]


def _text_field(schema: Schema, asks: dict[str, Any]) -> Any:
    if schema.get("widget") == "textarea" or schema.get("maxLength", 0) > LONG:
        return TextAreaField(**asks, render_kw={"rows": 5})
    if schema.get("format") == "date":
        return StringField(**asks, widget=DateInput())
    if schema.get("format") == "date-time":
        return StringField(**asks, widget=DateTimeLocalInput())
    kind = schema.get("type")
    if schema.get("widget") == "money":
        return StringField(**asks, render_kw={"inputmode": "decimal", "class": "figure"})
    return StringField(**asks, render_kw={"inputmode": _KEYBOARDS[kind]} if kind in _KEYBOARDS else None)


def _list_field(
    schema: Schema, defs: Schema, offers: Offers, asks: dict[str, Any], choices: list[tuple[str, str]]
) -> Any:
    items = _flat(schema.get("items", {}), defs)
    if items.get("type") == "object" and "properties" in items:
        row = type("Row", (Form,), dict(_fields(items, defs, offers)))
        return FieldList(FormField(row), **asks, max_entries=MOST_ROWS)
    if choices or (choices := _choices({**items, "type": ""}, None, needed=True)[1:]):
        return Ticks(**asks, choices=_choosable(choices), validate_choice=False)
    return Lines(**asks, render_kw={"rows": 4})


def _table_field(
    schema: Schema, defs: Schema, offers: Offers, asks: dict[str, Any], keys: Sequence[tuple[str, str]] | None
) -> Any:
    """A group of fields, or one field for each key of a table whose keys the database knows."""
    needed = bool(asks["validators"])
    asks = {"label": asks["label"], "description": asks["description"]}
    if "properties" in schema:
        return FormField(type("Group", (Form,), dict(_fields(schema, defs, offers))), **asks)
    each = _flat(schema.get("additionalProperties", {}), defs)
    cells = {
        key: _field({"default": "", **each, "title": label}, defs, {}, key, needed=needed) for key, label in keys or ()
    }
    return FormField(type("Table", (Form,), cells), **asks)


def _typed(form: Any, place: tuple[object, ...], seen: dict[tuple[object, ...], Any]) -> dict[str, Any]:
    """What stands in a form, without what was left blank; every field is remembered by its place."""
    values = {}
    for each in form:
        if each.short_name not in OURS:
            value = _value(each, (*place, each.short_name), seen)
            if value is not None:
                values[each.short_name] = value
    return values


def _row(entry: Any) -> dict[str, Any] | None:
    """What stands in a row; None when nothing was typed into it."""
    row = _typed(entry.form, (), {})
    return row if any(value for value in row.values() if not isinstance(value, bool)) else None


def _value(each: Any, place: tuple[object, ...], seen: dict[tuple[object, ...], Any]) -> Any:
    seen[place] = each
    if isinstance(each, FormField):
        return _typed(each.form, place, seen) or None
    if isinstance(each, FieldList):
        rows: list[Any] = []
        for entry in each:
            row = _row(entry)
            # A blank row is not sent, so the place of a row is its place among those that are.
            _typed(entry.form, (*place, len(rows) if row else f"blank {entry.short_name}"), seen)
            if row:
                rows.append(row)
        return rows or None
    if isinstance(each, BooleanField):
        return bool(each.data)
    if isinstance(each, (Lines, Ticks)):
        return list(each.data or ()) or None
    text = str(each.data if each.data is not None else "").strip()
    if isinstance(each.widget, DateTimeLocalInput) and text and text[-6:-5] not in {"+", "-"} and text[-1] != "Z":
        text += ZONE
    return text or None
