"""All systems."""

from __future__ import annotations

from tests.end_to_end.lifecycle.directory import DIRECTORY
from tests.end_to_end.lifecycle.kintone import KINTONE
from tests.end_to_end.lifecycle.replicon import REPLICON
from tests.end_to_end.lifecycle.scim import SCIM
from tests.end_to_end.lifecycle.vendors import RFPIO, RICOH, RINGCENTRAL

SYSTEMS = (DIRECTORY, REPLICON, KINTONE, SCIM, RINGCENTRAL, RFPIO, RICOH)
