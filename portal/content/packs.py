"""The policy packs in ``kb/regions``: read together, checked together, refused together.

A pack is a folder of files: ``region.toml`` (places, offices, claims, questions, readings), ``rules.toml``
(dated values, decision tables, conditions of claims) and ``cases.toml`` (worked examples, read by
``portal.content.cases``), ``movements.toml`` (what may be done with money).
``docs/add-a-region.md`` shows them from the editor's side.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from portal.content.bank_layouts import read_bank_layouts
from portal.content.calendar import read_calendar
from portal.content.documents import Documents
from portal.content.movements import LedgerRules, load_ledger_rules
from portal.content.pack_reader import PackReader
from portal.content.problems import BrokenContent, Problem
from portal.content.regions import Region
from portal.domain.deadlines import WorkingCalendar
from portal.domain.errors import Refusal
from portal.domain.payments import BankLayout
from portal.domain.rulebook import Rulebook


class UnknownRegion(Refusal):
    """There is no policy pack for this region."""

    code: ClassVar[str] = "unknown_region"


@dataclass(frozen=True)
class Packs:
    """Everything the rules rest on: the texts, the regions and their money movements by id, the calendar."""

    documents: Documents
    regions: Mapping[str, Region]
    ledgers: Mapping[str, LedgerRules]
    bank_layouts: Mapping[str, BankLayout]
    calendar: WorkingCalendar

    def get(self, region_id: str) -> Region:
        """Give a region by its id, or refuse with ``UnknownRegion``."""
        if region_id not in self.regions:
            raise UnknownRegion(region=region_id)
        return self.regions[region_id]

    def __iter__(self) -> Iterator[Region]:
        return iter(self.regions.values())


def load_packs(kb_folder: Path) -> Packs:
    """Read ``kb/documents``, ``kb/regions`` and ``kb/calendar``.

    Raises ``BrokenContent`` with every problem of every file when anything is wrong: a quotation that does
    not stand in its clause, overlapping dates, two packs with one id, a decision table with a gap, ….
    """
    problems: list[Problem] = []
    packs = read_packs(kb_folder, problems)
    if problems:
        raise BrokenContent(problems)
    return packs


def read_packs(kb_folder: Path, problems: list[Problem]) -> Packs:
    """Read what ``load_packs`` reads, noting everything wrong instead of raising it."""
    documents = Documents.read(kb_folder / "documents", problems)
    calendar = read_calendar(kb_folder / "calendar", problems)
    readers = [PackReader(folder, documents, problems) for folder in list_pack_folders(kb_folder)]
    if not readers:
        problems.append(Problem(kb_folder / "regions", 1, "there is no policy pack here"))
    read = [(reader, reader.read()) for reader in readers]
    own: dict[str, Region] = {}
    for reader, region in read:
        if region.id in own:
            reader.complain(f"another pack already has the id {region.id!r}", "id")
        elif region.claim_prefix in {other.claim_prefix for other in own.values()} - {""}:
            reader.complain("another pack's claim numbers already begin so", "claim_prefix")
        own[region.id] = region
    regions = {region_id: _join(region, own) for region_id, region in own.items()}
    for reader, region in read:
        if region.within and (region.within not in own or own[region.within].within):
            reader.complain(f"{region.within!r} is no region it can lie in", "within")
        reader.check(regions[region.id])
    ledgers = _read_ledgers(kb_folder / "regions", regions, documents, problems)
    bank_layouts = read_bank_layouts(kb_folder / "regions", regions, problems)
    return Packs(documents, regions, ledgers, bank_layouts, calendar)


def _read_ledgers(
    folder: Path, regions: Mapping[str, Region], documents: Documents, problems: list[Problem]
) -> Mapping[str, LedgerRules]:
    within = {each.id: each.within if each.within in regions else "" for each in regions.values()}
    try:
        return load_ledger_rules(folder, documents, within)
    except BrokenContent as broken:
        problems.extend(broken.problems)
        return {}


def list_pack_folders(kb_folder: Path) -> list[Path]:
    """Every folder of a pack, named after its region."""
    return sorted(path for path in (kb_folder / "regions").glob("*") if path.is_dir())


def _join(region: Region, own: Mapping[str, Region]) -> Region:
    """Let a region take over what it does not say itself from the region it lies in."""
    outer = own.get(region.within)
    if outer is None:
        return region
    return replace(
        region,
        documents=tuple(dict.fromkeys((*region.documents, *outer.documents))),
        offices=(*region.offices, *outer.offices),
        claims={**outer.claims, **region.claims},
        refusals={**outer.refusals, **region.refusals},
        personas={**outer.personas, **region.personas},
        readings={**outer.readings, **region.readings},
        questions={**outer.questions, **region.questions},
        results={**outer.results, **region.results},
        routes=region.routes or outer.routes,
        rulebook=Rulebook(
            region.id,
            {**outer.rulebook.rules, **region.rulebook.rules},
            {**outer.rulebook.tables, **region.rulebook.tables},
            {**outer.rulebook.conditions, **region.rulebook.conditions},
        ),
    )
