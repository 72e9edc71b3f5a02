"""Believable titles and facts of any number: words of the field put together anew each time."""

from random import Random

_PLACES = (
    "青溪县", "临江区", "高新区", "云山街道", "河西新城", "南门工业园", "北港镇", "东湖片区", "铁路新村",
    "柳林乡", "滨江大道", "金桥路", "人民路", "文昌街", "科创园", "物流港", "老城区", "西坪镇", "石桥镇",
    "白沙洲",
)
_FIRMS = (
    "宏达机械", "恒远纺织", "瑞丰食品", "天成建材", "华宇电子", "安顺运输", "绿源农业", "博雅教育", "众合餐饮",
    "新力能源", "同心医药", "万象商贸", "锦绣家居", "飞鸿印务", "长青园林", "远航物流", "和信会计", "启明软件",
    "泰安消防器材", "昌盛汽修",
)
_MATTERS = (
    "联合验收", "用电报装", "供水接入", "燃气开通", "环评审批", "施工许可", "不动产登记", "社保转移",
    "税务注销", "企业开办", "食品经营许可", "消防检查", "道路运输证", "招标投标", "工程款支付", "惠企补贴",
    "贷款贴息", "人才公寓", "用地手续", "涉企检查",
)
_TROUBLES = (
    "多次退补长期未办结", "超出承诺时限仍无答复", "要求提交清单以外材料", "窗口与后台说法不一致", "拖欠款项一年有余",
    "重复检查影响正常经营", "收费依据不明且未开票", "系统故障无法提交申请", "政策兑现迟迟没有到账", "推诿扯皮无人牵头",
)
_SENTENCES = (
    "该企业反映，自去年提交{matter}申请以来，先后补正材料四次，每次窗口提出的要求均不相同。",
    "经办人员答复需等待上级部门批复，但始终未能说明具体时限和依据。",
    "企业负责人表示，因{matter}迟迟未办，新建车间无法投产，每月损失约{count}万元。",
    "现场走访时看到，{place}办事大厅{matter}窗口排队时间较长，叫号系统当天停用。",
    "按照承诺时限，应当在{count}个工作日内办结，目前已超出两个多月。",
    "企业曾于上月拨打热线反映，承办单位电话告知正在协调，此后再无回音。",
    "希望有关部门明确一家单位牵头，一次性告知缺项，限期办结并书面答复。",
    "同一园区另有{count}家企业遇到同样情形，建议举一反三，一并清查。",
    "有关收费没有列入公布的目录清单，企业要求退还并说明收费依据。",
    "承办人员更换后，此前提交的材料去向不明，企业被要求重新提交一套。",
)
_RARE = ("蜂箱", "钟表", "皮影", "灯塔", "砚台", "风筝", "渡轮", "瓷窑")
EVERY_SO_MANY = 400  # one case in so many has a rare word

COMMON, USUAL, RARE, NOWHERE = ("企业", "办结"), ("用电", "消防", "贴息", "锦绣"), _RARE[:4], ("鲸鱼",)
SOUGHT = (*COMMON, *USUAL, *RARE, *NOWHERE)  # two-character words, from nearly every case to none


def title(random: Random) -> str:
    return (f"{random.choice(_PLACES)}{random.choice(_FIRMS)}公司反映{random.choice(_MATTERS)}"
            f"{random.choice(_TROUBLES)}")


def facts(random: Random) -> str:
    matter, place = random.choice(_MATTERS), random.choice(_PLACES)
    said = "".join(random.sample(_SENTENCES, 5)).format(matter=matter, place=place, count=random.randint(3, 60))
    if random.randrange(EVERY_SO_MANY) == 0:
        said += f"另查，该处原为{random.choice(_RARE)}作坊，产权尚未厘清。"
    return said
