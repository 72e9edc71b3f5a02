"""Long titles in balanced lines: no word of the office torn, no mark at the beginning of a line."""

import re
from math import ceil

from app.papers import extent

TORN = 40  # what it costs to tear a word: as much as lines six characters longer and shorter
MOST = 6  # lines; what is longer is no title, and whoever lays it out breaks it where he must
LONGEST = 19  # characters of 22 points that stand well in a line of 156 mm
# Words that are not torn; what is not listed may be, where nothing better is found.
_WHOLE = re.compile(
    r"[A-Za-z0-9.\-]+[年月日号件项个]?|第[一二三四五六七八九十]+[季批次期年]度?|《[^》]{1,12}》|“[^”]{1,8}”|"
    "优化|营商环境|领导小组|办公室|人民政府|委员会|管理局|建设局|资源局|监督|整治|整改|投诉|举报|逾期|办理|事项|情况|问题|问责|建议|"
    "督办|督查|催办|约谈|挂牌|通报|通知|典型|案例|企业|项目|工作|有关|住房|城乡|自然|市场|行政|审批|政务|服务|数据|公共|资源|交易|"
    "工程|验收|不动产|登记|重点|任务|落实|季度|年度|上半年|下半年|全市|单位|进展|涉企|行政|执法|专项|行动|[函单]$")
_NOT_FIRST = "的、，。；：！？）》〉〕”’…和与及"
_NOT_LAST = "（《〈〔“‘关于在对将第"


def lines(title: str, longest: float = LONGEST) -> tuple[str, ...]:
    """As few as hold it, as alike in length as its words allow."""
    wanted = ceil(extent.ems(title) / longest)
    if not 2 <= wanted <= MOST:
        return (title,)
    found = _broken(title, wanted, longest) or _broken(title, wanted + 1, longest)
    return found or (title,)


def _broken(title: str, count: int, longest: float) -> tuple[str, ...]:
    """Cheapest way to `count` lines, place by place: dynamic, for a title may be as long as its writer wished."""
    torn = {place for word in _WHOLE.finditer(title) for place in range(word.start() + 1, word.end())}
    places = [place for place in range(1, len(title))
              if title[place] not in _NOT_FIRST and title[place - 1] not in _NOT_LAST]
    even = extent.ems(title) / count
    best: dict[int, tuple[float, tuple[str, ...]]] = {0: (0, ())}
    for number in range(1, count + 1):
        ends = [len(title)] if number == count else places
        best = {end: cheapest for end in ends if (cheapest := min((
            (cost + (extent.ems(title[start:end]) - even) ** 2 + TORN * (end in torn), (*before, title[start:end]))
            for start, (cost, before) in best.items() if start < end <= start + 3 * longest
            and extent.ems(title[start:end]) <= longest), default=None))}
    return best[len(title)][1] if len(title) in best else ()

