// A phone that dies in the middle of things: saves a draft and ends without goodbye.
import Foundation
import Pantau

let (folder, place) = (CommandLine.arguments[1], CommandLine.arguments[2])
let store = try await openStore(folder: folder, keys: nil, transport: nil, log: nil)
try await store.capture().saveDraft(kind: .visit, place: place, content: Data("jawaban ke-3".utf8))
kill(getpid(), SIGKILL)
