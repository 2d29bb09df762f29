"""Everything that the gateway expects of an adapter, in one class."""

from __future__ import annotations

from typing import ClassVar

import httpx
import pytest
from fake_staff import TOKEN, FakeStaff
from pydantic import SecretStr
from scim_adapter_staff import StaffAdapter, StaffSettings

from scim_adapter import Resource
from scim_adapter.testing import ResourceContract


def staff(transport: httpx.AsyncBaseTransport, token: str = TOKEN) -> StaffAdapter:
    """An adapter that talks to a fake."""
    return StaffAdapter(StaffSettings(url="https://staff.example.com", token=SecretStr(token)), transport=transport)


def nobody_there(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("Connection refused")


class TestPeople(ResourceContract):
    nonsense: ClassVar = {"url": "ftp://staff.example.com", "token": ""}

    @pytest.fixture
    def resource(self, adapter: StaffAdapter) -> Resource:
        return adapter.resources()[0]

    @pytest.fixture
    def adapter(self) -> StaffAdapter:
        return staff(FakeStaff().transport)

    @pytest.fixture
    def refused(self) -> StaffAdapter:
        return staff(FakeStaff().transport, token="wrong-token")

    @pytest.fixture
    def unreachable(self) -> StaffAdapter:
        return staff(httpx.MockTransport(nobody_there))
