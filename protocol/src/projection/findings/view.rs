//! What the rules look at: one place with the records that count there, at one moment.

use std::cell::OnceCell;

use super::{About, Rule, Severity, Sign, silence::Hearing};
use crate::{
    body::{CustodyKind, Point},
    place::Place,
    profile::{Profile, Thresholds},
    projection::{
        AnswerState, Custody, Fact, Leg, Mark, Reference,
        custody::{self, hops, hops::Hop},
        cx::Cx,
        visits::{self, Visits},
        words,
    },
};

/// A hop with its balance.
pub(super) type Way<'a> = (Hop<'a>, Leg);

/// One place at one moment.
pub(super) struct View<'a> {
    pub(super) cx: Cx<'a>,
    /// The custody line of its kit.
    pub(super) custody: Option<Custody>,
    /// The hops of its kit, oldest first, each with its balance.
    pub(super) kit: Vec<Way<'a>>,
    /// The hops of goods without a kit that were sent here.
    pub(super) loose: Vec<Way<'a>>,
    /// When the desk looks, unix seconds.
    pub(super) now: i64,
    pub(super) profile: Option<&'a Profile>,
    pub(super) thresholds: Thresholds,
    // Several rules ask for these.
    visits: OnceCell<Visits>,
    last_word: OnceCell<Option<Mark>>,
    hearing: OnceCell<Option<Hearing>>,
}

impl<'a> View<'a> {
    pub(super) fn new(cx: Cx<'a>, now: i64) -> Self {
        let hops = hops::of(&cx);
        let custody = custody::of(&cx, &hops);
        let legs = custody.iter().flat_map(|custody| custody.legs.iter().cloned());
        let kit = hops.into_iter().zip(legs).collect();
        let loose = hops::loose(&cx).into_iter().map(|hop| (custody::leg(&cx, &hop), hop));
        let loose = loose.map(|(leg, hop)| (hop, leg)).collect();
        let profile = cx.reference.profile();
        let thresholds = profile.map(|p| p.thresholds).unwrap_or_default();
        let (visits, last_word, hearing) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { cx, custody, kit, loose, now, profile, thresholds, visits, last_word, hearing }
    }

    /// The latest answers of visits.
    pub(super) fn answers(&self) -> &[AnswerState] {
        &self.visits.get_or_init(|| visits::at(&self.cx)).answers
    }

    /// The latest word about the place.
    pub(super) fn last_word(&self) -> Option<&Mark> {
        self.last_word.get_or_init(|| words::at(&self.cx).last).as_ref()
    }

    /// What its silence follows from; `None` for what is no TPS in use.
    pub(super) fn hearing(&self) -> Option<&Hearing> {
        let of = || Hearing::of(self.cx.place, self.cx.reference, self.last_word(), self.answers());
        self.hearing.get_or_init(of).as_ref()
    }

    /// Every hop of goods to or with this place, those of the kit first.
    pub(super) fn ways(&self) -> impl Iterator<Item = &Way<'a>> {
        self.kit.iter().chain(&self.loose)
    }

    pub(super) fn reference(&self) -> &'a Reference {
        self.cx.reference
    }

    /// A sign at this place.
    pub(super) fn sign(&self, rule: Rule, about: About, severity: Severity) -> Sign {
        let mut sign = Sign::new(rule, about, severity);
        sign.place = Some(self.cx.place.clone());
        sign
    }

    /// A sign of a leg, with its points and words.
    pub(super) fn leg_sign(
        &self,
        rule: Rule,
        severity: Severity,
        (hop, leg): &Way<'a>,
        item: Option<u32>,
    ) -> Option<Sign> {
        let origin = hop.origin(&self.cx)?;
        let about = item.map_or(About::Leg(origin), |item| About::LegItem(origin, item));
        let mut sign = self.sign(rule, about, severity).hands(leg.given.clone());
        sign.detail.from = leg.from.clone();
        sign.detail.to = Some(leg.to.clone());
        sign.detail.arrived = leg.arrived.clone();
        sign.detail.given = leg.given.clone();
        sign.detail.taken = leg.taken.clone();
        sign.detail.items = item.into_iter().collect();
        Some(sign)
    }

    pub(super) fn mark(&self, fact: &Fact) -> Mark {
        self.cx.mark(fact)
    }

    /// Whether this is a TPS that is on the list and has not ended.
    pub(super) fn is_tps(&self) -> bool {
        self.reference().tps(self.cx.place).is_some_and(|tps| tps.ended.is_none())
    }

    /// Whether a point lies on the way of the kit of this TPS: its own TPS, or one of the regions it lies in.
    pub(super) fn is_on_line(&self, point: &Point) -> bool {
        match point.kind {
            CustodyKind::Tps => point.place == *self.cx.place,
            _ => self.cx.place.is_within(&point.place),
        }
    }

    /// The region of this level that the place lies in, or the place itself.
    pub(super) fn region(&self, level: crate::place::Level) -> Place {
        let above = self.cx.place.ancestors().find(|p| p.level() == Some(level));
        above.unwrap_or_else(|| self.cx.place.clone())
    }
}
