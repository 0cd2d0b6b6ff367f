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
CREATE INDEX ix_notice_organisation ON notice (organisation_id, id DESC);
"""

# The sums are kept by the database itself, in the transaction of the act that changes them, so that they are exact at
# every moment and cost the same however many projects there are. Nobody else writes them.
FIGURES = """
CREATE TABLE public_figure (
    year SMALLINT NOT NULL,
    field TEXT NOT NULL,
    area TEXT NOT NULL,
    projects BIGINT NOT NULL,
    granted BIGINT NOT NULL,
    social BIGINT NOT NULL,
    paid BIGINT NOT NULL,
    CONSTRAINT pk_public_figure PRIMARY KEY (year, field, area),
    CONSTRAINT ck_public_figure_nothing_is_negative CHECK (least(projects, granted, social, paid) >= 0)
);
CREATE FUNCTION count_notice(notice, integer) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO public_figure AS f (year, field, area, projects, granted, social, paid)
    SELECT $1.year, $1.field, $1.area, 0, 0, 0, 0 ON CONFLICT DO NOTHING;
    UPDATE public_figure SET
        projects = projects + $2 * ($1.kind = 'announcement')::integer,
        granted = granted + CASE $1.kind WHEN 'announcement' THEN $2 * $1.amount ELSE 0 END,
        social = social + CASE $1.kind WHEN 'announcement' THEN $2 * $1.social ELSE 0 END,
        paid = paid + CASE $1.kind WHEN 'result' THEN $2 * $1.amount ELSE 0 END
    WHERE (year, field, area) = ($1.year, $1.field, $1.area);
$$;
CREATE FUNCTION notice_is_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM count_notice(NEW, 1);
    RETURN NULL;
END $$;
CREATE TRIGGER notice_is_counted AFTER INSERT ON notice
    FOR EACH ROW WHEN (NEW.kind <> 'publicity') EXECUTE FUNCTION notice_is_counted();
ALTER TABLE notice ENABLE ALWAYS TRIGGER notice_is_counted;
CREATE FUNCTION notice_counts_no_more() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM count_notice(n, -1) FROM notice n WHERE n.project_id = NEW.id AND n.kind <> 'publicity';
    RETURN NULL;
END $$;
CREATE TRIGGER notice_counts_no_more AFTER UPDATE OF stage ON "case" FOR EACH ROW
    WHEN (NEW.life = 'aid_project' AND NEW.stage IN ('lapsed', 'terminated')
          AND OLD.stage NOT IN ('lapsed', 'terminated'))
    EXECUTE FUNCTION notice_counts_no_more();
ALTER TABLE "case" ENABLE ALWAYS TRIGGER notice_counts_no_more;
REVOKE EXECUTE ON FUNCTION count_notice(notice, integer), notice_is_counted(), notice_counts_no_more() FROM PUBLIC;
GRANT SELECT ON public_figure TO aidflow_web, aidflow_worker;
SELECT count_notice(n, 1) FROM notice n JOIN "case" c ON c.id = n.project_id
WHERE n.kind <> 'publicity' AND c.stage NOT IN ('lapsed', 'terminated') ORDER BY n.id;
"""


def upgrade() -> None:
    """Add what the figures are made of, fill it in from the projects, index it, and keep the sums."""
    for part in (COLUMNS, FILLED, FIXED, FIGURES):
        op.execute(part)
