"""Templates that are compiled once on a machine."""

import pytest
from flask import current_app
from jinja2 import DictLoader

from app.web.compiled import Kept
from app.web.speech import Localized, of

NAME = "greeting.html"
pytestmark = pytest.mark.one_database


@pytest.fixture
def compiled(tmp_path, web_app):
    """Give me what a fresh process shows of this template, and whether it had to compile it."""

    def fresh(source: str, language: str = "en", **filters) -> tuple[str, bool]:
        compiling = []

        class Watched(Localized):
            def _compile(self, *given):
                compiling.append(given)
                return super()._compile(*given)

        with web_app.app_context():
            env = Watched(web_app, loader=DictLoader({NAME: source})).overlay(
                tongue=of(language), bytecode_cache=Kept(tmp_path, language))
        env.filters.update({f"_{name}": function for name, function in filters.items()})
        with web_app.app_context():
            return env.get_template(NAME).render(filters), bool(compiling)

    return fresh


def test_what_was_compiled_once_is_taken_by_the_next_process(compiled):
    assert compiled("Hello {{ 1 + 1 }}") == ("Hello 2", True)
    assert compiled("Hello {{ 1 + 1 }}") == ("Hello 2", False)


def test_another_text_or_language_is_compiled_anew(compiled):
    source = "{{ _('Sign in') }}"
    assert compiled(source) == ("Sign in", True)
    assert compiled(source, "zh") == ("登录", True)
    assert compiled(source + "!") == ("Sign in!", True)
    assert compiled(source, "zh") == ("登录", False)


def test_a_broken_file_is_compiled_over_and_nobody_hears_of_it(compiled, tmp_path):
    compiled("Hello")
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    for broken in (b"", whole[:20], whole[:-9], b"\0" * len(whole)):
        kept.write_bytes(broken)
        assert compiled("Hello") == ("Hello", True)
    assert compiled("Hello") == ("Hello", False)


def test_where_nothing_can_be_written_it_is_compiled_each_time(compiled, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert compiled("Hello") == compiled("Hello") == ("Hello", True)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    tmp_path.rmdir()
    tmp_path.touch()
    assert compiled("Hello") == compiled("Hello") == ("Hello", True)


def test_what_the_app_says_is_asked_when_the_page_is_shown(compiled):
    """Not put in when it is compiled: the address of a style sheet changes while its templates do not."""
    def place(name):
        return current_app.name + name

    assert compiled("{{ place('!') }}", place=place) == ("duban!", True)
    assert compiled("{{ place('!') }}", place=lambda name: "elsewhere" + name) == ("elsewhere!", False)
