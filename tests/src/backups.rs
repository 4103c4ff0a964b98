//! What backups of the suites are encrypted to: a public key, because a passphrase costs a third of a second by design,
//! and some suites make thousands of backups. The pair is the one of age's own tests.

use pantau_log::ops::{Key, Lock};

/// What the suites encrypt to.
pub fn backup_lock() -> Lock {
    Lock::recipients(&["age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa".to_owned()]).unwrap()
}

/// What opens it.
pub fn backup_key() -> Key {
    Key::identities("AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33").unwrap()
}
