"""Every sentence that the product may show, and what the English catalogue has for it.

Chinese is the message id. Sentences are found in the code (calls of `_`, `because` and the like), in
the templates, and in the data that pages show: labels of stages and acts, of fields and of tables.
"""

import ast
import fcntl
import importlib
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app.casework.commands import Command
from app.features import FEATURES, load_features
from workflows.checks import CHECKS, GENERAL, PAPER_PHRASE
from workflows.policy import DEFAULT_POLICY
from workflows.registry import WORKFLOWS

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent
ENGLISH = HERE / "en" / "LC_MESSAGES" / "messages.po"
#: Every catalogue that is shipped, each beside its compiled form.
CATALOGUES = (ENGLISH, HERE / "zh_Hans_CN" / "LC_MESSAGES" / "flask_security.po")
#: Functions whose first argument is a message id, by the names under which they are imported.
SPEAKING = {"_", "gettext", "lazy_gettext", "later", "because", "ngettext", "Item", "Unsuitable", "ValueError"}
#: The same whose second argument is one: the columns and filters of lists.
LISTING = {"Column", "Filter"}
#: Module-level tables of labels; those that end in LABELS are found by themselves.
TABLES = {"UNIT_KINDS", "KINDS", "DISTRICTS", "YEARLY_CHECK_RESULTS", "STATES", "PHRASES", "SOURCES"}
#: Rules of a policy whose labels stand on pages and in forms.
SHOWN_RULES = (
    "paper_kinds",
    "areas",
    "fields",
    "score_items",
    "performance_groups",
    "eligible_costs",
    "ineligible_costs",
)
CHINESE = re.compile(r"[\u3400-\u9fff]")


def said() -> set[str]:
    """Every message id that a person may meet."""
    return {*_in_code(), *_in_templates(), *_in_data()}


def missing() -> list[str]:
    """What is said and has no English yet, sorted."""
    english = read(ENGLISH)
    return sorted(text for text in said() if not (text in english and english[text].string))


def unused() -> list[str]:
    """What has English and is said nowhere any more, sorted."""
    return sorted({str(message.id) for message in read(ENGLISH) if message.id} - said())


def add(pairs: Mapping[str, str]) -> None:
    """Put translations into the English catalogue, sorted, and compile it; one writer at a time."""
    with (HERE / "catalogue.py").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        catalogue = read(ENGLISH)
        for text, english in pairs.items():
            catalogue.delete(text)
            catalogue.add(text, english)
        _write(catalogue)


def drop(texts: list[str]) -> None:
    """Take translations out of the English catalogue."""
    with (HERE / "catalogue.py").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        catalogue = read(ENGLISH)
        for text in texts:
            catalogue.delete(text)
        _write(catalogue)


def read(path: Path) -> Catalog:
    """A catalogue as it lies on disk."""
    with path.open("rb") as source:
        return read_po(source, locale=path.parent.parent.name)


def compiled(path: Path) -> bytes:
    """What the `.mo` beside this catalogue must hold."""
    target = io.BytesIO()
    write_mo(target, read(path))
    return target.getvalue()


def compile_all() -> None:
    """Write the `.mo` beside every catalogue."""
    for path in CATALOGUES:
        path.with_suffix(".mo").write_bytes(compiled(path))


def _write(catalogue: Catalog) -> None:
    with ENGLISH.open("wb") as target:
        write_po(target, catalogue, width=0, sort_output=True, omit_header=False, no_location=True)
    ENGLISH.with_suffix(".mo").write_bytes(compiled(ENGLISH))


def _in_code() -> Iterator[str]:
    for folder in ("app", "workflows"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _name(node.func) in SPEAKING and node.args:
                    yield from _constants(node.args[0])
                elif isinstance(node, ast.Call) and _name(node.func) in LISTING and len(node.args) > 1:
                    yield from _constants(node.args[1])


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _constants(argument: ast.expr) -> Iterator[str]:
    """The sentence itself, or both sides of `this if so else that`."""
    if isinstance(argument, ast.IfExp):
        yield from (*_constants(argument.body), *_constants(argument.orelse))
    elif isinstance(argument, ast.Constant) and isinstance(argument.value, str) and CHINESE.search(argument.value):
        yield argument.value


def _in_templates() -> Iterator[str]:
    options = {"**.html": {"silent": "false"}, "**.txt": {"silent": "false"}}
    found = extract_from_dir(
        str(ROOT / "templates"), [("**.html", "jinja2"), ("**.txt", "jinja2")], options_map=options
    )
    for _, _, text, _, _ in found:
        yield from (text,) if isinstance(text, str) else text


def _in_data() -> Iterator[str]:
    load_features()
    for workflow in WORKFLOWS:
        yield workflow.label
        yield from (stage.label for stage in workflow.stages)
        yield from (transition.label for transition in workflow.transitions)
    for name in SHOWN_RULES:
        yield from _texts(getattr(DEFAULT_POLICY, name))
    for check in (check for checks in CHECKS.values() for check in checks):
        yield from (check.label, check.phrase)
    yield from (*GENERAL, PAPER_PHRASE)
    for module in _modules():
        for name, value in vars(module).items():
            if name in TABLES or name.endswith("LABELS"):
                yield from _texts(value)
    for command in _commands(Command):
        for field in command.model_fields.values():
            extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
            yield from _texts([field.title, field.description, extra.get("choices"), extra.get("labels")])


def _modules() -> Iterator[ModuleType]:
    """Everything in workflows, and of each feature the files that hold tables and commands."""
    for path in sorted((ROOT / "workflows").glob("*.py")):
        yield importlib.import_module(f"workflows.{path.stem}")
    yield importlib.import_module("app.security.policy")
    yield importlib.import_module("app.personal")
    yield importlib.import_module("app.security.action_labels")
    for feature in FEATURES:
        for path in sorted((ROOT / "app" / feature).rglob("*.py")):
            place = path.relative_to(ROOT).with_suffix("").parts
            if path.stem not in {"__init__", "__main__"} and "views" not in place:
                yield importlib.import_module(".".join(place))


def _commands(base: type[Command]) -> Iterator[type[Command]]:
    for command in base.__subclasses__():
        # A test may bring commands of its own.
        if command.__module__.startswith("app."):
            yield command
            yield from _commands(command)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if CHINESE.search(value):
            yield value
    elif isinstance(value, Mapping):
        yield from (text for item in value.values() for text in _texts(item))
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from (text for item in value for text in _texts(item))
