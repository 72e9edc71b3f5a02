"""The people of 澜川市: units, officers and their posts; one unit is renamed and two officers hand over on the way."""

CITY = "澜川市"
OFFICE = ("ysb", "澜川市优化营商环境办公室", "市营商办")
LEADERSHIP = ("szf", "澜川市人民政府", "市政府")
AUDIT = ("sjj", "澜川市审计局", "市审计局")
DISCIPLINE = ("jw", "澜川市纪律检查委员会监察委员会", "市纪委监委")

# code, name, short, principal (name, account, title), liaison (name, account, section)
DEPARTMENTS = (
    ("fgw", "澜川市发展和改革委员会", "市发改委", ("高振华", "gaozhenhua", "主任"), ("苏琪", "suqi", "营商科")),
    ("gxj", "澜川市工业和信息化局", "市工信局", ("梁国栋", "liangguodong", "局长"),
     ("丁一鸣", "dingyiming", "企业服务科")),
    ("kjj", "澜川市科学技术局", "市科技局", ("沈砚秋", "shenyanqiu", "局长"), ("叶知远", "yezhiyuan", "高新科")),
    ("ga", "澜川市公安局", "市公安局", ("雷振东", "leizhendong", "副局长"), ("佟磊", "tonglei", "政工监督室")),
    ("sfj", "澜川市司法局", "市司法局", ("卫明哲", "weimingzhe", "局长"), ("柳青", "liuqing", "执法监督科")),
    ("czj", "澜川市财政局", "市财政局", ("金世安", "jinshian", "局长"), ("汪洁", "wangjie", "采购监管科")),
    ("rsj", "澜川市人力资源和社会保障局", "市人社局", ("尹春梅", "yinchunmei", "局长"), ("宋扬", "songyang", "就业科")),
    ("zrzy", "澜川市自然资源和规划局", "市自规局", ("郑海", "zhenghai", "局长"), ("吴晓冬", "wuxiaodong", "规划科")),
    ("sthj", "澜川市生态环境局", "市生态环境局", ("邱碧波", "qiubibo", "局长"), ("蓝天明", "lantianming", "环评科")),
    ("zjj", "澜川市住房和城乡建设局", "市住建局", ("陈立诚", "chenlicheng", "局长"), ("周敏", "zhoumin", "建管科")),
    ("cgj", "澜川市城市管理局", "市城管局", ("韩国梁", "hanguoliang", "局长"), ("彭丽", "pengli", "公用科")),
    ("jtj", "澜川市交通运输局", "市交通局", ("杜长河", "duchanghe", "局长"), ("石鹏", "shipeng", "运管科")),
    ("slj", "澜川市水务局", "市水务局", ("江清", "jiangqing", "局长"), ("白露", "bailu", "水政科")),
    ("nyj", "澜川市农业农村局", "市农业农村局", ("田永丰", "tianyongfeng", "局长"), ("禾苗", "hemiao", "产业科")),
    ("swu", "澜川市商务局", "市商务局", ("路遥远", "luyaoyuan", "局长"), ("贺岚", "helan", "口岸科")),
    ("yjj", "澜川市应急管理局", "市应急局", ("铁军", "tiejun", "局长"), ("康宁", "kangning", "危化科")),
    ("scjg", "澜川市市场监督管理局", "市市场监管局", ("廖正平", "liaozhengping", "局长"),
     ("袁媛", "yuanyuan", "登记科")),
    ("jrj", "澜川市地方金融管理局", "市金融局", ("钱益民", "qianyimin", "局长"), ("殷实", "yinshi", "银行科")),
    ("zwj", "澜川市政务服务管理局", "市政务服务局", ("章晓东", "zhangxiaodong", "局长"), ("林悦", "linyue", "督查科")),
    ("ggzy", "澜川市公共资源交易管理局", "市公共资源局", ("方圆", "fangyuan", "局长"), ("卢敬", "lujing", "监管科")),
    ("swj", "国家税务总局澜川市税务局", "市税务局", ("邵立信", "shaolixin", "局长"), ("夏婷", "xiating", "纳税服务科")),
    ("gjj", "澜川市住房公积金管理中心", "市公积金中心", ("安居", "anju", "主任"), ("米兰", "milan", "归集科")),
    ("xfj", "澜川市消防救援支队", "市消防支队", ("霍建军", "huojianjun", "支队长"), ("温泉", "wenquan", "防火科")),
    ("gd", "澜川供电局", "市供电局", ("马骏", "majun", "局长"), ("段勇", "duanyong", "营销部")),
)
COUNTIES = (
    ("ljq", "临江区人民政府", "临江区", ("曹正阳", "caozhengyang", "区长"), ("孔令仪", "konglingyi", "区营商办")),
    ("bpq", "北屏区人民政府", "北屏区", ("崔立新", "cuilixin", "区长"), ("毛小雨", "maoxiaoyu", "区营商办")),
    ("qxx", "青溪县人民政府", "青溪县", ("范大同", "fandatong", "县长"), ("罗春", "luochun", "县营商办")),
    ("ytx", "云台县人民政府", "云台县", ("施云飞", "shiyunfei", "县长"), ("向阳", "xiangyang", "县营商办")),
    ("sdx", "松渡县人民政府", "松渡县", ("侯建国", "houjianguo", "县长"), ("宁静", "ningjing", "县营商办")),
    ("byx", "白岩县人民政府", "白岩县", ("龙文彬", "longwenbin", "县长"), ("谷雨", "guyu", "县营商办")),
    ("lqx", "龙桥县人民政府", "龙桥县", ("万里程", "wanlicheng", "县长"), ("史可", "shike", "县营商办")),
    ("jyx", "锦云县人民政府", "锦云县", ("黎明辉", "liminghui", "县长"), ("邹凯", "zoukai", "县营商办")),
    ("mpx", "梅坪县人民政府", "梅坪县", ("褚良", "chuliang", "县长"), ("古丽娜", "gulina", "县营商办")),
    ("afx", "安丰县人民政府", "安丰县", ("常守业", "changshouye", "县长"), ("闻静", "wenjing", "县营商办")),
)
PARKS = (
    ("gxq", "澜川高新技术产业开发区管理委员会", "高新区", ("程锐", "chengrui", "主任"),
     ("童欣", "tongxin", "企业服务局")),
    ("jkq", "澜川经济技术开发区管理委员会", "经开区", ("关山", "guanshan", "主任"), ("简宁", "jianning", "企业服务局")),
    ("kgq", "澜川空港物流园区管理委员会", "空港园区", ("云翔", "yunxiang", "主任"), ("阮晴", "ruanqing", "企业服务局")),
)
# name, account, title, post, unit
OFFICERS = (
    ("唐晓燕", "tangxiaoyan", "登记员", "registrar", "ysb"),
    ("徐立", "xuli", "登记员", "registrar", "ysb"),
    ("何静", "hejing", "交办一组", "dispatcher", "ysb"),
    ("孙悦", "sunyue", "交办二组", "dispatcher", "ysb"),
    ("邓凯文", "dengkaiwen", "交办二组", "dispatcher", "ysb"),
    ("李卫东", "liweidong", "督查组组长", "supervisor", "ysb"),
    ("冯雪", "fengxue", "督查组", "supervisor", "ysb"),
    ("赵启明", "zhaoqiming", "主任", "director", "ysb"),
    ("罗文斌", "luowenbin", "副市长", "leader", "szf"),
    ("谢清和", "xieqinghe", "副秘书长", "leader", "szf"),
    ("方正", "fangzheng", "党风政风监督室", "discipline", "jw"),
    ("严明", "yanming", "副书记", "principal", "jw"),
    ("孟繁", "mengfan", "经济责任审计科", "auditor", "sjj"),
    ("钱程", "qiancheng", "系统管理员", "sysadmin", "ysb"),
    ("安然", "anran", "安全管理员", "secadmin", "ysb"),
    ("季录", "jilu", "审计管理员", "logadmin", "ysb"),
)
# The unit renamed on the way: old code, new code, name, short, the day as a share of the time, and why.
RENAMED = ("zwj", "zsj", "澜川市政务服务和数据管理局", "市政数局", 0.62,
           "机构改革方案〔{year}〕4号：数据管理职责并入，更名")
# Who leaves and to whom he hands over: account, (name, account, title), the share of the time, and why.
HANDED_OVER = (
    ("caozhengyang", ("冉佳宁", "ranjianing", "区长"), 0.45, "工作调动，由新任区长接手"),
    ("yuanyuan", ("尚文静", "shangwenjing", "登记科"), 0.78, "轮岗，工作交接清单已双方签字"),
)
# Who is shown where one officer a post is named.
FACES = ("tangxiaoyan", "hejing", "liweidong", "zhaoqiming", "luowenbin", "zhoumin", "chenlicheng", "fangzheng",
         "mengfan", "qiancheng", "anran", "jilu")

# How late a unit tends to be: 1 is usual.
SLACK = {"qxx": 2.4, "ljq": 1.6, "zjj": 1.5, "gxq": 1.5, "ytx": 1.7, "cgj": 1.5, "zrzy": 1.3, "gxj": 1.3, "swj": 0.2,
         "gd": 0.4, "gjj": 0.2, "scjg": 0.6, "rsj": 0.8, "zwj": 0.7, "zsj": 0.7, "bpq": 0.7, "kgq": 0.5, "jrj": 0.6}


def units():
    """(code, name, short, class) of everybody but the office."""
    for klass, table in (("department", DEPARTMENTS), ("county", COUNTIES), ("park", PARKS)):
        for code, name, short, _, _ in table:
            yield code, name, short, klass
    yield *DISCIPLINE, "discipline"
    yield *LEADERSHIP, "leadership"
    yield *AUDIT, "outside"


def officers():
    """(name, account, title, post, unit) of everybody at the beginning."""
    yield from OFFICERS
    for code, _, _, principal, liaison in (*DEPARTMENTS, *COUNTIES, *PARKS):
        yield *principal, "principal", code
        yield *liaison, "liaison", code


def accounts() -> list[str]:
    return [username for _, username, _, _, _ in officers()] + [new[1] for _, new, _, _ in HANDED_OVER]


def sections() -> dict[str, str]:
    return {code: liaison[2] for code, _, _, _, liaison in (*DEPARTMENTS, *COUNTIES, *PARKS)}
