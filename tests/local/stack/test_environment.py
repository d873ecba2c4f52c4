"""The environment of the stack's processes: its own values, none of the shell's, and private secrets."""

import json
import stat
from pathlib import Path

import pytest

from local.settings import PROJECT, VAR, StackSettings
from local.stack.environment import process_environment, stack_environment
from pipeline.settings import WrongSettingsError


@pytest.fixture
def settings(tmp_path: Path) -> StackSettings:
    return StackSettings(root=tmp_path / "stack", ui_port=18082, smtp_port=11025)


def test_a_variable_of_the_shell_that_would_bend_the_stack_is_dropped(settings: StackSettings):
    shell = {"AIRFLOW__CORE__EXECUTOR": "CeleryExecutor", "AIRFLOW_CONN_OTHER": "x://", "PGHOST": "elsewhere"}
    environment = process_environment(settings, {**shell, "HOME": "/home/zoe"})
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert environment["HOME"] == "/home/zoe"
    assert not {"AIRFLOW_CONN_OTHER", "PGHOST"} & set(environment)


def test_alerts_may_be_set_from_the_shell(settings: StackSettings):
    assert stack_environment(settings)["ALERT_ON"] == "failure"
    assert process_environment(settings, {"ALERT_ON": "warning"})["ALERT_ON"] == "warning"


def test_secrets_are_made_once_and_only_their_owner_can_read_them(settings: StackSettings):
    first, second = stack_environment(settings), stack_environment(settings)
    assert first == second
    for name in ("credentials.json", "passwords.json"):
        assert stat.S_IMODE((settings.root / name).stat().st_mode) == 0o600


def test_the_connections_are_json_with_real_booleans(settings: StackSettings):
    smtp = json.loads(stack_environment(settings)["AIRFLOW_CONN_SMTP_DEFAULT"])
    assert (smtp["host"], smtp["port"]) == ("127.0.0.1", 11025)
    assert smtp["extra"]["disable_tls"] is True
    postgres = json.loads(stack_environment(settings)["AIRFLOW_CONN_POSTGRES_DEFAULT"])
    assert (postgres["conn_type"], postgres["schema"]) == ("postgres", "elearning_db")


def test_every_product_variable_of_the_example_is_set(settings: StackSettings):
    lines = (PROJECT / ".env.example").read_text().splitlines()
    names = {
        line.partition("=")[0] for line in lines if line.startswith(("ETL_", "QUALITY_", "ALERT_", "UPKEEP_"))
    }
    assert len(names) > 10
    mounted_by_containers = {"ETL_USERS_DIR"}
    assert names - mounted_by_containers <= set(stack_environment(settings))


def test_the_default_stack_keeps_its_logs_under_var_and_another_one_under_its_root(tmp_path: Path):
    assert StackSettings(root=VAR / "stack").log_folder == VAR / "log"
    assert StackSettings(root=tmp_path).log_folder == tmp_path / "log"


@pytest.mark.parametrize("depth", [0, 3], ids=["short path", "path longer than a socket address"])
def test_unix_sockets_fit_into_their_address(depth: int):
    settings = StackSettings(root=Path("/srv").joinpath(*["a-folder-with-a-long-name-in-it"] * depth))
    longest = settings.postgres_socket_folder / ".s.PGSQL.5432"
    assert len(str(longest)) < 108
    assert len(str(settings.runtime_folder / "supervisor.sock.4194304")) < 108
    assert settings.runtime_folder.is_relative_to(settings.root) is (depth == 0)


def test_a_port_that_needs_root_is_refused():
    with pytest.raises(WrongSettingsError, match="LOCAL_UI_PORT"):
        StackSettings(ui_port=80)
