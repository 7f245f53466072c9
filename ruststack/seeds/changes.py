"""What a seed changes, and what the kinds of resources share: where they are, how what is said is compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from awskit.resources.arns import build_arn
from ruststack.seeds.aws_client import AwsClient, AwsRefusal, Place
from ruststack.seeds.reading import SeedDocument, SeedError, Where


@dataclass(frozen=True, slots=True)
class Change:
    """`what` is the resource, `how` what is done to it; `make` does it."""

    what: str
    how: str
    make: Callable[[], object]


@dataclass(frozen=True)
class Resource:
    """A resource of a document: what is said of it, and where that stands."""

    document: SeedDocument
    where: Where
    said: Mapping[str, Any]

    @property
    def place(self) -> Place:
        account = self.said.get("account", self.document.account)
        return Place(str(account), str(self.said.get("region", self.document.region)))

    @property
    def name(self) -> str:
        return str(self.said["name"])

    def mistake(self, text: str, *further: str | int) -> SeedError:
        """The error of this, or of something in it."""
        return self.document.mistake((*self.where, *further), text)


@dataclass(frozen=True)
class Wanted(Resource):
    """A resource that is to be, and how the fleet is asked for it."""

    client: AwsClient

    def within(self, *further: str | int, said: Mapping[str, Any]) -> Wanted:
        """A resource that stands in this one, and is where this one is unless it says otherwise."""
        place = self.place
        inherited = {"account": place.account, "region": place.region}
        return Wanted(self.document, (*self.where, *further), {**inherited, **said}, self.client)


def resources(document: SeedDocument, kind: str) -> Iterator[Resource]:
    """A document's resources of a kind."""
    for number, said in enumerate(document.content.get(kind, ())):
        yield Resource(document, (kind, number), said)


def wanted(client: AwsClient, document: SeedDocument, kind: str) -> Iterator[Wanted]:
    """The same, of the fleet that the client asks."""
    for one in resources(document, kind):
        yield Wanted(one.document, one.where, one.said, client)


def arn_of(service: str, name: str, place: Place) -> str:
    """The ARN of a queue or topic; one that is given as an ARN is it already."""
    return name if name.startswith("arn:") else build_arn(service, place.region, place.account, name)


def text(value: Any) -> str:
    """A value as AWS's attributes and tags have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def texts(said: Mapping[str, Any]) -> dict[str, str]:
    """The same of all of a mapping's."""
    return {name: text(value) for name, value in said.items()}


def differing(current: Mapping[str, str], said: Mapping[str, str]) -> dict[str, str]:
    """Those that are said and are not so; documents are compared by what they say."""
    return {name: value for name, value in said.items() if not _same(current.get(name), value)}


def _same(one: str | None, other: str) -> bool:
    if one is None or one == other:
        return one == other
    try:
        first, second = json.loads(one), json.loads(other)
    except ValueError:
        return False
    return covers(first, second)


def covers(current: Any, said: Any) -> bool:
    """Whether what there is says all that is said; AWS adds defaults, ids and an order of its own."""
    if isinstance(said, dict):
        return isinstance(current, dict) and all(
            name in current and covers(current[name], value) for name, value in said.items()
        )
    if isinstance(said, list):
        if not isinstance(current, list) or len(current) != len(said):
            return False
        left = list(current)
        for one in said:
            found = next((number for number, entry in enumerate(left) if covers(entry, one)), None)
            if found is None:
                return False
            del left[found]
        return True
    return bool(current == said) or text(current) == text(said)


def unless_missing(call: Callable[[], Any], *codes: str) -> Any:
    """What the call answers; None where it is refused with one of these codes."""
    try:
        return call()
    except AwsRefusal as refusal:
        if refusal.code in codes:
            return None
        raise


def tag_changes(current: Mapping[str, str], said: Mapping[str, Any]) -> dict[str, str]:
    """The tags that are to be set."""
    return differing(current, texts(said))
