"""The kinds of papers of a project, with the words users read; a policy names those that a declaration needs.

Source: R17 for what a declaration needs, the design for what comes later (D).
"""

REQUIRED_PAPERS = (
    ("registration_certificate", "法人登记证书"),
    ("yearly_check", "年度检查结论"),
    ("prior_audit", "上年度审计报告"),
    ("bank_proof", "银行账户证明"),
    ("recipient_opinion", "受援方意见"),
    ("partner_agreement", "与当地合作方的协议"),
    ("matching_money_proof", "配套资金证明"),
    ("budget", "项目预算表"),
    ("undertaking", "承诺书"),
)
LATER_PAPERS = (
    ("vouchers", "支出凭证"),
    ("photos", "现场照片"),
    ("objection_evidence", "异议证据材料"),
    ("minutes", "会审纪要"),
    ("agreement", "资助协议"),
    ("progress_report", "进展报告"),
    ("final_report", "总结报告"),
    ("change_evidence", "变更证明材料"),
    ("audit_report", "审计报告"),
    ("bank_receipt", "银行回单"),
    ("other", "其他材料"),
)
