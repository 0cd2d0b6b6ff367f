-- What must never be seen, computed from the transfers alone. An empty view is a sound ledger.
CREATE VIEW invariant_violations WITH (security_invoker = true) AS
WITH touch AS (
    SELECT from_account_id AS account_id, from_kind AS kind, from_version AS version,
           from_balance AS balance, -amount AS change, posting_id FROM transfer
    UNION ALL
    SELECT to_account_id, to_kind, to_version, to_balance, amount, posting_id FROM transfer
), replay AS (
    SELECT account_id, version, balance, change,
           row_number() OVER w AS place, sum(change) OVER w AS replayed
    FROM touch WINDOW w AS (PARTITION BY account_id ORDER BY version ROWS UNBOUNDED PRECEDING)
), total AS (
    SELECT account_id, count(*) AS touches, sum(change) AS balance FROM touch GROUP BY account_id
)
SELECT 'sum_is_not_zero' AS rule, programme_year_id, NULL::bigint AS project_id,
       'accounts add up to ' || sum(balance) AS detail
    FROM account GROUP BY programme_year_id HAVING sum(balance) <> 0
UNION ALL
SELECT 'balance_is_not_its_replay', a.programme_year_id, a.project_id,
       format('account %s (%s): balance %s, transfers come to %s', a.id, a.kind, a.balance, coalesce(t.balance, 0))
    FROM account a LEFT JOIN total t ON t.account_id = a.id WHERE a.balance <> coalesce(t.balance, 0)
UNION ALL
SELECT 'version_is_not_its_count', a.programme_year_id, a.project_id,
       format('account %s (%s): version %s after %s transfers', a.id, a.kind, a.version, coalesce(t.touches, 0))
    FROM account a LEFT JOIN total t ON t.account_id = a.id WHERE a.version <> coalesce(t.touches, 0)
UNION ALL
SELECT 'version_gap', a.programme_year_id, a.project_id,
       format('account %s (%s): version %s in place %s', a.id, a.kind, r.version, r.place)
    FROM replay r JOIN account a ON a.id = r.account_id WHERE r.version <> r.place
UNION ALL
SELECT 'balance_after_is_wrong', a.programme_year_id, a.project_id,
       format('account %s (%s): version %s says %s, replay says %s', a.id, a.kind, r.version, r.balance, r.replayed)
    FROM replay r JOIN account a ON a.id = r.account_id WHERE r.balance <> r.replayed
UNION ALL
SELECT 'balance_was_negative', a.programme_year_id, a.project_id,
       format('account %s (%s): %s at version %s', a.id, a.kind, r.replayed, r.version)
    FROM replay r JOIN account a ON a.id = r.account_id
    WHERE CASE a.kind WHEN 'source' THEN r.replayed > 0 ELSE r.replayed < 0 END
UNION ALL
SELECT 'balance_is_negative', programme_year_id, project_id, format('account %s (%s): %s', id, kind, balance)
    FROM account WHERE CASE kind WHEN 'source' THEN balance > 0 ELSE balance < 0 END
UNION ALL
SELECT 'held_is_wrong_or_over_the_cap', f.programme_year_id, f.project_id,
       format('held %s, accounts hold %s, cap %s', f.held, sum(a.balance), f.cap)
    FROM project_fund f LEFT JOIN account a ON a.project_id = f.project_id
    GROUP BY f.project_id HAVING f.held <> coalesce(sum(a.balance), 0) OR f.held > f.cap
UNION ALL
SELECT 'illegal_flow', t.programme_year_id, p.project_id,
       format('posting %s leg %s: %s from %s to %s', t.posting_id, t.leg, p.code, f.kind, d.kind)
    FROM transfer t
    LEFT JOIN posting p ON p.id = t.posting_id
    LEFT JOIN account f ON f.id = t.from_account_id
    LEFT JOIN account d ON d.id = t.to_account_id
    LEFT JOIN flow_rule r ON r.code = p.code AND r.from_kind = f.kind AND r.to_kind = d.kind
    WHERE r.code IS NULL OR (t.code, t.from_kind, t.to_kind) <> (r.code, r.from_kind, r.to_kind)
        OR p.programme_year_id <> f.programme_year_id OR p.programme_year_id <> d.programme_year_id
        OR coalesce(f.project_id, p.project_id) IS DISTINCT FROM p.project_id
        OR coalesce(d.project_id, p.project_id) IS DISTINCT FROM p.project_id
        OR t.amount NOT BETWEEN 1 AND 100000000000000
UNION ALL
SELECT 'posting_has_not_moved_its_amount', p.programme_year_id, p.project_id,
       format('posting %s: asked %s, moved %s', p.id, p.amount + p.rest, coalesce(sum(t.amount), 0))
    FROM posting p LEFT JOIN transfer t ON t.posting_id = p.id
    GROUP BY p.id HAVING p.amount + p.rest <> coalesce(sum(t.amount), 0)
UNION ALL
SELECT 'one_person_did_what_needs_two', p.programme_year_id, p.project_id, 'posting ' || p.id
    FROM posting p JOIN posting_code c ON c.code = p.code
    WHERE p.maker_id = p.checker_id OR (c.needs_two AND (p.maker_id IS NULL OR p.checker_id IS NULL))
UNION ALL
SELECT 'event_has_not_posted', c.programme_year_id, e.root_id, format('event %s (%s)', e.id, e.action)
    FROM event_must_post must
    JOIN event e ON e.action = must.action AND e.case_to = must.case_to AND must.role IN ('*', e.role)
    JOIN "case" c ON c.id = e.case_id AND c.life = must.life
    WHERE NOT EXISTS (SELECT FROM posting p WHERE p.event_id = e.id AND p.code = ANY (must.codes))
UNION ALL
SELECT 'two_live_attempts', f.programme_year_id, f.project_id, 'tranche ' || a.tranche
    FROM payment_attempt a JOIN project_fund f ON f.project_id = a.project_id
    WHERE a.state NOT IN ('failed', 'cancelled', 'returned')
    GROUP BY f.project_id, a.tranche HAVING count(*) > 1
UNION ALL
SELECT 'attempt_is_not_its_history', f.programme_year_id, f.project_id, 'attempt ' || a.id
    FROM payment_attempt a JOIN project_fund f ON f.project_id = a.project_id
    LEFT JOIN payment_attempt_state s ON s.attempt_id = a.id AND s.seq = a.seq AND s.state = a.state
    WHERE s.attempt_id IS NULL
        OR a.seq <> (SELECT count(*) FROM payment_attempt_state h WHERE h.attempt_id = a.id);
