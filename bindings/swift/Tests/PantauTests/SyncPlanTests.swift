// The plan after each end of a sync.
import Foundation
import Pantau
import XCTest

final class SyncPlanTests: XCTestCase {
    func testEveryEndHasItsPlan() {
        let now = Date(timeIntervalSince1970: 1_707_800_000)
        let (soon, later, before) = (now + 60, now + 900, now - 5)
        let plans: [(SyncEnd, UInt64, NextSync)] = [
            (.done, 0, .usual),
            (.offline(why: .noNetwork, detail: "x"), 4, .usual),
            (.budget, 4, .notBefore(soon)),
            (.cancelled, 0, .usual),
            (.cancelled, 4, .notBefore(soon)),
            (.backoff(until: later), 4, .notBefore(later)),
            // A clock that was set on: the pause is over.
            (.backoff(until: before), 4, .notBefore(now)),
            (.notTrusted(detail: "x"), 4, .needsPerson(.desk)),
            (.revoked, 0, .needsPerson(.desk)),
            (.phoneFull, 4, .needsPerson(.room)),
            (.notEnrolled, 0, .needsPerson(.enrolment)),
            (.upgrade(min: 2), 0, .needsPerson(.update)),
        ]
        for (end, unsent, plan) in plans {
            XCTAssertEqual(nextSync(after: end, unsent: unsent, now: now), plan, "\(end)")
        }
    }
}
