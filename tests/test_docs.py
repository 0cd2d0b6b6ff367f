"""What the documents say is so: settings, commands, accounts, diagrams, links, paths, operations."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic import ValidationError

import app.api.views  # noqa: F401 -- importing it declares every operation
from app.api.openapi import operations
from app.cli import aidflow
from app.demo.cast import PASSWORD, people
from app.errors import KINDS
from app.features import FEATURES
from app.people.models import Unit
from app.programmes.models import PolicyVersion
from app.projects.commands import Declaration
from app.settings import Settings
from tests.benchmarks.__main__ import benchmarks
from workflows.diagram import with_section
from workflows.policy import DEFAULT_POLICY
from workflows.roles import GRANTABLE, LABELS

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCUMENTS = (README, *sorted((ROOT / "docs").glob("*.md")))
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
IN_CODE = re.compile(r"`([^`\n]+)`")
#: What a path in code begins with; names of placeholders and addresses begin otherwise.
TOP = ("app/", "workflows/", "templates/", "tests/", "docs/", ".ci/")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands(group: click.Group, *before: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        else:
            yield " ".join(("aidflow", *before, name))


def between(document: str, name: str) -> str:
    return document.partition(f"<!-- {name}: begin -->")[2].partition(f"<!-- {name}: end -->")[0].strip()


def table(markdown: str) -> list[list[str]]:
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def section(document: str, heading: str) -> str:
    found = re.search(rf"^## [^\n]*{re.escape(heading)}\n(.*?)(?=^## |\Z)", document, re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[1]


def accounts_table() -> str:
    """The table of the README: the first person of every role."""
    first = {person.role: person for person in reversed(people())}
    rows = ["| Account | Role | 角色 | 姓名 |", "|---|---|---|---|"]
    rows += [f"| {first[role].email} | `{role}` | {LABELS[role]} | {first[role].name} |" for role in GRANTABLE]
    return "\n".join(rows)


def test_operators_find_every_setting_and_no_other():
    named = re.findall(r"^\| `AIDFLOW_([A-Z0-9_]+)`", text("docs/operators.md"), re.MULTILINE)

    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)


def test_operators_read_the_defaults_that_are():
    rows = [row for row in table(section(text("docs/operators.md"), "Settings")) if row[0].startswith("`AIDFLOW_")]
    defaults = {name: field.get_default() for name, field in Settings.model_fields.items()}
    said = {re.sub(r"[` *]", "", row[0]).removeprefix("AIDFLOW_").lower(): row[1].strip("`") for row in rows}

    known = {name: str(value or "") for name, value in defaults.items()}
    known |= {"trusted_proxies": "0", "smtp_tls": "false", "worker_database_url": "the web address"}
    assert said == known


def test_settings_that_production_needs_are_starred():
    starred = re.findall(r"^\| `AIDFLOW_([A-Z0-9_]+)` \*", text("docs/operators.md"), re.MULTILINE)

    with pytest.raises(ValidationError) as refused:
        Settings(environment="production", **{name.lower(): "" for name in starred})
    assert sorted(re.findall(r"AIDFLOW_([A-Z0-9_]+)", refused.value.errors()[0]["msg"])) == sorted(starred)


def test_operators_find_every_command_and_no_other():
    there = section(text("docs/operators.md"), "What there is to run")
    named = re.findall(r"^\| `(aidflow [a-z ]+)` \|", there, re.MULTILINE)

    assert sorted(named) == sorted(commands(aidflow))


def test_the_diagram_of_the_readme_is_the_workflow():
    assert with_section(text("README.md")) == text("README.md")


def test_the_accounts_of_the_readme_are_those_of_the_demonstration():
    assert between(text("README.md"), "accounts") == accounts_table()
    assert f"`{PASSWORD}`" in text("README.md")


def test_integrators_find_every_operation_and_no_other():
    named = re.findall(r"`(GET|POST|PATCH) (/[^`]*)`", section(text("docs/integrators.md"), "Operations"))
    declared = [(each.method, each.path.removeprefix("/api/v1")) for each in operations.values()]

    assert sorted(named) == sorted([*declared, ("GET", "/openapi.json"), ("POST", "/demo/clock")])


def test_the_declaration_that_integrators_copy_is_one():
    example = re.search(r"-X PATCH [^\n]* -d '(\{.*?\n\})'", text("docs/integrators.md"), re.DOTALL)
    assert example is not None

    # What is not named stays: the title is what the draft was begun with.
    declared = Declaration.model_validate_json(json.dumps({"title": "校园安全饮水", **json.loads(example[1])}))

    planned = declared.own_funds + declared.requested
    assert sum(row.quantity * row.unit_price for row in declared.budget) == planned == 120_000_000


def test_what_operators_run_first_puts_in_a_policy_and_units(app, settings, rows):
    said = text("docs/operators.md").partition("### Units and the policy version")[2].partition("###")[0]
    commands = [line.partition("#")[0].split()[1:] for line in said.splitlines() if line.startswith("aidflow ")]

    for words in commands:
        if not words[-1].endswith(".json"):
            subprocess.run(
                [sys.executable, "-m", "app.cli", *words],
                env=os.environ | settings.as_environment(),
                cwd=ROOT,
                check=True,
            )

    assert [policy.key for policy in rows(PolicyVersion)] == [DEFAULT_POLICY.key]
    assert [(unit.code, unit.kind) for unit in rows(Unit)] == [
        ("HS-JA", "accepting_unit"),
        ("QF-GL", "front_office"),
        ("CPA-1", "audit_firm"),
    ]


def test_integrators_find_errors_by_the_names_that_are_answered():
    rows = table(section(text("docs/integrators.md"), "Errors"))

    said = {int(status): name.strip("`") for status, name, _what, _do in rows}
    assert said == {status: KINDS[status][0] for status in said}
    assert set(KINDS) - set(said) == {406, 408, 414}


def test_the_architecture_names_every_feature():
    features = re.findall(r"`app/([a-z]+)/`", text("docs/architecture.md"))

    assert set(FEATURES) - set(features) == set()


def test_contributors_run_benchmarks_that_there_are():
    assert "python -m tests.benchmarks --list" in text("docs/contributors.md")
    assert benchmarks() != {}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(document):
    links = [link for link in LINK.findall(document.read_text(encoding="utf-8")) if "://" not in link]

    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_in_code_is_there(document):
    named = [code for code in IN_CODE.findall(document.read_text(encoding="utf-8")) if code.startswith(TOP)]

    assert [path for path in named if not (ROOT / path.partition(" ")[0]).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_names_the_host_of_a_registry(document):
    assert re.findall(r"pypi\.|files\.pythonhosted|npmjs|--index-url", document.read_text(encoding="utf-8")) == []
