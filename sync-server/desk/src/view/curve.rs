//! A curve of shares by hour, drawn as SVG. Each point has its figure in words, so that the drawing is never all there is.

use super::Look;

/// Width and height of the field of the curve, and where it begins, in units of the drawing.
const FIELD: (u32, u32) = (500, 200);
const ORIGIN: (u32, u32) = (48, 16);

/// A curve.
#[derive(Debug, Clone, Default)]
pub(crate) struct CurveView {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Left and right end of the grid.
    pub(crate) left: u32,
    pub(crate) right: u32,
    /// Where the hours stand.
    pub(crate) base: u32,
    /// `48,200 98,150 …`, as a polyline has it.
    pub(crate) line: String,
    pub(crate) dots: Vec<DotView>,
    /// Lines of the grid: height and label.
    pub(crate) grid: Vec<(u32, String)>,
}

/// One point of a curve.
#[derive(Debug, Clone)]
pub(crate) struct DotView {
    pub(crate) x: u32,
    pub(crate) y: u32,
    /// Below it: the hour.
    pub(crate) tick: String,
    /// What it says, in words.
    pub(crate) label: String,
    /// Its figure is written beside it.
    pub(crate) is_named: bool,
    pub(crate) figure: String,
}

/// Draws shares in the order of their hours: the hour, the part and the whole. What is 100 % or more lies at the top.
pub(crate) fn curve(look: Look<'_>, shares: &[(u32, u64, u64)]) -> CurveView {
    let ((width, height), (left, top)) = (FIELD, ORIGIN);
    let steps = u32::try_from(shares.len().saturating_sub(1)).unwrap_or(u32::MAX).max(1);
    let at = |n: u32| left + width * n / steps;
    let level = |part: u64, whole: u64| {
        let part = part.min(whole).saturating_mul(u64::from(height)) / whole.max(1);
        top + height - u32::try_from(part).unwrap_or(0)
    };
    let dots: Vec<DotView> = (0..)
        .zip(shares)
        .map(|(n, (hour, part, whole))| {
            let (tick, figure) = (look.reading.slot(*hour), look.reading.percent(*part, *whole));
            let label = format!("{tick}: {figure}");
            DotView {
                x: at(n),
                y: level(*part, *whole),
                tick,
                label,
                is_named: n == steps || shares.len() == 1,
                figure,
            }
        })
        .collect();
    let points: Vec<String> = dots.iter().map(|dot| format!("{},{}", dot.x, dot.y)).collect();
    let grid = [0_u64, 25, 50, 75, 100].map(|n| (level(n, 100), format!("{n} %")));
    CurveView {
        width: left + width + 56,
        height: top + height + 28,
        left,
        right: left + width,
        base: top + height + 20,
        line: points.join(" "),
        dots,
        grid: grid.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use pantau_log::projector::Names;
    use pantau_protocol::projection::Reference;

    use super::*;
    use crate::{format::Reading, text::Lang};

    #[test]
    fn a_curve_stays_in_its_field_and_says_every_figure() {
        let reading = Reading { now: 0, offset_s: 25_200, zone: "WIB".into(), lang: Lang::Id };
        let (reference, contacts, notes) = (Reference::default(), BTreeMap::new(), BTreeMap::new());
        let names = Names::default();
        let look = Look {
            reading: &reading,
            reference: &reference,
            contacts: &contacts,
            names: &names,
            notes: &notes,
        };
        let drawn = curve(look, &[(7, 0, 100), (8, 25, 100), (9, 102, 100)]);
        let dots: Vec<(u32, u32, &str)> = drawn.dots.iter().map(|d| (d.x, d.y, d.label.as_str())).collect();
        assert_eq!(
            dots,
            [(48, 216, "07.00: 0,0 %"), (298, 166, "08.00: 25,0 %"), (548, 16, "09.00: 102,0 %")]
        );
        assert_eq!(drawn.line, "48,216 298,166 548,16");
        assert!(drawn.dots[2].is_named && !drawn.dots[1].is_named);
        let one = curve(look, &[(7, 1, 3)]);
        assert_eq!((one.dots.len(), one.dots[0].x, one.dots[0].is_named), (1, 48, true));
        assert!(curve(look, &[]).line.is_empty());
    }
}
