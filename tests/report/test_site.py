"""Links are relative, lead to the language of the page, and hold no hostile name."""

from report.site import Site, alternates

DEEP = Site(root="../../../../", airflow="../")


def test_links_lead_from_a_page_to_the_root_and_down_again():
    assert DEEP.overview("en") == "../../../../index.html"
    assert DEEP.gate("users_ready", "fr") == "../../../../gates/users_ready.fr.html"
    assert DEEP.verdict("runs/users_ready/a/b", "en") == "../../../../runs/users_ready/a/b/index.html"
    assert DEEP.file("runs/users_ready/a/b", "rows.csv") == "../../../../runs/users_ready/a/b/rows.csv"
    assert DEEP.asset("report.css") == "../../../../assets/report.css"


def test_links_to_airflow_quote_the_run_whole():
    run = "scheduled__2026-11-25T01:00:00+00:00"
    place = "../../../../../dags/etl_users_daily/runs/scheduled__2026-11-25T01%3A00%3A00%2B00%3A00"
    assert DEEP.run("etl_users_daily", run) == place
    assert DEEP.task("etl_users_daily", run, "check_users_ready") == f"{place}/tasks/check_users_ready"


def test_without_airflow_no_link_leads_there():
    assert Site().run("etl_users_daily", "manual__1") is None
    assert Site().task("etl_users_daily", "manual__1", "check") is None
    assert DEEP.run("", "manual__1") is None
    assert DEEP.task("etl_users_daily", "manual__1", "") is None


def test_a_name_that_reads_as_an_address_stays_a_name():
    assert Site().gate("javascript:alert(1)", "en").startswith("gates/javascript-alert-1-")
    assert Site().verdict("javascript:alert(1)", "en") == "javascript%3Aalert%281%29/index.html"
    assert Site(airflow="").run("a/../b", "x?y") == "dags/a%2F..%2Fb/runs/x%3Fy"


def test_each_page_has_a_sibling_in_each_language():
    assert alternates("users_ready") == {"en": "users_ready.html", "fr": "users_ready.fr.html"}
