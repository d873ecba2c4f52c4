"""A message as JSON, for programs: see docs/alerts.md."""

from dataclasses import asdict
from typing import Any

from alerts.alert import Alert

SCHEMA = 1
"""Changes when a part changes its meaning; parts may come at any time."""


def payload(alert: Alert) -> dict[str, Any]:
    """The message as JSON values, besides the title, the text and the type that Apprise gives.

    key: the same for the same news, as the header `Idempotency-Key`.
    """
    return {
        "schema": SCHEMA,
        "key": alert.key,
        "state": alert.state,
        "tone": alert.tone,
        "language": alert.language,
        "subject": alert.subject,
        "dag": alert.dag,
        "run": alert.run,
        "run_url": alert.run_link.href,
        "sections": [asdict(section) for section in alert.sections],
        "counts": alert.counts,
        "notes": list(alert.notes),
    }
