"""The words that the texts of forms may ask for, in Chinese as an office reads them, and the names of their values."""

GAP = "＿＿＿＿"  # a word that has no value yet: somebody has to write there
WORDS = {
    # of every paper
    "主送": "addressee", "依据": "basis", "件数": "count", "数据截止": "as_of", "回复期限": "reply_by",
    "联系人": "contact", "电话": "phone", "抄送": "copy_to", "签收期限": "sign_by", "发文机关": "office",
    # 通报
    "通报事项": "subject", "统计口径": "scope", "在办": "open", "逾期": "overdue", "单位数": "units", "办结": "closed",
    "按期办结": "on_time",
    # 约谈通知
    "时间": "held_at", "地点": "place", "约谈人": "host", "被约谈人": "attends",
    # 挂牌督办通知
    "挂牌理由": "reason", "配合单位": "supports", "包案领导": "leader", "办结期限": "until", "报告办法": "report",
    # 问责建议函
    "被建议单位": "accused", "批准情况": "approval", "陈述": "statement",
}
CASE_WORDS = {
    "编号": "number", "摘要": "title", "种类": "kind", "角色": "role", "应做": "duty", "期限": "due_on",
    "逾期天数": "late", "此前督办": "said", "责任单位": "unit",
}
ITEM_WORDS = {"序号": "place", "序数": "numeral", "内容": "text"}
# At the beginning of a line: printed as often as there are such things, or only in such a case.
EACH = {"每件": "cases", "每条要求": "demands", "每条事实": "findings", "每条建议": "proposals",
        "每个附件": "attachments"}
WHEN = {"一件时": "is_one", "多件时": "are_several", "附表时": "are_listed"}

FIELDS = {**WORDS, **CASE_WORDS, **ITEM_WORDS}


def numeral(number: int) -> str:
    """一 to 九十九, as levels are counted; nobody counts further in these."""
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    digits = ("", *"一二三四五六七八九")
    return (digits[tens] if tens > 1 else "") + ("十" if tens else "") + digits[ones]
