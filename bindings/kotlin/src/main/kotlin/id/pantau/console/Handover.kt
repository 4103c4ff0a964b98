/** Handover in a terminal: the text of a QR code is shown and typed, since a terminal has no camera. */
package id.pantau.console

import id.pantau.core.Body
import id.pantau.core.ConfirmOutcome
import id.pantau.core.Confirmation
import id.pantau.core.Doubt
import id.pantau.core.Found
import id.pantau.core.GiveOutcome
import id.pantau.core.Locale
import id.pantau.core.LookOutcome
import id.pantau.core.Offered
import id.pantau.core.Statement
import id.pantau.core.Store
import id.pantau.core.TakeOutcome
import id.pantau.core.explainConfirm
import id.pantau.core.explainDoubt
import id.pantau.core.explainGive
import id.pantau.core.explainLook
import id.pantau.core.explainTake
import id.pantau.core.legible
import java.util.UUID

/** What a QR code says ends here; what was found otherwise follows. No text of a QR code has this sign. */
private const val EXCEPT = ';'

/** `beri` or `beri NOMOR`: shows the latest dispatch, or the one with this number in the journal. */
suspend fun give(store: Store, number: String): List<String> {
    val rows = store.places().journal(null, 200u).rows.filter { it.body is Body.Dispatch }
    val row = if (number.isEmpty()) rows.firstOrNull() else rows.firstOrNull { "${it.seq}" == number }
    row ?: throw NotUnderstood("Tidak ada pengiriman seperti itu di HP ini. Catat dahulu dengan: serahkan DARI KE TPS…")
    val outcome = store.handovers().give(row.id)
    return said(explainGive(outcome, Locale.INDONESIAN), explainGive(outcome, Locale.ENGLISH)) + listOfNotNull((outcome as? GiveOutcome.Ready)?.text)
}

/** `ambil TEKS-QR`, or with what is not as sent `ambil TEKS-QR ; 62.02.01.2001/001=4-1`: shows what was sent, and answers. */
suspend fun take(store: Store, line: String): List<String> {
    val (text, except) = line.substringBefore(EXCEPT).trim() to words(line.substringAfter(EXCEPT, ""))
    val seen = store.handovers().look(text)
    val lines = said(explainLook(seen, Locale.INDONESIAN), explainLook(seen, Locale.ENGLISH))
    val offered = (seen as? LookOutcome.Offered)?.offered ?: return lines
    val key = UUID.randomUUID().toString()
    val outcome = store.handovers().take(text, answer(offered, except).copy(key = key))
    val answer = when (outcome) {
        is TakeOutcome.Taken -> outcome.answer
        is TakeOutcome.AlreadyTaken -> outcome.answer
        else -> null
    }
    return lines + sent(offered) + odd(offered.doubts) +
        said(explainTake(outcome, Locale.INDONESIAN), explainTake(outcome, Locale.ENGLISH)) + listOfNotNull(answer?.text)
}

/** `sahkan TEKS-ATAU-KODE`: takes the receiver's answer in. */
suspend fun confirm(store: Store, text: String): List<String> {
    val outcome = store.handovers().confirm(text)
    val now: Confirmation? = when (outcome) {
        is ConfirmOutcome.Confirmed -> outcome.now
        is ConfirmOutcome.SecondReceiver -> outcome.now
        else -> null
    }
    return said(explainConfirm(outcome, Locale.INDONESIAN), explainConfirm(outcome, Locale.ENGLISH)) + odd(now?.doubts.orEmpty())
}

/** As it was sent, but for the counts that were typed. */
fun answer(offered: Offered, except: List<String>): Statement {
    val body = offered.asSent.body as? Body.Receive
    if (except.isEmpty() || body == null) return offered.asSent
    val counts = goods(except)
    val found = counts.containers.map { (typed, count) ->
        val kit = body.kits.indexOf(counts.kits[typed.toInt()])
        if (kit < 0) throw NotUnderstood("${counts.kits[typed.toInt()]} tidak ada dalam pengiriman ini.")
        Found(count.good, 0u, count.missing, kit.toUInt())
    }
    return offered.asSent.copy(body = body.copy(containers = found))
}

/** What was sent, as far as a line holds it. */
private fun sent(offered: Offered): List<String> {
    val dispatch = offered.dispatch
    val boxes = dispatch.containers.sumOf { it.count.toLong() }
    val notes = offered.notes.joinToString("") { ", ${legible(it.text)}" }
    return listOf("  ${offered.place} ke ${dispatch.to.place}: ${dispatch.kits.joinToString(", ")}; $boxes koli, ${dispatch.seals.size} segel$notes")
}

private fun odd(doubts: List<Doubt>) = doubts.flatMap { said("! " + explainDoubt(it, Locale.INDONESIAN), explainDoubt(it, Locale.ENGLISH)) }

private fun said(indonesian: String, english: String) = listOf(indonesian, "  ($english)")

private fun words(line: String) = line.split(' ').filter { it.isNotEmpty() }
