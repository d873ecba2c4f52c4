"""A real mail server on a port of its own, which may come up late."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """Keeps what the server takes.

    received: the newest last; envelopes: whom each was handed in for. refuse: who is refused. hang: seconds
    before a mail is taken.
    """

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.envelopes: list[list[str]] = []
        self.refuse: set[str] = set()
        self.hang = 0.0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.hang)
        self.envelopes.append(list(envelope.rcpt_tos))
        self.received.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@contextmanager
def mail_server(port: int) -> Iterator[Mailbox]:
    """A server on 127.0.0.1 as long as this lasts."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def connection(port: int, *, timeout: float = 5) -> str:
    """The Airflow connection to it, as JSON, with which a server that is away is asked once."""
    extra = f'{{"disable_tls": true, "disable_ssl": true, "timeout": {timeout}, "retry_limit": 0}}'
    return f'{{"conn_type": "smtp", "host": "127.0.0.1", "port": {port}, "extra": {extra}}}'
