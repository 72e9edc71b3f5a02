"""Refusals are sentences fit to show, in the reader's own language."""

from datetime import date

from app.domain.errors import Refusals, Refused, Word


def test_a_refusal_is_its_sentence_with_the_facts_in_their_places():
    refusal = Refused("The rule allows at most %(days)s more days.", field="days", days=5)
    assert str(refusal) == "The rule allows at most 5 more days."
    assert refusal.told() == str(refusal)


def test_it_is_translated_before_the_facts_are_put_in_and_labels_too():
    words = {"“%(step)s” on %(day)s": "%(day)s 的“%(step)s”", "Close": "办结"}
    refusal = Refused("“%(step)s” on %(day)s", step=Word("Close"), day=date(2026, 11, 2))
    told = refusal.told(say=words.get, show=lambda on: f"{on.year}年{on.month}月{on.day}日")
    assert told == "2026年11月2日 的“办结”"


def test_what_somebody_typed_is_never_taken_for_a_label_or_a_place():
    refusal = Refused("There is a unit with the code %(code)s already.", code="%(code)s Close")
    assert refusal.told(say=lambda words: words.replace("Close", "办结")) == (
        "There is a unit with the code %(code)s Close already.")


def test_a_sentence_without_facts_may_hold_a_percent_sign():
    assert Refused("100 % of it").told() == "100 % of it"


def test_several_refusals_keep_each_its_own_field():
    both = Refusals([Refused("a", field="x"), Refused("b", field="y")])
    assert [(refusal.field, str(refusal)) for refusal in both.refusals] == [("x", "a"), ("y", "b")]
