// Syncs while the app is in the background (iOS). Not compiled on Linux.
//
// In Info.plist: `BGTaskSchedulerPermittedIdentifiers` with `BackgroundSync.refresh` and `.upload`, and
// `UIBackgroundModes` with `fetch` and `processing`. Call `register` before the app has finished launching and
// `schedule` whenever it goes to the background.
#if canImport(BackgroundTasks) && os(iOS)
import BackgroundTasks
import Foundation

/// The app's syncs in the background. One for the app; may be used from any thread.
public final class BackgroundSync: Sendable {
    /// A short task every quarter of an hour or so, as the system sees fit.
    public static let refresh = "id.pantau.sync.refresh"
    /// A longer one, with a network, for what piled up during days without signal.
    public static let upload = "id.pantau.sync.upload"

    /// Seconds between two short tasks at least; the system takes more.
    public static let interval: TimeInterval = 15 * 60

    private let store: @Sendable () async throws -> Store
    private let tell: @Sendable (NextSync) -> Void

    /// - Parameters:
    ///   - store: gives the app's store. Open it once and keep it: a second `openStore` throws `InUse`.
    ///   - tell: told what the plan is after each sync; `.needsPerson` is for a notification.
    public init(store: @escaping @Sendable () async throws -> Store, tell: @escaping @Sendable (NextSync) -> Void) {
        self.store = store
        self.tell = tell
    }

    /// Registers both tasks. Once, before the app has finished launching.
    public func register() {
        let budgets = [(Self.refresh, Budget(seconds: 20, bytes: 256 << 10)), (Self.upload, Budget.plenty)]
        for (identifier, budget) in budgets {
            let isKnown = BGTaskScheduler.shared.register(forTaskWithIdentifier: identifier, using: nil) { task in
                self.run(Handed(task), budget)
            }
            assert(isKnown, "\(identifier) is missing in BGTaskSchedulerPermittedIdentifiers")
        }
    }

    /// Asks for the next tasks. A failure (background refresh switched off) is no reason to stop: the app syncs
    /// while it is open.
    public func schedule(notBefore: Date = Date() + interval) {
        let short = BGAppRefreshTaskRequest(identifier: Self.refresh)
        short.earliestBeginDate = notBefore
        let long = BGProcessingTaskRequest(identifier: Self.upload)
        long.earliestBeginDate = notBefore
        long.requiresNetworkConnectivity = true
        for request in [short, long] as [BGTaskRequest] {
            try? BGTaskScheduler.shared.submit(request)
        }
    }

    private func run(_ handed: Handed, _ budget: Budget) {
        // Before any work: a task that is ended early must not be the last one.
        schedule()
        let sync = Task { () -> Bool in
            do {
                let open = try await store()
                let end = try await open.sync().run(budget).end
                let plan = nextSync(after: end, unsent: try await open.unsent().records)
                if case .notBefore(let date) = plan { schedule(notBefore: date) }
                tell(plan)
                return true
            } catch {
                return false
            }
        }
        // Cancelling ends the sync at its next step; nothing is lost, and the task below then says so.
        handed.task.expirationHandler = { sync.cancel() }
        Task { handed.task.setTaskCompleted(success: await sync.value) }
    }
}

/// `BGTask` may be used from any thread, and does not say so.
private struct Handed: @unchecked Sendable {
    let task: BGTask

    init(_ task: BGTask) {
        self.task = task
    }
}
#endif
