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

CREATE FUNCTION search_grams(said text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
BEGIN ATOMIC
    SELECT array_to_tsvector(coalesce(array_agg(one) || array_remove(array_agg(two), NULL), '{}'::text[]))
        FROM search_cut(said);
END;

CREATE FUNCTION search_query(said text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT string_agg('''' || replace(replace(gram, '\', '\\'), '''', '''''') || '''', ' & ')::tsquery
        FROM (SELECT coalesce(two, one) AS gram FROM search_cut(said)
            WHERE two IS NOT NULL OR char_length(search_fold(said)) = 1) AS grams;
END;

CREATE INDEX ix_project_grams ON project USING gin
    (search_grams(number || chr(10) || title || chr(10) || coalesce(place, '')));
CREATE INDEX ix_organisation_grams ON organisation USING gin (search_grams(uscc || chr(10) || name));
CREATE INDEX ix_paper_grams ON paper USING gin (search_grams(name));
DROP INDEX ix_project_title;
"""


def upgrade() -> None:
    """Create the functions that cut texts into grams, the indexes over them, and the tables of notifications."""
    op.get_bind().exec_driver_sql(GRAMS)
