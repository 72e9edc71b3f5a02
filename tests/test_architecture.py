"""The house itself: floors, doors, hidden imports, long files, fragments, public endpoints, migrations, triggers."""

import ast
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

import workflows
from app import create_app
from app.domain import models, seals
from app.domain.base import WHERE
from workflows import check

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "templates"

# What a floor may import beside the standard library and itself; architecture.md 1, row by row. Rooms are prefixes.
FLASK = {"flask", "flask_login", "flask_migrate", "flask_sqlalchemy", "flask_wtf", "htmx_flask",
         "jinja2", "markupsafe", "werkzeug", "wtforms", "govuk_frontend_wtf"}
FLOORS = {
    "workflows": set(),  # transitions in grammar.py only: see test_only_the_grammar_knows_transitions
    "app.channels": set(),
    "app.papers": set(),
    "app.domain": {"sqlalchemy", "psycopg", "workflows", "chinese_calendar", "rfc8785", "nacl", "filetype"},
    "app.office": {"sqlalchemy", "app.domain", "app.papers", "workflows"},
    "app.demo": {"sqlalchemy", "app.domain", "app.office", "app.papers", "workflows"},
    "app.bench": {"sqlalchemy", "flask", "flask_login", "jinja2", "app", "app.config", "app.extensions", "app.server",
                  "app.domain", "app.office"},
    "app.nursery": {"gunicorn"},
    "app.server": {"gunicorn", "app.nursery"},
    "app.config": {"app.channels"},
    "app.extensions": {*FLASK, "app.domain.base"},
    "app.bell": set(),
    "app.worker": {"flask", "sqlalchemy", "app.extensions", "app.domain"},
    "app.postroom": {"flask", "sqlalchemy", "app.worker", "app.extensions", "app.channels", "app.domain", "app.office",
                     "workflows"},
    "app.importing": {"flask", "sqlalchemy", "app.worker", "app.extensions", "app.domain", "app.office", "workflows"},
    "app.binding": {"flask", "app.worker", "app.sealing", "app.extensions", "app.papers", "app.domain", "app.office",
                    "workflows"},
    "app.moving": {"app.worker", "app.extensions", "app.domain", "app.office"},
    "app.copying": {"app.worker", "app.extensions", "app.domain"},
    "app.sealing": {"flask", "sqlalchemy", "app.copying", "app.worker", "app.extensions", "app.domain",
                    "app.office", "workflows"},
    "app.readers": {"sqlalchemy", "app.domain", "app.office", "workflows"},
    "app.verifying": {"flask", "sqlalchemy", "app.readers", "app.worker", "app.extensions", "app.domain",
                      "app.office"},
    "app.climbing": {"flask", "sqlalchemy", "app.worker", "app.extensions", "app.domain", "app.office"},
    "app.web": {*FLASK, "sqlalchemy", "prometheus_client", "isal", "app.bell", "app.config", "app.extensions",
                "app.channels", "app.papers", "app.domain", "app.office", "workflows"},
    "app.lodging": {"flask", "sqlalchemy", "app.worker", "app.extensions", "app.office"},
    "app.pruning": {"flask", "app.worker", "app.extensions", "app.domain"},
    "app.serving": {"app", "app.domain", "app.extensions", "app.jobs", "app.server"},
    "app.jobs": {"sqlalchemy", "app.bell", "app.worker", "app.binding", "app.importing", "app.moving", "app.climbing",
                 "app.lodging", "app.pruning", "app.sealing", "app.verifying", "app.postroom", "app.extensions",
                 "app.domain", "app.office"},
    "app.cli": {*FLASK, "sqlalchemy", "alembic", "babel", "click", "tqdm", "app", "app.bench", "app.serving",
                "app.climbing", "app.lodging", "app.pruning", "app.sealing", "app.verifying", "app.config",
                "app.extensions", "app.postroom", "app.demo", "app.jobs", "app.worker", "app.channels", "app.papers",
                "app.domain", "app.office", "workflows"},
    "app.factory": {*FLASK, "whitenoise", "app"},
    "app": {"app.factory"},
    "wsgi": {"app"},
}
# A library of one module's own subject, with the reason why no other floor could have it.
OWN_SUBJECT = {
    ("app.office.people", "argon2"): "hashing passwords takes no transaction and no request; setting one is a verb",
    ("workflows.grammar", "transitions"): "the machine behind the table",
    ("app.office.reading", "orjson"): "it reads entries by the million; the standard decoder takes twice as long",
    ("app.bell", "psycopg"): "NOTIFY and LISTEN have no other door",
}
# `app` among the imports of cli and factory means create_app and the rooms by name, never the web from the cli.
NEVER = {
    "app.cli": ("app.web", "app.factory"),
    "app.jobs": ("app.web", "app.factory"),
    "app.web": ("app.cli", "app.jobs", "app.postroom", "app.demo", "app.factory"),
}

# The nouns see only those before them.
ORDER = (
    "postgresql",
    "base",
    "functions",
    "errors",
    "placing",
    "texts",
    "numbers",
    "bigrams",
    "rows",
    "changes",
    "bundles",
    "trail",
    "seals",
    "merkle",
    "keys",
    "tree",
    "copies",
    "traces",
    "checkpoints",
    "witnesses",
    "accesses",
    "errands",
    "rules",
    "profiles",
    "influences",
    "settings",
    "people",
    "schedules",
    "workdays",
    "ladder",
    "register",
    "terms",
    "clocks",
    "files",
    "privacy",
    "deliveries",
    "letters",
    "lodgings",
    "tellings",
    "catalogue",
    "mappings",
    "matters",
    "drafts",
    "views",
    "cases",
    "links",
    "standing",
    "notices",
    "feeds",
    "holdings",
    "spans",
    "search",
    "inquiry",
    "ledger",
    "sums",
    "supervision",
    "worklist",
    "lots",
    "lookbacks",
    "plans",
    "indicators",
    "surveys",
    "scorecards",
    "models",
)

DOORS = ("app.web", "app.cli", "app.bench", "app.worker")

# (module, what is imported there inside a function): why. app.papers may hide its file libraries, always.
HIDDEN = {
    ("app.bell", "psycopg"): "a house on SQLite never loads it",
    ("app.domain.base", "app.domain.postgresql"): "a house on SQLite never loads it",
    ("app", "app.factory"): "importing app.domain loads no Flask",
    ("app.domain.schedules", "chinese_calendar"): "its tables are read once in the life of an installation",
    ("app.domain.files", "filetype"): "its many matchers are loaded by whoever keeps a file, not by every process",
    ("app.cli.bench", "app.bench.table"): "the scales are loaded by the one command that weighs",
    ("app.domain.keys", "nacl"): "loaded by whoever signs or checks a signature, not by every web process",
    ("app.web.health", "prometheus_client"): "loaded by whoever asks for the metrics",
    ("app.postroom", "app.channels.email"): "a house that sends no mail never loads what writes and sends it",
    ("app.verifying", "app.readers"): "what starts further processes, loaded where there is enough to verify",
}
FILE_LIBRARIES = {"docx", "xlsxwriter", "python_calamine", "icalendar", "segno", "filetype"}

# Beyond 250 lines (80 for a template), with the reason why it is still one room.
LONG = {
    "workflows/common.py": "one table: the steps that every kind shares, a row each",
    "app/domain/trail.py": "a third of it is VERBS, the one list of what may stand in an entry",
    "app/domain/people.py": "units, officers, posts and sign-ins, and who somebody is; Directory could become a room",
    "app/web/chart.py": "one drawing: rows, bars, pins, axis and their words are read together",
    "app/web/phrases.py": "the sentences templates call, a few lines each",
}
LONG_TEMPLATES: dict[str, str] = {}

RENAMED = {
    "fragments/case/nodes.html": "why",  # “Why this date?” is linked to as #why
}

PUBLIC = {"sessions.new", "sessions.create", "language.show", "language.create", "health.show", "health.metrics",
          "feeds.show", "assets"}


# --- reading the sources ---------------------------------------------------------------------------------------------


def sources(*tops: str) -> list[Path]:
    found = [path for top in tops for path in ((ROOT / top).rglob("*.py") if (ROOT / top).is_dir() else [ROOT / top])]
    return sorted(found)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def every_module() -> dict[str, Path]:
    return {name_of(path): path for path in sources("app", "workflows", "wsgi.py")}


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(every_module()[name].read_text())


def imports(node: ast.AST):
    """Dotted names that the code under `node` imports, modules of ours in full."""
    for each in ast.walk(node):
        if isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names)
        elif isinstance(each, ast.ImportFrom):
            assert not each.level, "relative imports hide which floor they reach"
            for alias in each.names:
                full = f"{each.module}.{alias.name}"
                yield full if full in every_module() else each.module


def hidden_imports(name: str):
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from imports(node)


def floor_of(name: str) -> str:
    """The floor a module stands on; "" for a room that nobody gave a place in the table."""
    return max((floor for floor in FLOORS if name == floor or (floor != "app" and is_in(name, floor))), key=len,
               default="")


def is_in(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def top(name: str) -> str:
    return name.partition(".")[0]


def may_import(name: str, imported: str) -> bool:
    floor = floor_of(name)
    if not floor:
        return False
    if top(imported) in sys.stdlib_module_names or (floor != "app" and is_in(imported, floor)):
        return True
    if (name, top(imported)) in OWN_SUBJECT:
        return True
    if floor == "app.papers" and top(imported) in FILE_LIBRARIES:
        return True
    if any(is_in(imported, room) for room in NEVER.get(floor, ())):
        return False
    if floor == "app.factory":
        return True
    return any(imported == allowed if allowed == "app" else is_in(imported, allowed) for allowed in FLOORS[floor])


# --- floors ----------------------------------------------------------------------------------------------------------


def test_each_floor_looks_only_downwards():
    upwards = [f"{name} imports {imported}" for name in every_module() for imported in imports(tree(name))
               if not may_import(name, imported)]
    assert upwards == []


@pytest.mark.parametrize(("name", "imported"), [
    ("workflows.complaint", "sqlalchemy"), ("workflows.guards", "app.domain.cases"), ("app.papers.docx", "sqlalchemy"),
    ("app.papers.xlsx", "app.domain.cases"), ("app.channels.email", "flask"), ("app.domain.cases", "flask"),
    ("app.domain.cases", "app.extensions"), ("app.domain.cases", "app.office.steps"), ("app.office.steps", "flask"),
    ("app.office.steps", "app.extensions"), ("app.office.steps", "app.web.cases"), ("app.web.cases", "app.cli.people"),
    ("app.web.cases", "app.jobs"), ("app.web.cases", "app.demo"), ("app.web.cases", "app.postroom"),
    ("app.cli.people", "app.web.words"), ("app.jobs", "app.web"), ("app.demo", "app.web"), ("wsgi", "app.factory"),
    ("app.extensions", "app.domain.cases"), ("app.postroom", "app.web"), ("app.domain.numbers", "app"),
    ("app.helpers", "app.domain.cases"), ("app", "app.domain.cases"),
])
def test_a_look_upwards_would_be_noticed(name, imported):
    assert not may_import(name, imported)


def test_only_the_grammar_knows_transitions():
    knowing = {name for name in every_module() for imported in imports(tree(name)) if top(imported) == "transitions"}
    assert knowing == {"workflows.grammar"}


def test_only_create_app_knows_the_roof():
    knowing = {name for name in every_module() if "app.factory" in set(imports(tree(name)))}
    assert knowing == {"app"}


def test_the_nouns_stand_in_one_order_and_see_only_those_before_them():
    nouns = {name.removeprefix("app.domain."): name for name in every_module() if name.startswith("app.domain.")}
    assert nouns.keys() - set(ORDER) == set(), "a new noun has its place in ORDER"
    backwards = [
        f"{noun} sees {seen.removeprefix('app.domain.')}"
        for noun, name in nouns.items() for seen in imports(tree(name))
        if is_in(seen, "app.domain") and (seen == "app.domain" or ORDER.index(seen.split(".")[2]) >= ORDER.index(noun))
    ]
    assert backwards == []


def test_imports_inside_functions_are_on_a_short_list():
    found = {(name, imported) for name in every_module() for imported in hidden_imports(name)}
    strays = {
        (name, imported) for name, imported in found
        if (name, imported) not in HIDDEN and (name, top(imported)) not in HIDDEN
        and not (is_in(name, "app.papers") and top(imported) in FILE_LIBRARIES)
    }
    assert strays == set()
    gone = {key for key in HIDDEN if not any(key == found_key or key == (found_key[0], top(found_key[1]))
                                             for found_key in found)}
    assert gone == set(), "the list holds imports that are no longer there"


def test_file_libraries_are_loaded_only_by_the_function_that_uses_them():
    early = [
        f"{name} loads {imported}" for name in every_module() if is_in(name, "app")
        for node in tree(name).body if isinstance(node, ast.Import | ast.ImportFrom)
        for imported in imports(node) if top(imported) in FILE_LIBRARIES | {"chinese_calendar"}
    ]
    assert early == []


@pytest.mark.parametrize("room", ["app", "app.domain.models", "app.office.steps", "workflows.complaint"])
def test_importing_below_the_doors_loads_no_flask(room):
    program = f"import sys, {room}; print([m for m in sys.modules if m.split('.')[0] in {sorted(FLASK)!r}])"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (ran.stdout.strip(), ran.stderr) == ("[]", "")


def test_importing_the_workflows_loads_no_database():
    program = "import sys, workflows; workflows.every(); print({'app', 'sqlalchemy', 'flask'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (ran.stdout.strip(), ran.stderr) == ("set()", "")


# --- doors -----------------------------------------------------------------------------------------------------------


def calls(name: str):
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func


def test_only_doors_call_commit():
    committing = {name for name in every_module() for call in calls(name) if call.attr == "commit"}
    assert committing, "this test would see a commit where there is one"
    assert {name for name in committing if not any(is_in(name, door) for door in DOORS)} == {
        "app.domain.postgresql"}, "whose connection ends so what has only read"


def test_below_the_doors_nobody_reads_the_clock():
    def reads_the_clock(call: ast.Attribute) -> bool:
        whose = call.value.id if isinstance(call.value, ast.Name) else getattr(call.value, "attr", "")
        return (call.attr in ("now", "utcnow") or (call.attr == "today" and whose in ("date", "datetime"))
                or (call.attr in ("time", "time_ns") and whose == "time"))

    below = [name for name in every_module() if any(
        is_in(name, floor) for floor in ("workflows", "app.channels", "app.papers", "app.domain", "app.office"))]
    assert any(reads_the_clock(call) for call in calls("app.web.access")), "this test would see one"
    assert [name for name in below for call in calls(name) if reads_the_clock(call)] == []


def test_below_the_doors_nobody_prints():
    printing = [
        name for name in every_module() if not is_in(name, "app.cli") for node in ast.walk(tree(name))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


# --- tidiness --------------------------------------------------------------------------------------------------------


def test_every_module_says_which_room_it_is():
    assert [name for name in every_module() if name != "wsgi" and not ast.get_docstring(tree(name))] == []


def test_nothing_is_left_to_be_done_later():
    words = re.compile(r"#\s*(TODO|FIXME|XXX|HACK)\b")
    notes = [path for path in every_module().values() if words.search(path.read_text())]
    assert notes == []


def test_there_is_no_room_for_leftovers():
    leftovers = {"utils", "util", "helpers", "helper", "common", "services", "managers", "misc"}
    found = [name for name in every_module() if leftovers & set(name.split("."))]
    assert found == ["workflows.common"], "only the steps that every kind shares"


def test_no_file_is_long_without_a_reason():
    long = {str(path.relative_to(ROOT)): lines for path in sources("app", "workflows")
            if (lines := path.read_text().count("\n")) > 250}
    assert {name: lines for name, lines in long.items() if name not in LONG} == {}


def test_no_template_is_long_without_a_reason():
    long = {str(path.relative_to(TEMPLATES)): lines for path in TEMPLATES.rglob("*.html")
            if (lines := path.read_text().count("\n")) > 80}
    assert {name: lines for name, lines in long.items() if name not in LONG_TEMPLATES} == {}


# --- templates -------------------------------------------------------------------------------------------------------


class Roots(HTMLParser):
    """The elements of a fragment that stand in no other element."""

    VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

    def __init__(self, source: str):
        super().__init__()
        self.depth, self.ids, self.loose = 0, [], ""
        self.feed(re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", source, flags=re.S))

    def handle_starttag(self, tag, attrs):
        if not self.depth:
            self.ids.append(dict(attrs).get("id"))
        self.depth += tag not in self.VOID

    def handle_startendtag(self, tag, attrs):
        if not self.depth:
            self.ids.append(dict(attrs).get("id"))

    def handle_endtag(self, tag):
        self.depth -= tag not in self.VOID

    def handle_data(self, data):
        if not self.depth:
            self.loose += data.strip()


def fragments() -> list[str]:
    return sorted(str(path.relative_to(TEMPLATES)) for path in (TEMPLATES / "fragments").rglob("*.html"))


@pytest.mark.parametrize("name", fragments())
def test_a_fragment_is_one_element_whose_id_is_its_path(name):
    roots = Roots((TEMPLATES / name).read_text())
    expected = RENAMED.get(name) or name.removeprefix("fragments/").removesuffix(".html").replace("/", "-")
    branches = len(re.findall(r"{%-?\s*(?:else|elif)\b", (TEMPLATES / name).read_text()))
    assert roots.loose == ""
    assert set(roots.ids) == {expected}
    assert len(roots.ids) <= 1 + branches, "one element, or one a branch"


def test_fragments_extend_nothing():
    assert [name for name in fragments() if "{% extends" in (TEMPLATES / name).read_text()] == []


def test_every_template_that_a_view_names_is_there():
    named = {match for path in sources("app/web") for match in
             re.findall(r'"((?:pages|fragments|components)/[\w/-]+\.html)"', path.read_text())}
    assert named, "this test reads the views"
    assert [name for name in sorted(named) if not (TEMPLATES / name).exists()] == []


# --- endpoints -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """The app on an empty folder: enough to ask it for its endpoints and to be turned away."""
    return create_app(data=tmp_path_factory.mktemp("house"), testing=True)


def test_public_endpoints_are_on_a_list(house):
    public = {rule.endpoint for rule in house.url_map.iter_rules()
              if getattr(house.view_functions[rule.endpoint], "is_public", False)}
    assert public - PUBLIC == set()


def test_whoever_is_not_signed_in_gets_nowhere_else(house):
    let_in = []
    client = house.test_client()
    for rule in house.url_map.iter_rules():
        if getattr(house.view_functions[rule.endpoint], "is_public", False):
            continue
        address = re.sub(r"<(?:\w+:)?\w+>", "1", rule.rule)
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
            answer = client.open(address, method=method)
            turned_away = answer.status_code in (401, 403, 400) or (
                answer.status_code == 303 and answer.headers["Location"].startswith("/login"))
            if not turned_away:
                let_in.append((method, rule.rule, answer.status_code))
    assert let_in == []


def test_a_read_is_never_a_write(house):
    """A step, a draft, a sign-out is never had by following a link."""
    writing = {"create", "update", "destroy"}
    by_link = [rule.endpoint for rule in house.url_map.iter_rules()
               if rule.endpoint.partition(".")[2] in writing and "GET" in rule.methods]
    assert by_link == []


# --- migrations ------------------------------------------------------------------------------------------------------


def test_the_migrations_make_what_the_models_say(shared_engine):
    def ours(_object, name, type_, _reflected, _compared):
        by_hand = type_ == "table" and name.startswith(("case_search", "trace_words"))
        of_an_expression = type_ == "index" and name == "ix_cases_state_due"
        return not by_hand and not of_an_expression

    with shared_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={
            "compare_type": True, "include_object": ours, "target_metadata": models.metadata})
        differences = compare_metadata(context, models.metadata)
        checks = {table: {check["name"] for check in inspect(connection).get_check_constraints(table)}
                  for table in models.metadata.tables}
        indexes = {index["name"]: index for index in inspect(connection).get_indexes("cases")}
    assert differences == []
    said = {name: {c.name for c in table.constraints if type(c).__name__ == "CheckConstraint"}
            for name, table in models.metadata.tables.items()}
    assert checks == said
    assert "ix_cases_state_due" in indexes or shared_engine.dialect.name == "sqlite"


def test_the_partial_indexes_are_those_that_the_models_call_so(shared_engine):
    query = {"sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'",
             "postgresql": "SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indpred IS NOT NULL"}
    with shared_engine.connect() as connection:
        made = set(connection.scalars(text(query[shared_engine.dialect.name])))
    assert made == {index.name for table in models.metadata.tables.values() for index in table.indexes
                    if WHERE in index.info}


def test_what_a_house_on_sqlite_has_no_use_for_is_not_loaded(tmp_path):
    """Every web process would keep it: PostgreSQL's dialect alone takes 2 MiB."""
    (tmp_path / "data").mkdir()
    environment = {"DUBAN_DATA": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", "from app.cli import main; main()", "init"], cwd=ROOT, env=environment,
                   check=True, capture_output=True)
    program = "import sys; from app import server; server.loaded('app.serving:load'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True, text=True,
                            capture_output=True).stdout.split()
    unwanted = {"psycopg", "sqlalchemy.dialects.postgresql", "smtplib", "email.headerregistry", "multiprocessing",
                "alembic", "cryptography", "nacl", "docx", "xlsxwriter", "python_calamine", "chinese_calendar",
                "prometheus_client", "app.demo", "app.bench", "app.cli"}
    assert unwanted & set(loaded) == set() and "app.web" in loaded


def test_the_index_of_due_dates_is_there_on_its_expression(shared_engine):
    query = {"sqlite": "SELECT sql FROM sqlite_master WHERE name = 'ix_cases_state_due'",
             "postgresql": "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_cases_state_due'"}
    with shared_engine.connect() as connection:
        made = connection.scalar(text(query[shared_engine.dialect.name]))
    assert re.search(r"coalesce\(due_on, '9999-12-31'", made, re.I)


def test_the_triggers_of_the_trail_are_there_after_the_last_migration(shared_engine):
    query = {
        "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal",
    }
    dialect = shared_engine.dialect.name
    with shared_engine.connect() as connection:
        present = {tuple(row) for row in connection.execute(text(query[dialect]))}
    asked = {tuple(re.match(r"CREATE TRIGGER (\w+) BEFORE .*? ON (\w+)", statement).groups())
             for statement in seals.triggers(dialect) if statement.startswith("CREATE TRIGGER")}
    assert present == asked
    assert {table for _, table in asked} == {"entries", "entry_values", "leaves", "tiles", "checkpoints",
                                            "cosignatures"}


def test_the_migration_made_the_triggers_that_the_seals_describe(session):
    if session.get_bind().dialect.name == "sqlite":
        made = set(session.scalars(text("SELECT sql FROM sqlite_master WHERE type = 'trigger'")))
    else:
        made = set(session.scalars(text("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal")))
        session.execute(text("DROP FUNCTION trail_is_append_only CASCADE"))
        for statement in seals.triggers("postgresql"):
            session.execute(text(statement))
        again = set(session.scalars(text("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal")))
        assert made == again
        return
    assert {" ".join(sql.split()) for sql in made} == {" ".join(sql.split()) for sql in seals.triggers("sqlite")}


# --- workflows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", workflows.every())
def test_every_state_of_every_kind_can_be_reached_and_left(kind):
    workflow = workflows.get(kind)
    assert check.faults(workflow) == []
    ways = {(source, to) for step in workflow.steps for source, to in workflow._ways(step) if source != to}
    reached, left = {to for _, to in ways}, {source for source, _ in ways}
    assert reached | {workflow.initial} == set(workflow.state)
    assert left == set(workflow.state), "even a reviewed case may come back, and an ended one be restored"
