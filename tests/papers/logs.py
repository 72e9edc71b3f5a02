"""Whether a file is what the standards of process mining ask for."""

import json
from collections import Counter
from pathlib import Path

import jsonschema
from lxml import etree

FILES = Path(__file__).parent / "files"
XES = "{http://www.xes-standard.org/}"
# What the extensions of the standard declare: key → element, and where it may stand.
DECLARED = {
    "concept:name": ("string", {"log", "trace", "event"}), "concept:instance": ("string", {"event"}),
    "lifecycle:model": ("string", {"log"}), "lifecycle:transition": ("string", {"event"}),
    "time:timestamp": ("date", {"event"}), "org:resource": ("string", {"event"}), "org:role": ("string", {"event"}),
    "org:group": ("string", {"event"}),
}


def check_xes(path: Path) -> etree._Element:
    """The log, if the schema allows it and what a schema cannot say holds as well."""
    log = etree.parse(path).getroot()
    etree.XMLSchema(etree.parse(FILES / "xes.xsd")).assertValid(log.getroottree())
    prefixes = {extension.get("prefix") for extension in log.iter(f"{XES}extension")}
    needed = {scope.get("scope"): {each.get("key") for each in scope} for scope in log.iter(f"{XES}global")}
    for holder in (log, *log.iter(f"{XES}trace", f"{XES}event")):
        what = etree.QName(holder).localname
        attributes = [part for part in holder if part.get("key") is not None]
        keys = [part.get("key") for part in attributes]
        assert max(Counter(keys).values(), default=1) == 1, "a key occurs once"
        assert needed.get(what, set()) <= set(keys), "what is global is everywhere"
        for part in attributes:
            prefix, colon, _name = part.get("key").partition(":")
            if colon:
                element, places = DECLARED[part.get("key")]
                assert prefix in prefixes and etree.QName(part).localname == element and what in places
    for classifier in log.iter(f"{XES}classifier"):
        assert set(classifier.get("keys").split()) <= needed[classifier.get("scope", "event")]
    return log


def check_ocel(path: Path) -> dict:
    """The log, if the schema allows it, every id is its own and nothing is named that is not there."""
    log = json.loads(path.read_text(encoding="utf-8"))
    schema = json.loads((FILES / "ocel20.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(log)
    things = {each["id"] for each in log["objects"]}
    assert len(things) == len(log["objects"]) and len({each["id"] for each in log["events"]}) == len(log["events"])
    for kinds, members in (("eventTypes", "events"), ("objectTypes", "objects")):
        declared = {kind["name"]: {each["name"] for each in kind["attributes"]} for kind in log[kinds]}
        assert len(declared) == len(log[kinds])
        for member in log[members]:
            assert {each["name"] for each in member["attributes"]} <= declared[member["type"]]
            assert {each["objectId"] for each in member["relationships"]} <= things
    return log
