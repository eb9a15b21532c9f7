"""The settings: read once from the environment and `.env`, checked before anything starts."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "TEABREAK_"
_TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{1,256}")
_LONGEST_SECRET = 256


class SettingsTrouble(Exception):
    """A setting is missing, wrong or unknown; the message names it and says what to do."""


class RunBy(StrEnum):
    """Who runs this bot: people are told so in the first line of the notice."""

    PROVIDER = "provider"
    EMPLOYER = "employer"


class Bar(StrEnum):
    """How much a translation must have been read before it is served."""

    MACHINE = "machine"
    NATIVE = "native"


class LogStyle(StrEnum):
    """How log lines look."""

    JSON = "json"
    CONSOLE = "console"


def _token(value: SecretStr | None) -> SecretStr | None:
    if value is None or not value.get_secret_value():
        return None
    if not _TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError("it is not a bot token. A token looks like 123456789:AbCdEf… and comes from @BotFather")
    return value


def _webhook_secret(value: SecretStr | None) -> SecretStr | None:
    if value is None or not value.get_secret_value():
        return None
    if not re.fullmatch(rf"[A-Za-z0-9_-]{{1,{_LONGEST_SECRET}}}", value.get_secret_value()):
        raise ValueError("use 1 to 256 letters, digits, - and _; 32 random ones are good")
    return value


def _url(value: str | None) -> str | None:
    if not value:
        return None
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
        raise ValueError("write it as https://bot.example.org, without a query")
    return value.rstrip("/")


def shipped(name: str) -> Path:
    """Return the folder of content or locales: the checkout's where it stands beside the package, else the wheel's."""
    package = Path(__file__).parent
    beside = package.parent / name
    return beside if (package.parent / "pyproject.toml").is_file() and beside.is_dir() else package / "_shipped" / name


Url = Annotated[str | None, AfterValidator(_url)]


class Settings(BaseSettings):
    """Every setting, with its default and what it is for. `docs/operating.md` lists them all."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", populate_by_name=True, hide_input_in_errors=True)

    database_url: str | None = Field(None, alias="DATABASE_URL", description="Where the data lies.")
    port: int = Field(8080, alias="PORT", ge=1, le=65535, description="The port of pages and webhooks.")
    host: str | None = Field(None, alias="TEABREAK_HOST", description="The address to listen on.")
    public_url: Url = Field(None, alias="PUBLIC_URL", description="The address the world reaches this bot by.")
    secret_key: SecretStr | None = Field(None, alias="SECRET_KEY", description="Signs cookies and links.")
    content_dir: Path | None = Field(None, alias="CONTENT_DIR", description="The folder of courses.")
    locales_dir: Path | None = Field(None, alias="LOCALES_DIR", description="The folder of translations.")
    telegram_bot_token: Annotated[SecretStr | None, AfterValidator(_token)] = Field(
        None, alias="TELEGRAM_BOT_TOKEN", description="The token of the Telegram bot."
    )
    telegram_api_url: Url = Field(
        "https://api.telegram.org", alias="TELEGRAM_API_URL", description="The Bot API, without /bot."
    )
    telegram_webhook_secret: Annotated[SecretStr | None, AfterValidator(_webhook_secret)] = Field(
        None, alias="TELEGRAM_WEBHOOK_SECRET", description="Turns polling into a webhook, with PUBLIC_URL."
    )
    provider: str = Field(
        "Teabreak", alias="TEABREAK_PROVIDER", max_length=60, description="The name people are shown."
    )
    run_by: RunBy = Field(RunBy.PROVIDER, alias="TEABREAK_RUN_BY", description="provider, or employer.")
    translation_bar: Bar = Field(Bar.MACHINE, alias="TEABREAK_TRANSLATION_BAR", description="machine, or native.")
    demo_open: bool = Field(False, alias="TEABREAK_DEMO", description="1 opens a demo, and only a demo, to visitors.")
    log: LogStyle = Field(LogStyle.CONSOLE, alias="TEABREAK_LOG", description="json, or console.")

    @property
    def content(self) -> Path:
        """Return the folder of courses."""
        return self.content_dir or shipped("content")

    @property
    def locales(self) -> Path:
        """Return the folder of translations."""
        return self.locales_dir or shipped("locales")

    @property
    def is_demo(self) -> bool:
        """Say whether no channel is set up, so that phones on a page are all there is."""
        return self.telegram_bot_token is None

    @property
    def url(self) -> str:
        """Return the database's address, with the default of a demo or of a bot."""
        return self.database_url or ("sqlite:///teabreak-demo.db" if self.is_demo else "sqlite:///teabreak.db")

    @property
    def listen_on(self) -> str:
        """Return the address to listen on: loopback, unless the bot has a public address or says otherwise."""
        return self.host or ("0.0.0.0" if self.public_url else "127.0.0.1")  # noqa: S104 - said aloud by PUBLIC_URL

    @property
    def uses_webhook(self) -> bool:
        """Say whether Telegram pushes updates instead of being asked for them."""
        return self.telegram_webhook_secret is not None and self.public_url is not None


def known_names() -> dict[str, str]:
    """Return the name of every setting and what it is for."""
    return {str(field.alias): field.description or "" for field in Settings.model_fields.values()}


def read_settings(environment: dict[str, str], env_file: Path = Path(".env")) -> Settings:
    """Return the settings, or raise SettingsTrouble with one line for the first thing that is wrong."""
    try:
        in_file = {name: value or "" for name, value in dotenv_values(env_file).items()} if env_file.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsTrouble(f"{env_file} cannot be read. Make it a text file that this user may read.") from error
    unknown = sorted(name for name in {*environment, *in_file} if name.startswith(PREFIX) and name not in known_names())
    if unknown:
        raise SettingsTrouble(f"Unknown setting {unknown[0]}. The settings are listed in docs/operating.md.")
    values: dict[str, Any] = {
        name: value for name, value in {**in_file, **environment}.items() if name in known_names()
    }
    values = {name: value for name, value in values.items() if value != ""}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        wrong = error.errors()[0]
        name, reason = ".".join(str(part) for part in wrong["loc"]), wrong["msg"].removeprefix("Value error, ")
        raise SettingsTrouble(f"{name} is not usable: {reason}.") from None
    _check_together(settings)
    return settings


def _check_together(settings: Settings) -> None:
    needs_key = settings.public_url is not None or settings.url.startswith("postgres")
    if needs_key and not (settings.secret_key and settings.secret_key.get_secret_value()):
        raise SettingsTrouble("SECRET_KEY is missing. With PUBLIC_URL or PostgreSQL, set it to 32 random characters.")
    if settings.demo_open and not settings.is_demo:
        raise SettingsTrouble("TEABREAK_DEMO=1 opens a demo and nothing else. Take it out, or the channel's token.")
    if settings.telegram_webhook_secret and not settings.public_url:
        raise SettingsTrouble(
            "TELEGRAM_WEBHOOK_SECRET needs PUBLIC_URL. Set it, or take the secret out to use polling."
        )
