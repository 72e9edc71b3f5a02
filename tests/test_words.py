"""Words: each in both languages, the compiled ones up to date, and none written past the translators."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from babel.support import Translations

import workflows
from app.domain.privacy import FIELDS
from app.domain.trail import VERBS
from workflows.grammar import MATTERS, POSTS, PURPOSES

ROOT = Path(__file__).parent.parent
TRANSLATIONS = ROOT / "app" / "translations"
CATALOGUE = TRANSLATIONS / "zh" / "LC_MESSAGES" / "messages.po"
HAN = re.compile(r"[\u3400-\u9fff]")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")

# Chinese that is not for the translators, and why it is where it is. A name that ends in / is a folder.
DATA = {
    "app/demo/": "a fictional Chinese city",
    "app/bench/": "the texts that are weighed are Chinese",
    "app/papers/": "official Chinese papers: their names for parts, digits and fonts are the standard's",
    "templates/dossier/README.txt": "goes along with a dossier, both languages in one",
    "templates/dossier/verify.py": "runs where there is nothing of ours, both languages in one",
    "templates/papers/": "official papers are Chinese whoever prints them",
    "app/office/cells.py": "how Chinese ledgers write a cell: empty, yes, grades, dates",
    "app/office/timewords.py": "how Chinese plans write a limit",
    "app/office/columns.py": "headings of other people's ledgers",
    "app/office/shipped.py": "headings of the blank ledgers, which are read in again",
    "app/office/exports.py": "headings of the ledger that is given out, which is read in again",
    "app/office/sheets.py": "names of sources as the ledger keeps them",
    "app/office/intake.py": "the basis that is written into a Chinese case",
    "app/office/founding.py": "the first unit's name, to be changed by the office",
    "app/domain/schedules.py": "words of the State Council's schedule",
    "app/domain/ladder.py": "the basis of the shipped ladder, to be filled in by the office",
    "app/domain/notices.py": "how official papers are numbered",
    "app/domain/lookbacks.py": "how official papers are numbered",
    "app/domain/rules.py": "titles and articles of Chinese law",
    "app/domain/influences.py": "titles and articles of Chinese law",
    "app/domain/profiles.py": "titles and articles of Chinese law",
    "app/web/calendar.py": "how a typed schedule writes off and worked, and how months are written",
    "app/cli/people.py": "headings and classes of a list of units",
    "app/cli/taking_out.py": "the name of the sheet in a ledger",
    "app/cli/__init__.py": "the product's name",
    "app/web/exports.py": "the name of the sheet in a ledger",
    "app/web/imports.py": "the name of the sheet in a blank ledger",
    "app/web/filing.py": "names of sources as the ledger keeps them",
    "app/web/words.py": "how dates are written",
    "app/web/axis.py": "how dates are written on the axis, and the marks of days off",
}
NAMES_OF_LANGUAGES = {"中文"}


@cache
def catalogue():
    with CATALOGUE.open("rb") as source:
        return read_po(source, locale="zh")


@cache
def in_use() -> dict:
    """What `make words` collects: message → where."""
    with (TRANSLATIONS / "babel.cfg").open() as source:
        methods, options = parse_mapping_cfg(source)
    keywords = DEFAULT_KEYWORDS | parse_keywords(["N_", "ngettext:1,2"])
    found: dict = {}
    for top in ("app", "workflows", "templates"):
        under = [(pattern.removeprefix(f"{top}/"), method) for pattern, method in methods
                 if pattern.startswith(f"{top}/")]
        chosen = {pattern.removeprefix(f"{top}/"): more for pattern, more in options.items()}
        for name, line, message, *_ in extract_from_dir(ROOT / top, under, chosen, keywords):
            found.setdefault(message, f"{top}/{name}:{line}")
    return found


def forms(message) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)


def test_every_word_in_use_is_translated():
    assert len(in_use()) > 900
    missing = {}
    for message, where in in_use().items():
        entry = catalogue().get(forms(message)[0])
        if entry is None or entry.fuzzy or not all(forms(entry.string)):
            missing[where] = message
    assert not missing, "run `make words` and translate"


def test_every_word_marked_in_the_code_is_found():
    """The collector does not look into f-strings; whoever marks words there loses them."""
    lost = {message: name for name, message in marked() if catalogue().get(message) is None}
    assert not lost, "put the words into a name of their own before the f-string"


def marked():
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if is_marking(node) and node.args and isinstance(node.args[0], ast.Constant):
                yield str(path.relative_to(ROOT)), node.args[0].value


def python_files() -> list[Path]:
    return sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "workflows").glob("*.py")])


def is_marking(node) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "N_", "ngettext")


def test_the_catalogue_holds_nothing_that_is_not_in_use():
    ours = {forms(message)[0] for message in in_use()}
    assert {forms(entry.id)[0] for entry in catalogue() if entry.id} - ours == set()
    assert not catalogue().obsolete


def test_placeholders_agree_in_both_languages():
    for entry in catalogue():
        if entry.id:
            wanted = set(PLACEHOLDER.findall(forms(entry.id)[0]))
            for form in forms(entry.string):
                assert set(PLACEHOLDER.findall(form)) == wanted, entry.id
                assert "%" not in PLACEHOLDER.sub("", form).replace("%%", ""), entry.id


def test_words_with_a_number_have_the_plural_forms_of_their_language():
    assert catalogue().num_plurals == 1
    numbered = [entry for entry in catalogue() if not isinstance(entry.id, str)]
    assert numbered and all(len(entry.id) == 2 and len(forms(entry.string)) == 1 for entry in numbered)
    chinese = Translations.load(TRANSLATIONS, ["zh"])
    for entry in numbered:
        for n in (0, 1, 2, 5):
            assert chinese.ngettext(*entry.id, n) == forms(entry.string)[0]


def test_the_compiled_words_are_those_of_the_catalogue():
    with CATALOGUE.with_suffix(".mo").open("rb") as source:
        compiled = read_mo(source)
    assert {forms(entry.id): forms(entry.string) for entry in compiled if entry.id} == {
        forms(entry.id): forms(entry.string) for entry in catalogue() if entry.id}, "run `make words`"


def test_chinese_is_punctuated_as_chinese():
    """No half-width comma, colon or question mark between Chinese characters."""
    for entry in catalogue():
        for form in forms(entry.string) if entry.id else ():
            assert not re.search(r"[\u4e00-\u9fff][,:;?!]|[,:;?!][\u4e00-\u9fff]", form), form


@pytest.mark.parametrize("kind", workflows.every())
def test_every_word_of_a_kind_is_translated(kind):
    workflow = workflows.get(kind)
    said = {workflow.label, *(state.label for state in workflow.states), *dict(workflow.grades).values()}
    asks = list(workflow.asks)
    for step in workflow.steps:
        said |= {step.label, step.hint, *(guard.reason for guard in step.guards)}
        asks += step.asks
    for ask in asks:
        said |= {ask.label, ask.hint, *dict(ask.choices).values()}
    assert untranslated(said) == set()


def test_every_word_of_the_tables_is_translated():
    said = {*POSTS.values(), *FIELDS.values(), *(purpose.label for purpose in PURPOSES.values()),
            *(matter.label for matter in MATTERS.values()), *(verb.sentence for verb in VERBS.values())}
    assert untranslated(said) == set()


def untranslated(said) -> set[str]:
    return {words for words in said if words and catalogue().get(words) is None}


def test_no_chinese_is_written_past_the_translators():
    past = [f"{name}: {text[:40]}" for name, text in chinese_texts() if not is_data(name)]
    assert past == []


def test_every_place_where_chinese_is_data_still_has_some():
    names = {name for name, _ in chinese_texts()}
    assert {place for place in DATA if not any(name.startswith(place) for name in names)} == set()


def is_data(name: str) -> bool:
    return any(name == place or (place.endswith("/") and name.startswith(place)) for place in DATA)


@cache
def chinese_texts() -> tuple[tuple[str, str], ...]:
    return (*of_code(), *of_templates())


def of_code():
    """Texts with Chinese in them that are neither docstrings nor marked for the translators."""
    for path in python_files():
        tree = ast.parse(path.read_text())
        skipped = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                skipped.add(node.value)
            if is_marking(node):
                skipped |= {each for argument in node.args for each in ast.walk(argument)}
        for node in ast.walk(tree):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped
            if is_text and HAN.search(node.value):
                yield str(path.relative_to(ROOT)), node.value


def of_templates():
    for path in sorted(path for path in (ROOT / "templates").rglob("*.*") if path.suffix != ".pyc"):
        text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
        text = re.sub(r"""_\(\s*("[^"]*"|'[^']*')""", "", text)
        for words in re.findall(r"[\u3400-\u9fff]+", text):
            if words not in NAMES_OF_LANGUAGES:
                yield str(path.relative_to(ROOT)), words


PAGES = {
    "dispatcher": ("/", "/cases", "/cases?q=zz&lamp=red", "/overdue", "/trail", "/cases/new?kind=task", "/cases/{0}",
                   "/cases/{0}/trail", "/cases/{0}/records", "/cases/{0}/steps/send_back", "/assignments"),
    "liaison": ("/", "/cases/{0}", "/cases/{0}/steps/report", "/units/zjj", "/password", "/delivery", "/nowhere",
                "/officers"),
    "registrar": ("/imports", "/cases/new?kind=complaint", "/cases/new?kind=finding"),
    "secadmin": ("/", "/officers"),
}


def test_a_chinese_page_says_nothing_in_english(web_office, client_of):
    case = web_office.file(complainant={"name": "王建国", "phone": "13800001234"})
    web_office.assign(case, supports=("zrzy",))
    web_office.start(case)
    number = case.number
    web_office.session.commit()
    found = {}
    for post, paths in PAGES.items():
        client = client_of(post)
        for path in paths:
            page = client.get(path.format(number), headers={"Accept-Language": "en"}).text
            assert "lang=\"zh" in page, path
            found |= dict.fromkeys(english(page), path)
    assert found == {}


def english(page: str) -> list[str]:
    """Pieces of text, and labels for the ear, in which two English words follow one another."""
    page = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    labels = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', page)
    return [text for text in [*re.sub(r"<[^>]+>", "\n", page).split("\n"), *labels]
            if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", text)]
