//! A list of TPS by condition: its rows, the form that narrows it, and the way to its other pages.

use pantau_protocol::{
    body::{Access, Signal},
    place::Place,
    projection::PlaceState,
};

use super::{
    Look,
    region::{self, TpsRow},
    tag::{Tag, Tone, tag},
};
use crate::{
    select::{ACCESS, Goods, Order, SIGNAL, Selection},
    text::{Text, words},
};
use pantau_log::import::Told;

/// One TPS of the list.
#[derive(Debug, Clone)]
pub(crate) struct ListedTps {
    pub(crate) tps: TpsRow,
    /// Its village, kecamatan and kabupaten.
    pub(crate) under: String,
    /// What is known of its goods.
    pub(crate) goods: Tag,
    /// Its camats, to be called.
    pub(crate) camats: Vec<Callee>,
}

/// Somebody with a phone number.
#[derive(Debug, Clone)]
pub(crate) struct Callee {
    pub(crate) name: String,
    /// Where a telephone link leads; empty where there is no number.
    pub(crate) number: String,
}

/// A field of the form that narrows the list.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// Word of the address, text, chosen.
    pub(crate) choices: Vec<(String, String, bool)>,
}

/// The form above the list.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    /// The place it is narrowed to; empty for all.
    pub(crate) within: String,
    pub(crate) fields: Vec<Field>,
}

/// TPS of the list whose goods are in one state.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) label: &'static str,
    pub(crate) count: String,
    pub(crate) href: String,
    /// The list is narrowed to it.
    pub(crate) here: bool,
}

/// The pages before and behind.
#[derive(Debug, Clone)]
pub(crate) struct Pager {
    /// `101–200 of 916`; empty where all are on one page.
    pub(crate) shown: String,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

fn goods_text(t: &Text, goods: Goods) -> &'static str {
    match goods {
        Goods::NotArrived => t.goods_none,
        Goods::Uncounted => t.goods_uncounted,
        Goods::Short => t.goods_short,
        Goods::Complete => t.goods_complete,
    }
}

/// One TPS of the list.
pub(crate) fn row(
    look: Look<'_>,
    place: &Place,
    state: &PlaceState,
    goods: Goods,
    camats: impl Iterator<Item = u32>,
) -> ListedTps {
    let tone = match goods {
        Goods::NotArrived | Goods::Uncounted => Tone::Plain,
        Goods::Short => Tone::Warn,
        Goods::Complete => Tone::Good,
    };
    ListedTps {
        tps: region::tps_row(look, place, state),
        under: look.under(place),
        goods: tag(tone, goods_text(look.t(), goods)),
        camats: camats.map(|officer| callee(look, officer)).collect(),
    }
}

/// An officer to be called.
pub(crate) fn callee(look: Look<'_>, officer: u32) -> Callee {
    let number = match look.contacts.get(&officer).map(|contact| &contact.phone) {
        Some(Told::Text(number)) => number.clone(),
        _ => String::new(),
    };
    Callee { name: look.officer(officer), number }
}

/// How many TPS of the list have their goods in each state. Together they are all that meet the other conditions.
pub(crate) fn parts(look: Look<'_>, selection: &Selection, counts: [u64; 4]) -> Vec<Part> {
    let part = |(goods, count): (Goods, u64)| Part {
        label: goods_text(look.t(), goods),
        count: look.reading.number(count),
        href: Selection { goods: Some(goods), ..selection.clone() }.href("/tps"),
        here: selection.goods == Some(goods),
    };
    Goods::ALL.into_iter().zip(counts).map(part).collect()
}

/// The form, with what is chosen.
pub(crate) fn filter(look: Look<'_>, selection: &Selection) -> Filter {
    let (t, lang) = (look.t(), look.lang());
    let yes = |name, label, chosen: Option<bool>| {
        let choice =
            |word: &str, text: &str, is: bool| (word.to_owned(), text.to_owned(), chosen == Some(is));
        field(t, name, label, vec![choice("yes", t.yes, true), choice("no", t.no, false)])
    };
    let access = |(word, access): &(&str, Access)| {
        ((*word).to_owned(), words::access(lang, *access), selection.access == Some(*access))
    };
    let signal = |(word, signal): &(&str, Signal)| {
        ((*word).to_owned(), words::signal(lang, *signal), selection.signal == Some(*signal))
    };
    let goods = |g: Goods| (g.word().to_owned(), goods_text(t, g).to_owned(), selection.goods == Some(g));
    let order = [("voters", t.order_voters, Order::Voters), ("age", t.order_age, Order::Age)];
    let order = order.map(|(word, text, order)| (word.to_owned(), text.to_owned(), selection.order == order));
    let mut by = field(t, "order", t.order, order.into());
    if let Some((_, text, _)) = by.choices.first_mut() {
        t.order_code.clone_into(text);
    }
    Filter {
        within: selection.within.as_ref().map_or_else(String::new, Place::to_string),
        fields: vec![
            field(t, "logistics", t.logistics, Goods::ALL.into_iter().map(goods).collect()),
            yes("visited", t.visited, selection.visited),
            yes("silent", t.silent, selection.silent),
            yes("incidents", t.has_incidents, selection.incidents),
            field(t, "access", t.access, ACCESS.iter().map(access).collect()),
            field(t, "signal", t.signal, SIGNAL.iter().map(signal).collect()),
            by,
        ],
    }
}

/// A field whose first choice is all.
fn field(t: &Text, name: &'static str, label: &'static str, choices: Vec<(String, String, bool)>) -> Field {
    let is_all = !choices.iter().any(|(.., chosen)| *chosen);
    let all = (String::new(), t.all.to_owned(), is_all);
    Field { name, label, choices: std::iter::once(all).chain(choices).collect() }
}
