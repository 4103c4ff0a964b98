//! The tables of `docs/PROTOCOL.md`, made from the source itself, so that numbers and names cannot drift.

use std::fmt::Write as _;

use pantau_protocol::{
    body::Kind,
    cbor,
    exchange::{Outcome, Reply},
    receipt::Receipt,
    role,
};

use super::{SERVER, chain, key, messages};

/// Where the items of the tables stand, beside the files of the kinds.
const SOURCES: [&str; 14] = [
    "body/mod.rs",
    "enrol.rs",
    "exchange.rs",
    "exchange/outcome.rs",
    "exchange/page.rs",
    "keys.rs",
    "limit.rs",
    "note.rs",
    "place.rs",
    "receipt.rs",
    "record.rs",
    "role.rs",
    "segment.rs",
    "time.rs",
];

fn source(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The file of a kind: its name in snake case.
fn file_of(kind: Kind) -> String {
    let mut name = String::new();
    for c in kind.name().chars() {
        let gap = if c.is_uppercase() && !name.is_empty() { "_" } else { "" };
        name += gap;
        name.extend(c.to_lowercase());
    }
    format!("body/{name}.rs")
}

/// The files of the projection.
fn topics() -> Vec<String> {
    // Findings are no part of a state: nobody compares them over the wire.
    let is_state = |name: &String| !name.starts_with("projection/findings/");
    let mut names: Vec<String> = files_in("projection").into_iter().filter(is_state).collect();
    names.sort();
    names
}

fn files_in(folder: &str) -> Vec<String> {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let files = std::fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let names = |f: std::fs::DirEntry| {
        let name = format!("{folder}/{}", f.file_name().to_string_lossy());
        if f.path().is_dir() { files_in(&name) } else { vec![name] }
    };
    files.filter_map(Result::ok).flat_map(names).collect()
}

/// Sums and what they are made of: a server's own, and no part of a state.
const SUMS: [&str; 6] = ["Rollup", "Kits", "Stand", "Underway", "HourSum", "Hours"];

/// All that a state is made of, the whole first.
fn states() -> String {
    let mut names = vec!["PlaceState".to_owned()];
    for file in topics() {
        let source = source(&file);
        let mut lines = source.lines().peekable();
        while let Some(line) = lines.next() {
            let next = lines.peek().and_then(|l| l.strip_prefix("pub struct ")).map(word);
            let is_wire = line.starts_with("#[cbor(");
            let is_named = |name: &String| name == "PlaceState" || SUMS.contains(&name.as_str());
            names.extend(next.filter(|name| is_wire && !is_named(name)));
        }
    }
    names.iter().map(|n| structure(n)).collect::<Vec<_>>().join("\n")
}

fn built() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| kind.is_built())
}

/// One line of a table: number (or value), name, type if any, meaning.
struct Line {
    number: String,
    name: String,
    kind: String,
    doc: String,
}

/// A declaration with its lines.
struct Item {
    name: String,
    doc: String,
    array: bool,
    lines: Vec<Line>,
}

/// The item declared by a line that starts with one of `openings`.
fn item(name: &str) -> Item {
    let files = SOURCES.iter().map(ToString::to_string).chain(built().map(file_of)).chain(topics());
    files.into_iter().find_map(|file| scan(&source(&file), name)).unwrap_or_else(|| panic!("no item {name}"))
}

fn scan(source: &str, name: &str) -> Option<Item> {
    let (mut doc, mut array, mut number, mut optional) = (String::new(), false, None, false);
    let mut lines = source.lines().map(str::trim);
    let openings = [
        format!("pub struct {name} {{"),
        format!("pub struct {name}<B> {{"),
        format!("struct {name} {{"),
        format!("{name} {{"),
    ];
    loop {
        let line = lines.next()?;
        if let Some(text) = line.strip_prefix("/// ") {
            doc = join(&doc, text);
        } else if line == "///" {
            doc.push('\n');
        } else if openings.iter().any(|o| line == o) {
            break;
        } else if line == "#[cbor(array)]" {
            array = true;
        } else if !line.starts_with("#[") {
            (doc, array) = (String::new(), false);
        }
    }
    let mut found = Item { name: name.into(), doc: first_paragraph(&doc), array, lines: vec![] };
    doc = String::new();
    while let Some(line) = lines.next() {
        if line == "}" {
            break;
        } else if let Some(text) = line.strip_prefix("/// ") {
            doc = join(&doc, text);
        } else if let Some(n) = line.strip_prefix("#[n(").and_then(|l| l.strip_suffix(")]")) {
            number = Some(n.to_owned());
        } else if line == "#[cbor(" {
            let attributes: Vec<&str> = lines.by_ref().take_while(|l| *l != ")]").collect();
            optional |= attributes.iter().any(|l| l.starts_with("skip_if"));
        } else if line.contains("default, skip_if") {
            optional = true;
        } else if let Some((case, n)) = line.strip_suffix(',').and_then(|l| l.split_once(" = ")) {
            let line = Line {
                number: n.into(),
                name: case.into(),
                kind: String::new(),
                doc: std::mem::take(&mut doc),
            };
            found.lines.push(line);
        } else if let Some((field, of)) =
            line.trim_start_matches("pub ").trim_end_matches(',').split_once(": ")
            && let Some(number) = number.take()
        {
            let kind = wire_type(of) + if std::mem::take(&mut optional) { ", may be absent" } else { "" };
            found.lines.push(Line { number, name: field.into(), kind, doc: std::mem::take(&mut doc) });
        }
    }
    Some(found)
}

fn join(doc: &str, text: &str) -> String {
    if doc.is_empty() || doc.ends_with('\n') { format!("{doc}{text}") } else { format!("{doc} {text}") }
}

fn first_paragraph(doc: &str) -> String {
    doc.lines().next().unwrap_or_default().to_owned()
}

/// What a Rust type is on the wire.
fn wire_type(of: &str) -> String {
    if let Some(inner) = of.strip_prefix("Option<").and_then(|t| t.strip_suffix('>')) {
        return format!("{}, optional", wire_type(inner));
    }
    if let Some(inner) = of.strip_prefix("Vec<").and_then(|t| t.strip_suffix('>'))
        && inner != "u8"
    {
        return format!("list of {}", wire_type(inner));
    }
    if let Some(inner) = of.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        let parts: Vec<_> = inner.split(", ").map(wire_type).collect();
        return format!("[{}]", parts.join(", "));
    }
    if let Some(n) = of.strip_prefix("[u8; ").and_then(|t| t.strip_suffix(']')) {
        return format!("{n} bytes");
    }
    let plain = match of {
        "u32" | "u64" => "unsigned",
        "i32" | "i64" => "integer",
        "bool" => "bool",
        "String" => "text",
        "Place" => "place",
        "Vec<u8>" => "bytes",
        "Raw" => "any value",
        "RecordId" | "DeviceId" | "ServerId" | "Salt" | "FindingId" => "16 bytes",
        "PublicKey" | "Digest" | "Link" | "Commitment" | "StateDigest" => "32 bytes",
        "Sig" => "64 bytes",
        "ScopeDigest" | "Version" => "8 bytes",
        named => return format!("`{named}`"),
    };
    plain.into()
}

/// Markdown of a doc comment: links of rustdoc become code, and what only readers of the code can look up
/// goes.
fn plain(doc: &str) -> String {
    let mut doc = doc.replace("[`", "`").replace("`]", "`").replace("limit::", "").replace('|', "\\|");
    while let Some(start) = doc.find(" (design ") {
        let end = doc[start..].find(')').map_or(doc.len(), |e| start + e + 1);
        doc.replace_range(start..end, "");
    }
    doc
}

fn enumeration(name: &str) -> String {
    let item = item(name);
    let mut out = format!(
        "**{}**: {}\n\n| number | name | meaning |\n| --- | --- | --- |\n",
        item.name,
        plain(&item.doc)
    );
    for l in &item.lines {
        let _ = writeln!(out, "| {} | `{}` | {} |", l.number, l.name, plain(&l.doc));
    }
    out
}

fn structure(name: &str) -> String {
    let item = item(name);
    let (shape, column) = if item.array { ("list", "place") } else { ("map", "key") };
    let mut out = format!(
        "**{}** ({shape}): {}\n\n| {column} | field | type | meaning |\n| --- | --- | --- | --- |\n",
        item.name,
        plain(&item.doc)
    );
    for l in &item.lines {
        let _ = writeln!(out, "| {} | `{}` | {} | {} |", l.number, l.name, l.kind, plain(&l.doc));
    }
    out
}

fn all(names: &[&str], table: fn(&str) -> String) -> String {
    names.iter().map(|n| table(n)).collect::<Vec<_>>().join("\n")
}

/// The registry: what each kind is, and which notes and places belong to it.
fn kinds() -> String {
    let registry = source("body/mod.rs");
    let meaning = |kind: Kind| {
        let starts = format!("{} {}", kind.number(), kind.name());
        let is_its = |l: &str| l.strip_prefix(&starts).is_some_and(|l| l.starts_with(['(', ' ']));
        let before: Vec<&str> = registry.lines().map(str::trim).take_while(|l| !is_its(l)).collect();
        before
            .last()
            .and_then(|l| l.strip_prefix("/// "))
            .unwrap_or_else(|| panic!("{starts} is not told"))
            .to_owned()
    };
    let mut out = "| number | name | class | notes | names places | meaning |\n".to_owned();
    out += "| --- | --- | --- | --- | --- | --- |\n";
    for kind in Kind::ALL.iter().copied() {
        let notes: Vec<_> = kind.notes().iter().map(|f| format!("`{}`", f.name())).collect();
        let places = if kind.names_places() { "yes" } else { "" };
        let (number, name, notes) = (kind.number(), kind.name(), notes.join(", "));
        let class = format!("{:?}", kind.class()).to_lowercase();
        let _ = writeln!(
            out,
            "| {number} | `{name}` | {class} | {notes} | {places} | {} |",
            plain(&meaning(kind))
        );
    }
    out
}

/// What the files of these kinds declare: structs with the body first, or enumerations.
fn declared(is_reference: bool, of: Declared) -> String {
    let mut names = Vec::new();
    // Reference data proper: a ruling is told among the words of the desk.
    let is_listed = |kind: &Kind| (kind.is_reference() && *kind != Kind::Ruling) == is_reference;
    for kind in built().filter(is_listed) {
        let source = source(&file_of(kind));
        let mut here: Vec<String> = match of {
            Declared::Structs => {
                let open = source.lines().filter(|l| l.ends_with('{'));
                open.filter_map(|l| l.strip_prefix("pub struct ")).map(word).collect()
            }
            Declared::Enums => {
                let after = source.lines().skip_while(|l| *l != "crate::int_enum!(").collect::<Vec<_>>();
                let is_opening = |l: &&&str| {
                    let name = l.strip_prefix("    ").filter(|l| !l.starts_with(' '));
                    name.is_some_and(|l| l.ends_with(" {") && l.split(' ').count() == 2)
                };
                after.iter().filter(is_opening).map(|l| word(l.trim())).filter(|n| n != "match").collect()
            }
        };
        here.sort_by_key(|name| name != kind.name());
        names.extend(here);
    }
    let table = if of == Declared::Structs { structure } else { enumeration };
    names.iter().map(|n| table(n)).collect::<Vec<_>>().join("\n")
}

#[derive(Clone, Copy, PartialEq)]
enum Declared {
    Structs,
    Enums,
}

fn word(line: &str) -> String {
    line.split([' ', '{', '(', '<']).next().unwrap_or_default().to_owned()
}

fn roles() -> String {
    let mut out = "| kind |".to_owned();
    role::Role::ALL.iter().for_each(|r| out += &format!(" {} |", r.name()));
    out += "\n| --- |";
    role::Role::ALL.iter().for_each(|_| out += " --- |");
    for kind in Kind::ALL.iter().chain(&[Kind::Other(0)]) {
        let name = if matches!(kind, Kind::Other(_)) { "any other number" } else { kind.name() };
        let _ = write!(out, "\n| {name} |");
        for role in role::Role::ALL {
            out += if kind.may_be_written_by(*role) { " yes |" } else { " |" };
        }
    }
    out + "\n"
}

/// Names and values of the limits; the values are worked out from the shifts and products in the source.
fn limits() -> String {
    let source = source("limit.rs");
    let mut out = "| limit | value | meaning |\n| --- | --- | --- |\n".to_owned();
    let mut doc = String::new();
    for line in source.lines() {
        if let Some(text) = line.strip_prefix("/// ") {
            doc = join(&doc, text);
        } else if let Some((name, rest)) = line.strip_prefix("pub const ").and_then(|l| l.split_once(": ")) {
            let value = rest.split_once(" = ").map(|(_, v)| v.trim_end_matches(';')).unwrap_or_default();
            let _ =
                writeln!(out, "| `{name}` | {} | {} |", evaluate(value), plain(&std::mem::take(&mut doc)));
        }
    }
    out
}

fn evaluate(text: &str) -> u64 {
    let number = |t: &str| t.trim().replace('_', "").parse::<u64>().expect("a number in limit.rs");
    if let Some((a, b)) = text.split_once("<<") {
        number(a) << number(b)
    } else {
        text.split('*').map(number).product()
    }
}

fn name_of(o: &Outcome) -> String {
    format!("{o:?}").split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

fn outcomes() -> String {
    let mut out = "| code | outcome | carries |\n| --- | --- | --- |\n".to_owned();
    let mut seen = Vec::new();
    for outcome in messages::outcomes() {
        let bytes = cbor::to_vec(&outcome);
        let name = name_of(&outcome);
        if name == "Other" || seen.contains(&name) {
            continue;
        }
        let code = bytes.get(2).copied().unwrap_or_default();
        let carries = match &outcome {
            Outcome::Gap { .. } => "key 1: list of `Head`",
            Outcome::Behind { .. } => "key 3: last record held",
            Outcome::Fork { .. } => "key 3: first record of the branch; key 4: number of the branch",
            Outcome::Quarantined(_) => "key 2: list of `Held`",
            Outcome::Revoked { .. } => "key 5: list of `Counted`",
            Outcome::Upgrade { .. } => "key 4: oldest version that gets pages",
            Outcome::Later { .. } => "key 4: seconds to wait",
            _ => "",
        };
        let _ = writeln!(out, "| {code} | `{name}` | {carries} |");
        seen.push(name);
    }
    out
}

/// What of a reply counts, by outcome.
fn counts() -> String {
    let mut out = "| outcome | receipt, `want_notes` | page, `scope`, `position`, `more`, `state_digest` | certificate |\n".to_owned();
    out += "| --- | --- | --- | --- |\n";
    let of = |outcomes: Vec<Outcome>, has_receipt: bool| {
        let receipt = has_receipt.then(|| Receipt::sign(chain::statement(), &chain::context(), &key(SERVER)));
        let c = Reply { receipt, outcomes, ..messages::quiet() }.carries();
        [c.receipt, c.page, c.certificate].map(|counts| if counts { "counts" } else { "–" })
    };
    let mut rows = vec![("none".to_owned(), of(vec![], true))];
    for outcome in messages::outcomes() {
        let name = match &outcome {
            Outcome::Other(_) => "any other code".to_owned(),
            Outcome::Later { .. } => "`Later` with a receipt".to_owned(),
            known => format!("`{}`", name_of(known)),
        };
        rows.push((name, of(vec![outcome.clone()], true)));
        if let Outcome::Later { .. } = outcome {
            rows.push(("`Later` without one".to_owned(), of(vec![outcome], false)));
        }
    }
    rows.dedup();
    for (name, [receipt, page, certificate]) in rows {
        let _ = writeln!(out, "| {name} | {receipt} | {page} | {certificate} |");
    }
    out
}

/// The generated sections, by name.
pub fn sections() -> Vec<(&'static str, String)> {
    vec![
        ("kinds", kinds()),
        (
            "record",
            all(&["Record", "Fix", "Anchor", "Against", "ToldBy"], structure) + "\n" + &enumeration("Basis"),
        ),
        ("fields", enumeration("Field")),
        ("bodies", declared(false, Declared::Structs)),
        ("body-cases", declared(false, Declared::Enums)),
        ("reference", declared(true, Declared::Structs)),
        ("reference-cases", declared(true, Declared::Enums)),
        ("role-cases", enumeration("Role")),
        ("roles", roles()),
        ("segment", all(&["SegmentWire", "Note"], structure)),
        ("request", all(&["Request", "Head", "ShortCursor", "LateNote", "Lost", "Succession"], structure)),
        ("reply", structure("Reply")),
        (
            "outcomes",
            outcomes() + "\n" + &all(&["Held", "Counted"], structure) + "\n" + &enumeration("Reason"),
        ),
        ("counts", counts()),
        ("page", structure("Page") + "\n" + &enumeration("RowKind")),
        ("receipt", all(&["Receipt", "Statement", "Step", "Epoch", "OldReceipt"], structure)),
        (
            "enrol",
            all(&["EnrolRequest", "EnrolReply", "Certificate", "CertifiedGrant"], structure)
                + "\n"
                + &enumeration("EnrolOutcome"),
        ),
        ("version", format!("Version {}.\n", pantau_protocol::projection::VERSION)),
        ("states", states()),
        ("limits", limits()),
    ]
}

/// Puts the tables between their markers.
pub fn fill(page: &str) -> String {
    let mut page = page.to_owned();
    for (name, table) in sections() {
        let (open, close) = (format!("<!-- generated:{name} -->"), format!("<!-- /generated:{name} -->"));
        let start = page.find(&open).unwrap_or_else(|| panic!("docs/PROTOCOL.md lacks {open}")) + open.len();
        let end = page.find(&close).unwrap_or_else(|| panic!("docs/PROTOCOL.md lacks {close}"));
        page.replace_range(start..end, &format!("\n{table}"));
    }
    page
}
