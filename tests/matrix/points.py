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

GROUP_CALLS: dict[str, dict[str, str]] = {
    "directory": {
        "create of a group": "read read find write create write write",
        "PATCH that adds members": "read read read amend",
        "PATCH that replaces members": "read get read read write read get read read amend write",
        "PATCH of name and members": "read get read write read get read write update get amend write write",
        "DELETE of a group": "read get delete write",
        "create again of a member of two groups": "find read read write find read get amend read get amend get update write",  # noqa: E501
    },
    "lists": {
        "PATCH that adds members": "read get read read update",
        "PATCH of name and members": "read get read write update write",
        "PUT of a group": "read get read write update get write write",
        "create again of a member of two groups": "find read read write find read get update get read get update get get update write",  # noqa: E501
    },
    "poor": {
        "create of a group, repeated blindly": "read read find write create write write",
        "PATCH that adds members": "read get read read write read get read read update write",
        "PATCH that replaces members": "read get read read write read get read read update write",
        "PATCH of name and members": "read get read write read get read write update write write",
        "DELETE of a group": "read get delete write",
        "create again of a member of two groups": "find read read write find read get write get update get write read get write get update get write get update write",  # noqa: E501
    },
    "kintone": {
        "create of a group, repeated blindly": "read read GET:groups GET:groups write GET:users POST:groups GET:groups write GET:user/groups PUT:user/groups write write GET:user/groups PUT:user/groups write GET:groups GET:group/users GET:group/users write write",  # noqa: E501
        "PATCH that adds members": "read read read GET:users write GET:user/groups PUT:user/groups write write GET:user/groups PUT:user/groups write",  # noqa: E501
        "PATCH that replaces members": "read GET:groups GET:group/users GET:group/users read read write read GET:groups GET:group/users GET:group/users read read GET:users GET:users write GET:user/groups PUT:user/groups write write GET:user/groups PUT:user/groups write write GET:user/groups PUT:user/groups write write",  # noqa: E501
        "PATCH of name and members": "read GET:groups GET:group/users GET:group/users read write read GET:groups GET:group/users GET:group/users read write GET:groups GET:groups PUT:groups GET:groups GET:group/users GET:group/users GET:users GET:users write GET:user/groups PUT:user/groups write write GET:user/groups PUT:user/groups write write write",  # noqa: E501
        "DELETE of a group": "read GET:groups GET:group/users GET:group/users DELETE:groups write",
        "create again of a member of two groups": "GET:users read read write GET:users GET:user/groups read GET:groups GET:users write GET:user/groups PUT:user/groups write read GET:groups GET:users write GET:user/groups PUT:user/groups write GET:users PUT:users GET:users write",  # noqa: E501
    },
}

BACKENDS = {
    "directory": "directory",
    "lists": "lists",
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


def changes(call: str) -> bool:
    """Whether a call may change something."""
    return not call.startswith(("read", "scan", "find", "get", "GET:"))


def table() -> str:
    """The calls as the page shows them: backends with the same calls share a row. Kintone's stand here only."""
    rows = ["| request | backend | calls |", "|---|---|---|"]
    every = [*CALLS.items(), *((name, calls) for name, calls in GROUP_CALLS.items() if name != "kintone")]
    for scene in dict.fromkeys(name for _, calls in every for name in calls if BLIND not in name):
        backends: dict[str, list[str]] = {}
        for connection, calls in every:
            if scene in calls:
                backends.setdefault(calls[scene], []).append(BACKENDS[connection])
        rows += [f"| {scene} | {', '.join(names)} | {made.replace(' ', ', ')} |" for made, names in backends.items()]
    return "\n".join(rows)
