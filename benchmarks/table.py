"""The table of rows, in the order in which they run. `docs/performance.md` says the same in words."""

from benchmarks import p1_syncs, p3_turns, p5_updates, p9_storm, p10_stalls, start, tick, year

ROWS = (
    *p1_syncs.ROWS,
    *p3_turns.ROWS,
    *p5_updates.ROWS,
    *p9_storm.ROWS,
    *p10_stalls.ROWS,
    *tick.ROWS,
    *year.ROWS,
    *start.ROWS,
)
