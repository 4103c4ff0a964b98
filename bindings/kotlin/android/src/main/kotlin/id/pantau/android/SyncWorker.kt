/** Syncs in the background, as WorkManager sees fit. */
package id.pantau.android

import android.content.Context
import androidx.work.BackoffPolicy
import androidx.work.Constraints
import androidx.work.CoroutineWorker
import androidx.work.ExistingPeriodicWorkPolicy
import androidx.work.ExistingWorkPolicy
import androidx.work.NetworkType
import androidx.work.OneTimeWorkRequestBuilder
import androidx.work.OutOfQuotaPolicy
import androidx.work.PeriodicWorkRequestBuilder
import androidx.work.WorkManager
import androidx.work.WorkerParameters
import androidx.work.workDataOf
import id.pantau.Budget
import id.pantau.Need
import id.pantau.NextSync
import id.pantau.core.FailReason
import id.pantau.core.PantauException
import id.pantau.nextSync
import id.pantau.run
import java.time.Duration
import java.time.Instant

/**
 * One sync within a small budget. When the system stops the work the coroutine is cancelled, the sync ends at its next
 * step, and nothing is lost. What somebody must do is in the output under [NEED]: show a notification then.
 */
class SyncWorker(context: Context, parameters: WorkerParameters) : CoroutineWorker(context, parameters) {
    override suspend fun doWork(): Result = try {
        PantauStore.of(applicationContext).use { store ->
            val report = store.sync().run(Budget())
            after(nextSync(report.end, store.unsent().records))
        }
    } catch (e: PantauException) {
        when (e) {
            // Nothing that trying again would mend: the app says what to do when it is opened.
            is PantauException.KeyLost, is PantauException.NotEnrolled -> Result.failure()
            is PantauException.Failed -> if (e.reason in LASTING) Result.failure() else Result.retry()
            else -> Result.retry()
        }
    }

    private fun after(next: NextSync): Result = when (next) {
        is NextSync.Usual -> Result.success()
        is NextSync.NotBefore -> {
            soon(applicationContext, Duration.between(Instant.now(), next.at).coerceAtLeast(Duration.ZERO), isAfterwards = true)
            Result.success()
        }
        is NextSync.NeedsPerson -> Result.success(workDataOf(NEED to next.need.name))
    }

    companion object {
        /** Name of the regular work. */
        const val REGULAR = "id.pantau.sync.regular"

        /** Name of the work that [soon] asks for. */
        const val ONCE = "id.pantau.sync.once"

        /** Key of the output data: the name of a [Need]. */
        const val NEED = "need"

        private val LASTING = setOf(FailReason.NEWER_STORE, FailReason.ENCRYPTED)
        private val INTERVAL: Duration = Duration.ofMinutes(15)
        private val PAUSE: Duration = Duration.ofSeconds(30)
        private val network = Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build()

        /** Syncs every quarter of an hour or so. Call it at every start of the app: it changes nothing then. */
        fun regularly(context: Context) {
            val work = PeriodicWorkRequestBuilder<SyncWorker>(INTERVAL)
                .setConstraints(network)
                .setBackoffCriteria(BackoffPolicy.EXPONENTIAL, PAUSE)
                .build()
            WorkManager.getInstance(context).enqueueUniquePeriodicWork(REGULAR, ExistingPeriodicWorkPolicy.KEEP, work)
        }

        /**
         * Syncs once, as soon as there is a network: after something was captured, and when the budget of the last sync
         * was used up ([isAfterwards], from within a work). Without a delay it is expedited, where the system allows.
         */
        fun soon(context: Context, delay: Duration = Duration.ZERO, isAfterwards: Boolean = false) {
            val work = OneTimeWorkRequestBuilder<SyncWorker>()
                .setConstraints(network)
                .setBackoffCriteria(BackoffPolicy.EXPONENTIAL, PAUSE)
            if (delay.isZero && !isAfterwards) {
                work.setExpedited(OutOfQuotaPolicy.RUN_AS_NON_EXPEDITED_WORK_REQUEST)
            } else {
                // Expedited work may not be delayed.
                work.setInitialDelay(delay)
            }
            val policy = if (isAfterwards) ExistingWorkPolicy.APPEND_OR_REPLACE else ExistingWorkPolicy.KEEP
            WorkManager.getInstance(context).enqueueUniqueWork(ONCE, policy, work.build())
        }
    }
}
