"""One paper of each form, as an office would send them, and the long ones."""

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from app.papers import docx, forms, paper

SHANGHAI = timezone(timedelta(hours=8))
AS_OF = datetime(2026, 9, 14, 9, 12, tzinfo=SHANGHAI)
OFFICE = "澜州市优化营商环境工作领导小组办公室"
BASIS = "《澜州市营商环境投诉举报处理办法》第十八条"
SHORT = "澜州市营商环境办公室"
PROOF = paper.Proof(("轨迹校验：记录 10234 条，根摘要 KQ7D-2MVX-9TBN-4HAC。",),
                    "duban.local/trail\n10234\n" + "Ab3/" * 40)
CASE = {
    "number": "TS-2026-0012", "title": "厂房竣工联合验收四个月未办结", "kind": "投诉", "role": "主办",
    "duty": "办结", "due_on": date(2026, 9, 4), "late": 6,
    "said": ((date(2026, 9, 1), "提醒"), (date(2026, 9, 8), "催办")),
    "unit": "市住房和城乡建设局",
}
OTHER = CASE | {"number": "DC-2026-0003", "title": "窗口仍要求提交已取消的证明", "kind": "督导察访问题",
                "unit": "市自然资源局", "said": ()}
VALUES = {
    "addressee": "市住房和城乡建设局", "as_of": AS_OF, "contact": "周敏",
    "reply_by": datetime(2026, 9, 18, 17, tzinfo=SHANGHAI), "sign_by": datetime(2026, 9, 15, 17, tzinfo=SHANGHAI),
    "basis": BASIS, "phone": "0793-8220012",
    "copy_to": "市纪委监委派驻第三纪检监察组", "cases": [CASE],
    "demands": ["一次性列明缺项，限期办结。", "书面说明逾期原因和责任科室"],
}
MORE = {
    "urge": {"cases": [CASE, OTHER]},
    "supervise": {},
    "summons": {"held_at": datetime(2026, 9, 21, 15, tzinfo=SHANGHAI), "place": "市政府第三会议室",
                "host": "分管副市长", "attends": "局主要负责人、分管负责人"},
    "circular": {"office": "市营商环境办公室", "addressee": "各县（市、区）人民政府，市直有关单位", "subject":
                 "2026年第三季度营商环境投诉举报逾期办理情况", "scope": "全市", "open": 312, "overdue": 41, "units": 12,
                 "closed": 268, "on_time": 251,
                 "cases": [CASE | {"said": ((date(2026, 9, 8), "督办"),)}, OTHER],
                 "demands": ["压实责任。主要负责人要逐件过问", "举一反三。同类问题一并清查"]},
    "listing": {"reason": "该事项久拖未决、反复投诉", "supports": "市自然资源局", "leader": "分管副市长",
                "until": date(2026, 10, 15), "report": "每周五报送进展"},
    "suggestion": {"addressee": "市纪委监委", "accused": "市住房和城乡建设局", "approval": "经市政府批准",
                   "findings": ["联合验收材料反复退补三次", "两次书面反馈内容不实"],
                   "statement": "因机构改革人员调整，办理迟延", "proposals": ["对建管科负责人予以提醒谈话"],
                   "attachments": ["督办通知单及签收回执", "现场核查记录"]},
}
RECEIPTS = {"supervise", "summons", "listing"}
LONG = "2026年第三季度涉企行政执法专项整治和营商环境投诉举报事项逾期办理情况"
NUMBERS = {"urge": "催", "supervise": "督", "summons": "约", "circular": "通", "listing": "挂", "suggestion": "函"}


def values(form: str, **more) -> dict:
    return VALUES | MORE[form] | more


def sample(form: str, *, text: str | None = None, folder: Path | None = None, said: dict | None = None,
           **given) -> paper.Paper:
    standing = {
        "org": OFFICE, "number": paper.document_number(f"澜营{NUMBERS[form]}", 2026, 12), "proof": PROOF,
        "signature": paper.Signature(SHORT, date(2026, 9, 14), signer="李文" if form in RECEIPTS else ""),
        "urgency": "加急" if form == "supervise" else "",
        "printed": (SHORT, date(2026, 9, 14)) if form == "circular" else None,
    }
    return forms.paper(form, said or values(form), text=text, folder=folder, **standing | given)


def many(count: int) -> list[dict]:
    return [CASE | {"number": f"TS-2026-{place:04d}"} for place in range(1, count + 1)]


def grid() -> paper.Paper:
    """Nothing but characters, to count lines and characters on a full page."""
    return sample("circular", text="版心\n\n" + "督" * 28 * 60)


def leaf() -> paper.Paper:
    """Fills its second page so far that the colophon has no room there."""
    return sample("circular", text="关于核查的通报\n\n各单位：\n" + "（一）逐件核查。\n" * 25)


def every() -> dict[str, paper.Paper]:
    """Name of the file → paper."""
    long = values("circular", cases=many(300), subject=LONG)
    further = {"long": sample("circular", said=long), "grid": grid(), "leaf": leaf()}
    return {form: sample(form) for form in forms.FORMS} | further


def write_all(folder: Path) -> None:
    for name, each in every().items():
        with (folder / f"{name}.docx").open("wb") as file:
            docx.write(each, file)
