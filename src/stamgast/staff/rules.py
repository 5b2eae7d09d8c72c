"""Who may do what: the one place that answers it."""

from __future__ import annotations

# What each role may do. A verb on a thing, as a colleague would say it.
_EVERYONE = {"see customers", "see base", "see orders"}
_CARE = {"write interactions", "write tasks", "write consents"}
_GRANTS: dict[str, set[str]] = {
    "service": _EVERYONE | _CARE | {"edit customers"},
    "marketer": _EVERYONE
    | _CARE
    | {"see margin", "import files", "mend rows", "export customers", "run scoring", "edit products"},
    "analyst": _EVERYONE | {"see margin", "export customers", "run scoring"},
    "privacy": _EVERYONE
    | {"write consents", "export person", "erase person", "merge customers", "see audit"},
}
_ADMIN_ONLY = {"edit settings", "manage users", "manage keys", "see calls"}
VERBS = frozenset(set().union(*_GRANTS.values()) | _ADMIN_ONLY)
_GRANTS["admin"] = set(VERBS)


def may(role: str, verb: str) -> bool:
    """Say whether this role may do this; refuses a verb that does not exist."""
    if verb not in VERBS:
        raise ValueError(f"no such permission: {verb!r}")
    return verb in _GRANTS.get(role, set())


SCOPES = frozenset(
    {
        "customers:read",
        "customers:write",
        "consents:write",
        "products:read",
        "products:write",
        "orders:read",
        "orders:write",
        "contracts:write",
        "interactions:read",
        "interactions:write",
        "scores:read",
    }
)
