/** What a call through JNA costs: one line of JSON, in microseconds. `cargo xtask calls` builds and starts it. */
package id.pantau

import id.pantau.core.EnrolOutcome
import id.pantau.core.SyncEnd
import id.pantau.core.TpsFilter
import kotlinx.coroutines.runBlocking

private const val ROUNDS = 7
private const val PAGE = 200u

/** Microseconds of one call, in the best round: others on the machine only add to it. */
private suspend fun microseconds(calls: Int, call: suspend () -> Unit): Double {
    repeat(calls) { call() }
    return (1..ROUNDS).minOf {
        val start = System.nanoTime()
        repeat(calls) { call() }
        (System.nanoTime() - start) / 1e3 / calls
    }
}

fun main() = Desk().use { desk ->
    inFolder { folder ->
        runBlocking {
            withStore(folder) { store ->
                check(store.enrol(desk.code()) is EnrolOutcome.Enrolled)
                val report = store.sync().run(600u, 1uL shl 26, null)
                check(report.end is SyncEnd.Done) { report }
                val places = store.places()
                val here = places.tps(TpsFilter(), null, 1u).rows.single().place
                val costs = listOf(
                    "call" to microseconds(2_000) { store.openReport() },
                    "status" to microseconds(200) { store.status() },
                    "card" to microseconds(200) { places.card(here) },
                    "rows_1000" to microseconds(10) {
                        var (rows, next) = 0 to (null as String?)
                        while (rows < 1_000) places.tps(TpsFilter(), next, PAGE).let { rows += it.rows.size; next = it.next!! }
                    },
                )
                println(costs.joinToString(",", "{", "}") { (name, cost) -> "\"$name\":%.1f".format(java.util.Locale.ROOT, cost) })
            }
        }
    }
}
