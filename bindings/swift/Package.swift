// swift-tools-version: 6.0
// Pantau's core as a Swift package. `cargo xtask swift` builds the library, writes the generated sources
// (PantauCore.swift, PantauCoreFFI.h) into it and runs its tests on Linux; on a Mac `build-xcframework.sh` makes
// the binary that an app links.
import PackageDescription

#if os(Linux)
let core = Target.systemLibrary(name: "PantauCoreFFI")
#else
let core = Target.binaryTarget(name: "PantauCoreFFI", path: "PantauCoreFFI.xcframework")
#endif

let package = Package(
    name: "Pantau",
    platforms: [.iOS(.v15), .macOS(.v13)],
    products: [.library(name: "Pantau", targets: ["Pantau"])],
    targets: [
        core,
        // Generated; its makers do not promise language mode 6 yet.
        .target(
            name: "PantauCore", dependencies: ["PantauCoreFFI"], swiftSettings: [.swiftLanguageMode(.v5)],
            // What Rust's static library asks of the system.
            linkerSettings: ["Security", "CoreFoundation"].map {
                .linkedFramework($0, .when(platforms: [.iOS, .macOS]))
            }),
        .target(name: "Pantau", dependencies: ["PantauCore"]),
        // A phone that dies in the middle of things: its tests need a process of its own.
        .executableTarget(name: "KilledPhone", dependencies: ["Pantau"]),
        .testTarget(name: "PantauTests", dependencies: ["Pantau", "KilledPhone"]),
    ]
)
