/**
 * What makes the generated code of `id.pantau.core` feel at home in Kotlin: changes and progress as flows, pages as
 * sequences, a store that closes itself.
 */
package id.pantau

import id.pantau.core.Change
import id.pantau.core.ChangeListener
import id.pantau.core.KeyProvider
import id.pantau.core.LogSink
import id.pantau.core.Places
import id.pantau.core.ProgressListener
import id.pantau.core.Store
import id.pantau.core.Sync
import id.pantau.core.SyncProgress
import id.pantau.core.SyncReport
import id.pantau.core.TpsFilter
import id.pantau.core.TpsRow
import id.pantau.core.Transport
import id.pantau.core.openStore
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.channelFlow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.withContext
import java.io.File

/** What a sync may use: half a minute and half a megabyte suit a job in the background. */
data class Budget(val seconds: UInt = 30u, val bytes: ULong = 512uL * 1024uL) {
    companion object {
        /** A quarter of an hour and 64 MB: somebody watches and waits. */
        val PLENTY = Budget(900u, 64uL * 1024uL * 1024uL)
    }
}

/** Opens the store in [folder], hands it to [block], and shuts it down whatever happens. Off the main thread by itself. */
suspend fun <R> withStore(
    folder: File,
    keys: KeyProvider? = null,
    transport: Transport? = null,
    log: LogSink? = null,
    block: suspend (Store) -> R,
): R {
    val store = openStore(folder.path, keys, transport, log)
    try {
        return block(store)
    } finally {
        withContext(NonCancellable) { store.shutdown() }
        store.close()
    }
}

/** What should be read again, in batches of at most ten a second. One collector at a time: share it if several watch. */
fun Store.changes(): Flow<List<Change>> = callbackFlow {
    watch(object : ChangeListener {
        override fun changed(changes: List<Change>) {
            trySend(changes)
        }
    })
    awaitClose { watch(null) }
}.buffer(Channel.UNLIMITED)

/** What a sync tells while it runs: progress, and at last its report. */
sealed interface SyncEvent {
    data class Progress(val progress: SyncProgress) : SyncEvent

    data class Ended(val report: SyncReport) : SyncEvent
}

/** Sends and reads; ends with [SyncEvent.Ended]. Cancelling the collector stops the sync and loses nothing. */
fun Sync.events(budget: Budget = Budget.PLENTY): Flow<SyncEvent> = channelFlow {
    val listener = object : ProgressListener {
        override fun advanced(progress: SyncProgress) {
            trySend(SyncEvent.Progress(progress))
        }
    }
    val report = run(budget.seconds, budget.bytes, listener)
    send(SyncEvent.Ended(report))
}.buffer(Channel.UNLIMITED)

/** Sends and reads, without progress. */
suspend fun Sync.run(budget: Budget): SyncReport = run(budget.seconds, budget.bytes, null)

/** All stations of a filter, read page by page as they are collected. */
fun Places.allTps(filter: TpsFilter = TpsFilter(), pageSize: UInt = 100u): Flow<TpsRow> = flow {
    var after: String? = null
    do {
        val page = tps(filter, after, pageSize)
        page.rows.forEach { emit(it) }
        after = page.next
    } while (after != null)
}
