"""Who calls: `Company\\login` with exactly one backslash, or the owner of a token (section 2 of the page)."""

from __future__ import annotations

import base64
import hmac

from simulators.http import Reply, as_html, as_json
from simulators.replicon.company import Company
from simulators.replicon.users import User


def caller(company: Company, authorization: str) -> User | None:
    """The user who calls; a disabled one cannot."""
    scheme, _, value = authorization.partition(" ")
    known = {"basic": _basic, "bearer": _bearer}.get(scheme.lower())
    user = known(company, value.strip()) if known else None
    return user if user and user.loginEnabled else None


def _bearer(company: Company, token: str) -> User | None:
    return company.users.get(company.tokens.get(token, ""))


def _basic(company: Company, value: str) -> User | None:
    try:
        account, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return None
    key, backslash, login = account.partition("\\")
    if not backslash or "\\" in login or key.casefold() != company.key.casefold():
        return None
    user = company.by_login(login)
    right = user is not None and user.password and hmac.compare_digest(user.password.encode(), password.encode())
    return user if right else None


def unauthorized(company: Company) -> Reply:
    """The opaque answer to wrong credentials."""
    if company.switches.auth_failure_body == "html":
        return as_html(401, "Unauthorized")
    return as_json({"error": {"details": {"displayText": "Invalid credentials"}}}, 401)
