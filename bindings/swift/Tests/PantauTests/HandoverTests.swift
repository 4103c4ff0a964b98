// Two phones, hand to hand, while the server is away. They mirror the Kotlin tests.
import Foundation
import Pantau
import XCTest

final class HandoverTests: XCTestCase {
    nonisolated(unsafe) private static var shared: Desk?
    private var desk: Desk { Self.shared! }

    override class func setUp() {
        do { shared = try Desk() } catch { fatalError("\(error)") }
    }

    override class func tearDown() {
        shared?.close()
    }

    private func withPhone(_ officer: Int, _ body: (Store) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pantau-hp-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await withStore(folder.path, keys: nil, transport: nil) { store in
            let outcome = try await store.enrol(qrText: desk.code(officer: officer))
            guard case .enrolled = outcome else { throw Failed(description: "\(outcome)") }
            try await sync(store)
            try await body(store)
        }
    }

    private func sync(_ store: Store) async throws {
        try await store.sync().forgetBackoff()
        let report = try await store.sync().run(.plenty)
        XCTAssertEqual(report.end, .done)
    }

    private func send(_ giver: Store) async throws -> (kit: String, sent: Saved) {
        let kit = try await giver.places().tps(filter: TpsFilter(), after: nil, limit: 1).rows[0].place
        let village = String(kit.prefix(while: { $0 != "/" }))
        let district = String(village.prefix(upTo: village.lastIndex(of: ".")!))
        let dispatch = Dispatch(
            fromKind: .ppk, to: Point(kind: .pps, place: village), packed: .asPacked, kits: [kit],
            containers: [Containers(count: 5)])
        return (kit, try await giver.capture().save(statement: Statement(place: district, body: .dispatch(dispatch: dispatch))))
    }

    func testHandToHandWithoutAServer() async throws {
        try await withPhone(2) { giver in
            try await withPhone(3) { receiver in
                try await sync(giver)
                let (kit, sent) = try await send(giver)
                guard case .ready(let text, _) = try await giver.handovers().give(dispatch: sent.id) else {
                    return XCTFail("it can be shown")
                }
                guard case .offered(let offered) = try await receiver.handovers().look(text: text) else {
                    return XCTFail("it can be read")
                }
                XCTAssertEqual(offered.dispatch.kits, [kit])
                XCTAssertEqual(offered.doubts, [])
                guard case .taken(let answer) = try await receiver.handovers().take(text: text, statement: offered.asSent)
                else { return XCTFail("it can be answered") }
                guard case .alreadyTaken = try await receiver.handovers().take(text: text, statement: offered.asSent)
                else { return XCTFail("it is answered once") }
                guard case .confirmed(let now) = try await giver.handovers().confirm(text: answer.code) else {
                    return XCTFail("the code is taken in")
                }
                XCTAssertEqual(now.officer, 3)
                XCTAssertEqual(now.acceptance, .asSent)
                guard case .alreadyKnown = try await giver.handovers().confirm(text: answer.code) else {
                    return XCTFail("the same again")
                }
                guard case .otherPhone = try await receiver.handovers().confirm(text: answer.code) else {
                    return XCTFail("the wrong phone")
                }
                try await sync(receiver)
                try await sync(giver)
                let same = try await giver.sync().compare()
                XCTAssertTrue(same)
            }
        }
    }
}
