package id.pantau

import id.pantau.core.FailReason
import id.pantau.core.KeyFailure
import id.pantau.core.PantauException
import id.pantau.core.Store
import id.pantau.core.openStore
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotSame
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.io.File

class SharedStoreTest {
    private fun test(block: suspend CoroutineScope.(File) -> Unit) = inFolder { folder -> runBlocking { block(folder) } }

    private suspend fun Store.isPaused(): Boolean = try {
        status()
        false
    } catch (e: PantauException.Failed) {
        e.reason == FailReason.PAUSED
    }

    @Test
    fun `many at once get one store`() = test { folder ->
        val shared = SharedStore(folder)
        val seen = List(20) { async { shared.use { it } } }.awaitAll()
        seen.forEach { assertSame(seen[0], it) }
    }

    @Test
    fun `others are kept out while it is used, and not while it rests`() = test { folder ->
        val shared = SharedStore(folder)
        shared.use { assertThrows<PantauException.InUse> { openStore(folder.path, null, null, null) } }
        openStore(folder.path, null, null, null).run {
            assertThrows<PantauException.InUse> { shared.use { } }
            shutdown()
            close()
        }
        shared.use { assertNull(it.status().device) }
    }

    @Test
    fun `it rests only when nobody uses it and nobody looks`() = test { folder ->
        val shared = SharedStore(folder)
        shared.watched(true)
        val store = shared.use { it }
        assertFalse(store.isPaused())
        shared.use {
            shared.watched(false)
            assertFalse(store.isPaused())
        }
        assertTrue(store.isPaused())
        shared.use { assertSame(store, it) }
    }

    @Test
    fun `who is cancelled leaves`() = test { folder ->
        val (shared, inside) = SharedStore(folder) to CompletableDeferred<Store>()
        val user = launch {
            shared.use {
                inside.complete(it)
                CompletableDeferred<Unit>().await()
            }
        }
        val store = inside.await()
        user.cancelAndJoin()
        assertTrue(store.isPaused())
    }

    @Test
    fun `who is cancelled while it opens leaves no store behind`() = test { folder ->
        val shared = SharedStore(folder)
        launch(start = CoroutineStart.UNDISPATCHED) { shared.use { } }.cancelAndJoin()
        openStore(folder.path, null, null, null).run {
            shutdown()
            close()
        }
    }

    @Test
    fun `after damage was met the next use opens anew`() = test { folder ->
        val shared = SharedStore(folder)
        val before = shared.use { it }
        assertThrows<PantauException.Failed> { shared.use { throw PantauException.Failed(FailReason.DAMAGED, "x") } }
        shared.use { assertNotSame(before, it) }
    }

    @Test
    fun `short room is answered before the first use, awake and at rest`() = test { folder ->
        val shared = SharedStore(folder)
        shared.lowDisk()
        shared.use { shared.lowDisk() }
        shared.lowDisk()
    }

    @Test
    fun `a lost key has its way back`() = test { folder ->
        val keys = Keystore()
        SharedStore(folder, keys).run { use { assertThrows<PantauException.InUse> { startOver() } } }
        // A new start of the app, after the phone lost its key.
        keys.failure = KeyFailure.Lost()
        val shared = SharedStore(folder, keys)
        assertThrows<PantauException.KeyLost> { shared.use { } }
        assertEquals(folder, shared.startOver().parentFile)
        keys.failure = null
        shared.use { assertNull(it.status().device) }
    }
}
