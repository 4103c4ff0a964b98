// A real server in a folder of its own, with the stations of Kotawaringin Timur, a camat and two field officers.
import Foundation

/// Where the test command says that the server's program and the repository's data are.
private func told(_ name: String) -> String {
    guard let value = ProcessInfo.processInfo.environment[name] else {
        fatalError("\(name) is not set: start these tests by `cargo xtask test --only swift`")
    }
    return value
}

struct Failed: Error, CustomStringConvertible {
    let description: String
}

final class Desk: @unchecked Sendable {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pantau-desk-\(UUID().uuidString)")
    private let program = told("PANTAU_SERVER")
    private var address = "127.0.0.1:0"
    private var process: Process?
    private let one = NSLock()

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let data = URL(fileURLWithPath: told("PANTAU_DATA_FILES"))
        let tps = try String(contentsOf: data.appendingPathComponent("tps.csv"), encoding: .utf8)
        let lines = tps.split(separator: "\n")
        let mine = lines.prefix(1) + lines.filter { $0.hasPrefix("62.02.") }
        try write(mine.joined(separator: "\n") + "\n", "tps.csv")
        try write("number,name,phone,role,place\n1,Sari Contoh,+62000000001,Camat,62.02\n2,Budi Contoh,+62000000002,FieldOfficer,62.02\n3,Wati Contoh,+62000000003,FieldOfficer,62.02\n", "officers.csv")
        try command("init", "--place", "62")
        try command(
            "import", "--regions", data.appendingPathComponent("regions.csv").path, "--tps", path("tps.csv"),
            "--profile", "pemilu-2024", "--checklists", "shipped", "--officers", path("officers.csv"))
        try up()
    }

    private func path(_ name: String) -> String {
        folder.appendingPathComponent(name).path
    }

    private func write(_ text: String, _ name: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    private func started(_ words: [String]) throws -> (Process, FileHandle) {
        let (process, said) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["--data", path("server")] + words
        process.standardOutput = said
        process.standardError = said
        try process.run()
        return (process, said.fileHandleForReading)
    }

    /// Starts the server, where it was before if it ran already, and waits until it listens.
    func up() throws {
        let (process, said) = try started(["serve", "--listen", address])
        var text = ""
        while let more = String(data: said.availableData, encoding: .utf8), !more.isEmpty {
            text += more
            if let line = text.split(separator: "\n").first(where: { $0.contains("listening") }),
                let found = line.range(of: #"127\.0\.0\.1:\d+"#, options: .regularExpression)
            {
                address = String(line[found])
                // Read on, or the server would wait for us.
                said.readabilityHandler = { _ = $0.availableData }
                one.withLock { self.process = process }
                return
            }
        }
        throw Failed(description: "the server did not start: \(text)")
    }

    /// Kills the server.
    func down() {
        let process = one.withLock { () -> Process? in
            defer { self.process = nil }
            return self.process
        }
        if let process {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    @discardableResult
    func command(_ words: String...) throws -> String {
        let (process, said) = try started(words)
        let text = String(data: said.readDataToEndOfFile(), encoding: .utf8) ?? ""
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(description: "\(words[0]): \(text)") }
        return text
    }

    /// A fresh code for the camat, as text of its QR code.
    func code(officer: Int = 1) throws -> String {
        let said = try command("enrol", "--officer", "\(officer)", "--url", "http://\(address)")
        let lines = said.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        guard let code = lines.first(where: { $0.hasPrefix("PANTAU1 ") }) else { throw Failed(description: said) }
        return code
    }

    func close() {
        down()
        try? FileManager.default.removeItem(at: folder)
    }
}
