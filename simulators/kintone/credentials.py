"""Who calls: a login with its password, or an API token; behind the site's own Basic authentication (section 3)."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping

from simulators.kintone.errors import Refused
from simulators.kintone.operations import DANGEROUS
from simulators.kintone.site import ADMINISTRATORS, Site


def passes_site(site: Site, headers: Mapping[str, str]) -> bool:
    """Whether the site's Basic authentication, if it has one, lets a call through."""
    if not site.basic:
        return True
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return scheme.lower() == "basic" and _same(_decoded(value), site.basic)


def admit(site: Site, headers: Mapping[str, str], operation: str) -> None:
    """`Refused` unless the caller may do this."""
    account = headers.get("x-cybozu-authorization")
    if account is not None:
        _by_password(site, _decoded(account), operation)
        return
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise _unknown(site, "CB_AU01")
    if not site.token or not _same(token, site.token):
        raise _unknown(site, "CB_WA01")
    scope = site.switches.token_scope
    if (not operation.startswith("GET ") and scope == "read") or (operation in DANGEROUS and scope != "dangerous"):
        raise Refused("CB_NO02", status=403)


def _by_password(site: Site, account: str, operation: str) -> None:
    login, _, password = account.partition(":")
    user = site.by_code(login)
    if user is None or not user.valid or not user.password or not _same(password, user.password):
        raise _unknown(site, "CB_WA01")
    if site.switches.two_factor:
        raise _unknown(site, "CB_TW02")
    administrators = site.group(ADMINISTRATORS)
    if not operation.startswith("GET ") and (administrators is None or administrators.id not in user.groups):
        raise Refused("CB_NO02", status=403)


def _unknown(site: Site, code: str) -> Refused:
    return Refused(code, status=site.switches.auth_failure_status)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except ValueError:
        return ""
