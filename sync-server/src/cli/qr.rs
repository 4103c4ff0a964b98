//! A QR code in the terminal: two rows of dots a line, by half blocks.

use qrcode::{EcLevel, QrCode, render::unicode};

/// The code as text, dark on light so that it scans from dark terminals too; `None` if it is too long.
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
