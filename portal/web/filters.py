"""How amounts, dates and phrases are written on a page."""

import re
from functools import lru_cache

from flask import Flask
from markupsafe import Markup, escape

from portal.domain.chinese_amounts import spell_yuan
from portal.web.wording.amounts import clock, day, moment, signed_yuan, spoken_yuan, yuan
from portal.web.wording.assistant import entry_fault, outcome_name
from portal.web.wording.calendar import calendar_doubt, calendar_gap
from portal.web.wording.citations import place_governed, quoted
from portal.web.wording.clauses import clause_place
from portal.web.wording.figures import shown
from portal.web.wording.hard_words import meanings, meanings_not_given
from portal.web.wording.ledger import source_name
from portal.web.wording.punctuation import listed, mark
from portal.web.wording.records import scheme_name
from portal.web.wording.topics import topic_title

# What is read in one breath stands on one line: a number and its unit, hours from and to, the number of a
# claim or a question, the last digits of a card, the place of a clause.
_ONE_BREATH = re.compile(
    r"[0-9][0-9,.]*(?:[  ]?(?:元|年|月|日|天|岁|歲|个|個|份|张|張|笔|筆|次|号|號|亩|畝|人))+"
    r"|[0-9]{1,2}:[0-9]{2}–[0-9]{1,2}:[0-9]{2}"
    r"|[A-Z]{1,2}20[0-9]{2}-[0-9]{4}"
    r"|尾[号號] ?[0-9]{2,4}"
    r"|[一二三四五六七八九十]+（[一二三四五六七八九十]+）[0-9]*"
)
# Up to the first full stop that is followed by more words.
_SENTENCE = re.compile(r".+?(?:[。！？](?=.)|[.!?](?=\s+[A-Z]))", re.DOTALL)
_TAIL = re.compile(
    r"(?:(?:[A-Z]{1,2}20[0-9]{2}-[0-9]{4}|[0-9][0-9,.]*)[一-鿿]{1,4}|[一-鿿]{4})[，。；：、！？”]*$"
)
# What a tail does not cut in two: it begins with the word, or behind it where that would be too long.
_WORD = re.compile(
    r"(?:[职職]工|居民)?[养養]老(?:金|保[险險])?|工作人[员員]|[个個]人[账賬][户戶]|打[电電][话話]|[没沒]有"
    r"|原?[参參]保人|[证證]明|名[单單]|地[点點]|自己|一次|[居社]保局|自然[资資]源"
)
_LONGEST_TAIL = 7  # characters of twice the size on a screen of 320 px
_LINE = 10  # characters of a headline on the narrowest phone
# The comma of 1,000 ends no phrase.
_PHRASE = re.compile(
    r"(?:[^，。；：、！？,;!?]|(?<=[0-9]),(?=[0-9]))+[，。；：、！？,;!?]*|[，。；：、！？,;!?]+"
)


@lru_cache(maxsize=2048)
def unbroken(text: str) -> Markup:
    """Keep on one line what is read in one breath, such as a number with its unit."""
    parts, after = [], 0
    for found in _ONE_BREATH.finditer(text):
        parts += [
            escape(text[after : found.start()]),
            Markup('<span class="nb">{}</span>').format(found.group()),
        ]
        after = found.end()
    return Markup("").join([*parts, escape(text[after:])])


@lru_cache(maxsize=2048)
def paragraphs(text: str) -> tuple[str, ...]:
    """An answer as a page shows it: its first sentence, which is the headline, then its paragraphs."""
    first, *others = text.strip().split("\n\n")
    headline = _SENTENCE.match(first)
    if headline is None:
        return (first, *others)
    rest = first[headline.end() :].strip()
    return (headline.group().strip(), *([rest] if rest else []), *others)


@lru_cache(maxsize=2048)
def phrases(text: str) -> Markup:
    """Let a headline break between its phrases; each phrase moves to the next line whole.

    One too long for a line of a phone breaks before its last four characters, never before the last.
    """
    if not any("一" <= letter <= "鿿" for letter in text):
        return escape(text)
    parts = (_with_tail(each) if len(each) > _LINE else unbroken(each) for each in _PHRASE.findall(text))
    return Markup("").join(Markup("<span>{}</span>").format(each) for each in parts)


@lru_cache(maxsize=2048)
def sentence(text: str) -> Markup:
    """Running text with numbers kept whole and no lone character on its last line."""
    if not any("一" <= letter <= "鿿" for letter in text):
        return unbroken(text)
    found = _PHRASE.findall(text)
    if len(found) > 1 and len(found[-1]) <= 6 + 1:
        return unbroken("".join(found[:-1])) + Markup('<span class="nb">{}</span>').format(found[-1])
    return _with_tail(text) if len(text) > _LINE else unbroken(text)


def _with_tail(text: str) -> Markup:
    """The last four characters, with what ends them, stay together, and numbers and words whole."""
    tail = _TAIL.search(text)
    if tail is None:
        return unbroken(text)
    start = tail.start()
    for word in _WORD.finditer(text):
        if word.start() < start < word.end():
            start = word.start() if len(text) - word.start() <= _LONGEST_TAIL else word.end()
    return unbroken(text[:start]) + Markup('<span class="nb">{}</span>').format(text[start:])


def dial(number: str) -> str:
    """A telephone number as a phone dials it, of what is printed: 08710001234 of 0871-000 1234."""
    return "".join(letter for letter in number if letter.isdecimal() or letter == "+")


def install(app: Flask) -> None:
    """Make the filters known to templates, and the marks between what they show."""
    app.jinja_env.globals["mark"] = mark
    app.jinja_env.filters.update(
        yuan=yuan,
        spoken_yuan=spoken_yuan,
        signed_yuan=signed_yuan,
        day=day,
        moment=moment,
        clock=clock,
        calendar_doubt=calendar_doubt,
        calendar_gap=calendar_gap,
        unbroken=unbroken,
        dial=dial,
        meanings=meanings,
        meanings_not_given=meanings_not_given,
        listed=listed,
        paragraphs=paragraphs,
        phrases=phrases,
        sentence=sentence,
        clause_place=clause_place,
        entry_fault=entry_fault,
        outcome_name=outcome_name,
        topic_title=topic_title,
        quoted=quoted,
        place_governed=place_governed,
        worked_out=shown,
        capital_yuan=spell_yuan,
        source_name=source_name,
        scheme_name=scheme_name,
    )
