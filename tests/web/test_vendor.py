import re
from hashlib import sha256

from bot.web.pages import STATIC

VENDOR = STATIC / "vendor"


def test_every_file_of_others_is_the_one_we_took_and_comes_with_its_licence():
    listed = dict(reversed(line.split("  ")) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    found = {
        path.relative_to(VENDOR).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert found == listed
    for package in (path for path in VENDOR.iterdir() if path.is_dir()):
        assert "SIL OPEN FONT LICENSE" in (package / "LICENSE").read_text(encoding="utf-8")


def test_every_font_that_the_styles_name_is_there():
    named = re.findall(r"url\((vendor/[^)]+)\)", (STATIC / "tokens.css").read_text(encoding="utf-8"))
    assert len(named) == 8
    for name in named:
        assert (STATIC / name).is_file()
