INSERT INTO posting_code (code, needs_two) VALUES
    ('appropriate', false), ('appropriation_cut', false), ('reserve', false), ('unreserve', false),
    ('encumber', false), ('accrue', true), ('advance', true), ('accrual_reverse', true),
    ('release', false), ('instruct', true), ('settle', false), ('bounce', false),
    ('bank_return', false), ('clawback', true), ('clawback_waive', true), ('clawback_receive', false),
    ('recycle', false), ('lapse', false);

INSERT INTO flow_rule (code, from_kind, to_kind, leg) VALUES
    ('appropriate', 'source', 'available', 1),
    ('appropriation_cut', 'available', 'source', 1),
    ('reserve', 'available', 'reserved', 1),
    ('unreserve', 'reserved', 'available', 1),
    ('encumber', 'reserved', 'encumbered', 1),
    ('encumber', 'reserved', 'available', 2),
    ('accrue', 'encumbered', 'payable', 1),
    ('advance', 'encumbered', 'payable', 1),
    ('accrual_reverse', 'payable', 'encumbered', 1),
    ('release', 'encumbered', 'available', 1),
    ('instruct', 'payable', 'inflight', 1),
    ('settle', 'inflight', 'disbursed', 1),
    ('bounce', 'inflight', 'payable', 1),
    ('bank_return', 'disbursed', 'payable', 1),
    ('clawback', 'disbursed', 'receivable', 1),
    ('clawback_waive', 'receivable', 'disbursed', 1),
    ('clawback_receive', 'receivable', 'recovered', 1),
    ('recycle', 'recovered', 'available', 1),
    ('lapse', 'available', 'lapsed', 1);

INSERT INTO event_must_post (life, action, case_to, role, codes) VALUES
    ('programme_year', 'appropriate', 'open', '*', '{appropriate}'),
    ('programme_year', 'cut_appropriation', 'open', '*', '{appropriation_cut}'),
    ('aid_project', 'close_panel', 'publicity', '*', '{reserve}'),
    -- The applicant signs last, and that signature binds the money.
    ('aid_project', 'sign_agreement', 'agreement', 'applicant_owner', '{encumber}'),
    ('aid_project', 'confirm_settlement', 'disbursement', '*', '{accrue,release}'),
    ('aid_project', 'confirm_settlement', 'closed', '*', '{release}'),
    ('payment_order', 'record_sent', 'sent', '*', '{instruct}'),
    ('payment_order', 'record_paid', 'paid', '*', '{settle}'),
    ('payment_order', 'record_failed', 'failed', '*', '{bounce}');

INSERT INTO payment_flow (from_state, to_state) VALUES
    ('prepared', 'approved'), ('prepared', 'cancelled'),
    ('approved', 'sent'), ('approved', 'cancelled'),
    ('sent', 'paid'), ('sent', 'failed'),
    ('paid', 'returned');
