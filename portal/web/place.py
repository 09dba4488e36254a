"""The place a page speaks for: whose name stands in the masthead, and whose telephone rings."""

from dataclasses import dataclass
from typing import Protocol

from flask import Flask, abort, g, request

from portal.web.i18n import choose_locale, reader_text
from portal.web.work import actor, house


class Words(Protocol):
    """A text of a pack: Simplified Chinese and English."""

    @property
    def zh(self) -> str:
        """In Simplified Chinese."""

    @property
    def en(self) -> str:
        """In English."""


@dataclass(frozen=True)
class Place:
    """The region a page speaks for, and the office to call."""

    region: str
    name: Words
    masthead: Words | None
    telephone: str
    office: Words
    hours: Words


def say(words: Words) -> str:
    """A text of a pack in the reader's language."""
    return words.en if choose_locale() == "en" else reader_text(words.zh)


def region_here() -> str:
    """The region of a request: named in its address, else the signed-in person's, else the first served."""
    named = (request.view_args or {}).get("region")
    if named is not None:
        return str(named) if named in house().regions else abort(404)
    own = actor().region
    return own if own in house().regions else house().regions[0]


def place_here() -> Place:
    """The place of this request, worked out once."""
    found: Place | None = g.get("place")
    if found is None:
        region = house().packs.regions[_region_or_first()]
        office = region.office(region.main_office)
        found = g.place = Place(
            region.id, region.name, region.masthead, office.phone, office.name, office.hours
        )
    return found


def _region_or_first() -> str:
    """As ``region_here``; an error page about a place that is not served still has a masthead."""
    named = (request.view_args or {}).get("region")
    return house().regions[0] if named is not None and named not in house().regions else region_here()


def install(app: Flask) -> None:
    """Let every template know its place."""
    app.jinja_env.filters["say"] = say
    app.jinja_env.filters["place_name"] = lambda region: say(house().packs.regions[region].name)
    app.jinja_env.globals["regions_served"] = lambda: house().regions
    app.context_processor(lambda: {"place": place_here()})
