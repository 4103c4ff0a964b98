// The store's key, wrapped under a key in the Keychain (iOS, macOS). Not compiled on Linux.
//
// The key is not bound to the user's presence and may be used while the phone is locked, once it was unlocked since
// its start: a sync in the background signs, too. It never leaves this device, not even in a backup: a restored
// copy of the store is a clone, and must enrol again.
#if canImport(Security) && canImport(CryptoKit)
import CryptoKit
import Foundation
import Security

/// Wraps with AES-GCM. Give it to `openStore`; the core calls it on a thread of its own.
public final class KeychainKeys: KeyProvider {
    private let service: String
    private let account = "store-key"

    /// - Parameter service: names the key; the app's bundle identifier will do.
    public init(service: String) {
        self.service = service
    }

    public func wrap(secret: Data) throws -> Data {
        let key = try find() ?? make()
        guard let sealed = try? AES.GCM.seal(secret, using: key).combined else {
            throw KeyFailure.Unavailable(detail: "nothing was sealed")
        }
        return sealed
    }

    public func unwrap(wrapped: Data) throws -> Data {
        // No key, or another one: what was wrapped will never be unwrapped again.
        guard let key = try find(),
            let secret = try? AES.GCM.open(AES.GCM.SealedBox(combined: wrapped), using: key)
        else {
            throw KeyFailure.Lost
        }
        return secret
    }

    private var item: [CFString: Any] {
        [
            kSecClass: kSecClassGenericPassword, kSecAttrService: service, kSecAttrAccount: account,
            kSecAttrSynchronizable: false,
        ]
    }

    private func find() throws -> SymmetricKey? {
        var found: CFTypeRef?
        let query = item.merging([kSecReturnData: true]) { _, new in new }
        switch SecItemCopyMatching(query as CFDictionary, &found) {
        case errSecSuccess:
            guard let bytes = found as? Data else { throw KeyFailure.Unavailable(detail: "no data") }
            return SymmetricKey(data: bytes)
        case errSecItemNotFound:
            return nil
        case let status:
            // `errSecInteractionNotAllowed` before the first unlock, among others: later it will be there.
            throw KeyFailure.Unavailable(detail: "keychain status \(status)")
        }
    }

    private func make() throws -> SymmetricKey {
        let key = SymmetricKey(size: .bits256)
        let bytes = key.withUnsafeBytes { Data($0) }
        let added = item.merging([
            kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly, kSecValueData: bytes,
        ]) { _, new in new }
        let status = SecItemAdd(added as CFDictionary, nil)
        guard status == errSecSuccess else { throw KeyFailure.Unavailable(detail: "keychain status \(status)") }
        return key
    }
}
#endif
