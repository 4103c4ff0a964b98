//! Who is heard as expected, and whose silence is not.

use pantau_protocol::{place::Place, projection::Rollup};

use super::{
    Look, href,
    tag::{self, Tag, Tone},
};
use crate::format::Moment;

/// One region of the table.
#[derive(Debug, Clone)]
pub(crate) struct SilenceRow {
    /// Its page.
    pub(crate) href: String,
    /// Name.
    pub(crate) name: String,
    /// The regions above.
    pub(crate) under: String,
    /// TPS.
    pub(crate) tps: String,
    /// TPS that are heard as expected.
    pub(crate) heard: String,
    /// TPS where word is missed for a few hours.
    pub(crate) late: Tag,
    /// TPS without signal that are silent: nothing to act on, so without a colour.
    pub(crate) expected: String,
    /// TPS with signal that are silent for long.
    pub(crate) abnormal: Tag,
    /// The newest word.
    pub(crate) last: Option<Moment>,
}

/// A region with the sums of its TPS.
pub(crate) fn row(look: Look<'_>, place: &Place, sums: &Rollup) -> SilenceRow {
    let n = |n: u32| look.reading.number(n);
    SilenceRow {
        href: href(place),
        name: look.place(place),
        under: look.under(place),
        tps: n(sums.tps),
        heard: n(sums.heard()),
        late: tag::problems(Tone::Warn, sums.word_late, n(sums.word_late)),
        expected: n(sums.silent_expected),
        abnormal: tag::problems(Tone::Bad, sums.silent_abnormal, n(sums.silent_abnormal)),
        last: sums.newest.map(|at| look.reading.moment(at)),
    }
}

/// Order of the table: the most TPS that are silent against expectation, then the most that are late, then the region
/// whose newest word is oldest.
pub(crate) fn worst_first(sums: &Rollup) -> impl Ord + use<> {
    let most = std::cmp::Reverse;
    (most(sums.silent_abnormal), most(sums.word_late), sums.newest)
}
