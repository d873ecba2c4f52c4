"""What a workbook holds besides the rows that were read, and how bad that is."""

from collections.abc import Mapping
from typing import Any

from great_expectations.expectations.expectation import Expectation

from gx.errors import GateMisuse
from gx.expectations.nothing_unread import ExpectNothingToBeUnread
from gx.severity import critical, warning
from report.said import Said, say


def expectations(facts: Mapping[str, object]) -> list[Expectation]:
    """Emails in a visible sheet that was not read are users who were forgotten; all else is told.

    facts: `unread`, dictionaries as of `etl.handover.Unread`. Raises GateMisuse for anything else.
    """
    unread = facts["unread"]
    if not isinstance(unread, list) or not all(isinstance(part, dict) for part in unread):
        raise GateMisuse(f"the fact 'unread' is {unread!r}, not a list of parts of workbooks")
    forgotten = [part for part in unread if part["what"] == "visible" and part["emails"]]
    return [_no_email_forgotten(forgotten), _all_read(unread)]


def _no_email_forgotten(parts: list[dict[str, Any]]) -> Expectation:
    return critical(
        ExpectNothingToBeUnread,
        say(
            "No visible sheet that was not read has an email in it; "
            "such a sheet needs the headers of the users, or is hidden or deleted",
            "Aucune feuille visible non lue ne contient d’email ; "
            "une telle feuille doit avoir les en-têtes des utilisateurs, ou être masquée ou supprimée",
        ),
        key="unread_emails",
        threshold=say("no such sheet", "aucune"),
        unread=[_said(part).en for part in parts],
        french=[_said(part).fr for part in parts],
    )


def _all_read(parts: list[dict[str, Any]]) -> Expectation:
    return warning(
        ExpectNothingToBeUnread,
        say(
            "The workbooks hold nothing besides the rows that were read",
            "Les classeurs ne contiennent rien d’autre que les lignes lues",
        ),
        key="unread_parts",
        threshold=say("nothing else", "rien d’autre"),
        unread=[_said(part).en for part in parts],
        french=[_said(part).fr for part in parts],
    )


def _said(part: dict[str, Any]) -> Said:
    where = f"{part['workbook']}, {part['sheet']}"
    rows, emails = part["rows"], part["emails"]
    match part["what"]:
        case "above":
            return say(
                "{where}: {emails:email|emails} above the header",
                "{where} : {emails:email|emails} au-dessus de l’en-tête",
                where=where,
                emails=emails,
            )
        case "repeated":
            return say(
                "{where}: {rows:row|rows} that only repeat the header",
                "{where} : {rows:ligne|lignes} où l’en-tête se répète",
                where=where,
                rows=rows,
            )
        case "visible":
            kind = say("no users in it", "sans utilisateurs")
        case _:
            kind = say("hidden", "masquée")
    return say(
        "{where}: {kind}, {rows:row|rows}, {emails:email|emails}",
        "{where} : {kind}, {rows:ligne|lignes}, {emails:email|emails}",
        where=where,
        kind=kind,
        rows=rows,
        emails=emails,
    )
