"""Learns the weights and bands from the knowledge base alone: phrasings judged by an index without them.

The phrasings are dealt into folds. Each fold is asked, clean and spoilt, of an index built from the
others, so every measure is one of wording that the index has not seen. No development question takes part.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from portal.content.entries import EVERYWHERE, Entry
from portal.content.knowledge import OFF_TOPIC, Judgements, Knowledge
from portal.content.matcher import PlaceMatcher, all_phrasings, make_hearing
from portal.content.noise import Noise
from portal.content.question import Ear
from portal.domain.assistant import FEATURES, Candidate, Judgement, Outcome, Ranked, decide, weigh

Doubles = npt.NDArray[np.float64]

FOLDS = 4
CLEAN = "clean"
_STEPS = 600
_PACE = 0.1
_CALM = 1e-4
_BANDS = tuple(value / 40 for value in range(12, 26))
_WORTH = {
    (Outcome.ANSWER, Outcome.CLARIFY): 0.0,
    (Outcome.ANSWER, Outcome.HANDOFF): -1.0,
    (Outcome.HANDOFF, Outcome.ANSWER): -2.0,
    (Outcome.HANDOFF, Outcome.CLARIFY): -0.2,
    (Outcome.CLARIFY, Outcome.ANSWER): -0.5,
    (Outcome.CLARIFY, Outcome.HANDOFF): -0.5,
}
_WORTH_WRONG = -0.3
# Half the phrasings belong to entries that hand over; of the questions that come in, a quarter does.
_HANDED_OVER_COUNTS = 0.55


@dataclass(frozen=True)
class Example:
    """A phrasing as an index that had not seen it measured it."""

    place: str
    style: str
    text: str
    entry: Entry
    candidates: tuple[Candidate, ...]
    is_letter: bool

    def is_met_by(self, candidate: Candidate) -> bool:
        """Whether a candidate is the right one: the same answer, or nothing to answer."""
        if self.entry is OFF_TOPIC:
            return candidate.outcome is Outcome.HANDOFF
        return candidate.answer_key in self.entry.cited


@dataclass(frozen=True)
class Deal:
    """The phrasings by entry id, dealt into folds at random but always alike."""

    phrasings: Mapping[str, Sequence[str]]
    folds: Mapping[tuple[str, str], int]

    @classmethod
    def of(cls, phrasings: Mapping[str, Sequence[str]], seed: int) -> "Deal":
        """Deal all phrasings; a seed deals them always alike."""
        dealer = random.Random(seed)  # noqa: S311  # a deal of phrasings, no secret
        folds = {
            (entry_id, text): dealer.randrange(FOLDS)
            for entry_id, texts in phrasings.items()
            for text in texts
        }
        return cls(phrasings, folds)

    def kept(self, fold: int) -> dict[str, list[str]]:
        """What the index of a fold is built from."""
        return self._chosen(lambda found: found != fold)

    def held_back(self, fold: int) -> dict[str, list[str]]:
        """What the index of a fold is asked."""
        return self._chosen(lambda found: found == fold)

    def _chosen(self, wanted: Callable[[int], bool]) -> dict[str, list[str]]:
        return {
            entry_id: [text for text in texts if wanted(self.folds[entry_id, text])]
            for entry_id, texts in self.phrasings.items()
        }


def make_examples(
    knowledge: Knowledge, small_talk: Sequence[str], folds: Iterable[int], seed: int = 1
) -> Iterator[Example]:
    """Ask the phrasings of each fold, clean and once spoilt, of indexes that have not seen them."""
    deal = Deal.of(all_phrasings(knowledge), seed)
    noise = Noise(knowledge.folding, small_talk, seed)
    share = random.Random(seed)  # noqa: S311  # a choice of phrasings, no secret
    for fold in folds:
        kept, held_back = deal.kept(fold), deal.held_back(fold)
        places = {place: PlaceMatcher.build(knowledge, kept, place) for place in knowledge.places}
        ear = Ear(knowledge.folding, make_hearing(knowledge, places.values()))
        for place, matcher in places.items():
            for entry in matcher.entries:
                for text in held_back[entry.id]:
                    # What holds everywhere is asked in one place, so that it does not outweigh the rest.
                    if entry.region == EVERYWHERE and share.randrange(len(places)):
                        continue
                    for style, said in ((CLEAN, text), noise.spoil(text)):
                        heard = ear.hear(said)
                        found = tuple(matcher.measure(heard))
                        yield Example(place, style, said, entry, found, heard.is_letter)


def learn(examples: Sequence[Example]) -> Judgements:
    """Learn the weights by maximum likelihood, then the bands by what each outcome is worth."""
    kinds = {
        is_letter: [each for each in examples if each.is_letter is is_letter] for is_letter in (False, True)
    }
    weights = {is_letter: tuple(learn_weights(kind).tolist()) for is_letter, kind in kinds.items()}
    ranked = [(each, weigh(each.candidates, weights[each.is_letter])) for each in examples]
    sure, silent = choose_bands(ranked)
    return Judgements(Judgement(weights[False], sure, silent), Judgement(weights[True], sure, silent))


def learn_weights(examples: Sequence[Example]) -> Doubles:
    """The weights under which the right candidates are likeliest (softmax regression, Adam)."""
    usable = [each for each in examples if any(each.is_met_by(found) for found in each.candidates)]
    most = max(len(each.candidates) for each in usable)
    measures = np.zeros((len(usable), most, len(FEATURES)))
    absent = np.full((len(usable), most), -np.inf)
    right = np.zeros((len(usable), most))
    for row, example in enumerate(usable):
        for column, candidate in enumerate(example.candidates):
            measures[row, column] = candidate.features
            absent[row, column] = 0
            right[row, column] = example.is_met_by(candidate)
    weights = np.zeros(len(FEATURES))
    speed, swing = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, _STEPS + 1):
        slope = _slope(measures, absent, right, weights) + _CALM * weights
        speed = 0.9 * speed + 0.1 * slope
        swing = 0.999 * swing + 0.001 * slope**2
        weights -= _PACE * (speed / (1 - 0.9**step)) / (np.sqrt(swing / (1 - 0.999**step)) + 1e-8)
    return weights


def _slope(measures: Doubles, absent: Doubles, right: Doubles, weights: Doubles) -> Doubles:
    scores = measures @ weights + absent
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    wanted = chances * right
    wanted /= wanted.sum(axis=1, keepdims=True) + 1e-12
    slope: Doubles = np.einsum("rc,rcf->f", chances - wanted, measures) / len(measures)
    return slope


def choose_bands(ranked: Sequence[tuple[Example, list[Ranked]]]) -> tuple[float, float]:
    """The bands (sure, silent) under which the outcomes of the examples are worth most."""

    def total(bands: tuple[float, float]) -> float:
        replies = ((example, decide(found, *bands)) for example, found in ranked)
        return sum(worth(example, reply.outcome, reply.entry_id) for example, reply in replies)

    return max(product(_BANDS, _BANDS), key=total)


def worth(example: Example, outcome: Outcome, entry_id: str | None) -> float:
    """What an outcome is worth: a right one 1, a wrong answer less than a question asked back."""
    wanted = example.entry.outcome
    counts = _HANDED_OVER_COUNTS if wanted is Outcome.HANDOFF else 1.0
    if outcome is not wanted:
        return counts * _WORTH[wanted, outcome]
    if outcome is not Outcome.ANSWER:
        return counts
    shown = next(each for each in example.candidates if each.entry_id == entry_id)
    return 1.0 if example.is_met_by(shown) else _WORTH_WRONG
