"""The way to other servers for libraries that call by requests: the checks, deadlines and limits of config/http.py."""

from io import BytesIO
from typing import Any

from anymail.backends.base_requests import AnymailRequestsBackend
from requests import PreparedRequest, Response, Session
from requests.adapters import BaseAdapter
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ConnectTimeout, InvalidURL
from requests.structures import CaseInsensitiveDict

from config import http

OWN_HEADERS = {"host", "accept-encoding", "content-length", "connection"}


def guard(backend: Any) -> None:
    """Have a backend of django-anymail call by us. Those that bring a library of the provider know no `api_url`."""
    if not isinstance(backend, AnymailRequestsBackend):
        return
    create = backend.create_session

    def guarded() -> Session:
        made: Session = create()
        made.adapters.clear()
        made.trust_env = False  # a proxy would look names up by itself
        made.mount("", Adapter(str(backend.api_url)))
        return made

    backend.create_session = guarded


class Adapter(BaseAdapter):
    """A redirect is a call like others, so it is looked at as well. `api_url` is as somebody wrote it: requests mends
    what is no URL before we see it."""

    def __init__(self, api_url: str) -> None:
        super().__init__()
        self._api_url = api_url
        self._session = http.Session()

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Response:
        limit = timeout if isinstance(timeout, int | float) else http.TIMEOUT
        try:
            http.place(self._api_url)
            answer = self._session.send(
                request.method or "GET",
                request.url or "",
                headers=headers_of(request),
                body=body_of(request.body),
                timeout=limit,
            )
        except http.Forbidden as error:
            raise InvalidURL(str(error), request=request) from error
        except http.NotSent as error:
            raise ConnectTimeout(str(error), request=request) from error
        except http.MaybeSent as error:
            raise RequestsConnectionError(str(error), request=request) from error
        return _response(request, answer)

    def close(self) -> None:
        self._session.close()


def headers_of(request: Any) -> dict[str, str]:
    given = {_text(name): _text(value) for name, value in request.headers.items()}
    return {name: value for name, value in given.items() if name.lower() not in OWN_HEADERS} | {
        "Content-Length": str(len(body_of(request.body)))
    }


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def body_of(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body or b"")


def _response(request: PreparedRequest, answer: http.Answer) -> Response:
    made = Response()
    made.status_code, made.request, made.url = answer.status, request, request.url or ""
    made.headers = CaseInsensitiveDict(answer.headers)
    made.encoding = "utf-8"
    made.raw = BytesIO(answer.body)
    made._content = answer.body
    return made
