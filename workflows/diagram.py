"""A workflow as a Mermaid diagram and as a table, drawn from the same data that decides.

`python -m workflows.diagram README.md` writes the section between the markers anew.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

from workflows.aid_project import AID_PROJECT
from workflows.definition import Due, Stage, Workflow
from workflows.policy import DEFAULT_POLICY
from workflows.roles import LABELS

BEGIN, END = "<!-- workflow: begin -->", "<!-- workflow: end -->"


def mermaid(workflow: Workflow) -> str:
    """The diagram: every stage with its label, every act with the roles that may take it."""
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{stage.label}" as {stage.name}' for stage in workflow.stages]
    lines += [f"    [*] --> {workflow.start}"]
    arrows = (
        f"    {t.source} --> {t.to}: {t.label}（{'、'.join(LABELS[role] for role in sorted(t.roles))}）"
        for t in workflow.transitions
    )
    lines += dict.fromkeys(arrows)  # two guarded ways to the same stage are one arrow
    lines += [f"    {stage.name} --> [*]" for stage in workflow.stages if stage.final]
    return "\n".join(lines) + "\n"


def stage_table(workflow: Workflow) -> str:
    """The stages in order: name, label, whose desk, and the term under the default policy."""
    rows = ["| 环节 | 名称 | 经办 | 期限 |", "|---|---|---|---|"]
    rows += [f"| `{s.name}` | {s.label} | {_desk(s)} | {_term(s.due)} |" for s in workflow.stages]
    return "\n".join(rows) + "\n"


def readme_section() -> str:
    """What stands in the README between the markers, markers included."""
    diagram = f"```mermaid\n{mermaid(AID_PROJECT)}```\n"
    return f"{BEGIN}\n\n{stage_table(AID_PROJECT)}\n{diagram}\n{END}"


def with_section(text: str) -> str:
    """The text with the section between the markers drawn anew; ValueError without the markers."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the markers of the workflow section are missing")
    return before + readme_section() + after


def _desk(stage: Stage) -> str:
    return LABELS[stage.holder] if stage.holder else ""


def _term(due: Due | None) -> str:
    if due is None:
        return ""
    count = due.count(SimpleNamespace(policy=DEFAULT_POLICY))
    return f"{count} 个{'工作日' if due.unit == 'working_days' else '自然日'}"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(with_section(path.read_text("utf-8")), "utf-8")
