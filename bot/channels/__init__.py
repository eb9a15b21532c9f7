"""The table of channels: a name, and the module whose `make` builds it. A module is read only when it is needed."""

CHANNELS = {
    "telegram": "bot.channels.telegram.making",
    "webphone": "bot.channels.webphone",
    "sample": "bot.channels.silent",
}
