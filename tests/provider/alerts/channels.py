"""Connections of type apprise to the receiver, one a channel."""

import json

import pytest

from tests.provider.receiver import Receiver

SLACK_PATH = "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
ADDRESSES = {
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    "teams": "workflows://127.0.0.1:{port}/643e69f83c8944/iXvpv7J4",
    "mattermost": "mmost://127.0.0.1:{port}/3ccdd113474722377935511fc85d3dd4",
    "ntfy": "ntfy://127.0.0.1:{port}/quality",
    "webhook": "json://127.0.0.1:{port}/hook?:team=data",
}


def connect(monkeypatch: pytest.MonkeyPatch, receiver: Receiver, *channels: str, options: str = "") -> None:
    """Make the connection `<channel>_quality` for each channel, and have Slack's and Teams' plain HTTP.

    options: more parameters of each address, e.g. `rto=1`.
    """
    from apprise.plugins.slack import NotifySlack

    for channel in channels:
        address = ADDRESSES[channel].format(port=receiver.port)
        address += ("&" if "?" in address else "?") + options if options else ""
        connection = {"conn_type": "apprise", "extra": {"config": {"path": address}}}
        monkeypatch.setenv(f"AIRFLOW_CONN_{channel}_QUALITY".upper(), json.dumps(connection))
    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{receiver.port}/services")
    plain_teams(monkeypatch)


def plain_teams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Teams' addresses are always https: here they are spoken to without."""
    import requests
    from apprise.plugins import workflows

    post = requests.post

    def plainly(url: str, **values: object) -> requests.Response:
        return post(url.replace("https://127.0.0.1", "http://127.0.0.1"), **values)  # type: ignore[arg-type]

    monkeypatch.setattr(workflows.requests, "post", plainly)
