"""The policy as a table for people: docs/access.md, and the page of administrators."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask import Flask

from app.security.access import action_of, addresses
from app.security.policy import ACTIONS, SCOPE_LABELS, SCOPE_QUERIES, Rule
from app.security.principals import PRINCIPALS

HEAD = """# Access

Generated from `app/security/policy.py` by `python -m app.security.matrix > docs/access.md`; a test keeps it so. An
administrator reads the same under 访问规则.

Every address with its method names one action. Somebody without the role gets the status under *No role*; what is
outside the scope is absent: 404, byte for byte as if it did not exist. A form takes the named fields and no others;
`form` means the fields of the command that the form is drawn from.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One action: its rule, and where it is asked for, as "GET /projects"."""

    action: str
    rule: Rule
    addresses: tuple[str, ...]


def lines(app: Flask) -> Iterator[Line]:
    """Every action in the order of the policy."""
    found: dict[str | None, list[str]] = {}
    for endpoint, method, rule in sorted(addresses(app), key=lambda each: (each[2], each[1])):
        found.setdefault(action_of(app, endpoint, method), []).append(f"{method} {rule}")
    for action, rule in ACTIONS.items():
        yield Line(action, rule, tuple(found.get(action, ())))


def document(app: Flask) -> str:
    """The whole of docs/access.md."""
    told = list(lines(app))
    places = ((f"`{each.action}`", " · ".join(f"`{place}`" for place in each.addresses)) for each in told)
    scopes = ((name, f"`{SCOPE_QUERIES[name]}`" if name in SCOPE_QUERIES else "—") for name in SCOPE_LABELS)
    people = ((each.name, each.role or "—", each.where if each.role else "—") for each in PRINCIPALS)
    parts = [
        HEAD,
        f"## Actions\n\n{len(told)} actions at {sum(len(line.addresses) for line in told)} addresses.\n",
        _table(("Action", "Who", "Scope", "Reads", "Writes", "Fields", "No role"), map(_told, told)),
        "\n## Addresses\n",
        _table(("Action", "Addresses"), places),
        "\n## Scopes\n",
        _table(("Scope", "Kept by"), scopes),
        "\n## Principals\n",
        "For each of them a test asks for everything: `python -m tests.benchmarks sweep --full`.\n",
        _table(("Principal", "Role", "Where"), people),
    ]
    return "\n".join(parts) + "\n"


def _told(line: Line) -> tuple[str, ...]:
    rule = line.rule
    who = "everybody" if rule.everybody else ", ".join(sorted(rule.roles)) or "signed in"
    taken = "form" if rule.takes == "*" else ", ".join(f"`{name}`" for name in rule.takes.split())
    denial = "—" if not rule.roles else str(rule.denial)
    return (f"`{line.action}`", who, rule.scope, _listed(rule.reads), _listed(rule.writes), taken or "—", denial)


def _listed(words: str) -> str:
    return ", ".join(words.split()) or "—"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ("---",) * len(heads), *rows))


if __name__ == "__main__":
    from app import create_app
    from app.settings import Settings

    # Nothing is contacted: only the addresses are looked at, those of a demonstration included.
    nowhere = Settings(
        environment="demo", secret_key="-" * 32, database_url="postgresql+psycopg://", s3_endpoint="http://localhost"
    )
    print(document(create_app(nowhere)), end="")  # noqa: T201
