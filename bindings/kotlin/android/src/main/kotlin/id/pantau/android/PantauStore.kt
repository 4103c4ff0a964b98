/** The one store of an app's process. */
package id.pantau.android

import android.app.Activity
import android.app.Application
import android.content.Context
import android.os.Bundle
import id.pantau.Budget
import id.pantau.SharedStore
import id.pantau.core.EnrolOutcome
import id.pantau.core.LogSink
import id.pantau.core.Store
import id.pantau.core.SyncReport
import id.pantau.run
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import java.io.File

/**
 * Finds the store that all screens and works of this process share; declare no `android:process` for what uses it. It is
 * awake while an activity is visible or somebody uses it, and lets go of files and locks otherwise.
 */
object PantauStore {
    private var one: SharedStore? = null

    /** Where the store lies. The system neither backs this folder up nor transfers it to another phone. */
    fun folder(context: Context): File = File(context.noBackupFilesDir, "pantau")

    /**
     * The store, not yet opened. Call it first in `Application.onCreate`, so that no activity is missed; [log] counts at
     * the first call only. On `ACTION_DEVICE_STORAGE_LOW` and in `onTrimMemory` call its `lowDisk`, and when `use` throws
     * `KeyLost` offer its `startOver`.
     */
    @Synchronized
    fun of(context: Context, log: LogSink? = null): SharedStore = one ?: run {
        val application = context.applicationContext
        SharedStore(folder(application), KeystoreKeys(application), log).also {
            (application as? Application)?.registerActivityLifecycleCallbacks(Watched(it))
            one = it
        }
    }
}

/** Tells the store when the first activity becomes visible and when the last one no longer is. */
private class Watched(private val store: SharedStore) : Application.ActivityLifecycleCallbacks {
    private val scope = CoroutineScope(Dispatchers.Default)
    private var visible = 0

    override fun onActivityStarted(activity: Activity) = change(1)

    override fun onActivityStopped(activity: Activity) = change(-1)

    /** On the main thread. Undispatched, so that a stop never overtakes the start before it. */
    private fun change(by: Int) {
        val was = visible > 0
        visible += by
        val isVisible = visible > 0
        if (was != isVisible) scope.launch(start = CoroutineStart.UNDISPATCHED) { store.watched(isVisible) }
    }

    override fun onActivityCreated(activity: Activity, state: Bundle?) = Unit

    override fun onActivityResumed(activity: Activity) = Unit

    override fun onActivityPaused(activity: Activity) = Unit

    override fun onActivitySaveInstanceState(activity: Activity, state: Bundle) = Unit

    override fun onActivityDestroyed(activity: Activity) = Unit
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
