// Where the store lies on Apple's systems.
#if canImport(Darwin)
import Foundation

/// The folder for `openStore`: made if need be, kept out of backups, and readable from the first unlock after a
/// start on, so that a sync in the background can open it.
///
/// A store that a backup brings to another phone would be a clone: the desk would see two phones under one key.
///
/// - Throws: what the file system says.
public func storeFolder(named name: String = "pantau") throws -> String {
    let files = FileManager.default
    let support = try files.url(for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
    var folder = support.appendingPathComponent(name, isDirectory: true)
    var attributes: [FileAttributeKey: Any] = [:]
    #if os(iOS)
    attributes[.protectionKey] = FileProtectionType.completeUntilFirstUserAuthentication
    #endif
    try files.createDirectory(at: folder, withIntermediateDirectories: true, attributes: attributes)
    #if os(iOS)
    try files.setAttributes(attributes, ofItemAtPath: folder.path)
    #endif
    var values = URLResourceValues()
    values.isExcludedFromBackup = true
    try folder.setResourceValues(values)
    return folder.path
}
#endif
