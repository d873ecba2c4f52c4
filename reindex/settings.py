"""Settings of the weekly reindex, read from the environment when somebody asks for them, never at import."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from pipeline.settings import Settings


class ClusterSettings(Settings):
    """How the command line reaches Elasticsearch; in Airflow the connection `elasticsearch_default` is used.

    Every variable starts with `ELASTICSEARCH_`; see `.env.example`.
    """

    model_config = SettingsConfigDict(env_prefix="ELASTICSEARCH_", frozen=True)

    host: str = Field("http://localhost:9200", pattern=r"^https?://[^\s/]+:\d+(/\S*)?$")
    """Address with scheme and port, such as `https://search.example.org:9200`."""
    api_key: str = ""
    """The encoded API key; empty: `user` and `password` log in."""
    user: str = ""
    password: str = ""
    ca_certs: str | None = None
    """File with the certificate authority of an https address; None: the system's."""


class ReindexSettings(Settings):
    """What is reindexed, and what is kept. Variables start with `REINDEX_`, but for the aliased ones."""

    model_config = SettingsConfigDict(env_prefix="REINDEX_", frozen=True, populate_by_name=True)

    index: str = Field("inlearning-storage", alias="ELASTICSEARCH_INDEX", pattern=r"^[a-z0-9][a-z0-9_.-]*$")
    """The served name: an alias, or a concrete index that the first swap migrates."""
    repository: str = Field("inlearning-snapshots", alias="ELASTICSEARCH_SNAPSHOT_REPOSITORY", min_length=1)
    """Snapshot repository, which an administrator has registered."""
    staging_url: str = Field("/ingest/staging", min_length=1)
    """Folder (or fsspec URL) with one folder a run, for the gates' batches."""
    keep_staging_days: int = Field(7, ge=1)
    """Days after which the folder of a run is deleted."""
    keep_indices: int = Field(3, ge=1)
    """Validated indices that stay, the served one among them."""
    keep_snapshots: int = Field(3, ge=1)
    """Snapshots of our own that stay."""
    copy_hours: float = Field(12, gt=0)
    """Hours after which a copy is given up and cancelled."""
    block_seconds: float = Field(30, gt=0)
    """Seconds after which the swap gives up and lifts its write block."""
    free_disk_factor: float = Field(1.5, ge=1)
    """Free disk that the copy needs, as a multiple of the source's size on disk."""
    queries: str | None = None
    """File with the searches that the platform relies on; None: `reindex/queries.yml`."""
    mapping: str | None = None
    """File with a change of mapping or settings on purpose; None: they stay what they are."""
    platform_url: str | None = Field(None, alias="LEARNING_PLATFORM_URL")
    """Health address of the learning platform, asked after a swap; None: nobody is asked."""
