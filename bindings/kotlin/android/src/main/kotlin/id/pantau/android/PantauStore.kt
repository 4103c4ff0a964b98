/** The one open store of an app's process, shared by its screens and its work in the background. */
package id.pantau.android

import android.content.Context
import id.pantau.Budget
import id.pantau.core.EnrolOutcome
import id.pantau.core.LogSink
import id.pantau.core.PantauException
import id.pantau.core.Store
import id.pantau.core.SyncReport
import id.pantau.core.moveLostStoreAside
import id.pantau.core.openStore
import id.pantau.run
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import java.io.File

/**
 * Opens the store once and keeps it open: a second `openStore` throws `InUse`, also from another process of the app, so
 * declare no `android:process` for what uses it. Every function suspends and may be called from any thread.
 */
object PantauStore {
    private val one = Mutex()
    private var open: Store? = null

    /** Where the store lies. The system neither backs this folder up nor transfers it to another phone. */
    fun folder(context: Context): File = File(context.noBackupFilesDir, "pantau")

    /**
     * The store, opened if need be.
     *
     * @throws PantauException.KeyLost when the Keystore lost the key: offer [startOver].
     */
    suspend fun get(context: Context, log: LogSink? = null): Store = one.withLock {
        // To its end even if nobody waits for it: a store that is open and forgotten would be in the way for ever.
        open ?: withContext(NonCancellable) {
            openStore(folder(context).path, KeystoreKeys(context.applicationContext), null, log).also { open = it }
        }
    }

    /**
     * The way back from a lost key: moves the old store aside, unread, and returns its folder. Records in it that were
     * never sent stay there; the phone can then be enrolled again.
     *
     * @throws IllegalStateException while the store is open: then nothing is lost.
     */
    suspend fun startOver(context: Context): File = one.withLock {
        check(open == null) { "the store is open: its key is not lost" }
        File(moveLostStoreAside(folder(context).path))
    }

    /** Lets go of the files, for instance before the app is updated from within. */
    suspend fun close() = one.withLock {
        open?.shutdown()
        open?.close()
        open = null
    }

    /** For `onTrimMemory` and `ACTION_DEVICE_STORAGE_LOW`: frees what can be freed, never a record. */
    suspend fun lowDisk() = one.withLock { open?.lowDisk() }
}

/** What is still missing before somebody leaves for the field. */
sealed interface FieldReady {
    /** Nothing: enrolled, and the lists are here. */
    data object Ready : FieldReady

    /** The code was not taken. */
    data class NotEnrolled(val outcome: EnrolOutcome) : FieldReady

    /** Enrolled, but not everything has been read: try again while there is a network. */
    data class NotRead(val report: SyncReport) : FieldReady
}

/**
 * Enrols by the text of a QR code and reads everything, while there still is a network. Call it again after
 * [FieldReady.NotRead]: a code that was taken is known to the phone.
 */
suspend fun Store.prepareForField(qrText: String): FieldReady {
    if (status().officer == null) {
        val outcome = enrol(qrText)
        if (outcome !is EnrolOutcome.Enrolled) return FieldReady.NotEnrolled(outcome)
    }
    val report = sync().run(Budget.PLENTY)
    return if (status().pulled) FieldReady.Ready else FieldReady.NotRead(report)
}
