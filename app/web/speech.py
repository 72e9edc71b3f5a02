"""The reader's language: chosen once a request; every word through one table, and templates compiled once a language.

Looking for the language anew at every word was a quarter of a page's cost, so the constant words of a template are put
in when it is compiled, and its phrases are called directly.
"""

from contextvars import Context, ContextVar
from functools import cache
from gettext import translation
from pathlib import Path

from flask import Flask, current_app, g, has_request_context, request
from flask.templating import Environment
from flask_login import current_user
from jinja2 import nodes
from jinja2.compiler import CodeGenerator
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from app.web.compiled import Kept

LANGUAGES = ("zh", "en")
COOKIE = "lang"
FOLDER = "TRANSLATIONS"


class Tongue:
    """The words of one language."""

    def __init__(self, language: str, folder: str):
        self.language = language
        found = translation("messages", folder, [language], fallback=True)
        self.word, self.plural = found.gettext, found.ngettext

    def said(self, msgid: str, **values) -> str:
        text = self.word(msgid)
        return text % values if values else text


_speaking: ContextVar[Tongue | None] = ContextVar("speaking", default=None)


def tongue() -> Tongue:
    """That of this request's reader."""
    return _speaking.get() or _ask()


def _forget(_error=None) -> None:
    _speaking.set(None)


def _ask() -> Tongue:
    """Kept until the request ends; outside a request nothing is kept."""
    found = of(choice())
    if has_request_context():
        _speaking.set(found)
    return found


def choice() -> str:
    """?lang= once, then the cookie, then the officer's own, then the machine's."""
    if request:
        for wished in (request.args.get("lang"), request.cookies.get(COOKIE)):
            if wished in LANGUAGES:
                return wished
        if "office_seq" in g and current_user.is_authenticated and current_user.actor.locale in LANGUAGES:
            return current_user.actor.locale
    return current_app.extensions["settings"].locale


def of(language: str) -> Tongue:
    return _tongue(language, current_app.config[FOLDER])


_tongue = cache(Tongue)


def language() -> str:
    return tongue().language


def gettext(msgid: str, /, **values) -> str:
    return tongue().said(msgid, **values)


def ngettext(one: str, many: str, num: int, /, **values) -> str:
    return tongue().plural(one, many, num) % {"num": num, **values}


def render(template: str, **context) -> str:
    """The page in the reader's language."""
    current_app.update_template_context(context)
    return current_app.extensions["environments"][language()].get_template(template).render(context)


def install(app: Flask) -> None:
    env = app.jinja_env
    app.before_request(_forget)
    app.teardown_request(_forget)
    env.globals.update(gettext=gettext, _=gettext, ngettext=_plural, language=language)
    env.filters.update(_word=_word, _sentence=_sentence)
    kept = Path(app.template_folder, "__pycache__")
    app.extensions["environments"] = {
        language: env.overlay(tongue=_tongue(language, app.config[FOLDER]), bytecode_cache=Kept(kept, language))
        for language in LANGUAGES}


def phrases(app: Flask, **functions) -> None:
    """Functions that templates call by name; where they are given something, they are called without a detour."""
    app.jinja_env.globals.update(functions)
    app.jinja_env.filters.update({f"_{name}": function for name, function in functions.items()})


class Localized(Environment):
    """Compiles templates with the words of its tongue in them; without one, words are looked up when shown."""

    tongue: Tongue | None = None

    class code_generator_class(CodeGenerator):  # the name is Jinja's
        """Asks an object for its attribute where it stands: by way of the environment it costs thrice as much, some
        four hundred times a page. What has no such attribute is left to the environment."""

        def visit_Getattr(self, node: nodes.Getattr, frame) -> None:
            self.write("(value if (value := getattr((asked := ")
            self.visit(node.node, frame)
            self.write(f"), {node.attr!r}, missing)) is not missing else environment.getattr(asked, {node.attr!r}))")

    def overlay(self, *given, tongue: Tongue, **options) -> "Localized":
        made = super().overlay(*given, **options)
        made.tongue = tongue
        return made

    def make_globals(self, given):
        """The names all templates know, themselves and not chained to an empty map: Jinja compares them key by key
        whenever a template takes a macro from another."""
        return {**self.globals, **given} if given else self.globals

    def _parse(self, source, name, filename):
        tree = super()._parse(source, name, filename)
        return _Foreknown(self).visit(tree) if self.tongue else tree

    def _generate(self, *given, **more):
        """Out of sight of the app and of whoever waits for the page: what is compiled is kept for everybody."""
        return Context().run(super()._generate, *given, **more)


class _Foreknown(NodeTransformer):
    """Says at compile time what is known then. A call through a filter skips what Jinja does at every other call."""

    def __init__(self, env: Localized):
        self.filters, self.tongue = env.filters, env.tongue

    def visit_Call(self, node: nodes.Call):
        self.generic_visit(node)
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        if name == "language":
            return nodes.Const(self.tongue.language)
        if not node.args or node.dyn_args or node.dyn_kwargs:
            return node
        if name in ("_", "gettext"):
            return self._said(node)
        if f"_{name}" in self.filters:
            return self._filter(node.args[0], f"_{name}", node.args[1:], node.kwargs, node)
        return node

    def _said(self, node: nodes.Call):
        first = node.args[0]
        if not isinstance(first, nodes.Const):
            return node if node.kwargs else self._filter(first, "_word", [], [], node)
        text = self.tongue.word(first.value)
        if node.kwargs:
            return self._filter(nodes.Const(text), "_sentence", [], node.kwargs, node)
        return nodes.MarkSafe(nodes.Const(text % {}))

    @staticmethod
    def _filter(first, name: str, args, kwargs, node):
        return nodes.Filter(first, name, args, kwargs, None, None).set_lineno(node.lineno)


def _word(msgid: str) -> Markup:
    return Markup(gettext(msgid))


def _sentence(text: str, **values) -> Markup:
    """A translated sentence with what it is about, escaped."""
    return Markup(text % {name: escape(value) for name, value in values.items()})


def _plural(one: str, many: str, num: int, **values) -> Markup:
    return Markup(tongue().plural(one, many, num) % {"num": num, **{name: escape(v) for name, v in values.items()}})
