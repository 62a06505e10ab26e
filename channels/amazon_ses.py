"""Amazon SES by django-anymail and boto3, which call by us and know nothing of AWS but what the account says: no file
or variable of AWS's own tools on this machine, and no key that a server in its cloud may ask for.

Only loaded for such an account: boto3 takes its time.
"""

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from anymail.backends import amazon_ses
from anymail.exceptions import AnymailAPIError
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.exceptions import BotoCoreError, HTTPClientError
from botocore.loaders import Loader
from botocore.session import Session

from channels.backends import guarded, replies
from channels.backends.anymail import REGION, AnymailConnection
from channels.backends.base import Kind, Outcome, secret, shortened
from channels.models import Account
from config import http

KEY_ID, KEY_REGION = "KEY_ID", "REGION"
# What SES says by 400 and means: later.
THROTTLED = {"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"}
# Of an address that it cannot read. It may be the sender's, so nobody is suppressed for it.
BAD_ADDRESS = re.compile(
    r"local address contains|domain (contains|ends|starts)|missing final '@domain'", re.I
)


class EmailBackend(amazon_ses.EmailBackend):  # type: ignore[misc]
    def __init__(self, timeout: float, **options: Any) -> None:
        super().__init__(**options)
        self.timeout = timeout

    def open(self) -> bool | None:
        made: bool | None = super().open()
        if made:
            self.session = http.Session()
            self.client.meta.events.register("before-send.sesv2", self._send_guarded)
        return made

    def close(self) -> None:
        if self.client is not None:
            self.session.close()
        super().close()

    def _send_guarded(self, request: AWSPreparedRequest, **_said: Any) -> AWSResponse:
        """What boto3 takes for the answer, so that it calls nobody itself."""
        try:
            answer = self.session.send(
                str(request.method),
                str(request.url),
                headers=guarded.headers_of(request),
                body=guarded.body_of(request.body),
                timeout=self.timeout,
            )
        except http.CallError as error:
            raise HTTPClientError(error=error) from error
        return AWSResponse(request.url, answer.status, answer.headers, _Body(answer.body))


class _Body(BytesIO):
    def stream(self) -> "_Body":
        return self


class SesConnection(AnymailConnection):
    def refusal(self, error: AnymailAPIError) -> Outcome:
        called = getattr(error.__cause__, "__cause__", None)
        if isinstance(called, http.CallError):
            return Outcome(_without_answer(called), detail=shortened(called))
        answer = error.response if isinstance(error.response, dict) else {}
        return _of_answer(answer.get("Error", {}), answer.get("ResponseMetadata", {}), error)


def _without_answer(error: http.CallError) -> Kind:
    if isinstance(error, http.Forbidden):
        return Kind.US
    return Kind.LINE if isinstance(error, http.NotSent) else Kind.UNKNOWN


def _of_answer(said: Mapping[str, Any], about: Mapping[str, Any], error: AnymailAPIError) -> Outcome:
    code, words = str(said.get("Code", "")), str(said.get("Message", ""))
    asked = str(about.get("HTTPHeaders", {}).get("retry-after", ""))
    if code in THROTTLED:
        return replies.of_http(429, asked, f"{code}: {words}")
    if code == "BadRequestException" and BAD_ADDRESS.search(words):
        return Outcome(Kind.ADDRESS, detail=shortened(words), suppress=False)
    status = about.get("HTTPStatusCode")
    if status is None:
        return Outcome(Kind.UNKNOWN, detail=shortened(error.__cause__))
    return replies.of_http(int(status), asked, f"{code}: {words}")


def connect(account: Account, options: Mapping[str, Any]) -> SesConnection:
    """Options: region, access_key_id, api_url, timeout, and those of django-anymail. The environment's
    ACCOUNT_<NAME>_REGION and ACCOUNT_<NAME>_KEY_ID count before the first two. Raises ValueError."""
    given = dict(options)
    region, key_id = given.pop("region", ""), given.pop("access_key_id", "")
    params = {
        "region_name": secret(account, KEY_REGION) or str(region),
        "aws_access_key_id": secret(account, KEY_ID) or str(key_id),
        "aws_secret_access_key": secret(account),
    }
    _check(account, params)
    if url := given.pop("api_url", ""):
        params["endpoint_url"] = str(url)
    try:
        backend = EmailBackend(
            session_params={"botocore_session": _session()},
            client_params=params | {"config": _config()},
            **given,
        )
        backend.open()
    except BotoCoreError as error:
        raise ValueError(shortened(error)) from error
    return SesConnection(backend)


def _check(account: Account, params: Mapping[str, str]) -> None:
    if not REGION.fullmatch(params["region_name"]):
        raise ValueError(f"Account {account.pk} needs the option `region`, such as eu-central-1.")
    if not params["aws_access_key_id"] or not params["aws_secret_access_key"]:
        raise ValueError(
            f"Account {account.pk} needs its key: ACCOUNT_{account.pk}_{KEY_ID} and ACCOUNT_{account.pk}_PASSWORD."
        )


def _session() -> Session:
    """One that no file and no variable of this machine reaches."""
    alone = {
        name: (None, None, None if name.endswith("_file") else default, conversion)
        for name, (_key, _variable, default, conversion) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
    }
    made = Session(session_vars=alone)
    own_data = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    made.register_component("data_loader", own_data)
    return made


def _config() -> dict[str, Any]:
    """One try: whether there is another is for us to say, since what broke off may have been taken over."""
    return {"retries": {"mode": "standard", "total_max_attempts": 1}, "ignore_configured_endpoint_urls": True}
