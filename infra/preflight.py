"""`python -m infra.preflight`: whether gateway.toml and the parameters of the templates fit; azd runs it first."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from infra.configuration import ROOT, Configuration, Mistake, read, refuse_a_lost_map

TOKEN_LENGTH = 16
LISTS = ("connections", "secretNames")


def parameters(folder: Path) -> tuple[Path, Mapping[str, list[str]]]:
    """The file that azd takes parameters from, and what it lists. `Mistake` when it cannot be read."""
    path = folder / "main.bicepparam"
    try:
        if path.exists():
            return path, {name: _listed(path.read_text(encoding="utf-8"), name) for name in LISTS}
        path = folder / "main.parameters.json"
        given = json.loads(path.read_text(encoding="utf-8"))["parameters"]
        return path, {name: list(given[name]["value"]) for name in LISTS}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Mistake(f"{path} cannot be used ({type(error).__name__}: {error}).") from None


def _listed(source: str, name: str) -> list[str]:
    found = re.search(rf"^param {name} = \[(.*?)\]", source, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"there is no list {name}")
    return re.findall(r"'([^']*)'", found[1])


def faults(configuration: Configuration, path: Path, given: Mapping[str, list[str]]) -> Iterator[str]:
    """Sentences about what differs between configuration and parameters."""
    for name, wanted in (("connections", configuration.connections), ("secretNames", configuration.secrets)):
        if set(given[name]) != wanted:
            yield f"{name} in {path.name} must be {json.dumps(sorted(wanted))}, as gateway.toml has it."


def names(configuration: Configuration) -> Iterator[str]:
    """Sentences about variables whose secrets Key Vault would not take, or could not tell apart."""
    secrets: dict[str, str] = {}
    for name in sorted(configuration.secrets):
        if not re.fullmatch(r"[A-Za-z]\w{0,99}", name, re.ASCII):
            yield f"{name} cannot name a secret: letters, digits and _ only, and a letter first."
        other = secrets.setdefault(name.lower(), name)
        if other != name:
            yield f"{other} and {name} would be one secret: Key Vault does not tell capital letters from small ones."


def notes(configuration: Configuration, environment: Mapping[str, str]) -> Iterator[str]:
    """Sentences about secrets that are not in the environment."""
    missing = sorted(name for name in configuration.secrets if not environment.get(name))
    if missing:
        yield f"No value here for {', '.join(missing)}: each keeps the value that the vault has, if it has one."


def packages(configuration: Configuration, root: Path) -> Iterator[str]:
    """Sentences about packages that a build in Azure would leave out, because it reads requirements.txt alone."""
    told = (root / "requirements.txt").read_text(encoding="utf-8")
    for name in configuration.requirements[1:]:
        if f"-r {name}" not in told:
            how = f"`make package` adds it; azd does if requirements.txt has a line -r {name}."
            yield f"gateway.toml needs {name}. {how}"


def short(configuration: Configuration, environment: Mapping[str, str]) -> Iterator[str]:
    """Sentences about tokens that the gateway would refuse."""
    for name in sorted(configuration.secrets):
        told = environment.get(name, "")
        if "TOKEN" in name and told and len(told) < TOKEN_LENGTH:
            yield f"{name} has {len(told)} characters; a token has at least {TOKEN_LENGTH}."


def mangled(configuration: Configuration, path: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Sentences about secrets that azd would not bring through a JSON file: it puts their text in as it is."""
    for name in sorted(configuration.secrets) if path.suffix == ".json" else ():
        told = environment.get(name, "")
        if json.dumps(told, ensure_ascii=False) != f'"{told}"':
            yield (
                f"{name} has a quotation mark, a backslash or a line break, which azd would read as JSON: "
                "use infra/main.bicepparam, or leave it out here and put it into the vault."
            )


def main(arguments: list[str]) -> int:
    """Print what is wrong and exit with 1, or say that all is well."""
    parser = argparse.ArgumentParser(prog="python -m infra.preflight", description=__doc__)
    parser.add_argument("--config", type=Path, default=ROOT / "gateway.toml", metavar="FILE")
    parser.add_argument("--parameters", type=Path, default=ROOT / "infra", metavar="FOLDER")
    chosen = parser.parse_args(arguments)
    try:
        configuration = read(chosen.config)
        refuse_a_lost_map(configuration)
        path, given = parameters(chosen.parameters)
    except Mistake as mistake:
        print(mistake, file=sys.stderr)
        return 2
    wrong = [*faults(configuration, path, given), *names(configuration), *short(configuration, os.environ)]
    wrong += mangled(configuration, path, os.environ)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    for sentence in (*notes(configuration, os.environ), *packages(configuration, ROOT)):
        print(sentence)
    if not wrong:
        print(f"{chosen.config.name} and {path.name} fit together.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
