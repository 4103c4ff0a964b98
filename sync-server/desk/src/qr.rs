//! A QR code as a picture on a page or on a printed card.

use qrcode::{EcLevel, QrCode, render::svg};

/// The code as an element of a page; `None` if it is too long.
pub fn as_svg(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let picture = code.render::<svg::Color<'_>>().quiet_zone(true).module_dimensions(1, 1).build();
    // Inside a page there is no XML declaration.
    picture.find("<svg").and_then(|start| picture.get(start..)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_needs_no_style_and_carries_no_text() {
        let picture = as_svg("PANTAU1 A1B2 rahasia https://pantau.example").unwrap();
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>"), "{picture}");
        assert!(!picture.contains("style") && !picture.contains("rahasia"), "{picture}");
        assert_eq!(as_svg(&"x".repeat(5_000)), None);
    }
}
