// When to sync next: the decision alone, so that it is tested where there is no phone.
import Foundation

/// What an app does after a sync.
public enum NextSync: Sendable, Hashable {
    /// Again at the usual time, a quarter of an hour or so from now: the system decides.
    case usual
    /// Not before this time.
    case notBefore(Date)
    /// Not by itself: somebody must act first.
    case needsPerson(Need)
}

/// What somebody must do before another sync makes sense.
public enum Need: Sendable, Hashable {
    /// Scan the desk's QR code.
    case enrolment
    /// Delete other files: the phone has no room to keep what the server answers.
    case room
    /// Update the app.
    case update
    /// Call the election desk: this phone was revoked, or somebody answers in the server's name.
    case desk
}

/// Seconds until a sync goes on that ended only because its budget was used up.
private let soon: TimeInterval = 60

/// What to do after a sync that ended like this, with so many records still to go.
///
/// - Parameter now: the phone's clock.
public func nextSync(after end: SyncEnd, unsent: UInt64, now: Date = Date()) -> NextSync {
    switch end {
    case .done, .offline:
        // The core keeps its own pause after a failure: an early try costs nothing.
        .usual
    case .budget:
        .notBefore(now + soon)
    case .cancelled:
        unsent > 0 ? .notBefore(now + soon) : .usual
    case .backoff(let until):
        .notBefore(max(until, now))
    case .notTrusted, .revoked:
        .needsPerson(.desk)
    case .phoneFull:
        .needsPerson(.room)
    case .notEnrolled:
        .needsPerson(.enrolment)
    case .upgrade:
        .needsPerson(.update)
    }
}
