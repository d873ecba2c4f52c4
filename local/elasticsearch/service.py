"""Elasticsearch as a service of the stack: prepared before it starts, set up when it answers."""

import os
from collections.abc import Callable

from local.elasticsearch.account import needed_user
from local.elasticsearch.assembly import assemble, distribution
from local.elasticsearch.jdk import find_jdk
from local.elasticsearch.node import Node
from local.elasticsearch.security import (
    administrator,
    answers_authenticated,
    create_api_key,
    is_valid_api_key,
    register_repository,
)
from local.settings import StackSettings
from local.stack.credentials import store_elasticsearch_api_key, stored_credentials
from local.stack.supervision import Program

NAME = "elasticsearch"


def node(settings: StackSettings) -> Node:
    """The stack's node."""
    return Node(
        folder=settings.elasticsearch_folder, distribution=distribution(), port=settings.elasticsearch_port
    )


def program(settings: StackSettings) -> Program:
    """The server, on 127.0.0.1 only."""
    return Program(NAME, node(settings).command, port=settings.elasticsearch_port, user=needed_user())


def variables(settings: StackSettings) -> dict[str, str]:
    """The environment variables that the server needs. Raises LocalStackError without a JDK."""
    return node(settings).variables(find_jdk(os.environ))


def prepare(settings: StackSettings, show: Callable[[str], None]) -> None:
    """Assemble the server and make its folder, when they are not there.

    Raises LocalStackError without a JDK, Maven or network.
    """
    assemble(show)
    node(settings).prepare(jdk=find_jdk(os.environ), password=password(settings))


def is_ready(settings: StackSettings) -> bool:
    """Whether the server answers its superuser."""
    return answers_authenticated(node(settings).url, password(settings))


def set_up(settings: StackSettings) -> bool:
    """Register the snapshot repository, and make the pipeline's API key unless the node knows the stored one.

    Returns whether the key is a new one.
    """
    chosen = settings.elasticsearch
    with administrator(node(settings).url, password(settings)) as admin:
        register_repository(admin, name=chosen.snapshot_repository, folder=node(settings).snapshots)
        api_key = stored_credentials(settings.credentials_path).elasticsearch_api_key
        if is_valid_api_key(node(settings).url, api_key, index=chosen.index):
            return False
        store_elasticsearch_api_key(settings.credentials_path, create_api_key(admin, index=chosen.index))
    return True


def password(settings: StackSettings) -> str:
    """The superuser's, made at the first call."""
    return stored_credentials(settings.credentials_path).elasticsearch_password
