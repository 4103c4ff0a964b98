/** A phone that dies in the middle of things: a process of its own, ended without goodbye. */
package id.pantau

import id.pantau.core.DraftKind
import id.pantau.core.openStore
import kotlinx.coroutines.runBlocking

fun main(args: Array<String>) = runBlocking {
    val store = openStore(args[0], null, null, null)
    store.capture().saveDraft(DraftKind.Visit, args[1], "jawaban ke-3".toByteArray())
    Runtime.getRuntime().halt(9)
}
