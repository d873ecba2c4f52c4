"""Who is told of what: a list of routes, readable in one look.

```yaml
routes:
  - match: {dag: etl_users_daily, gate: [users_source, users_ready], severity: critical}
    to: [mail:data-owners@example.org, slack:slack_quality]
owners:
  Users team: [mail:users@example.org]
default: [mail:data-team@example.org, webhook:pager]
```
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from pipeline.messages import first_line

Channel = Literal["mail", "slack", "teams", "mattermost", "ntfy", "webhook", "apprise"]
CHANNELS: tuple[str, ...] = ("mail", "slack", "teams", "mattermost", "ntfy", "webhook", "apprise")

Severity = Literal["critical", "warning"]


class WrongRoutesError(ValueError):
    """The routes cannot be used; one line that says why and what to do."""


@dataclass(frozen=True, order=True)
class Target:
    """Somebody who is told. recipient: a mail address, or the id of an Airflow connection of type apprise."""

    channel: str
    recipient: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.recipient}"


def target(text: object) -> Target:
    """The target that `channel:recipient` names. Raises ValueError."""
    if isinstance(text, Target):
        return text
    channel, _, recipient = str(text).partition(":")
    recipient = recipient.strip()
    if channel not in CHANNELS:
        raise ValueError(f"{text!r} begins with none of {', '.join(f'{name}:' for name in CHANNELS)}")
    if not recipient or (channel == "mail") != ("@" in recipient.strip("@")):
        wanted = "an address" if channel == "mail" else "the id of an Airflow connection"
        raise ValueError(f"{text!r} wants {wanted} behind {channel}:")
    return Target(channel, recipient)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


To = Annotated[Target, BeforeValidator(target), PlainSerializer(str)]
Targets = Annotated[tuple[To, ...], BeforeValidator(_listed)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Match(_Model):
    """What a route is for. What is left out is any; dag and gate may be a list, and hold `*`."""

    dag: Names = ()
    gate: Names = ()
    severity: Severity | None = None

    def __call__(self, dag: str, gate: str, severity: str) -> bool:
        """Whether a cause of this DAG, gate and severity is meant."""
        return (
            _any(self.dag, dag) and _any(self.gate, gate) and (not self.severity or self.severity == severity)
        )

    def __str__(self) -> str:
        parts = {"dag": ", ".join(self.dag), "gate": ", ".join(self.gate), "severity": self.severity or ""}
        return "; ".join(f"{name} {value}" for name, value in parts.items() if value) or "everything"


def _any(patterns: Sequence[str], name: str) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


class Route(_Model):
    """Who else is told of what matches."""

    match: Match = Match()
    to: Targets = Field(min_length=1)


class Routes(_Model):
    """All routes.

    Every route that matches tells its targets, and so does the owner's; what none matches goes to `default`.
    """

    routes: tuple[Route, ...] = ()
    default: Targets = ()
    owners: Mapping[str, Targets] = {}

    def targets(self, dag: str, gate: str, severity: str, owner: str = "") -> tuple[Target, ...]:
        """Who is told of a cause, each once."""
        found = [each for route in self.routes if route.match(dag, gate, severity) for each in route.to]
        found += self.owners.get(owner, ())
        return tuple(dict.fromkeys(found or self.default))

    @property
    def every(self) -> tuple[Target, ...]:
        """Everybody whom any route names, each once."""
        named = [route.to for route in self.routes] + list(self.owners.values()) + [self.default]
        return tuple(dict.fromkeys(each for targets in named for each in targets))


def read_routes(setting: str, *, default: Sequence[str]) -> Routes:
    """The routes of the setting `ALERT_ROUTES`: the path of a YAML file, or YAML itself; empty: none.

    default: mail addresses that get what no route matches, unless the routes have a `default` of their own.

    Raises WrongRoutesError.
    """
    mails = tuple(Target("mail", address) for address in default)
    if not setting.strip():
        return Routes(default=mails)
    try:
        data = yaml.safe_load(_text(setting))
    except (OSError, UnicodeDecodeError) as error:
        raise WrongRoutesError(f"cannot be read ({first_line(error)})") from error
    except yaml.YAMLError as error:
        raise WrongRoutesError(f"is no YAML ({' '.join(str(error).split())[:200]})") from error
    try:
        routes = Routes.model_validate(data)
    except ValidationError as error:
        raise WrongRoutesError(_first(error)) from error
    return routes if routes.default else routes.model_copy(update={"default": mails})


def _text(setting: str) -> str:
    inline = "\n" in setting or setting.lstrip().startswith("{")
    return setting if inline else Path(setting).read_text(encoding="utf-8")


def _first(error: ValidationError) -> str:
    """The first of what is wrong, with its place: `routes.0.to.1: …`."""
    first: Any = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "the whole"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{place}: {first['msg'].removeprefix('Value error, ')}{more}"
