"""Where a text is silent or unclear: what was chosen, for pages that must say so."""

from collections.abc import Iterable

from portal.content.regions import Reading
from portal.content.toml import Text
from portal.services.work import House


def list_all(house: House, region_id: str) -> list[Reading]:
    """Every reading of a region, as its pack has them, those of the region it lies in first."""
    return list(house.packs.get(region_id).readings.values())


def list_shown(house: House, region_id: str, ids: Iterable[str]) -> list[Text]:
    """What a villager must be told of these readings, in order."""
    known = house.packs.get(region_id).readings
    return [known[each].chosen for each in ids if each in known and known[each].shown_to_citizens]
