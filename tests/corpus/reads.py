"""Lists: pages, order and projection (RFC 7644 3.4.2.3 to 3.4.2.5). Rows of the same form as those of filters."""

# ruff: noqa: E501 - a row is a line

from __future__ import annotations

from typing import NamedTuple

from tests.corpus.row import ALL, ENT, NOBODY


class Read(NamedTuple):
    """A query, the labels of the page in its order, how many there are in all, and the first one's attributes."""

    why: str
    query: str
    people: str
    total: int = 12
    shown: str = ""
    endpoint: str = "/Users"


BY_TITLE = "num cor dav ada iva tru zoe oma bab han str min"
EVERYTHING = "startIndex=1&count=100"

ROWS = [
    # 3.4.2.4 pages
    Read("everybody", "", ALL),
    Read("everybody, in pages that are larger", EVERYTHING, ALL),
    Read("the first page", "startIndex=1&count=5", "ada bab zoe oma cor"),
    Read("the second page", "startIndex=6&count=5", "iva dav han str tru"),
    Read("the last page", "startIndex=11&count=5", "num min"),
    Read("the last one", "startIndex=12&count=1", "min"),
    Read("behind the last one", "startIndex=13&count=5", NOBODY),
    Read("far behind", "startIndex=1000000&count=5", NOBODY),
    Read("count 0 counts", "count=0", NOBODY),
    Read("a negative count is 0", "count=-1", NOBODY),
    Read("startIndex 0 is 1 (Microsoft's collection)", "startindex=0&count=2", "ada bab"),
    Read("a negative startIndex is 1", "startIndex=-5&count=2", "ada bab"),
    Read("only startIndex", "startIndex=11", "num min"),
    Read("names of parameters ignore case", "STARTINDEX=11&Count=1", "num"),
    Read("an empty parameter is none", "startIndex=&count=", ALL),
    Read("unknown parameters do no harm", "aadOptscim062020&foo=bar&count=1", "ada"),
    Read("a filter and a page", "filter=active+eq+false&startIndex=2&count=1", "str", 2),
    Read("a filter and a count of 0", "filter=active+eq+false&count=0", NOBODY, 2),
    Read("a filter, encoded with %20", "filter=userName%20sw%20%22a%22", "ada", 1),
    Read("a plus sign inside a value, encoded with %20", "filter=displayName%20sw%20%22a+b%22", "cor", 1),
    Read("a plus sign inside a value, form-encoded", "filter=displayName+sw+%22a%2Bb%22", "cor", 1),
    Read("Microsoft's inbound client", "filter=active+eq+true+and+(meta.created+ge+%222026-01-10T00:00:00Z%22)&count=2&startIndex=1", "tru num", 3),
    # 3.4.2.3 order
    Read("by a text, which ignores case", "sortBy=userName", "num ada bab cor dav iva min oma str tru zoe han"),
    Read("ascending", "sortBy=userName&sortOrder=ascending", "num ada bab cor dav iva min oma str tru zoe han"),
    Read("descending", "sortBy=userName&sortOrder=descending", "han zoe tru str oma min iva dav cor bab ada num"),
    Read("sortOrder ignores case", "sortBy=userName&sortOrder=DESCENDING&count=1", "han"),
    Read("sortBy ignores case", "sortby=USERNAME&count=2", "num ada"),
    Read("who has no value is last", "sortBy=title", BY_TITLE),
    Read("who has no value is first when descending", "sortBy=title&sortOrder=descending", " ".join(reversed(BY_TITLE.split()))),
    Read("in pages: the first", "sortBy=title&count=4", "num cor dav ada"),
    Read("in pages: the third", "sortBy=title&startIndex=9&count=4", "bab han str min"),
    Read("by a part of a complex attribute", "sortBy=name.familyName&count=4", "bab ada oma zoe"),
    Read("by what is caseExact", "sortBy=externalId&count=3", "ada bab zoe"),
    Read("by a time", "sortBy=meta.lastModified&sortOrder=descending&count=3", "min num tru"),
    Read("by an extension's attribute: texts, not numbers", f"sortBy={ENT}:employeeNumber&count=4", "num ada bab zoe"),
    Read("by an extension's attribute without its URN", "sortBy=employeeNumber&count=3", "num ada bab"),
    Read("by a boolean", "sortBy=active&count=3", "iva str ada"),
    Read("by several values: the primary one, else the first", "sortBy=emails&count=5", "ada bab iva oma zoe"),
    Read("by several values: the primary one is not the first", "sortBy=entitlements&count=3", "iva bab ada"),
    Read("by a part of several values", "sortBy=emails.value&count=5", "ada bab iva oma zoe"),
    Read("by a chosen value", "sortBy=emails%5Btype%20eq%20%22home%22%5D.value&count=3", "ada zoe bab"),
    Read("order and filter", "sortBy=title&filter=userType+eq+%22Employee%22", "ada oma bab str", 4),
    Read("order, filter and page", "sortBy=title&filter=userType+eq+%22Employee%22&startIndex=2&count=2", "oma bab", 4),
    Read("sortOrder alone means nothing", "sortOrder=descending&count=2", "ada bab"),
    # 3.4.2.5 and 3.9 projection
    Read("attributes", "attributes=userName&count=1", "ada", shown="schemas id userName"),
    Read("attributes, several", "attributes=userName,title&count=1", "ada", shown="schemas id userName title"),
    Read("attributes, with blanks", "attributes=userName,%20title&count=1", "ada", shown="schemas id userName title"),
    Read("attributes, in any case", "attributes=USERNAME&count=1", "ada", shown="schemas id userName"),
    Read("attributes: id alone", "attributes=id&count=1", "ada", shown="schemas id"),
    Read("attributes: a part", "attributes=name.familyName&count=1", "ada", shown="schemas id name"),
    Read("attributes: what one lacks", "attributes=nickName&startIndex=2&count=1", "bab", shown="schemas id"),
    Read("attributes: what no schema knows", "attributes=shoeSize&count=1", "ada", shown="schemas id"),
    Read("attributes: what is never returned", "attributes=password,title&count=1", "ada", shown="schemas id title"),
    Read("attributes: an extension's attribute", f"attributes={ENT}:department&count=1", "ada", shown=f"schemas id {ENT}"),
    Read("attributes: an extension", f"attributes={ENT}&count=1", "ada", shown=f"schemas id {ENT}"),
    Read("attributes: chosen values (Microsoft's collection)", "attributes=emails%5Btype+eq+%22work%22%5D&count=1", "ada", shown="schemas id emails"),
    Read("attributes and a filter on another one", "attributes=title&filter=userName+eq+%22ivan%22", "iva", 1, "schemas id title"),
    Read("attributes and an order by another one", "attributes=id&sortBy=userName&count=1", "num", shown="schemas id"),
    Read("excludedAttributes", "excludedAttributes=title,emails,phoneNumbers,roles,entitlements,name,groups&startIndex=6&count=1", "iva", shown="schemas id userName active userType meta"),
    Read("excludedAttributes: id stays", "excludedAttributes=id,schemas,meta&startIndex=12&count=1", "min", shown="schemas id userName active"),
    Read("excludedAttributes: an extension", f"excludedAttributes={ENT},meta,groups&startIndex=11&count=1", "num", shown="schemas id userName active title"),
    Read("excludedAttributes: what no schema knows", "excludedAttributes=shoeSize,meta&startIndex=12&count=1", "min", shown="schemas id userName active"),
    # groups
    Read("all groups", "", "emp sub eng", 3, endpoint="/Groups"),
    Read("groups without members", "excludedAttributes=members,meta", "emp sub eng", 3, "schemas id displayName externalId", "/Groups"),
    Read("Entra matches a group", "excludedAttributes=members&filter=displayName+eq+%22engineers%22", "eng", 1, "schemas id externalId displayName meta", "/Groups"),
    Read("Entra's reference check", "filter=displayName+eq+%22Engineers%22+and+members+pr&attributes=id", "eng", 1, "schemas id", "/Groups"),
    Read("groups in order", "sortBy=displayName&sortOrder=descending", "sub eng emp", 3, endpoint="/Groups"),
    Read("groups, the second page", "startIndex=2&count=1", "sub", 3, endpoint="/Groups"),
]  # fmt: skip

REFUSED = [
    ("a count that is no number", "count=many", "invalidValue"),
    ("a startIndex that is no number", "startIndex=1.5", "invalidValue"),
    ("an order that there is not", "sortBy=userName&sortOrder=upwards", "invalidValue"),
    ("an order by what no schema knows", "sortBy=shoeSize", "invalidValue"),
    ("an order by a complex attribute without a value", "sortBy=name", "invalidValue"),
    ("an order by what is never returned", "sortBy=password", "invalidValue"),
    ("attributes and excludedAttributes", "attributes=title&excludedAttributes=emails", "invalidValue"),
    ("a filter that is none", "filter=userName+like+%22x%22", "invalidFilter"),
    ("an empty filter", "filter=", "invalidFilter"),
]
