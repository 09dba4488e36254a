"""What a policy pack says about a region, beside its rules: places, offices, claims, questions, readings."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.content.toml import Text
from portal.domain.claim_kinds import ClaimKind, Reason
from portal.domain.policy import Citation
from portal.domain.rulebook import Rulebook


@dataclass(frozen=True)
class Town:
    """A town or street office and its villages."""

    name: Text
    villages: tuple[str, ...]


@dataclass(frozen=True)
class Office:
    """A place to go and a number to call.

    ``kind`` is the glossary's identifier of the authority (``town_street``, ``land_dept``, …); ``towns``
    are the Chinese names of the towns it serves, none meaning all. ``demo`` marks address, hours and
    telephone as made up.
    """

    kind: str
    name: Text
    short_name: Text
    duties: Text
    address: Text
    directions: Text
    hours: Text
    phone: str
    bring: Text
    towns: tuple[str, ...]
    demo: bool
    because: tuple[Citation, ...]


@dataclass(frozen=True)
class Material:
    """A paper to bring or photograph; nothing is asked for without a citation or a law that demands it."""

    id: str
    name: Text
    required: bool
    because: tuple[Citation, ...]
    law: str


@dataclass(frozen=True)
class ClaimOffer:
    """A claim this region takes.

    ``promise_days`` is a service target in working days, never a legal limit; ``conditions`` gives the
    words of each condition by its id, in the order in which they are tested; ``reasons`` are those for which
    it may be sent back or rejected beside the conditions' own.
    """

    kind: ClaimKind
    name: Text
    summary: Text
    result: Text
    office: str
    promise_days: int
    materials: tuple[Material, ...]
    conditions: Mapping[str, Text]
    because: tuple[Citation, ...]
    law: str
    readings: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class RefusalReason:
    """A reason code in words, the clause behind it, and what the person can do next."""

    code: Reason
    words: Text
    next: Text
    because: tuple[Citation, ...]


@dataclass(frozen=True)
class Persona:
    """A kind of person the rules distinguish; ``law`` names the source when the texts here do not."""

    id: str
    name: Text
    explanation: Text
    because: tuple[Citation, ...]
    law: str


@dataclass(frozen=True)
class Reading:
    """How the portal reads a text that is silent or unclear, shown to staff where it matters.

    ``shown_to_citizens`` is true when a citizen's page must say it too.
    """

    id: str
    region: str
    point: Text
    chosen: Text
    because: tuple[Citation, ...]
    shown_to_citizens: bool


@dataclass(frozen=True)
class Choice:
    """One answer to a question, as a value the decision tables know and the words for it."""

    value: str
    label: Text


@dataclass(frozen=True)
class Question:
    """What to ask for one fact; ``gloss`` explains a hard word in it."""

    fact: str
    ask: Text
    gloss: Text | None
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Result:
    """What a result of the entitlement table means to the person.

    ``headline`` says where they stand, ``what`` what they can get and how, ``silent`` what the text does
    not say. ``figure`` names the figure to work out when the person's own numbers are known.
    """

    code: str
    headline: Text
    what: Text
    silent: Text | None
    figure: str
    claim: ClaimKind | None
    office: str


@dataclass(frozen=True)
class RoutePoint:
    """One line of the side-by-side comparison: what a route means for one topic."""

    topic: str
    text: Text
    because: tuple[Citation, ...]


@dataclass(frozen=True)
class Route:
    """One of the ways to be insured, for the side-by-side page."""

    id: str
    name: Text
    points: tuple[RoutePoint, ...]

    def point(self, topic: str) -> RoutePoint | None:
        """Give what this route says on a topic, or ``None`` where the text is silent."""
        return next((point for point in self.points if point.topic == topic), None)


@dataclass(frozen=True)
class Region:
    """One policy pack, with what it takes over from the region it lies in.

    ``name`` is the place, short enough for the masthead, where ``masthead`` has no other words for what is
    served there; ``claim_prefix`` begins its claims' numbers; ``place_names``
    are further names people use for it; ``documents`` are the texts its people live under, its own first.
    """

    id: str
    name: Text
    masthead: Text | None
    full_name: Text
    within: str
    claim_prefix: str
    place_names: tuple[str, ...]
    documents: tuple[str, ...]
    main_office: str
    towns: tuple[Town, ...]
    offices: tuple[Office, ...]
    claims: Mapping[ClaimKind, ClaimOffer]
    refusals: Mapping[Reason, RefusalReason]
    personas: Mapping[str, Persona]
    readings: Mapping[str, Reading]
    questions: Mapping[str, Question]
    results: Mapping[str, Result]
    routes: tuple[Route, ...]
    rulebook: Rulebook

    def office(self, kind: str, town: str = "") -> Office:
        """Give the office of a kind that serves a town; where the pack has none, the main office.

        A person always gets somebody to call.
        """
        for wanted in (kind, self.main_office):
            serving = [office for office in self.offices if office.kind == wanted]
            for office in serving:
                if town in office.towns:
                    return office
            if serving:
                return serving[0]
        return self.offices[0]

    def list_reasons(self, kind: ClaimKind) -> tuple[RefusalReason, ...]:
        """Why a claim of this kind may be sent back or rejected, in the pack's order."""
        fitting = {
            *self.claims[kind].reasons,
            *(condition.reason for condition in self.rulebook.conditions.get(kind, ())),
        }
        return tuple(reason for reason in self.refusals.values() if reason.code in fitting)

    @property
    def route_topics(self) -> tuple[str, ...]:
        """The topics of the side-by-side page, in the order in which the routes first name them."""
        return tuple(dict.fromkeys(point.topic for route in self.routes for point in route.points))
