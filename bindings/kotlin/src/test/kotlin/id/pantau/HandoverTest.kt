package id.pantau

import id.pantau.console.NotUnderstood
import id.pantau.console.answer
import id.pantau.console.confirm
import id.pantau.console.dispatched
import id.pantau.console.give
import id.pantau.console.take
import id.pantau.core.Acceptance
import id.pantau.core.Body
import id.pantau.core.ConfirmOutcome
import id.pantau.core.Doubt
import id.pantau.core.GiveOutcome
import id.pantau.core.LookOutcome
import id.pantau.core.PantauException
import id.pantau.core.Store
import id.pantau.core.SyncEnd
import id.pantau.core.TakeOutcome
import id.pantau.core.TpsFilter
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import kotlin.time.Duration.Companion.seconds

private const val GIVER = 2
private const val RECEIVER = 3

class HandoverTest {
    private suspend fun enrolled(store: Store, desk: Desk, officer: Int) {
        store.enrol(desk.code(officer))
        assertEquals(SyncEnd.Done, store.sync().run(Budget.PLENTY).end)
    }

    /** A giver with a dispatch of one kit, and a receiver; both have read of each other, and then the server goes. */
    private fun pair(block: suspend (Desk, Store, Store, String) -> Unit) = inFolder { folder ->
        Desk().use { desk -> runBlocking(Dispatchers.Default) { withTimeout(120.seconds) {
            withStore(folder.resolve("pengirim")) { giver -> withStore(folder.resolve("penerima")) { receiver ->
                enrolled(giver, desk, GIVER)
                enrolled(receiver, desk, RECEIVER)
                assertEquals(SyncEnd.Done, giver.sync().run(Budget.PLENTY).end)
                desk.down()
                val kit = giver.places().tps(TpsFilter(), null, 1u).rows.first().place
                val village = kit.substringBefore('/')
                giver.capture().save(dispatched(listOf("ppk:${village.substringBeforeLast('.')}", "pps:$village", "$kit=5")))
                block(desk, giver, receiver, kit)
            } }
        } } }
    }

    @Test
    fun `hand to hand without a server, then home in either order`() = pair { desk, giver, receiver, kit ->
        val sent = giver.places().journal(null, 1u).rows.first()
        val offer = giver.handovers().give(sent.id) as GiveOutcome.Ready
        val seen = (receiver.handovers().look(offer.text) as LookOutcome.Offered).offered
        assertEquals(listOf(sent.id, GIVER.toUInt(), listOf(kit), emptyList<Doubt>()), listOf(seen.id, seen.officer, seen.dispatch.kits, seen.doubts))
        val taken = (receiver.handovers().take(offer.text, answer(seen, listOf("$kit=4-1"))) as TakeOutcome.Taken).answer
        assertEquals(Acceptance.WithExceptions, taken.acceptance)
        assertTrue(receiver.handovers().take(offer.text, seen.asSent) is TakeOutcome.AlreadyTaken)
        val done = (giver.handovers().confirm(taken.code) as ConfirmOutcome.Confirmed).now
        assertEquals(RECEIVER.toUInt() to Acceptance.WithExceptions, done.officer to done.acceptance)
        assertTrue(giver.handovers().confirm(taken.code) is ConfirmOutcome.AlreadyKnown)
        assertTrue(giver.handovers().confirm(offer.text) is ConfirmOutcome.NotAnAnswer)
        assertTrue(receiver.handovers().confirm(taken.text!!) is ConfirmOutcome.OtherPhone)
        val refused = assertThrows<PantauException.Invalid> { giver.handovers().confirm("K7QF-2M9X") }
        assertEquals("handover.code", refused.`field`)

        desk.up()
        listOf(receiver, giver, receiver).forEach {
            it.sync().forgetBackoff()
            assertEquals(SyncEnd.Done, it.sync().run(Budget.PLENTY).end)
        }
        val told = receiver.places().card(kit).timeline.first { it.id == done.handover }.body as Body.Handover
        assertEquals(sent.id, told.dispatch)
        assertTrue(giver.sync().compare() && receiver.sync().compare())
    }

    @Test
    fun `the console says it in Indonesian, then in English`() = pair { _, giver, receiver, kit ->
        assertThrows<NotUnderstood> { runBlocking { give(giver, "99") } }
        val offer = give(giver, "")
        assertTrue(offer[0].startsWith("Tunjukkan kode QR") && offer[1].startsWith("  (Show this QR code"), "$offer")
        assertThrows<NotUnderstood> { runBlocking { take(receiver, "${offer.last()} ; 62.99.01.2001/001=4") } }
        val answered = take(receiver, "${offer.last()} ; $kit=4-1")
        assertTrue(answered.any { it.contains(kit) && it.contains("5 koli") }, "$answered")
        val code = Regex("[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}").find(answered.joinToString("\n"))!!.value
        assertTrue(confirm(giver, code).first().contains("ada yang tidak sesuai"))
        assertTrue(confirm(giver, answered.last()).first().startsWith("Serah terima tersimpan"))
        assertTrue(confirm(giver, answered.last()).first().contains("sudah tersimpan sebelumnya"))
    }
}
