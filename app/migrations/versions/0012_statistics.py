"""What the public figures are made of: each notice says its year, field, area, organisation and social money."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE notice ADD COLUMN year SMALLINT, ADD COLUMN field TEXT, ADD COLUMN area TEXT,
    ADD COLUMN organisation_id BIGINT, ADD COLUMN social BIGINT;
"""

# The area is the longest prefix under the policy that the project was declared under.
FILLED = """
UPDATE notice SET year = y.year, field = p.field, organisation_id = p.organisation_id,
    social = p.own_funds + p.donated + p.other_funds,
    area = (SELECT a ->> 0 FROM policy_version v, jsonb_array_elements(v.body -> 'areas') a
            WHERE v.id = p.policy_id AND starts_with(p.area_code, a ->> 0) ORDER BY length(a ->> 0) DESC LIMIT 1)
FROM project p JOIN "case" c ON c.id = p.case_id JOIN programme_year y ON y.case_id = c.programme_year_id
WHERE p.case_id = notice.project_id;
"""

FIXED = """
ALTER TABLE notice ALTER COLUMN year SET NOT NULL, ALTER COLUMN field SET NOT NULL, ALTER COLUMN area SET NOT NULL,
    ALTER COLUMN organisation_id SET NOT NULL, ALTER COLUMN social SET NOT NULL,
    ADD CONSTRAINT ck_notice_social_is_not_negative CHECK (social >= 0),
    ADD CONSTRAINT fk_notice_organisation_id_organisation FOREIGN KEY (organisation_id) REFERENCES organisation (id);
DROP INDEX ix_notice_kind;
CREATE INDEX ix_notice_published ON notice (kind, published_at DESC, id DESC);
CREATE INDEX ix_notice_shown ON notice (published_at DESC, id DESC) WHERE kind <> 'result';
CREATE INDEX ix_notice_running ON notice (closes_at) WHERE kind = 'publicity';
CREATE INDEX ix_notice_figures ON notice (kind, year, field, area) INCLUDE (project_id, amount, social);
CREATE INDEX ix_notice_organisation ON notice (organisation_id, id DESC);
"""


def upgrade() -> None:
    """Add what the figures are made of, fill it in from the projects, and index it."""
    for part in (COLUMNS, FILLED, FIXED):
        op.execute(part)
