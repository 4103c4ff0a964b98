/** One store of a process, shared by its screens and its work in the background. Knows nothing of Android. */
package id.pantau

import id.pantau.core.FailReason
import id.pantau.core.KeyProvider
import id.pantau.core.LogSink
import id.pantau.core.PantauException
import id.pantau.core.Store
import id.pantau.core.moveLostStoreAside
import id.pantau.core.openStore
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import java.io.File

/**
 * The store in [folder], opened at its first use: a second `openStore`, also in another process, would throw `InUse`.
 * It is awake while somebody uses it or looks at the app, and lets go of files and locks otherwise. Every function
 * suspends and may be called from any thread.
 */
class SharedStore(val folder: File, private val keys: KeyProvider? = null, private val log: LogSink? = null) {
    private val mutex = Mutex()
    private var store: Store? = null
    private var users = 0
    private var isPaused = false
    private var isDamaged = false
    private var isWatched = false

    /**
     * Hands the store to [block], opened or woken. Several may use it at once; collect `changes()` inside, for as long
     * as its screen is visible.
     *
     * @throws PantauException what opening throws (`KeyLost`: offer [startOver]), and what [block] throws.
     */
    suspend fun <R> use(block: suspend (Store) -> R): R {
        val store = enter()
        try {
            return block(store)
        } catch (e: PantauException.Failed) {
            if (e.reason == FailReason.DAMAGED) alone { isDamaged = true }
            throw e
        } finally {
            alone {
                users -= 1
                settle()
            }
        }
    }

    /** Somebody looks at the app, or nobody does any more. */
    suspend fun watched(isWatched: Boolean) = alone {
        this.isWatched = isWatched
        settle()
    }

    /** The system is short of memory or disk: frees what can be freed, never a record. */
    suspend fun lowDisk() = alone { if (!isPaused) store?.lowDisk() }

    /**
     * The way back from `KeyLost`: moves the store aside, untouched, and returns its folder. The next [use] makes a new
     * store; enrolled again by the same officer, it sends what the old one had not, unless that was encrypted.
     *
     * @throws PantauException.InUse while the store is open: then nothing is lost.
     */
    suspend fun startOver(): File = alone {
        if (store != null) throw PantauException.InUse("the store is open")
        File(moveLostStoreAside(folder.path))
    }

    /** To its end even if nobody waits for it: a store that is open and forgotten would be in the way for ever. */
    private suspend fun <R> alone(work: suspend () -> R): R = withContext(NonCancellable) { mutex.withLock { work() } }

    private suspend fun enter(): Store = alone {
        val open = store ?: openStore(folder.path, keys, null, log).also { store = it }
        if (isPaused) wake(open)
        users += 1
        open
    }

    private suspend fun wake(open: Store) {
        try {
            open.resume()
            isPaused = false
        } catch (e: PantauException) {
            // The next use opens it anew, and after `KeyLost` nothing is in the way of starting over.
            forget(open)
            throw e
        }
    }

    private suspend fun forget(open: Store) {
        store = null
        isPaused = false
        isDamaged = false
        open.shutdown()
        open.close()
    }

    private suspend fun settle() {
        val open = store ?: return
        if (users > 0) return
        try {
            if (isDamaged) {
                // Opening heals it.
                forget(open)
            } else if (!isWatched && !isPaused) {
                open.pause()
                isPaused = true
            }
        } catch (_: PantauException) {
            // What a use returned must not be hidden by tidying up: the next one meets the trouble itself.
        }
    }
}
