"""What pydantic finds wrong, said to people: field by field, in their language."""

import re
from collections.abc import Iterator
from typing import Any, get_args

from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from pydantic import BaseModel, ValidationError

from app.text import say
from workflows.definition import Reason

#: One word of those that pydantic would take.
_WORD = re.compile(r"'([^']*)'")
#: pydantic's name of a fault → our sentence; `{names}` are filled from what pydantic knows.
SENTENCES: dict[str, Any] = {
    "missing": later("此项必填。"),
    "extra_forbidden": later("没有这个字段。"),
    "string_type": later("应为文字。"),
    "string_too_short": later("至少 {min_length} 个字。"),
    "string_too_long": later("至多 {max_length} 个字。"),
    "string_pattern_mismatch": later("格式不正确。"),
    "int_type": later("应为整数。"),
    "int_parsing": later("应为整数。"),
    "int_from_float": later("应为整数。"),
    "bool_type": later("应为是或否。"),
    "bool_parsing": later("应为是或否。"),
    "decimal_type": later("应为数字，如 12.5。"),
    "decimal_parsing": later("应为数字，如 12.5。"),
    "finite_number": later("应为数字，如 12.5。"),
    "decimal_max_places": later("至多 {decimal_places} 位小数。"),
    "decimal_max_digits": later("连同小数至多 {max_digits} 位数字。"),
    "decimal_whole_digits": later("整数部分至多 {whole_digits} 位。"),
    "string_unicode": later("含有无法保存的字符。"),
    "int_parsing_size": later("数字过大。"),
    "float_type": later("应为数字，如 12.5。"),
    "date_type": later("应为日期，如 2026-03-01。"),
    "date_parsing": later("应为日期，如 2026-03-01。"),
    "date_from_datetime_parsing": later("应为日期，如 2026-03-01。"),
    "datetime_type": later("应为时间，如 2026-03-01T09:00:00+08:00。"),
    "datetime_parsing": later("应为时间，如 2026-03-01T09:00:00+08:00。"),
    "datetime_from_date_parsing": later("应为时间，如 2026-03-01T09:00:00+08:00。"),
    "timezone_aware": later("时间须带时区，如 +08:00。"),
    "greater_than": later("应大于 {gt}。"),
    "greater_than_equal": later("不得小于 {ge}。"),
    "less_than": later("应小于 {lt}。"),
    "less_than_equal": later("不得大于 {le}。"),
    "literal_error": later("应为下列之一：{expected}。"),
    "enum": later("应为下列之一：{expected}。"),
    "list_type": later("应为列表。"),
    "tuple_type": later("应为列表。"),
    "dict_type": later("应为对象。"),
    "model_type": later("应为对象。"),
    "too_short": later("至少 {min_length} 项。"),
    "too_long": later("至多 {max_length} 项。"),
    "json_invalid": later("不是有效的 JSON。"),
    "uuid_parsing": later("不是有效的编号。"),
    "uuid_type": later("不是有效的编号。"),
}


def field_faults(error: ValidationError, model: type[BaseModel] | None = None) -> Iterator[dict[str, str]]:
    """Each fault as `{field, code, message}`; a field inside another is named with dots.

    Words of a list are named as the fields of `model` label them, where it is given.
    """
    for fault in error.errors(include_url=False, include_input=False):
        place = ".".join(str(step) for step in fault["loc"])
        yield {"field": place, "code": fault["type"], "message": _sentence(fault, model)}


def _sentence(fault: Any, model: type[BaseModel] | None) -> str:
    context = fault.get("ctx", {})
    if "expected" in context:
        labels = _labels(model, fault["loc"])
        names = [_(labels[word]) if word in labels else word for word in _WORD.findall(context["expected"])]
        context = {"expected": _("、").join(names) or context["expected"]}
    if fault["type"] in {"value_error", "assertion_error"}:
        return _of_ours(context.get("error"))
    sentence = SENTENCES.get(fault["type"])
    return str(sentence).format(**context) if sentence else _("内容不正确。")


def _labels(model: Any, place: tuple[int | str, ...]) -> dict[str, str]:
    """What the field at this place calls its words; nothing where it does not say."""
    labels: dict[str, str] = {}
    for step in place:
        field = getattr(model, "model_fields", {}).get(step)
        if field is not None:
            extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
            labels = {**(extra.get("choices") or {}), **(extra.get("labels") or {})}
            inner = [field.annotation, *get_args(field.annotation)]
            model = next((each for each in inner if hasattr(each, "model_fields")), None)
    return labels


def _of_ours(error: Any) -> str:
    """The words of a check of ours: a `Reason`, or a sentence that the catalogue translates."""
    said = error.args[0] if error is not None and error.args else None
    if isinstance(said, Reason):
        return say(said)
    return _(str(said)) if said else _("内容不正确。")
