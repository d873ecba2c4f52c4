"""A real mail server on a port of its own, which may come up late."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """Keeps what the server takes. received: the newest last."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
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


def connection(port: int) -> str:
    """The Airflow connection to it, as JSON, with which a server that is away is asked once."""
    extra = '{"disable_tls": true, "disable_ssl": true, "timeout": 5, "retry_limit": 0}'
    return f'{{"conn_type": "smtp", "host": "127.0.0.1", "port": {port}, "extra": {extra}}}'
