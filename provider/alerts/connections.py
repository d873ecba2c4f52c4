"""Routes as this installation can take them: what leads to a missing connection goes the default way."""

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from alerts.routes import Route, Routes, Target, WrongRoutesError, read_routes
from alerts.settings import AlertSettings, with_defaults
from pipeline.settings import WrongSettingsError

log = logging.getLogger(__name__)

TYPE = "apprise"
SCHEMES: Mapping[str, tuple[str, ...]] = {
    "slack": ("slack",),
    "teams": ("workflow", "workflows"),
    "mattermost": ("mmost", "mmosts", "mattermost", "mattermosts"),
    "ntfy": ("ntfy", "ntfys"),
    "webhook": ("json", "jsons"),
}
"""How the addresses of a channel begin; Apprise knows some that begin with https, too."""


def usable_routes(settings: AlertSettings) -> tuple[Routes, tuple[str, ...]]:
    """The routes of the settings, and a line for each thing that is wrong with them.

    Where something is wrong, the default holds: the targets of `default`, or ALERT_TO.
    """
    mails = Routes(default=tuple(Target("mail", address) for address in settings.recipients))
    try:
        routes = read_routes(settings.routes, default=settings.recipients)
    except WrongRoutesError as error:
        line = f"ALERT_ROUTES: {error}. Until it is corrected, everything goes to ALERT_TO."
        return mails, (line,)
    wrong = {target: line for target in routes.every if (line := problem(target))}
    if not wrong:
        return routes, ()
    lines = (
        f"ALERT_ROUTES: {target}: {line} Until then the default route holds."
        for target, line in wrong.items()
    )
    return _without(routes, wrong, mails.default), tuple(lines)


def warn_of_routes() -> None:
    """Say in the log what is wrong with the routes, a line each; called when a DAG is parsed."""
    try:
        settings = with_defaults(AlertSettings)[0]
    except WrongSettingsError as error:
        log.warning("%s", error)
        return
    for line in usable_routes(settings)[1]:
        log.warning("%s", line)


def problem(target: Target) -> str:
    """Why a target cannot be reached, and what to do; empty when nothing is known against it."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    if target.channel == "mail":
        return ""
    try:
        connection = Connection.get(target.recipient)
    except AirflowNotFoundException:
        return f"there is no Airflow connection {target.recipient}. Make it, of type {TYPE}."
    except Exception:  # who stores the connections may be away: that is told when it is sent
        log.debug("connection %s cannot be read now", target.recipient, exc_info=True)
        return ""
    if connection.conn_type != TYPE:
        return f"the connection {target.recipient} is of type {connection.conn_type}, not {TYPE}. Change it."
    return _of_addresses(target, connection.extra_dejson)


def _of_addresses(target: Target, extra: Mapping[str, Any]) -> str:
    try:
        addresses = addresses_of(extra)
    except (KeyError, TypeError, ValueError):
        return (
            f'the connection {target.recipient} has no address. Give it the config {{"path": "slack://…"}}.'
        )
    expected = SCHEMES.get(target.channel, ())
    for address in addresses:
        scheme = address.partition("://")[0].lower()
        if expected and scheme not in (*expected, "https"):
            return (
                f"the connection {target.recipient} leads to {scheme}, not to {target.channel} "
                f"({', '.join(f'{name}://' for name in expected)}). Correct one of them."
            )
    return ""


def addresses_of(extra: Mapping[str, Any]) -> list[str]:
    """The addresses in the extra of a connection of type apprise.

    Raises KeyError, TypeError or ValueError.
    """
    config = extra["config"]
    config = json.loads(config) if isinstance(config, str) else config
    addresses = [str(each["path"]) for each in (config if isinstance(config, list) else [config])]
    if not addresses:
        raise ValueError("no address")
    return addresses


def _without(routes: Routes, wrong: Mapping[Target, str], mails: tuple[Target, ...]) -> Routes:
    default = tuple(each for each in routes.default if each not in wrong) or mails

    def mended(targets: Iterable[Target]) -> tuple[Target, ...]:
        targets = tuple(targets)
        left = tuple(each for each in targets if each not in wrong)
        return left if left == targets else tuple(dict.fromkeys((*left, *default)))

    return Routes.model_construct(
        routes=tuple(Route.model_construct(match=each.match, to=mended(each.to)) for each in routes.routes),
        owners={owner: mended(targets) for owner, targets in routes.owners.items()},
        default=default,
    )
