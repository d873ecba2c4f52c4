"""Who is told of what, by a setting that is readable in one look."""

from pathlib import Path

import pytest

from alerts.routes import Routes, Target, WrongRoutesError, read_routes

TEAM = ["team@example.org"]
ROUTES = """
routes:
  - match: {dag: etl_users_daily, gate: [users_source, users_ready], severity: critical}
    to: [mail:owners@example.org, slack:slack_quality]
  - match: {gate: "courses_*"}
    to: teams:teams_quality
owners:
  Users team: mail:users@example.org
"""


def told(routes: Routes, dag: str, gate: str, severity: str = "critical", owner: str = "") -> list[str]:
    return [str(target) for target in routes.targets(dag, gate, severity, owner)]


@pytest.mark.parametrize(
    ("cause", "targets"),
    [
        (("etl_users_daily", "users_ready"), ["mail:owners@example.org", "slack:slack_quality"]),
        (("etl_users_daily", "users_ready", "warning"), ["mail:team@example.org"]),
        (("etl_users_daily", "users_next"), ["mail:team@example.org"]),
        (("reindex_weekly", "courses_source"), ["teams:teams_quality"]),
        (
            ("etl_users_daily", "users_source", "critical", "Users team"),
            ["mail:owners@example.org", "slack:slack_quality", "mail:users@example.org"],
        ),
        (("other", "users_ready", "critical", "Users team"), ["mail:users@example.org"]),
        (("other", "x", "critical", "Nobody's"), ["mail:team@example.org"]),
    ],
)
def test_every_route_that_matches_and_the_owners_tell_and_the_default_has_the_rest(
    cause: tuple[str, ...], targets: list[str]
):
    assert told(read_routes(ROUTES, default=TEAM), *cause) == targets


def test_without_routes_everything_goes_to_the_mail_addresses():
    assert told(read_routes("  ", default=["a@x.fr", "b@x.fr"]), "d", "g") == ["mail:a@x.fr", "mail:b@x.fr"]


def test_routes_may_stand_in_a_file_and_have_a_default_of_their_own(tmp_path: Path):
    file = tmp_path / "routes.yml"
    file.write_text("default: [webhook:pager]", encoding="utf-8")
    assert told(read_routes(str(file), default=TEAM), "d", "g") == ["webhook:pager"]


def test_whoever_is_named_twice_is_told_once():
    twice = "{routes: [{to: mail:a@x.fr}, {to: mail:a@x.fr}]}"
    routes = read_routes(twice, default=TEAM)
    assert routes.targets("d", "g", "critical") == (Target("mail", "a@x.fr"),)


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("/nowhere/routes.yml", "cannot be read"),
        ("{routes: [", "is no YAML"),
        ("{routes: [{to: pigeon:x}]}", "routes.0.to.0: 'pigeon:x' begins with none of mail:, slack:"),
        ("{routes: [{to: mail:ada}]}", "routes.0.to.0: 'mail:ada' wants an address behind mail:"),
        ("{routes: [{to: slack:a@b}]}", "wants the id of an Airflow connection behind slack:"),
        ("{routes: [{to: []}]}", "routes.0.to: Tuple should have at least 1 item"),
        ("{routes: [{match: {dags: d}, to: mail:a@x.fr}]}", "routes.0.match.dags: Extra inputs"),
        ("{routes: [{match: {severity: bad}, to: mail:a@x.fr}]}", "routes.0.match.severity"),
        ("{route: []}", "route: Extra inputs are not permitted"),
        ("{}\n- 1", "is no YAML"),
        ("[1]\n", "the whole: Input should be"),
    ],
)
def test_what_is_wrong_with_the_routes_is_one_line_with_its_place(setting: str, line: str):
    with pytest.raises(WrongRoutesError) as wrong:
        read_routes(setting, default=TEAM)
    assert line in str(wrong.value)
    assert "\n" not in str(wrong.value)
