"""What is new about the causes of a run, and so worth a message."""

from collections.abc import Iterable
from dataclasses import dataclass

from alerts.causes import Cause
from alerts.incidents.incident import TOLD, Change, Changed, Incident, Sighting
from report.said import Said


@dataclass(frozen=True)
class News:
    """What a run did to a cause. incident: None when the incidents cannot be read now."""

    kind: Changed
    cause: Cause
    severity: str
    owner: str
    said: Said
    incident: Incident | None = None

    @property
    def is_told(self) -> bool:
        """Whether somebody gets a message because of it."""
        return self.kind in TOLD


def of_changes(changes: Iterable[Change]) -> tuple[News, ...]:
    """The news of the changes of incidents."""
    found = ((change.kind, change.incident) for change in changes)
    return tuple(News(kind, it.cause, it.severity, it.owner, it.said, it) for kind, it in found)


def as_if_opened(sightings: Iterable[Sighting]) -> tuple[News, ...]:
    """The news while the incidents cannot be read: each cause is told as if it were new."""
    return tuple(
        News("opened", each.cause, each.severity, each.owner, Said(each.text_en, each.text_fr))
        for each in sightings
    )
