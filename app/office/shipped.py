"""What comes with Duban for other people's ledgers: column mappings in docs/mappings, and blank ledgers to fill in."""

from functools import cache
from pathlib import Path

from app.office import columns
from app.office.exports import OURS, REMARKS
from workflows.grammar import N_

FOLDER = Path(__file__).parent.parent.parent / "docs" / "mappings"
COMPLAINT = ("编号", "标题", "诉求内容", "受理时间", "问题来源", "问题类型", "问题等级", "事发地", "被投诉单位",
             "投诉人", "联系电话", "牵头单位", "配合单位", "备注")
TASK = ("序号", "重点任务", "具体举措", "牵头单位", "配合单位", "完成时限", "责任领导", "工作成果", "备注")
IN_COMMON = OURS[: OURS.index(REMARKS) + 1]  # the columns that ledgers of rectification have in common

HELP = {
    "outside_number": N_("The number of whoever sends the ledger; a number that stands already is left alone."),
    "title": N_("At most 300 characters."),
    "facts": N_("Needed. Kept exactly as it stands."),
    "received_at": N_("A date, or text such as 2026-11-02 09:30:00 or 2026年11月2日."),
    "grade": N_("一般, 复杂, 重大, 咨询 of a complaint; 一般, 重要, 重大 otherwise."),
    "lead": N_("Name, short name or code; of several, separated by 、, the first leads and the others support."),
    "supports": N_("Several are separated by 、 or a new line."),
    "due_on": N_("A date, or words such as 11月底前, 第三季度, 年底前, 立即, 长期坚持; the words are kept."),
}


@cache
def mappings() -> dict[str, dict]:
    """Name → mapping, of those in docs/mappings."""
    return {path.stem: columns.read_mapping(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def blank(kind: str) -> list[str]:
    """The headings of an empty ledger of this kind; reading it back needs no mapping."""
    return list({"complaint": COMPLAINT, "task": TASK}.get(kind, IN_COMMON))


def explained(kind: str, words) -> list[tuple[str, str]]:
    """What may stand under each heading."""
    heads = blank(kind)
    labels = dict(columns.choices(kind))
    return [(head, ": ".join(filter(None, (words(labels[target]), words(HELP[target]) if target in HELP else ""))))
            for head, target in zip(heads, columns.suggest(heads, kind), strict=True)]
