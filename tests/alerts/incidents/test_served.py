"""The pages of incidents: what they say, in both languages, and what their forms do."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from alerts.causes import TASK, Cause
from alerts.incidents.acts import acknowledge, mute
from alerts.incidents.incident import Sighting
from alerts.incidents.pages import Actor, incident_lines
from alerts.incidents.read import incident_of
from alerts.incidents.served import ServedIncidents
from report.history import record
from report.served import Moved, Served, ServedReport
from report.site import Site
from report.store import Store
from tests.alerts.incidents.nights import DAG, night, observed, run_of, sighting
from tests.report.offline import other_hosts
from tests.report.users_reports import users_nights

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
ADA = Actor("ada", may_act=True)


def may(dag: str) -> Actor:
    """Somebody who may do everything."""
    return ADA


def may_not(dag: str) -> Actor:
    """Somebody who may only look."""
    return Actor("eve", may_act=False)


@pytest.fixture
def served(engine: Engine) -> ServedIncidents:
    """Three nights: incident 1 is open for the third time, 2 is over, 3 is a warning."""
    observed(engine, 1, "valid_ratio", "unique_emails")
    observed(engine, 2, "valid_ratio")
    observed(engine, 3, "valid_ratio", sighting(3, "unknown_values", severity="warning", said="<b>9 %</b>"))
    return ServedIncidents(lambda: engine)


def page(served: ServedIncidents, path: str, **query: str) -> str:
    found = served.at(f"incidents/{path}", query, now=NOW, actor_of=may)
    assert isinstance(found, Served), path
    assert found.status == 200
    return found.content.decode()


def post(
    served: ServedIncidents, path: str, actor_of=may, **form: str
) -> tuple[int, str]:  # status or 303, page or address
    found = served.act(f"incidents/{path}", form, now=NOW, actor_of=actor_of)
    assert found is not None
    return (303, found.to) if isinstance(found, Moved) else (found.status, found.content.decode())


def test_the_list_says_what_is_open_and_what_is_over(served: ServedIncidents):
    text = page(served, "index.html")
    assert "2 incidents are open" in text
    open_ones, resolved = text.split('id="resolved"')
    assert "Third run since Monday at 03:03" in open_ones
    assert 'href="../incidents/1.html"' in open_ones
    assert "&lt;b&gt;9 %&lt;/b&gt;" in open_ones.replace("\u00a0", " ")
    assert 'href="../incidents/2.html"' in resolved
    assert 'href="../incidents/2.html"' not in open_ones


def test_the_page_of_an_incident_says_since_when_in_which_runs_and_whose_it_is(served: ServedIncidents):
    text = page(served, "1.html").replace("\u00a0", " ")
    for told in (
        "690 of 1,000 rows are valid, 800 are needed",
        "Third run since Monday at 03:03",
        "Nobody has acknowledged it yet.",
        "<dd>Users team</dd>",
        "<code>valid_ratio</code>",
        run_of(1),
        run_of(3),
        f"../../dags/etl_users_daily/runs/{run_of(2)}",
    ):
        assert told in text
    assert text.count("Seen again") == 2


def test_a_task_has_no_page_of_its_own_to_lead_to(engine: Engine):
    broken = Sighting(Cause(DAG, "load_users", TASK), "critical", "", run_of(1), "", "disk full", "disk full")
    observed(engine, 1, broken)
    served = ServedIncidents(lambda: engine)
    assert "the task itself" in page(served, "1.html")
    assert "gates/load_users" not in page(served, "1.html") + page(served, "index.html")


def test_it_speaks_french(served: ServedIncidents):
    text = page(served, "1.fr.html").replace("\u00a0", " ")
    assert "Troisième exécution depuis lundi à 03:03" in text
    assert "Personne ne l’a encore pris en charge." in text
    assert "690 lignes sur 1 000" in text
    assert "2 incidents ouverts" in page(served, "index.fr.html")


def test_a_resolved_incident_says_how_long_it_was_and_has_no_forms(served: ServedIncidents):
    text = page(served, "2.html").replace("\u00a0", " ")
    assert "after 1 day" in text
    assert "<form" not in text


def test_a_link_to_a_verdict_stands_where_its_report_is_kept(engine: Engine):
    (newest,) = users_nights(1)
    record(engine, newest)
    kept = Sighting(sighting(1).cause, "critical", "", newest.run, newest.page, "said", "dit", at=night(1))
    observed(engine, 1, kept)
    observed(engine, 2, "valid_ratio")
    text = page(ServedIncidents(lambda: engine), "1.html")
    assert text.count('/index.html"><time') == 1
    assert f'href="../{newest.folder}/index.html"' in text


def test_who_may_not_edit_the_dag_sees_no_form(served: ServedIncidents):
    found = served.at("incidents/1.html", {}, now=NOW, actor_of=may_not)
    assert isinstance(found, Served)
    assert b"<form" not in found.content
    assert "Only who may edit the DAG etl_users_daily" in found.content.decode()


def test_acknowledging_leads_back_to_the_page_which_says_who(served: ServedIncidents):
    assert post(served, "1.fr.html", act="acknowledge") == (303, "1.fr.html")
    assert "Pris en charge par ada" in page(served, "1.fr.html")
    assert "acknowledged by ada" in page(served, "index.html")


def test_muting_and_unmuting(served: ServedIncidents, engine: Engine):
    assert post(served, "1.html", act="mute", until="2026-11-30", reason="<i>repair</i>") == (303, "1.html")
    text = page(served, "1.html").replace("\u00a0", " ")
    assert "Muted by ada through 30 November 2026: &lt;i&gt;repair&lt;/i&gt;" in text
    assert 'value="mute"' not in text
    assert "muted through 30 November 2026" in page(served, "index.html").replace("\u00a0", " ")
    assert post(served, "1.html", act="unmute") == (303, "1.html")
    assert 'value="mute"' in page(served, "1.html")


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"act": "mute", "until": "2026-11-24", "reason": "known"}, "not 2026-11-24"),
        ({"act": "mute", "until": "soon", "reason": "known"}, "Say until which day"),
        ({"act": "mute", "until": "2026-11-26"}, "Say why it is muted"),
        ({"act": "unmute"}, "Incident 1 is not muted."),
        ({"act": "<delete>"}, "An incident cannot be &#39;&lt;delete&gt;&#39;."),
        ({}, "An incident cannot be None."),
    ],
)
def test_what_cannot_be_done_is_said_on_the_page_and_changes_nothing(
    served: ServedIncidents, engine: Engine, form: Mapping[str, str], why: str
):
    before = incident_of(engine, 1)
    status, text = post(served, "1.html", **form)
    assert (status, why in text, incident_of(engine, 1)) == (400, True, before)


@pytest.mark.parametrize("act", ["acknowledge", "mute", "unmute"])
def test_somebody_who_may_not_changes_nothing(served: ServedIncidents, engine: Engine, act: str):
    before = incident_of(engine, 1)
    status, text = post(served, "1.html", may_not, act=act, until="2026-11-30", reason="known")
    assert (status, "Only who may edit the DAG" in text) == (403, True)
    assert incident_of(engine, 1) == before


@pytest.mark.parametrize(
    "path", ["9.html", "0.html", "x.html", "-1.html", f"{'9' * 30}.html", "٣.html", "1/mute", "a\0b.html", ""]
)
def test_what_is_not_there_is_none(served: ServedIncidents, path: str):
    assert served.at(f"incidents/{path}", {}, now=NOW, actor_of=may) is None
    assert served.act(f"incidents/{path}", {"act": "acknowledge"}, now=NOW, actor_of=may) is None


def test_a_verdict_leads_to_its_incident_and_to_the_list_where_it_has_several(served: ServedIncidents):
    def of(number: int) -> Served | Moved | None:
        folder = sighting(number).page.removesuffix("/index.html")
        return served.at("incidents/index.fr.html", {"verdict": folder}, now=NOW, actor_of=may)

    assert of(2) == Moved("1.fr.html")
    several = of(1)
    assert isinstance(several, Served)
    assert "1.fr.html" in several.content.decode()
    assert "2.fr.html" in several.content.decode()
    none = served.at("incidents/index.html", {"verdict": "runs/x"}, now=NOW, actor_of=may)
    assert isinstance(none, Served)
    assert "No incident of this verdict is known yet" in none.content.decode()


@pytest.mark.parametrize("path", ["index.html", "1.html", "2.fr.html", "index.fr.html"])
def test_every_page_names_no_other_host(served: ServedIncidents, path: str):
    assert other_hosts(page(served, path)) == set()


def test_without_the_database_a_page_says_so(served: ServedIncidents):
    away = create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 1})
    for path in ("index.html", "1.html"):
        found = ServedIncidents(lambda: away).at(f"incidents/{path}", {}, now=NOW, actor_of=may)
        assert isinstance(found, Served)
        assert (found.status, b"The history cannot be read" in found.content) == (503, True)


def test_the_overview_and_the_page_of_the_gate_lead_to_what_is_open(
    served: ServedIncidents, engine: Engine, tmp_path: Path
):
    acknowledge(engine, 1, by="ada", now=NOW)
    mute(engine, 3, by="bob", until=date(2026, 11, 30), reason="known", now=NOW)
    for report in users_nights(2):
        record(engine, report)
    report_pages = ServedReport(Store(str(tmp_path)), lambda: engine, incidents=incident_lines)
    for path, root in (
        ("index.html", ""),
        ("dags/etl_users_daily/index.html", "../../"),
        ("gates/users_ready.html", "../"),
    ):
        found = report_pages.at(path, {}, now=NOW)
        assert isinstance(found, Served)
        text = found.content.decode().replace("\u00a0", " ")
        assert f'href="{root}incidents/1.html"' in text, path
        assert "Third run since Monday at 03:03 · acknowledged by ada" in text
        assert "muted through 30 November 2026" in text
        assert f'href="{root}incidents/index.html"' in text
    other = report_pages.at("dags/another/index.html", {}, now=NOW)
    assert isinstance(other, Served)
    assert "incidents/1.html" not in other.content.decode()


def test_lines_of_another_root(served: ServedIncidents, engine: Engine):
    first, second = incident_lines(engine, "fr", Site(root="../../"), NOW + timedelta(days=30))
    assert [first.href, second.href] == ["../../incidents/3.fr.html", "../../incidents/1.fr.html"]
    assert second.since == "Troisième exécution depuis le 23 novembre 2026 à 03:03"
