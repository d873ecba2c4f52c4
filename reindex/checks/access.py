"""What an administrator sets up once: the smallest role that does the job, and the snapshot repository.

`python -m reindex.checks.access` does both, and makes a user with that role, as the superuser `elastic`: for
a cluster that is ours alone. Elsewhere an administrator makes an API key with `role(…)` as its descriptor.
"""

from typing import TYPE_CHECKING, Any

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from pipeline.settings import Settings
from reindex.client import connect, plain_errors
from reindex.settings import ClusterSettings, ReindexSettings

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

ROLE = "inlearning-reindex"

CLUSTER_PRIVILEGES = (
    "monitor",
    "create_snapshot",
    "cancel_task",
    "cluster:admin/repository/verify",
    "cluster:admin/snapshot/delete",
    "cluster:admin/reindex/rethrottle",
)
INDEX_PRIVILEGES = (
    "read",
    "write",
    "create_index",
    "delete_index",
    "view_index_metadata",
    "monitor",
    "maintenance",
    "indices:admin/aliases",
    "indices:admin/settings/update",
    "indices:admin/block/add*",
    "indices:admin/resize",
    "indices:admin/mapping/put",
)


class AccessSettings(Settings):
    """How this module logs in and what it makes. Variables start with `ELASTICSEARCH_`."""

    model_config = SettingsConfigDict(env_prefix="ELASTICSEARCH_", frozen=True)

    admin_password: str = Field(min_length=1)
    """Of the superuser `elastic`."""
    user: str = ROLE
    """The user to make, with the role."""
    password: str = Field(min_length=6)
    snapshot_location: str = Field(min_length=1)
    """Folder on the cluster's nodes, below their `path.repo`."""


def role(served: str) -> dict[str, Any]:
    """The smallest role for a served name: a body of the role API, or a role descriptor of an API key."""
    names = [served, f"{served}-*"]
    return {
        "cluster": list(CLUSTER_PRIVILEGES),
        "indices": [{"names": names, "privileges": list(INDEX_PRIVILEGES)}],
    }


def register_repository(client: "Elasticsearch", name: str, location: str) -> None:
    """Register a folder as snapshot repository, and have every node verify that it can write there."""
    with plain_errors(f"snapshot repository {name}"):
        client.snapshot.create_repository(
            name=name, repository={"type": "fs", "settings": {"location": location}}
        )


def make_user(client: "Elasticsearch", user: str, password: str, *, served: str) -> None:
    """Make the role of a served name and a user that has it; both are replaced when they are there."""
    body = role(served)
    with plain_errors(f"user {user}"):
        client.security.put_role(name=ROLE, cluster=body["cluster"], indices=body["indices"])
        client.security.put_user(username=user, password=password, roles=[ROLE])


def main() -> None:
    """Set a cluster of our own up, from the environment; may be run again."""
    settings, access = ReindexSettings(), AccessSettings()
    admin = ClusterSettings(api_key="", user="elastic", password=access.admin_password)
    with connect(admin) as client:
        register_repository(client, settings.repository, access.snapshot_location)
        make_user(client, access.user, access.password, served=settings.index)


if __name__ == "__main__":
    main()
