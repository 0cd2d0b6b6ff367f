"""The environment, read once into one frozen object and checked before anything starts."""

from datetime import timedelta
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

#: A shorter key could be guessed by somebody who holds one signed cookie.
SHORTEST_SECRET = 32

Environment = Literal["production", "development", "demo", "test"]


class Settings(BaseSettings):
    """Every setting, from variables named AIDFLOW_ and the field in capitals.

    Sizes are bytes. The three database addresses differ in their role only: the web role and the
    worker role hold the least grants they need, the owner role runs migrations and nothing else.
    """

    model_config = SettingsConfigDict(env_prefix="AIDFLOW_", frozen=True, extra="ignore", env_ignore_empty=True)

    environment: Environment = "production"
    data: Path | None = None
    public_url: str = "http://127.0.0.1:8000"

    database_url: str = Field("", repr=False)
    worker_database_url: str = Field("", repr=False)
    owner_database_url: str = Field("", repr=False)
    database_pool: int = Field(10, ge=1, le=200)

    s3_endpoint: str = ""
    s3_bucket: str = "aidflow"
    s3_access_key: str = Field("", repr=False)
    s3_secret_key: str = Field("", repr=False)
    s3_region: str = "us-east-1"
    s3_addressing_style: Literal["path", "virtual", "auto"] = "path"

    secret_key: str = Field("", repr=False)
    max_upload_bytes: int = Field(50 * 1024 * 1024, ge=1024)

    smtp_host: str = ""
    smtp_port: int = Field(25, ge=1, le=65535)
    smtp_username: str = ""
    smtp_password: str = Field("", repr=False)
    smtp_tls: bool = False
    mail_sender: str = "aidflow@localhost"

    #: Keys divided by commas: what is kept encrypted is encrypted with the first and read with all of them.
    encryption_key: str = Field("", repr=False)
    #: Whether everybody with a duty other than an applicant's needs a second factor; empty: not in a demo or a test.
    second_factor: Literal["required", "optional"] | None = None
    #: Minutes for which a password or a code just given is enough to approve, to pay or to grant a role; 0 never asks.
    reauthentication_minutes: int | None = Field(None, ge=0, le=60)
    #: The outside provider of single sign-on (OpenID Connect), and what it knows us by; no button without an issuer.
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = Field("", repr=False)
    #: Words of `amr`, divided by commas, for which the provider is believed to have asked for a second factor itself.
    oidc_multi_factor: str = ""
    session_idle_minutes: int = Field(120, ge=1, le=24 * 60)
    session_hours: int = Field(12, ge=1, le=7 * 24)
    #: Names by which a browser may ask for us, divided by commas; empty: in production that of the public address.
    allowed_hosts: str = ""

    #: Days after which the daily job erases; for sign-ins the law wants six months at least (网络安全法第二十一条).
    retention_sign_in_days: int = Field(365, ge=183, le=3650)
    retention_letter_days: int = Field(365, ge=30, le=3650)
    retention_draft_days: int = Field(730, ge=90, le=3650)
    retention_objection_days: int = Field(1095, ge=180, le=7300)

    #: How many proxies in front of the application set X-Forwarded-For and X-Forwarded-Proto.
    trusted_proxies: int = Field(0, ge=0, le=5)
    #: Who holds it may read /metrics from elsewhere; without it only this machine may.
    metrics_token: str = Field("", repr=False)

    @property
    def clock_can_be_moved(self) -> bool:
        """Only a demonstration or a test may pretend that it is later than it is."""
        return self.environment in {"demo", "test"}

    @property
    def needs_second_factor(self) -> bool:
        """Whether staff get nowhere before they have a second factor."""
        return (self.second_factor or ("optional" if self.clock_can_be_moved else "required")) == "required"

    @property
    def proof_lasts(self) -> timedelta:
        """How long a password or a code is enough for what is asked for anew; nothing where it is not asked for."""
        usual = 0 if self.clock_can_be_moved else 5
        return timedelta(minutes=usual if self.reauthentication_minutes is None else self.reauthentication_minutes)

    @property
    def is_secure(self) -> bool:
        """Whether cookies travel over HTTPS only."""
        return self.environment == "production" or self.public_url.startswith("https://")

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names by which a browser may ask for us; none where any will do."""
        if self.allowed_hosts:
            return tuple(host.strip().lower() for host in self.allowed_hosts.split(",") if host.strip())
        return (urlsplit(self.public_url).hostname or "",) if self.environment == "production" else ()

    @property
    def origin(self) -> str:
        """What a browser calls the place of our pages, as "https://aid.example.org".

        A number names no place to which a passkey could be bound, so this machine is called by its name.
        """
        parts = urlsplit(self.public_url)
        host = "localhost" if parts.hostname in {"127.0.0.1", "::1"} else parts.hostname or ""
        return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")

    @property
    def passkey_host(self) -> str:
        """The host that passkeys are bound to; empty where browsers make none. Source: WebAuthn, 5.1.3 and 13.4.9."""
        host = urlsplit(self.origin).hostname or ""
        is_number = ":" in host or host.replace(".", "").isdigit()
        is_safe = host == "localhost" or self.origin.startswith("https://")
        return host if is_safe and not is_number else ""

    @property
    def oidc_believed_means(self) -> frozenset[str]:
        """What the provider may say it asked for, that makes a second factor here needless; empty: nothing does."""
        return frozenset(word.strip() for word in self.oidc_multi_factor.split(",") if word.strip())

    @property
    def encryption_keys(self) -> tuple[str, ...]:
        """What is kept encrypted: with the first, and still read with the others."""
        return tuple(key.strip() for key in (self.encryption_key or self.secret_key).split(",") if key.strip())

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.secret_key and len(self.secret_key) < SHORTEST_SECRET:
            message = f"AIDFLOW_SECRET_KEY 至少 {SHORTEST_SECRET} 个字符 / needs at least {SHORTEST_SECRET} characters"
            raise ValueError(message)
        if any(len(key) < SHORTEST_SECRET for key in self.encryption_keys):
            message = (
                f"AIDFLOW_ENCRYPTION_KEY 的每一个至少 {SHORTEST_SECRET} 个字符 / each needs at least {SHORTEST_SECRET}"
            )
            raise ValueError(message)
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_client_secret):
            message = (
                "设置 AIDFLOW_OIDC_ISSUER 时还须设置 / needs also: AIDFLOW_OIDC_CLIENT_ID, AIDFLOW_OIDC_CLIENT_SECRET"
            )
            raise ValueError(message)
        if self.oidc_issuer and self.environment == "production" and not self.oidc_issuer.startswith("https://"):
            message = "生产环境的 AIDFLOW_OIDC_ISSUER 须以 https:// 开头 / must begin with https:// in production"
            raise ValueError(message)
        if self.environment == "production":
            needed = ("secret_key", "database_url", "s3_endpoint", "s3_access_key", "s3_secret_key")
            if missing := [f"AIDFLOW_{name.upper()}" for name in needed if not getattr(self, name)]:
                message = f"生产环境缺少设置 / production needs these settings: {', '.join(missing)}"
                raise ValueError(message)
        return self

    def for_worker(self) -> "Settings":
        """The same settings, speaking to the database in the worker's role."""
        return self.model_copy(update={"database_url": self.worker_database_url or self.database_url})

    def as_environment(self) -> dict[str, str]:
        """These settings as the variables that a child process reads them from."""
        values = self.model_dump(mode="json", exclude_none=True)
        return {f"AIDFLOW_{name.upper()}": str(value) for name, value in values.items()}
