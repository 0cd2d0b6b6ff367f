"""One made-up paper of each kind; nothing in it belongs to a real person or organisation."""

from app.typesetting import shapes

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
TITLE = "遵义市凤冈县乡村小学科学教室与教师研修项目"
ACCOUNT: shapes.Account = {
    "name": "上海晨露公益基金会",
    "bank": "示例银行上海徐汇支行",
    "number": "6200 0000 0000 0001",
}

AGREEMENT: shapes.Agreement = {
    "number": "沪合作协〔2026〕第0012号",
    "project_number": "2026-0012",
    "project_title": TITLE,
    "field": "教育卫生",
    "place": "贵州省遵义市凤冈县（520327）",
    "parties": [
        {
            "side": "甲方（资助方）",
            "name": "上海市人民政府合作交流办公室",
            "code": None,
            "address": "上海市",
            "representative": "示例负责人",
            "signed_by": "陈示例",
            "signed_on": "2026-06-01",
            "signature_hash": HASH,
        },
        {
            "side": "乙方（项目主体）",
            "name": "上海晨露公益基金会",
            "code": "53310000500000031Q",
            "address": "上海市徐汇区示例路1号",
            "representative": "林示例",
            "signed_by": None,
            "signed_on": None,
            "signature_hash": None,
        },
    ],
    "policy": "上海市对口支援与合作交流专项资金资助社会力量参与对口支援工作的实施细则（试行）",
    "clauses": "2017",
    "settlement": "agreed",
    "starts_on": "2026-06-15",
    "ends_on": "2027-05-31",
    "planned_total": 120000000,
    "ceiling": 24000000,
    "capitals": "贰拾肆万元整",
    "ratio_ppm": 200000,
    "payments": [{"label": "一次性", "condition": "项目完成并经第三方独立审计、核定后拨付", "amount": 24000000}],
    "account": ACCOUNT,
    "targets": [
        {"kind": "数量", "name": "建成科学教室并投入使用", "value": "6间"},
        {"kind": "质量", "name": "教师研修考核合格率", "value": "不低于90%"},
        {"kind": "满意度", "name": "受益师生满意度", "value": "不低于95%"},
    ],
    "budget": [
        {"category": "物资", "item": "实验器材与图书", "amount": 70000000, "paid_from": "自筹、捐赠"},
        {"category": "培训", "item": "教师研修四期", "amount": 30000000, "paid_from": "资助"},
        {"category": "交通", "item": "专家与志愿者往返", "amount": 20000000, "paid_from": "自筹"},
    ],
    "report_dates": ["2026-09-15", "2026-12-15", "2027-03-15"],
    "content_hash": HASH,
}

AUDIT_REPORT: shapes.AuditReport = {
    "number": "示审〔2027〕第018号",
    "project_number": "2026-0012",
    "project_title": TITLE,
    "organisation": "上海晨露公益基金会",
    "firm": "示例会计师事务所（特殊普通合伙）",
    "licence": "示例-31000000",
    "accountants": [{"name": "赵示例", "certificate": "示例000001"}, {"name": "钱示例", "certificate": "示例000002"}],
    "independence": "本所及签字注册会计师与项目主体不存在投资、雇佣、亲属或者其他可能影响独立性的关系。",
    "period_from": "2026-06-15",
    "period_to": "2027-05-31",
    "incomes": [{"source": "自筹", "amount": 60000000}, {"source": "捐赠", "amount": 30000000}],
    "lines": [
        {
            "category": "物资",
            "budget": 70000000,
            "claimed": 69000000,
            "disallowed": 0,
            "audited": 69000000,
            "reason": "",
        },
        {
            "category": "培训",
            "budget": 30000000,
            "claimed": 30000000,
            "disallowed": 11000000,
            "audited": 19000000,
            "reason": "第四期研修未举办；餐费超出标准部分。",
        },
        {
            "category": "交通",
            "budget": 20000000,
            "claimed": 12000000,
            "disallowed": 0,
            "audited": 12000000,
            "reason": "",
        },
    ],
    "targets": [{"name": "建成科学教室并投入使用", "planned": "6间", "done": "6间"}],
    "opinion": "qualified",
    "opinion_text": "除核减事项外，项目收支在所有重大方面符合协议和政策规定。",
    "findings": ["第四期教师研修未按计划举办，相应支出不予认可。"],
    "reported_on": "2027-07-10",
    "content_hash": HASH,
}

PAYMENT_ORDER: shapes.PaymentOrder = {
    "number": "拨〔2027〕0031",
    "kind": "payment",
    "project_number": "2026-0012",
    "project_title": TITLE,
    "agreement_number": "沪合作协〔2026〕第0012号",
    "audit_number": "示审〔2027〕第018号",
    "planned_total": 120000000,
    "approved": 24000000,
    "cap": 50000000,
    "ratio_ppm": 200000,
    "base": 100000000,
    "entitled": 20000000,
    "paid_before": 0,
    "payable": 20000000,
    "capitals": "贰拾万元整",
    "payee": ACCOUNT,
    "maker": "孙示例",
    "made_on": "2027-07-20",
    "checker": None,
    "checked_on": None,
    "bank_reference": None,
    "paid_on": None,
    "status": "待复核",
    "content_hash": HASH,
}

PAPER: shapes.Paper = {
    "title": "受援地意见",
    "organisation": "凤冈县示例局",
    "number": "示意〔2026〕5号",
    "addressee": "上海市人民政府合作交流办公室",
    "paragraphs": [
        "上海晨露公益基金会拟在我县六所乡村小学建设科学教室并开展教师研修。经研究，该项目符合我县教育发展需要，场地和师资已经落实。",
        "我单位支持该项目实施，并将协助做好组织、协调和验收工作。",
    ],
    "tables": [
        {
            "caption": "受益学校",
            "head": ["学校", "班级", "学生数"],
            "right": [1, 2],
            "rows": [["示例第一小学", "12", "486"], ["示例第二小学", "9", "351"]],
        },
    ],
    "signed_by": "凤冈县示例局",
    "signed_on": "2026-03-02",
    "sample": True,
}

NOTICE: shapes.Notice = {
    "issuer": "上海市人民政府合作交流办公室",
    "number": "沪合作公示〔2026〕3号",
    "title": "关于2026年度社会力量参与对口支援拟资助项目的公示",
    "addressee": "",
    "paragraphs": [
        "根据专项资金管理规定，经专家评审，拟对下列项目予以资助，现予公示。公示期为5个工作日，首日计入。",
        "公示期内对拟资助项目有异议的，可以书面或者通过本系统提出，并说明理由和依据。",
    ],
    "tables": [
        {
            "caption": "拟资助项目",
            "head": ["项目编号", "项目名称", "项目主体", "建议金额（元）"],
            "right": [3],
            "rows": [["2026-0012", TITLE, "上海晨露公益基金会", "240,000.00"]],
        },
    ],
    "contact": "市政府合作交流办　电话 021-00000000",
    "issued_on": "2026-05-06",
    "project_number": "2026-0012",
    "content_hash": HASH,
}

MEETING_RESULT: shapes.MeetingResult = {
    "programme": "对口支援专项",
    "year": 2026,
    "held_on": "2026-05-20",
    "place": "示例会议室",
    "present": [
        {"name": "吴示例", "duty": "会审成员", "mode": "现场出席"},
        {"name": "徐示例", "duty": "会审成员", "mode": "线上出席"},
        {"name": "严示例", "duty": "审批人", "mode": "缺席"},
    ],
    "envelope": 50_000_000,
    "projects": [
        {
            "number": "AF2026-000012",
            "title": TITLE,
            "organisation": "上海晨露公益基金会",
            "score": "84.33",
            "requested": 26_000_000,
            "suggested": 24_000_000,
            "sitting": 1,
            "votes": [
                {"member": "吴示例", "vote": "同意", "comment": ""},
                {"member": "徐示例", "vote": "弃权", "comment": "曾参与论证"},
            ],
            "votes_for": 1,
            "votes_against": 0,
            "votes_abstained": 1,
            "outcome": "批准资助",
            "approved": 24_000_000,
            "capitals": "贰拾肆万元整",
            "decided_by": "严示例",
            "said": "同意资助。",
        },
    ],
    "approved_count": 1,
    "approved_total": 24_000_000,
    "approved_capitals": "贰拾肆万元整",
    "minutes": ["一、听取汇报。", "二、逐项审议。"],
    "draft": False,
    "content_hash": HASH,
}

EACH = {
    "agreement": AGREEMENT,
    "meeting_result": MEETING_RESULT,
    "audit_report": AUDIT_REPORT,
    "payment_order": PAYMENT_ORDER,
    "paper": PAPER,
    "notice": NOTICE,
}
