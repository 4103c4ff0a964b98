//! A backup file: a tar archive inside an age file, so that `age --decrypt` and `tar` open it without us.
//!
//! Both are streams: neither side ever holds more than a chunk in memory. age authenticates each chunk and which one
//! is the last, so that nothing can be changed, dropped or cut off.

use std::io::{self, BufRead, Read, Write};

use age::{
    DecryptError, Decryptor, Encryptor, Identity, Recipient, scrypt, secrecy::SecretString,
    stream::StreamWriter, x25519,
};
use age_core::format::{FileKey, Stanza};
use unicode_normalization::UnicodeNormalization as _;

use crate::Error;

/// How backups began before they were age files.
const OLD_MAGIC: &[u8; 8] = b"PANTAUB1";
/// scrypt with N = 2¹⁷: a third of a second and 128 MB for each guess at a passphrase.
const WORK_FACTOR: u8 = 17;

/// What a backup is encrypted to.
#[derive(Clone)]
pub struct Lock(Locked);

#[derive(Clone)]
enum Locked {
    Passphrase(SecretString),
    Recipients(Vec<x25519::Recipient>),
}

/// What opens a backup.
#[derive(Clone)]
pub struct Key(Keyed);

#[derive(Clone)]
enum Keyed {
    /// As it is meant, then as it was typed: older backups were written with that.
    Passphrase(Vec<SecretString>),
    Identities(Vec<x25519::Identity>),
}

impl Lock {
    /// Whoever knows the passphrase can open it, however his keyboard writes it: see [`meant`].
    ///
    /// # Errors
    /// [`Error::Refused`] for an empty one.
    pub fn passphrase(text: &str) -> Result<Self, Error> {
        let meant = meant(text);
        if meant.is_empty() {
            return Err(Error::Refused("a backup needs a passphrase".into()));
        }
        Ok(Self(Locked::Passphrase(SecretString::from(meant))))
    }

    /// Whoever has the private key of one of these public keys (`age1…`) can open it.
    ///
    /// # Errors
    /// [`Error::Refused`] if there is none, or for what is no public key of age.
    pub fn recipients(keys: &[String]) -> Result<Self, Error> {
        let parsed: Result<Vec<x25519::Recipient>, Error> = keys
            .iter()
            .map(|key| key.parse().map_err(|why| Error::Refused(format!("{key} is no recipient: {why}"))))
            .collect();
        match parsed? {
            none if none.is_empty() => Err(Error::Refused("a backup needs a recipient".into())),
            some => Ok(Self(Locked::Recipients(some))),
        }
    }
}

impl Key {
    /// A passphrase.
    pub fn passphrase(text: &str) -> Self {
        let mut tries = vec![meant(text)];
        if tries.iter().all(|meant| meant != text) {
            tries.push(text.to_owned());
        }
        Self(Keyed::Passphrase(tries.into_iter().map(SecretString::from).collect()))
    }

    /// Private keys as `age-keygen` writes them: one a line, comments begin with `#`.
    ///
    /// # Errors
    /// [`Error::Refused`] if there is none, or for a line that is something else.
    pub fn identities(text: &str) -> Result<Self, Error> {
        let lines = text.lines().map(str::trim).filter(|line| !(line.is_empty() || line.starts_with('#')));
        let parsed: Result<Vec<x25519::Identity>, &str> = lines.map(str::parse).collect();
        // What the line says is not shown: it may be a key with a slip in it.
        match parsed.map_err(|why| Error::Refused(format!("a line is no private key of age: {why}")))? {
            none if none.is_empty() => Err(Error::Refused("the file holds no private key of age".into())),
            some => Ok(Self(Keyed::Identities(some))),
        }
    }

    fn identities_of_age(&self) -> Vec<Box<dyn Identity>> {
        match &self.0 {
            Keyed::Passphrase(tries) => vec![Box::new(AnyOf(tries.clone()))],
            Keyed::Identities(all) => all.iter().map(|i| Box::new(i.clone()) as Box<dyn Identity>).collect(),
        }
    }
}

/// A passphrase as it is meant: letters with their accents in one (NFC), without a byte order mark and without blanks
/// at its ends, which editors and keyboards add and nobody sees. The same text on every machine, so that it opens
/// what it closed.
pub fn meant(text: &str) -> String {
    let is_unseen = |c: char| c.is_whitespace() || c == '\u{FEFF}';
    text.trim_matches(is_unseen).nfc().collect()
}

/// Passphrases that are tried one after the other: age itself stops at the first that does not fit.
struct AnyOf(Vec<SecretString>);

impl Identity for AnyOf {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        let mut last = None;
        for passphrase in &self.0 {
            let mut identity = scrypt::Identity::new(passphrase.clone());
            // A changed file cannot make us work for hours.
            identity.set_max_work_factor(WORK_FACTOR + 3);
            match identity.unwrap_stanza(stanza) {
                Some(Err(why)) => last = Some(Err(why)),
                other => return other,
            }
        }
        last
    }
}

fn failed(e: io::Error) -> Error {
    Error::Backup(e.to_string())
}

/// Writes a backup file.
pub(super) struct Sealing<W: Write>(tar::Builder<StreamWriter<W>>);

impl<W: Write> Sealing<W> {
    pub(super) fn start(out: W, lock: &Lock) -> Result<Self, Error> {
        let recipients: Vec<Box<dyn Recipient>> = match &lock.0 {
            Locked::Passphrase(text) => {
                let mut recipient = scrypt::Recipient::new(text.clone());
                recipient.set_work_factor(WORK_FACTOR);
                vec![Box::new(recipient)]
            }
            Locked::Recipients(all) => {
                all.iter().map(|r| Box::new(r.clone()) as Box<dyn Recipient>).collect()
            }
        };
        let encryptor = Encryptor::with_recipients(recipients.iter().map(AsRef::as_ref))
            .map_err(|e| Error::Backup(e.to_string()))?;
        Ok(Self(tar::Builder::new(encryptor.wrap_output(out).map_err(failed)?)))
    }

    /// Adds a part of exactly `size` bytes.
    pub(super) fn part(&mut self, name: &str, size: u64, content: impl Read) -> Result<(), Error> {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o600);
        self.0.append_data(&mut header, name, Exactly { content, left: size }).map_err(failed)
    }

    /// Writes the last chunk and gives the file back.
    pub(super) fn finish(self) -> Result<W, Error> {
        self.0.into_inner().and_then(StreamWriter::finish).map_err(failed)
    }
}

/// Reads what the header promised: not what a file has grown by since, and no less.
struct Exactly<R> {
    content: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        let got = self.content.read(out.get_mut(..want).unwrap_or_default())?;
        if got == 0 && want > 0 {
            return Err(io::Error::other("a file became shorter while it was read"));
        }
        self.left -= got as u64;
        Ok(got)
    }
}

/// Reads a backup file: hands each part's name and content to `each`, in the order in which they were written.
pub(super) fn open(
    mut input: impl BufRead,
    key: &Key,
    mut each: impl FnMut(&str, &mut dyn Read) -> Result<(), Error>,
) -> Result<(), Error> {
    if input.fill_buf().map_err(failed)?.starts_with(OLD_MAGIC) {
        return Err(Error::Backup(
            "it has the format of before December 2026 (PANTAUB1): restore it with a pantau-server 0.1 built \
             before then, and back that server up again with this one"
                .into(),
        ));
    }
    let sealed =
        Decryptor::new_buffered(input).map_err(|e| Error::Backup(format!("not a backup file: {e}")))?;
    let identities = key.identities_of_age();
    let plain = sealed
        .decrypt(identities.iter().map(AsRef::as_ref))
        .map_err(|e| Error::Backup(format!("wrong passphrase or key, or the file is damaged: {e}")))?;
    let mut archive = tar::Archive::new(plain);
    for part in archive.entries().map_err(failed)? {
        let mut part = part.map_err(failed)?;
        let name = String::from_utf8_lossy(&part.path_bytes()).into_owned();
        each(&name, &mut part)?;
    }
    // The archive ends before the file does, and only its last chunk proves that nothing was cut off.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map(drop).map_err(failed)
}

/// A pair for tests, which need no passphrase that is slow by design: the one of age's own tests.
#[cfg(test)]
pub(crate) mod fixed {
    use super::{Key, Lock};

    pub(crate) fn lock() -> Lock {
        let public = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
        Lock::recipients(&[public.to_owned()]).unwrap()
    }

    pub(crate) fn key() -> Key {
        let secret = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
        Key::identities(secret).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: usize = 200_007;

    fn sealed(lock: &Lock, content: &[u8]) -> Vec<u8> {
        let mut sealing = Sealing::start(Vec::new(), lock).unwrap();
        sealing.part("a", content.len() as u64, content).unwrap();
        sealing.part("b", 0, &[][..]).unwrap();
        sealing.finish().unwrap()
    }

    fn opened(file: &[u8], key: &Key) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let mut parts = Vec::new();
        open(file, key, |name, content| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes).map_err(failed)?;
            parts.push((name.to_owned(), bytes));
            Ok(())
        })?;
        Ok(parts)
    }

    fn pair() -> (Lock, Key) {
        let identity = x25519::Identity::generate();
        let lock = Lock::recipients(&[identity.to_public().to_string()]).unwrap();
        (lock, Key(Keyed::Identities(vec![identity])))
    }

    #[test]
    fn a_passphrase_opens_however_it_is_written() {
        let typed = "kopi pahit di Pa\u{301}langka";
        let lock = Lock::passphrase(&format!("\u{FEFF}{typed} \r\n")).unwrap();
        let file = sealed(&lock, b"x");
        for text in ["kopi pahit di P\u{E1}langka", typed, " kopi pahit di P\u{E1}langka\u{A0}"] {
            assert!(opened(&file, &Key::passphrase(text)).is_ok(), "{text:?}");
        }
        assert!(opened(&file, &Key::passphrase("kopi pahit di Palangka")).is_err());
        // As a version before wrote it: what was typed, with what nobody sees.
        let old = format!("{typed} ");
        let file = sealed(&Lock(Locked::Passphrase(SecretString::from(old.clone()))), b"x");
        assert!(opened(&file, &Key::passphrase(&old)).is_ok());
        assert!(matches!(Lock::passphrase("\u{FEFF} "), Err(Error::Refused(_))));
    }

    #[test]
    fn parts_come_back_whole() {
        let content: Vec<u8> = (0..LONG).map(|n| n as u8).collect();
        let expected = vec![("a".to_owned(), content.clone()), ("b".to_owned(), Vec::new())];
        let (lock, key) = pair();
        assert_eq!(opened(&sealed(&lock, &content), &key).unwrap(), expected);
        let passphrase = Lock::passphrase("sandi").unwrap();
        assert_eq!(opened(&sealed(&passphrase, &content), &Key::passphrase("sandi")).unwrap(), expected);
    }

    #[test]
    fn only_the_right_key_opens() {
        let file = sealed(&Lock::passphrase("sandi").unwrap(), b"content");
        assert!(opened(&file, &Key::passphrase("lain")).is_err());
        assert!(opened(&file, &pair().1).is_err());
        assert!(opened(&sealed(&pair().0, b"content"), &pair().1).is_err());
    }

    #[test]
    fn a_cut_or_changed_file_is_noticed_wherever_it_is() {
        let (lock, key) = pair();
        let file = sealed(&lock, &[7; LONG]);
        let ends = [0, 7, 100, file.len() / 2, file.len() - 600, file.len() - 1];
        for cut in ends {
            assert!(opened(&file[..cut], &key).is_err(), "cut at {cut}");
            let mut changed = file.clone();
            changed[cut] ^= 1;
            assert!(opened(&changed, &key).is_err(), "changed at {cut}");
        }
    }

    #[test]
    fn a_part_that_shrank_is_refused_and_one_that_grew_is_taken_as_promised() {
        let (lock, key) = pair();
        let mut sealing = Sealing::start(Vec::new(), &lock).unwrap();
        sealing.part("grown", 3, &b"content"[..]).unwrap();
        assert!(sealing.part("shrunk", 8, &b"content"[..]).is_err());
        let mut sealing = Sealing::start(Vec::new(), &lock).unwrap();
        sealing.part("grown", 3, &b"content"[..]).unwrap();
        let file = sealing.finish().unwrap();
        assert_eq!(opened(&file, &key).unwrap(), [("grown".to_owned(), b"con".to_vec())]);
    }

    #[test]
    fn an_old_backup_says_what_reads_it() {
        let refused = opened(b"PANTAUB1 and salt and so on", &Key::passphrase("sandi")).unwrap_err();
        assert!(refused.to_string().contains("pantau-server 0.1"), "{refused}");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for bad in ["", "# only a comment", "age1nothing", "AGE-SECRET-KEY-1NOTHING"] {
            assert!(Key::identities(bad).is_err(), "{bad}");
            assert!(Lock::recipients(&[bad.to_owned()]).is_err(), "{bad}");
        }
        assert!(Lock::recipients(&[]).is_err());
        assert!(Lock::passphrase("").is_err());
    }
}
