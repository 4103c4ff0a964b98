package id.pantau

import id.pantau.core.NoContact
import id.pantau.core.SyncEnd
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.time.Instant

class NextSyncTest {
    @Test
    fun `every end of a sync has its plan`() {
        val now = Instant.ofEpochSecond(1_707_800_000)
        val (soon, later, before) = Triple(now.plusSeconds(60), now.plusSeconds(900), now.minusSeconds(5))
        val plans = listOf(
            Triple(SyncEnd.Done, 0uL, NextSync.Usual),
            Triple(SyncEnd.Offline(NoContact.NO_NETWORK, "x"), 4uL, NextSync.Usual),
            Triple(SyncEnd.Budget, 4uL, NextSync.NotBefore(soon)),
            Triple(SyncEnd.Cancelled, 0uL, NextSync.Usual),
            Triple(SyncEnd.Cancelled, 4uL, NextSync.NotBefore(soon)),
            Triple(SyncEnd.Backoff(later), 4uL, NextSync.NotBefore(later)),
            // A clock that was set on: the pause is over.
            Triple(SyncEnd.Backoff(before), 4uL, NextSync.NotBefore(now)),
            Triple(SyncEnd.NotTrusted("x"), 4uL, NextSync.NeedsPerson(Need.DESK)),
            Triple(SyncEnd.Revoked, 0uL, NextSync.NeedsPerson(Need.DESK)),
            Triple(SyncEnd.PhoneFull, 4uL, NextSync.NeedsPerson(Need.ROOM)),
            Triple(SyncEnd.NotEnrolled, 0uL, NextSync.NeedsPerson(Need.ENROLMENT)),
            Triple(SyncEnd.Upgrade(2u), 0uL, NextSync.NeedsPerson(Need.UPDATE)),
        )
        plans.forEach { (end, unsent, plan) -> assertEquals(plan, nextSync(end, unsent, now), "$end") }
    }
}
