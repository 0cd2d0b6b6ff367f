"""Nothing is assigned that was not asked for: what a request carries is what its action takes, each thing once."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from flask import request
from flask.json.provider import DefaultJSONProvider
from werkzeug.datastructures import MultiDict

from app.refusals import FieldRefused
from app.security.policy import FORM, Rule
from workflows.definition import because

#: Characters of a name that are said back to whoever sent it.
LONGEST = 60
#: What every form of ours may carry, and every address: the word against foreign sites, the password or code that
#: was asked for once more (`app/security/proof.py`), and the language.
ALWAYS, ALWAYS_IN_ADDRESS = "csrf_token proof", "lang"


def unknown(name: str) -> FieldRefused:
    """The refusal of a field that nothing asked for."""
    return FieldRefused(name, because("没有“{name}”这个字段。", name=name[:LONGEST]))


def twice(name: str) -> FieldRefused:
    """The refusal of a field that came more than once."""
    return FieldRefused(name, because("“{name}”只能出现一次。", name=name[:LONGEST]))


def refuse_beyond(sent: MultiDict[str, Any], takes: Callable[[str], tuple[bool, bool]]) -> None:
    """FieldRefused for what is not taken, or comes twice; `takes` says whether a name may come, and several times."""
    for name in sorted(sent, key=str):
        if name is None:  # A part of a multipart form that was given no name.
            raise unknown("")
        known, several = takes(name)
        if not known:
            raise unknown(name)
        if not several and len(sent.getlist(name)) > 1:
            raise twice(name)


def refuse_unasked(rule: Rule, *, program: bool) -> None:
    """FieldRefused for a field or a parameter that the action does not take, and for one that comes twice.

    The form of a command says itself which fields it has (`refuse_unknown`), and so does the command that JSON
    is read into. Where a program may send JSON alone, it is told so by 415.
    """
    _refuse(request.args, f"{ALWAYS_IN_ADDRESS} {rule.query}")
    if rule.takes == FORM:
        _refuse(request.files, "")
    elif rule.takes or not program:
        _refuse(request.form, f"{ALWAYS} {rule.takes}")
        _refuse(request.files, rule.takes)


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object of these names and values; FieldRefused for a name that comes twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        raise twice(next(name for name in names if names.count(name) > 1))
    return found


class Json(DefaultJSONProvider):
    """Reads JSON whose every name stands once, so that no two readers can understand it differently."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """What was sent; FieldRefused for a name that comes twice in one object."""
        return super().loads(s, object_pairs_hook=each_once, **kwargs)


def _refuse(sent: MultiDict[str, Any], takes: str) -> None:
    known, several = _patterns(takes)
    refuse_beyond(sent, lambda name: (bool(known.fullmatch(name)), bool(several.fullmatch(name))))


@cache
def _patterns(takes: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Which names are taken, and which of them may come several times."""
    words = takes.split()
    known = [re.escape(word.removesuffix("[]")).replace(r"\*", r"[\w.]+(?:-[\w.]+)*") for word in words]
    several = [pattern for pattern, word in zip(known, words, strict=True) if word.endswith("[]")]
    return re.compile("|".join(known) or "(?!)"), re.compile("|".join(several) or "(?!)")
