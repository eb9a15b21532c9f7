"""Say in one line what went wrong and what to do; what nobody foresaw is named by its kind alone."""

import sys

from bot.core.errors import TeabreakError
from bot.settings import SettingsTrouble


def explain(error: Exception) -> int:
    """Print the line and return the exit code; raise what is a fault of ours, so that it can be reported."""
    if isinstance(error, TeabreakError | SettingsTrouble):
        sys.stderr.write(f"teabreak: {error}\n")
        return 2
    if isinstance(error, PermissionError):
        sys.stderr.write(f"teabreak: no permission for {error.filename}. Choose a folder that this user may write.\n")
        return 2
    raise error
