//! A sealed file: named parts, encrypted in chunks under a passphrase. XChaCha20-Poly1305; the key comes
//! from Argon2id; each chunk's nonce names its number and whether it is the last, so that none can be
//! dropped, doubled or moved.
//!
//! ```text
//! "PANTAUB1" | salt 16 | nonce 15 | chunks: length 4 LE | ciphertext with tag
//! ```
//!
//! The plain text is a row of parts: name length 2 LE, name, size 8 LE, bytes.

use std::io::{Read, Write};

use argon2::Argon2;
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305,
    aead::{Aead as _, Payload},
};

use crate::{Env, Error};

const MAGIC: &[u8; 8] = b"PANTAUB1";
const CHUNK: usize = 256 << 10;
const TAG: usize = 16;

fn bad(what: &str) -> Error {
    Error::Backup(what.to_owned())
}

fn failed(e: std::io::Error) -> Error {
    Error::Backup(e.to_string())
}

fn cipher(passphrase: &str, salt: &[u8; 16]) -> Result<XChaCha20Poly1305, Error> {
    let mut key = [0; 32];
    let derived = Argon2::default().hash_password_into(passphrase.as_bytes(), salt, &mut key);
    derived.map_err(|_| bad("the passphrase cannot be used"))?;
    Ok(XChaCha20Poly1305::new(&key.into()))
}

fn nonce(prefix: &[u8; 15], number: u64, is_last: bool) -> [u8; 24] {
    let mut nonce = [0; 24];
    let parts = prefix.iter().copied().chain(number.to_be_bytes()).chain([u8::from(is_last)]);
    nonce.iter_mut().zip(parts).for_each(|(n, b)| *n = b);
    nonce
}

/// Writes a sealed file.
pub(super) struct Sealing<W> {
    out: W,
    cipher: XChaCha20Poly1305,
    prefix: [u8; 15],
    number: u64,
    buffer: Vec<u8>,
}

impl<W: Write> Sealing<W> {
    pub(super) fn start(mut out: W, passphrase: &str, env: &Env) -> Result<Self, Error> {
        let (salt, prefix) = (env.random()?, env.random()?);
        let cipher = cipher(passphrase, &salt)?;
        out.write_all(MAGIC).and_then(|()| out.write_all(&salt)).map_err(failed)?;
        out.write_all(&prefix).map_err(failed)?;
        Ok(Self { out, cipher, prefix, number: 0, buffer: Vec::with_capacity(CHUNK) })
    }

    /// Adds a part of exactly `size` bytes.
    pub(super) fn part(&mut self, name: &str, size: u64, mut content: impl Read) -> Result<(), Error> {
        let length = u16::try_from(name.len()).map_err(|_| bad("too long a name"))?;
        self.write(&length.to_le_bytes())?;
        self.write(name.as_bytes())?;
        self.write(&size.to_le_bytes())?;
        let (mut left, mut bytes) = (size, vec![0; 64 << 10]);
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
            let got = content.read(bytes.get_mut(..want).unwrap_or_default()).map_err(failed)?;
            if got == 0 {
                return Err(bad("a file became shorter while it was read"));
            }
            self.write(bytes.get(..got).unwrap_or_default())?;
            left -= got as u64;
        }
        Ok(())
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            if self.buffer.len() == CHUNK {
                self.flush(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    fn flush(&mut self, is_last: bool) -> Result<(), Error> {
        let nonce = nonce(&self.prefix, self.number, is_last);
        let payload = Payload { msg: &self.buffer, aad: MAGIC };
        let sealed = self.cipher.encrypt(&nonce.into(), payload).map_err(|_| bad("cannot encrypt"))?;
        let length = u32::try_from(sealed.len()).map_err(|_| bad("too long a chunk"))?;
        self.out
            .write_all(&length.to_le_bytes())
            .and_then(|()| self.out.write_all(&sealed))
            .map_err(failed)?;
        self.number += 1;
        self.buffer.clear();
        Ok(())
    }

    /// Writes the last chunk and gives the file back.
    pub(super) fn finish(mut self) -> Result<W, Error> {
        self.flush(true)?;
        Ok(self.out)
    }
}

/// Reads a sealed file.
pub(super) struct Opening<R> {
    input: R,
    cipher: XChaCha20Poly1305,
    prefix: [u8; 15],
    number: u64,
    plain: std::io::Cursor<Vec<u8>>,
    at_end: bool,
}

impl<R: Read> Opening<R> {
    pub(super) fn start(mut input: R, passphrase: &str) -> Result<Self, Error> {
        let (mut magic, mut salt, mut prefix) = ([0; 8], [0; 16], [0; 15]);
        let read = input.read_exact(&mut magic).and_then(|()| input.read_exact(&mut salt));
        read.and_then(|()| input.read_exact(&mut prefix)).map_err(|_| bad("not a backup file"))?;
        if magic != *MAGIC {
            return Err(bad("not a backup file"));
        }
        let cipher = cipher(passphrase, &salt)?;
        Ok(Self { input, cipher, prefix, number: 0, plain: std::io::Cursor::default(), at_end: false })
    }

    /// The next chunk, decrypted. Whether it is the last is tried, not told.
    fn next_chunk(&mut self) -> Result<(), Error> {
        let mut length = [0; 4];
        self.input.read_exact(&mut length).map_err(|_| bad("the file ends too early"))?;
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        if length > CHUNK + TAG {
            return Err(bad("damaged"));
        }
        let mut sealed = vec![0; length];
        self.input.read_exact(&mut sealed).map_err(|_| bad("the file ends too early"))?;
        let open = |is_last| {
            let nonce = nonce(&self.prefix, self.number, is_last);
            self.cipher.decrypt(&nonce.into(), Payload { msg: &sealed, aad: MAGIC })
        };
        let plain = match open(false) {
            Ok(plain) => plain,
            Err(_) => {
                self.at_end = true;
                open(true).map_err(|_| bad("wrong passphrase, or the file is damaged"))?
            }
        };
        self.number += 1;
        self.plain = std::io::Cursor::new(plain);
        Ok(())
    }

    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        let mut out = out;
        while !out.is_empty() {
            let got = self.plain.read(out).map_err(failed)?;
            if got == 0 {
                if self.at_end {
                    return Err(bad("the file ends too early"));
                }
                self.next_chunk()?;
            }
            out = out.get_mut(got..).unwrap_or_default();
        }
        Ok(())
    }

    fn is_done(&mut self) -> Result<bool, Error> {
        while self.plain.position() == self.plain.get_ref().len() as u64 {
            if self.at_end {
                return Ok(true);
            }
            self.next_chunk()?;
        }
        Ok(false)
    }

    /// Name and size of the next part; `None` after the last. Its bytes must be read then.
    pub(super) fn next_part(&mut self) -> Result<Option<(String, u64)>, Error> {
        if self.is_done()? {
            return Ok(None);
        }
        let (mut length, mut size) = ([0; 2], [0; 8]);
        self.fill(&mut length)?;
        let mut name = vec![0; usize::from(u16::from_le_bytes(length))];
        self.fill(&mut name)?;
        self.fill(&mut size)?;
        let name = String::from_utf8(name).map_err(|_| bad("damaged"))?;
        Ok(Some((name, u64::from_le_bytes(size))))
    }

    /// Copies the bytes of a part.
    pub(super) fn copy(&mut self, size: u64, mut out: impl Write) -> Result<(), Error> {
        let (mut left, mut bytes) = (size, vec![0; 64 << 10]);
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
            let part = bytes.get_mut(..want).unwrap_or_default();
            self.fill(part)?;
            out.write_all(part).map_err(failed)?;
            left -= want as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(content: &[u8]) -> Vec<u8> {
        let mut sealing = Sealing::start(Vec::new(), "sandi", &Env::real()).unwrap();
        sealing.part("a", content.len() as u64, content).unwrap();
        sealing.part("b", 0, &[][..]).unwrap();
        sealing.finish().unwrap()
    }

    #[test]
    fn parts_come_back_whole() {
        let content: Vec<u8> = (0..CHUNK * 2 + 7).map(|n| n as u8).collect();
        let file = sealed(&content);
        let mut opening = Opening::start(file.as_slice(), "sandi").unwrap();
        let (name, size) = opening.next_part().unwrap().unwrap();
        let mut back = Vec::new();
        opening.copy(size, &mut back).unwrap();
        assert_eq!((name.as_str(), back), ("a", content));
        assert_eq!(opening.next_part().unwrap(), Some(("b".into(), 0)));
        assert_eq!(opening.next_part().unwrap(), None);
    }

    #[test]
    fn a_wrong_passphrase_and_a_cut_file_are_noticed() {
        let file = sealed(b"content");
        assert!(Opening::start(file.as_slice(), "lain").unwrap().next_part().is_err());
        let long = sealed(&vec![7; CHUNK * 2]);
        let cut = &long[..CHUNK + 100];
        let mut opening = Opening::start(cut, "sandi").unwrap();
        let (_, size) = opening.next_part().unwrap().unwrap();
        assert!(opening.copy(size, Vec::new()).is_err());
    }
}
