"""The settings of a directory, and what it can do natively under them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from scim_adapter import Can

from .paging import Finder, Paging
from .schema import Shape
from .search import Place


class DirectorySettings(BaseModel):
    """Where the directory lives, and which of its abilities it hides, so that it can play a poorer backend."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        description="A file, made when it is missing, or :memory: for a directory that forgets.", min_length=1
    )
    native_filters: bool = Field(
        default=True, description="Searches natively; otherwise a search answers with everything."
    )
    native_sort: bool = Field(default=True, description="Sorts natively.")
    native_paging: Paging = Field(
        default="offset",
        description="`offset` with totals, `cursor` without them, or `none`: everything in one answer.",
    )
    native_versions: bool = Field(
        default=True, description="Records have a version, and a change of an old one is refused."
    )
    native_partial: bool = Field(
        default=True, description="A change sends what differs; otherwise it replaces whole records."
    )
    native_amend: bool = Field(
        default=True, description="Members are added and removed by themselves; otherwise with the whole list."
    )
    native_repeats: bool = Field(
        default=True, description="A repeated create answers with what it made; otherwise it fails."
    )


def finder(settings: DirectorySettings, shape: Shape, places: Mapping[str, Place]) -> Finder:
    """How one table is searched under these settings."""
    sorts = {name: place for name, place in places.items() if place.sql is not None}
    return Finder(
        replace(shape, versions=settings.native_versions),
        places if settings.native_filters else {},
        sorts if settings.native_sort else {},
        settings.native_paging,
    )


def can(settings: DirectorySettings, finder: Finder) -> Can:
    """What the engine may ask of a resource that is searched like this."""
    return Can(
        filter={name: place.ops for name, place in finder.places.items()},
        sort=frozenset(finder.sorts),
        offset=settings.native_paging == "offset",
        version="version" if settings.native_versions else None,
        partial=settings.native_partial,
        repeatable_create=settings.native_repeats,
    )
