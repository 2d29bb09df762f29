"""Permission sets, products and groups of one user, read and written one by one (section 4.6 of the page)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.replicon.company import Company
from simulators.replicon.envelope import Refused, missing
from simulators.replicon.groups import KINDS
from simulators.replicon.targets import by_uri
from simulators.replicon.users import User
from simulators.replicon.values import date_range

Body = Mapping[str, Any]
LISTS = {kind.schedule: field for field, kind in KINDS.items() if kind.schedule}
"""Groups by the schedule that writes them."""


def permission_sets(company: Company, caller: User, body: Body) -> Any:
    """Every permission set of the company."""
    return [company.groups.reference("permissionSets", name) for name in company.groups.names("permissionSets")]


def assign_permission_set(company: Company, caller: User, body: Body) -> Any:
    """Give a user one permission set more."""
    user = by_uri(company, body)
    name = _named(company, "permissionSets", body.get("permissionSetUri"), "permissionSetUri")
    company.change(user, permissionSets=tuple(dict.fromkeys((*user.permissionSets, name))))


def products(company: Company, caller: User, body: Body) -> Any:
    """The products (licences) of a user."""
    return [company.groups.reference("products", name) for name in by_uri(company, body).products]


def put_products(company: Company, caller: User, body: Body) -> Any:
    """Put these products in the place of all that a user has."""
    user, uris = by_uri(company, body), body.get("productUris")
    if not isinstance(uris, list):
        raise missing("productUris")
    names = [_named(company, "products", uri, "productUris") for uri in uris]
    company.change(user, products=tuple(dict.fromkeys(names)))


def group_membership(company: Company, caller: User, body: Body) -> Any:
    """A user's groups, a list for each kind."""
    user = by_uri(company, body)
    return {f"{field}s": _membership(company, field, getattr(user, field)) for field in LISTS.values()}


def _membership(company: Company, field: str, name: str | None) -> list[dict[str, Any]]:
    if name is None:
        return []
    return [{"dateRange": date_range(None, None), field: {field: company.groups.reference(field, name)}}]


def _named(company: Company, field: str, uri: Any, parameter: str) -> str:
    name = company.groups.named(field, {"uri": uri}) if isinstance(uri, str) and uri else None
    if name is None:
        raise Refused(f"Invalid {parameter}. There is no such {KINDS[field].word}.", "InvalidUriParameterError1")
    return name
