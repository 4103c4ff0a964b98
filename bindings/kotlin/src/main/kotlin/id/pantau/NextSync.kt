/** When to sync next: the decision alone, so that it is tested where there is no phone. */
package id.pantau

import id.pantau.core.SyncEnd
import java.time.Duration
import java.time.Instant

/** What an app does after a sync. */
sealed interface NextSync {
    /** Again at the usual time. The core keeps its own pause after a failure: an early try costs nothing. */
    data object Usual : NextSync

    /** Not before this time. */
    data class NotBefore(val at: Instant) : NextSync

    /** Not by itself: somebody must act first. */
    data class NeedsPerson(val need: Need) : NextSync
}

/** What somebody must do before another sync makes sense. */
enum class Need {
    /** Scan the desk's QR code. */
    ENROLMENT,

    /** Delete other files: the phone has no room to keep what the server answers. */
    ROOM,

    /** Update the app. */
    UPDATE,

    /** Call the election desk: this phone was revoked, or somebody answers in the server's name. */
    DESK,
}

/** Until a sync goes on that ended only because its budget was used up. */
private val SOON: Duration = Duration.ofMinutes(1)

/** What to do after a sync that ended with [end] and left [unsent] records; [now] is the phone's clock. */
fun nextSync(end: SyncEnd, unsent: ULong, now: Instant = Instant.now()): NextSync = when (end) {
    is SyncEnd.Done, is SyncEnd.Offline -> NextSync.Usual
    is SyncEnd.Budget -> NextSync.NotBefore(now + SOON)
    is SyncEnd.Cancelled -> if (unsent > 0uL) NextSync.NotBefore(now + SOON) else NextSync.Usual
    is SyncEnd.Backoff -> NextSync.NotBefore(maxOf(end.until, now))
    is SyncEnd.NotTrusted, is SyncEnd.Revoked -> NextSync.NeedsPerson(Need.DESK)
    is SyncEnd.PhoneFull -> NextSync.NeedsPerson(Need.ROOM)
    is SyncEnd.NotEnrolled -> NextSync.NeedsPerson(Need.ENROLMENT)
    is SyncEnd.Upgrade -> NextSync.NeedsPerson(Need.UPDATE)
}
