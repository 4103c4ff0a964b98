"""What a call through ctypes costs: one line of JSON, in microseconds. `cargo xtask calls` builds and starts it."""

import asyncio
import json
import tempfile
import time

import pantau

from desk import Desk

ROUNDS, PAGE = 7, 200


async def microseconds(count, call):
    """Microseconds of one call, in the best round: others on the machine only add to it."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter_ns()
        for _ in range(count):
            await call()
        best = min(best, (time.perf_counter_ns() - start) / 1e3 / count)
    return round(best, 1)


async def main(desk, folder):
    store = await pantau.open_store(folder, None, None, None)
    await store.enrol(desk.code(1))
    report = await store.sync().run(600, 1 << 26, None)
    assert report.end.is_done(), report
    places = store.places()
    here = (await places.tps(pantau.TpsFilter(), None, 1)).rows[0].place

    async def call():
        store.open_report()

    async def rows():
        read, following = 0, None
        while read < 1_000:
            page = await places.tps(pantau.TpsFilter(), following, PAGE)
            read, following = read + len(page.rows), page.next

    costs = {
        "call": await microseconds(2_000, call),
        "status": await microseconds(200, store.status),
        "card": await microseconds(200, lambda: places.card(here)),
        "rows_1000": await microseconds(10, rows),
    }
    await store.shutdown()
    print(json.dumps(costs))


if __name__ == "__main__":
    desk = Desk("62.02.")
    try:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(main(desk, folder))
    finally:
        desk.close()
