"""Every rule of the URL map, with addresses that lead somewhere and those whom the portal led there."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from portal.domain.staff import Role
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.claims import ClaimRecord
from portal.web.access import Access, audience_of
from tests.attacks.county import County, Person

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

# What no page links to and no form names.
_SOUND = {"locale": "en", "version": "0", "filename": "style.css", "clause_id": "5.4.2", "page": "1"}


@dataclass(frozen=True)
class Door:
    """An address and a method; ``keepers`` are those to whom one of our pages showed it.

    ``fields`` are those of the form that stood there, so that it is no slip in it that is refused.
    """

    rule: str
    endpoint: str
    access: Access
    roles: frozenset[Role]
    method: str
    path: str
    keepers: frozenset[str]
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def is_somebodys(self) -> bool:
        """Whether the address names something that belongs to one person or one county."""
        return "<" in self.rule and bool(self.keepers) and not self.rule.startswith(_FOR_ALL)


_FOR_ALL = ("/desk/rosters/template/", "/desk/audit/export/", "/claims/new/")
"""Rules whose arguments name a form or a kind and nobody's things."""


def list_doors(county: County) -> list[Door]:
    """Every rule with every method of its own, and every address that was met on a page."""
    met: dict[tuple[str, str], set[str]] = defaultdict(set)
    for who, path in county.pages:
        met["GET", path.split("?")[0]].add(who)
    fields: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for form in county.forms:
        place = form.method, form.action.split("?")[0]
        met[place].add(form.who)
        fields[place] = {name: value or "1" for name, value in reversed(form.fields) if name != "csrf_token"}
    routes = county.app.url_map.bind("127.0.0.1")
    doors, known = [], dict(_SOUND)
    for (method, path), keepers in met.items():
        rule, values = routes.match(path, method=method, return_rule=True)
        known |= {name: str(value) for name, value in values.items()}
        door = _door(county.app, rule, method, path, frozenset(keepers))
        doors.append(replace(door, fields=tuple(fields[method, path].items())))
    reached = {(door.method, door.rule) for door in doors}
    unmet = [
        _door(county.app, rule, method, _address(county.app, rule, known), frozenset())
        for rule in county.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})
        if (method, rule.rule) not in reached
    ]
    return [*doors, *unmet]


def pick_one_of_each(doors: list[Door], county: County) -> list[Door]:
    """One address for each rule and method, of each kind of keeper."""
    picked: dict[object, Door] = {}
    for door in doors:
        kinds = frozenset((county.people[who].kind, county.people[who].role) for who in door.keepers)
        picked.setdefault((door.rule, door.method, bool(kinds)), door)
    return list(picked.values())


def may_open(county: County, door: Door, visitor: Person) -> bool | None:
    """Whether a visitor may; None where they may or may not, and no page told."""
    if visitor.name in door.keepers:
        return True
    if door.access in (Access.PUBLIC, Access.ANYONE, Access.PROGRAM):
        return True
    if door.access is Access.INTERNAL or not _is_of_the_kind(door, visitor):
        return False
    if not door.is_somebodys:
        return None if "<" in door.rule else True
    if door.access is not Access.STAFF:
        return None if "claimant" in door.keepers and _is_own_claim(county, door, visitor) else False
    keepers = [county.people[who] for who in door.keepers]
    if all(keeper.region != visitor.region for keeper in keepers):
        return False
    if visitor.town is not None and _town_of(county, door) not in (None, visitor.town):
        return False
    return None


def _is_of_the_kind(door: Door, visitor: Person) -> bool:
    if door.access is Access.STAFF:
        return visitor.kind == "staff" and (
            not door.roles or visitor.role in {str(each) for each in door.roles}
        )
    return {
        Access.SIGNED_IN: visitor.kind != "nobody",
        Access.CITIZEN: visitor.kind == "citizen",
        Access.CLAIMANT: visitor.kind == "claimant",
    }[door.access]


def _is_own_claim(county: County, door: Door, visitor: Person) -> bool:
    with county.house.database.reading() as session:
        number = door.path.split("/")[2]
        owner = session.scalars(select(ClaimRecord.person_id).where(ClaimRecord.number == number)).first()
    return visitor.kind == "citizen" and owner == visitor.row


def _town_of(county: County, door: Door) -> str | None:
    """The town of the villager whom an address at the desk concerns, as far as it names one."""
    parts = door.path.split("/")
    if len(parts) < 4 or not parts[3].isdecimal():
        return None
    query = select(PersonRecord.town)
    if parts[2] == "claims":
        query = query.join(ClaimRecord, ClaimRecord.person_id == PersonRecord.id)
        query = query.where(ClaimRecord.id == int(parts[3]))
    elif parts[2] == "people":
        query = query.where(PersonRecord.id == int(parts[3]))
    else:
        return None
    with county.house.database.reading() as session:
        return session.scalars(query).first()


def _door(app: Flask, rule: Rule, method: str, path: str, keepers: frozenset[str]) -> Door:
    audience = audience_of(app, rule)
    assert audience is not None
    return Door(rule.rule, rule.endpoint, *audience, method, path, keepers)


def _address(app: Flask, rule: Rule, known: Mapping[str, str]) -> str:
    values = {name: known.get(name, "1") for name in rule.arguments}
    if "any(csv" in rule.rule or "any(xlsx" in rule.rule:
        values[(rule.arguments & {"form", "kind"}).pop()] = "csv"
    return app.url_map.bind("127.0.0.1").build(rule.endpoint, values)


def iterate_visitors(county: County) -> Iterator[Person]:
    """Somebody of each kind and role, here and in another county, and villagers of several villages."""
    villages = set()
    for person in county.people.values():
        if person.kind != "citizen":
            yield person
        elif (person.region, person.village) not in villages:
            villages.add((person.region, person.village))
            yield person
