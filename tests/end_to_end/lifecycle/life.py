"""What Entra does with one person, step by step, and what must then be true on both sides."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from tests.end_to_end.lifecycle.conversation import FLAG, Conversation
from tests.end_to_end.lifecycle.system import CORE, Json


class Life(Conversation):
    """A life, whole or in its steps."""

    def lived(self) -> None:
        """A whole life."""
        self.connects()
        self.matches()
        self.begins()
        self.keeps()
        self.changes()
        self.rests()
        self.renames()
        if self.differs.get("groups", True):
            self.belongs()
        else:
            assert self.place.scim("GET", "/Groups").status_code == 404
        self.ends()
        self.returns()

    def connects(self) -> None:
        """Test Connection, which searches for nobody."""
        self.forget()
        answer = self.scim("GET", self.search("c3f0-4d22"))
        assert (answer.status_code, answer.json()["totalResults"], answer.json()["Resources"]) == (200, 0, [])
        self.called("connects", writes=False)

    def matches(self) -> None:
        found = self.scim("GET", self.search(self.login))
        assert (found.status_code, found.json().get("totalResults")) == (200, 0), found.text
        self.called("matches", writes=False)

    def begins(self) -> None:
        self.forget()
        created = self.scim("POST", f"/Users{FLAG if self.flag else ''}", self.person(self.login))
        assert created.status_code == 201, created.text
        self.called("creates")
        self.user, self.id = created.json(), str(created.json()["id"])
        sent = {name: value for name, value in self.person(self.login).items() if name != "schemas"}
        for name, value in sent.items():
            assert name in self.loses or self.user.get(name) == value, (
                f"{name} comes back as it was sent, not as {self.user.get(name)}"
            )
        assert self.account(self.login)[self.system.enabled] in (True, 1)
        found = self.scim("GET", self.search(self.login))
        assert [_known(one) for one in found.json()["Resources"]] == [_known(self.user)]
        self.called("finds", writes=False)
        read = self.scim("GET", f"/Users/{self.id}")
        assert read.json() == self.user or self.loses
        self.called("reads", writes=False)
        again = self.scim("POST", "/Users", self.person(self.login))
        assert (again.status_code, again.json()["id"]) == (201, self.id), "the same again is answered alike"
        self.called("is repeated", writes=False)
        taken = self.scim("POST", "/Users", {**self.person(self.login), "displayName": "Somebody else"})
        assert (taken.status_code, taken.json()["scimType"]) == (409, "uniqueness"), taken.text
        assert self.logins() == {self.login}, "nobody was made beside"
        self.called("is taken", writes=False)

    def keeps(self) -> None:
        """What is there already costs no write."""
        same = self.change({"displayName": "Jane Roe", "active": True})
        assert (same.status_code, same.json()["active"]) == (200, True), same.text
        self.called("keeps", writes=False)

    def changes(self) -> None:
        path, value, native = self.system.changed
        changed = self.change({path: value})
        assert changed.status_code == 200, changed.text
        self.called("changes")
        assert _at(changed.json(), path) == value
        assert native(self.account(self.login)) == value

    def rests(self) -> None:
        """Disabled, still there, changed in between, and enabled."""
        disabled = self.change({"active": False})
        if self.differs.get("disables") == "gone":
            return self._gone(disabled)
        assert (disabled.status_code, disabled.json()["active"]) == (200, False), disabled.text
        self.called("disables")
        assert self.account(self.login)[self.system.enabled] in (False, 0)
        found = self.scim("GET", self.search(self.login)).json()["Resources"]
        assert [(one["id"], one["active"]) for one in found] == [(self.id, False)], "who is disabled can be matched"
        path, _, native = self.system.changed
        moved = self.change({path: "Else"})
        assert (moved.status_code, moved.json()["active"]) == (200, False), "a change enables nobody"
        assert (native(self.account(self.login)), self.account(self.login)[self.system.enabled]) == ("Else", False)
        self.forget()
        enabled = self.change({"active": True})
        assert (enabled.status_code, enabled.json()["active"]) == (200, True), enabled.text
        self.called("enables")
        assert self.account(self.login)[self.system.enabled] in (True, 1)
        return None

    def _gone(self, disabled: httpx.Response) -> None:
        """A backend that deletes who is disabled: nothing fails, and the person comes back as another one."""
        assert (disabled.status_code, self.logins()) == (200, set()), disabled.text
        self.scim("DELETE", f"/Users/{self.id}")
        again = self.scim("POST", "/Users", self.person(self.login))
        assert again.status_code == 201, again.text
        self.user, self.id = again.json(), str(again.json()["id"])

    def renames(self) -> None:
        self.forget()
        renamed = self.change(dict.fromkeys(self.system.renamed, self.new))
        if (refused := self.differs.get("renames")) is not None:
            assert (renamed.status_code, self.logins()) == (refused, {self.login}), renamed.text
            self.new = self.login
            return
        assert renamed.status_code == 200, renamed.text
        assert (renamed.json()["userName"], renamed.json()["id"]) == (self.new, self.id)
        self.called("renames")
        assert self.logins() == {self.new}
        assert self.account(self.new)[self.system.enabled] in (True, 1)
        other = self.scim("POST", "/Users", self.person(self.twin))
        assert other.status_code == 201, other.text
        refused = self.change(dict.fromkeys(self.system.renamed, self.new), other.json()["id"])
        assert (refused.status_code, refused.json()["scimType"]) == (409, "uniqueness"), refused.text
        assert self.logins() == {self.new, self.twin}

    def belongs(self) -> None:
        """In and out of a group, which is renamed and deleted."""
        name, other = f"Team {self.number}", f"Crew {self.number}"
        made = self.scim("POST", "/Groups", {"schemas": [f"{CORE}:Group"], "displayName": name})
        assert made.status_code == 201, made.text
        group = f"/Groups/{made.json()['id']}"
        assert self.place.held().groups[name] == frozenset()
        for _ in range(2):
            assert self.patch(group, {"op": "Add", "path": "members", "value": [{"value": self.id}]}) in (200, 204)
            assert self.place.held().groups[name] == {self.new}
        assert [one["value"] for one in self.scim("GET", group).json()["members"]] == [self.id]
        assert self.patch(group, {"op": "Replace", "path": "displayName", "value": other}) in (200, 204)
        found = self.scim("GET", f"/Groups?filter={quote(f'displayName eq {chr(34)}{other}{chr(34)}')}").json()
        assert [one["id"] for one in found["Resources"]] == [made.json()["id"]]
        for _ in range(2):
            assert self.patch(group, self._removal()) in (200, 204)
            assert self.place.held().groups[other] == frozenset()
        gone = self.scim("DELETE", group).status_code
        if (refused := self.differs.get("dissolves")) is not None:
            assert (gone, self.place.held().groups[other]) == (refused, frozenset())
            return
        assert gone == 204 or (gone == 404 and self.trouble)
        assert self.scim("GET", group).status_code == 404
        assert not {name, other} & self.place.held().groups.keys()

    def _removal(self) -> Json:
        if self.flag:
            return {"op": "remove", "path": f'members[value eq "{self.id}"]'}
        return {"op": "Remove", "path": "members", "value": [{"value": self.id}]}

    def ends(self) -> None:
        self.forget()
        deleted = self.scim("DELETE", f"/Users/{self.id}")
        assert deleted.status_code in ((204, 404) if self.trouble else (204,)), "404 to a repeat"
        self.called(f"deletes, {self.place.policy}")
        if (self.place.policy == "delete" and not self._remains) or self.differs.get("disables") == "gone":
            assert self.new not in self.logins()
        else:
            assert self.account(self.new)[self.system.enabled] in (False, 0)
        for method in ("GET", "DELETE"):
            assert self.scim(method, f"/Users/{self.id}").status_code == 404
        assert self.scim("GET", self.search(self.new)).json()["totalResults"] == int(self._remains)

    def returns(self) -> None:
        before = self.logins() - {self.new}
        if self._remains:  # somebody whom the gateway does not know: matched and enabled, as Entra does
            [found] = self.scim("GET", self.search(self.new)).json()["Resources"]
            again = self.change({"active": True}, found["id"])
        else:
            again = self.scim("POST", "/Users", self.person(self.new))
        assert (again.status_code, again.json()["id"] != self.id) == (200 if self._remains else 201, True), again.text
        assert self.account(self.new)[self.system.enabled] in (True, 1)
        assert self.logins() == before | {self.new}
        assert self.scim("GET", f"/Users/{self.id}").status_code == 404, "the old id stays gone"

    @property
    def _remains(self) -> bool:
        return self.place.policy == "delete" and bool(self.differs.get("remains"))


def _known(resource: Json) -> Json:
    """A resource without the time that the gateway may know of its creation, which long lists leave out."""
    return {**resource, "meta": {name: value for name, value in resource["meta"].items() if name != "created"}}


def _at(resource: Json, path: str) -> Any:
    urn, _, rest = path.rpartition(":")
    for part in [urn, *rest.split(".")] if urn else rest.split("."):
        resource = resource[part]
    return resource
