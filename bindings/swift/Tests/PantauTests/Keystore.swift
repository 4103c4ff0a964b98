// A key store of the tests: "wraps" by turning bits, and fails as it is told to.
import Foundation
import Pantau

final class Keystore: KeyProvider, @unchecked Sendable {
    private let lock = NSLock()
    private var failure: KeyFailure?

    func fail(_ failure: KeyFailure?) {
        lock.withLock { self.failure = failure }
    }

    private func turned(_ bytes: Data) throws -> Data {
        if let failure = lock.withLock({ failure }) { throw failure }
        return Data(bytes.map { ~$0 })
    }

    func wrap(secret: Data) throws -> Data {
        try turned(secret)
    }

    func unwrap(wrapped: Data) throws -> Data {
        try turned(wrapped)
    }
}

/// Keeps what the core logs.
final class Lines: LogSink, @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [String] = []

    func line(level: LogLevel, text: String) throws {
        lock.withLock { lines.append(text) }
    }

    func all() -> [String] {
        lock.withLock { lines }
    }
}
