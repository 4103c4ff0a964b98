//! The 2G link: 32 kbit/s, 300 ms each way, one packet in fifty lost, between two network namespaces.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

/// The script that carries the packets. Python, because a TUN device and a change of namespace take system
/// calls that no safe Rust has.
const SCRIPT: &str = include_str!("../../assets/slow_link.py");
const NAMESPACE: &str = "pantau-2g";
const BITS_PER_SECOND: &str = "32000";
const ONE_WAY_MS: &str = "300";
const LOSS: &str = "0.02";
/// Address of the server, as the phone at the other end sees it.
pub const SERVER: &str = "10.77.0.2";
/// Starts a program at the phone's end.
pub const AT_PHONE: [&str; 4] = ["ip", "netns", "exec", NAMESPACE];

/// The link while it is up.
#[derive(Debug)]
pub struct SlowLink(Child);

impl SlowLink {
    /// Brings it up.
    ///
    /// # Errors
    /// Why it cannot be had here: not root, no namespaces, no TUN, no python3, no `ip`.
    pub fn up(seed: u64) -> Result<Self, String> {
        let ip = |words: &[&str]| Command::new("ip").args(words).stderr(Stdio::null()).status();
        // What a run that was killed left behind.
        let _ = ip(&["netns", "del", NAMESPACE]);
        match ip(&["netns", "add", NAMESPACE]) {
            Ok(status) if status.success() => {}
            Ok(_) => return Err("network namespaces are not allowed here (they need root)".to_owned()),
            Err(e) => return Err(format!("the program `ip` (package iproute2): {e}")),
        }
        let seed = seed.to_string();
        let mut script = Command::new("python3")
            .args(["-c", SCRIPT, NAMESPACE, BITS_PER_SECOND, ONE_WAY_MS, LOSS, &seed])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("python3: {e}"))?;
        let mut line = String::new();
        let said = script.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
        let link = Self(script);
        match (said, line.trim()) {
            (Some(Ok(_)), "ready") => Ok(link),
            _ => Err("no TUN device here".to_owned()),
        }
    }
}

impl Drop for SlowLink {
    fn drop(&mut self) {
        // It ends with its input.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
        let _ = Command::new("ip").args(["netns", "del", NAMESPACE]).status();
    }
}
