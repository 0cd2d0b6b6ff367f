"""The OpenAPI 3.1 document, generated from the operations and the commands behind them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Blueprint
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.casework.commands import Command
from app.casework.subjects import command_of, subjects
from app.documents.permissions import KINDS
from app.security import may
from app.security.policy import ACTIONS
from workflows.definition import PARENT, SYSTEM
from workflows.roles import LABELS

REF = "#/components/schemas/{model}"
SEEN = {"type": "string", "description": "What `seen` said when the case was read."}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "message")},
            },
        },
    },
}
PAPER = {
    "type": "object",
    "required": ["kind", "file"],
    "properties": {
        "kind": {"type": "string", "enum": list(KINDS), "description": "、".join(KINDS.values())},
        "file": {"type": "string", "contentMediaType": "application/octet-stream"},
    },
}
#: Path parameters by name: their schema, and one line about each.
PLACES: Mapping[str, tuple[dict[str, Any], str]] = {
    "number": ({"type": "string", "pattern": r"^AF\d{4}-\d{6,9}$"}, "Number of the project."),
    "code": ({"type": "string", "maxLength": 31}, "Code of the programme."),
    "programme": ({"type": "string", "maxLength": 31}, "Code of the programme."),
    "uscc": ({"type": "string", "maxLength": 18}, "Unified social credit code."),
    "paper": ({"type": "string", "format": "uuid"}, "Id of the paper."),
    "case": ({"type": "string", "format": "uuid"}, "Id of the case."),
    "action": ({"type": "string", "pattern": "^[a-z_]{1,40}$"}, "Name of the action."),
}
HEADERS = {
    "If-Match": (True, "The version that was read, in quotation marks."),
    "Idempotency-Key": (False, "The same key with the same body gives the same answer for ever."),
}

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API. `refusals` are the problem statuses beside 401, 404 and 503."""

    method: str
    path: str
    summary: str
    answer: type[BaseModel] | None = None
    status: int = 200
    body: type[BaseModel] | None = None
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    refusals: tuple[int, ...] = ()
    multipart: Mapping[str, Any] = field(default_factory=dict)
    content: str = "application/json"
    anonymous: bool = False


operations: dict[str, Operation] = {}


def operation(
    blueprint: Blueprint, method: str, rule: str, action: str, summary: str, **told: Any
) -> Callable[[View], View]:
    """Route to the decorated view and remember what the document says about it.

    `rule` is Flask's; `action` is of the policy; `told` are the other fields of `Operation`.
    """

    def remember(view: View) -> View:
        path = "/api/v1" + rule.replace("<uuid:", "<").replace("<int:", "<").replace("<", "{").replace(">", "}")
        operations[view.__name__] = Operation(method, path, summary, anonymous=ACTIONS[action].everybody, **told)
        return blueprint.route(rule, methods=[method])(may(action)(view))

    return remember


def document(version: str) -> dict[str, Any]:
    """The whole document: every operation, every action of every life, every schema they name."""
    paths: dict[str, Any] = {}
    models: set[tuple[type[BaseModel], Any]] = set()
    for name, each in operations.items():
        paths.setdefault(each.path, {})[each.method.lower()] = _described(name, each)
        models |= {(each.body, "validation")} if each.body else set()
        models |= {(each.answer, "serialization")} if each.answer else set()
    actions = _actions(models)
    _refs, schemas = models_json_schema(sorted(models, key=lambda pair: pair[0].__name__), ref_template=REF)
    components = {**schemas.get("$defs", {}), "Problem": PROBLEM}
    components |= {name: schema for name, schema in actions.items() if name not in components}
    return {
        "openapi": "3.1.0",
        "info": {"title": "aidflow", "version": version, "license": {"name": "See LICENSE"}},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _described(name: str, each: Operation) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": "Done."}
    if each.answer is not None:
        answer["content"] = {each.content: {"schema": {"$ref": REF.format(model=each.answer.__name__)}}}
    elif each.content != "application/json":
        answer["content"] = {each.content: {"schema": {"type": "string", "format": "binary"}}}
    told: dict[str, Any] = {
        "operationId": name,
        "summary": each.summary,
        "parameters": _parameters(each),
        "responses": {str(each.status): answer, **_problems(each)},
    }
    if each.anonymous:
        told["security"] = [{}, {"token": []}]
    if each.multipart:
        told["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": each.multipart}}}
    elif name == "act":
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": _any_action()}}}
    elif each.body is not None:
        schema = {"$ref": REF.format(model=each.body.__name__)}
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return told


def _parameters(each: Operation) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in each.path.split("/") if part.startswith("{")]
    found = [
        {"name": name, "in": "path", "required": True, "schema": PLACES[name][0], "description": PLACES[name][1]}
        for name in names
    ]
    found += [{"name": name, "in": "query", "required": False, "schema": dict(s)} for name, s in each.query.items()]
    for name in each.headers:
        needed, about = HEADERS[name]
        schema = {"type": "string", "minLength": 1, "maxLength": 200}
        found.append({"name": name, "in": "header", "required": needed, "schema": schema, "description": about})
    return found


def _problems(each: Operation) -> dict[str, Any]:
    problem = {"content": {"application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}}}
    statuses = {*each.refusals, 503, *(() if each.anonymous else (401,)), *((404,) if "{" in each.path else ())}
    if each.body or each.multipart or each.query or each.headers:
        statuses |= {400, 422} | ({413, 415} if each.body or each.multipart else set())
    return {str(status): {"description": WORDS[status], **problem} for status in sorted(statuses)}


WORDS = {
    400: "Not readable.",
    401: "No token, or one that is not good any more.",
    403: "Not your duty.",
    404: "Absent, or not yours.",
    409: "Not from this stage, or somebody moved it, or the key was used for another body.",
    412: "Changed since it was read.",
    413: "Too large.",
    415: "A type that is not accepted.",
    422: "Fields to correct.",
    428: "If-Match is needed.",
    429: "Too many from this address; see Retry-After.",
    503: "The database or the store is away; see Retry-After.",
}


def action_names() -> list[tuple[str, str, str]]:
    """Every action that somebody may ask for: life, action, label, in the order of the tables."""
    found: dict[tuple[str, str], str] = {}
    for subject in subjects():
        for t in subject.workflow.transitions:
            if t.roles - {PARENT, SYSTEM}:
                found.setdefault((subject.workflow.life, t.action), t.label)
    return [(life, action, label) for (life, action), label in found.items()]


def _actions(models: set[tuple[type[BaseModel], Any]]) -> dict[str, Any]:
    """A schema for the body of each action: what was seen, and the fields of its command."""
    found = {}
    for life, action, label in action_names():
        command: type[Command] = command_of(life, action)
        models.add((command, "validation"))
        schema = command.model_json_schema(ref_template=REF)
        schema.pop("$defs", None)
        schema["properties"] = {"seen": SEEN, **schema.get("properties", {})}
        schema["required"] = ["seen", *schema.get("required", [])]
        who = sorted(
            {
                LABELS[role]
                for s in subjects()
                if s.workflow.life == life
                for t in s.workflow.transitions
                if t.action == action
                for role in t.roles
            }
        )
        found[f"{life}.{action}"] = {**schema, "title": label, "description": f"{label}（{'、'.join(who)}）"}
    return found


def _any_action() -> dict[str, Any]:
    return {"anyOf": [{"$ref": REF.format(model=f"{life}.{action}")} for life, action, _label in action_names()]}
