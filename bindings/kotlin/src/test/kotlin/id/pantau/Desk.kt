package id.pantau

import java.io.File
import java.net.InetAddress
import java.net.ServerSocket
import java.nio.file.Files
import java.util.concurrent.TimeUnit

/** A real server of its own folder, with the stations of Kotawaringin Timur a camat and two field officers. */
class Desk : AutoCloseable {
    private val folder: File = Files.createTempDirectory("pantau-desk").toFile()
    private val program = System.getProperty("pantau.server")
    private val address = "127.0.0.1:" + freePort()
    private var process: Process? = null

    init {
        command("init", "--place", "62")
        val data = File(System.getProperty("pantau.data"))
        val tps = data.resolve("tps.csv").readLines()
        folder.resolve("tps.csv").writeText((tps.take(1) + tps.filter { it.startsWith("62.02.") }).joinToString("\n", postfix = "\n"))
        folder.resolve("officers.csv").writeText("number,name,phone,role,place\n1,Sari Contoh,+62000000001,Camat,62.02\n2,Budi Contoh,+62000000002,FieldOfficer,62.02\n3,Wati Contoh,+62000000003,FieldOfficer,62.02\n")
        command(
            "import", "--regions", data.resolve("regions.csv").path, "--tps", folder.resolve("tps.csv").path,
            "--profile", "pemilu-2024", "--checklists", "shipped", "--officers", folder.resolve("officers.csv").path,
        )
        up()
    }

    /** Starts the server and waits until it listens. */
    fun up() {
        val started = ProcessBuilder(program, "--data", server(), "serve", "--listen", address).redirectErrorStream(true).start()
        process = started
        val lines = started.inputStream.bufferedReader()
        generateSequence { lines.readLine() }.first { it.contains("listening") }
        // Read on, or the server would wait for us.
        Thread { lines.forEachLine { } }.apply { isDaemon = true }.start()
    }

    /** Kills the server. */
    fun down() {
        process?.destroyForcibly()?.waitFor()
        process = null
    }

    /** A fresh code for an officer, the camat unless told, as text of its QR code. */
    fun code(officer: Int = 1): String = command("enrol", "--officer", "$officer", "--url", "http://$address").lines().map { it.trim() }.first { it.startsWith("PANTAU1 ") }

    fun command(vararg words: String): String {
        val run = ProcessBuilder(listOf(program, "--data", server()) + words).redirectErrorStream(true).start()
        val said = run.inputStream.bufferedReader().readText()
        check(run.waitFor(60, TimeUnit.SECONDS) && run.exitValue() == 0) { "${words.first()}: $said" }
        return said
    }

    private fun server() = folder.resolve("server").path

    override fun close() {
        down()
        folder.deleteRecursively()
    }

    private fun freePort(): Int = ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { it.localPort }
}

/** A folder that goes with the test. */
fun <R> inFolder(block: (File) -> R): R {
    val folder = Files.createTempDirectory("pantau-hp").toFile()
    try {
        return block(folder)
    } finally {
        folder.deleteRecursively()
    }
}
