"""Finds what a villager means: measures every entry of the place, then lets the rules decide."""

import json
import math
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Self

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Indel

from portal.content.entries import EVERYWHERE, Entry
from portal.content.folding import Folding
from portal.content.index import Index, Lookups, Spoken, drop_aspects, find_aspects
from portal.content.knowledge import (
    OFF_TOPIC,
    OTHER_PLACE,
    Judgements,
    Knowledge,
    fingerprint,
    load_judgements,
)
from portal.content.meaning import Floats
from portal.content.question import Ear, Heard, find_asking
from portal.content.sound import EDGE, Hearing
from portal.domain.assistant import (
    Candidate,
    NumberKind,
    Outcome,
    Ranked,
    Reason,
    Reply,
    allow_for_length,
    ask_what,
    asked_numbers,
    decide,
    decide_without_place,
    gives_numbers,
    weigh,
)

_HEARING = "hearing.json"
_STATES_KEPT = 3  # of the knowledge base, of 60 MB or so each
_CANDIDATES = 10
_LETTER_PATIENCE = 3
_ALIKE = 0.62
_CERTAIN = 0.6
_BRIEF = 9  # characters; a question as short as this may lean on the one before
# What terminals understand and people do not say.
_UNSPOKEN = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x1f\x7f]")
# Whoever works, lives or has married somewhere does not ask for the rules of that place.
_MENTIONS = (
    r"(?:[家口籍地田]在|(?P<other>[^我们]是|[在到去往从来回嫁迁搬过]))?"
    r"(?:(?:%s)[省市州县区]?)+(?!打工|上班|做工)"
)
_FOLLOWS = re.compile(r"^(?:那|要是|如果|换成|要换成).{1,16}$|^.{1,8}(?:呢|咧|哩)[?？]?$")
_SOMEONE = re.compile(
    r"那?[我俺]?(?:老婆|老公|爱人|媳妇|丈夫|老伴|爸|妈|父亲|母亲|父母|爹|娘|公公|婆婆|哥|姐|弟|妹|兄弟|家里人)[呢咧哩][?？]?"
)
_ROUTES = ("居民养老", "职工养老")
_ROUTE_WORDS = {"居民": "居民养老", "职工": "职工养老"}


class PlaceMatcher:
    """Measures the entries that people of one place may be answered from."""

    def __init__(
        self, folding: Folding, entries: Sequence[Entry], index: Index, sounds: Sequence[str] = ()
    ) -> None:
        self.entries = entries
        self.index = index
        self._folding = folding
        self._own = frozenset(
            at
            for at, entry in enumerate(entries)
            if entry.region != EVERYWHERE and entry.outcome is not Outcome.HANDOFF
        )
        self._codes = {syllable: chr(0xE000 + at) for at, syllable in enumerate(sorted(folding.syllables))}
        self._texts = [text.replace(" ", "") for text in index.texts]
        self.sounds = sounds or [self._encode(text) for text in index.texts]

    @classmethod
    def build(cls, knowledge: Knowledge, phrasings: Mapping[str, Sequence[str]], place_id: str) -> Self:
        """Index the given phrasings, by entry id, of the entries that are visible in a place."""
        folding = knowledge.folding
        entries = [*knowledge.visible_in(place_id), OFF_TOPIC]
        folded = (
            (number, folding.fold(phrasing))
            for number, entry in enumerate(entries)
            for phrasing in phrasings[entry.id]
        )
        texts = [(number, text) for number, text in dict.fromkeys(folded) if text]
        passages = [folding.fold(knowledge.passage_of(entry)) for entry in entries]
        return cls(folding, entries, Index.build(folding, knowledge.meaning, texts, passages))

    def rank(self, heard: Heard, judgements: Judgements) -> list[Ranked]:
        """The likeliest entries; empty when the question holds nothing that this place talks of."""
        return weigh(self.measure(heard), judgements.of(heard.is_letter).weights)

    def measure(self, heard: Heard) -> list[Candidate]:
        """The entries that may fit, with their measures."""
        said = (heard.asking, heard.folded, *heard.parts) if heard.is_letter else (heard.asking,)
        spoken = [self.index.read(self._folding, text) for text in said]
        asking, whole = 0, min(1, len(spoken) - 1)  # places in the list above
        if not len(spoken[whole].places):
            return []
        learnt = [self.index.learnt(each) for each in spoken]
        alike = [self.index.alike(each) for each in spoken]
        passage = [self.index.passage(each) for each in spoken[: whole + 1]]
        columns = (
            learnt[whole],
            learnt[asking],
            np.maximum.reduce(learnt),
            *self._compare(heard, spoken[asking]),
            passage[whole],
            passage[asking],
            alike[asking],
            np.maximum.reduce(alike),
            self.index.meant(spoken[asking]),
        )
        measures = np.array(columns, np.float32).T
        order = np.argsort(-measures.sum(axis=1), kind="stable")
        best = order[:_CANDIDATES].tolist()
        if not heard.subject:  # one of the place's own matters is meant, however far from the question
            best += [at for at in order[_CANDIDATES:].tolist() if at in self._own][:_CANDIDATES]
        return [
            self._candidate(self.entries[at], measures[at].tolist(), covered, heard)
            for at, covered in zip(best, self._cover(heard, best), strict=True)
        ]

    def _cover(self, heard: Heard, chosen: Sequence[int]) -> Sequence[float]:
        """How far some entries have words for what is asked about; wholly, where that is left out."""
        if not heard.subject:
            return [math.inf] * len(chosen)
        shares = self.index.covered(heard.subject, heard.guessed)[chosen]
        return [allow_for_length(share, len(heard.asking)) for share in shares.tolist()]

    def _candidate(self, entry: Entry, measures: Sequence[float], covered: float, heard: Heard) -> Candidate:
        missing = entry.outcome is Outcome.ANSWER and not gives_numbers(entry.numbers, heard.numbers)
        features = (
            *measures,
            float(missing),
            float(entry.outcome is Outcome.HANDOFF),
            float(entry.outcome is Outcome.CLARIFY),
            float(entry.region == EVERYWHERE),
        )
        return Candidate(entry.id, entry.outcome, entry.answer_key, entry.cited, features, missing, covered)

    def _compare(self, heard: Heard, spoken: Spoken) -> tuple[Floats, Floats, Floats]:
        """Cosine, spelling and sound of each entry's nearest phrasing."""
        nearest, spelling, sound = np.zeros((3, len(self.entries)), np.float32)
        bare, sounds = heard.asking.replace(" ", ""), self._encode(heard.asking)
        for phrasing, cosine in self.index.nearest(spoken, _LETTER_PATIENCE if heard.is_letter else 1):
            at = self.index.owner(phrasing)
            nearest[at] = max(nearest[at], cosine)
            spelling[at] = max(spelling[at], Indel.normalized_similarity(bare, self._texts[phrasing]))
            sound[at] = max(sound[at], Indel.normalized_similarity(sounds, self.sounds[phrasing]))
        return nearest, spelling, sound

    def _encode(self, folded: str) -> str:
        """One character for each syllable, so that RapidFuzz compares syllables."""
        return "".join(self._codes.get(sound, sound) for sound in self._folding.sound(folded))


class Matcher:
    """The assistant's ear and memory: questions in, decisions out."""

    def __init__(
        self,
        knowledge: Knowledge,
        judgements: Judgements,
        places: Mapping[str, PlaceMatcher],
        hearing: Hearing,
    ) -> None:
        self.knowledge = knowledge
        self.ear = Ear(knowledge.folding, hearing)
        self._hearing = hearing
        self._judgements = judgements
        self._places = places
        self._entries = {entry.id: entry for entry in knowledge.entries}
        self._strange = {place: knowledge.strange_in(place) for place in knowledge.places}
        self._elsewhere = re.compile(_MENTIONS % ("|".join(knowledge.elsewhere) or "(?!)"))

    @classmethod
    def load(cls, kb: Path, *shelves: Path) -> Self:
        """Read a ``kb`` folder, with the index that one of these shelves has for it as it stands.

        Where none has it, the index is built and put on the last.

        Raises `BrokenContent` when an entry or a text cannot be read.
        """
        knowledge = Knowledge.load(kb)
        judgements = load_judgements(kb / "evaluation" / "judgement.json")
        if not shelves:
            return cls.build(knowledge, judgements)
        state = fingerprint(kb)
        folders = [shelf / state for shelf in shelves]
        shelf = next((folder for folder in folders if folder.is_dir()), None)
        if shelf is None:
            matcher = cls.build(knowledge, judgements)
            matcher._save(folders[-1])
            return matcher
        places = {place: _restore(knowledge, shelf, place) for place in knowledge.places}
        counts = json.loads((shelf / _HEARING).read_text(encoding="utf-8"))
        return cls(knowledge, judgements, places, Hearing(knowledge.folding, *counts))

    @classmethod
    def build(cls, knowledge: Knowledge, judgements: Judgements) -> Self:
        """Index everything anew; takes some seconds."""
        phrasings = all_phrasings(knowledge)
        places = {place: PlaceMatcher.build(knowledge, phrasings, place) for place in knowledge.places}
        return cls(knowledge, judgements, places, make_hearing(knowledge, places.values()))

    def with_entry(self, entry: Entry) -> "Matcher":
        """The same with one entry added or changed; only the places that see it are indexed anew."""
        entries = {**self._entries, entry.id: entry}
        knowledge = replace(self.knowledge, entries=list(entries.values()))
        phrasings = all_phrasings(knowledge)
        places = {
            place: PlaceMatcher.build(knowledge, phrasings, place)
            if entry in knowledge.visible_in(place)
            else matcher
            for place, matcher in self._places.items()
        }
        return Matcher(knowledge, self._judgements, places, make_hearing(knowledge, places.values()))

    def entry(self, entry_id: str) -> Entry:
        """The entry with this id; `KeyError` when there is none."""
        return self._entries[entry_id]

    def ask(self, question: str, region: str | None = None, context: str | None = None) -> Reply:
        """Decide what to do with a question.

        ``region`` is the person's place, when known; ``context`` the id of the entry shown before, which a
        follow-up (「那职工呢」) carries on. An unknown region or context counts as none.
        """
        question = _UNSPOKEN.sub(" ", question)
        shown = self._entries.get(context or "")
        if region not in self._places and shown is not None and shown.region in self._places:
            region = shown.region
        direct = self._decide(question, region)
        plain = self.knowledge.folding.to_plain(question).strip()
        follows = _FOLLOWS.match(plain) is not None
        if shown is None or not (follows or len(plain) <= _BRIEF):
            return direct
        certain = direct.outcome is Outcome.ANSWER and direct.probability >= _CERTAIN
        if _SOMEONE.fullmatch(plain) and shown.outcome is Outcome.ANSWER and not certain:
            return Reply(Outcome.ANSWER, shown.id)  # the texts make no difference between them
        carried = self._decide(self._carry_on(shown, plain), region, leave_out=shown.id)
        if carried.outcome is Outcome.ANSWER and (follows or not certain):
            return carried
        if follows and direct.outcome is Outcome.ANSWER and not certain:
            return carried
        return self._choose_by_subject(direct, shown, asked_numbers(plain))

    def nearest_entry(self, question: str, region: str) -> Entry | None:
        """The single likeliest entry of a place, however unlikely; ``None`` when no word is known."""
        ranked = self._places[region].rank(self.ear.hear(question), self._judgements)
        return self._entries.get(ranked[0].candidate.entry_id) if ranked else None

    def suggest(self, typed: str, region: str | None = None, limit: int = 5) -> list[Entry]:
        """Entries whose wording is nearest to what has been typed so far, best first, none twice."""
        heard = self.ear.hear(typed)
        places = [region] if region is not None and region in self._places else list(self._places)
        near = sorted(
            (-cosine, matcher.entries[matcher.index.owner(phrasing)].id)
            for matcher in (self._places[place] for place in places)
            for phrasing, cosine in matcher.index.nearest(matcher.index.read(self.ear.folding, heard.folded))
        )
        found = dict.fromkeys(entry_id for _, entry_id in near if entry_id)
        return [self._entries[entry_id] for entry_id in list(found)[:limit]]

    def cluster(self, questions: Sequence[str]) -> list[list[int]]:
        """Group questions that say nearly the same, as places in the list; the largest group first."""
        leaders: dict[int, str] = {}
        groups: dict[int, list[int]] = {}
        for at, question in enumerate(questions):
            folded = self.ear.hear(question).folded.replace(" ", "")
            alike = process.extractOne(
                folded, leaders, scorer=Indel.normalized_similarity, score_cutoff=_ALIKE
            )
            if alike is None:
                leaders[at] = folded
            groups.setdefault(at if alike is None else alike[2], []).append(at)
        return sorted(groups.values(), key=lambda group: (-len(group), group[0]))

    def _decide(self, question: str, region: str | None, leave_out: str = "") -> Reply:
        heard = self.ear.hear(question)
        if not heard.folded:
            return Reply(Outcome.HANDOFF, reason=Reason.NOTHING_ASKED)
        named = self._named_places(question)
        if not named and self._is_elsewhere(question):
            shown = OTHER_PLACE if OTHER_PLACE in self._entries else None
            return Reply(Outcome.HANDOFF, shown, reason=Reason.NOT_IN_TEXTS)
        if region is None or region not in self._places:
            places = named or list(self._places)
            replies = {place: self._decide_in(place, heard, leave_out) for place in places}
            return replies[named[0]] if len(named) == 1 else decide_without_place(replies)
        reply = self._decide_in(region, heard, leave_out)
        elsewhere = [place for place in named if not self._belongs(region, place)]
        if elsewhere and (reply.outcome is Outcome.ANSWER or self._is_strange(region, heard)):
            return Reply(Outcome.CLARIFY, places=(region, *elsewhere), reason=Reason.WHICH_PLACE)
        return reply

    def _decide_in(self, place: str, heard: Heard, leave_out: str) -> Reply:
        """Decide within one place; the terms of other places' texts alone are never answered by its own."""
        if self._is_strange(place, heard):
            return Reply(Outcome.HANDOFF, reason=Reason.NOT_IN_TEXTS)
        ranked = self._places[place].rank(heard, self._judgements)
        kept = [each for each in ranked if not leave_out or each.candidate.entry_id != leave_out]
        judgement = self._judgements.of(heard.is_letter)
        if heard.is_letter or (kept and kept[0].candidate.is_word_for_word):
            return decide(kept, judgement.sure, judgement.silent)
        reply = decide(kept, judgement.sure, judgement.silent, heard.named)
        if not heard.subject:
            return ask_what(kept) or Reply(Outcome.HANDOFF, reason=Reason.NOT_IN_TEXTS, own=reply.own)
        return reply

    def _is_strange(self, place: str, heard: Heard) -> bool:
        """Whether a question has a term that only other places' texts use."""
        return any(term in heard.asking for term in self._strange[place])

    def _is_elsewhere(self, question: str) -> bool:
        """Whether a question is about a place that no text is for."""
        asking = self.knowledge.folding.to_plain(find_asking(question))
        return any(found["other"] is None for found in self._elsewhere.finditer(asking))

    def _named_places(self, question: str) -> list[str]:
        plain = self.knowledge.folding.to_plain(question)
        named = {
            place.id for place in self.knowledge.places.values() if any(name in plain for name in place.names)
        }
        above = {upper for place in named for upper in self.knowledge.places[place].under if upper != place}
        return [place for place in self.knowledge.places if place in named - above]

    def _belongs(self, region: str, named: str) -> bool:
        """Whether a named place is the person's own, or one that it lies in or that lies in it."""
        places = self.knowledge.places
        return named in places[region].under or region in places[named].under

    def _carry_on(self, shown: Entry, plain: str) -> str:
        """The earlier question with what the follow-up exchanges in it, or with the new words added.

        A follow-up that asks for something itself (「要带什么」) keeps the subject only.
        """
        earlier = self.ear.folding.fold(shown.question)
        wanted = next((route for word, route in _ROUTE_WORDS.items() if word in plain), None)
        if wanted is None:
            added = self.ear.folding.fold(plain)
            return f"{drop_aspects(earlier) if find_aspects(added) else earlier} {added}"
        other = next(route for route in _ROUTES if route != wanted)
        return earlier.replace(other, wanted) if other in earlier else f"{wanted} {earlier}"

    def _choose_by_subject(self, reply: Reply, shown: Entry, asked: frozenset[NumberKind]) -> Reply:
        """Where one of the offered entries alone is of the subject shown before, that one is meant."""
        if reply.outcome is not Outcome.CLARIFY:
            return reply
        offered = self._entries[reply.entry_id].choices if reply.entry_id else reply.choices
        alike = [
            entry
            for entry in map(self._entries.__getitem__, offered)
            if entry.group == shown.group and entry != shown and gives_numbers(entry.numbers, asked)
        ]
        if len(alike) != 1 or alike[0].outcome is not Outcome.ANSWER:
            return reply
        return Reply(Outcome.ANSWER, alike[0].id, probability=reply.probability)

    def _save(self, shelf: Path) -> None:
        """Keep the arrays, complete or not at all; another process may be doing the same."""
        shelf.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(prefix=f"{shelf.name}.", dir=shelf.parent))
        for place, matcher in self._places.items():
            texts = {
                "vocabulary": list(matcher.index.vocabulary),
                "texts": list(matcher.index.texts),
                "sounds": list(matcher.sounds),
            }
            (draft / f"{place}.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
            for name in Lookups.names():
                np.save(draft / f"{place}.{name}.npy", getattr(matcher.index.lookups, name))
        (draft / _HEARING).write_text(json.dumps(self._hearing.counts, ensure_ascii=False), encoding="utf-8")
        try:
            draft.rename(shelf)
        except OSError:  # the other process was first
            shutil.rmtree(draft)
        _clear(shelf.parent)


def _clear(folder: Path) -> None:
    """Remove what was kept for earlier states of ``kb``; whoever has one open keeps what is mapped."""
    with suppress(FileNotFoundError):  # another process clears at the same time
        whole = (each for each in folder.iterdir() if not each.suffix)
        for state in sorted(whole, key=lambda each: each.stat().st_mtime)[:-_STATES_KEPT]:
            shutil.rmtree(state, ignore_errors=True)


def all_phrasings(knowledge: Knowledge) -> dict[str, list[str]]:
    """Every entry's question and phrasings by entry id, and under no id what is off the topic."""
    phrasings = {entry.id: [entry.question, *entry.phrasings] for entry in knowledge.entries}
    return {**phrasings, OFF_TOPIC.id: list(knowledge.decoys)}


def make_hearing(knowledge: Knowledge, places: Iterable[PlaceMatcher]) -> Hearing:
    """A corrector that knows the wording of these places' phrasings, and of all entries as they stand."""
    phrasings = dict.fromkeys(text for place in places for text in place.index.texts)
    spoken = (knowledge.folding.cut_phrases(text) for entry in knowledge.entries for text in entry.phrasings)
    passages = (knowledge.folding.fold(knowledge.passage_of(entry)) for entry in knowledge.entries)
    return Hearing.learn(knowledge.folding, [*phrasings, *map(EDGE.join, spoken), *passages])


def _restore(knowledge: Knowledge, shelf: Path, place: str) -> PlaceMatcher:
    """Map the kept arrays into memory, shared by all workers of a machine."""
    texts = json.loads((shelf / f"{place}.json").read_text(encoding="utf-8"))
    arrays = {
        name: np.asarray(np.load(shelf / f"{place}.{name}.npy", mmap_mode="r")) for name in Lookups.names()
    }
    index = Index(knowledge.meaning, texts["vocabulary"], texts["texts"], Lookups(**arrays))
    return PlaceMatcher(knowledge.folding, [*knowledge.visible_in(place), OFF_TOPIC], index, texts["sounds"])
