"""The columns of other people's ledgers: which heading means which field of ours, and what stays to be asked."""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain import texts
from app.domain.errors import Refusal, Refused, Word
from app.domain.privacy import FIELDS as COMPLAINANT
from app.papers.tables import letters
from workflows.grammar import N_

NOTE, SKIP, ASK = "note", "skip", "ask"
LONGEST_NOTE = 60


@dataclass(frozen=True)
class Field:
    """Something a column can fill; `heads` are the headings it is known by, the surest first."""

    name: str
    label: str
    heads: tuple[str, ...]
    kinds: tuple[str, ...] = ()  # empty: all
    many: bool = False  # several columns may fill it

    def is_of(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds


FIELDS = (
    Field("outside_number", N_("Outside number"), (
        "外部编号", "留言编号", "工单编号", "工单号", "诉求编号", "投诉编号", "受理编号", "信件编号", "案件编号",
        "问题编号", "任务编号", "线索编号", "线索号", "来源编号", "编号", "来源文号/线索号", "outside number")),
    Field("title", N_("Title"), (
        "标题", "留言主题", "诉求标题", "工单标题", "投诉标题", "问题标题", "事项标题", "主题", "重点任务",
        "工作任务", "任务名称", "事项名称", "title", "subject")),
    Field("facts", N_("Facts"), (
        "留言详情", "留言内容", "诉求内容", "投诉内容", "反映内容", "问题描述", "存在问题", "问题表述", "反映问题",
        "具体问题", "问题内容", "事实理由", "表述", "具体举措", "工作举措", "任务内容", "具体任务", "详情", "内容",
        "主要诉求", "facts")),
    Field("received_at", N_("Received"), (
        "留言时间", "投诉时间", "来电时间", "诉求时间", "反映时间", "受理时间", "发现(反馈)时间", "发现时间",
        "反馈时间", "接收时间", "来件时间", "received")),
    Field("source", N_("Source"), ("问题来源", "案件来源", "诉求来源", "来源渠道", "来源", "source")),
    Field("klass", N_("Class"), (
        "一级分类", "一级标签", "问题类型", "问题类别", "诉求类别", "诉求类型", "问题分类", "分类", "类别", "class")),
    Field("grade", N_("Grade"), ("问题等级", "重要程度", "等级", "grade")),
    Field("indicator", N_("Indicator concerned"), ("涉及指标", "所属指标", "指标", "indicator")),
    Field("place", N_("Place"), ("事发地", "事发地点", "发生地点", "事发地址", "具体地点", "地点", "place")),
    Field("complained_of", N_("Unit complained of"), (
        "被投诉单位", "被反映单位", "投诉对象", "反映对象"), ("complaint",)),
    Field("lead", N_("Lead unit"), (
        "牵头单位", "牵头部门", "牵头责任单位", "主办单位", "主办部门", "承办单位", "整改责任单位", "整改单位",
        "办理单位", "责任单位(牵头)", "lead unit")),
    Field("lead", N_("Lead unit"), ("被检查单位",), ("finding",)),
    Field("supports", N_("Supporting units"), (
        "配合单位", "配合部门", "配合(责任)单位", "责任(配合)单位", "配合责任单位", "协办单位", "协办部门",
        "参与单位", "supporting units"), many=True),
    Field("due_on", N_("Due date"), (
        "整改时限", "整改期限", "整改完成时限", "完成时限", "计划完成时间", "要求完成时间", "办理时限", "办结时限",
        "截止时间", "时限", "期限", "due")),
    Field("basis", N_("Basis of the dispatch"), ("交办依据", "派单依据", "任务来源", "任务依据", "basis")),
    Field("redacted", N_("Redacted text"), ("脱敏文本", "脱敏内容")),
    Field("name", COMPLAINANT["name"], ("投诉人", "反映人", "来电人", "诉求人", "联系人", "姓名"), ("complaint",)),
    Field("phone", COMPLAINANT["phone"], (
        "来电号码", "投诉人电话", "联系电话", "手机", "手机号", "电话"), ("complaint",)),
    Field("firm", COMPLAINANT["firm"], ("投诉企业", "企业名称", "经营主体名称", "市场主体名称"), ("complaint",)),
    Field("credit_code", COMPLAINANT["credit_code"], ("统一社会信用代码", "社会信用代码"), ("complaint",)),
    Field("email", COMPLAINANT["email"], ("电子邮箱", "邮箱"), ("complaint",)),
    Field("address", COMPLAINANT["address"], ("联系地址", "通讯地址"), ("complaint",)),
    Field("is_anonymous", N_("Anonymous"), ("是否匿名",), ("complaint",)),
    Field("kind", N_("Kind"), ("督办类别",)),
)
SKIPPED = ("序号", "序", "no.", "no", "#")
ASKED = ("责任单位", "责任部门")  # the lead, those who carry it out, or everybody: nobody can know
# Their telephone is that of the officer who puts the matter right, not of who complained.
RESPONSIBLE = ("责任人", "责任领导", "整改责任人")
_OTHERS = {*SKIPPED, *ASKED, *RESPONSIBLE, "备注", "整改措施", "整改目标", "留言用户", "答复意见", "答复时间"}


def choices(kind: str) -> list[tuple[str, str]]:
    """What a column may be, as (target, label)."""
    named = {field.name: field.label for field in FIELDS if field.is_of(kind)}
    return [*named.items(), (NOTE, N_("Keep as a note")), (SKIP, N_("Leave out"))]


def known(heads: Iterable[str | None]) -> int:
    """How many of these are headings known here."""
    return sum(any(key in _KNOWN or key in _OTHERS for key in _keys(head)) for head in heads if head)


def suggest(heads: list[str], kind: str, *, is_ours: bool = False) -> list[str]:
    """A target for each column: the surest heading of a field wins, the others are kept as notes."""
    keys = [_keys(head) for head in heads]
    best: dict[str, tuple[int, int]] = {}  # field → rank of its heading, column
    targets = [NOTE] * len(heads)
    for column, names in enumerate(keys):
        if not heads[column] or any(name in SKIPPED for name in names):
            targets[column] = SKIP if heads[column] else NOTE
            continue
        for field, rank in _fields_of(names, kind):
            if field.many:
                targets[column] = field.name
            elif field.name not in best or (rank, column) < best[field.name]:
                best[field.name] = (rank, column)
            break
    for name, (_rank, column) in best.items():
        targets[column] = name
    _mind_the_surroundings(keys, targets, is_ours)
    return targets


def mapped(heads: list[str], mapping: dict[str, str], kind: str) -> list[str]:
    """The targets that a saved mapping gives; a heading it does not name is kept as a note."""
    by_key = {_keys(head)[0]: target for head, target in mapping.items() if _keys(head)}
    keys = [(_keys(head) or ("",))[0] for head in heads]
    for head, target in mapping.items():
        if target in _needed(kind) and _keys(head)[0] not in keys:
            raise Refused(N_("The file has no column “%(head)s”, which the mapping takes for: %(what)s."), field="file",
                          head=head, what=Word(_FIELD[target].label))
    return [by_key.get(key, NOTE) if key not in keys[:column] else NOTE for column, key in enumerate(keys)]


def faults(heads: list[str], targets: list[str], kind: str) -> list[Refusal]:
    """What must be settled before any row is read: missing, doubled and undecided columns, headings too long."""
    wrong: list[Refusal] = []
    labels = dict(choices(kind))
    taken: dict[str, int] = {}
    for column, target in enumerate(targets):
        if target == ASK:
            wrong.append(Refused(
                N_("Column “%(head)s” may name the lead unit, the supporting units, or everybody; please say which."),
                field=f"column-{column}", head=heads[column]))
        elif target not in labels:
            wrong.append(Refused(N_("Column “%(head)s” is mapped to “%(target)s”, which is no field."),
                                 field=f"column-{column}", head=heads[column], target=target))
        elif target in taken and not _FIELD[target].many:
            wrong.append(Refused(N_("“%(first)s” and “%(second)s” are both mapped to: %(what)s."),
                                 field=f"column-{column}", first=heads[taken[target]], second=heads[column],
                                 what=Word(labels[target])))
        elif target not in (NOTE, SKIP):
            taken.setdefault(target, column)
        elif target == NOTE and (refusal := _unfit(label(heads[column], column), column)):
            wrong.append(refusal)
    if not any(name in taken for name in _needed(kind)):
        field = _FIELD["title" if kind == "task" else "facts"]
        wrong.append(Refused(
            N_("No column is known to hold: %(what)s. Its heading may be %(heads)s; or say which column it is."),
            field="columns", what=Word(field.label), heads="、".join(field.heads[:6])))
    return wrong


def _unfit(name: str, column: int) -> Refusal | None:
    """Why a heading cannot be that of a note."""
    if len(name) > LONGEST_NOTE:
        return Refused(
            N_("The heading of column %(letter)s is longer than %(longest)s characters; shorten it, or leave the "
               "column out."), field=f"column-{column}", letter=letters(column), longest=LONGEST_NOTE)
    try:
        texts.sound(name, field=f"column-{column}")
    except Refusal as refusal:
        return refusal
    return None


def label(head: str, column: int) -> str:
    """The heading as a note bears it; a column without one is called by its letter."""
    return re.sub(r"\s+", " ", head).strip() or f"[{letters(column)}]"


def labels(heads: list[str]) -> list[str]:
    """The same for all, no two alike: a note is told from another by its heading."""
    found: list[str] = []
    for column, head in enumerate(heads):
        own, again = label(head, column), 2
        name = own
        while name in found:
            mark = f" ({again})"
            name, again = own[: LONGEST_NOTE - len(mark)] + mark, again + 1
        found.append(name)
    return found


def read_mapping(text: str) -> dict:
    """A mapping as a file says it: name, kind, source, columns."""
    try:
        said = json.loads(text)
        columns = {str(head): str(target) for head, target in said["columns"].items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Refused(N_("The mapping is not JSON with “columns”: heading to field."), field="mapping") from None
    return {"name": said.get("name"), "kind": said.get("kind"), "source": said.get("source"), "columns": columns}


def written(heads: list[str], targets: list[str]) -> dict[str, str]:
    """Heading → target, as a mapping keeps it."""
    return {head: target for head, target in zip(heads, targets, strict=True) if head}


def _mind_the_surroundings(keys: list[tuple[str, ...]], targets: list[str], is_ours: bool) -> None:
    for column, names in enumerate(keys):
        if any(name in ASKED for name in names) and targets[column] == NOTE and not {"lead", "supports"} <= {*targets}:
            targets[column] = ASK
    if any(name in RESPONSIBLE for names in keys for name in names):
        for column, target in enumerate(targets):
            if target == "phone" and "联系电话" in keys[column]:
                targets[column] = NOTE
    if is_ours:
        for column, names in enumerate(keys):
            if "来源文号/线索号" in names:
                targets[column] = "outside_number"
            elif "问题编号" in names:
                targets[column] = NOTE


def _fields_of(names: tuple[str, ...], kind: str):
    for name in names:
        for field, rank in _KNOWN.get(name, ()):
            if field.is_of(kind):
                yield field, rank


def _needed(kind: str) -> tuple[str, ...]:
    """A title can be made from the facts; of a task the title may be all there is."""
    return ("facts", "title") if kind == "task" else ("facts",)


def _keys(head: str | None) -> tuple[str, ...]:
    """The heading without spaces, stars and colons; and once more without what stands in brackets."""
    whole = re.sub(r"\s+", "", unicodedata.normalize("NFKC", head or "")).strip("*:").lower()
    bare = re.sub(r"\(.*?\)|\[.*?\]|【.*?】", "", whole)
    return tuple(dict.fromkeys(key for key in (whole, bare) if key))


_FIELD = {field.name: field for field in reversed(FIELDS)}
_KNOWN: dict[str, list[tuple[Field, int]]] = {}
for _each in FIELDS:
    for _rank, _head in enumerate(_each.heads):
        _KNOWN.setdefault(re.sub(r"\s+", "", _head), []).append((_each, _rank))
