-- No role deletes. What a row was begun with is in no list of columns that may be changed.
GRANT SELECT ON agreement, progress_report, change_request, audit, audit_line, settlement, payment_order, closure
    TO aidflow_web, aidflow_worker;
GRANT INSERT ON agreement, progress_report, change_request, audit, audit_line, settlement, payment_order, closure
    TO aidflow_web;
GRANT UPDATE (state, paper_id, document_hash) ON agreement TO aidflow_web, aidflow_worker;
GRANT UPDATE (signed_by_fund_office_id, signed_by_fund_office_at, signed_by_fund_office_hash, signed_by_applicant_id,
    signed_by_applicant_at, signed_by_applicant_hash) ON agreement TO aidflow_web;
GRANT UPDATE (state, round, period_from, period_until, summary, spent, beneficiaries, filed_by_id, filed_at,
    decided_by_id, decided_at, remark) ON progress_report TO aidflow_web;
GRANT UPDATE (state, decided_by_id, decided_at, remark) ON change_request TO aidflow_web;
GRANT UPDATE (state, firm_id, round, number, licence, cpa_one, cpa_two, independence, period_from, period_until,
    received, opinion, findings, claimed, disallowed, audited, other_fiscal, submitted_by_id, submitted_at)
    ON audit TO aidflow_web;
GRANT UPDATE (confirmed_by_id, confirmed_at, ended_by_id, ended_at, ended_reason) ON settlement TO aidflow_web;
GRANT UPDATE (state, payee_name, payee_bank, payee_branch, payee_account, prepared_by_id, prepared_at, attempt_id,
    approved_by_id, approved_at, approved_content, sent_at, bank_reference, paid_on, failed_reason)
    ON payment_order TO aidflow_web;
