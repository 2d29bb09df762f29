"""Whatever is sent, the answer is a SCIM message and never a 500: good requests with something wrong put into them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.features import USER
from tests.conformance.generated import OPERATIONS
from tests.conformance.poor import document
from tests.conformance.surface import PATCH_OP, Surface
from tests.corpus.row import CORE, ENT
from tests.corpus.test_filters import FOUND, REFUSED
from tests.corpus.test_patches import ROWS

QUICK = settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
NAMES = st.sampled_from(
    ["userName", "schemas", "id", "meta", "emails", "members", "name", "value", "$ref", "type", "primary", "op", "path",
     "Operations", ENT, CORE, "manager", "", "emails[", 'emails[type eq "work"].value', "password", "active", "groups",
     "filter", "attributes", "count", "startIndex", "sortBy", "externalId", "x509Certificates"]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=12), NAMES,
    st.sampled_from([10**400, -0.0, 1e308, "\ud800", "\x00", "a" * 5000, "2026-13-99T99:99:99Z", "True"]),
    st.just('{"value":{}}'),
)  # fmt: skip
ANY = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=4)
)
OPERATED = st.sampled_from([one for row in ROWS if isinstance(row.operations, list) for one in row.operations])


@st.composite
def spoiled(draw: st.DrawFn, good: st.SearchStrategy[Any]) -> Any:
    """A good document with one place of it replaced by anything, or taken away."""
    whole = json.loads(json.dumps(draw(good)))
    places = list(_places(whole))
    if not places:
        return draw(ANY)
    holder, key = draw(st.sampled_from(places))
    if draw(st.booleans()):
        del holder[key]
    else:
        holder[key] = draw(ANY)
    return whole


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield node, key
        yield from _places(value)


PATCHES = st.lists(OPERATED | OPERATIONS | spoiled(OPERATED) | ANY, max_size=3).map(
    lambda steps: {"schemas": [PATCH_OP], "Operations": steps}
)
RESOURCES = st.fixed_dictionaries(
    {"schemas": st.just([CORE, ENT])}, optional={"userName": st.text(max_size=8), "displayName": st.text(max_size=8)}
)
FULL: dict[str, Any] = {
    **USER, "name": {"givenName": "A"}, "addresses": [{"country": "GB"}], "roles": [{"value": "r"}], "displayName": "A",
    "members": [{"value": "x"}], ENT: {"department": "D", "manager": {"value": "x"}},
}  # fmt: skip
FILTERS = st.sampled_from([text for row in (*FOUND, *REFUSED) if len(text := str(row[1])) < 500])
BROKEN = st.builds(lambda a, b, n: a[:n] + b + a[n:], FILTERS, st.text(max_size=3), st.integers(0, 40))
TEXTS = FILTERS | st.text(max_size=20) | BROKEN
ASKABLE = ["filter", "sortBy", "sortOrder", "attributes", "excludedAttributes", "startIndex", "count", "cursor"]
PARAMETERS = st.dictionaries(
    st.sampled_from(ASKABLE),
    TEXTS | st.sampled_from(["userName", "emails.value", "-1", "99999999999999999999", "descending", ENT, "1e9", "٣"]),
    max_size=3,
)
PLACES = st.sampled_from(
    ["/Users", "/Groups", "/Users/{id}", "/Groups/{group}", "/Users/nobody", "/Users/.search", "/.search", "/Schemas",
     "/", "/Me", "/Bulk", "/ServiceProviderConfig", "/ResourceTypes/User", "/Users/%00", "/Users/%ff",
     "/Users/{id}/more", "//"]
)  # fmt: skip
METHODS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"])
HEADERS = st.dictionaries(
    st.sampled_from(["if-match", "if-none-match", "accept", "content-type"]),
    st.sampled_from(["*", "", '"', 'W/"x"', "text/plain", "\xff", ",,", "a" * 3000]),
    max_size=2,
)


NONE: st.SearchStrategy[Any] = st.just({})
CHANGES = PATCHES | spoiled(PATCHES)
WRITTEN = RESOURCES | spoiled(st.just(FULL)) | spoiled(st.just(FULL)).flatmap(lambda once: spoiled(st.just(once)))
SEARCHED = PARAMETERS | spoiled(PARAMETERS) | st.dictionaries(st.sampled_from(ASKABLE), ANY, max_size=3)


PART = st.sampled_from(["x", "https://g.example/acme/scim/v2/Users/x", "User", "Group"]) | LEAVES
MEMBER = st.fixed_dictionaries({}, optional=dict.fromkeys(("value", "$ref", "type", "display"), PART))
MEMBERS = MEMBER | st.lists(MEMBER | PART, max_size=3)
ABOUT_MEMBERS = st.builds(
    lambda op, path, value: {"Operations": [{"op": op, "path": path, "value": value}]},
    st.sampled_from(["add", "remove", "replace"]),
    st.sampled_from(
        ["members", "members.value", 'members[value eq "x"]', 'members[type eq "User"]', "members[$ref pr]"]
    ),
    MEMBERS,
)


def _request(method: Any, place: Any, parameters: Any = NONE, body: Any = NONE, headers: Any = NONE) -> Any:
    return st.tuples(method, place, parameters, body, headers)


REQUESTS = st.one_of(
    _request(st.just("PATCH"), st.sampled_from(["/Users/{id}", "/Groups/{group}"]), NONE, CHANGES),
    _request(st.just("PUT"), st.sampled_from(["/Users/{id}", "/Groups/{group}"]), NONE, WRITTEN),
    _request(st.just("POST"), st.sampled_from(["/Users", "/Groups"]), NONE, WRITTEN),
    _request(st.just("PATCH"), st.just("/Groups/{group}"), NONE, ABOUT_MEMBERS),
    _request(st.just("GET"), st.sampled_from(["/Users", "/Groups", "/Users/{id}", "/"]), PARAMETERS),
    _request(st.just("POST"), st.sampled_from(["/Users/.search", "/Groups/.search", "/.search"]), NONE, SEARCHED),
    _request(METHODS, PLACES, PARAMETERS, ANY | CHANGES | WRITTEN, HEADERS),
)


@pytest.fixture(scope="module", params=["directory", "poor"])
def surface(request: pytest.FixtureRequest) -> Iterator[Surface]:
    poor = document("tests.conformance.poor:PoorAdapter", {})
    made = Surface(document("directory", {"path": ":memory:"}) if request.param == "directory" else poor)
    yield made
    made.close()


def answered(surface: Surface, request: Any) -> None:
    """One request; what the gateway raises would be raised here."""
    method, place, parameters, body, headers = request
    names = {}
    for endpoint, sent in (("/Users", {"userName": "ada"}), ("/Groups", {"displayName": "team"})):
        made = surface.ask("POST", endpoint, sent).json()
        first = surface.ask("GET", endpoint, params={"count": 1}).json()["Resources"][0]
        names[endpoint] = made.get("id") or first["id"]
    path = place.replace("{id}", names["/Users"]).replace("{group}", names["/Groups"])
    query = "&".join(f"{name}={quote(value, errors='replace')}" for name, value in parameters.items())
    raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    answer = surface.ask(method, f"{path}?{query}" if query else path, body, list(raw.items()))
    assert answer.status_code < 500 or (answer.status_code == 501 and path == "/Me"), answer.text
    if answer.content:
        said = answer.json()
        assert isinstance(said["schemas"], list)
        assert answer.status_code < 400 or (said["status"] == str(answer.status_code) and len(said["detail"]) < 400)
    again = surface.ask("GET", "/Users", params={"count": 50})
    assert again.status_code == 200, "whatever was stored can be read"


test_no_input_is_answered_by_a_500 = QUICK(given(request=REQUESTS)(answered))
test_no_input_of_many_is_answered_by_a_500 = pytest.mark.slow(LONG(given(request=REQUESTS)(answered)))
