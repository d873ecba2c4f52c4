"""The one place that makes an Elasticsearch client and says what its errors mean."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipeline.errors import FatalError, PipelineError, RetriableError
from reindex.errors import ClusterUnfitError, CopyInterruptedError

if TYPE_CHECKING:
    from elastic_transport import ObjectApiResponse
    from elasticsearch import ApiError, Elasticsearch

    from reindex.settings import ClusterSettings

REQUEST_SECONDS = 30.0
RETRIES = 3
OLDEST = (8, 17)
"""The oldest version that all of it is tested on; the newest is 9.x."""
BUSY = (429, 502, 503, 504)
"""Answers, also about single documents, of a node that is overloaded, full or away: they may pass."""


def options(settings: "ClusterSettings") -> dict[str, Any]:
    """Arguments of `Elasticsearch` and `AsyncElasticsearch` alike: address, login, CA, time-outs, retries."""
    # The client says so of the task API at every call, and the server has had it for ten years.
    warnings.filterwarnings("ignore", message="This API is in technical preview")
    return {
        "hosts": settings.host,
        "request_timeout": REQUEST_SECONDS,
        "max_retries": RETRIES,
        "retry_on_timeout": True,
        "retry_on_status": BUSY,
        **_login(settings),
        **({"ca_certs": settings.ca_certs} if settings.ca_certs else {}),
    }


def _login(settings: "ClusterSettings") -> dict[str, Any]:
    if settings.api_key:
        return {"api_key": settings.api_key}
    return {"basic_auth": (settings.user, settings.password)} if settings.user else {}


def connect(settings: "ClusterSettings") -> "Elasticsearch":
    """A client; nothing is sent yet. Close it, or use it as a context manager."""
    from elasticsearch import Elasticsearch

    return Elasticsearch(**options(settings))


@contextmanager
def plain_errors(subject: str) -> Iterator[None]:
    """Turn the client's errors into the package's. subject: what was asked, such as `index courses`.

    Raises:
        RetriableError: the cluster is away, too busy, or took too long.
        FatalError: it refused, or is none; the message has its reason and the next step.
    """
    from elasticsearch import ApiError, SerializationError, TransportError

    try:
        yield
    except ApiError as error:
        raise _explained(subject, error) from error
    except SerializationError as error:
        # Of something else, or of a proxy while the cluster behind it is away.
        raise RetriableError(
            f"{subject}: what answers at ELASTICSEARCH_HOST (connection elasticsearch_default) does not "
            f"speak as Elasticsearch does ({error.message}). Check the address, and that the cluster is up."
        ) from error
    except TransportError as error:
        raise RetriableError(
            f"{subject}: Elasticsearch does not answer ({error.message}). Check ELASTICSEARCH_HOST "
            "(connection elasticsearch_default) and that the cluster is up."
        ) from error


def _explained(subject: str, error: "ApiError") -> Exception:
    from elasticsearch import UnsupportedProductError

    status, reason = error.meta.status, reason_of(error)
    if isinstance(error, UnsupportedProductError):
        return FatalError(
            f"{subject}: what answers at ELASTICSEARCH_HOST (connection elasticsearch_default) is no "
            f"Elasticsearch. Set the address of one, {_versions()}."
        )
    if "media_type_header_exception" in str(error.body):
        return FatalError(
            f"{subject}: this Elasticsearch does not speak with our client ({reason}). "
            f"It has to be {_versions()}."
        )
    if status == 401:
        return FatalError(
            f"{subject}: Elasticsearch refuses the API key ({reason}). "
            "Is it expired or wrong? Set a valid one in the connection elasticsearch_default."
        )
    if status == 403 and "cluster_block_exception" not in str(error.body):
        return FatalError(
            f"{subject}: the API key may not do this ({reason}). Give its role the missing privilege."
        )
    if "search_context_missing_exception" in str(error.body):
        return RetriableError(
            f"{subject}: a node was restarted while its documents were read, or that took too long."
        )
    if "snapshot_in_progress_exception" in str(error.body):
        return RetriableError(f"{subject}: a snapshot of it is being taken ({reason}).")
    if status in BUSY:
        return RetriableError(f"{subject}: Elasticsearch is too busy ({status}: {reason}).")
    return FatalError(f"{subject}: Elasticsearch answers {status}: {reason}.")


def refuse_old(version: str) -> str:
    """The version of a server, as it was given.

    Raises:
        ClusterUnfitError: it is too old.
    """
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        raise ClusterUnfitError(f"Elasticsearch {version} is too old: it has to be {_versions()}.")
    return version


def _versions() -> str:
    return f"version {OLDEST[0]}.{OLDEST[1]} or newer, up to 9.x"


def away(error: PipelineError) -> bool:
    """Whether a server that has answered before will do so again: it is away, or starts.

    One that starts refuses every API key until it has found its security index, some seconds later.
    """
    if isinstance(error, CopyInterruptedError):
        return False
    answer = getattr(error.__cause__, "meta", None)
    return isinstance(error, RetriableError) or getattr(answer, "status", None) == 401


def whole(answer: "ObjectApiResponse[Any]") -> "ObjectApiResponse[Any]":
    """The answer of a search or a count, if all shards gave it.

    Raises RetriableError when a shard is missing in it: its documents would seem not to be there.
    """
    shards = answer["_shards"]
    if shards["failed"] or shards["successful"] < shards["total"] or answer.get("timed_out"):
        raise RetriableError(
            f"Only {shards['successful']} of {shards['total']} shards answered. Try again when all are there."
        )
    return answer


def count(client: "Elasticsearch", index: str, **query: Any) -> int:
    """Documents of an index, as of its last refresh. Raises RetriableError when a shard is away."""
    return int(whole(client.count(index=index, **query))["count"])


def reason_of(error: "ApiError") -> str:
    """The server's reason on one line, without its trailing stop."""
    body = error.body if isinstance(error.body, dict) else {}
    cause = body.get("error", body)
    text = cause.get("reason") or cause.get("type") if isinstance(cause, dict) else cause
    return " ".join(str(text or error.message).split()).rstrip(".")
