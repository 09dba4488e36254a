"""What the checks of both kinds of chains share: heads noted outside the database, and faults in words."""

import re
from collections.abc import Collection

import click

from portal.domain.chain import Fault, Head

FAULTS = {
    Fault.MISSING: "the row is gone",
    Fault.CHANGED: "the row is not what was written",
    Fault.TAIL: "the last rows are gone, or rows were added behind the head",
    Fault.HEAD: "the head is gone, not signed with our key or not the noted one: the chain was made anew",
}

_HEAD = re.compile(r"(?P<chain>[^:/\s]+(?P<book>:[^:/\s]+)?):(?P<sequence>[0-9]+):(?P<link>[0-9a-f]{64})")


class NotedHead(click.ParamType[tuple[str, Head]]):
    """A head as `portal work` logs it; becomes the name of its chain, and the head."""

    name = "head"

    def __init__(self, *, of_book: bool) -> None:
        """Take the heads of ledgers, or those of audit logs."""
        self._of_book = of_book

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Head]:
        """Read a head.

        Raises:
            click.BadParameter: it is none, or one of the other kind.
        """
        found = _HEAD.fullmatch(value)
        if found is None:
            example = "jinning:main:42:9f…" if self._of_book else "jinning:42:9f…"
            self.fail(
                f"{value!r} is no head such as {example}, whole and as `portal work` logs it.", param, ctx
            )
        if self._of_book != bool(found["book"]):
            chain, check = ("an audit log", "audit") if self._of_book else ("a ledger", "ledger")
            self.fail(f"{value!r} is the head of {chain}; give it to `portal {check} check`.", param, ctx)
        return found["chain"], Head(int(found["sequence"]), bytes.fromhex(found["link"]))


def check_region(region: str | None, known: Collection[str], noted: Collection[tuple[str, Head]]) -> None:
    """Refuse a region that nobody knows, and heads that a check of this region alone would leave aside.

    Raises:
        click.BadParameter: so it is.
    """
    if region is None:
        return
    if region not in known:
        raise click.BadParameter(
            f"there is no {region!r}; there are {', '.join(sorted(known))}.", param_hint="--region"
        )
    for chain, _ in noted:
        if chain.split(":")[0] != region:
            raise click.BadParameter(
                f"{chain} is not of {region}, which alone is checked.", param_hint="--head"
            )
