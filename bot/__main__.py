"""Run `python -m bot …`, the same as `teabreak …`."""

from bot.cli import main

if __name__ == "__main__":
    main()
