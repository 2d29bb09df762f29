"""Defects of adapters as a whole: their settings, their check, and what they make of an outage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr

from scim_adapter import Denied, Get, Native, NotFound, Page, Query, Resource, Unavailable
from tests.kit.memory import MemoryAdapter, MemorySettings, People
from tests.kit.mutants import adapter_found_by


@adapter_found_by("test_check_is_content_with_right_settings", "refused")
class NeverContent(MemoryAdapter):
    async def check(self) -> None:
        raise Denied("The token is refused.")


class _AlwaysContent(MemoryAdapter):
    async def check(self) -> None:
        return


@adapter_found_by("test_check_says_denied_when_credentials_are_refused", "DID NOT RAISE")
class ChecksNoCredentials(_AlwaysContent):
    pass


@adapter_found_by("test_check_says_unavailable_when_the_backend_is_away", "DID NOT RAISE")
class ChecksNothing(_AlwaysContent):
    pass


@adapter_found_by("test_check_says_denied_when_credentials_are_refused", "Something")
class DeniedIsAnOutage(MemoryAdapter):
    async def check(self) -> None:
        raise Unavailable("Something went wrong.")


@adapter_found_by("test_check_says_denied_when_credentials_are_refused", "tells a secret")
class QuotesTheToken(MemoryAdapter):
    async def check(self) -> None:
        raise Denied(f"The token {self.settings.token.get_secret_value()} is refused.")


@adapter_found_by("test_check_says_unavailable_when_the_backend_is_away", "Something")
class AnOutageIsDenied(MemoryAdapter):
    async def check(self) -> None:
        raise Denied("Something went wrong.")


class _EmptyWhenInTrouble(People):
    async def find(self, query: Query) -> Page:
        return Page() if self.state.trouble else await super().find(query)


class _GoneWhenInTrouble(People):
    async def get(self, get: Get) -> Native:
        if self.state.trouble:
            raise NotFound("Nobody has this key.")
        return await super().get(get)


@adapter_found_by("test_refused_credentials_are_denied_by_every_verb", "find of User succeeds")
class RefusedMeansEmpty(MemoryAdapter):
    def resources(self) -> Sequence[Resource]:
        return [_EmptyWhenInTrouble(self.state)]


@adapter_found_by("test_an_outage_is_unavailable_to_every_verb", "find of User succeeds")
class AnOutageMeansEmpty(RefusedMeansEmpty):
    pass


@adapter_found_by("test_an_outage_is_unavailable_to_every_verb", "Nobody has this key")
class AnOutageMeansGone(MemoryAdapter):
    def resources(self) -> Sequence[Resource]:
        return [_GoneWhenInTrouble(self.state)]


@adapter_found_by("test_resources_are_known_without_the_backend", "no resources")
class AsksWhatThereIs(MemoryAdapter):
    def resources(self) -> Sequence[Resource]:
        return [] if self.state.trouble else super().resources()


@adapter_found_by("test_resources_are_known_without_the_backend", "two resources")
class HasUsersTwice(MemoryAdapter):
    def resources(self) -> Sequence[Resource]:
        return [People(self.state), People(self.state)]


class _Lenient(MemorySettings):
    model_config = ConfigDict(extra="ignore")


@adapter_found_by("test_settings_refuse_nonsense_and_name_all_of_it", "does not exist")
class TakesUnknownSettings(MemoryAdapter):
    Settings = _Lenient


class _Untyped(MemorySettings):
    size: Any = 10


@adapter_found_by("test_settings_refuse_nonsense_and_name_all_of_it", "size takes")
class TakesAnySize(MemoryAdapter):
    Settings = _Untyped


class _Open(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    url: str
    token: str


@adapter_found_by("test_settings_never_print_secrets", "is no SecretStr")
class PrintsItsToken(MemoryAdapter):
    Settings = _Open  # type: ignore[assignment]

    def trouble(self) -> Exception | None:
        return None


class _Talkative(MemorySettings):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=False)


@adapter_found_by("test_settings_never_print_secrets", "print a secret")
class QuotesItsInput(MemoryAdapter):
    Settings = _Talkative


class _Unmasked(MemorySettings):
    def __repr__(self) -> str:
        return f"{self.url} {self.token.get_secret_value()}"


@adapter_found_by("test_settings_never_print_secrets", "print a secret")
class ShowsItself(MemoryAdapter):
    Settings = _Unmasked


def connected(kind: type[MemoryAdapter], url: str = "here", token: str = "right-token") -> MemoryAdapter:
    """An adapter of this kind, by its own settings."""
    plain = kind.Settings is _Open  # type: ignore[comparison-overlap]
    return kind(kind.Settings(url=url, token=token if plain else SecretStr(token)))  # type: ignore[arg-type]
