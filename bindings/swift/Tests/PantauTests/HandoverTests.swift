// Two phones, hand to hand, while the server is away. Not run here: there is no Swift on this machine.
import Foundation
import Pantau
import XCTest

final class HandoverTests: XCTestCase {
}
