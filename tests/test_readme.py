"""The README keeps its word: its commands exist, its settings, its paths, and its example is played."""

import re
import sys
from functools import cache
from pathlib import Path

import click
import pytest

import workflows
from app import cli
from app.config import Settings
from workflows import check

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
CHINESE = ROOT / "docs" / "README.zh.md"
PAGES = [README, *sorted(page for page in (ROOT / "docs").rglob("*.md") if page.name != "measured.md")]
COMMAND = re.compile(r"\bduban ([a-z]+)(?: ([a-z]+))?")
BUILT_IN = {"db"}  # Flask-Migrate's, which we offer and do not make


@cache
def commands() -> dict[str, click.Command]:
    return {name: cli.command(name) for names in cli.ROOMS.values() for name in names if name not in BUILT_IN}


def code_of(page: Path) -> list[str]:
    """What stands in backticks or in a block."""
    text = page.read_text()
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    return blocks + re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_option_that_is_named_exists(page):
    for code in code_of(page):
        for line in code.splitlines():
            for name, sub in COMMAND.findall(line):
                if name in BUILT_IN:
                    continue
                command = commands()[name]
                if isinstance(command, click.Group) and sub:
                    command = command.commands[sub]
                if isinstance(command, click.Group) and (third := re.search(rf"{name} {sub} ([a-z]+)", line)):
                    command = command.commands[third[1]]
                known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
                if line.count("duban ") == 1:
                    assert set(re.findall(r"(?<!\S)\[?(--[a-z-]+)", line.partition("duban ")[2])) <= known, line


def test_every_command_there_is_is_named():
    for page in (README, CHINESE):
        named = {" ".join(filter(None, found)) for code in code_of(page) for found in COMMAND.findall(code)}
        for name, command in commands().items():
            wanted = {f"{name} {sub}" for sub in command.commands} if isinstance(command, click.Group) else {name}
            assert {each for each in wanted if not any(one.startswith(each) for one in named)} == set(), page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_is_named_exists(page):
    text = page.read_text()
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (page.parent / link).exists(), link
    for path in re.findall(r"`((?:app|workflows|templates|migrations|tests|docs|\.ci)/[\w./-]*)`", text):
        if path != "docs/measured.md":  # written by make weigh
            assert (ROOT / path).exists(), path


def test_every_setting_is_listed_and_no_other():
    ours = {f"DUBAN_{name.upper()}" for name in Settings.__dataclass_fields__} - {"DUBAN_TESTING"}
    for page in (README, CHINESE):
        assert set(re.findall(r"\bDUBAN_[A-Z_]+", page.read_text())) == ours, page.name


def test_there_is_one_picture_and_it_is_small():
    (picture,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README.read_text())
    assert (ROOT / picture).stat().st_size <= 150 * 1024


def example() -> str:
    (block,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    return block


def test_both_languages_show_the_same_example():
    assert example() in CHINESE.read_text()


@pytest.fixture
def suggestion(tmp_path, monkeypatch):
    """The example as a file beside the others on the shelf."""
    (tmp_path / "suggestion.py").write_text(example())
    monkeypatch.setattr(workflows, "__path__", [*workflows.__path__, str(tmp_path)])
    workflows.every.cache_clear()
    yield workflows.get("suggestion")
    sys.modules.pop("workflows.suggestion")
    del workflows.suggestion
    workflows.every.cache_clear()


def test_the_example_has_no_faults_and_stands_among_the_kinds(suggestion):
    assert check.faults(suggestion) == []
    assert list(workflows.every()) == ["complaint", "finding", "task", "accountability", "suggestion"]
    assert "rectifying --> reviewed" in check.mermaid(suggestion)


def test_the_example_is_walked_through_the_office(suggestion, office):
    case = office.file("suggestion", source="恳谈会")
    assert case.number == "JY-2026-0001"
    parts = [{"unit": "zrzy", "task": "提出意见", "due_on": None}]
    office.step(case, "assign", "dispatcher", lead="zjj", supports=parts, request="研究答复。", basis="会议纪要")
    office.later(hours=2)
    office.step(case, "sign_for", "liaison")
    office.step(case, "start", "liaison", plan="先核实，再答复。")
    assert case.due_on == office.register.calendar.add(office.today, 10)
    with pytest.raises(Exception, match="supporting unit has not finished"):
        office.step(case, "answer", "supervisor", taken_up="yes", reply="已采纳。")
    office.step(case, "finish_part", "supporter", result="无意见。")
    office.step(case, "answer", "supervisor", taken_up="yes", reply="已采纳。")
    assert case.state == "reviewed"


def test_the_example_has_its_pages(suggestion, web_office, client_of):
    number = web_office.file("suggestion", source="恳谈会").number
    web_office.session.commit()
    registrar = client_of("registrar")
    assert "Suggestion" in registrar.get("/cases/new?kind=suggestion").text
    assert registrar.get(f"/cases/{number}").status_code == 200
    assert number in registrar.get("/cases?kind=suggestion").text
    assert client_of("dispatcher").get(f"/cases/{number}/steps/assign").status_code == 200
