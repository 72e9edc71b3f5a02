"""Named sets of terms as instruments in force lay them down, to be taken over whole and then changed rule by rule.

domain.md 1.1; budgets in working days unless `DAY` stands there, caps in the same days.
"""

from datetime import date

from app.domain.rules import DAY, WORKDAY, TermRule

GRADES = ("advice", "ordinary", "complex", "major")


def of(name: str, *, valid_from: date) -> list[TermRule]:
    """The rules of a profile for complaints, one for each grade, so that they come before the general ones."""
    basis, terms = _SHELF[name]
    return [
        TermRule(profile=name, purpose=purpose, kind="complaint", grade=grade, budget=budget, counted=counted, cap=cap,
                 extensions=1 if cap else 0, remind=min(3, budget // 3), basis=f"{basis}{article}",
                 valid_from=valid_from)
        for purpose, budget, counted, cap, article in terms for grade in GRADES
    ]


def names() -> list[str]:
    return list(_SHELF)


# name → basis, (purpose, budget, counted, cap, article)
_SHELF = {
    "信访工作条例": ("《信访工作条例》", (
        ("accept", 15, DAY, 0, "第二十二条"), ("object", 5, WORKDAY, 0, "第二十三条"),
        ("handle", 60, DAY, 30, "第三十四条"), ("reply", 90, DAY, 30, "第三十四条"))),
    "市场监督管理投诉举报": ("《市场监督管理投诉举报处理暂行办法》", (
        ("accept", 7, WORKDAY, 0, "第十四条"), ("handle", 45, WORKDAY, 0, "第二十一条"),
        ("reply", 52, WORKDAY, 0, "第十四条、第二十一条"))),
    "保障中小企业款项支付": ("《保障中小企业款项支付条例》", (
        ("accept", 10, WORKDAY, 0, "第二十五条"), ("handle", 30, DAY, 60, "第二十五条"),
        ("reply", 44, DAY, 60, "第二十五条"))),
    "政府信息公开": ("《中华人民共和国政府信息公开条例》", (
        ("handle", 20, WORKDAY, 20, "第三十三条"), ("reply", 23, WORKDAY, 20, "第三十三条"))),
    "河南省优化营商环境条例": ("《河南省优化营商环境条例》", (
        ("accept", 5, DAY, 0, "第七十八条"), ("handle", 30, DAY, 30, "第七十八条"),
        ("reply", 35, DAY, 30, "第七十八条"))),
    "济南市优化营商环境条例": ("《济南市优化营商环境条例》", (
        ("handle", 5, WORKDAY, 10, "第六十二条"), ("reply", 8, WORKDAY, 10, "第六十二条"))),
    "12345条例（潍坊、济南）": ("《潍坊市12345政务服务便民热线条例》第二十条、《济南市12345条例》", (
        ("handle", 5, WORKDAY, 0, "第二十四条"), ("reply", 8, WORKDAY, 0, "第二十四条"))),
    "湖北省联动处理办法": ("《湖北省营商环境问题投诉联动处理办法》", (
        ("accept", 3, WORKDAY, 0, ""), ("handle", 15, WORKDAY, 0, ""), ("reply", 20, WORKDAY, 0, ""))),
    "陕西省调查处理工作机制": ("《陕西省投诉举报线索调查处理工作机制》", (
        ("handle", 7, WORKDAY, 0, ""), ("reply", 10, WORKDAY, 0, ""))),
    "大连市实施细则": ("《大连市营商环境投诉处理实施细则》", (
        ("accept", 5, WORKDAY, 0, ""), ("handle", 20, WORKDAY, 0, ""), ("reply", 25, WORKDAY, 0, ""))),
    "张家界市": ("张家界市营商环境投诉处理规定（2020）", (
        ("accept", 1, WORKDAY, 0, ""), ("handle", 10, WORKDAY, 0, ""), ("reply", 13, WORKDAY, 0, ""))),
    "重庆市涪陵区": ("重庆市涪陵区营商办工作机制（2024）", (
        ("accept", 2, WORKDAY, 0, ""), ("handle", 5, WORKDAY, 0, ""), ("reply", 10, WORKDAY, 0, ""))),
}
