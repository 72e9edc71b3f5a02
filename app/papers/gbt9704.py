"""The layout of official papers, GB/T 9704-2012: measures in points, faces, styles, page."""

from app.papers import wordml
from app.papers.wordml import twips

MM = 72 / 25.4
PAGE = (210 * MM, 297 * MM)
TOP, LEFT, RIGHT, BOTTOM = 37 * MM, 28 * MM, 26 * MM, 35 * MM  # round a type area of 156 × 225 mm
WIDTH, HEIGHT = PAGE[0] - LEFT - RIGHT, PAGE[1] - TOP - BOTTOM
LINES, CHARACTERS = 22, 28
LINE = 28.95  # 22 of them stay just inside 225 mm
SIZE2, SIZE3, SIZE4, SMALL4, SIZE5 = 22, 16, 14, 12, 10.5  # 2号 3号 4号 小四 5号
# Taken from each character so that 28 fit into 156 mm; justified lines give the rest back. A docGrid of lines and
# characters would need a negative charSpace, which LibreOffice reads as a grid half as wide again.
SQUEEZE = -0.25
RED = "E60012"

XIAOBIAOSONG, FANGSONG, KAITI, HEITI, SONG = "方正小标宋简体", "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体"
LATIN = "Times New Roman"
# Where the named face is not installed: others that Word, WPS and LibreOffice may take for it, and what it looks like.
FACES = {
    XIAOBIAOSONG: ("方正小标宋_GBK,FZXiaoBiaoSong-B05S,FZXiaoBiaoSong-B05,宋体,SimSun,STSong,Noto Serif CJK SC",
                   "02010600030101010101", "roman"),
    FANGSONG: ("仿宋,FangSong,FangSong_GB2312,华文仿宋,STFangsong,宋体,SimSun,Noto Serif CJK SC",
               "02010609060101010101", "modern"),
    KAITI: ("楷体,KaiTi,KaiTi_GB2312,华文楷体,STKaiti,LXGW WenKai,宋体,SimSun,Noto Serif CJK SC",
            "02010609060101010101", "modern"),
    HEITI: ("SimHei,微软雅黑,Microsoft YaHei,STHeiti,Noto Sans CJK SC", "02010609060101010101", "modern"),
    SONG: ("SimSun,NSimSun,STSong,Noto Serif CJK SC", "02010600030101010101", "roman"),
}
LEVEL_FACES = {1: HEITI, 2: KAITI}


def indent(size: float = SIZE3, **characters: float) -> str:
    """In characters for programs that know them, in twips for the rest; `hanging` and `firstLine` too."""
    pairs = "".join(
        f' w:{side}Chars="{round(count * 100)}" w:{side}="{twips(count * (size + SQUEEZE))}"'
        for side, count in characters.items()
    )
    return f"<w:ind{pairs}/>"


def spacing(before: float = 0, line: float = LINE, after: float = 0) -> str:
    return (f'<w:spacing w:before="{twips(before)}" w:after="{twips(after)}" w:line="{twips(line)}" '
            'w:lineRule="exact"/>')


def align(how: str) -> str:
    return f'<w:jc w:val="{how}"/>'


def size(points: float) -> str:
    return f'<w:sz w:val="{round(points * 2)}"/><w:szCs w:val="{round(points * 2)}"/>'


def rule(side: str, points: float, *, distance: float = 0, color: str = "000000") -> str:
    return f'<w:{side} w:val="single" w:sz="{round(points * 8)}" w:space="{round(distance)}" w:color="{color}"/>'


def drop(points: float) -> float:
    """From the top of a line of 28.95 points to the top of the characters in it: their feet stand at four fifths."""
    return LINE * 0.8 - points * 0.86


def frame(left: float, top: float, width: float, height: float) -> str:
    """A place on the page, whatever the text does. LibreOffice lets no ruled paragraph share one: each has its own."""
    return (f'<w:framePr w:w="{twips(width)}" w:h="{twips(height)}" w:hRule="exact" w:hSpace="0" w:vSpace="0" '
            f'w:wrap="around" w:vAnchor="page" w:hAnchor="page" w:x="{twips(left)}" w:y="{twips(top)}"/>')


def section(*, first_differs: bool, references: str, footer: float, begins: str = "") -> str:
    kind = f'<w:type w:val="{begins}"/>' if begins else ""
    return (
        f'<w:sectPr>{references}{kind}<w:pgSz w:w="{twips(PAGE[0])}" w:h="{twips(PAGE[1])}"/>'
        f'<w:pgMar w:top="{twips(TOP)}" w:right="{twips(RIGHT)}" w:bottom="{twips(BOTTOM)}" w:left="{twips(LEFT)}" '
        f'w:header="{twips(15 * MM)}" w:footer="{twips(footer)}" w:gutter="0"/>'
        f'{"<w:titlePg/>" if first_differs else ""}'
        f'<w:docGrid w:type="lines" w:linePitch="{twips(LINE)}"/></w:sectPr>'
    )


def styles() -> str:
    latin = f'w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:cs="{LATIN}"'
    defaults = (
        f'<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts {latin} w:eastAsia="{FANGSONG}"/>{size(SIZE3)}'
        '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault/>'
        "</w:docDefaults>"
    )
    return wordml.part("styles", defaults + "".join(_style(*each) for each in STYLES) + _TABLE)


def fonts() -> str:
    return wordml.part("fonts", "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:panose1 w:val="{panose}"/><w:charset w:val="86"/>'
        f'<w:family w:val="{family}"/><w:pitch w:val="{"fixed" if family == "modern" else "variable"}"/></w:font>'
        for name, (others, panose, family) in FACES.items()
    ))


def settings() -> str:
    """No punctuation is squeezed, or the grid of 28 would not hold; footers know odd from even pages."""
    office = "http://schemas.microsoft.com/office/word"
    compatible = f'<w:compatSetting w:name="compatibilityMode" w:uri="{office}" w:val="15"/>'
    return wordml.part("settings", (
        f'<w:zoom w:percent="100"/><w:defaultTabStop w:val="{twips(2 * (SIZE3 + SQUEEZE))}"/><w:evenAndOddHeaders/>'
        '<w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:balanceSingleByteDoubleByteWidth/>'
        f'<w:doNotLeaveBackslashAlone/><w:doNotExpandShiftReturn/><w:useFELayout/>{compatible}</w:compat>'
        '<w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/>'
    ))


# LibreOffice reads overflowPunct the wrong way round (DomainMapper: nIntValue == 0) and loses commas that it hangs out.
# So it says what Word does anyway.
_PLAIN = (
    '<w:widowControl w:val="0"/><w:kinsoku/><w:overflowPunct/><w:topLinePunct w:val="0"/>'
    '<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'
)
_TIGHT = "<w:snapToGrid w:val=\"0\"/>"
# id, name an office sees, what it is in a paragraph, what it is in letters
STYLES = (
    ("Normal", "Normal", f'{_PLAIN}{spacing()}{align("both")}',
     f'<w:spacing w:val="{twips(SQUEEZE)}"/>{size(SIZE3)}'),
    ("Body", "公文正文", indent(firstLine=2), ""),
    ("Org", "发文机关标志", f'{_TIGHT}{align("center")}',
     f'{wordml.face(XIAOBIAOSONG, XIAOBIAOSONG)}<w:color w:val="{RED}"/>'),
    ("Mark", "密级和紧急程度", align("left"), wordml.face(HEITI)),
    ("Number", "发文字号", f'{_TIGHT}{align("center")}', ""),
    ("Title", "公文标题", f'<w:keepLines/>{_TIGHT}{spacing(before=2 * LINE)}{align("center")}',
     f"{wordml.face(XIAOBIAOSONG)}{size(SIZE2)}"),
    ("Addressee", "主送机关", f'{spacing(before=LINE)}{align("left")}', ""),
    ("Attachment", "附件说明", align("left"), ""),
    ("Signature", "署名和日期", "<w:keepLines/>", ""),
    ("Note", "附注", f'{indent(left=2)}{align("left")}', ""),
    ("AnnexMark", "附件标记", f'<w:keepNext/><w:pageBreakBefore/>{align("left")}', wordml.face(HEITI)),
    ("Cell", "表格文字", f'{_TIGHT}{spacing(line=18)}{align("center")}', size(SMALL4)),
    ("Row", "附表文字", f'{_TIGHT}{spacing(line=16)}{align("center")}', size(SIZE5)),
    ("Colophon", "版记", f'{_TIGHT}{spacing(line=25)}{align("left")}', size(SIZE4)),
    ("Proof", "核验", f'{_TIGHT}{spacing(line=12)}{align("left")}', size(9)),
    ("Rule", "红线", f'{_TIGHT}{spacing(line=1.5)}', size(1)),
    ("PageOdd", "页码（单页）", f'{_TIGHT}{spacing(line=16)}{indent(SIZE4, right=1)}{align("right")}',
     f"{wordml.face(SONG, SONG)}{size(SIZE4)}"),
    ("PageEven", "页码（双页）", f'{_TIGHT}{spacing(line=16)}{indent(SIZE4, left=1)}{align("left")}',
     f"{wordml.face(SONG, SONG)}{size(SIZE4)}"),
)
_TABLE = (
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr>'
    '<w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="57" w:type="dxa"/>'
    '<w:bottom w:w="0" w:type="dxa"/><w:right w:w="57" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
)


def _style(key: str, name: str, in_paragraph: str, in_letters: str) -> str:
    base = ' w:default="1"' if key == "Normal" else ' w:customStyle="1"'
    follows = "" if key == "Normal" else '<w:basedOn w:val="Normal"/>'
    return (
        f'<w:style w:type="paragraph"{base} w:styleId="{key}"><w:name w:val="{name}"/>{follows}<w:qFormat/>'
        f"<w:pPr>{in_paragraph}</w:pPr><w:rPr>{in_letters}</w:rPr></w:style>"
    )
