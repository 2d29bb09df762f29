"""The quality scale: what an adapter's file says is checked where a machine can check it, and the page is current.

`python -m tests.gateway.test_cli_quality` writes the table into the page.
"""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationInfo, field_validator
from pydantic import Field as Setting

from gateway.cli import main
from gateway.cli.installed import example
from gateway.cli.new_adapter import TEMPLATE
from gateway.cli.quality import FILE, GRADES, RULES, Mark, QualityRefused, grade, markdown, marks_of, read
from gateway.guard import ROOT
from gateway.registry import adapter_class, claims
from scim.mapping import Table
from scim.schemas import USERS
from scim_adapter import Adapter

PAGE = ROOT / "docs" / "reference" / "quality.md"
BUNDLED = {claim.name: claim for claim in claims() if claim.point is None}
BEGIN, END = "<!-- the table -->", "<!-- end of the table -->"
PROVEN = {rule for rule in RULES if rule not in ("strict-settings", "native-match", "real-system")}
"""Rules that are done only with a proof that can be opened; of the others two are checked here in full."""
SECRET = re.compile(r"(password|secret|token|jwt|api_key|private_key)$", re.IGNORECASE)


def said(name: str) -> Mapping[str, Mark]:
    """What the file of a bundled adapter says."""
    marks = marks_of(BUNDLED[name])
    assert marks is not None, f"adapters/{name}/{FILE} is missing; docs/reference/quality.md has the rules"
    return marks


def doing(rule: str) -> list[str]:
    """The bundled adapters that say of a rule that it is done."""
    marks = {name: marks_of(claim) for name, claim in BUNDLED.items()}
    return [name for name, one in marks.items() if one and one[rule].state == "done"]


def opened(name: str) -> Adapter[Any]:
    """A bundled adapter with example settings."""
    found = adapter_class(name)
    return found(example(found.Settings))


# -- every bundled adapter ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bundled_adapter_reaches_bronze_and_says_something_of_every_rule(name: str) -> None:
    assert grade(said(name)) in GRADES


@pytest.mark.parametrize("name", [name for name, claim in BUNDLED.items() if marks_of(claim)])
def test_what_is_done_has_a_proof_that_is_there(name: str) -> None:
    for rule, mark in said(name).items():
        assert mark.text or mark.state != "done" or rule not in PROVEN, f"{rule} needs a proof"
        for proof in mark.text.split(", ") if mark.state == "done" and mark.text else ():
            path, _, test = proof.partition("::")
            assert (ROOT / path).exists(), f"{rule}: {path}"
            assert not test or re.search(rf"^(async )?def {test}\(", (ROOT / path).read_text(), re.MULTILINE), proof


@pytest.mark.parametrize("name", doing("contract-kit"))
def test_every_resource_type_has_a_class_of_the_kit(name: str) -> None:
    text = "\n".join((ROOT / path).read_text() for path in said(name)["contract-kit"].text.split(", "))
    assert f"adapters.{name}" in text
    assert len(list(kit_classes(text))) >= len(opened(name).resources())


def kit_classes(text: str) -> Iterator[str]:
    """Test classes that inherit the kit, directly or from a class beside them."""
    heirs = {"ResourceContract"}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef) and heirs & {base.id for base in node.bases if isinstance(base, ast.Name)}:
            heirs.add(node.name)
            if node.name.startswith("Test"):
                yield node.name


@pytest.mark.parametrize("name", doing("strict-settings"))
def test_settings_are_strict_described_and_hide_their_secrets(name: str) -> None:
    settings = adapter_class(name).Settings
    assert settings.model_config.get("extra") == "forbid"
    for field, info in settings.model_fields.items():
        assert info.description, field
        assert not (SECRET.search(field) and str in parts(info.annotation)), f"{field} must be a SecretStr"


def parts(annotation: Any) -> set[Any]:
    """A type and everything that it is made of."""
    return {annotation}.union(*(parts(one) for one in typing.get_args(annotation)))


@pytest.mark.parametrize("name", doing("native-match"))
def test_a_user_name_is_searched_natively(name: str) -> None:
    users = next(one for one in opened(name).resources() if one.type == "User")
    native = Table(users.fields, USERS).by_path["userName"].field.native
    assert users.can.filter.get(native, frozenset()) & {"eq", "eq-exact"}


@pytest.mark.parametrize("name", doing("call-counts"))
def test_call_counts_are_stated(name: str) -> None:
    stated = inspect.getdoc(inspect.getmodule(adapter_class(name))) or ""
    assert re.search(r"\bcalls\b", stated + page_of(name), re.IGNORECASE)


@pytest.mark.parametrize("name", doing("page"))
def test_the_page_names_every_setting_and_every_attribute(name: str) -> None:
    """That its tables are those of the code, tests/test_docs.py compares."""
    paths = [path for one in opened(name).resources() for path in one.fields]
    wanted = {*adapter_class(name).Settings.model_fields, *(path.removesuffix(".value") for path in paths)}
    assert not [one for one in wanted if f"`{one}" not in page_of(name)]


def page_of(name: str) -> str:
    return "\n".join((ROOT / path).read_text() for path in said(name)["page"].text.split(", ") if path)


def test_the_page_has_the_table_as_it_is_now() -> None:
    assert table() in PAGE.read_text(), "run python -m tests.gateway.test_cli_quality"


def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapters", "--quality"]) == 0
    assert capsys.readouterr().out == table() + "\n"


def table() -> str:
    return markdown({name: marks for name, claim in BUNDLED.items() if (marks := marks_of(claim))})


# -- the scale itself --------------------------------------------------------------------------------------------------

DONE = {rule: "done" for rule in RULES}


@pytest.mark.parametrize(
    ("todo", "reached"),
    [((), "gold"), (("scale",), "silver"), (("repeats",), "bronze"), (("check",), ""), (("check", "scale"), "")],
)
def test_a_grade_needs_its_rules_and_those_below(todo: tuple[str, ...], reached: str) -> None:
    assert grade(read({**DONE, **{rule: {"todo": "later"} for rule in todo}}, FILE)) == reached


def test_an_exempt_rule_does_not_count() -> None:
    assert grade(read({**DONE, "check": {"exempt": "no credentials"}}, FILE)) == "gold"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({**DONE, "colour": "done"}, "quality.toml knows no rule colour."),
    ({k: v for k, v in DONE.items() if k != "page"}, "quality.toml says nothing of page."),
    ({**DONE, "page": "yes"}, "page must be"), ({**DONE, "page": True}, "page must be"),
    ({**DONE, "page": {"exempt": ""}}, "page must be"), ({**DONE, "page": {"exempt": " "}}, "page must be"),
    ({**DONE, "page": {"later": "x"}}, "page must be"), ({**DONE, "page": {"todo": "x", "done": "y"}}, "page must be"),
    ({**DONE, "page": "todo"}, "page must be"), ({**DONE, "page": "exempt"}, "page must be"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "sentence"), WRONG)
def test_a_file_that_is_wrong_is_refused_with_a_sentence(document: dict[str, Any], sentence: str) -> None:
    with pytest.raises(QualityRefused, match=re.escape(sentence)):
        read(document, FILE)


def test_the_proofs_are_really_looked_at() -> None:
    """The helpers above find what they look for, and nothing else."""
    classes = {"A": "ResourceContract", "TestB": "A", "TestC": "Other", "TestD": "ResourceContract"}
    text = "\n".join(f"class {name}({parent}): ..." for name, parent in classes.items())
    assert list(kit_classes(text)) == ["TestB", "TestD"]
    assert str in parts(str | None) and str in parts(list[str])
    assert str not in parts(SecretStr | None)


def test_the_template_of_a_file_in_the_page_is_complete() -> None:
    """What an author copies from the page is a file that can be read."""
    [block] = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    marks = read(tomllib.loads(block), FILE)
    assert read(tomllib.loads((TEMPLATE / "src" / "scim_adapter_staff" / FILE).read_text()), FILE) == marks
    for proof in (mark.text for mark in marks.values() if mark.state == "done" and mark.text):
        assert (TEMPLATE / proof).exists()


class Example(BaseModel):
    """Settings that need several kinds of values, and one of two ways to sign in."""

    url: str = Setting(pattern="^https://")
    number: int
    zone: str = Setting(pattern="^[A-Z][a-z]+/[A-Z][a-z]+$", examples=["Asia/Tokyo"])
    key: SecretStr | None = None
    login: str = ""
    password: SecretStr | None = Setting(default=None, validate_default=True)

    @field_validator("password")
    @classmethod
    def _one(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if bool(info.data.get("key")) == bool(value and info.data["login"]):
            raise ValueError("give a key, or login and password")
        return value


def test_examples_fit_settings_of_any_kind() -> None:
    made = example(Example)
    assert isinstance(made, Example)
    assert (made.url, made.number, made.zone) == ("https://example.com", 1, "Asia/Tokyo")
    assert made.key and made.password is None


if __name__ == "__main__":
    before, _, rest = PAGE.read_text().partition(BEGIN)
    Path(PAGE).write_text(f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.partition(END)[2]}")
