"""One person: looked up, created, linked, updated, deactivated, reactivated. Never deleted."""

from __future__ import annotations

from dataclasses import replace

from simulators.okta.answers import Json, accepted, listed, resource
from simulators.okta.client import Client, Failed
from simulators.okta.people import Person
from simulators.okta.profile import create_body, status_patch, update_body, written
from simulators.okta.report import Report
from simulators.okta.state import Link, State

KIND = "Users"


class Users:
    """Okta's side of all accounts of the app."""

    def __init__(self, client: Client, state: State, report: Report, *, by_patch: bool, password: bool) -> None:
        self._client, self._state, self._report = client, state, report
        self._target = client.target
        self._by_patch, self._password = by_patch, password

    def assigned(self, person: Person) -> None:
        """Somebody who is to have an account with this profile."""
        link = self._state.user(person.id)
        if link.active and not link.task and link.written == written(person):
            self._report.did("users", "unchanged")
            return
        try:
            action, target_id = self._provision(person, link)
        except Failed as why:
            self._task(replace(link, login=person.login), person.login, why)
            return
        self._state.keep_user(Link(person.id, target_id, person.login, written(person), active=True))
        self._report.did("users", action)

    def removed(self, link: Link) -> None:
        """Somebody who was suspended, deactivated or unassigned."""
        try:
            self._deactivate(link.target_id)
        except Failed as why:
            self._task(link, link.login, why)
            return
        self._state.keep_user(replace(link, active=False, task="", retried=0))
        self._report.did("users", "deactivated")

    def _provision(self, person: Person, link: Link) -> tuple[str, str]:
        """Who is not linked, or was removed from the app, is looked up first."""
        if link.active and link.target_id:
            self._put(link.target_id, person, link.written)
            return "updated", link.target_id
        if found := self._state.imported(person.login) or self._find(person):
            return self._attach(person, found, link.written)
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
        body = create_body(person, password=self._password)
        return str(resource(self._client.send("POST", self._target.all(KIND), body), 201)["id"])

    def _attach(self, person: Person, target_id: str, before: str) -> tuple[str, str]:
        owner = self._state.owner(target_id)
        if owner and owner != person.id:
            raise Failed("looking for the user: the account found is linked to another person")
        got = self._put(target_id, person, before, active=None if self._by_patch else True)
        if got.get("active") is True:
            return "linked", target_id
        if self._by_patch:
            self._patch(target_id, active=True)
        return "reactivated", target_id

    def _deactivate(self, target_id: str) -> None:
        if self._by_patch:
            self._patch(target_id, active=False)
            return
        got = self._get(target_id)
        resource(self._client.send("PUT", self._target.one(KIND, target_id), {**got, "active": False}), 200)

    def _patch(self, target_id: str, *, active: bool) -> None:
        after = accepted(self._client.send("PATCH", self._target.one(KIND, target_id), status_patch(active)))
        self._compare(after, active)

    def _put(self, target_id: str, person: Person, before: str, active: bool | None = None) -> Json:
        """GET, then PUT of the whole; gives what was read."""
        got = self._get(target_id)
        body = update_body(got, person, before)
        if active is not None:
            body["active"] = active
        resource(self._client.send("PUT", self._target.one(KIND, target_id), body), 200)
        return got

    def _get(self, target_id: str) -> Json:
        return resource(self._client.send("GET", self._target.one(KIND, target_id)), 200)

    def _compare(self, after: Json | None, active: bool) -> None:
        if after is not None and after.get("active") is not active:
            self._report.warn(f"a PATCH of active to {str(active).lower()} was answered with another active")

    def _task(self, link: Link, who: str, why: Failed) -> None:
        retried = link.retried + 1 if link.task else 0
        task = self._report.fail("users", who, str(why), retried)
        self._state.keep_user(replace(link, task=task.why, retried=retried))
