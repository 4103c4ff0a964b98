//! Who calls: the source of a request and what its connection has shown so far. One function, [`source_of`],
//! decides where a request comes from; sign-in, enrolment and the cap on connections all ask it.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use ipnet::IpNet;

/// Where a request comes from: an IPv4 address, or the first 64 bits of an IPv6 address, since one household
/// is given that many. It says nothing about a person: a carrier puts thousands of phones behind one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source(IpAddr);

impl Source {
    /// A caller inside this process, such as a test or the drill.
    pub const LOCAL: Self = Self(IpAddr::V4(Ipv4Addr::LOCALHOST));

    /// The source an address belongs to.
    pub fn of(addr: IpAddr) -> Self {
        match addr.to_canonical() {
            v4 @ IpAddr::V4(_) => Self(v4),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                Self(IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)))
            }
        }
    }

    /// Its bytes, for keys of tables.
    pub fn bytes(&self) -> [u8; 16] {
        match self.0 {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
            IpAddr::V6(v6) => v6.octets(),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(v4) => v4.fmt(f),
            IpAddr::V6(v6) => write!(f, "{v6}/64"),
        }
    }
}

/// A reverse proxy whose `X-Forwarded-For` is believed: an address, or a network in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proxy(IpNet);

impl FromStr for Proxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let net = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        net.map(Self).map_err(|_| format!("{text:?} is neither an address nor a network such as 10.0.0.0/8"))
    }
}

/// The reverse proxies in front of this server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<Proxy>);

impl Proxies {
    /// Whether an address is one of them.
    pub fn trusts(&self, addr: IpAddr) -> bool {
        let addr = addr.to_canonical();
        self.0.iter().any(|p| p.0.contains(&addr))
    }
}

impl FromIterator<Proxy> for Proxies {
    fn from_iter<I: IntoIterator<Item = Proxy>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

/// Where a request comes from. `forwarded` are the values of all its `X-Forwarded-For` headers in order. Each
/// proxy appends the address it was called from, so the list is read from its end: the first address that is no
/// trusted proxy is the caller. What stands before it was written by the caller and is not looked at.
pub fn source_of<'a>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &Proxies,
) -> Source {
    let mut caller = peer;
    for entry in forwarded.rev().flat_map(|line| line.rsplit(',')) {
        if !trusted.trusts(caller) {
            break;
        }
        match address(entry.trim()) {
            Some(addr) => caller = addr,
            // A trusted proxy wrote what is no address: it alone can be held responsible.
            None => break,
        }
    }
    Source::of(caller)
}

/// An address as proxies write it: bare, with a port, or in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|a| a.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    bare.or_else(with_port).or_else(bracketed)
}

/// What a handler knows of its caller, and may say about it. A request extension.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Where the request comes from.
    pub source: Source,
    known: Arc<AtomicBool>,
}

impl Caller {
    /// A caller on a connection; `known` is shared by all its requests.
    pub fn new(source: Source, known: Arc<AtomicBool>) -> Self {
        Self { source, known }
    }

    /// The caller proved that it is a device or an operator of ours: its connection is not closed to make room
    /// for strangers.
    pub fn is_known(&self) {
        self.known.store(true, Relaxed);
    }
}

impl Default for Caller {
    fn default() -> Self {
        Self::new(Source::LOCAL, Arc::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let trusted: Proxies = trusted.iter().map(|t| t.parse::<Proxy>().unwrap()).collect();
        source_of(peer.parse().unwrap(), forwarded.iter().copied(), &trusted).to_string()
    }

    #[test]
    fn a_header_of_a_stranger_gains_nothing() {
        assert_eq!(source("203.0.113.9", &["1.2.3.4"], &[]), "203.0.113.9");
        assert_eq!(source("203.0.113.9", &["1.2.3.4"], &["10.0.0.1"]), "203.0.113.9");
        // Behind a proxy what the caller wrote itself stands on the left.
        assert_eq!(source("10.0.0.1", &["1.2.3.4, 203.0.113.9"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(source("10.0.0.1", &["1.2.3.4", "203.0.113.9"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(source("10.0.0.1", &["10.0.0.7, 203.0.113.9, 10.0.0.2"], &["10.0.0.0/8"]), "203.0.113.9");
    }

    #[test]
    fn what_is_no_address_counts_as_the_proxy() {
        assert_eq!(source("10.0.0.1", &[], &["10.0.0.1"]), "10.0.0.1");
        assert_eq!(source("10.0.0.1", &["203.0.113.9, unknown"], &["10.0.0.1"]), "10.0.0.1");
        assert_eq!(source("10.0.0.1", &[""], &["10.0.0.1"]), "10.0.0.1");
        assert_eq!(source("10.0.0.1", &["203.0.113.9:4711"], &["10.0.0.1"]), "203.0.113.9");
        assert_eq!(source("10.0.0.1", &["[2001:db8::1]:80"], &["10.0.0.1"]), "2001:db8::/64");
    }

    #[test]
    fn sixty_four_bits_of_ipv6_are_one_source() {
        assert_eq!(source("2001:db8:0:7:1::1", &[], &[]), source("2001:db8:0:7:ffff::9", &[], &[]));
        assert_ne!(source("2001:db8:0:7::1", &[], &[]), source("2001:db8:0:8::1", &[], &[]));
        assert_eq!(source("::ffff:203.0.113.9", &[], &[]), "203.0.113.9");
        assert_eq!(source("::ffff:10.0.0.1", &["203.0.113.9"], &["10.0.0.1"]), "203.0.113.9");
    }

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        assert!("10.0.0.0/8".parse::<Proxy>().is_ok() && "::1".parse::<Proxy>().is_ok());
        assert!("10.0.0.0/33".parse::<Proxy>().is_err() && "proxy.example".parse::<Proxy>().is_err());
    }
}
