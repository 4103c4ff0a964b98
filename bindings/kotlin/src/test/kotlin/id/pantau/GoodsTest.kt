package id.pantau

import id.pantau.console.Count
import id.pantau.console.Goods
import id.pantau.console.NotUnderstood
import id.pantau.console.dispatched
import id.pantau.console.goods
import id.pantau.console.packed
import id.pantau.console.point
import id.pantau.console.received
import id.pantau.console.told
import id.pantau.core.Body
import id.pantau.core.CustodyKind
import id.pantau.core.DraftKind
import id.pantau.core.Locale
import id.pantau.core.Loose
import id.pantau.core.NoteField
import id.pantau.core.NoteText
import id.pantau.core.Packed
import id.pantau.core.PantauException
import id.pantau.core.Point
import id.pantau.core.SyncEnd
import id.pantau.core.TpsFilter
import id.pantau.core.Whereabouts
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.time.Instant
import kotlin.time.Duration.Companion.seconds

class GoodsTest {
    @Test
    fun `what is typed is read, or refused in words`() {
        assertEquals(Point(CustodyKind.Transit, "62.02.01", "Dermaga Sampit"), point("transit:62.02.01=Dermaga_Sampit"))
        assertEquals(Point(CustodyKind.Ppk, "62.02.01"), point("PPK:62.02.01"))
        val all = goods(listOf("62.02.01.2001/001", "62.02.01.2001/002=5", "62.02.01.2001/003=4-1", "#13=12"))
        val kits = listOf(1, 2, 3).map { "62.02.01.2001/00$it" }
        assertEquals(Goods(kits, mapOf(1u to Count(5u, 0u), 2u to Count(4u, 1u)), mapOf(13u to 12u)), all)
        listOf("62.02.01", "kota:62.02").forEach { assertThrows<NotUnderstood> { point(it) } }
        listOf("62.02.01.2001/001=lima", "#tinta=3", "#13").forEach { assertThrows<NotUnderstood> { goods(listOf(it)) } }
        assertThrows<NotUnderstood> { dispatched(listOf("ppk:62.02.01", "pps:62.02.01.2001")) }
        val loose = (dispatched(listOf("ppk:62.02.01", "pps:62.02.01.2001", "#13=12")).body as Body.Dispatch).dispatch
        assertEquals(Packed.AsListed to listOf(Loose(13u, 12u)), loose.packed to loose.lines)
    }

    @Test
    fun `several kits are handed over and received in one act`() = inFolder { folder ->
        Desk().use { desk -> runBlocking(Dispatchers.Default) { withTimeout(120.seconds) {
            withStore(folder) { store ->
                store.enrol(desk.code(officer = 2))
                assertEquals(SyncEnd.Done, store.sync().run(Budget.PLENTY).end)
                val kits = store.places().tps(TpsFilter(), null, 0u).rows.map { it.place }.groupBy { it.substringBefore('/') }
                    .values.first { it.size > 1 }.take(2)
                val village = kits.first().substringBefore('/')
                val district = village.substringBeforeLast('.')
                store.capture().saveDraft(DraftKind.Dispatch, district, "separuh".toByteArray())
                val sending = dispatched(listOf("ppk:$district", "pps:$village", "${kits[0]}=5", "${kits[1]}=5"))
                val notes = listOf(NoteText(NoteField.Vehicle, "Perahu 7"), NoteText(NoteField.Escort, "Pak Budi"))
                val sent = store.capture().save(sending.copy(notes = notes))
                assertNull(store.capture().draft(DraftKind.Dispatch, district), "the draft goes with it")

                val taken = store.capture().save(received(store, listOf("pps:$village", "${kits[0]}=5", "${kits[1]}=4-1")))
                val body = store.places().journal(null, 0u).rows.first { it.id == taken.id }.body as Body.Receive
                assertEquals(sent.id, body.dispatch, "it answers what was sent here")
                assertEquals(kits, body.kits)
                assertEquals(listOf(0u to 5u, 1u to 4u), body.containers.map { it.kit to it.good })
                val shown = store.places().card(kits[1]).timeline.first { it.id == sent.id }
                assertEquals((sending.body as Body.Dispatch), shown.body)
                assertEquals(notes, shown.notes)
                assertEquals(sent.id, store.places().card(kits[0]).timeline.first { it.id == sent.id }.id)

                val line = store.places().card(kits[1]).custody!!
                assertEquals(Whereabouts.At(Point(CustodyKind.Pps, village)), line.at)
                assertEquals(2u to taken.id, line.lastHands.mark.officer to line.lastHands.mark.record)
                val counts = line.legs.single().containers
                assertEquals(listOf(5u, 4u, 1u), listOf(counts.sent, counts.received, counts.open))
                assertTrue(line.legs.single().items.isEmpty(), "what nobody counted is absent")
                assertTrue(told(store, kits[1], Locale.INDONESIAN).any { it.contains("5 dikirim, 4 diterima, 1 belum jelas") })
                assertTrue(told(store, kits[1], Locale.ENGLISH).any { it.contains("5 sent, 4 received, 1 not accounted for") })
                assertTrue(packed(store, dispatched(listOf("ppk:$district", "pps:$village", kits[0]))).single().contains("tidak ada daftar kemas"))
                val summary = store.places().daySummary(Instant.now(), Locale.INDONESIAN)
                assertTrue(summary.contains("Kit dikirim: 2 kit (10 koli); diterima: 2 kit (9 koli)."), summary)
                assertTrue(summary.contains("Belum terkirim: 2 catatan") && summary.length <= 1500, summary)

                // What a phone refuses is named; nothing of it is written.
                val twice = received(store, listOf("pps:$village", kits[0], "${kits[0]}=5"))
                val refused = assertThrows<PantauException.Invalid> { store.capture().save(twice) }
                assertEquals("receive.kits[1]", refused.`field`)
                assertNull((received(store, listOf("ppk:$district", kits[0])).body as Body.Receive).dispatch)

                assertEquals(SyncEnd.Done, store.sync().run(Budget.PLENTY).end)
                assertTrue(store.sync().compare())
                assertTrue(desk.command("export").lines().any { it.contains(sent.id) && it.contains("\"AsPacked\"") })
            }
        } } }
    }
}
