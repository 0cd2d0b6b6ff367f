"""Search by pairs of characters; notifications of a person, letters, and choices of mail."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# The query is folded and cut by the same functions as the text, so both sides always agree. Their
# bodies are parsed now, hence they mean the same whatever search path an index is rebuilt under.
GRAMS = r"""
CREATE FUNCTION search_fold(said text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(normalize(said, NFKC));

CREATE FUNCTION search_cut(said text) RETURNS TABLE (one text, two text)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT letter, letter || lead(letter) OVER (ORDER BY place)
        FROM unnest(string_to_array(search_fold(said), NULL)) WITH ORDINALITY AS cut (letter, place);
END;

CREATE FUNCTION search_grams(said text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_to_tsvector(coalesce(array_agg(one) || array_remove(array_agg(two), NULL), '{}'::text[]))
        FROM search_cut(said);
END;

CREATE FUNCTION search_query(said text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT string_agg('''' || replace(replace(gram, '\', '\\'), '''', '''''') || '''', ' & ')::tsquery
        FROM (SELECT DISTINCT coalesce(two, one) AS gram FROM search_cut(said)
            WHERE two IS NOT NULL OR char_length(search_fold(said)) = 1) AS grams;
END;

ALTER TABLE project ADD COLUMN grams tsvector GENERATED ALWAYS AS
    (search_grams(number || chr(10) || title || chr(10) || coalesce(place, ''))) STORED;
ALTER TABLE organisation ADD COLUMN grams tsvector GENERATED ALWAYS AS
    (search_grams(uscc || chr(10) || name)) STORED;
ALTER TABLE paper ADD COLUMN grams tsvector GENERATED ALWAYS AS (search_grams(name)) STORED;
CREATE INDEX ix_project_grams ON project USING gin (grams);
CREATE INDEX ix_organisation_grams ON organisation USING gin (grams);
CREATE INDEX ix_paper_grams ON paper USING gin (grams);
-- A generated column is still empty when the guard looks; nobody can write to it, so the guard need not look at it.
DO $$ BEGIN
    EXECUTE replace(pg_get_functiondef('paper_keeps_what_it_is()'::regprocedure),
        'sealed_event_id}', 'sealed_event_id,grams}');
END $$;
DROP INDEX ix_project_title;
"""

# A message is handed out to people; what became of each letter stands with the letter.
TABLES = """
ALTER TABLE message DROP CONSTRAINT ck_message_state_is_known, DROP CONSTRAINT ck_message_sent_has_a_time;
UPDATE message SET state = 'handed_out' WHERE state <> 'waiting';
ALTER TABLE message DROP COLUMN sent_at, ADD COLUMN due_at timestamptz,
    ADD CONSTRAINT ck_message_state_is_known CHECK (state IN ('waiting', 'handed_out'));
CREATE UNIQUE INDEX uq_message_due_soon ON message (case_id, due_at) WHERE template = 'due_soon';

CREATE TABLE letter (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    key UUID NOT NULL,
    user_id BIGINT NOT NULL,
    template TEXT NOT NULL,
    day DATE,
    created_at timestamptz NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    tries BIGINT DEFAULT '0' NOT NULL,
    tried_at timestamptz,
    sent_at timestamptz,
    answer TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_letter PRIMARY KEY (id),
    CONSTRAINT uq_letter_key UNIQUE (key),
    CONSTRAINT uq_letter_user_id_day UNIQUE (user_id, day),
    CONSTRAINT ck_letter_state_is_known CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'dropped')),
    CONSTRAINT ck_letter_sent_has_a_time CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    CONSTRAINT ck_letter_a_digest_has_a_day CHECK ((template = '_digest') = (day IS NOT NULL)),
    CONSTRAINT ck_letter_tries_are_counted CHECK (tries >= 0),
    CONSTRAINT fk_letter_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);
CREATE INDEX ix_letter_state ON letter (state, id DESC);

CREATE TABLE notification (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    message_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    way TEXT NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    letter_id BIGINT,
    CONSTRAINT pk_notification PRIMARY KEY (id),
    CONSTRAINT uq_notification_message_id_user_id UNIQUE (message_id, user_id),
    CONSTRAINT ck_notification_way_is_known CHECK (way IN ('at_once', 'digest', 'in_app')),
    CONSTRAINT fk_notification_message_id_message FOREIGN KEY(message_id) REFERENCES message (id),
    CONSTRAINT fk_notification_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id),
    CONSTRAINT fk_notification_letter_id_letter FOREIGN KEY(letter_id) REFERENCES letter (id)
);
CREATE INDEX ix_notification_user_id ON notification (user_id, id DESC);
CREATE INDEX ix_notification_unread ON notification (user_id, id) WHERE read_at IS NULL;
CREATE INDEX ix_notification_letter_id ON notification (letter_id) WHERE letter_id IS NOT NULL;
CREATE INDEX ix_notification_digest ON notification (user_id, created_at)
    WHERE way = 'digest' AND letter_id IS NULL AND read_at IS NULL;

CREATE TABLE mail_choice (
    user_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    way TEXT NOT NULL,
    CONSTRAINT pk_mail_choice PRIMARY KEY (user_id, kind),
    CONSTRAINT ck_mail_choice_kind_is_known CHECK (kind IN ('task', 'deadline', 'progress')),
    CONSTRAINT ck_mail_choice_way_is_known CHECK (way IN ('at_once', 'digest', 'in_app')),
    CONSTRAINT fk_mail_choice_user_id_user FOREIGN KEY(user_id) REFERENCES "user" (id)
);
"""

GRANTS = """
GRANT SELECT ON notification, letter, mail_choice TO aidflow_web, aidflow_worker;
GRANT UPDATE (read_at) ON notification TO aidflow_web;
GRANT UPDATE (state, tries) ON letter TO aidflow_web;
GRANT INSERT, UPDATE (way) ON mail_choice TO aidflow_web;
GRANT INSERT, UPDATE (letter_id) ON notification TO aidflow_worker;
GRANT INSERT, UPDATE (state, tries, tried_at, sent_at, answer) ON letter TO aidflow_worker;
"""


def upgrade() -> None:
    """Create the functions that cut texts into grams, the indexes over them, and the tables of notifications."""
    op.get_bind().exec_driver_sql(GRAMS)
    op.execute(TABLES)
    op.execute(GRANTS)
