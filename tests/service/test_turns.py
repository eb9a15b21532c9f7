from bot.core.messages import Opened
async def test_first(either):
    await either.company()
    await either.joins("1", "7Q2KM4XW9B")
    await either.quiet()
    for t in either.channel.sent: print(repr(t)[:300])
    print(await either.states())
    assert 0
