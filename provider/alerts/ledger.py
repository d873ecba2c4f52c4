"""Who has which message: in PostgreSQL, and in a file each while that is away."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from upath import UPath

from alerts import deliveries
from alerts.composing import Message
from alerts.routes import Target
from pipeline import private
from pipeline.messages import first_line, shown

if TYPE_CHECKING:
    from sqlalchemy import Engine

log = logging.getLogger(__name__)

CONNECT_SECONDS, ANSWER_SECONDS = 3, 5
"""An alert waits no longer for the database."""


@contextmanager
def history() -> "Iterator[Engine | None]":
    """An engine on the database with the incidents; None, and a warning, while it cannot be reached."""
    from provider.connections import postgres_engine

    engine = None
    try:
        engine = postgres_engine(patience=CONNECT_SECONDS, answer=ANSWER_SECONDS)
        deliveries.create(engine)
    except Exception as error:  # whatever the driver raises, people are told
        log.warning("Incidents and deliveries cannot be reached now: %s", first_line(error), exc_info=True)
        if engine is not None:
            engine.dispose()
        engine = None
    try:
        yield engine
    finally:
        if engine is not None:
            engine.dispose()


@dataclass(frozen=True)
class Ledger:
    """What is known of the deliveries. folder: of the files, below that of the report."""

    engine: "Engine | None"
    folder: UPath

    def delivered(self, message: Message) -> frozenset[Target]:
        """Who has a message already, as the database says; the files are asked one by one."""
        if self.engine is None:
            return frozenset()
        try:
            return deliveries.delivered(self.engine, message.alert.key)
        except Exception as error:  # whatever the driver raises, people are told
            log.warning("The deliveries cannot be read now: %s", first_line(error), exc_info=True)
            return frozenset()

    def is_marked(self, message: Message, target: Target) -> bool:
        """Whether a file says that the target has it."""
        return self._mark(message, target).exists()

    def note(self, message: Message, target: Target, error: str | None) -> None:
        """Write down an attempt; a delivery goes into a file when the database does not take it.

        Nothing is raised: another message at each retry is worse than one more if the task is cleared.
        """
        if not self._noted(message, target, error) and error is None:
            mark = self._mark(message, target)
            try:
                private.make_folder(mark.parent)
                mark.touch()
            except OSError:
                log.exception("It was sent, but that cannot be written down in %s", mark)

    @contextmanager
    def held(self, message: Message) -> Iterator[bool]:
        """Hold a message while it is sent; False when another attempt does."""
        with ExitStack() as stack:
            is_ours = True
            if self.engine is not None:
                try:
                    is_ours = stack.enter_context(deliveries.held(self.engine, message.alert.key))
                except Exception:  # without the database nobody can be asked
                    log.warning("The message cannot be held.", exc_info=True)
            yield is_ours

    def _noted(self, message: Message, target: Target, error: str | None) -> bool:
        if self.engine is None:
            return False
        alert = message.alert
        about = {"dag": alert.dag, "run": alert.run, "subject": alert.subject}
        told = None if error is None else shown(error)
        try:
            deliveries.note(self.engine, alert.key, target, **about, now=datetime.now(UTC), error=told)
        except Exception as failure:  # whatever the driver raises, it was sent
            log.warning("The delivery cannot be written down now: %s", first_line(failure), exc_info=True)
            return False
        return True

    def _mark(self, message: Message, target: Target) -> UPath:
        who = hashlib.sha256(str(target).encode()).hexdigest()[:16]
        return self.folder / f"{message.plain_key}-{who}"
