"""Very many made-up projects, written by SQL, as consistent as those that people make.

Every constraint and trigger of the schema holds on the way: drafts come first with budget, targets
and papers, then each step of the road is one event for every project that went so far.
"""

from dataclasses import dataclass
from typing import Any

import psycopg

from app.database import db
from app.people.models import RoleGrant
from app.people.permissions import Actor
from tests import make

#: Steps after the draft: action, role, from, to, holder. A project of depth n took the first n.
ROAD = (
    ("submit", "applicant_owner", "draft", "authenticity_review", "accepting_unit"),
    ("pass_authenticity", "accepting_unit", "authenticity_review", "compliance_review", "fund_office"),
    ("pass_compliance", "fund_office", "compliance_review", "expert_review", "secretary"),
)
#: Of a hundred projects of a busy year, how many got how far.
SPREAD = "(ARRAY[0,0,1,1,1,2,2,3,3,3])[1 + g %% 10]"
ORGANISATIONS = 40
UNITS = 16
#: Projects that wait for the measured accepting officer, whatever else there is.
WAITING = 250

PLACES = """
INSERT INTO unit (code, name, kind, area_code)
SELECT 'U' || n, '受理单位' || n, 'accepting_unit', '3101' || (20 + n) FROM generate_series(1, {units}) n;
INSERT INTO sealed_account (uscc, mark, sealed)
SELECT '53' || lpad(n::text, 16, '7'), sha256_hex(n::text) || ':' || (1000 + n), 'sealed elsewhere'
FROM generate_series(1, {organisations}) n;
INSERT INTO organisation (uscc, name, kind, district, bank_name, bank_branch, account_name, account_mark, made_up,
                          created_at)
SELECT '53' || lpad(n::text, 16, '7'), '基金会' || n, 'foundation', '310106', '银行', '支行', '基金会' || n,
       sha256_hex(n::text) || ':' || (1000 + n), true, now()
FROM generate_series(1, {organisations}) n;
INSERT INTO "user" (email, name, fs_uniquifier, made_up, created_at)
SELECT role || n || '@crowd.example.org', '众人' || n, 'crowd-' || role || n, true, now()
FROM generate_series(1, {organisations}) n, unnest(ARRAY['applicant_owner', 'accepting_unit']) role;
"""

# The measured officer's unit has exactly the waiting ones; a spread over the others takes the rest. No two neighbours
# ask for the same amount.
CROWD = """
CREATE TEMPORARY TABLE crowd AS
SELECT g, nextval('case_id_seq') AS id, gen_random_uuid() AS pid, call.id AS call_id, call.policy_id,
       call.programme_year_id,
       CASE WHEN g <= {waiting} THEN 1 ELSE {spread} END AS depth,
       CASE WHEN g <= {waiting} THEN %(unit)s ELSE units[1 + g %% cardinality(units)] END AS unit_id,
       organisations[1 + g %% cardinality(organisations)] AS organisation_id,
       owners[1 + g %% cardinality(owners)] AS owner_id, officers[1 + g %% cardinality(officers)] AS officer_id,
       now() - interval '1 second' * (100000 - g) AS at,
       36000000 - g * 7919 %% 5000 * 100 AS requested, NULL::bigint AS seq, NULL::bytea AS hash
FROM generate_series(1, %(count)s) g,
     (SELECT * FROM call WHERE code = 'TZ-NOW') call,
     (SELECT array_agg(id) AS units FROM unit WHERE code ~ '^U[0-9]') u,
     (SELECT array_agg(id) AS organisations FROM organisation WHERE name ~ '^基金会') o,
     (SELECT array_agg(id) AS owners FROM "user" WHERE email ~ '^applicant_owner[0-9]+@crowd') a,
     (SELECT array_agg(id) AS officers FROM "user" WHERE email ~ '^accepting_unit[0-9]+@crowd') b;
UPDATE crowd SET officer_id = %(officer)s WHERE g <= {waiting};
ANALYZE crowd;

INSERT INTO "case" (id, root_id, pid, workflow, life, stage, entered_at, entered_seq, last_seq, holder_role, created_at,
                    chain_seq, chain_hash, organisation_id, accepting_unit_id, front_office_id, programme_year_id)
SELECT id, id, pid, 'aid_project/1', 'aid_project', 'draft', at, 1, 1, 'applicant_owner', at, 1, ''::bytea,
       organisation_id, unit_id, %(front)s, programme_year_id
FROM crowd ORDER BY id;
INSERT INTO duty (root_id, user_id, duty) SELECT id, owner_id, 'applicant' FROM crowd;
INSERT INTO duty (root_id, user_id, duty) SELECT id, officer_id, 'accepting_unit' FROM crowd WHERE depth >= 2;
INSERT INTO duty (root_id, user_id, duty) SELECT id, %(fund)s, 'fund_office' FROM crowd WHERE depth >= 3;
INSERT INTO project (case_id, number, call_id, policy_id, organisation_id, title, field, area_code, place, starts_on,
                     ends_on, declaration, own_funds, requested, planned_total, made_up, submitted_at)
SELECT id, 'AF' || extract(year FROM at) || '-' || lpad(nextval('project_number_seq')::text, 6, '0'), call_id,
       policy_id, organisation_id, '第' || g || '号校园饮水', 'education_health', '632621', '青海省果洛州玛沁县',
       '2026-04-01', '2026-09-30',
       %(declaration)s::jsonb, 120000000 - requested, requested, 120000000, true, CASE WHEN depth > 0 THEN at END
FROM crowd ORDER BY id;
SELECT ledger_open_project(id, programme_year_id, %(cap)s) FROM crowd WHERE depth > 0 ORDER BY id;
INSERT INTO budget_line (project_id, position, category, item, unit, quantity, unit_price, amount, paid_from)
SELECT id, n, 'goods', '设备', '批', 1, amount, amount, source
FROM crowd, LATERAL (VALUES (0, 120000000 - requested, 'own'), (1, requested, 'grant')) line (n, amount, source)
ORDER BY id, n;
INSERT INTO performance_target (project_id, position, level_one, level_two, name, target, weight)
SELECT id, n, level, '指标', '设备', '157', weight
FROM crowd, (VALUES (0, 'output', 50), (1, 'benefit', 30), (2, 'satisfaction', 10), (3, 'execution', 10))
     target (n, level, weight)
ORDER BY id, n;
INSERT INTO paper (public_id, case_id, root_id, kind, name, content_type, size, sha256, key, state, uploaded_by_id,
                   uploaded_at)
SELECT gen_random_uuid(), id, id, kind, kind || '.pdf', 'application/pdf', 1,
       encode(sha256((kind || id)::bytea), 'hex'), gen_random_uuid()::text, 'stored', owner_id, at
FROM crowd, unnest(%(kinds)s::text[]) kind WHERE g <= {waiting} OR g %% 10 = 0 ORDER BY id;
"""

# The body is written as RFC 8785 wants it: keys in order, no blanks, times with six digits.
STEP = """
WITH salted AS (
    SELECT *, sha256(pid::text::bytea || '{number}') AS salt, convert_to('{{"command":{{}}}}', 'UTF8') AS private
    FROM crowd WHERE depth >= {number}
), told AS (
    SELECT *, convert_to(format(
        '{{"at":"%s","case":"%s","commit":"%s","life":"aid_project","pid":"%s","prev":"%s",'
        '"public":{{"from":"{source}","to":"{target}"}},"role":"{role}","seq":{seq},"type":"{action}","v":1}}',
        to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), replace(pid::text, '-', ''),
        encode(sha256(salt || private), 'hex'), replace(pid::text, '-', ''), coalesce(encode(hash, 'hex'), '')
    ), 'UTF8') AS body
    FROM salted
), written AS (
    INSERT INTO event (root_id, seq, case_id, prev_seq, prev_hash, case_prev_seq, action, role, duty, actor_id,
                       case_from, case_to, root_from, root_to, at, body)
    SELECT id, {seq}, id, seq, hash, seq, '{action}', '{role}', '{duty}', {actor}, nullif('{source}', ''), '{target}',
           nullif('{source}', ''), '{target}', at, body
    FROM told ORDER BY id
    RETURNING id, root_id, hash
), kept AS (
    INSERT INTO event_private (event_id, salt, body)
    SELECT written.id, salt, private FROM written JOIN salted ON salted.id = written.root_id
)
UPDATE crowd SET seq = {seq}, hash = written.hash FROM written WHERE written.root_id = crowd.id;
UPDATE "case" SET stage = '{target}', last_seq = {seq}, chain_seq = {seq}, chain_hash = crowd.hash,
       entered_seq = {seq}, holder_role = '{holder}',
       holder_unit_id = CASE WHEN '{holder}' = 'accepting_unit' THEN accepting_unit_id END,
       due_at = CASE WHEN {seq} > 1 THEN crowd.at + interval '10 days' END
FROM crowd WHERE crowd.id = "case".id AND depth >= {number};
"""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who looks at the crowd of projects, and the number of one that waits for the officer."""

    officer: Actor
    fund: Actor
    number: str


def move_in(url: str, around: make.Town, count: int) -> Crowd:
    """Write `count` projects through a connection that may do anything, and tell the planner."""
    granted = db.session.query(RoleGrant.unit_id, RoleGrant.user_id)
    units = {user: unit for unit, user in granted}
    db.session.rollback()
    content = make.declaration().record()
    texts = {name: content[name] for name in ("need", "goals", "activities", "team", "beneficiaries", "undertakings")}
    given: dict[str, Any] = {
        "count": count, "officer": around.accepting.user_id, "unit": units[around.accepting.user_id],
        "front": units[around.front.user_id], "fund": around.fund.user_id,
        "declaration": psycopg.types.json.Jsonb(texts),
        "cap": around.policy.cap, "kinds": [kind for kind, _label in around.policy.required_papers],
    }  # fmt: skip
    with psycopg.connect(url, autocommit=True) as connection, psycopg.ClientCursor(connection) as cursor:
        with connection.transaction():
            cursor.execute(PLACES.format(units=UNITS, organisations=ORGANISATIONS))
            cursor.execute(CROWD.format(waiting=WAITING, spread=SPREAD), given)
            opening = ("open", "applicant_owner", "", "draft", "applicant_owner")
            for number, (action, role, source, target, holder) in enumerate((opening, *ROAD)):
                actor, duty = {
                    "applicant_owner": ("owner_id", "applicant"),
                    "accepting_unit": ("officer_id", "accepting_unit"),
                    "fund_office": (str(around.fund.user_id), "fund_office"),
                }[role]
                cursor.execute(
                    STEP.format(
                        number=number, seq=number + 1, action=action, role=role, source=source, target=target,
                        holder=holder, actor=actor, duty=duty,
                    )
                )  # fmt: skip
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT number FROM project JOIN crowd ON crowd.id = case_id WHERE g = %s", (WAITING // 2,))
        (number,) = cursor.fetchone() or ("",)
    return Crowd(around.accepting, around.fund, number)
