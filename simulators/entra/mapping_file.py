"""A mapping of one's own, as a TOML file:

    match = ["userName"]                                # matching attributes in order of precedence

    [attributes]                                        # target attribute = source
    userName = "userPrincipalName"
    active = "Not([IsSoftDeleted])"
    'emails[type eq "work"].value' = "mail"             # an attribute of the people file
    preferredLanguage = '"en"'                          # a constant
    nickName = 'Join(" ", [givenName], [surname])'      # an expression
    "urn:ietf:params:scim:schemas:extension:Acme:2.0:User:tag" = "city"
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager" = "manager"

A row from `manager` to the manager is the reference, written after the users; any other source sends a text.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from simulators.entra.mapping import AttributeMapping
from simulators.entra.paths import ENTERPRISE

MANAGER = f"{ENTERPRISE}:manager"


def read_mapping(path: Path) -> tuple[AttributeMapping, bool]:
    """The mapping, and whether it has the manager as a reference. Raises ValueError with a sentence."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return _mapping(document)
    except OSError as error:
        raise ValueError(f"The mapping file {path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise ValueError(f"The mapping file {path} is not TOML: {error}.") from None
    except ValueError as error:
        raise ValueError(f"The mapping file {path}: {error}") from None


def _mapping(document: dict[str, Any]) -> tuple[AttributeMapping, bool]:
    if unknown := set(document) - {"match", "attributes"}:
        raise ValueError(f"there is no setting {min(unknown)}; there are match and attributes.")
    flows, match = document.get("attributes"), document.get("match", ["userName"])
    if not isinstance(flows, dict) or not flows:
        raise ValueError("the table attributes is missing or empty.")
    if wrong := [target for target, source in flows.items() if not isinstance(source, str) or not source.strip()]:
        raise ValueError(f"the source of {wrong[0]} must be a text; a constant is written '\"so\"'.")
    if not isinstance(match, list) or not all(isinstance(each, str) for each in match):
        raise ValueError("match must be a list of target attributes.")
    reference = flows.get(MANAGER) == "manager"
    if reference:
        del flows[MANAGER]
    return AttributeMapping(flows, tuple(match)), reference
