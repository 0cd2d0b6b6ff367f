"""Every order that a list of projects can be put into has its index; a project is a root whatever life it leads."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

#: That `id = root_id` was taken for a rare thing, and half the city was read to find what every project is.
PROJECTS = """
ALTER TABLE "case" ADD CONSTRAINT ck_case_a_project_is_a_root CHECK (life <> 'aid_project' OR id = root_id);
DROP INDEX ix_case_organisation, ix_case_accepting_unit, ix_case_front_office, ix_case_life_stage, ix_case_life;
CREATE INDEX ix_case_projects ON "case" (id DESC) WHERE life = 'aid_project';
CREATE INDEX ix_case_projects_stage ON "case" (stage, id DESC) WHERE life = 'aid_project';
CREATE INDEX ix_case_projects_organisation_id ON "case" (organisation_id, id DESC) WHERE life = 'aid_project';
CREATE INDEX ix_case_projects_accepting_unit_id ON "case" (accepting_unit_id, id DESC) WHERE life = 'aid_project';
CREATE INDEX ix_case_projects_front_office_id ON "case" (front_office_id, id DESC) WHERE life = 'aid_project';
CREATE INDEX ix_case_projects_due_at ON "case" (due_at, id) WHERE life = 'aid_project';
CREATE INDEX ix_case_projects_due_at_down ON "case" (due_at DESC NULLS LAST, id DESC) WHERE life = 'aid_project';
"""

ORDERS = """
CREATE INDEX ix_project_title ON project (title, case_id);
CREATE INDEX ix_project_requested ON project (requested, case_id);
CREATE INDEX ix_project_approved ON project (approved, case_id);
CREATE INDEX ix_project_submitted_at ON project (submitted_at, case_id);
CREATE INDEX ix_project_approved_down ON project (approved DESC NULLS LAST, case_id DESC);
CREATE INDEX ix_project_submitted_at_down ON project (submitted_at DESC NULLS LAST, case_id DESC);
CREATE INDEX ix_organisation_name ON organisation (name);
"""


def upgrade() -> None:
    """Say what a project is, and give the lists their indexes."""
    op.execute(PROJECTS)
    op.execute(ORDERS)
