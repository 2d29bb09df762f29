"""Where a company lives, by its key or by an access token of one of its users (section 2.1 of the page)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.replicon.company import Company
from simulators.replicon.envelope import Refused


def discovered(company: Company, headers: Mapping[str, str], body: Mapping[str, Any]) -> dict[str, Any]:
    """The company's address: here, under the name by which the client came."""
    if not (_by_key(company, body) or _by_token(company, body)):
        raise Refused("The company key is not known.", "InvalidTenantError1")
    root = f"http://{headers['host']}/"
    if company.switches.root_url_style == "host_with_company":
        root += f"{company.key}/"
    uri = f"urn:replicon-tenant:{company.slug}"
    named = {"displayText": company.key, "slug": company.slug, "companyKey": company.key, "uri": uri}
    return {"applicationRootUrl": root, "applicationRootUrls": [{"rootUrl": root}], "tenant": named}


def _by_key(company: Company, body: Mapping[str, Any]) -> bool:
    tenant = body.get("tenant")
    key = tenant.get("companyKey") if isinstance(tenant, Mapping) else None
    return isinstance(key, str) and key.casefold() == company.key.casefold()


def _by_token(company: Company, body: Mapping[str, Any]) -> bool:
    token = body.get("accessToken")
    return isinstance(token, str) and bool(company.tokens.get(token))
