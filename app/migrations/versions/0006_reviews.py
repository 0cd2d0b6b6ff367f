"""Panels and score sheets, votes and decisions of the joint review, notices and objections."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE panel (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    project_id BIGINT NOT NULL,
    entered_seq BIGINT NOT NULL,
    session_on DATE NOT NULL,
    opened_at timestamptz NOT NULL,
    outcome TEXT,
    score_numerator BIGINT,
    score_denominator BIGINT,
    sheets SMALLINT,
    dropped SMALLINT,
    suggested_amount BIGINT,
    opinion TEXT,
    experts TEXT[],
    closed_at timestamptz,
    closed_by_id BIGINT,
    CONSTRAINT pk_panel PRIMARY KEY (id),
    CONSTRAINT uq_panel_project_id_entered_seq UNIQUE (project_id, entered_seq),
    CONSTRAINT uq_panel_id_project_id UNIQUE (id, project_id),
    CONSTRAINT ck_panel_is_closed_with_a_whole_result CHECK (num_nulls(outcome, score_numerator, score_denominator,
        sheets, dropped, opinion, experts, closed_at, closed_by_id) IN (0, 9)),
    CONSTRAINT ck_panel_outcome_is_known CHECK (outcome IN ('recommend', 'not_recommend')),
    CONSTRAINT ck_panel_a_recommendation_has_an_amount CHECK ((outcome IS NOT DISTINCT FROM 'recommend') =
        (suggested_amount IS NOT NULL)),
    CONSTRAINT ck_panel_amount_is_positive CHECK (suggested_amount > 0),
    CONSTRAINT ck_panel_score_is_of_100 CHECK (score_denominator > 0 AND score_numerator BETWEEN 0 AND 100 *
        score_denominator),
    CONSTRAINT ck_panel_sheets_are_counted CHECK (cardinality(experts) = sheets AND dropped IN (0, 2) AND dropped <
        sheets),
    CONSTRAINT fk_panel_project_id_project FOREIGN KEY(project_id) REFERENCES project (case_id),
    CONSTRAINT fk_panel_closed_by_id_user FOREIGN KEY(closed_by_id) REFERENCES "user" (id)
);
CREATE UNIQUE INDEX uq_panel_result ON panel (project_id) WHERE outcome IS NOT NULL;

CREATE TABLE score_sheet (
    case_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    panel_id BIGINT NOT NULL,
    expert_id BIGINT NOT NULL,
    position SMALLINT NOT NULL,
    conflict BOOLEAN,
    conflict_statement TEXT,
    scores JSONB,
    comments JSONB,
    total SMALLINT,
    recommendation TEXT,
    suggested_amount BIGINT,
    comment TEXT,
    declared_at timestamptz,
    submitted_at timestamptz,
    voided_at timestamptz,
    CONSTRAINT pk_score_sheet PRIMARY KEY (case_id),
    CONSTRAINT fk_score_sheet_case FOREIGN KEY(case_id, project_id) REFERENCES "case" (id, root_id),
    CONSTRAINT fk_score_sheet_panel FOREIGN KEY(panel_id, project_id) REFERENCES panel (id, project_id),
    CONSTRAINT uq_score_sheet_panel_id_expert_id UNIQUE (panel_id, expert_id),
    CONSTRAINT uq_score_sheet_panel_id_position UNIQUE (panel_id, position),
    CONSTRAINT ck_score_sheet_declaration_has_a_time CHECK ((conflict IS NULL) = (declared_at IS NULL)),
    CONSTRAINT ck_score_sheet_declaration_has_a_statement CHECK ((conflict IS NULL) = (conflict_statement IS NULL)),
    CONSTRAINT ck_score_sheet_a_conflict_is_explained CHECK (NOT conflict OR btrim(conflict_statement) <> ''),
    CONSTRAINT ck_score_sheet_is_submitted_whole CHECK (num_nulls(scores, comments, total, recommendation,
        suggested_amount, comment, submitted_at) IN (0, 7)),
    CONSTRAINT ck_score_sheet_only_without_conflict_is_scored CHECK (submitted_at IS NULL OR conflict IS FALSE),
    CONSTRAINT ck_score_sheet_conflict_is_declared_first CHECK (submitted_at >= declared_at),
    CONSTRAINT ck_score_sheet_only_a_running_sheet_is_voided CHECK (voided_at IS NULL OR (submitted_at IS NULL AND
        conflict IS NOT TRUE)),
    CONSTRAINT ck_score_sheet_total_is_of_100 CHECK (total BETWEEN 0 AND 100),
    CONSTRAINT ck_score_sheet_amount_is_not_negative CHECK (suggested_amount >= 0),
    CONSTRAINT ck_score_sheet_recommendation_is_known CHECK (recommendation IN ('recommend', 'not_recommend')),
    CONSTRAINT ck_score_sheet_position_is_positive CHECK (position > 0),
    CONSTRAINT fk_score_sheet_expert_id_user FOREIGN KEY(expert_id) REFERENCES "user" (id)
);
CREATE INDEX ix_score_sheet_expert_id ON score_sheet (expert_id);
CREATE INDEX ix_score_sheet_project_id ON score_sheet (project_id);

CREATE TABLE joint_vote (
    project_id BIGINT NOT NULL,
    sitting SMALLINT NOT NULL,
    user_id BIGINT NOT NULL,
    vote TEXT NOT NULL,
    comment TEXT DEFAULT '' NOT NULL,
    cast_at timestamptz NOT NULL,
    CONSTRAINT pk_joint_vote PRIMARY KEY (project_id, sitting, user_id),
    CONSTRAINT ck_joint_vote_vote_is_known CHECK (vote IN ('for', 'against', 'abstain')),
    CONSTRAINT ck_joint_vote_sitting_is_positive CHECK (sitting > 0),
    CONSTRAINT fk_joint_vote_project_id_project FOREIGN KEY(project_id) REFERENCES project (case_id),
    CONSTRAINT fk_joint_vote_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE TABLE joint_decision (
    project_id BIGINT NOT NULL,
    sitting SMALLINT NOT NULL,
    outcome TEXT NOT NULL,
    amount BIGINT,
    votes_for SMALLINT NOT NULL,
    votes_against SMALLINT NOT NULL,
    votes_abstained SMALLINT NOT NULL,
    minutes TEXT NOT NULL,
    decided_by_id BIGINT NOT NULL,
    decided_at timestamptz NOT NULL,
    CONSTRAINT pk_joint_decision PRIMARY KEY (project_id, sitting),
    CONSTRAINT ck_joint_decision_outcome_is_known CHECK (outcome IN ('approved', 'deferred')),
    CONSTRAINT ck_joint_decision_an_approval_has_an_amount CHECK ((outcome = 'approved') = (amount IS NOT NULL)),
    CONSTRAINT ck_joint_decision_amount_is_positive CHECK (amount > 0),
    CONSTRAINT ck_joint_decision_votes_are_not_negative CHECK (least(votes_for, votes_against, votes_abstained) >= 0),
    CONSTRAINT ck_joint_decision_sitting_is_positive CHECK (sitting > 0),
    CONSTRAINT fk_joint_decision_project_id_project FOREIGN KEY(project_id) REFERENCES project (case_id),
    CONSTRAINT fk_joint_decision_decided_by_id_user FOREIGN KEY(decided_by_id) REFERENCES "user" (id)
);
CREATE UNIQUE INDEX uq_joint_decision_approved ON joint_decision (project_id) WHERE outcome = 'approved';

CREATE TABLE notice (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    project_id BIGINT NOT NULL,
    number TEXT NOT NULL,
    title TEXT NOT NULL,
    organisation TEXT NOT NULL,
    place TEXT NOT NULL,
    amount BIGINT NOT NULL,
    experts TEXT[] NOT NULL,
    contact TEXT NOT NULL,
    published_at timestamptz NOT NULL,
    first_day DATE,
    last_day DATE,
    closes_at timestamptz,
    days_left BIGINT,
    suspended_at timestamptz,
    CONSTRAINT pk_notice PRIMARY KEY (id),
    CONSTRAINT uq_notice_project_id_kind UNIQUE (project_id, kind),
    CONSTRAINT ck_notice_kind_is_known CHECK (kind IN ('publicity', 'announcement', 'result')),
    CONSTRAINT ck_notice_only_a_publicity_runs CHECK ((kind = 'publicity') = (first_day IS NOT NULL) AND (kind =
        'publicity') = (days_left IS NOT NULL)),
    CONSTRAINT ck_notice_runs_or_is_suspended CHECK ((kind = 'publicity' AND suspended_at IS NULL) = (closes_at IS NOT
        NULL)),
    CONSTRAINT ck_notice_end_has_a_day CHECK ((closes_at IS NULL) = (last_day IS NULL)),
    CONSTRAINT ck_notice_only_a_publicity_is_suspended CHECK (suspended_at IS NULL OR kind = 'publicity'),
    CONSTRAINT ck_notice_begins_before_it_ends CHECK (first_day <= last_day),
    CONSTRAINT ck_notice_days_are_left CHECK (days_left > 0),
    CONSTRAINT ck_notice_amount_is_not_negative CHECK (amount >= 0),
    CONSTRAINT ck_notice_contact_is_there CHECK (btrim(contact) <> ''),
    CONSTRAINT fk_notice_project_id_project FOREIGN KEY(project_id) REFERENCES project (case_id)
);
CREATE INDEX ix_notice_kind ON notice (kind, id DESC);

CREATE TABLE objection (
    case_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    objector TEXT NOT NULL,
    contact TEXT NOT NULL,
    statement TEXT NOT NULL,
    received_at timestamptz NOT NULL,
    outcome TEXT,
    decided_by_id BIGINT,
    reason TEXT,
    decided_at timestamptz,
    CONSTRAINT pk_objection PRIMARY KEY (case_id),
    CONSTRAINT fk_objection_case FOREIGN KEY(case_id, project_id) REFERENCES "case" (id, root_id),
    CONSTRAINT ck_objection_outcome_is_known CHECK (outcome IN ('upheld', 'refuted', 'dropped')),
    CONSTRAINT ck_objection_decision_has_a_time CHECK ((outcome IS NULL) = (decided_at IS NULL)),
    CONSTRAINT ck_objection_decision_has_a_reason CHECK ((outcome IS NOT NULL AND outcome <> 'dropped') = (reason IS
        NOT NULL)),
    CONSTRAINT ck_objection_reason_has_an_author CHECK ((reason IS NULL) = (decided_by_id IS NULL)),
    CONSTRAINT ck_objection_received_before_it_is_decided CHECK (decided_at >= received_at),
    CONSTRAINT fk_objection_decided_by_id_user FOREIGN KEY(decided_by_id) REFERENCES "user" (id)
);
CREATE INDEX ix_objection_open ON objection (project_id) WHERE outcome IS NULL;
CREATE INDEX ix_objection_project_id ON objection (project_id);
"""

# A sheet that is in, a panel that closed, a vote, a decision and a decided objection stand as they are.
GUARDS = """
CREATE TRIGGER score_sheet_is_locked BEFORE UPDATE ON score_sheet FOR EACH ROW
    WHEN (OLD.submitted_at IS NOT NULL OR OLD.conflict OR OLD.voided_at IS NOT NULL)
    EXECUTE FUNCTION refuse_change();
ALTER TABLE score_sheet ENABLE ALWAYS TRIGGER score_sheet_is_locked;
CREATE TRIGGER score_sheet_is_not_deleted BEFORE DELETE OR TRUNCATE ON score_sheet
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE score_sheet ENABLE ALWAYS TRIGGER score_sheet_is_not_deleted;
CREATE TRIGGER panel_result_stands BEFORE UPDATE ON panel FOR EACH ROW
    WHEN (OLD.outcome IS NOT NULL) EXECUTE FUNCTION refuse_change();
ALTER TABLE panel ENABLE ALWAYS TRIGGER panel_result_stands;
CREATE TRIGGER joint_vote_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON joint_vote
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE joint_vote ENABLE ALWAYS TRIGGER joint_vote_is_append_only;
CREATE TRIGGER joint_decision_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON joint_decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE joint_decision ENABLE ALWAYS TRIGGER joint_decision_is_append_only;
CREATE TRIGGER objection_is_decided_once BEFORE UPDATE ON objection FOR EACH ROW
    WHEN (OLD.outcome IS NOT NULL) EXECUTE FUNCTION refuse_change();
ALTER TABLE objection ENABLE ALWAYS TRIGGER objection_is_decided_once;
"""

# What a notice says is not for the application to change; only its days are.
GRANTS = """
GRANT SELECT, INSERT ON panel, score_sheet, joint_vote, joint_decision, notice, objection TO aidflow_web;
GRANT UPDATE (outcome, score_numerator, score_denominator, sheets, dropped, suggested_amount, opinion, experts,
        closed_at, closed_by_id) ON panel TO aidflow_web;
GRANT UPDATE (conflict, conflict_statement, scores, comments, total, recommendation, suggested_amount, comment,
        declared_at, submitted_at, voided_at) ON score_sheet TO aidflow_web;
GRANT UPDATE (last_day, closes_at, days_left, suspended_at) ON notice TO aidflow_web;
GRANT UPDATE (outcome, decided_by_id, reason, decided_at) ON objection TO aidflow_web;
GRANT SELECT ON panel, score_sheet, joint_vote, joint_decision, notice, objection TO aidflow_worker;
"""


def upgrade() -> None:
    """Create the tables, lock what is finished, and grant the least."""
    op.execute(TABLES)
    op.execute(GUARDS)
    op.execute(GRANTS)
