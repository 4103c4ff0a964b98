//! The sheet of enrolment cards: one page of HTML that needs nothing else, for a printer. Each card says whose
//! code it is, Indonesian first. The document is whole after every card: HTML needs no end tags there.

use std::fmt::Write as _;

use pantau_log::Error;

use super::codes::Issued;

/// What stands before the first card.
pub(crate) const HEAD: &str = r#"<!doctype html>
<html lang="id">
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<title>Kode pendaftaran Pantau · Enrolment codes</title>
<style>
body { font: 11pt/1.35 sans-serif; margin: 8mm; color: #000; background: #fff; }
.warn { border: 2px solid #000; padding: 2mm 3mm; }
.card { display: inline-flex; gap: 4mm; width: 90mm; min-height: 52mm; margin: 0 2mm 4mm 0; padding: 3mm; border: 1px dashed #555;
  box-sizing: border-box; vertical-align: top; break-inside: avoid; }
.card svg { width: 44mm; height: 44mm; flex: none; }
.card div { min-width: 0; overflow-wrap: anywhere; }
.card h2 { font-size: 12pt; margin: 0 0 1mm; }
.card p { margin: 0 0 1mm; }
.card small, .card .en { color: #333; font-size: 8.5pt; }
.card .code { font: 10pt monospace; }
</style>
<p class="warn"><strong>Rahasia.</strong> Siapa yang memegang kartu dapat mendaftarkan satu HP atas nama petugas ini. Gunting, serahkan
langsung kepada orangnya, dan hapus berkas ini. <span lang="en">Secret: whoever holds a card can enrol one phone as this officer. Cut,
hand each to its owner, and delete this file.</span></p>
"#;

/// One card.
///
/// # Errors
/// [`Error::Refused`] if the code does not fit a QR code.
pub(crate) fn card(issued: &Issued) -> Result<String, Error> {
    let too_long =
        || Error::Refused(format!("the code of officer {} is too long for a QR code", issued.officer));
    let picture = pantau_desk::qr::as_svg(&issued.qr_text).ok_or_else(too_long)?;
    let Issued { officer, name, roles: [role, role_en], places, handle, secret, .. } = issued;
    let [until, until_en] = &issued.valid_until;
    let name = if name.is_empty() { format!("Petugas {officer}") } else { name.clone() };
    let [name, role, role_en, places] = [&name, role, role_en, places].map(|text| escaped(text));
    let mut card = format!("<section class=\"card\">{picture}<div><h2>{name}</h2>\n");
    // Writing into a text does not fail.
    let _ = write!(
        card,
        "<p>No. {officer} · {role} <span class=\"en\" lang=\"en\">({role_en})</span></p>\n<p>{places}</p>\n\
         <p>Berlaku sampai <strong>{until}</strong>, untuk satu HP. \
         <span class=\"en\" lang=\"en\">Valid until {until_en}, for one phone.</span></p>\n\
         <p><small>Tanpa kamera, ketik: <span lang=\"en\">(without a camera, type:)</span></small><br>\
         <span class=\"code\">{handle} {secret}</span></p></div></section>\n"
    );
    Ok(card)
}

/// Text between tags.
fn escaped(text: &str) -> String {
    let sign = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(sign).collect()
}
