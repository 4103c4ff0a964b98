/** A phone in a terminal: the shortest way to see what an app does with the core. */
package id.pantau.console

import id.pantau.Budget
import id.pantau.SyncEvent
import id.pantau.core.Access
import id.pantau.core.Answer
import id.pantau.core.Body
import id.pantau.core.EnrolOutcome
import id.pantau.core.Locale
import id.pantau.core.NoteField
import id.pantau.core.NoteText
import id.pantau.core.PantauException
import id.pantau.core.Progress
import id.pantau.core.Role
import id.pantau.core.Statement
import id.pantau.core.Store
import id.pantau.core.TpsFilter
import id.pantau.core.Venue
import id.pantau.core.Way
import id.pantau.core.explain
import id.pantau.core.explainDelivery
import id.pantau.core.explainEnrolment
import id.pantau.core.explainSync
import id.pantau.core.legible
import id.pantau.events
import id.pantau.withStore
import kotlinx.coroutines.runBlocking
import java.io.File
import java.time.Instant
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.util.UUID

private const val HELP = """Perintah:
  daftar TEKS-QR          mendaftarkan HP ini (satu kali, sebelum berangkat)
  tps [KATA]              daftar TPS, yang belum dikunjungi dan paling sulit lebih dahulu
  kunjungi TPS [CATATAN]  mencatat kunjungan: semua butir ceklis "sesuai"
  serahkan DARI KE TPS…   mencatat kit yang diserahkan, misalnya: serahkan ppk:62.02.01 pps:62.02.01.2001
                          62.02.01.2001/001=5 62.02.01.2001/002 #13=12 (5 koli; 12 buah butir 13)
  terima DI TPS…          mencatat kit yang diterima: terima pps:62.02.01.2001 62.02.01.2001/001=4-1 (4 ada, 1 kurang)
  beri [NOMOR]            menunjukkan pengiriman terakhir (atau nomor itu) kepada HP penerima, tanpa sinyal
  ambil TEKS-QR [; TPS…]  menjawab yang ditunjukkan HP pengirim; setelah ; yang tidak sesuai: 62.02.01.2001/001=4-1
  sahkan TEKS-ATAU-KODE   mencatat jawaban penerima, dari kode QR atau 12 huruf yang dibacakan
  kartu TPS [en]          kit, pengemasan, kendala dan catatan satu TPS; `en`: dalam bahasa Inggris
  ringkasan [en]          ringkasan hari ini, untuk dikirim lewat WhatsApp
  kirim                   mengirim dan menerima
  catatan                 catatan HP ini dan sampai di mana masing-masing
  tugas                   tugas dari Desk Pemilu
  selesai NOMOR           menjawab tugas nomor itu: selesai
  status, bantuan, keluar"""

fun main(args: Array<String>) = runBlocking {
    val folder = File(args.firstOrNull() ?: "hp-pantau")
    println("Pantau, HP di terminal. Data di ${folder.absoluteFile}. Ketik `bantuan`.")
    withStore(folder) { store ->
        generateSequence { print("> "); readlnOrNull() }
            .map { it.trim() }
            .takeWhile { it != "keluar" }
            .filter { it.isNotEmpty() }
            .forEach { line ->
                try {
                    obey(store, line.substringBefore(' '), line.substringAfter(' ', "").trim())
                } catch (e: PantauException) {
                    println(explain(e, Locale.INDONESIAN))
                } catch (e: NotUnderstood) {
                    println(e.message)
                }
            }
    }
}

private suspend fun obey(store: Store, command: String, rest: String) = when (command) {
    "daftar" -> enrol(store, rest)
    "tps" -> list(store, rest)
    "kunjungi" -> visit(store, rest.substringBefore(' '), rest.substringAfter(' ', ""))
    "kartu", "card" -> card(store, words(rest))
    "ringkasan", "summary" -> println(store.places().daySummary(Instant.now(), locale(words(rest))))
    "serahkan", "dispatch" -> handOver(store, words(rest))
    "terima", "receive" -> save(store, received(store, words(rest)))
    "beri", "give" -> give(store, rest).forEach(::println)
    "ambil", "take" -> take(store, rest).forEach(::println)
    "sahkan", "confirm" -> confirm(store, rest).forEach(::println)
    "kirim" -> sync(store)
    "catatan" -> journal(store)
    "tugas" -> tasks(store)
    "selesai" -> answer(store, rest)
    "status" -> status(store)
    else -> println(HELP)
}

private suspend fun enrol(store: Store, qrText: String) {
    val outcome = store.enrol(qrText)
    println(explainEnrolment(outcome, Locale.INDONESIAN))
    if (outcome is EnrolOutcome.Enrolled) {
        outcome.grants.forEach { println("  ${words(it.role)} untuk ${it.place}") }
        sync(store)
    }
}

private suspend fun list(store: Store, words: String) {
    val filter = TpsFilter(search = words.ifEmpty { null }, notVisited = true, remoteFirst = true)
    val page = store.places().tps(filter, null, 20u)
    if (page.rows.isEmpty()) println("Tidak ada TPS yang belum dikunjungi di sini.")
    page.rows.forEach { println("  ${it.place}  ${legible(it.village)} TPS ${it.number}, ${it.voters} pemilih, ${words(it.access)}") }
    if (page.next != null) println("  … masih ada lagi; persempit dengan kata.")
}

private suspend fun visit(store: Store, place: String, note: String) {
    val checklist = checkNotNull(store.places().checklist(Venue.Tps)) { "no checklist is shipped" }
    val body = Body.Visit(checklist.number, checklist.version, checklist.items.map { Answer.Ok }, Way.Good)
    val notes = if (note.isEmpty()) emptyList() else listOf(NoteText(NoteField.Note, note))
    save(store, Statement(place, body, notes = notes))
}

private suspend fun save(store: Store, statement: Statement) {
    // An app makes the key when it opens the form, so that a second tap on "Simpan" saves nothing twice.
    val saved = store.capture().save(statement.copy(key = UUID.randomUUID().toString()))
    println("Tersimpan di HP (nomor ${saved.seq}).")
}

private suspend fun handOver(store: Store, words: List<String>) {
    val statement = dispatched(words)
    packed(store, statement).forEach(::println)
    save(store, statement)
}

private fun locale(words: List<String>) = if (words.lastOrNull() == "en") Locale.ENGLISH else Locale.INDONESIAN

private suspend fun card(store: Store, words: List<String>) {
    val place = words.firstOrNull() ?: throw NotUnderstood("Tulis: kartu TPS")
    told(store, place, locale(words)).forEach { println("  $it") }
}

private fun words(line: String) = line.split(' ').filter { it.isNotEmpty() }

private suspend fun sync(store: Store) = store.sync().events(Budget.PLENTY).collect { event ->
    when (event) {
        is SyncEvent.Progress -> println("  … ${event.progress.recordsSent} terkirim, ${event.progress.recordsReceived} diterima")
        is SyncEvent.Ended -> println(explainSync(event.report.end, Locale.INDONESIAN))
    }
}

private suspend fun journal(store: Store) = store.places().journal(null, 20u).rows.forEach {
    println("  ${it.seq}. ${it.place}  ${explainDelivery(it.delivery, Locale.INDONESIAN)}")
}

/** The time people in Central Kalimantan go by. */
private fun wib(at: Instant): String =
    DateTimeFormatter.ofPattern("d MMM yyyy HH.mm 'WIB'", java.util.Locale.forLanguageTag("id")).format(at.atZone(ZoneId.of("Asia/Pontianak")))

private fun words(role: Role) = when (role) {
    is Role.Camat -> "camat"
    is Role.FieldOfficer -> "petugas lapangan"
    is Role.LogisticsStaff -> "petugas logistik"
    is Role.Viewer -> "pimpinan"
    is Role.DeskOperator, is Role.DeskAdmin -> "petugas Desk Pemilu"
    is Role.Other -> "peran ${role.number}"
}

private fun words(access: Access) = when (access) {
    is Access.Regular -> "biasa"
    is Access.Remote -> "terpencil"
    is Access.VeryRemote -> "sangat terpencil"
    is Access.Other -> "jangkauan ${access.number}"
}

private suspend fun tasks(store: Store) {
    val toDo = store.places().directives().toDo
    if (toDo.isEmpty()) println("Tidak ada tugas.")
    toDo.forEachIndexed { n, task -> println("  ${n + 1}. ${task.place}: ${task.text?.let(::legible) ?: "(teks dihapus)"}, sebelum ${wib(task.due)}") }
}

private suspend fun answer(store: Store, number: String) {
    val task = number.toIntOrNull()?.let { store.places().directives().toDo.getOrNull(it - 1) }
    if (task == null) return println("Tidak ada tugas dengan nomor itu.")
    store.capture().answer(task.id, Progress.Done, null, "selesai ${task.id}")
    println("Jawaban tersimpan di HP.")
}

private suspend fun status(store: Store) {
    val (status, unsent) = store.status() to store.unsent()
    println("  server ${status.url ?: "belum ada"}, terakhir terhubung ${status.lastSyncAt?.let(::wib) ?: "belum pernah"}")
    println("  ${unsent.records} catatan belum terkirim (${unsent.bytes} bita)")
}
