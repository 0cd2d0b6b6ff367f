"""The drawing comes from the table that decides."""

import pytest

from workflows.diagram import mermaid, readme_section, stage_table, with_section
from workflows.objection import OBJECTION
from workflows.registry import WORKFLOWS
from workflows.report import PROGRESS_REPORT


def test_a_life_is_drawn_with_labels_roles_and_ends():
    assert mermaid(OBJECTION) == (
        "stateDiagram-v2\n"
        '    state "待处理" as received\n'
        '    state "异议成立" as upheld\n'
        '    state "异议不成立" as refuted\n'
        '    state "不再处理" as dropped\n'
        "    [*] --> received\n"
        "    received --> upheld: 认定成立（随项目）\n"
        "    received --> refuted: 认定不成立（随项目）\n"
        "    received --> dropped: 不再处理（随项目）\n"
        "    upheld --> [*]\n"
        "    refuted --> [*]\n"
        "    dropped --> [*]\n"
    )


def test_the_stage_table_names_desk_and_term():
    assert stage_table(PROGRESS_REPORT) == (
        "| 环节 | 名称 | 经办 | 期限 |\n"
        "|---|---|---|---|\n"
        "| `submitted` | 待确认 | 前方工作机构 | 10 个工作日 |\n"
        "| `returned` | 已退回 | 项目主体负责人 | 10 个工作日 |\n"
        "| `confirmed` | 已确认 |  |  |\n"
        "| `cancelled` | 已取消 |  |  |\n"
    )


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.key)
def test_no_arrow_is_drawn_twice_and_none_is_left_out(workflow):
    lines = mermaid(workflow).splitlines()

    assert len(lines) == len(set(lines))
    drawn = {tuple(line.strip().split(":")[0].split(" --> ")) for line in lines if " --> " in line}
    assert drawn == (
        {(t.source, t.to) for t in workflow.transitions}
        | {("[*]", workflow.start)}
        | {(stage.name, "[*]") for stage in workflow.stages if stage.final}
    )


def test_the_section_of_a_document_is_drawn_anew_between_its_markers():
    old = "# aidflow\n<!-- workflow: begin -->\nstale\n<!-- workflow: end -->\nrest\n"

    assert with_section(old) == f"# aidflow\n{readme_section()}\nrest\n"
    assert with_section(with_section(old)) == with_section(old)


def test_a_document_without_both_markers_is_refused():
    for text in ("", "<!-- workflow: begin -->", "<!-- workflow: end -->"):
        with pytest.raises(ValueError, match="markers"):
            with_section(text)
