/** Goods in a terminal: several kits in one act, as somebody types them. */
package id.pantau.console

import id.pantau.core.Body
import id.pantau.core.Containers
import id.pantau.core.CustodyKind
import id.pantau.core.Dispatch
import id.pantau.core.Found
import id.pantau.core.Line
import id.pantau.core.LineState
import id.pantau.core.Loose
import id.pantau.core.Packed
import id.pantau.core.Point
import id.pantau.core.Rest
import id.pantau.core.Statement
import id.pantau.core.Store

/** What was typed is no command; the message is for whoever typed it. */
class NotUnderstood(message: String) : Exception(message)

private val kinds = mapOf(
    "gudang" to CustodyKind.Warehouse,
    "ppk" to CustodyKind.Ppk,
    "pps" to CustodyKind.Pps,
    "tps" to CustodyKind.Tps,
    "transit" to CustodyKind.Transit,
)

/** `pps:62.02.01.2001`, or with a name `transit:62.02.01=Dermaga_Sampit`. */
fun point(text: String): Point {
    val kind = kinds[text.substringBefore(':', "").lowercase()]
        ?: throw NotUnderstood("Tulis titik seperti ppk:62.02.01; jenisnya ${kinds.keys.joinToString(", ")}.")
    val rest = text.substringAfter(':')
    val label = rest.substringAfter('=', "").replace('_', ' ').ifEmpty { null }
    return Point(kind, rest.substringBefore('='), label)
}

/** How many there are, and how many of them are missing. */
data class Count(val good: UInt, val missing: UInt)

/** Kits with their containers where they were counted, and pieces by item number. */
data class Goods(val kits: List<String>, val containers: Map<UInt, Count>, val pieces: Map<UInt, UInt>)

/** `62.02.01.2001/001`, `62.02.01.2001/002=5` (5 koli), `62.02.01.2001/003=4-1` (4, 1 missing), `#13=12` (12 of item 13). */
fun goods(words: List<String>): Goods {
    val (items, kits) = words.filter { it.isNotEmpty() }.partition { it.startsWith('#') }
    val counts = kits.mapIndexedNotNull { n, kit -> kit.substringAfter('=', "").ifEmpty { null }?.let { n.toUInt() to count(it) } }
    val pieces = items.map { number(it.substringBefore('=').drop(1)) to number(it.substringAfter('=', "")) }
    if (kits.isEmpty() && pieces.isEmpty()) throw NotUnderstood("Sebut paling sedikit satu TPS atau butir.")
    return Goods(kits.map { it.substringBefore('=') }, counts.toMap(), pieces.toMap())
}

private fun count(text: String) = Count(number(text.substringBefore('-')), text.substringAfter('-', "0").let(::number))

private fun number(text: String) = text.toUIntOrNull() ?: throw NotUnderstood("\"$text\" bukan angka.")

/** `serahkan DARI KE TPS…`: these kits as they were packed, and loose goods. */
fun dispatched(words: List<String>): Statement {
    if (words.size < 3) throw NotUnderstood("Tulis: serahkan DARI KE TPS…")
    val (from, to) = point(words[0]) to point(words[1])
    val goods = goods(words.drop(2))
    val dispatch = Dispatch(
        fromKind = from.kind,
        to = to,
        packed = if (goods.kits.isEmpty()) Packed.AsListed else Packed.AsPacked,
        kits = goods.kits,
        containers = goods.containers.map { (kit, count) -> Containers(count.good + count.missing, kit) },
        lines = goods.pieces.map { (item, pieces) -> Loose(item, pieces) },
        fromLabel = from.label,
    )
    return Statement(from.place, Body.Dispatch(dispatch))
}

/** `terima DI TPS…`: these kits, sealed as they were sent. What was sent here with all of them is what this answers. */
suspend fun received(store: Store, words: List<String>): Statement {
    if (words.size < 2) throw NotUnderstood("Tulis: terima DI TPS…")
    val (at, goods) = point(words[0]) to goods(words.drop(1))
    val body = Body.Receive(
        at = at.kind,
        label = at.label,
        dispatch = goods.kits.firstOrNull()?.let { sent(store, at, goods.kits) },
        rest = if (goods.kits.isEmpty()) Rest.NotChecked else Rest.SealedAsDispatched,
        lines = goods.pieces.map { (item, pieces) -> Line(item, LineState.Counted, pieces, 0u, 0u) },
        seals = emptyList(),
        kits = goods.kits,
        containers = goods.containers.map { (kit, count) -> Found(count.good, 0u, count.missing, kit) },
    )
    return Statement(at.place, body)
}

/** The latest dispatch to this point that has all these kits, if this phone knows of one. */
private suspend fun sent(store: Store, at: Point, kits: List<String>): String? =
    store.places().card(kits.first()).timeline
        .filter { row -> (row.body as? Body.Dispatch)?.dispatch?.let { !row.superseded && it.to.place == at.place && it.kits.containsAll(kits) } ?: false }
        .maxByOrNull { it.effectiveAt }
        ?.id
