"""What the assistant does with a question: answer, ask back, or hand over to a person.

The matcher measures how well each entry fits (its *features*); here the measures become probabilities,
and the probabilities one of three outcomes. Nothing here knows the words of any entry.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What becomes of a question."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    HANDOFF = "handoff"


class NumberKind(StrEnum):
    """A kind of number that a question asks for and an answer gives."""

    AMOUNT = "amount"
    DAYS = "days"
    DATE = "date"
    YEARS = "years"
    MONTHS = "months"
    COUNT = "count"
    AGE = "age"
    PHONE = "phone"
    PERCENT = "percent"
    DOCUMENT_NUMBER = "document_number"


class Reason(StrEnum):
    """Why a question was not simply answered."""

    NOTHING_ASKED = "nothing_asked"
    NOT_IN_TEXTS = "not_in_texts"
    UNSURE = "unsure"
    MANY_MEANINGS = "many_meanings"
    WHICH_PLACE = "which_place"


FEATURES = (
    "learnt",
    "learnt_asking",
    "learnt_part",
    "nearest",
    "spelling",
    "sound",
    "passage",
    "passage_asking",
    "alike",
    "alike_part",
    "meant",
    "number_missing",
    "hands_over",
    "asks_back",
    "everywhere",
)
_EVERYWHERE = FEATURES.index("everywhere")
_SPELLING = FEATURES.index("spelling")
_WORD_FOR_WORD = 0.95
_CHOICES_SHOWN = 3
_OWN_SHARE = 0.55  # of what an answer needs, the likeliest entry must bring so much itself
_WORTH_OFFERING = 0.03
_OWN_MATTER = 0.5
_WORTH_ASKING = 0.25  # chance of an entry that lists meanings; of right answers, 0.3 % have such a rival
# Of 9,000 phrasings that an index had not seen, 0.3 % and 1 % fall below these; of the questions with a noun
# that is no matter of ours (「长城在哪里」) and that it answered otherwise, a half and four in five.
_TOUCHED, _COVERED = 1.0, 1.15
_SPARED = 0.4
# Of 200 phrasings with several meanings that an index without them would have answered, three in five miss
# what these ask for; of the 12,000 that it answered rightly, one in twenty.
_NAMED, _STEEP = 7, 5
_AS_SURE_AS_CAN_BE = 0.95
_NUMBER_QUESTIONS: Mapping[NumberKind, re.Pattern[str]] = {
    NumberKind.AMOUNT: re.compile(
        r"多少钱|多少元|多少块|(?<!哪)几块钱?(?![地田])|几多钱|几文|几钱|好多钱|多少铜钿|几铜钿|多少钞票"
        r"|金额是多少|几万[块元]"
    ),
    NumberKind.DAYS: re.compile(r"几(?:个)?(?:工作)?日(?!期)|几天|多少(?:个)?(?:工作)?[天日]|几多日"),
    NumberKind.DATE: re.compile(r"几号|几月|哪[一]?天|哪[一]?日|几月几"),
    NumberKind.YEARS: re.compile(r"几年|多少年|几多年"),
    NumberKind.AGE: re.compile(r"几岁|多少岁|几多岁|多大(?:年纪|岁数|年龄|岁)|多少周岁"),
    NumberKind.PHONE: re.compile(r"电话|手机号|热线|号码是多少"),
    NumberKind.PERCENT: re.compile(r"百分之几|百分之多少|几成|多大比例|多少比例|利率是?多少|几个点"),
    NumberKind.DOCUMENT_NUMBER: re.compile(r"文号|几号文|多少号文"),
}
# Words in which a number is told, or looked up in one's own record, and not asked for.
_TOLD = re.compile(
    r"[好前这那过断隔没头早近十一二三四五六七八九零〇0-9][了过]?几[年天日]|几[年天日](?:以?前|来|了)"
    r"|[了过]几[年天日](?=[，,。；;、 ])"
    r"|(?<!检)查[^，。？！,?!\s]{0,14}多少钱"
    r"|多少钱(?=[^，。？！,?!\s]{0,16}(?:公开|公布|对账|账目|明细))"
    r"|[接打][了过到个]*.{0,3}电话|电话(?:里|通知|说|讲|叫)|手机号?(?:换|丢|变|不)"
)
_ALSO_GIVES = {
    NumberKind.DAYS: {NumberKind.DAYS, NumberKind.MONTHS, NumberKind.YEARS, NumberKind.DATE},
    NumberKind.DATE: {NumberKind.DATE, NumberKind.MONTHS, NumberKind.DAYS},
    NumberKind.YEARS: {NumberKind.YEARS, NumberKind.MONTHS, NumberKind.DATE, NumberKind.COUNT},
}
_CHINESE_DIGITS = dict(
    zip("零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖幺", "001234567891234567891", strict=True)
)
_DIGIT = rf"[\d⁰¹²³⁴-⁹₀-₉①-⑨⓪⓿❶-❾➀-➈➊-➒{''.join(_CHINESE_DIGITS)}]"
_LONG_NUMBER = re.compile(rf"(?<!{_DIGIT}){_DIGIT}(?:[ 　\-－—]?{_DIGIT}){{6,}}(?:[ \-]?[XxＸｘ])?")
_SCATTERED = re.compile(rf"(?<!{_DIGIT}){_DIGIT}(?:[\W_]{{0,3}}{_DIGIT}){{10,}}(?:[\W_]{{0,3}}[XxＸｘ])?")
_CITIZEN_OR_CARD = re.compile(
    r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]|62\d{14}"
)
_CITIZEN_CARD_OR_PHONE = re.compile(rf"{_CITIZEN_OR_CARD.pattern}|1[3-9]\d{{9}}")
_YEAR_SPAN = re.compile(r"(?:19|20)[0-9]{2}(?:[ \-－—](?:19|20)[0-9]{2})+")
MASK = "******"


@dataclass(frozen=True)
class Candidate:
    """An entry that may fit, with its measures in the order of ``FEATURES``.

    ``answer_key`` is the same for entries that give the same main clause; ``cited`` holds it and the
    further clauses that carry the answer. ``lacks_number`` says that it answers without the kind of number
    that was asked for, so it must not be the answer. ``covered`` says how far it has words for what was asked
    about, allowing for the length of the question.
    """

    entry_id: str
    outcome: Outcome
    answer_key: str
    cited: frozenset[str]
    features: tuple[float, ...]
    lacks_number: bool = False
    covered: float = math.inf

    @property
    def may_answer(self) -> bool:
        """Whether it may be shown as an answer or as one of several."""
        return self.outcome is not Outcome.HANDOFF and not self.lacks_number and not self.is_foreign

    @property
    def is_own(self) -> bool:
        """Whether it speaks of its place's own matters, and gives the number that was asked for."""
        return not self.features[_EVERYWHERE] and not self.lacks_number and not self.is_foreign

    @property
    def is_foreign(self) -> bool:
        """Whether what was asked about is something that it does not speak of at all (「特朗普是谁」)."""
        return self.covered < _TOUCHED and not self.is_word_for_word

    @property
    def is_to_the_point(self) -> bool:
        """Whether it speaks of what was asked about, and not only of something like it."""
        return self.covered >= _COVERED or self.is_word_for_word

    @property
    def is_word_for_word(self) -> bool:
        """Whether somebody has worded the question just so for this entry."""
        return self.features[_SPELLING] >= _WORD_FOR_WORD


@dataclass(frozen=True)
class Judgement:
    """The learnt numbers: the weights of the features, and the bands of the three outcomes.

    With a chance of at least ``silent`` that no text answers: hand over. With at least the share ``sure``
    of what remains on one answer: answer. Otherwise: ask back.
    """

    weights: tuple[float, ...]
    sure: float
    silent: float

    def __post_init__(self) -> None:
        if len(self.weights) != len(FEATURES):
            raise ValueError(f"{len(FEATURES)} weights are needed, not {len(self.weights)}")


@dataclass(frozen=True)
class Ranked:
    """A candidate with the chance that it is what was meant."""

    candidate: Candidate
    chance: float


@dataclass(frozen=True)
class Reply:
    """What to do with a question.

    ``entry_id`` is the entry to show (answer, or the reason for handing over) when there is one;
    ``choices`` are the entries to offer when asking back, ``places`` the regions to choose among. ``own``
    is the chance that a question handed over is about the place's own matters and not some other topic.
    """

    outcome: Outcome
    entry_id: str | None = None
    choices: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    reason: Reason | None = None
    probability: float = 1.0
    own: float = 0.0


def weigh(candidates: Sequence[Candidate], weights: Sequence[float]) -> list[Ranked]:
    """Turn measures into chances that sum to one, the likeliest candidate first."""
    scores = [_dot(weights, candidate.features) for candidate in candidates]
    top = max(scores, default=0.0)
    parts = [math.exp(score - top) for score in scores]
    total = math.fsum(parts)
    ranked = [Ranked(each, part / total) for each, part in zip(candidates, parts, strict=True)]
    return sorted(ranked, key=lambda each: (-each.chance, each.candidate.entry_id))


def decide(ranked: Sequence[Ranked], sure: float, silent: float, named: int | None = None) -> Reply:
    """Answer, ask back or hand over within one place.

    An answer is as likely as all the entries together that cite its main clause: whichever of them was
    meant, that clause is right. Many faint ones do not add up to an answer, though. An entry without the
    number that was asked for counts for the texts' silence. ``named`` is how many characters say what is
    asked about; not given for a letter, and for what is worded just so.
    """
    answering = [each for each in ranked if each.candidate.may_answer]
    answerable = math.fsum(each.chance for each in answering)
    if not answering or 1 - answerable >= silent:
        surely = 1 - answerable >= _be_sure(silent, named)
        return (None if surely else _offer_own(answering)) or _hand_over(ranked, 1 - answerable)
    enough = _be_sure(sure, named) * answerable
    support = _support(answering)
    best = max(answering, key=lambda each: support[each.candidate.answer_key])
    first = answering[0].candidate
    if first.outcome is Outcome.CLARIFY or support[first.answer_key] >= enough:
        best = answering[0]
    asking = next((each for each in answering if each.candidate.outcome is Outcome.CLARIFY), None)
    if named is not None and asking is not None and asking.chance >= _WORTH_ASKING:
        return _list_meanings(asking)
    chance = support[best.candidate.answer_key]
    if chance < enough or answering[0].chance < sure * answerable * _OWN_SHARE:
        return Reply(Outcome.CLARIFY, choices=_offer(ranked), reason=Reason.UNSURE, probability=answerable)
    shown = best.candidate
    if shown.outcome is Outcome.ANSWER and not shown.is_to_the_point:
        return Reply(Outcome.CLARIFY, choices=_offer(answering), reason=Reason.UNSURE, probability=chance)
    reason = Reason.MANY_MEANINGS if shown.outcome is Outcome.CLARIFY else None
    return Reply(shown.outcome, shown.entry_id, reason=reason, probability=chance)


def ask_what(ranked: Sequence[Ranked]) -> Reply | None:
    """Ask back, where a question names no subject, which of the place's own matters is meant.

    ``None`` when fewer than two of them may be.
    """
    own = [each for each in ranked if each.candidate.may_answer and each.candidate.is_own]
    for each in own:
        if each.candidate.outcome is Outcome.CLARIFY:
            return _list_meanings(each)
    return _offer_own(own)


def decide_without_place(replies: Mapping[str, Reply]) -> Reply:
    """Ask for the place unless every place would hand the question over as none of its matters.

    A text that answers in one place is silent or different in another, so nothing is answered unasked. Where
    no text answers, but most places have something of their own to say to it, the place decides whom to ask.
    """
    speaking = tuple(place for place, reply in replies.items() if reply.outcome is not Outcome.HANDOFF)
    concerned = tuple(place for place, reply in replies.items() if reply.own >= _OWN_MATTER)
    if speaking or 2 * len(concerned) > len(replies):
        asked = speaking if len(speaking) > 1 else {*speaking, *concerned}
        places = tuple(place for place in replies if place in asked)
        return Reply(Outcome.CLARIFY, places=places, reason=Reason.WHICH_PLACE)
    shown = {reply.entry_id for reply in replies.values()}
    return Reply(Outcome.HANDOFF, shown.pop() if len(shown) == 1 else None, reason=Reason.NOT_IN_TEXTS)


def asked_numbers(plain: str) -> frozenset[NumberKind]:
    """The kinds of number that a question, in simplified script, asks for."""
    asking = _TOLD.sub(" ", plain)
    return frozenset(kind for kind, pattern in _NUMBER_QUESTIONS.items() if pattern.search(asking))


def allow_for_length(share: float, length: int) -> float:
    """The share of a question's subject that an entry has words for, made alike for all lengths.

    The shorter a question is (in folded characters), the fewer of its words may be strange.
    """
    return share + _SPARED * math.log(length)


def gives_numbers(given: frozenset[NumberKind], asked: frozenset[NumberKind]) -> bool:
    """Whether an answer that gives these kinds of number can answer a question for those."""
    return all(_ALSO_GIVES.get(kind, {kind}) & given for kind in asked)


def mask_numbers(text: str) -> str:
    """Hide citizen, phone, card and account numbers, in whatever digits; years and amounts stay."""
    text = _mask_scattered(text, _CITIZEN_CARD_OR_PHONE)
    return _LONG_NUMBER.sub(lambda found: found[0] if _YEAR_SPAN.fullmatch(found[0]) else MASK, text)


def mask_people(text: str) -> str:
    """Hide citizen and card numbers only: what staff write may hold the telephone number of an office."""
    return _mask_scattered(text, _CITIZEN_OR_CARD)


def _mask_scattered(text: str, pattern: re.Pattern[str]) -> str:
    """Hide digits, with or without marks between them, that read as such a number."""
    return _SCATTERED.sub(lambda found: MASK if pattern.search(_in_digits(found[0])) else found[0], text)


def _in_digits(text: str) -> str:
    """Digits of any kind as 0 to 9, with the X that may end a citizen number, and nothing else."""
    return "".join(map(_as_digit, text))


def _as_digit(letter: str) -> str:
    if letter in "XxＸｘ":
        return "X"
    return _CHINESE_DIGITS.get(letter) or str(unicodedata.digit(letter, ""))


def _be_sure(sure: float, named: int | None) -> float:
    """The share that a reply needs when so many characters name what is asked about.

    Few characters fit several clauses (「谁来审核」), so that a lead of one of them tells little.
    """
    return sure if named is None else max(sure, min(_AS_SURE_AS_CAN_BE, 1 - (named / _NAMED) ** _STEEP))


def _support(ranked: Sequence[Ranked]) -> dict[str, float]:
    """How likely each clause is right: the chances of all entries that cite it."""
    support: dict[str, float] = {}
    for each in ranked:
        for key in each.candidate.cited:
            support[key] = support.get(key, 0.0) + each.chance
    return support


def _hand_over(ranked: Sequence[Ranked], probability: float) -> Reply:
    """Hand over, with the entry that says why when it is the likeliest of all."""
    first = ranked[0].candidate if ranked else None
    says_why = first is not None and first.outcome is Outcome.HANDOFF and not first.is_foreign
    return Reply(
        Outcome.HANDOFF,
        (first.entry_id or None) if first is not None and says_why else None,
        reason=Reason.NOT_IN_TEXTS,
        probability=probability,
        own=math.fsum(each.chance for each in ranked if each.candidate.is_own),
    )


def _list_meanings(asking: Ranked) -> Reply:
    """Ask back with the entry that lists what may be meant."""
    return Reply(Outcome.CLARIFY, asking.candidate.entry_id, reason=Reason.MANY_MEANINGS)


def _offer_own(ranked: Sequence[Ranked]) -> Reply | None:
    """Ask back with the place's own matters that are to the point; ``None`` when there is no choice."""
    own = [each for each in ranked if each.candidate.is_own and each.candidate.is_to_the_point]
    offered = _offer(own, at_least=0.0)
    return Reply(Outcome.CLARIFY, choices=offered, reason=Reason.UNSURE) if len(offered) > 1 else None


def _offer(ranked: Sequence[Ranked], at_least: float = _WORTH_OFFERING) -> tuple[str, ...]:
    """The likeliest entries, one for each answer, as many as a villager can take in."""
    offered: dict[str, str] = {}
    for each in ranked:
        if each.candidate.entry_id and (each.chance >= at_least or not offered):
            offered.setdefault(each.candidate.answer_key, each.candidate.entry_id)
    return tuple(offered.values())[:_CHOICES_SHOWN]


def _dot(weights: Sequence[float], values: Sequence[float]) -> float:
    return math.fsum(weight * value for weight, value in zip(weights, values, strict=True))
