"""Finding cases: any piece of a title finds its case, on both databases, and nobody finds by what he may not read."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.domain import bigrams, ledger
from app.domain.ledger import Filter
from app.office import records
from app.office.intake import Filing, file_case

LAWS = settings(max_examples=60, derandomize=True, deadline=None,
                suppress_health_check=[HealthCheck.function_scoped_fixture])


def found(office, q: str, by: str = "supervisor") -> list[str]:
    page = ledger.page(office.session, office.by(by), Filter(q=q), today=office.today, limit=500)
    return [row.number for row in page.rows]


def titled(office, title: str, **more) -> str:
    return office.file(title=title, facts=more.pop("facts", "。"), outside_number=None, source="x", **more).number


@pytest.fixture
def shelf(office):
    """A few cases that differ in the ways that matter to a search."""
    titles = {
        "plant": "企业反映厂房竣工联合验收四个月未办结", "land": "产业园用地规划许可证办理缓慢",
        "power": "澜川机电 ABB 配电柜增容 10kV", "percent": "退税 50% 未到账_已催办",
        "slash": r"网址 C:\验收\notes 打不开",
        "one": "水", "mixed": "Wi-Fi 与 5G 基站", "emoji": "窗口态度差😡没人管",
        "rare": "𠮷野家门店𡈽地证",
    }
    return {key: titled(office, title) for key, title in titles.items()}


@pytest.mark.parametrize(("q", "keys"), [
    ("验", {"plant", "slash"}), ("结", {"plant"}), ("企", {"plant"}), ("水", {"one"}), ("未", {"plant", "percent"}),
    ("联合", {"plant"}), ("办结", {"plant"}), ("办理", {"land"}), ("规划许可", {"land"}),
    ("联合验收四个月未办结", {"plant"}),
    ("合联", set()), ("验收 厂房", {"plant"}), ("厂房　用地", set()), ("机电 abb", {"power"}), ("ABB", {"power"}),
    ("abb", {"power"}), ("10KV", {"power"}), ("wi-fi", {"mixed"}), ("WI", {"mixed"}), ("5g", {"mixed"}),
    ("g", {"mixed"}),
    ("50%", {"percent"}), ("%", {"percent"}), ("_", {"percent"}), ("账_已", {"percent"}), ("账%已", set()),
    ("账x已", set()), ("\\", {"slash"}), ("\\验收\\", {"slash"}), ("C:\\", {"slash"}), ("😡", {"emoji"}),
    ("差😡没", {"emoji"}),
    ("𠮷", {"rare"}), ("𡈽地", {"rare"}), ("不存在的词", set()), ("'", set()), ("\"", set()), ("*", set()),
    ("' OR 1=1", set()),
    ("验收 NOT 厂房", set()), ("NEAR(厂房 验收)", set()), ("!", set()), ("&", set()), (":*", set()), ("(", set()),
])
def test_these_words_find(office, shelf, q, keys):
    assert set(found(office, q)) == {shelf[key] for key in keys}


def test_a_blank_search_is_no_search(office, shelf):
    for q in ("", " ", "\u3000", "\t\n"):
        assert set(found(office, q)) == set(shelf.values())


def test_the_newest_is_shown_first_whatever_sort_was_asked_for(office):
    numbers = [titled(office, f"退税办理 {n}") for n in range(5)]
    assert found(office, "退税") == numbers[::-1]


def test_numbers_places_facts_and_outside_numbers_are_searched_too(office):
    case = office.file(title="甲", facts="乙处排队三小时", place="青溪县政务大厅", outside_number="LC20260914001")
    for q in (case.number, case.number.lower(), "排队三小时", "青溪县", "lc20260914", "20260914001", "甲 青溪 排队"):
        assert found(office, q) == [case.number], q


pieces = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"), min_size=1,
                 max_size=24)
mixed = st.text("验收办结厂房abAB%_\\ '\"*-1（）", min_size=1, max_size=24)


@LAWS
@given(title=mixed | pieces, data=st.data())
def test_no_false_zero_any_piece_of_a_title_finds_its_case(office, title, data):
    words = [word for word in title.split() if word]
    assume(words and any(c.isprintable() and not c.isspace() for c in title))
    word = data.draw(st.sampled_from(words))
    start = data.draw(st.integers(0, len(word) - 1))
    piece = word[start:data.draw(st.integers(start + 1, len(word)))]
    with office.session.begin_nested() as savepoint:
        filing = Filing(kind="task", title=f"甲{title}", facts="。", source="x")
        case = file_case(office.session, filing, by=office.by("registrar"), at=office.now, words=str,
                         register=office.register)
        assert case.number in found(office, piece)
        assert case.number in found(office, f"  {piece}\u3000甲 ")
        savepoint.rollback()


@LAWS
@given(title=mixed, q=mixed)
def test_no_false_find_what_is_found_holds_every_word_of_the_query(office, title, q):
    assume(q.split())
    with office.session.begin_nested() as savepoint:
        filing = Filing(kind="task", title=f"甲{title}", facts="。", source="x")
        case = file_case(office.session, filing, by=office.by("registrar"), at=office.now, words=str,
                         register=office.register)
        holds = all(word.lower() in f"甲{title} 。 {case.number}".lower() for word in q.split())
        assert (case.number in found(office, q)) == holds
        savepoint.rollback()


# --- who may find ----------------------------------------------------------------------------------------------------


@pytest.fixture
def accused(office):
    """A complaint about the very unit that leads it; it works from the redacted text."""
    units = office.register.people.by_code
    case = office.file(title="反映窗口收费", facts="举报人王五称窗口索要红包", place="三号窗口左侧",
                       complained_of=units["zjj"], redacted="有人反映窗口违规收费", complainant={"name": "王五"})
    office.assign(case, lead="zjj", supports=["zrzy"])
    return case


@pytest.mark.parametrize("q", ["王五", "红包", "索要红包", "举报人", "三号窗口", "红", "左"])
def test_the_unit_complained_of_does_not_find_by_words_that_only_the_original_holds(office, accused, q):
    assert found(office, q, "liaison") == [] == found(office, q, "principal")
    assert found(office, q, "supervisor") == [accused.number]
    assert found(office, q, "supporter") == [accused.number], "a unit not complained of reads the original"


def test_nobody_finds_a_complainant_by_name(office):
    case = office.file(title="甲", facts="乙", complainant={"name": "司马相如", "phone": "13812341234"})
    for q in ("司马", "13812341234", "相如"):
        assert found(office, q) == [], q
    assert found(office, case.number) == [case.number]


def test_the_unit_complained_of_finds_by_what_it_is_shown(office, accused):
    for q in ("窗口收费", "违规收费", accused.number):
        assert found(office, q, "liaison") == [accused.number], q


def test_a_unit_finds_only_its_own_cases(office, shelf):
    assert found(office, "验收", "outsider") == []
    assert found(office, "验收", "sysadmin") == []


# --- when texts change -----------------------------------------------------------------------------------------------


def test_a_corrected_text_is_found_by_its_new_words_and_no_longer_by_the_old_ones(office):
    case = office.file(title="联合验收", facts="旧事由")
    records.correct(office.session, case, "facts", "新事由", reason="笔误", by=office.by("registrar"), at=office.now,
                    words=str)
    assert found(office, "旧事") == [] and found(office, "新事由") == [case.number]
    assert found(office, "联合") == [case.number], "what was not changed is found as before"


def test_a_redacted_text_is_found_once_it_is_written(office):
    case = office.file(complained_of=office.register.people.by_code["zjj"], facts="原文")
    records.redact(office.session, case, "化名某企业反映", by=office.by("registrar"), at=office.now, words=str)
    office.assign(case, lead="zjj")
    assert found(office, "化名", "liaison") == [case.number]
    records.redact(office.session, case, "又一个说法", by=office.by("registrar"), at=office.now, words=str)
    assert found(office, "化名", "liaison") == [] and found(office, "又一", "liaison") == [case.number]


def test_a_very_long_query_is_cut_and_answered(office, shelf):
    assert found(office, "企业反映厂房竣工联合验收四个月未办结" * 50) == []
    assert found(office, "验" * 5000) == []


def test_a_word_is_kept_as_its_pairs_and_its_last_character():
    pair, other, last = (bigrams.tokens(word) for word in ("验收", "收办", "办"))
    assert len(last) == 1 and len(pair) == 2
    assert bigrams.tokens("验收办") == (pair | other) - bigrams.tokens("收")
    assert bigrams.tokens("", None, "  ") == set()
