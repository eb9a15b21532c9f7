"""A run without a browser must not look like one in which the browser's tests passed."""

import shutil
import sys

import pytest

from tests.browser.conftest import chromium_here


@pytest.mark.skipif(sys.platform == "darwin", reason="on a Mac, Chromium is found without the PATH")
def test_a_machine_without_chromium_fails_with_the_line_to_type(tmp_path, monkeypatch):
    (tmp_path / "sh").symlink_to(shutil.which("sh"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match=r"Type:  sh scripts/chromium\.sh"):
        chromium_here()


def test_where_chromium_is_stands_in_one_place():
    assert shutil.which(chromium_here()) == chromium_here()
