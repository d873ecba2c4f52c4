"""The pages of incidents below the Airflow UI: who may do something there, and from where."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qsl

from alerts.incidents.pages import Actor
from alerts.incidents.served import FOLDER, ActorOf, ServedIncidents
from provider.answer import answer
from provider.links import base_url

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
    from fastapi import FastAPI, Request
    from sqlalchemy import Engine

LONGEST_FORM = 10_000
"""Bytes."""
FORM = "application/x-www-form-urlencoded"
FOREIGN = (
    "This did not come from a page of this Airflow, so nothing was done. Open the page of the incident and "
    "press the button there; behind a proxy, [api] base_url has to be the address that people use."
)


def add_incidents(app: "FastAPI", engine: "Callable[[], Engine]") -> None:
    """Let the application answer for the pages of incidents, and do what their forms ask for.

    engine: as of `ServedIncidents`.
    """
    from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
    from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_view
    from fastapi import Depends, HTTPException, Request
    from fastapi.responses import PlainTextResponse, Response

    served = ServedIncidents(engine)
    logged_in = [Depends(requires_access_view(AccessView.WEBSITE))]

    async def form_of(request: Request) -> dict[str, str]:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise HTTPException(415, f"A form is sent as {FORM}.")
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_FORM:
                raise HTTPException(413, f"A form has at most {LONGEST_FORM:,} bytes.")
        return dict(parse_qsl(body.decode("utf-8", "replace")))

    @app.get(f"/{FOLDER}{{name}}", dependencies=logged_in)
    def show(name: str, request: Request, user: GetUserDep) -> Response:
        """The list of incidents, or the page of one."""
        query, actor = dict(request.query_params), actor_of(request, user)
        return answer(served.at(f"{FOLDER}{name}", query, now=datetime.now(UTC), actor_of=actor))

    @app.post(f"/{FOLDER}{{name}}", dependencies=logged_in)
    def act(
        name: str, request: Request, user: GetUserDep, form: Annotated[dict[str, str], Depends(form_of)]
    ) -> Response:
        """Acknowledge, mute or unmute an incident."""
        own = f"{request.url.scheme}://{request.headers.get('host', '')}"
        if not is_own(request.headers, {own, origin_of(base_url())}):
            return PlainTextResponse(FOREIGN, status_code=403)
        actor = actor_of(request, user)
        return answer(served.act(f"{FOLDER}{name}", form, now=datetime.now(UTC), actor_of=actor), moved=303)


def is_own(headers: Mapping[str, str], origins: Collection[str]) -> bool:
    """Whether a request comes from a page of ours, or from somebody who shows a token.

    headers: of the request, by their names in small letters. origins: ours, e.g. `https://airflow.example.org`.
    A browser that is logged in would send its cookie with another site's form as well, but it says whose form
    it is.
    """
    if headers.get("authorization", "").lower().startswith("bearer "):
        return True
    site = headers.get("sec-fetch-site")
    return site == "same-origin" if site else headers.get("origin") in origins


def origin_of(address: str) -> str:
    """The scheme, host and port of an address."""
    return "/".join(address.split("/")[:3])


def actor_of(request: "Request", user: "BaseUser") -> ActorOf:
    """Who is asking, by the UI's login; who may edit a DAG, Airflow decides."""
    from airflow.api_fastapi.core_api.security import requires_access_dag
    from fastapi import HTTPException

    def actor(dag: str) -> Actor:
        try:
            requires_access_dag(method="PUT", param_dag_id=dag)(request, user)
        except HTTPException:
            return Actor(user.get_name(), may_act=False)
        return Actor(user.get_name(), may_act=True)

    return actor
