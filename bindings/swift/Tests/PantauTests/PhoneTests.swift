// A phone against a real server, as an app would drive it. They mirror the Kotlin tests.
import Foundation
import Pantau
import XCTest

let station = "62.02.01.2001/001"

final class PhoneTests: XCTestCase {
    nonisolated(unsafe) private static var shared: Desk?
    private var desk: Desk { Self.shared! }

    override class func setUp() {
        do { shared = try Desk() } catch { fatalError("\(error)") }
    }

    override class func tearDown() {
        shared?.close()
    }

    private func inFolder<R>(_ body: (String) async throws -> R) async throws -> R {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pantau-hp-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder.path)
    }

    private func withPhone(
        keys: KeyProvider? = nil, transport: Transport? = nil, _ body: (Store) async throws -> Void
    ) async throws {
        try await inFolder { try await withStore($0, keys: keys, transport: transport, body) }
    }

    private func enrol(_ store: Store) async throws {
        let outcome = try await store.enrol(qrText: desk.code())
        guard case .enrolled = outcome else { throw Failed(description: "\(outcome)") }
        let report = try await store.sync().run(.plenty)
        XCTAssertEqual(report.end, .done)
    }

    private func place(_ store: Store) async throws -> String {
        try await store.places().tps(filter: TpsFilter(), after: nil, limit: 1).rows[0].place
    }

    private func incident(_ note: String, at place: String = station) -> Statement {
        Statement(
            place: place, body: .incident(category: .access, severity: .high), basis: .toldByPhone,
            notes: [NoteText(field: .note, text: note), NoteText(field: .informant, text: "ketua KPPS")])
    }

    private func visit(_ store: Store) async throws -> Statement {
        let checklist = try XCTUnwrap(store.places().checklist(venue: .tps))
        let answers = checklist.items.map { _ in Answer.ok }
        let body = Body.visit(checklist: checklist.number, version: checklist.version, answers: answers, way: .hard)
        return Statement(place: try await place(store), body: body)
    }

    /// What it throws.
    private func thrown(
        _ body: () async throws -> Void, file: StaticString = #filePath, line: UInt = #line
    ) async -> PantauError? {
        do {
            try await body()
            XCTFail("nothing was thrown", file: file, line: line)
        } catch let error as PantauError {
            return error
        } catch {
            XCTFail("\(error)", file: file, line: line)
        }
        return nil
    }

    func testACodeEnrolsOnce() async throws {
        try await withPhone { store in
            let officer = try await store.status().officer
            XCTAssertNil(officer)
            guard case .Invalid = await thrown({ _ = try await store.enrol(qrText: "bukan kode") }) else {
                return XCTFail("a text that is no code")
            }
            let code = try desk.code()
            let first = try await store.enrol(qrText: code)
            guard case .enrolled(officer: 1, let grants, _, repeated: 0) = first else { return XCTFail("\(first)") }
            XCTAssertEqual(grants.map(\.place), ["62.02"])
            let second = try await store.enrol(qrText: code)
            XCTAssertEqual(first, second, "a lost reply costs nothing")
            try await withPhone { other in
                let late = try await other.enrol(qrText: code)
                XCTAssertEqual(late, .used)
            }
        }
    }

    func testWhatIsCapturedWithoutAServerIsHeldAfterTheNextSync() async throws {
        try await withPhone { store in
            try await enrol(store)
            desk.down()
            let saved = try await store.capture().save(statement: visit(store))
            let offline = try await store.sync().run(Budget()).end
            guard case .offline = offline else { return XCTFail("\(offline)") }
            let unsent = try await store.unsent()
            XCTAssertEqual(unsent.records, 1)
            try desk.up()
            try await store.sync().forgetBackoff()
            var (sent, last): (UInt64, SyncEvent?) = (0, nil)
            for try await event in store.sync().events() {
                if case .progress(let progress) = event { sent = max(sent, progress.recordsSent) }
                last = event
            }
            XCTAssertEqual(sent, 1)
            guard case .ended(let report) = last else { return XCTFail("\(String(describing: last))") }
            XCTAssertEqual(report.end, .done)
            let journal = try await store.places().journal(after: nil, limit: 0)
            XCTAssertEqual(journal.rows.map(\.id), [saved.id])
            guard case .held = journal.rows[0].delivery else { return XCTFail("\(journal.rows[0].delivery)") }
            XCTAssertEqual(
                explainDelivery(delivery: journal.rows[0].delivery, locale: .indonesian), "Sudah diterima server.")
            let same = try await store.sync().compare()
            XCTAssertTrue(same)
            let card = try await store.places().card(place: place(store))
            XCTAssertGreaterThanOrEqual(card.visits, 1)
            XCTAssertFalse(card.timeline.isEmpty || card.answers.isEmpty)
            XCTAssertNil(card.custody, "nobody has spoken of the kit")
            XCTAssertEqual(card.timeline.first { $0.id == saved.id }?.judged, .counts)
            let words = try await store.places().cardWords(place: place(store), locale: .indonesian)
            XCTAssertTrue(words.custody.isEmpty && words.notCounted.isEmpty)
            let summary = try await store.places().daySummary(day: Date(), locale: .indonesian)
            XCTAssertTrue(summary.hasPrefix("Pantau ") && summary.count <= 1500, summary)
        }
    }

    func testADoubleTapSavesOneRecord() async throws {
        try await withPhone { store in
            try await enrol(store)
            let capture = store.capture()
            var form = incident("jembatan rusak", at: try await place(store))
            form.key = "formulir-1"
            let tapped = form
            async let one = capture.save(statement: tapped)
            async let other = capture.save(statement: tapped)
            let (first, second) = (try await one, try await other)
            XCTAssertEqual(first, second)
            let taken = try await capture.retract(target: first.id, why: "salah TPS", key: "tarik-1")
            let again = try await capture.retract(target: first.id, why: "salah TPS", key: "tarik-1")
            XCTAssertEqual(taken, again)
            let rows = try await store.places().journal(after: nil, limit: 0).rows
            XCTAssertEqual(rows.count, 2, "the statement and its retraction")
            form.key = "formulir-2"
            let next = try await capture.save(statement: form)
            XCTAssertNotEqual(first.id, next.id, "the same words in another form")
            form.key = ""
            let nameless = form
            guard case .Invalid("key", _) = await thrown({ _ = try await capture.save(statement: nameless) }) else {
                return XCTFail("a key of no letters")
            }
        }
    }

    func testACorrectionAndARetractionSupersede() async throws {
        try await withPhone { store in
            try await enrol(store)
            let (here, capture) = (try await place(store), store.capture())
            let first = try await capture.save(statement: incident("jembatan rusak", at: here))
            let second = try await capture.correct(target: first.id, statement: incident("jembatan putus", at: here))
            _ = try await capture.retract(target: second.id, why: "salah TPS")
            let rows = try await store.places().journal(after: nil, limit: 0).rows
            XCTAssertEqual(rows.map(\.superseded), [false, true, true])
            XCTAssertEqual(rows[1].notes.first { $0.field == .note }?.text, "jembatan putus")
        }
    }

    func testADraftSurvivesAKilledPhone() async throws {
        try await inFolder { folder in
            let killed = Process()
            let tests = URL(fileURLWithPath: CommandLine.arguments[0])
            killed.executableURL = tests.deletingLastPathComponent().appendingPathComponent("KilledPhone")
            killed.arguments = [folder, station]
            try killed.run()
            killed.waitUntilExit()
            XCTAssertEqual(killed.terminationReason, .uncaughtSignal)
            XCTAssertEqual(killed.terminationStatus, SIGKILL)
            try await withStore(folder) { store in
                let capture = store.capture()
                let draft = try await capture.draft(kind: .visit, place: station)
                XCTAssertEqual(draft?.content, Data("jawaban ke-3".utf8))
                let drafts = try await capture.drafts()
                XCTAssertEqual(drafts.count, 1)
                try await capture.discardDraft(kind: .visit, place: station)
                let gone = try await capture.draft(kind: .visit, place: station)
                XCTAssertNil(gone)
            }
        }
    }

    func testADirectiveArrivesAndIsAnswered() async throws {
        try await withPhone { store in
            try await enrol(store)
            try desk.command("directive", "--to", "officer:1", "--due", "2099-02-13 18:00", "--yes", "Hubungi desk")
            _ = try await store.sync().run(.plenty)
            let toDo = try await store.places().directives().toDo
            let task = try XCTUnwrap(toDo.first { $0.text == "Hubungi desk" })
            _ = try await store.capture().answer(target: task.id, progress: .done, note: "sudah")
            let end = try await store.sync().run(.plenty).end
            XCTAssertEqual(end, .done)
            let done = try await store.places().directives().done
            XCTAssertTrue(done.contains { $0.id == task.id && $0.myAnswer == .done })
        }
    }

    func testASyncThatIsCancelledLosesNothingAndGoesOnLater() async throws {
        let line = OwnTransport()
        try await withPhone(transport: line) { store in
            line.serve(store.sync())
            try await enrol(store)
            _ = try await store.capture().save(statement: visit(store))
            for byTask in [true, false] {
                let held = line.hold()
                let running = Task { try await store.sync().run(.plenty) }
                let began = await held.began.first { _ in true }
                if byTask { running.cancel() } else { store.sync().cancel() }
                let aborted = await held.aborted.first { _ in true }
                XCTAssertEqual(began, aborted)
                if !byTask {
                    let end = try await running.value.end
                    XCTAssertEqual(end, .cancelled)
                }
                let unsent = try await store.unsent()
                XCTAssertEqual(unsent.records, 1)
            }
            line.letGo()
            try await store.sync().forgetBackoff()
            let end = try await store.sync().run(.plenty).end
            XCTAssertEqual(end, .done)
            let unsent = try await store.unsent()
            XCTAssertEqual(unsent.records, 0)
            XCTAssertFalse(store.sync().complete(id: 1, outcome: .failed(failure: .cut, detail: "late")))
        }
    }

    func testAThousandStationsComePageByPageEachOnce() async throws {
        try await withPhone { store in
            try await enrol(store)
            let places = store.places()
            var all: [TpsRow] = []
            for try await row in places.allTps(pageSize: 200) { all.append(row) }
            XCTAssertGreaterThan(all.count, 1_000)
            XCTAssertEqual(Set(all.map(\.place)).count, all.count)
            let page = try await places.tps(filter: TpsFilter(), after: nil, limit: 0)
            XCTAssertEqual(page.rows.count, 50)
            let none = try await places.tps(filter: TpsFilter(search: "tidak ada"), after: nil, limit: 0)
            XCTAssertTrue(none.rows.isEmpty)
            let hardest = try await places.allTps(TpsFilter(notVisited: true, remoteFirst: true)).first { _ in true }
            XCTAssertNotEqual(hardest?.access, all.last?.access)
        }
    }

    func testChangesAreToldInBatches() async throws {
        try await withPhone { store in
            try await enrol(store)
            let here = try await place(store)
            let changes = store.changes()
            for n in 1...3 { _ = try await store.capture().save(statement: incident("air naik \(n)", at: here)) }
            let told = await changes.first { $0.contains(.journal) }
            XCTAssertEqual(told?.contains(.place(code: here)), true)
        }
    }

    func testErrorsHaveKindsFieldsAndWords() async throws {
        try await inFolder { folder in
            try await withStore(folder) { store in
                let early = await thrown { _ = try await store.capture().save(statement: incident("x")) }
                guard case .NotEnrolled = early else { return XCTFail("\(String(describing: early))") }
                try await enrol(store)
                let body = Body.standby(present: 9, team: 4, situation: .calm, noObstacle: false)
                let here = try await place(store)
                let wrong = await thrown { _ = try await store.capture().save(statement: Statement(place: here, body: body)) }
                XCTAssertEqual(wrong, .Invalid(field: "standby.present", detail: "TooLarge"))
                let error = try XCTUnwrap(wrong)
                XCTAssertTrue(explain(error: error, locale: .indonesian).contains("terlalu besar"))
                XCTAssertTrue(explain(error: error, locale: .english).contains("too large"))
                let second = await thrown { _ = try await openStore(folder: folder, keys: nil, transport: nil, log: nil) }
                guard case .InUse = second else { return XCTFail("\(String(describing: second))") }
                let nowhere = await thrown { _ = try await store.places().card(place: "bukan tempat") }
                guard case .Invalid = nowhere else { return XCTFail("\(String(describing: nowhere))") }
            }
        }
    }

    func testAPanicBecomesAnErrorAndTheStoreGoesOn() async throws {
        try await withPhone { store in
            XCTAssertThrowsError(try panicForTest())
            let unsent = try await store.unsent()
            XCTAssertEqual(unsent.records, 0)
        }
    }

    func testAfterPauseAndAfterShutdownCallsSaySo() async throws {
        try await inFolder { folder in
            let store = try await openStore(folder: folder, keys: nil, transport: nil, log: nil)
            func why(_ error: PantauError?) -> FailReason? {
                if case .Failed(let reason, _) = error { reason } else { nil }
            }
            try await store.pause()
            let paused = await thrown { _ = try await store.status() }
            XCTAssertEqual(why(paused), .paused)
            try await store.resume()
            _ = try await store.status()
            try await store.lowDisk()
            try await store.shutdown()
            let closed = await thrown { _ = try await store.status() }
            XCTAssertEqual(why(closed), .closed)
            let over = await thrown { try await store.resume() }
            XCTAssertEqual(why(over), .closed)
        }
    }

    func testKeysLieWrappedAndALostKeyHasAWayBack() async throws {
        let (keys, log) = (Keystore(), Lines())
        try await inFolder { folder in
            try await withStore(folder, keys: keys, log: log) { store in
                try await enrol(store)
                let here = try await place(store)
                _ = try await store.capture().save(statement: incident("rahasia", at: here))
            }
            try await withStore(folder, keys: keys) { store in
                let unsent = try await store.unsent()
                XCTAssertEqual(unsent.records, 1)
            }
            func opening() async -> PantauError? {
                await thrown { _ = try await openStore(folder: folder, keys: keys, transport: nil, log: nil) }
            }
            keys.fail(.Unavailable(detail: "terkunci"))
            guard case .Failed(.keyUnavailable, _) = await opening() else { return XCTFail("a locked phone") }
            keys.fail(.Lost)
            guard case .KeyLost = await opening() else { return XCTFail("a lost key") }
            let aside = try await moveLostStoreAside(folder: folder)
            XCTAssertTrue(FileManager.default.fileExists(atPath: aside + "/pantau.db"))
            keys.fail(nil)
            try await withStore(folder, keys: keys) { store in
                let outcome = try await store.enrol(qrText: desk.code())
                guard case .enrolled(_, _, _, let repeated) = outcome else { return XCTFail("\(outcome)") }
                let unsent = try await store.unsent()
                XCTAssertEqual([repeated, unsent.records], [1, 1])
                try await enrol(store)
            }
            XCTAssertTrue(log.all().contains { $0.hasPrefix("sync:") }, "\(log.all())")
            XCTAssertFalse(log.all().contains { $0.contains("rahasia") || $0.contains("62.02") }, "\(log.all())")
        }
    }
}
