// What makes the generated module `PantauCore` feel at home in Swift: changes and progress as asynchronous
// sequences, pages as one sequence, a store that is always shut down. Everything here may be called from any
// thread or actor and blocks none: disk and network are used on threads of the core.

@_exported import PantauCore

/// What a sync may use: half a minute and half a megabyte suit a task in the background.
public struct Budget: Sendable, Hashable {
    public var seconds: UInt32
    public var bytes: UInt64

    public init(seconds: UInt32 = 30, bytes: UInt64 = 512 << 10) {
        self.seconds = seconds
        self.bytes = bytes
    }

    /// A quarter of an hour and 64 MB: somebody watches and waits.
    public static let plenty = Budget(seconds: 900, bytes: 64 << 20)
}

/// Opens the store in `folder`, hands it to `body`, and shuts it down whatever happens.
///
/// - Throws: what `openStore` throws, or what `body` does.
public func withStore<Result: Sendable>(
    _ folder: String,
    keys: KeyProvider? = nil,
    transport: Transport? = nil,
    log: LogSink? = nil,
    isolation: isolated (any Actor)? = #isolation,
    _ body: (Store) async throws -> Result
) async throws -> Result {
    let store = try await openStore(folder: folder, keys: keys, transport: transport, log: log)
    do {
        let result = try await body(store)
        await shutDown(store)
        return result
    } catch {
        await shutDown(store)
        throw error
    }
}

/// Shuts down even where the surrounding task was cancelled; there is nothing to be done if it fails.
private func shutDown(_ store: Store) async {
    await Task.detached { try? await store.shutdown() }.value
}

extension Store {
    /// What should be read again, in batches of at most ten a second. Watches from this call on until the sequence
    /// is no longer used. One at a time: a second call ends the watch of the first.
    public func changes() -> AsyncStream<[Change]> {
        let (stream, told) = AsyncStream.makeStream(of: [Change].self)
        watch(listener: Listener(told))
        told.onTermination = { [weak self] why in
            // When the core drops the listener for another one, that one must stay.
            if case .cancelled = why { self?.watch(listener: nil) }
        }
        return stream
    }
}

private final class Listener: ChangeListener {
    private let told: AsyncStream<[Change]>.Continuation

    init(_ told: AsyncStream<[Change]>.Continuation) {
        self.told = told
    }

    func changed(changes: [Change]) {
        told.yield(changes)
    }

    deinit {
        told.finish()
    }
}

/// What a sync tells while it runs: progress, and at last its report.
public enum SyncEvent: Sendable, Hashable {
    case progress(SyncProgress)
    case ended(SyncReport)
}

extension Sync {
    /// Sends and reads; the last element is `.ended`. Leaving the loop, or cancelling its task, stops the sync and
    /// loses nothing.
    public func events(_ budget: Budget = .plenty) -> AsyncThrowingStream<SyncEvent, any Error> {
        AsyncThrowingStream { events in
            let sync = Task {
                do {
                    let report = try await self.run(
                        seconds: budget.seconds, bytes: budget.bytes, listener: Progressing(events))
                    events.yield(.ended(report))
                    events.finish()
                } catch {
                    events.finish(throwing: error)
                }
            }
            events.onTermination = { why in
                guard case .cancelled = why else { return }
                sync.cancel()
                self.cancel()
            }
        }
    }

    /// Sends and reads, without progress. Cancelling the task stops the sync and loses nothing: its report then
    /// ends with `.cancelled`.
    public func run(_ budget: Budget) async throws -> SyncReport {
        try await withTaskCancellationHandler {
            try await run(seconds: budget.seconds, bytes: budget.bytes, listener: nil)
        } onCancel: {
            self.cancel()
        }
    }
}

private final class Progressing: ProgressListener {
    private let events: AsyncThrowingStream<SyncEvent, any Error>.Continuation

    init(_ events: AsyncThrowingStream<SyncEvent, any Error>.Continuation) {
        self.events = events
    }

    func advanced(progress: SyncProgress) {
        events.yield(.progress(progress))
    }
}

extension Places {
    /// All stations of a filter, read page by page as they are asked for.
    public func allTps(_ filter: TpsFilter = TpsFilter(), pageSize: UInt32 = 100) -> AllTps {
        AllTps(places: self, filter: filter, pageSize: pageSize)
    }
}

/// The stations of a filter, one after the other.
public struct AllTps: AsyncSequence, Sendable {
    public typealias Element = TpsRow

    let places: Places
    let filter: TpsFilter
    let pageSize: UInt32

    public func makeAsyncIterator() -> Iterator {
        Iterator(all: self)
    }

    public struct Iterator: AsyncIteratorProtocol {
        let all: AllTps
        var rows: ArraySlice<TpsRow> = []
        var after: String?
        var isLast = false

        public mutating func next() async throws -> TpsRow? {
            while rows.isEmpty, !isLast {
                let page = try await all.places.tps(filter: all.filter, after: after, limit: all.pageSize)
                rows = page.rows[...]
                after = page.next
                isLast = page.next == nil
            }
            return rows.popFirst()
        }
    }
}
