"""Every call that the requests of the crash matrix make, in order: each is killed before and after it."""

CALLS: dict[str, dict[str, str]] = {
    "directory": {
        "create": "find write create write",
        "create, repeated blindly": "find write create write",
        "create again": "find read read write find update write",
        "create again, repeated blindly": "find read read write find update write",
        "PATCH": "read get update",
        "PATCH of active": "read get update",
        "PATCH of the userName": "read get write update write",
        "PUT": "read get update",
        "DELETE": "read get update write",
        "PATCH of members": "read read amend",
    },
    "directory-delete": {
        "DELETE for good": "read get delete write",
    },
    "poor": {
        "create": "find write create write",
        "create, repeated blindly": "find write create write",
        "create again": "find read read write find update write",
        "PATCH": "read get write read get update write",
        "PATCH of the userName": "read get write read get write update write write",
        "PUT": "read get write read get update write",
        "DELETE": "read get write read get update write write",
        "PATCH of members": "read get read write read get read update get write write",
    },
    "ledger": {
        "create": "find write create get write",
        "create, repeated blindly": "find write create get write",
        "create again": "find read read write update get write",
        "create again, repeated blindly": "find read read write update get write",
        "first sight": "find read write",
        "PATCH": "read get update get",
        "PATCH of a kept attribute": "read get write",
        "PATCH of active": "read get update get",
        "PATCH of the userName": "read get write update get write",
        "DELETE": "read get update get write",
    },
    "ledger-adopt": {
        "create that adopts": "find read read write write update get read write",
        "create that adopts, repeated blindly": "find read read write write update get read write",
    },
    "logins": {
        "create": "find write create get write",
        "create, repeated blindly": "find write create get write",
        "create again": "find read read write update get write",
        "create again, repeated blindly": "find read read write update get write",
        "first sight": "find read read read write",
        "PATCH": "read get update get",
        "PATCH of a kept attribute": "read get write",
        "PATCH of the userName": "read get write read get write update get read write read write",
        "PUT": "read get update get",
        "DELETE": "read get update get write",
    },
    "logins-delete": {
        "DELETE for good": "read get delete write",
    },
    "replicon": {
        "create": "BulkGetUsers3 write CreateUserOrApplyModifications DisableLogin BulkGetUsers3 write",
        "create, repeated blindly": "BulkGetUsers3 write CreateUserOrApplyModifications DisableLogin BulkGetUsers3 write",  # noqa: E501
        "create again": "BulkGetUsers3 read read write CreateUserOrApplyModifications BulkGetUsers3 write",
        "PATCH": "read BulkGetUsers3 CreateUserOrApplyModifications BulkGetUsers3",
        "PATCH of the userName": "read BulkGetUsers3 write CreateUserOrApplyModifications BulkGetUsers3 write",
        "DELETE": "read BulkGetUsers3 DisableLogin BulkGetUsers3 write",
    },
}

BACKENDS = {
    "directory": "directory",
    "directory-delete": "directory",
    "poor": "poor",
    "ledger": "reading back",
    "ledger-adopt": "reading back",
    "logins": "key",
    "logins-delete": "key",
    "replicon": "Replicon",
}
"""What the page of the identity map calls the connections of the matrix."""
BLIND = ", repeated blindly"
"""The same request, repeated in another way."""


def table() -> str:
    """The calls as the page shows them: backends with the same calls share a row."""
    rows = ["| request | backend | calls |", "|---|---|---|"]
    for scene in dict.fromkeys(name for calls in CALLS.values() for name in calls if BLIND not in name):
        backends: dict[str, list[str]] = {}
        for connection, calls in CALLS.items():
            if scene in calls:
                backends.setdefault(calls[scene], []).append(BACKENDS[connection])
        rows += [f"| {scene} | {', '.join(names)} | {made.replace(' ', ', ')} |" for made, names in backends.items()]
    return "\n".join(rows)
