"""What an officer checks at a reviewing stage, and the sentences in which a correction is asked for.

Source: design "The stages", column "What is checked"; papers and numbers come from the policy version of
the project. A sentence that begins with the label of a field of the declaration and a colon is about that field.
"""

from dataclasses import dataclass

from workflows.definition import Reason, because
from workflows.policy import Policy


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to be checked: what is so when all is well, in which papers it shows, and what to ask otherwise.

    `figure` names a figure that the page puts beside it, because the computer already knows it.
    """

    key: str
    label: str
    papers: tuple[str, ...]
    phrase: str
    figure: str = ""


AUTHENTICITY = (
    Check(
        "organisation",
        "项目主体真实存在，名称、代码与登记证书一致",
        ("registration_certificate",),
        "请补交在有效期内的法人登记证书，名称和统一社会信用代码须与登记信息一致。",
        "organisation",
    ),
    Check("account", "收款账户为项目主体本单位账户", ("bank_proof",), "请补交项目主体本单位的银行账户证明。"),
    Check(
        "need",
        "受援地需求真实",
        ("recipient_opinion",),
        "需求分析：请补充受援地需求的来源和依据，并附受援方出具的意见。",
    ),
    Check("place", "实施地点真实、具体", ("recipient_opinion",), "实施地点：请写明到乡镇、村或者单位。"),
    Check(
        "partner", "当地合作方和合作协议真实", ("partner_agreement",), "当地合作单位：请补交与当地合作方签署的协议。"
    ),
    Check(
        "matching", "配套资金真实到位或者已有承诺", ("matching_money_proof",), "自有资金（元）：请补交配套资金证明。"
    ),
    Check(
        "double",
        "没有重复申请其他财政资金",
        ("undertaking",),
        "其他财政资金（元）：请说明是否已获其他财政资金支持。",
        "doubles",
    ),
    Check("undertaking", "承诺书已由法定代表人签署", ("undertaking",), "请补交由法定代表人签署并加盖公章的承诺书。"),
)
COMPLIANCE = (
    Check("yearly_check", "年度检查合格", ("yearly_check",), "请补交最近一年度的年度检查结论。", "yearly_check"),
    Check(
        "credit",
        "未列入异常名录或者严重违法失信名单",
        ("undertaking",),
        "请说明列入异常名录或者失信名单的情况，并附移出证明。",
        "credit",
    ),
    Check(
        "scope",
        "受援地区和资助领域在范围之内",
        (),
        "实施地区代码：请核对实施地点是否在本期申报通知的受援地区之内。",
        "scope",
    ),
    Check("nonprofit", "非营利，不含商业因素", ("partner_agreement",), "活动安排：请删除或者说明带有商业因素的内容。"),
    Check("ratio", "资助比例不超过上限", ("budget",), "申请资助金额（元）：请按资助比例上限调整。", "ratio"),
    Check("cap", "申请金额不超过单个项目上限", ("budget",), "申请资助金额（元）：请按单个项目资助上限调整。", "cap"),
    Check("lines", "支出科目可以列支", ("budget",), "预算明细：请删除不可列支的科目，并写明测算依据。", "lines"),
    Check(
        "arithmetic",
        "预算计算正确，与项目预算表一致",
        ("budget",),
        "预算明细：请核对数量、单价和合计，并与项目预算表一致。",
        "arithmetic",
    ),
    Check(
        "fiscal",
        "同一支出没有由其他财政资金负担",
        ("matching_money_proof",),
        "其他财政资金（元）：请列明其他财政资金负担的支出。",
        "fiscal",
    ),
)
#: What is checked at each stage; a stage that is not here has no list.
CHECKS = {"authenticity_review": AUTHENTICITY, "compliance_review": COMPLIANCE}
#: What is asked for where a paper is absent or cannot be read.
PAPER_PHRASE = "请补交{paper}，须完整、清晰并在有效期内。"
#: What else is often asked for, whatever the stage.
GENERAL = (
    "绩效目标：请补充可以衡量的指标值和佐证材料。",
    "受益对象：请说明受益人数的计算方法。",
    "开始日期：项目起止日期须与活动安排一致。",
    "项目团队：请补充主要成员的分工和联系方式。",
)


def said_at(stage: str) -> tuple[str, ...]:
    """The standard phrases of a correction at this stage, of whatever policy: those of its checks, then the general."""
    return (*(check.phrase for check in CHECKS.get(stage, ())), *GENERAL)


def phrases(stage: str, policy: Policy) -> tuple[Reason, ...]:
    """The same, and one for each paper that the policy asks for."""
    return (
        *map(because, said_at(stage)),
        *(because(PAPER_PHRASE, paper=label) for _kind, label in policy.required_papers),
    )
