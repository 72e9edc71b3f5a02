"""Who the complainant is: masks that give nothing away, and the check of a credit code."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import privacy
from app.domain.errors import Refused
from app.domain.privacy import HIDDEN, MASKED, OPEN, Complainant

LAWS = settings(max_examples=200, derandomize=True, deadline=None)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# The weights as GB 32100-2015 prints them, table 2.
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
REAL = ("91350100M000100Y43", "914403001922038216", "9144030071526726XG", "91330100799655058B")


@pytest.mark.parametrize(("field", "value", "shown"), [
    ("name", "张三", "张**"), ("name", "欧阳娜娜", "欧**"), ("name", "李", "李**"),
    ("firm", "澜川机电有限公司", "澜**"),
    ("phone", "13812341234", "138****1234"), ("phone", "8613812341234", "861****1234"), ("phone", "110", "****"),
    ("phone", "037188886666", "037****6666"), ("phone", "8888666", "****"),
    ("credit_code", "91350100M000100Y43", "9135**********0Y43"),
    ("credit_code", "9135", "****"),
    ("email", "zhang@example.cn", "z***@…"), ("address", "人民路 1 号", "****"),
])
def test_a_mask_shows(field, value, shown):
    assert privacy.mask(field, value) == shown


@LAWS
@given(st.sampled_from(sorted(privacy.FIELDS)), st.text(min_size=4, max_size=40))
def test_a_mask_never_shows_more_than_half_of_a_value(field, value):
    shown = privacy.mask(field, value)
    kept = sum(len(part) for part in shown.replace("@…", "*").split("*"))
    assert value not in shown
    assert kept <= (8 if field == "credit_code" else 7 if field == "phone" else 1)
    assert kept * 3 <= len(value) * 2


def test_what_is_hidden_names_no_field_at_all():
    who = Complainant(case_id=1, name="张三", phone="13812341234", is_anonymous=False)
    hidden, masked, opened = (privacy.view(who, hidden=h, opened=o) for h, o in ((1, 0), (0, 0), (0, 1)))
    assert (hidden.how, hidden.fields) == (HIDDEN, {})
    assert (masked.how, masked.fields) == (MASKED, {"name": "张**", "phone": "138****1234"})
    assert (opened.how, opened.fields) == (OPEN, {"name": "张三", "phone": "13812341234"})
    assert privacy.view(who, hidden=True, opened=True).fields == {}, "no reason unlocks it"
    assert privacy.view(None, hidden=False) is None


def check_character(first: str) -> str:
    return ALPHABET[-sum(ALPHABET.index(c) * w for c, w in zip(first, WEIGHTS, strict=True)) % 31]


@pytest.mark.parametrize("code", REAL)
def test_a_real_credit_code_is_accepted(code):
    assert privacy.check_credit_code(f" {code.lower()} ") == code


@LAWS
@given(st.text(ALPHABET, min_size=17, max_size=17))
def test_whatever_bears_the_right_check_character_is_accepted(first):
    code = first + check_character(first)
    assert privacy.check_credit_code(code) == code


@LAWS
@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed_wherever_it_stands(first, place, other):
    code = first + check_character(first)
    wrong = code[:place] + other + code[place + 1:]
    if wrong == code:
        return
    with pytest.raises(Refused, match="check character"):
        privacy.check_credit_code(wrong)


@pytest.mark.parametrize("code", ["", "9135", REAL[0] + "0", REAL[0][:17], "I" * 18, "O" * 18, "Z" * 18, "S" * 18,
                                  "V" * 18, "９" * 18, "税" * 18, REAL[0][:8] + " " + REAL[0][9:], "9" * 17 + "\n"])
def test_what_is_no_credit_code_at_all_is_refused(code):
    with pytest.raises(Refused) as refusal:
        privacy.check_credit_code(code)
    assert refusal.value.field == "credit_code"
    assert "18 characters" in str(refusal.value)
