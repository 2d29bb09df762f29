"""`python -m gateway entra mapping`: the mapping as Entra's portal and its schema have it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from gateway.cli import main
from gateway.cli.entra.expressions import source
from gateway.cli.installed import example
from gateway.registry import adapter_class, available
from scim.filters import parse_path
from simulators.entra.paths import AttributePath

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CARD = "urn:ietf:params:scim:schemas:extension:ricoh:2.0:User:cardId"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
SETTINGS: dict[str, str] = {
    "rfpio": 'base_url = "acme"\nscim_token = { env = "SECRET" }',
    "ricoh": f'endpoint = "https://x.example"\naccess_token = {{ env = "SECRET" }}\nextra_attributes = ["{CARD}"]',
    "directory": 'path = "{folder}/directory.db"',
}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command on a connection `acme` to an adapter: exit status, output, errors."""
    monkeypatch.setenv("TOKEN", "a-token-of-16-letters")
    monkeypatch.setenv("SECRET", "the-secret-of-the-backend")

    def call(adapter: str, *options: str, settings: str | None = None, more: str = "") -> tuple[int, str, str]:
        given = (SETTINGS.get(adapter, "") if settings is None else settings).replace("{folder}", str(tmp_path))
        config = tmp_path / "gateway.toml"
        config.write_text(
            f'[gateway]\nstore = "sqlite:{tmp_path}/never.db"\n[connections.acme]\nadapter = "{adapter}"\n'
            f'token = {{ env = "TOKEN" }}\n{more}\n[connections.acme.settings]\n{given}'
        )
        try:
            status = main(["entra", "mapping", "acme", "--config", str(config), *options])
        except SystemExit as ended:
            status = int(ended.code or 0)
        assert not (tmp_path / "never.db").exists(), "the identity map is left alone"
        said = capsys.readouterr()
        assert "the-secret" not in said.out + said.err and "a-token" not in said.out + said.err
        return status, said.out, said.err

    return call


def table(run: Run, adapter: str, *options: str, type: str = "User", **more: Any) -> dict[str, dict[str, Any]]:
    status, out, err = run(adapter, "--json", *options, **more)
    assert (status, err) == (0, "")
    return {row["target"]: row for row in json.loads(out)[type]}


def document(run: Run, adapter: str, *options: str, **more: Any) -> Any:
    status, out, err = run(adapter, "--schema", *options, **more)
    assert (status, err) == (0, "")
    return json.loads(out)


# -- the table --------------------------------------------------------------------------------------------------------


def test_ricoh_is_matched_by_the_object_id_and_gets_nothing_else_than_it_lists(run: Run) -> None:
    rows = table(run, "ricoh", more='match = ["externalId"]')
    assert list(rows) == ["externalId", "userName", "active", 'emails[type eq "work"].value', CARD]
    assert [row["matching"] for row in rows.values()] == [1, 0, 0, 0, 0]
    assert [row["required"] for row in rows.values()] == [True, True, False, True, False]
    assert rows["externalId"]["source"] == "objectId"
    about = {"type": "Boolean", "matching": 0, "required": False, "flow": "Always", "exact": False, "refers": []}
    assert rows["active"] | {"source": ""} == {"source": "", "target": "active", **about}
    assert rows[CARD]["source"] == "", "Entra has nothing for a card"


def test_what_rfpio_takes_once_is_sent_once_and_the_address_is_the_login(run: Run) -> None:
    rows = table(run, "rfpio")
    assert rows["userName"]["source"] == rows['emails[type eq "work"].value']["source"] == "userPrincipalName"
    once = {target for target, row in rows.items() if row["flow"] == "ObjectAddOnly"}
    cost_center = f"{ENTERPRISE}:costCenter"
    assert once == {'emails[type eq "work"].value', 'roles[primary eq "True"].value', cost_center}
    assert (rows["userName"]["matching"], rows["externalId"]["matching"]) == (1, 0)


def test_the_directory_has_everything_and_groups(run: Run) -> None:
    rows = table(run, "directory")
    assert rows['phoneNumbers[type eq "mobile"].value']["source"] == "mobile"
    assert rows['addresses[type eq "work"].country']["source"] == "country"
    assert rows[f"{ENTERPRISE}:manager"] == {"source": "manager", "target": f"{ENTERPRISE}:manager", "flow": "Always",
                                             "type": "Reference", "matching": 0, "required": False,
                                             "exact": False, "refers": ["User"]}  # fmt: skip
    groups = table(run, "directory", type="Group")
    assert groups["displayName"]["matching"] == 1 and groups["members"]["type"] == "Reference"
    assert "password" not in rows and not any(target.startswith("meta") for target in rows)


def test_what_the_map_keeps_can_be_sent_too(run: Run) -> None:
    rows = table(run, "ricoh", more='keep = ["title", "emails", "urn:acme:2.0:User:badge"]')
    assert rows["title"]["source"] == "jobTitle"
    assert "urn:acme:2.0:User:badge" in rows and "emails" not in rows


def test_sources_can_be_chosen(run: Run) -> None:
    chosen = ("--source", "userName=originalUserPrincipalName", "--source", f'{CARD}=Append([employeeId], "-x")')
    rows = table(run, "ricoh", *chosen)
    assert rows["userName"]["source"] == "originalUserPrincipalName"
    assert rows[CARD]["source"] == 'Append([employeeId], "-x")'


def test_the_text_is_a_table_with_what_is_to_be_known(run: Run) -> None:
    status, out, _ = run("ricoh", more='match = ["externalId"]')
    lines = [line.split("  ") for line in out.splitlines()]
    assert status == 0
    assert ["objectId", "externalId", "String", "1", "yes", "always"] in [
        [cell.strip() for cell in line if cell.strip()] for line in lines
    ]
    assert f"nothing of its own for {CARD}; --source TARGET=SOURCE maps them" in out
    assert "set Enabled of the mapping of groups to No" in out
    assert "each match reads all accounts" not in out
    status, out, _ = run("rfpio", more='match = ["title"]')
    assert "The backend does not search by title: each match reads all accounts." in out
    status, out, _ = run("directory")
    assert "Groups\n" in out and "set Enabled" not in out


# -- the schema -------------------------------------------------------------------------------------------------------


def check(made: Any) -> None:
    """What Microsoft Graph says of a synchronizationSchema: all that is used is defined, with one anchor for each."""
    directories = {one["name"]: {o["name"]: o["attributes"] for o in one["objects"]} for one in made["directories"]}
    [rule] = made["synchronizationRules"]
    for mapping in rule["objectMappings"]:
        sources = directories[rule["sourceDirectoryName"]][mapping["sourceObjectName"]]
        targets = directories[rule["targetDirectoryName"]][mapping["targetObjectName"]]
        for defined in (sources, targets):
            assert [one.get("anchor") for one in defined].count(True) == 1
            assert len({one["name"].casefold() for one in defined}) == len(defined)
            assert {one["type"] for one in defined} <= {"String", "Integer", "Reference", "Boolean", "DateTime"}
        flows = mapping["attributeMappings"]
        wanted = {flow["targetAttributeName"].casefold() for flow in flows}
        assert wanted <= {one["name"].casefold() for one in targets}
        assert {name for flow in flows for name in read(flow["source"])} <= {one["name"] for one in sources}
        assert sorted(flow["matchingPriority"] for flow in flows if flow["matchingPriority"])[:1] == [1]
        assert {flow["flowType"] for flow in flows} <= {"Always", "ObjectAddOnly"}


def read(one: dict[str, Any]) -> set[str]:
    """The attributes that a source reads."""
    if one["type"] == "Attribute":
        return {one["name"]}
    return set().union(*(read(parameter["value"]) for parameter in one["parameters"]))


def toml(settings: BaseModel) -> str:
    """Example settings as they are written; every secret is the environment's."""
    lines = []
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        lines.append(
            f'{name} = {{ env = "SECRET" }}'
            if isinstance(value, SecretStr)
            else f"{name} = {json.dumps(value, default=str)}"
        )
    return "\n".join(lines)


@pytest.mark.parametrize("name", available())
def test_every_adapter_has_a_schema_that_holds_together(run: Run, name: str) -> None:
    settings = SETTINGS.get(name) or toml(example(adapter_class(name).Settings))
    made = document(run, name, settings=settings)
    check(made)
    for mapping in made["synchronizationRules"][0]["objectMappings"]:
        for flow in mapping["attributeMappings"]:
            target = flow["targetAttributeName"]
            assert parse_path(target) and (target == "members" or AttributePath.parse(target)), target


def test_a_source_in_the_schemas_form(run: Run) -> None:
    made = document(run, "ricoh", "--source", f"{CARD}=employeeId", more='match = ["externalId"]')
    flows = made["synchronizationRules"][0]["objectMappings"][0]["attributeMappings"]
    found = {flow["targetAttributeName"]: flow for flow in flows}
    assert found["externalId"]["source"] == {
        "expression": "[objectId]", "name": "objectId", "type": "Attribute", "parameters": []}  # fmt: skip
    active = found["active"]["source"]
    assert active["expression"] == 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'
    assert [one["key"] for one in active["parameters"]] == [
        "source", "defaultValue", "key1", "value1", "key2", "value2"]  # fmt: skip
    assert (found["externalId"]["matchingPriority"], found["userName"]["matchingPriority"]) == (1, 0)
    assert CARD in found


def test_references_lead_to_objects_of_the_same_directory(run: Run) -> None:
    made = document(run, "directory")
    for directory, users in (("Azure Active Directory", "User"), ("customappsso", ENTERPRISE)):
        objects = next(one["objects"] for one in made["directories"] if one["name"] == directory)
        led = {r["referencedObjectName"] for o in objects for a in o["attributes"] for r in a["referencedObjects"]}
        assert users in led <= {one["name"] for one in objects}


EXPRESSIONS: list[tuple[str, str, list[str]]] = [
    ("mail", "Attribute", []),
    ('"en"', "Constant", []),
    ('Join(" ", [givenName], [surname])', "Function", ["separator", "source1", "source2"]),
    ('Append(ToLower([mail]), "x")', "Function", ["source", "suffix"]),
    ("Mid([mail])", "Function", ["source1"]),
    ("Now()", "Function", []),
]


@pytest.mark.parametrize(("text", "type", "keys"), EXPRESSIONS, ids=[row[0] for row in EXPRESSIONS])
def test_an_expression_is_read(text: str, type: str, keys: list[str]) -> None:
    made = source(text)
    assert made["expression"] in (text, f"[{text}]")
    assert (made["type"], [one["key"] for one in made["parameters"]]) == (type, keys)


DOWNLOADED: dict[str, Any] = {
    "id": "scim.4711",
    "version": "Date:2026-01-31",
    "directories": [
        {"id": "d1", "name": "Microsoft Entra ID", "objects": [
            {"name": "User", "attributes": [{"name": "objectId", "anchor": True, "type": "String"},
                                            {"name": "extension_1_card", "type": "String"}]}]},
        {"id": "d2", "name": "Acme", "objects": [
            {"name": ENTERPRISE, "attributes": [{"name": "id", "anchor": True, "type": "String"},
                                                {"name": "nickName", "type": "String"},
                                                {"name": "UserName", "type": "String", "required": False}]}]},
    ],
    "synchronizationRules": [{
        "id": "rule-of-this-job", "name": "USERGROUP_OUTBOUND_USERGROUP", "priority": 1, "metadata": [{"key": "k"}],
        "sourceDirectoryName": "Microsoft Entra ID", "targetDirectoryName": "Acme",
        "objectMappings": [
            {"sourceObjectName": "Group", "targetObjectName": GROUP, "enabled": True, "attributeMappings": []},
            {"sourceObjectName": "User", "targetObjectName": ENTERPRISE, "enabled": False, "scope": {"groups": []},
             "attributeMappings": [{"targetAttributeName": "nickName"}]}]}],
}  # fmt: skip


def test_the_mapping_goes_into_a_schema_that_was_downloaded(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "downloaded.json"
    file.write_text("\ufeff" + json.dumps(DOWNLOADED), encoding="utf-8")
    made = document(run, "ricoh", str(file), "--source", f"{CARD}=extension_1_card")
    check(made | {"synchronizationRules": [made["synchronizationRules"][0] | {"objectMappings": [
        one for one in made["synchronizationRules"][0]["objectMappings"] if one["enabled"]]}]})  # fmt: skip
    [rule] = made["synchronizationRules"]
    assert (made["id"], rule["id"], rule["metadata"]) == ("scim.4711", "rule-of-this-job", [{"key": "k"}])
    groups, users = rule["objectMappings"]
    assert (groups["enabled"], users["enabled"], users["scope"]) == (False, True, {"groups": []})
    assert "nickName" not in {flow["targetAttributeName"] for flow in users["attributeMappings"]}
    held = {one["name"]: one for one in made["directories"][1]["objects"][0]["attributes"]}
    assert held["UserName"]["required"] is True and "userName" not in held and "nickName" in held
    file.write_text(json.dumps(made), encoding="utf-8")
    assert document(run, "ricoh", str(file), "--source", f"{CARD}=extension_1_card") == made, "again changes nothing"


# -- mistakes ---------------------------------------------------------------------------------------------------------

NO_RULES = "is no provisioning schema: it has no synchronizationRules"
MISTAKES: list[tuple[str, list[str], str]] = [
    ("no target", ["--source", "mail"], "it is written TARGET=SOURCE"),
    ("no source", ["--source", "userName="], "it is written TARGET=SOURCE"),
    ("another target", ["--source", "nickName=mail"], "has no attribute nickName"),
    ("no expression", ["--source", "userName=[mail"], "is no source"),
    ("functions without end", ["--source", f"userName={'Not(' * 3000}[mail]{')' * 3000}"], "has 100 functions at most"),
    ("a bracket open", ["--source", "userName=Join([mail]"], "ends too early"),
    ("more than one", ["--source", "userName=[mail] [upn]"], "goes on where it should end"),
    ("a sign alone", ["--source", "userName=)"], "An expression is Function"),
    ("a broken constant", ["--source", 'userName="\\x"'], "is no source"),
    ("no file", ["--schema", "/nowhere.json"], "/nowhere.json cannot be read: No such file or directory."),
    ("no JSON", ["--schema", "{folder}/text"], "is not JSON."),
    ("another document", ["--schema", "{folder}/list"], NO_RULES),
    ("no rules", ["--schema", "{folder}/object"], NO_RULES),
    ("mappings that are none", ["--schema", "{folder}/mappings"], "are made in another way"),
    ("directories that are none", ["--schema", "{folder}/directories"], "are made in another way"),
    ("both forms", ["--schema", "--json"], "not allowed with"),
]


@pytest.mark.parametrize(("why", "options", "sentence"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_a_sentence_and_2(run: Run, tmp_path: Path, why: str, options: list[str], sentence: str) -> None:
    rule = {"sourceDirectoryName": "a", "targetDirectoryName": "b", "objectMappings": 5}
    files = {"text": "{", "list": "[]", "object": "{}", "mappings": json.dumps({"synchronizationRules": [rule]})}
    files["directories"] = json.dumps(DOWNLOADED | {"directories": [{"name": "Acme", "objects": [[]]}]})
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    status, out, err = run("ricoh", *(option.replace("{folder}", str(tmp_path)) for option in options))
    assert (status, out) == (2, "")
    assert sentence in err and "Traceback" not in err


def test_a_connection_that_is_not_there(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("ricoh")
    assert main(["entra", "mapping", "other", "--config", str(tmp_path / "gateway.toml")]) == 2
    assert capsys.readouterr().err == "There is no connection other; the configuration has acme.\n"
