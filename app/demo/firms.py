"""Firms that do not exist, their people, and where in the city they are."""

from dataclasses import dataclass
from random import Random

from app.demo import roster

_FIRST = "鼎禾澄霖拓屹钧泓沐翎峻骁砚芃珩昀岑弘瑾蔚柏榕苇岚曜硕淳湛恺晟"
_SECOND = "远川岳锦科源泰辰帆域越信朗嘉牧原禾安诺达图晖通衡禧野田谷舟石"
_TRADES = {
    "制造": (("机械制造", "精密机械", "装备制造", "五金制品"),
             ("减速机", "液压件", "数控机床配件", "铝合金门窗", "农用机械")),
    "食品": (("食品", "食品加工", "生物食品"), ("核桃乳", "野生菌制品", "米线", "预制菜", "果脯", "鲜花饼")),
    "建筑": (("建设工程", "建筑工程", "市政工程"), ("市政工程施工", "房建施工", "管网工程")),
    "建材": (("建材", "新型建材", "混凝土"), ("商品混凝土", "加气砖", "钢结构", "石材")),
    "物流": (("物流", "供应链管理", "冷链物流"), ("城市配送", "冷链运输", "零担货运", "仓储")),
    "仓储": (("仓储", "仓储服务"), ("标准仓租赁", "冷库租赁")),
    "餐饮": (("餐饮管理", "餐饮服务", "餐饮店"), ("团餐", "特色火锅", "早餐连锁", "米线连锁")),
    "商贸": (("商贸", "贸易", "超市连锁"), ("日用百货", "粮油批发", "五金机电", "酒水批发")),
    "农业": (("农业科技", "农业开发", "种植专业合作社"), ("蓝莓", "软籽石榴", "食用菌", "高山蔬菜", "肉牛养殖")),
    "医药": (("药业", "医疗器械", "生物科技"), ("中药饮片", "医用敷料", "体外诊断试剂")),
    "电子": (("电子科技", "光电", "半导体材料"), ("连接器", "LED模组", "蓝宝石衬底", "传感器")),
    "软件": (("信息技术", "软件", "数字科技"), ("政企软件", "物联网平台", "数据标注")),
    "能源": (("新能源", "能源科技", "石化销售"), ("分布式光伏", "储能电池", "成品油零售", "充电桩运营")),
    "纺织": (("纺织", "服饰"), ("工装", "家纺", "针织面料")),
    "包装": (("包装", "印务"), ("纸箱", "软包装")),
    "酒店": (("酒店管理", "旅游开发", "民宿"), ("商务酒店", "精品民宿", "温泉度假")),
    "培训": (("教育咨询", "职业培训学校"), ("职业技能培训", "艺术培训")),
    "劳务": (("人力资源", "劳务"), ("劳务派遣", "保洁外包", "灵活用工服务")),
    "装饰": (("装饰工程", "建筑装饰"), ("办公装修", "店面装修", "家装")),
    "环保": (("环保科技", "环境工程"), ("污水处理", "固废处置", "环保设备")),
    "汽修": (("汽车服务", "汽车维修"), ("货车维修", "新能源汽车维修")),
    "外贸": (("进出口", "国际贸易"), ("鲜花出口", "水果进口", "机电出口", "蔬菜出口")),
}
_ROADS = ("创新二路", "纬三路", "兴业大道", "滨河大道", "青年路", "环城东路", "站前路", "振兴街", "云岭路", "龙泉路",
          "工业大道", "文昌街", "科技路", "迎宾路", "金穗路", "港前路")
_SPOTS = {
    "park": ("标准厂房{a}栋{b}层", "标准厂房{a}栋", "创业园{a}号楼", "加速器{a}栋", "{road}{n}号"),
    "county": ("{road}{n}号", "城南工业片区{n}号", "{road}{n}号商铺", "农产品加工园{a}号", "城北物流园{b}区",
               "老城步行街{n}号"),
    "city": ("{road}{n}号", "城西工业园{a}栋", "{road}{n}号商铺", "中央商务区{a}座{b}层", "市场路{n}号"),
}
_SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏"
    "程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武戚莫孔向汤"
)
_GIVEN = ("建华", "国庆", "晓红", "志强", "丽娟", "海燕", "文军", "永贵", "春兰", "家明", "玉梅", "少华", "德胜",
          "秀英", "立新", "红梅", "云峰", "雪莲", "光明", "小军", "佳", "涛", "磊", "静", "敏", "勇", "燕", "鹏", "丹",
          "超",
          "振国", "学文", "金凤", "天佑", "思源", "一凡", "子轩", "梦琪", "正华", "开平")
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True)
class Firm:
    name: str
    brand: str
    trade: str
    product: str
    zone: str  # code of the county or park it lies in; "" in the city itself
    person: str
    phone: str
    code: str


def found(rng: Random, trades: tuple[str, ...], zone: str, zone_name: str) -> Firm:
    trade = rng.choice(trades or tuple(_TRADES))
    suffixes, products = _TRADES[trade]
    brand = rng.choice(_FIRST) + rng.choice(_SECOND)
    seat = zone_name if zone and rng.random() < 0.6 else "澜川"
    seat = {"高新区": "澜川", "经开区": "澜川", "空港园区": "澜川"}.get(seat, seat.rstrip("县区"))
    kind = rng.choice(suffixes)
    form = rng.choice(("有限公司", "有限公司", "有限责任公司"))
    if kind.endswith(("合作社", "店", "民宿", "学校")):
        form = ""
    return Firm(f"{seat}{brand}{kind}{form}", brand, trade, rng.choice(products), zone, person(rng), phone(rng),
                credit_code(rng))


def person(rng: Random) -> str:
    return rng.choice(_SURNAMES) + rng.choice(_GIVEN)


def clerk(rng: Random) -> str:
    """A colleague as units write of him."""
    return rng.choice(_SURNAMES) + rng.choice(("工", "科长", "主任", "股长"))


def phone(rng: Random) -> str:
    """Eleven digits of a series that is given to nobody."""
    return f"154{rng.randrange(10**8):08d}"


def place(rng: Random, klass: str, name: str) -> str:
    spot = rng.choice(_SPOTS["park" if klass == "park" else "county" if klass == "county" else "city"])
    return name + spot.format(road=rng.choice(_ROADS), a=rng.randint(1, 12), b=rng.randint(1, 5), n=rng.randint(2, 188))


def credit_code(rng: Random) -> str:
    """Eighteen characters with the right check character (GB 32100), of a region that does not exist."""
    body = "91539900MA" + "".join(rng.choice(_CREDIT) for _ in range(7))
    total = sum(_CREDIT.index(c) * (3**i % 31) for i, c in enumerate(body))
    return body + _CREDIT[(31 - total % 31) % 31]


def zones() -> dict[str, tuple[str, str]]:
    """code → (short name, class) of the counties and parks."""
    return {code: (short, klass) for klass, table in (("county", roster.COUNTIES), ("park", roster.PARKS))
            for code, _, short, _, _ in table}
