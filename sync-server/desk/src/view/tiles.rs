//! A map of tiles: one square for each region, its number, its signs, its shade. Drawn as SVG, so that it can be saved;
//! colour never stands alone.

use pantau_protocol::{place::Place, projection::Rollup};

use super::{Look, href};

/// Width and height of a tile with its gap, in units of the drawing.
const TILE: (u32, u32) = (124, 74);
/// Tiles in a row where no places are laid down by hand.
const COLUMNS: u32 = 6;

/// Where the kabupaten and kota of Kalimantan Tengah lie, by hand: code, column, row.
const KALTENG: [(&str, u32, u32); 14] = [
    ("62.10", 3, 0),
    ("62.12", 4, 0),
    ("62.09", 0, 1),
    ("62.07", 1, 1),
    ("62.06", 2, 1),
    ("62.03", 3, 1),
    ("62.05", 4, 1),
    ("62.08", 0, 2),
    ("62.01", 1, 2),
    ("62.02", 2, 2),
    ("62.71", 3, 2),
    ("62.04", 4, 2),
    ("62.13", 5, 2),
    ("62.11", 3, 3),
];

/// A map of tiles.
#[derive(Debug, Clone, Default)]
pub(crate) struct TilesView {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) tiles: Vec<TileView>,
}

/// One region.
#[derive(Debug, Clone)]
pub(crate) struct TileView {
    pub(crate) href: String,
    pub(crate) x: u32,
    pub(crate) y: u32,
    /// Its name, short enough for the tile.
    pub(crate) name: String,
    /// Share of its TPS with logistics.
    pub(crate) number: String,
    /// What is alarming; may be empty.
    pub(crate) sign: String,
    /// All of it in words, for whoever does not see the drawing.
    pub(crate) label: String,
    pub(crate) fill: &'static str,
    pub(crate) ink: &'static str,
}

/// Shades by share, from nothing to all, each with the colour of its text: at least 4.5:1.
const SHADES: [(&str, &str); 5] = [
    ("#ffffff", "#1b2430"),
    ("#d6e6f2", "#1b2430"),
    ("#9cc3e0", "#1b2430"),
    ("#2b6f9f", "#ffffff"),
    ("#12405c", "#ffffff"),
];

/// The regions with their sums, each where it lies if that is known, or else in rows.
pub(crate) fn tiles(look: Look<'_>, regions: &[(Place, Rollup)]) -> TilesView {
    let laid = |place: &Place| KALTENG.iter().find(|(code, ..)| place.as_str() == *code);
    let by_hand: Option<Vec<(u32, u32)>> =
        regions.iter().map(|(place, _)| laid(place).map(|(_, column, row)| (*column, *row))).collect();
    let in_rows = || (0..).map(|n: u32| (n % COLUMNS, n / COLUMNS)).take(regions.len()).collect();
    let cells: Vec<(u32, u32)> = by_hand.unwrap_or_else(in_rows);
    let tiles = regions.iter().zip(&cells).map(|((place, sums), cell)| tile(look, place, sums, *cell));
    let columns = cells.iter().map(|(column, _)| column + 1).max().unwrap_or(0);
    let rows = cells.iter().map(|(_, row)| row + 1).max().unwrap_or(0);
    TilesView { width: columns * TILE.0, height: rows * TILE.1, tiles: tiles.collect() }
}

fn tile(look: Look<'_>, place: &Place, r: &Rollup, (column, row): (u32, u32)) -> TileView {
    let t = look.lang().overview();
    let name = look.place(place);
    let number = look.reading.percent(r.arrived.into(), r.tps.into());
    let shade = usize::try_from(u64::from(r.arrived) * 4 / u64::from(r.tps.max(1))).unwrap_or(0);
    let (fill, ink) = SHADES.get(shade).copied().unwrap_or(("#ffffff", "#1b2430"));
    let n = |n: u32| look.reading.number(n);
    let signs = [("!", r.grave_incidents), ("?", r.silent_abnormal)];
    let signs =
        signs.iter().filter(|(_, count)| *count > 0).map(|(sign, count)| format!("{sign} {}", n(*count)));
    TileView {
        href: href(place),
        x: column * TILE.0,
        y: row * TILE.1,
        label: format!(
            "{name}: {} {} {} {} ({number}); {} {}; {} {} {}",
            n(r.arrived),
            t.of,
            n(r.tps),
            t.more_arrived,
            n(r.grave_incidents),
            t.matter_incident.to_lowercase() + " " + t.grave,
            n(r.silent_abnormal),
            t.tps,
            t.not_reporting.to_lowercase(),
        ),
        name: short(&name),
        number,
        sign: signs.collect::<Vec<_>>().join("  "),
        fill,
        ink,
    }
}

/// A name without the word for its level, cut where it does not fit.
fn short(name: &str) -> String {
    let bare = ["Kabupaten ", "Kota ", "Kecamatan "].iter().find_map(|level| name.strip_prefix(level));
    let bare = bare.unwrap_or(name);
    match bare.char_indices().nth(18) {
        Some((end, _)) => format!("{}…", bare.get(..end).unwrap_or_default()),
        None => bare.to_owned(),
    }
}
