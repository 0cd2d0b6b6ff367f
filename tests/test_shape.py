"""The house keeps its shape: sizes, names, folders, tables without faults."""

import re
import subprocess
from pathlib import Path

import pytest

from app.features import FEATURES
from app.migrations import revisions
from workflows.registry import WORKFLOWS

ROOT = Path(__file__).parent.parent
LONGEST = 300
#: What a file of a feature can be, and what each of the few others is.
NAMES = {
    "__init__",
    *("models", "permissions", "subject", "queries", "service", "commands"),
    *("forms", "views", "jobs", "effects", "store"),
}
OTHERS = {
    "casework": {"subjects", "clock"},
    "documents": {"contents"},
    "api": {"answers", "openapi"},
    "desk": {"matters"},
    "projects": {"sources"},
    "notifications": {"letters"},
}
BANNED_STEMS = {"utils", "helpers", "common", "misc", "util", "helper"}


def python_files() -> list[Path]:
    found = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for line in found.stdout.splitlines() if (path := ROOT / line).exists()]


def test_no_python_file_is_longer_than_three_hundred_lines():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in python_files()}

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_file_is_named_after_nothing():
    assert [str(path.relative_to(ROOT)) for path in python_files() if path.stem in BANNED_STEMS] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.key)
def test_the_table_of_every_workflow_is_without_fault(workflow):
    assert workflow.faults() == []


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_holds_only_files_of_known_names(feature):
    stems = {path.stem for path in (ROOT / "app" / feature).glob("*.py")}

    assert stems - NAMES - OTHERS.get(feature, set()) == set()
    assert "__init__" in stems


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_has_its_folder_of_tests(feature):
    assert sorted((ROOT / "tests" / "app" / feature).glob("test_*.py")) != []


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_with_pages_has_its_folder_of_templates(feature):
    if (ROOT / "app" / feature / "views.py").exists() and feature != "api":
        assert sorted((ROOT / "templates" / feature).rglob("*.html")) != []


def test_every_folder_of_templates_belongs_to_a_feature_or_to_all():
    shared = {"components", "errors", "mail", "pdf", "security"}

    assert {path.name for path in (ROOT / "templates").iterdir() if path.is_dir()} - shared - set(FEATURES) == set()


def test_migrations_are_one_line_of_consecutive_numbers():
    assert revisions() == [f"{number:04d}" for number in range(1, len(revisions()) + 1)]


def test_every_package_of_both_locks_is_pinned_by_hash_and_names_no_host():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        pinned = re.findall(r"^[^\s=#]+==\S+(?: ; [^\\]*)? \\\n    --hash=sha256:", text, re.MULTILINE)
        stated = re.findall(r"^[a-zA-Z0-9].*", text, re.MULTILINE)

        assert len(pinned) == len(stated) > 0
        assert re.findall(r"https?://", text) == []


def test_what_the_application_needs_is_pinned_alike_in_both_locks():
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-zA-Z0-9._-]+(?:\[[^]]*])?==[^\s;]+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.lock") - pins("requirements-dev.lock") == set()
