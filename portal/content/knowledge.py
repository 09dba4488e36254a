"""What the assistant knows: entries, texts, places, tables and learnt weights, read from ``kb``."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tomli

from portal.content.documents import Documents
from portal.content.entries import EVERYWHERE, Entry, load_entries
from portal.content.folding import Folding
from portal.content.meaning import Meaning
from portal.domain.assistant import FEATURES, Judgement, Outcome

_LEARNT_FROM = ("entries", "documents", "folding", "meaning", "synonyms", "evaluation/decoys.txt")
OTHER_PLACE = "all-other-place"
"""The entry that is shown to people of places without a text."""

OFF_TOPIC = Entry(
    id="",
    group="",
    region=EVERYWHERE,
    outcome=Outcome.HANDOFF,
    question="",
    question_en="",
    answer="",
    answer_en="",
    phrasings=(),
)


@dataclass(frozen=True)
class Place:
    """A region of the assistant: whose documents its people are under, and what people call it."""

    id: str
    under: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Judgements:
    """How measures are weighed: a short question and a long letter each have weights of their own."""

    question: Judgement
    letter: Judgement

    def of(self, is_letter: bool) -> Judgement:
        """The judgement for a letter or a short question."""
        return self.letter if is_letter else self.question


@dataclass(frozen=True)
class Knowledge:
    """Everything in ``kb`` that the assistant answers from."""

    folding: Folding
    meaning: Meaning
    documents: Documents
    entries: Sequence[Entry]
    places: Mapping[str, Place]
    decoys: Sequence[str]
    local_terms: Sequence[str] = ()
    elsewhere: Sequence[str] = ()

    @classmethod
    def load(cls, kb: Path) -> "Knowledge":
        """Read a ``kb`` folder; raises `BrokenContent` when an entry or a text cannot be read."""
        return cls(
            Folding.load(kb),
            Meaning.load(kb),
            Documents.load(kb / "documents"),
            load_entries(kb / "entries"),
            load_places(kb / "regions"),
            read_lines(kb / "evaluation" / "decoys.txt"),
            read_lines(kb / "synonyms" / "local.txt"),
            " ".join(read_lines(kb / "synonyms" / "elsewhere.txt")).split(),
        )

    def visible_in(self, place_id: str) -> list[Entry]:
        """The entries that a person of this place may be answered from, in order of their files."""
        seen = {EVERYWHERE, *self.places[place_id].under}
        return [entry for entry in self.entries if entry.region in seen]

    def strange_in(self, place_id: str) -> frozenset[str]:
        """The local terms, in unified words, that nothing written for this place uses."""
        under = self.places[place_id].under
        own = [entry for entry in self.entries if entry.region in under]
        cited = {citation.document for entry in own for citation in entry.citations}
        clauses = [clause.text for each in sorted(cited) for clause in self.documents.get(each).clauses]
        entries = ("\n".join([entry.question, entry.answer, *entry.phrasings]) for entry in own)
        said = "\n".join([self.folding.to_plain("\n".join(clauses)), *entries])
        strange = (term for term in self.local_terms if term not in said)
        return frozenset(map(self.folding.unify, strange))

    def passage_of(self, entry: Entry) -> str:
        """What an entry says: its answer and the text of its clauses."""
        clauses = (self.documents.clause(str(citation)).text for citation in entry.citations)
        return "\n".join([entry.answer, *clauses])


def load_places(regions: Path) -> dict[str, Place]:
    """Read of every policy pack what the region is called and what it lies in."""
    packs = [tomli.loads(path.read_text(encoding="utf-8")) for path in sorted(regions.glob("*/region.toml"))]
    return {
        pack["id"]: Place(
            pack["id"],
            tuple(filter(None, (pack["id"], pack.get("within")))),
            tuple(pack.get("place_names", ())),
        )
        for pack in packs
    }


def load_judgements(path: Path) -> Judgements:
    """Read the learnt weights and bands."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Judgements(_read_judgement(stored["question"]), _read_judgement(stored["letter"]))


def save_judgements(judgements: Judgements, path: Path) -> None:
    """Write the learnt weights and bands, each weight by the name of its feature."""
    stored = {
        name: {
            "weights": {
                feature: round(weight, 3) for feature, weight in zip(FEATURES, each.weights, strict=True)
            },
            "sure": each.sure,
            "silent": each.silent,
        }
        for name, each in (("question", judgements.question), ("letter", judgements.letter))
    }
    path.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


def read_lines(path: Path) -> list[str]:
    """The lines of a text file, without blank lines and ``#`` comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def fingerprint(kb: Path) -> str:
    """A digest of everything an index is built from, the programs that build it included."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    sources = [
        here / name
        for name in ("folding.py", "sound.py", "meaning.py", "index.py", "entries.py", "matcher.py")
    ]
    for path in (*sources, *_files(kb / name for name in _LEARNT_FROM)):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    digest.update(repr(load_places(kb / "regions")).encode())  # the rest of a policy pack is not asked
    return digest.hexdigest()[:32]


def _files(paths: Iterable[Path]) -> list[Path]:
    return [
        file
        for path in paths
        for file in ([path] if path.is_file() else sorted(path.rglob("*")))
        if file.is_file()
    ]


def _read_judgement(stored: Mapping[str, object]) -> Judgement:
    weights = stored["weights"]
    if not isinstance(weights, dict):
        raise TypeError("weights are given by the name of their feature")
    return Judgement(
        tuple(float(weights[feature]) for feature in FEATURES),
        float(str(stored["sure"])),
        float(str(stored["silent"])),
    )
