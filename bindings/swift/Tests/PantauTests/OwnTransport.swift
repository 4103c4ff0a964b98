// The app's own HTTP, as an app would write it over URLSession; holds a POST back when told to.
import Foundation
import Pantau

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

final class OwnTransport: Transport, @unchecked Sendable {
    private let lock = NSLock()
    private var sync: Sync?
    private var tasks: [UInt64: URLSessionTask] = [:]
    private var holding: Held?

    /// What happens to a POST that is held back.
    struct Held: Sendable {
        let began: AsyncStream<UInt64>
        let aborted: AsyncStream<UInt64>
        fileprivate let tellBegan: AsyncStream<UInt64>.Continuation
        fileprivate let tellAborted: AsyncStream<UInt64>.Continuation
    }

    func serve(_ sync: Sync) {
        lock.withLock { self.sync = sync }
    }

    /// The next POSTs are begun and never end, until `letGo`.
    func hold() -> Held {
        let (began, tellBegan) = AsyncStream.makeStream(of: UInt64.self)
        let (aborted, tellAborted) = AsyncStream.makeStream(of: UInt64.self)
        let held = Held(began: began, aborted: aborted, tellBegan: tellBegan, tellAborted: tellAborted)
        lock.withLock { holding = held }
        return held
    }

    func letGo() {
        lock.withLock { holding = nil }
    }

    func post(id: UInt64, post: HttpPost) throws {
        if let held = lock.withLock({ holding }) {
            held.tellBegan.yield(id)
            return
        }
        guard let url = URL(string: post.url) else { throw CallbackError.Failed(detail: post.url) }
        var request = URLRequest(url: url, timeoutInterval: post.within)
        request.httpMethod = "POST"
        request.httpBody = post.body
        request.setValue("application/octet-stream", forHTTPHeaderField: "content-type")
        let task = URLSession.shared.dataTask(with: request) { [self] body, response, failure in
            let sync = lock.withLock { () -> Sync? in
                tasks[id] = nil
                return self.sync
            }
            _ = sync?.complete(id: id, outcome: Self.outcome(body, response, failure))
        }
        lock.withLock { tasks[id] = task }
        task.resume()
    }

    private static func outcome(_ body: Data?, _ response: URLResponse?, _ failure: Error?) -> HttpOutcome {
        guard let response = response as? HTTPURLResponse else {
            return .failed(failure: .notReached, detail: failure.map { "\($0)" } ?? "no answer")
        }
        let after = response.value(forHTTPHeaderField: "retry-after").flatMap(UInt64.init)
        let status = UInt32(response.statusCode)
        return .answered(answer: HttpAnswer(status: status, retryAfter: after, body: body ?? Data()))
    }

    func abort(id: UInt64) throws {
        let (task, held) = lock.withLock { (tasks.removeValue(forKey: id), holding) }
        task?.cancel()
        held?.tellAborted.yield(id)
    }
}
