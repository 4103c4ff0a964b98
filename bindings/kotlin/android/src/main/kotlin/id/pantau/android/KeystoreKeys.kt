/** The store's key, wrapped under a key in Android's Keystore. */
package id.pantau.android

import android.content.Context
import android.content.pm.PackageManager
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import id.pantau.core.KeyFailure
import id.pantau.core.KeyProvider
import java.security.GeneralSecurityException
import java.security.KeyStore
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

private const val STORE = "AndroidKeyStore"
private const val TRANSFORMATION = "AES/GCM/NoPadding"
private const val NONCE_BYTES = 12
private const val TAG_BITS = 128

/**
 * Wraps with AES-GCM under a key that never leaves the phone's secure hardware, where it has any.
 *
 * The key is not bound to the user's presence, nor to an unlocked screen: a sync in the background signs, too. A factory
 * reset, and on some phones a restored backup, loses it: `openStore` then throws `KeyLost`. Give it to
 * [PantauStore] or `openStore`; the core calls it on a thread of its own.
 */
class KeystoreKeys(context: Context, private val alias: String = "id.pantau.store") : KeyProvider {
    private val hasStrongBox = context.packageManager.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)

    override fun wrap(secret: ByteArray): ByteArray = asked {
        val cipher = try {
            encrypting(find() ?: make())
        } catch (_: KeyPermanentlyInvalidatedException) {
            // Nothing that it wrapped can be unwrapped any more, and nothing new could be: a new key takes its place.
            keystore().deleteEntry(alias)
            encrypting(make())
        }
        cipher.iv + cipher.doFinal(secret)
    }

    private fun encrypting(key: SecretKey) = Cipher.getInstance(TRANSFORMATION).apply { init(Cipher.ENCRYPT_MODE, key) }

    override fun unwrap(wrapped: ByteArray): ByteArray = asked {
        // No key, or another one: what was wrapped will never be unwrapped again.
        val key = find() ?: throw KeyFailure.Lost()
        if (wrapped.size <= NONCE_BYTES) throw KeyFailure.Lost()
        val cipher = Cipher.getInstance(TRANSFORMATION)
        cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, wrapped, 0, NONCE_BYTES))
        cipher.doFinal(wrapped, NONCE_BYTES, wrapped.size - NONCE_BYTES)
    }

    private fun keystore() = KeyStore.getInstance(STORE).apply { load(null) }

    private fun find(): SecretKey? = keystore().getKey(alias, null) as SecretKey?

    private fun make(): SecretKey {
        if (hasStrongBox) {
            try {
                return make(inStrongBox = true)
            } catch (_: StrongBoxUnavailableException) {
                // Full, or without this algorithm: the main processor's secure part will do.
            }
        }
        return make(inStrongBox = false)
    }

    private fun make(inStrongBox: Boolean): SecretKey {
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val spec = KeyGenParameterSpec.Builder(alias, purposes)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setKeySize(256)
            .setIsStrongBoxBacked(inStrongBox)
        return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, STORE).run {
            init(spec.build())
            generateKey()
        }
    }

    /** Lost for good, or only not now: the Keystore's process may be restarting. */
    private fun <R> asked(work: () -> R): R = try {
        work()
    } catch (e: KeyFailure) {
        throw e
    } catch (_: KeyPermanentlyInvalidatedException) {
        throw KeyFailure.Lost()
    } catch (_: AEADBadTagException) {
        throw KeyFailure.Lost()
    } catch (e: GeneralSecurityException) {
        throw KeyFailure.Unavailable(e.javaClass.simpleName)
    } catch (e: RuntimeException) {
        // ProviderException and others that the Keystore's driver throws.
        throw KeyFailure.Unavailable(e.javaClass.simpleName)
    }
}
