//! Which TPS a list shows: conditions that an address names, judged by the kept sums of each TPS.

use pantau_protocol::{
    body::{Access, Signal, Tps},
    place::Place,
    projection::Rollup,
};

use crate::{problem::Problem, query::Query};

/// What is known of the goods of a TPS. Every TPS is in exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goods {
    /// Nobody said that anything has arrived.
    NotArrived,
    /// Something has arrived, and nobody knows whether it is complete.
    Uncounted,
    /// A counted item is short.
    Short,
    /// All was counted or vouched for.
    Complete,
}

impl Goods {
    pub(crate) const ALL: [Self; 4] = [Self::NotArrived, Self::Uncounted, Self::Short, Self::Complete];

    /// The goods of one TPS, by its sums.
    pub(crate) fn of(r: &Rollup) -> Self {
        match (r.complete > 0, r.short > 0, r.arrived > 0) {
            (true, ..) => Self::Complete,
            (_, true, _) => Self::Short,
            (.., true) => Self::Uncounted,
            _ => Self::NotArrived,
        }
    }

    /// The word for it in an address.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::NotArrived => "none",
            Self::Uncounted => "uncounted",
            Self::Short => "short",
            Self::Complete => "complete",
        }
    }
}

/// In which order a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Order {
    /// By code.
    #[default]
    Code,
    /// The most voters first.
    Voters,
    /// Those of which nobody has spoken for the longest time first.
    Age,
}

/// What a list is narrowed to; `None` for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) within: Option<Place>,
    pub(crate) goods: Option<Goods>,
    pub(crate) visited: Option<bool>,
    pub(crate) silent: Option<bool>,
    pub(crate) incidents: Option<bool>,
    pub(crate) access: Option<Access>,
    pub(crate) signal: Option<Signal>,
    pub(crate) order: Order,
}

/// The parameters of an address that make up a selection.
pub(crate) const NAMES: [&str; 8] =
    ["within", "logistics", "visited", "silent", "incidents", "access", "signal", "order"];

/// How hard to reach, with the words of an address.
pub(crate) const ACCESS: [(&str, Access); 3] =
    [("regular", Access::Regular), ("remote", Access::Remote), ("very_remote", Access::VeryRemote)];
/// The usual signal, with the words of an address.
pub(crate) const SIGNAL: [(&str, Signal); 4] =
    [("none", Signal::None), ("weak", Signal::Weak), ("medium", Signal::Medium), ("strong", Signal::Strong)];
const YES: [(&str, Option<bool>); 3] = [("yes", Some(true)), ("no", Some(false)), ("", None)];
const ORDER: [(&str, Order); 4] =
    [("", Order::Code), ("code", Order::Code), ("voters", Order::Voters), ("age", Order::Age)];

impl Selection {
    /// Reads it from an address. A form sends an empty word for "all".
    pub(crate) fn read(query: &Query) -> Result<Self, Problem> {
        let goods = Goods::ALL.map(|goods| (goods.word(), Some(goods)));
        let access = ACCESS.map(|(word, access)| (word, Some(access)));
        let signal = SIGNAL.map(|(word, signal)| (word, Some(signal)));
        Ok(Self {
            within: query.place("within")?,
            goods: query.choice("logistics", &[goods.as_slice(), &[("", None)]].concat(), None)?,
            visited: query.choice("visited", &YES, None)?,
            silent: query.choice("silent", &YES, None)?,
            incidents: query.choice("incidents", &YES, None)?,
            access: query.choice("access", &[access.as_slice(), &[("", None)]].concat(), None)?,
            signal: query.choice("signal", &[signal.as_slice(), &[("", None)]].concat(), None)?,
            order: query.choice("order", &ORDER, Order::Code)?,
        })
    }

    /// Whether a TPS with these sums is meant.
    pub(crate) fn has(&self, place: &Place, tps: Option<&Tps>, sums: &Rollup) -> bool {
        let is = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
        self.within.as_ref().is_none_or(|within| place.is_within(within))
            && self.goods.is_none_or(|goods| goods == Goods::of(sums))
            && is(self.visited, sums.visited > 0)
            && is(self.silent, sums.silent > 0)
            && is(self.incidents, sums.open_incidents > 0)
            && self.access.is_none_or(|access| tps.is_some_and(|tps| tps.access == access))
            && self.signal.is_none_or(|signal| tps.is_some_and(|tps| tps.signal == signal))
    }

    /// The address of the list, without the page.
    pub(crate) fn href(&self, path: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let yes = |is: bool| if is { "yes" } else { "no" };
        let order = ORDER.iter().rfind(|(_, order)| *order == self.order && self.order != Order::Code);
        let parts = [
            ("within", self.within.as_ref().map(Place::as_str)),
            ("logistics", self.goods.map(Goods::word)),
            ("visited", self.visited.map(yes)),
            ("silent", self.silent.map(yes)),
            ("incidents", self.incidents.map(yes)),
            ("access", ACCESS.iter().find(|(_, access)| Some(*access) == self.access).map(|(word, _)| *word)),
            ("signal", SIGNAL.iter().find(|(_, signal)| Some(*signal) == self.signal).map(|(word, _)| *word)),
            ("order", order.map(|(word, _)| *word)),
        ];
        for (name, word) in parts {
            word.map(|word| query.append_pair(name, word));
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visit::Asked;
    use axum::{extract::FromRequestParts as _, http::Request};

    async fn read(uri: &str) -> Result<Selection, Problem> {
        let (mut parts, ()) = Request::get(uri).body(()).unwrap().into_parts();
        let Ok(asked) = Asked::from_request_parts(&mut parts, &()).await;
        Selection::read(&Query::read(&asked, &NAMES)?)
    }

    #[tokio::test]
    async fn an_address_leads_back_to_its_list() {
        for uri in [
            "/tps",
            "/tps?within=62.06&logistics=none&visited=no&silent=yes&incidents=no&access=very_remote&signal=none&order=age",
            "/tps?logistics=uncounted&order=voters",
        ] {
            assert_eq!(read(uri).await.ok().unwrap().href("/tps"), uri);
        }
        assert_eq!(read("/tps?logistics=&visited=&order=").await.ok().unwrap(), Selection::default());
        for bad in ["/tps?logistics=gone", "/tps?visited=1", "/tps?within=x%20or%201", "/tps?access=far"] {
            assert!(read(bad).await.is_err(), "{bad}");
        }
    }

    #[test]
    fn every_tps_is_in_one_part() {
        let one = |arrived, complete, short| {
            let sums = Rollup { tps: 1, arrived, complete, short, ..Rollup::default() };
            let of = |goods| Selection { goods: Some(goods), ..Selection::default() };
            let place = Place::new("62.06.13.2001/003").unwrap();
            Goods::ALL.into_iter().filter(|goods| of(*goods).has(&place, None, &sums)).collect::<Vec<_>>()
        };
        assert_eq!(one(0, 0, 0), [Goods::NotArrived]);
        assert_eq!(one(1, 0, 0), [Goods::Uncounted]);
        assert_eq!(one(1, 0, 1), [Goods::Short]);
        assert_eq!(one(1, 1, 0), [Goods::Complete]);
    }
}
