//! Bytes with the names of their fields beside them.

use std::fmt::Write as _;

use minicbor::{Decoder, data::Type};
use pantau_protocol::{frame, hash::hex, keys::PublicKey};

/// Shapes of messages as `docs/PROTOCOL.md` has them: key or place, name, and the shape of what stands there. `[X]`
/// is a list of `X`, `<X>` a byte string that holds one `X` after another.
const SHAPES: &[(&str, &str)] = &[
    ("EnrolRequest", "0 handle, 1 proof"),
    (
        "EnrolReply",
        "0 outcome, 1 server_key, 2 keys [ServerKey], 3 certificate Certificate, 4 epoch Epoch, 5 server_time, \
         6 wait_s",
    ),
    ("ServerKey", "0 id, 1 used_for, 2 public_key, 3 state"),
    (
        "Certificate",
        "0 device_key, 1 officer, 2 grants [CertifiedGrant], 3 predecessor, 4 issued_at, 5 server, 6 signature",
    ),
    ("CertifiedGrant", "0 role, 1 place"),
    ("Epoch", "0 created_at, 1 random"),
    (
        "Request",
        "0 cursor ShortCursor, 1 head Head, 2 segment Segment, 3 notes, 4 time_guess, 5 budget_bytes, \
         6 certificate Certificate, 7 old_receipts [OldReceipt], 8 lost, 9 succession Succession, 10 want_digest, \
         11 tail [Digest]",
    ),
    ("ShortCursor", "0 log, 1 position"),
    ("Head", "0 seq, 1 link"),
    ("Segment", "0 base, 1 seed, 2 records [Sent]"),
    // Payloads and lists of notes, alternating.
    ("Sent", "0 payload <Record>, 1 notes [Note]"),
    ("Record", "0 at, 1 place, 2 basis, 3 fix, 4 kind, 5 body, 6 anchor Anchor, 7 copy_of"),
    ("Anchor", "0 time, 1 mac"),
    ("Succession", "0 predecessor, 1 signature"),
    ("OldReceipt", "0 epoch Epoch, 1 link, 2 receipt Receipt"),
    ("Receipt", "0 statement Statement, 1 signature"),
    ("Statement", "0 branch, 1 last, 2 notes_through, 3 steps [Step], 4 position"),
    ("Step", "0 first, 1 last, 2 received_at"),
    (
        "Reply",
        "0 receipt Receipt, 1 epoch Epoch, 2 server_time, 3 anchor_mac, 4 outcomes [Outcome], 5 want_notes, \
         6 page Page, 7 scope, 8 position, 9 more, 10 backoff_s, 11 min_version, 12 dictionaries, \
         13 certificate Certificate, 14 state_digest",
    ),
    ("Outcome", "0 code, 1 heads [Head], 2 held, 3 first or last, 4 number, 5 counted"),
    ("Page", "0 devices [Device], 1 count, 2 rows <Row>"),
    (
        "Row",
        "0 position further, 1 kind, 2 device, 3 branch, 4 seq further, 5 received_at further, 6 since not_before, \
         7 payload, 8 notes [Note]",
    ),
    ("Note", "0 field, 1 text or commitment, 2 salt"),
    ("Digest", ""),
    ("Device", ""),
];

/// Bytes on one line of the left column.
const WIDTH: usize = 24;

/// Name and shape of what stands under a key or place.
fn field(shape: &str, key: u64) -> (String, String) {
    let fields = SHAPES.iter().find(|(name, _)| *name == shape).map_or("", |(_, fields)| fields);
    let mut found = fields.split(", ").filter_map(|f| {
        let (number, told) = f.trim().split_once(' ')?;
        (number.parse() == Ok(key)).then_some(told)
    });
    let told = found.next().unwrap_or_default();
    match told.rsplit_once(' ') {
        Some((name, shape)) if shape.starts_with(|c: char| c.is_uppercase() || "[<".contains(c)) => {
            (name.to_owned(), shape.to_owned())
        }
        _ => (told.to_owned(), String::new()),
    }
}

/// Lines of bytes and what they say.
#[derive(Default)]
pub struct Lines(String);

impl Lines {
    fn add(&mut self, depth: usize, bytes: &[u8], says: &str) {
        let mut chunks = bytes.chunks(WIDTH).map(hex);
        let first = chunks.next().unwrap_or_default();
        let says = format!("{}{says}", "  ".repeat(depth));
        let _ = writeln!(self.0, "{first:<0$}  {says}", 2 * WIDTH);
        chunks.for_each(|rest| self.0.push_str(&format!("{rest}\n")));
    }

    /// The lines as a block.
    pub fn block(self) -> String {
        let trimmed: Vec<&str> = self.0.lines().map(str::trim_end).collect();
        format!("```\n{}\n```\n", trimmed.join("\n"))
    }
}

/// A frame, header field by header field.
pub fn frame_of(bytes: &[u8]) -> String {
    let parsed = frame::parse(bytes).expect("a frame of this transcript");
    let flags = ["flags: none", "flags: SPAN", "flags: KEY", "flags: SPAN, KEY"][usize::from(bytes[5] & 3)];
    let mut fields = vec![
        (2, "magic".to_owned()),
        (1, "version".into()),
        (1, format!("kind: {:?}", parsed.kind)),
        (1, "dictionary".into()),
        (1, flags.into()),
    ];
    match (parsed.key, parsed.device) {
        (Some(_), _) => fields.push((32, "key".into())),
        (None, Some(_)) => fields.push((16, "device".into())),
        (None, None) => {}
    }
    if let Some(span) = parsed.span {
        let [first, count] = [span.first, span.count].map(|n| minicbor::to_vec(n).expect("memory").len());
        let link = format!("link({})", span.last());
        fields.extend([(first, "first".into()), (count, "count".into()), (32, link)]);
    }
    fields.push((64, "signature".into()));
    let header: usize = fields.iter().map(|(n, _)| n).sum();
    fields.push((bytes.len() - header, "body: zstd without its magic".into()));
    let (mut out, mut at) = (Lines::default(), 0);
    for (n, says) in fields {
        out.add(0, &bytes[at..at + n], &says);
        at += n;
    }
    out.block()
}

/// The body of a frame, unpacked.
pub fn body_of(shape: &str, bytes: &[u8]) -> String {
    let mut out = Lines::default();
    let mut d = Decoder::new(bytes);
    value(&mut out, bytes, &mut d, (0, 0, "", shape));
    assert_eq!(d.position(), bytes.len(), "{shape}");
    out.block()
}

/// One value. Where its line begins, depth, name and shape tell how it is shown; the line of what stands in a map begins
/// with its key.
fn value(
    out: &mut Lines,
    bytes: &[u8],
    d: &mut Decoder<'_>,
    (start, depth, name, shape): (usize, usize, &str, &str),
) {
    let named = |what: String| if name.is_empty() { what } else { format!("{name}: {what}") };
    match d.datatype().expect("a value") {
        Type::Map => {
            let n = d.map().expect("a map").expect("a length");
            out.add(
                depth,
                &bytes[start..d.position()],
                &named(format!("map of {n}, {shape}").trim_end_matches(", ").to_owned()),
            );
            for _ in 0..n {
                let at = d.position();
                let key = d.u64().expect("a key");
                let (name, shape) = field(shape, key);
                let name = if name.is_empty() { key.to_string() } else { format!("{key} {name}") };
                value(out, bytes, d, (at, depth + 1, &name, &shape));
            }
        }
        Type::Array => {
            let n = d.array().expect("a list").expect("a length");
            let each = shape.strip_prefix('[').and_then(|s| s.strip_suffix(']'));
            out.add(
                depth,
                &bytes[start..d.position()],
                &named(format!("list of {n}, {}", each.unwrap_or(shape)).trim_end_matches(", ").to_owned()),
            );
            for place in 0..n {
                let (name, shape) = match each {
                    Some("Sent") => field("Sent", place % 2),
                    Some(each) => (String::new(), each.to_owned()),
                    None => field(shape, place),
                };
                value(out, bytes, d, (d.position(), depth + 1, &name, &shape));
            }
        }
        Type::Bytes => {
            let content = d.bytes().expect("bytes");
            match shape.strip_prefix('<').and_then(|s| s.strip_suffix('>')) {
                Some(each) => {
                    let head = d.position() - content.len();
                    let told = format!("{} bytes of {each}", content.len());
                    out.add(depth, &bytes[start..head], &named(told));
                    let mut inner = Decoder::new(content);
                    while inner.position() < content.len() {
                        let at = inner.position();
                        value(out, content, &mut inner, (at, depth + 1, "", each));
                    }
                }
                None => {
                    out.add(depth, &bytes[start..d.position()], &named(format!("{} bytes", content.len())))
                }
            }
        }
        Type::String => {
            let text = format!("{:?}", d.str().expect("text"));
            out.add(depth, &bytes[start..d.position()], &named(text));
        }
        Type::Bool => {
            let said = d.bool().expect("a bool").to_string();
            out.add(depth, &bytes[start..d.position()], &named(said));
        }
        Type::Null => {
            d.null().expect("null");
            out.add(depth, &bytes[start..d.position()], &named("null".into()));
        }
        _ => {
            let n = i128::from(d.int().expect("a number"));
            out.add(depth, &bytes[start..d.position()], &named(n.to_string()));
        }
    }
}

/// Whose key that is, for people.
pub fn key_of(key: &PublicKey) -> String {
    format!("key `{key}`, device id `{}`", key.device_id())
}
