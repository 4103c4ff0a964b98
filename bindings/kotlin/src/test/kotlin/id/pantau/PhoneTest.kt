package id.pantau

import id.pantau.core.Answer
import id.pantau.core.Basis
import id.pantau.core.Body
import id.pantau.core.Category
import id.pantau.core.Change
import id.pantau.core.Delivery
import id.pantau.core.DraftKind
import id.pantau.core.EnrolOutcome
import id.pantau.core.FailReason
import id.pantau.core.HttpAnswer
import id.pantau.core.HttpFailure
import id.pantau.core.HttpOutcome
import id.pantau.core.HttpPost
import id.pantau.core.InternalException
import id.pantau.core.KeyFailure
import id.pantau.core.KeyProvider
import id.pantau.core.Locale
import id.pantau.core.LogLevel
import id.pantau.core.LogSink
import id.pantau.core.NoteField
import id.pantau.core.NoteText
import id.pantau.core.PantauException
import id.pantau.core.Progress
import id.pantau.core.Severity
import id.pantau.core.Statement
import id.pantau.core.Store
import id.pantau.core.SyncEnd
import id.pantau.core.TpsFilter
import id.pantau.core.Transport
import id.pantau.core.Venue
import id.pantau.core.Way
import id.pantau.core.explain
import id.pantau.core.moveLostStoreAside
import id.pantau.core.openStore
import id.pantau.core.panicForTest
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.assertThrows
import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.time.Duration
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.time.Duration.Companion.seconds

private const val TPS = "62.02.01.2001/001"

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PhoneTest {
    private val desk = Desk()

    @AfterAll
    fun close() = desk.close()

    private fun test(block: suspend (File) -> Unit) = inFolder { folder ->
        runBlocking(Dispatchers.Default) { withTimeout(120.seconds) { block(folder) } }
    }

    private suspend fun enrolled(store: Store): Store {
        assertInstanceOf(EnrolOutcome.Enrolled::class.java, store.enrol(desk.code()))
        assertEquals(SyncEnd.Done, store.sync().run(Budget.PLENTY).end)
        return store
    }

    private fun incident(note: String) = Statement(
        TPS,
        Body.Incident(Category.Access, Severity.High),
        basis = Basis.ToldByPhone,
        notes = listOf(NoteText(NoteField.Note, note), NoteText(NoteField.Informant, "ketua KPPS")),
    )

    private suspend fun place(store: Store) = store.places().tps(TpsFilter(), null, 1u).rows.first().place

    private suspend fun visit(store: Store): Statement {
        val checklist = store.places().checklist(Venue.Tps)!!
        val answers = checklist.items.map { Answer.Ok }
        return Statement(place(store), Body.Visit(checklist.number, checklist.version, answers, Way.Hard))
    }

    @Test
    fun `a code enrols, once`() = test { folder ->
        withStore(folder) { store ->
            assertNull(store.status().officer)
            assertThrows<PantauException.Invalid> { store.enrol("bukan kode") }
            val code = desk.code()
            val outcome = store.enrol(code) as EnrolOutcome.Enrolled
            assertEquals(1u, outcome.officer)
            assertEquals("62.02", outcome.grants.single().place)
            assertEquals(outcome, store.enrol(code), "a lost reply costs nothing")
            inFolder { other -> runBlocking { withStore(other) { assertEquals(EnrolOutcome.Used, it.enrol(code)) } } }
        }
    }

    @Test
    fun `what is captured without a server is held after the next sync`() = test { folder ->
        withStore(folder) { store ->
            enrolled(store)
            desk.down()
            try {
                val saved = store.capture().save(visit(store))
                assertInstanceOf(SyncEnd.Offline::class.java, store.sync().run(Budget()).end)
                assertEquals(1uL, store.unsent().records)
                assertEquals(saved.id, store.places().journal(null, 0u).rows.single().id)
            } finally {
                desk.up()
            }
            store.sync().forgetBackoff()
            val events = store.sync().events().toList()
            assertTrue(events.any { it is SyncEvent.Progress && it.progress.recordsSent == 1uL }, "$events")
            assertEquals(SyncEnd.Done, (events.last() as SyncEvent.Ended).report.end)
            assertInstanceOf(Delivery.Held::class.java, store.places().journal(null, 0u).rows.single().delivery)
            assertTrue(store.sync().compare())
            val card = store.places().card(place(store))
            assertTrue(card.visits >= 1u && card.timeline.isNotEmpty() && card.answers.isNotEmpty())
        }
    }

    @Test
    fun `a double tap saves one record`() = test { folder ->
        withStore(folder) { store ->
            enrolled(store)
            val form = incident("jembatan rusak").copy(place = place(store), key = "formulir-1")
            val capture = store.capture()
            val (first, second) = coroutineScope {
                listOf(async { capture.save(form) }, async { capture.save(form) }).map { it.await() }
            }
            assertEquals(first, second)
            assertEquals(capture.retract(first.id, "salah TPS", "tarik-1"), capture.retract(first.id, "salah TPS", "tarik-1"))
            assertEquals(2, store.places().journal(null, 0u).rows.size, "the statement and its retraction")
            assertNotEquals(first.id, capture.save(form.copy(key = "formulir-2")).id, "the same words in another form")
            val refused = assertThrows<PantauException.Invalid> { capture.save(form.copy(key = "")) }
            assertEquals("key", refused.field)
        }
    }

    @Test
    fun `a correction and a retraction supersede`() = test { folder ->
        withStore(folder) { store ->
            enrolled(store)
            val first = store.capture().save(incident("jembatan rusak").copy(place = place(store)))
            val second = store.capture().correct(first.id, incident("jembatan putus").copy(place = place(store)))
            store.capture().retract(second.id, "salah TPS")
            val rows = store.places().journal(null, 0u).rows
            assertEquals(listOf(false, true, true), rows.map { it.superseded })
            assertEquals("jembatan putus", rows[1].notes.first { it.field == NoteField.Note }.text)
        }
    }

    @Test
    fun `a draft survives a killed phone`() = test { folder ->
        val java = ProcessHandle.current().info().command().get()
        val killed = ProcessBuilder(
            java, "-Djna.library.path=" + System.getProperty("jna.library.path"),
            "-cp", System.getProperty("java.class.path"), "id.pantau.KilledPhoneKt", folder.path, TPS,
        ).inheritIO().start()
        assertEquals(9, killed.waitFor())
        withStore(folder) { store ->
            assertEquals("jawaban ke-3", String(store.capture().draft(DraftKind.Visit, TPS)!!.content))
            assertEquals(1, store.capture().drafts().size)
            store.capture().discardDraft(DraftKind.Visit, TPS)
            assertNull(store.capture().draft(DraftKind.Visit, TPS))
        }
    }

    @Test
    fun `a directive arrives and is answered`() = test { folder ->
        withStore(folder) { store ->
            enrolled(store)
            desk.command("directive", "--to", "officer:1", "--due", "2099-02-13 18:00", "--yes", "Hubungi desk")
            store.sync().run(Budget.PLENTY)
            val task = store.places().directives().toDo.first { it.text == "Hubungi desk" }
            store.capture().answer(task.id, Progress.Done, "sudah")
            assertEquals(SyncEnd.Done, store.sync().run(Budget.PLENTY).end)
            assertTrue(store.places().directives().done.any { it.id == task.id && it.myAnswer == Progress.Done })
        }
    }

    @Test
    fun `a sync that is cancelled loses nothing and goes on later`() = test { folder ->
        val line = OwnTransport()
        withStore(folder, transport = line) { store ->
            line.store = store
            enrolled(store)
            store.capture().save(visit(store))
            line.holds = CompletableDeferred()
            for (byCoroutine in listOf(true, false)) {
                line.holds = CompletableDeferred()
                line.aborted = CompletableDeferred()
                coroutineScope {
                    val sync = async { store.sync().run(Budget.PLENTY) }
                    line.holds!!.await()
                    if (byCoroutine) sync.cancelAndJoin() else store.sync().cancel()
                    line.aborted.await()
                    if (!byCoroutine) assertEquals(SyncEnd.Cancelled, sync.await().end)
                }
                assertEquals(1uL, store.unsent().records)
            }
            line.holds = null
            store.sync().forgetBackoff()
            assertEquals(SyncEnd.Done, store.sync().run(Budget.PLENTY).end)
            assertEquals(0uL, store.unsent().records)
            assertFalse(store.sync().complete(1uL, HttpOutcome.Failed(HttpFailure.CUT, "late")))
        }
    }

    @Test
    fun `a thousand stations come page by page, each once`() = test { folder ->
        withStore(folder) { store ->
            enrolled(store)
            val all = store.places().allTps(pageSize = 200u).toList()
            assertTrue(all.size > 1_000, "${all.size}")
            assertEquals(all.size, all.distinctBy { it.place }.size)
            assertEquals(50, store.places().tps(TpsFilter(), null, 0u).rows.size)
            assertTrue(store.places().tps(TpsFilter(search = "tidak ada"), null, 0u).rows.isEmpty())
            assertTrue(store.places().allTps(TpsFilter(notVisited = true, remoteFirst = true)).first().access != all.last().access)
        }
    }

    @Test
    fun `changes are told in batches`() = test { folder ->
        withStore(folder) { store ->
            enrolled(store)
            val here = place(store)
            coroutineScope {
                // Undispatched: whoever captures next is already watched.
                val told = async(start = CoroutineStart.UNDISPATCHED) { store.changes().first { Change.Journal in it } }
                repeat(3) { store.capture().save(incident("air naik").copy(place = here)) }
                assertTrue(Change.Place(here) in told.await())
            }
        }
    }

    @Test
    fun `errors have kinds, fields and words`() = test { folder ->
        withStore(folder) { store ->
            val early = assertThrows<PantauException> { store.capture().save(incident("x")) }
            assertInstanceOf(PantauException.NotEnrolled::class.java, early)
            enrolled(store)
            val body = Body.Standby(9u, 4u, id.pantau.core.Situation.Calm, false)
            val wrong = assertThrows<PantauException.Invalid> { store.capture().save(Statement(place(store), body)) }
            assertEquals("standby.present" to "TooLarge", wrong.field to wrong.detail)
            assertTrue(explain(wrong, Locale.INDONESIAN).contains("terlalu besar"))
            assertTrue(explain(wrong, Locale.ENGLISH).contains("too large"))
            val inUse = assertThrows<PantauException.InUse> { openStore(folder.path, null, null, null) }
            assertTrue(explain(inUse, Locale.INDONESIAN).isNotBlank())
            assertThrows<PantauException.Invalid> { store.places().card("bukan tempat") }
        }
    }

    @Test
    fun `a panic becomes an exception and the store goes on`() = test { folder ->
        withStore(folder) { store ->
            assertThrows<InternalException> { panicForTest() }
            assertEquals(0uL, store.unsent().records)
        }
    }

    @Test
    fun `after pause and after shutdown calls say so`() = test { folder ->
        val store = openStore(folder.path, null, null, null)
        store.pause()
        assertEquals(FailReason.PAUSED, assertThrows<PantauException.Failed> { store.status() }.reason)
        store.resume()
        assertNotNull(store.status())
        store.lowDisk()
        store.shutdown()
        assertEquals(FailReason.CLOSED, assertThrows<PantauException.Failed> { store.status() }.reason)
        assertEquals(FailReason.CLOSED, assertThrows<PantauException.Failed> { store.resume() }.reason)
        store.close()
        assertThrows<IllegalStateException> { store.openReport() }
    }

    @Test
    fun `keys lie wrapped, and a lost key has a way back`() = test { folder ->
        val keys = Keystore()
        val lines = CopyOnWriteArrayList<String>()
        val log = object : LogSink {
            override fun line(level: LogLevel, text: String) {
                lines += text
            }
        }
        withStore(folder, keys, log = log) { store ->
            enrolled(store)
            store.capture().save(incident("rahasia").copy(place = place(store)))
        }
        withStore(folder, keys) { store -> assertEquals(1uL, store.unsent().records) }
        keys.failure = KeyFailure.Unavailable("terkunci")
        val locked = assertThrows<PantauException.Failed> { openStore(folder.path, keys, null, null) }
        assertEquals(FailReason.KEY_UNAVAILABLE, locked.reason)
        keys.failure = KeyFailure.Lost()
        assertThrows<PantauException.KeyLost> { openStore(folder.path, keys, null, null) }
        assertTrue(File(moveLostStoreAside(folder.path), "pantau.db").exists())
        keys.failure = null
        withStore(folder, keys) { store ->
            val again = store.enrol(desk.code()) as EnrolOutcome.Enrolled
            assertEquals(1uL to 1uL, again.repeated to store.unsent().records)
            assertEquals(SyncEnd.Done, store.sync().run(Budget.PLENTY).end)
            assertEquals(0uL, store.unsent().records)
        }
        assertTrue(lines.any { it.startsWith("sync:") }, "$lines")
        assertTrue(lines.none { it.contains("rahasia") || it.contains("62.02") }, "$lines")
    }
}

/** The app's own HTTP, as an app with OkHttp would write it; holds a POST back when told to. */
private class OwnTransport : Transport {
    private val client = HttpClient.newHttpClient()
    lateinit var store: Store

    @Volatile var holds: CompletableDeferred<Unit>? = null

    @Volatile var aborted = CompletableDeferred<Unit>()

    override fun post(id: ULong, post: HttpPost) {
        holds?.let { it.complete(Unit); return }
        val request = HttpRequest.newBuilder(URI(post.url)).timeout(Duration.ofSeconds(30))
            .header("content-type", "application/octet-stream")
            .POST(HttpRequest.BodyPublishers.ofByteArray(post.body)).build()
        client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray()).whenComplete { answer, failure ->
            val outcome = if (answer != null) {
                HttpOutcome.Answered(HttpAnswer(answer.statusCode().toUInt(), null, answer.body()))
            } else {
                HttpOutcome.Failed(HttpFailure.NOT_REACHED, failure.toString())
            }
            store.sync().complete(id, outcome)
        }
    }

    override fun abort(id: ULong) {
        aborted.complete(Unit)
    }
}

/** A key store of the platform, as far as a test needs it. */
internal class Keystore : KeyProvider {
    @Volatile var failure: KeyFailure? = null

    private fun mask(bytes: ByteArray): ByteArray {
        failure?.let { throw it }
        return ByteArray(bytes.size) { (bytes[it].toInt() xor 0x5a).toByte() }
    }

    override fun wrap(secret: ByteArray) = mask(secret)

    override fun unwrap(wrapped: ByteArray) = mask(wrapped)
}
