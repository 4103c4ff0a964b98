//! The way to the other pages of a list.

use super::{Look, tps_list::Pager};
use crate::limit;

/// The pages before and behind page `number` of a list of `count`, whose first page is at `here`.
pub(crate) fn pager(look: Look<'_>, here: &str, number: usize, count: usize) -> Pager {
    pager_by(look, here, number, (count, limit::LIST_ROWS))
}

/// The same for a list with so many rows a page.
pub(crate) fn pager_by(look: Look<'_>, here: &str, number: usize, (count, rows): (usize, usize)) -> Pager {
    let (first, last) = ((number - 1).saturating_mul(rows), number.saturating_mul(rows).min(count));
    let join = if here.contains('?') { '&' } else { '?' };
    let n = |n: usize| look.reading.number(n as u64);
    let is_cut = first > 0 || last < count;
    Pager {
        shown: if is_cut && first < last {
            format!("{}–{} {} {}", n(first + 1), n(last), look.t().of, n(count))
        } else {
            String::new()
        },
        previous: (number > 1).then(|| format!("{here}{join}page={}", number - 1)),
        next: (last < count).then(|| format!("{here}{join}page={}", number + 1)),
    }
}
