"""What is missing is told in one line before anything starts."""

import os
import socket
from pathlib import Path

import pytest

from local.errors import LocalStackError
from local.stack.preflight import NeededPort, check_disk, check_ports, port_in_use


def test_a_port_in_use_names_the_port_the_program_and_the_variable_to_change():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(LocalStackError) as raised:
            check_ports([NeededPort(port, "Airflow UI", "LOCAL_UI_PORT")])
    message = str(raised.value)
    assert f"Port {port} (Airflow UI) is in use" in message
    assert f"(pid {os.getpid()})" in message
    assert "LOCAL_UI_PORT" in message
    assert "\n" not in message


def test_a_free_port_passes():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert port_in_use(port)
    assert not port_in_use(port)
    check_ports([NeededPort(port, "Airflow UI", "LOCAL_UI_PORT")])


def test_a_disk_with_too_little_space_is_one_line_even_for_a_folder_to_come(tmp_path: Path):
    with pytest.raises(LocalStackError, match=r"GiB of disk space free, 1048576 GiB needed") as raised:
        check_disk(tmp_path / "not" / "yet", least_free=2**50)
    assert "\n" not in str(raised.value)
    check_disk(tmp_path / "not" / "yet", least_free=1)
