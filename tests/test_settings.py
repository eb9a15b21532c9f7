"""Settings are read once, and what is wrong is said in one line without showing a secret."""

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsTrouble, known_names, read_settings

TOKEN = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQ"


def read(folder: Path, **environment: str) -> Settings:
    return read_settings(environment, folder / ".env")


def test_without_anything_it_is_a_demo_on_loopback(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.is_demo
    assert settings.url == "sqlite:///teabreak-demo.db"
    assert settings.listen_on == "127.0.0.1"
    assert settings.port == 8080


def test_a_token_makes_it_a_bot_that_polls(tmp_path: Path) -> None:
    settings = read(tmp_path, TELEGRAM_BOT_TOKEN=TOKEN)
    assert not settings.is_demo
    assert not settings.uses_webhook
    assert settings.url == "sqlite:///teabreak.db"
    assert TOKEN not in repr(settings)


def test_a_webhook_needs_an_address_and_a_key(tmp_path: Path) -> None:
    secret = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_WEBHOOK_SECRET": "s" * 32}
    with pytest.raises(SettingsTrouble, match="needs PUBLIC_URL"):
        read(tmp_path, **secret)
    with pytest.raises(SettingsTrouble, match="SECRET_KEY is missing"):
        read(tmp_path, **secret, PUBLIC_URL="https://bot.example")
    settings = read(tmp_path, **secret, PUBLIC_URL="https://bot.example/", SECRET_KEY="k" * 32)
    assert settings.uses_webhook
    assert settings.public_url == "https://bot.example"
    assert settings.listen_on == "0.0.0.0"


def test_the_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"PORT=9000\nTELEGRAM_BOT_TOKEN={TOKEN}\nTEABREAK_PROVIDER='A school'\n", "utf-8")
    settings = read(tmp_path, PORT="9001")
    assert settings.port == 9001
    assert settings.provider == "A school"
    assert not settings.is_demo


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "many", "PORT"),
        ("PORT", "70000", "PORT"),
        ("PUBLIC_URL", "bot.example", "PUBLIC_URL"),
        ("TELEGRAM_WEBHOOK_SECRET", "short", "TELEGRAM_WEBHOOK_SECRET"),
        ("TEABREAK_RUN_BY", "nobody", "TEABREAK_RUN_BY"),
        ("TEABREAK_UNHEARD_OF", "1", "Unknown setting TEABREAK_UNHEARD_OF"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsTrouble, match=says) as caught:
        read(tmp_path, **{name: value})
    assert "\n" not in str(caught.value)


def test_postgresql_needs_a_key_and_a_demo_with_a_token_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsTrouble, match="SECRET_KEY"):
        read(tmp_path, DATABASE_URL="postgres://localhost/x")
    with pytest.raises(SettingsTrouble, match="TEABREAK_DEMO"):
        read(tmp_path, TEABREAK_DEMO="1", TELEGRAM_BOT_TOKEN=TOKEN)


@pytest.mark.parametrize("token", ["42:TEST", "1:a", "123456789:" + "A" * 256])
def test_a_token_is_digits_a_colon_and_text(tmp_path: Path, token: str) -> None:
    settings = read(tmp_path, TELEGRAM_BOT_TOKEN=token, TELEGRAM_WEBHOOK_SECRET="s", PUBLIC_URL="https://x.example",
                    SECRET_KEY="k" * 32)  # fmt: skip
    assert settings.telegram_bot_token.get_secret_value() == token
    assert settings.uses_webhook


def test_an_env_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00PORT=1")
    with pytest.raises(SettingsTrouble, match="cannot be read"):
        read(tmp_path)


def test_every_setting_says_what_it_is_for() -> None:
    assert all(text.endswith(".") for text in known_names().values())
