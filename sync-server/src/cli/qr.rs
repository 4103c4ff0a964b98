//! A QR code in the terminal: two rows of dots a line by half blocks.

use qrcode::{EcLevel, QrCode, render::unicode};

/// The code as text, light signs on dark ground; `None` if it is too long. See [`colours`].
pub(crate) fn in_terminal(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let mut image = code.render::<unicode::Dense1x2>();
    Some(
        image
            .dark_color(unicode::Dense1x2::Light)
            .light_color(unicode::Dense1x2::Dark)
            .quiet_zone(true)
            .build(),
    )
}

/// A code with its colours fixed: on a light terminal it would come out inverted, and many phones do not
/// read that.
pub(crate) fn colours(code: &str) -> String {
    let line = |l: &str| format!("\x1b[97;40m{l}\x1b[0m");
    code.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enrolment_text_fits_a_terminal() {
        let text = format!("PANTAU1 A1B2 00000000 {} https://pantau.kalteng.go.id:8413", "ab".repeat(32));
        let code = in_terminal(&text).unwrap();
        let lines: Vec<&str> = code.lines().collect();
        assert!(lines.len() <= 40, "{} lines", lines.len());
        assert!(lines.iter().all(|l| l.chars().count() <= 79));
        assert!(lines[0].chars().all(|c| c == '█'), "the quiet zone is light");
    }
}
