"""Promises of an adapter as a whole: its settings, its check, and what an outage looks like."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Iterator
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from scim_adapter import (
    Adapter,
    AdapterError,
    Ask,
    Change,
    Delta,
    Denied,
    Get,
    Gone,
    New,
    Query,
    Resource,
    Unavailable,
)
from scim_adapter.testing.kit import Kit

SECRET = re.compile("passw|secret|token|api_?key|private_?key|credential", re.IGNORECASE)
STRANGER = "no_such_setting"


class Connecting(Kit):
    """Each test needs one of the fixtures `adapter`, `refused` and `unreachable`, and is skipped without it."""

    async def test_check_is_content_with_right_settings(self, adapter: Adapter[Any]) -> None:
        await adapter.check()

    async def test_check_says_denied_when_credentials_are_refused(self, refused: Adapter[Any]) -> None:
        with pytest.raises(Denied) as caught:
            await refused.check()
        self._tells_no_secret(refused, caught.value)

    async def test_check_says_unavailable_when_the_backend_is_away(self, unreachable: Adapter[Any]) -> None:
        with pytest.raises(Unavailable) as caught:
            await unreachable.check()
        self._tells_no_secret(unreachable, caught.value)

    async def test_refused_credentials_are_denied_by_every_verb(self, refused: Adapter[Any]) -> None:
        for resource in refused.resources():
            for verb, call in self._calls(resource):
                with pytest.raises(Denied) as caught:
                    await call
                    pytest.fail(f"{verb} of {resource.type} succeeds with credentials that are refused")
                self._tells_no_secret(refused, caught.value)

    async def test_an_outage_is_unavailable_to_every_verb(self, unreachable: Adapter[Any]) -> None:
        """Never NotFound and never an empty page: identity providers would create everybody again."""
        for resource in unreachable.resources():
            for verb, call in self._calls(resource):
                with pytest.raises(Unavailable) as caught:
                    await call
                    pytest.fail(f"{verb} of {resource.type} succeeds without a backend")
                self._tells_no_secret(unreachable, caught.value)

    async def test_resources_are_known_without_the_backend(self, unreachable: Adapter[Any]) -> None:
        types = [resource.type for resource in unreachable.resources()]
        assert types, "the adapter has no resources"
        assert len(types) == len(set(types)), f"the adapter has two resources of one type: {types}"
        assert all(resource.fields for resource in unreachable.resources()), "a mapping table is empty"

    async def test_settings_refuse_nonsense_and_name_all_of_it(self, adapter: Adapter[Any]) -> None:
        model, values = type(adapter.settings), _values(adapter.settings)
        assert isinstance(model.model_validate(values), model), "settings refuse what they accepted before"
        required = [name for name, field in model.model_fields.items() if field.is_required()]
        faulty = {name: value for name, value in values.items() if name not in required} | {STRANGER: "x"}
        told = _faults(model, faulty)
        assert STRANGER in told, 'settings take a name that does not exist: set model_config extra="forbid"'
        assert set(required) <= told, f"settings that are missing are not named together: {set(required) - told}"
        for name in model.model_fields:
            assert name in _faults(model, {**values, name: [{"nonsense": [object()]}]}), f"{name} takes nonsense"
        for name, value in self.nonsense.items():
            assert _faults(model, {**values, name: value}), f"{name} takes {value!r}"

    async def test_settings_never_print_secrets(self, adapter: Adapter[Any]) -> None:
        model, plain = type(adapter.settings), _plain(adapter.settings)
        for name, value in _values(adapter.settings).items():
            open_secret = isinstance(value, str) and value and SECRET.search(name)
            assert not open_secret, f"{name} looks like a secret and is no SecretStr"
        texts = [repr(adapter.settings), str(adapter.settings), adapter.settings.model_dump_json(), repr(adapter)]
        for name in [STRANGER, *model.model_fields]:
            try:
                model.model_validate({n: v for n, v in plain.items() if n != name} | {STRANGER: "x"})
            except ValidationError as error:
                texts.append(str(error))
        for secret in _secrets(adapter.settings):
            assert not [text for text in texts if secret in text], (
                "settings print a secret; SecretStr and hide_input_in_errors=True keep it out"
            )

    def _tells_no_secret(self, adapter: Adapter[Any], error: AdapterError) -> None:
        told = f"{error} {error.__cause__}"
        assert not [secret for secret in _secrets(adapter.settings) if secret in told], "an error tells a secret"

    def _calls(self, resource: Resource) -> Iterator[tuple[str, Awaitable[Any]]]:
        """One call of every verb that is declared, and of `get`."""
        ask, record = Ask("operation", time.monotonic() + 30), self.sample(resource, 1)
        before = {**record, resource.key: "1", **({resource.can.version: "1"} if resource.can.version else {})}
        yield "find", resource.find(Query(ask=ask))
        yield "get", resource.get(Get("1", ask=ask))
        if resource.declares("create"):
            yield "create", resource.create(New(record, ask))
        if resource.declares("update"):
            after = {**before, **self.sample(resource, 6)}
            yield "update", resource.update(Change("1", before, after, self.sample(resource, 6), ask=ask))
        members = [f for f in resource.fields.values() if not isinstance(f, str) and f.ref and f.many]
        if resource.declares("amend") and members:
            yield "amend", resource.amend(Delta("1", before, members[0].native, ["2"], [], ask))
        if resource.declares("delete"):
            yield "delete", resource.delete(Gone("1", before, ask=ask))


def _values(settings: BaseModel) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in type(settings).model_fields}


def _plain(settings: BaseModel) -> dict[str, Any]:
    """The settings as they are written in a configuration."""
    return {n: v.get_secret_value() if isinstance(v, SecretStr) else v for n, v in _values(settings).items()}


def _secrets(settings: BaseModel) -> list[str]:
    held = (value.get_secret_value() for value in _values(settings).values() if isinstance(value, SecretStr))
    return [secret for secret in held if secret]


def _faults(model: type[BaseModel], values: dict[str, Any]) -> set[str]:
    """The names of the settings in which something is wrong."""
    try:
        model.model_validate(values)
    except ValidationError as error:
        return {str(one["loc"][0]) if one["loc"] else "" for one in error.errors()}
    return set()
