"""One person: looked up, created, linked, updated, deactivated, reactivated. Never deleted."""

from __future__ import annotations

from dataclasses import replace

from simulators.okta.answers import Json, accepted, listed, resource
from simulators.okta.client import Client, Failed
from simulators.okta.links import Link
from simulators.okta.options import Options
from simulators.okta.people import Person
from simulators.okta.profile import patch_body, sealed
from simulators.okta.report import Report
from simulators.okta.state import State

KIND = "Users"


class Users:
    """Okta's side of all accounts of the app."""

    def __init__(self, options: Options, client: Client, state: State, report: Report) -> None:
        self._client, self._state, self._report = client, state, report
        self._target, self._mapping = client.target, options.mapping
        self._by_patch, self._passwords = options.status_by_patch, options.password

    def assigned(self, person: Person) -> None:
        """Somebody who is to have an account with this profile."""
        before = self._state.links.get(person.id)
        password = (sealed(person) if self._passwords else "") or before.password
        after = Link(person.id, before.target_id, person.login, self._mapping.written(person), password, active=True)
        if before == after:
            self._report.did("users", "unchanged")
            return
        try:
            action, target_id = self._provision(person, before, after)
        except Failed as why:
            self._task(replace(before, login=person.login), person.login, why)
            return
        self._state.links.keep(replace(after, target_id=target_id))
        self._report.did("users", action)

    def removed(self, link: Link) -> None:
        """Somebody who was suspended, deactivated or unassigned."""
        try:
            self._deactivate(link.target_id)
        except Failed as why:
            self._task(link, link.login, why)
            return
        self._state.links.keep(replace(link, active=False, task="", retried=0))
        self._report.did("users", "deactivated")

    def _provision(self, person: Person, before: Link, after: Link) -> tuple[str, str]:
        """Who is not linked, or was removed from the app, is looked up first."""
        secret = {"password": person.password} if after.password != before.password else {}
        if before.active and before.target_id:
            if before.task or before.written != after.written or not self._by_patch:
                self._put(before.target_id, person, before, secret)
            self._patch(before.target_id, secret)
            return "updated", before.target_id
        if found := self._state.imported.find(person.login) or self._find(person):
            return self._attach(person, found, before, secret)
        return "created", self._create(person)

    def _find(self, person: Person) -> str:
        answer = self._client.send("GET", self._target.search(KIND, "userName", person.login))
        found = listed(answer, absent_is_empty=True).resources
        if len(found) > 1:
            raise Failed(f"looking for the user: {len(found)} users have this userName")
        if not found:
            return ""
        if str(found[0].get("userName", "")).casefold() != person.login.casefold():
            raise Failed("looking for the user: the filter was answered with somebody else")
        return str(found[0]["id"])

    def _create(self, person: Person) -> str:
        body = self._mapping.create_body(person, password=self._passwords)
        return str(resource(self._client.send("POST", self._target.all(KIND), body), 201)["id"])

    def _attach(self, person: Person, target_id: str, before: Link, secret: Json) -> tuple[str, str]:
        owner = self._state.links.owner(target_id)
        if owner and owner != person.id:
            raise Failed("looking for the user: the account found is linked to another person")
        got = self._put(target_id, person, before, {"active": True, **secret})
        inactive = got.get("active") is not True
        self._patch(target_id, {**({"active": True} if inactive else {}), **secret})
        return "reactivated" if inactive else "linked", target_id

    def _deactivate(self, target_id: str) -> None:
        if self._by_patch:
            self._patch(target_id, {"active": False})
            return
        got = self._get(target_id)
        resource(self._client.send("PUT", self._target.one(KIND, target_id), {**got, "active": False}), 200)

    def _patch(self, target_id: str, values: Json) -> None:
        """Status and password, each in a request of its own, where this is not done by PUT."""
        for name, value in values.items() if self._by_patch else ():
            body = patch_body({name: value})
            after = accepted(self._client.send("PATCH", self._target.one(KIND, target_id), body))
            if name == "active" and after is not None and after.get(name) is not value:
                self._report.warn(f"a PATCH of active to {str(value).lower()} was answered with another active")

    def _put(self, target_id: str, person: Person, before: Link, values: Json) -> Json:
        """GET, then PUT of the whole; gives what was read. `values` are for those who do not PATCH."""
        got = self._get(target_id)
        body = self._mapping.update_body(got, person, before.written) | ({} if self._by_patch else values)
        resource(self._client.send("PUT", self._target.one(KIND, target_id), body), 200)
        return got

    def _get(self, target_id: str) -> Json:
        return resource(self._client.send("GET", self._target.one(KIND, target_id)), 200)

    def _task(self, link: Link, who: str, why: Failed) -> None:
        retried = link.retried + 1 if link.task else 0
        task = self._report.fail("users", who, str(why), retried)
        self._state.links.keep(replace(link, task=task.why, retried=retried))
