"""The organisations of the demonstration. Names come from published reports; everything else is made up.

Codes, bank accounts, addresses and people are invented, and every row is marked so. What goes wrong
in the stories goes wrong in organisations that do not exist.
"""

from typing import NamedTuple


class Applicant(NamedTuple):
    """One organisation: the key of its owner's account, its code, name, district and made-up people."""

    key: str
    uscc: str
    name: str
    district: str
    representative: str
    supervised_by: str
    rating: int
    staff: int


GUOLUO = "53310000500000031Q"
HERITAGE = "52310105500000023E"
CHARITY = "53310000500000061U"
HONGKOU = "533101095000000613"
CHILDREN = "53310000500000062Y"
DREAM = "533100005000000632"
OVERSEAS = "533100005000000645"
HUAYANG = "52310105500000061C"
FAIR_TRADE = "52310106500000061T"
JINGAN = "51310106500000061X"
XIANSHE = "523101205000000613"
YINGLONG = "523101205000000626"
YONGLIN = "533101205000000610"
RURAL = "523101095000000616"
FARMING = "91310115500000061T"
GREEN = "52310101500000061J"
CULTURE = "52310115500000061U"

APPLICANTS = (
    Applicant("owner", GUOLUO, "上海清泉公益基金会（演示）", "310106", "沈清源（演示）", "（演示）", 4, 12),
    Applicant(
        "other-owner", HERITAGE, "上海华恩乡村手工艺发展中心（演示）", "310105", "靳秀云（演示）", "（演示）", 3, 8
    ),
    Applicant("charity", CHARITY, "上海市慈善基金会（演示）", "310101", "钱慈航（演示）", "（演示）", 5, 46),
    Applicant("hongkou", HONGKOU, "上海市慈善基金会虹口区代表处（演示）", "310109", "洪行远（演示）", "（演示）", 5, 9),
    Applicant("children", CHILDREN, "上海市儿童基金会（演示）", "310106", "童安心（演示）", "（演示）", 5, 21),
    Applicant("dream", DREAM, "上海真爱梦想公益基金会（演示）", "310115", "孟想（演示）", "（演示）", 5, 60),
    Applicant("overseas", OVERSEAS, "上海市华侨事业发展基金会（演示）", "310101", "侨云海（演示）", "（演示）", 4, 11),
    Applicant(
        "huayang", HUAYANG, "上海华阳社区华恩爱心志愿服务社（演示）", "310105", "华绣春（演示）", "（演示）", 4, 7
    ),
    Applicant(
        "fair-trade", FAIR_TRADE, "上海乐创益公平贸易发展中心（演示）", "310106", "艾芸香（演示）", "（演示）", 4, 6
    ),
    Applicant("jingan", JINGAN, "上海市静安区社会组织联合会（演示）", "310106", "景安益（演示）", "（演示）", 5, 15),
    Applicant(
        "xianshe", XIANSHE, "上海奉贤区贤社荟公益联盟促进中心（演示）", "310120", "贤聚海（演示）", "（演示）", 3, 10
    ),
    Applicant("yinglong", YINGLONG, "上海奉贤区迎龙公益服务社（演示）", "310120", "龙迎春（演示）", "（演示）", 3, 5),
    Applicant("yonglin", YONGLIN, "上海永林公益基金会（演示）", "310120", "林永青（演示）", "（演示）", 3, 6),
    Applicant("rural", RURAL, "上海示例乡村发展促进中心（演示）", "310109", "虞示范（演示）", "（演示）", 2, 4),
    Applicant("farming", FARMING, "上海示例农业科技有限公司（演示）", "310115", "田样本（演示）", "（演示）", 1, 18),
    Applicant("green", GREEN, "上海示例环保志愿服务社（演示）", "310101", "绿样章（演示）", "（演示）", 2, 3),
    Applicant("culture", CULTURE, "上海示例文化发展中心（演示）", "310115", "文样稿（演示）", "（演示）", 2, 5),
)
