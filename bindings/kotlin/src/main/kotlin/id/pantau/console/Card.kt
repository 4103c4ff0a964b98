/** The card of one TPS in a terminal, in the core's words. */
package id.pantau.console

import id.pantau.core.Body
import id.pantau.core.Locale
import id.pantau.core.Statement
import id.pantau.core.Store
import id.pantau.core.legible

/** The lines of the card: name, custody line, differences, open findings, packing list, and records that do not count. */
suspend fun told(store: Store, place: String, locale: Locale): List<String> {
    val (card, words) = store.places().card(place) to store.places().cardWords(place, locale)
    val isEnglish = locale == Locale.ENGLISH
    fun pick(id: String, en: String) = if (isEnglish) en else id
    return buildList {
        add(listOfNotNull(card.place, card.name?.let(::legible)).joinToString("  "))
        val nobody = pick("Belum ada yang melaporkan kit TPS ini.", "Nobody has spoken of the kit of this TPS yet.")
        addAll(words.custody.ifEmpty { listOf(nobody) })
        words.differences.forEach { add("${pick("Berbeda", "They differ")}: $it") }
        store.places().findings(place, locale).forEach { add("${pick("Temuan", "Finding")}: ${it.title}: ${it.sentence}. ${it.advice}") }
        card.packing?.let {
            add("${pick("Daftar kemas", "Packing list")}: ${it.containers} ${pick("koli", "containers")}, ${it.seals.size} ${pick("segel", "seals")}")
        }
        words.notCounted.forEach { add("${it.record}: ${it.text}") }
    }
}

/** What a dispatch "as packed" says of each kit, and which kits nobody has a packing list of. */
suspend fun packed(store: Store, statement: Statement): List<String> {
    val dispatch = (statement.body as? Body.Dispatch)?.dispatch ?: return emptyList()
    val counted = dispatch.containers.mapNotNull { it.kit?.toInt() }.toSet()
    return dispatch.kits.mapIndexedNotNull { n, kit ->
        val list = store.places().card(kit).packing
        when {
            n in counted -> null
            list == null -> "  $kit: tidak ada daftar kemas; jumlah koli tidak diketahui, kecuali ditulis seperti $kit=5"
            else -> "  $kit: ${list.containers} koli, ${list.seals.size} segel, sesuai daftar kemas"
        }
    }
}
