"""What an administrator does once on a node: the snapshot repository, and the product's API key."""

from pathlib import Path
from typing import TYPE_CHECKING

from local.loopback import asked
from reindex.checks.access import role

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

SUPERUSER = "elastic"
REQUEST_SECONDS = 30.0


def administrator(url: str, password: str) -> "Elasticsearch":
    """A client with every right; close it, or use it as a context manager."""
    from elasticsearch import Elasticsearch

    return Elasticsearch(url, basic_auth=(SUPERUSER, password), request_timeout=REQUEST_SECONDS)


def answers_authenticated(url: str, password: str) -> bool:
    """Whether the node answers the superuser and its own security index is there.

    In its first seconds a node refuses connections or answers 401 and 503.
    """
    health = asked(f"{url}/_cluster/health", timeout=5, auth=(SUPERUSER, password))
    return health is not None and health.is_success and health.json()["status"] in {"green", "yellow"}


def register_repository(admin: "Elasticsearch", *, name: str, folder: Path) -> None:
    """Register a snapshot repository in a folder, and let every node write to it as a proof."""
    admin.snapshot.create_repository(
        name=name,
        repository={"type": "fs", "settings": {"location": str(folder)}},
        verify=True,
    )


def create_api_key(admin: "Elasticsearch", *, index: str) -> str:
    """A fresh API key with the role of the weekly reindex, encoded as clients want it."""
    made = admin.security.create_api_key(
        name=f"reindex of {index}", role_descriptors={"reindex": role(index)}
    )
    return str(made["encoded"])


def is_valid_api_key(url: str, api_key: str, *, index: str) -> bool:
    """Whether the node knows a key, and it may work on a served name."""
    from elasticsearch import AuthenticationException, Elasticsearch

    if not api_key:
        return False
    with Elasticsearch(url, api_key=api_key, request_timeout=REQUEST_SECONDS) as client:
        try:
            wanted = role(index)
            found = client.security.has_privileges(cluster=wanted["cluster"], index=wanted["indices"])
        except AuthenticationException:
            return False
    return bool(found["has_all_requested"])
