//! Which words are about one hop: a dispatch and its receipts, several words for one departure, receipts that name
//! no dispatch.

use std::collections::BTreeSet;

use crate::{
    body::{Body, CustodyKind, Dispatch, Handover, Packed, Point, Receive},
    journal::RecordId,
    place::Place,
    projection::{
        Fact,
        cx::Cx,
        judge::{self, Author},
        logistics::is_about,
    },
};

/// A giver's word.
pub(in crate::projection) type Given<'a> = (&'a Fact, &'a Dispatch);
/// A receiver's word.
pub(in crate::projection) type Taken<'a> = (&'a Fact, &'a Receive);

/// A giver's word that the receiver answered.
pub(in crate::projection) type Handed<'a> = (&'a Fact, &'a Handover);

/// The words about one hop.
pub(in crate::projection) struct Hop<'a> {
    /// Where it left; absent where only a receiver spoke.
    pub(in crate::projection) from: Option<Point>,
    pub(in crate::projection) to: Point,
    /// Words for the departure.
    pub(in crate::projection) given: Vec<Given<'a>>,
    /// Words for the arrival, wherever that was.
    pub(in crate::projection) taken: Vec<Taken<'a>>,
    /// Words from on the way: of landings and houses for the night.
    pub(in crate::projection) passed: Vec<Taken<'a>>,
    /// What givers were shown or told of the receiver's answer. It counts nothing: that is his own word.
    pub(in crate::projection) handed: Vec<Handed<'a>>,
}

fn latest<'a, B>(words: &[(&'a Fact, &'a B)]) -> Option<(&'a Fact, &'a B)> {
    let fact = judge::latest(words.iter().map(|(f, _)| *f))?;
    words.iter().find(|(f, _)| f.id == fact.id).copied()
}

impl<'a> Hop<'a> {
    /// The latest word for the departure.
    pub(in crate::projection) fn giver(&self) -> Option<Given<'a>> {
        latest(&self.given)
    }

    /// The latest word for the arrival.
    pub(in crate::projection) fn receiver(&self) -> Option<Taken<'a>> {
        latest(&self.taken)
    }

    /// The latest word from on the way.
    pub(in crate::projection) fn on_the_way(&self) -> Option<Taken<'a>> {
        latest(&self.passed)
    }

    /// The latest answer that a giver was shown or told.
    pub(in crate::projection) fn handover(&self) -> Option<Handed<'a>> {
        latest(&self.handed)
    }

    /// All records behind it, by id.
    pub(in crate::projection) fn records(&self) -> Vec<RecordId> {
        let given = self.given.iter().map(|(f, _)| f.id);
        let taken = self.taken.iter().chain(&self.passed).map(|(f, _)| f.id);
        let handed = self.handed.iter().map(|(f, _)| f.id);
        given.chain(taken).chain(handed).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What names the hop, however often its words are corrected: the record that was first heard of it.
    pub(in crate::projection) fn origin(&self, cx: &Cx<'_>) -> Option<RecordId> {
        let first = |words: &mut dyn Iterator<Item = &'a Fact>| {
            words.min_by_key(|f| (f.envelope.map_or(i64::MAX, |e| e.received_at), f.id))
        };
        let given = first(&mut self.given.iter().map(|(f, _)| *f));
        let word = given.or_else(|| first(&mut self.taken.iter().chain(&self.passed).map(|(f, _)| *f)))?;
        cx.standing.subject(word).map(|(record, _)| record)
    }

    /// When it began: the first word of all.
    pub(in crate::projection) fn began(&self) -> i64 {
        let given = self.given.iter().map(|(f, _)| f.effective_at()).min();
        let taken = || self.taken.iter().chain(&self.passed).map(|(f, _)| f.effective_at()).min();
        given.or_else(taken).unwrap_or_default()
    }
}

/// A point as it is compared: there is one PPS in a desa, whatever people call it, and many landings.
fn plain(kind: CustodyKind, place: &Place, label: Option<&String>) -> Point {
    let label = label.filter(|_| kind == CustodyKind::Transit).cloned();
    Point { kind, place: place.clone(), label }
}

/// The point of a receipt.
pub(in crate::projection) fn point(fact: &Fact, receive: &Receive) -> Point {
    plain(receive.at, &fact.record.place, receive.label.as_ref())
}

/// The hops of the kit of a place, oldest first.
pub(in crate::projection) fn of<'a>(cx: &Cx<'a>) -> Vec<Hop<'a>> {
    let mut facts = cx.standing.facts.clone();
    facts.sort_by_key(|f| (f.effective_at(), f.device, f.seq, f.id));
    let mut hops: Vec<Hop<'a>> = Vec::new();
    for fact in facts.iter().copied() {
        if let Body::Dispatch(dispatch) = &fact.statement
            && dispatch.kits.contains(cx.place)
        {
            depart(cx, &mut hops, (fact, dispatch));
        }
    }
    let mut alone = Vec::new();
    for fact in facts {
        if let Body::Receive(receive) = &fact.statement
            && is_about(cx.place, fact, receive)
        {
            match answered(cx, &mut hops, receive) {
                Some(hop) => arrive(hop, (fact, receive)),
                None => alone.push((fact, receive)),
            }
        }
    }
    for word in alone {
        match whose(cx, &mut hops, word) {
            Some(hop) => arrive(hop, word),
            None => hops.push(Hop {
                from: None,
                to: point(word.0, word.1),
                given: Vec::new(),
                taken: vec![word],
                passed: Vec::new(),
                handed: Vec::new(),
            }),
        }
    }
    hand(cx, &mut hops);
    hops.sort_by_key(Hop::began);
    hops
}

/// What givers were shown or told, beside the dispatch it answers.
fn hand<'a>(cx: &Cx<'a>, hops: &mut [Hop<'a>]) {
    for fact in cx.standing.facts.iter().copied() {
        if let Body::Handover(handover) = &fact.statement
            && let Some(hop) = of_dispatch(cx, hops, &handover.dispatch)
        {
            hop.handed.push((fact, handover));
        }
    }
}

/// The hops of goods without a kit that were sent to the place, such as replacements: one for each dispatch, and the
/// receipts that name it.
pub(in crate::projection) fn loose<'a>(cx: &Cx<'a>) -> Vec<Hop<'a>> {
    let mut hops: Vec<Hop<'a>> = Vec::new();
    for fact in cx.standing.facts.iter().copied() {
        if let Body::Dispatch(dispatch) = &fact.statement
            && dispatch.kits.is_empty()
            && dispatch.to.place == *cx.place
        {
            let subject = cx.standing.subject(fact);
            let same = |hop: &Hop<'_>| hop.given.iter().any(|(f, _)| cx.standing.subject(f) == subject);
            match hops.iter_mut().find(|hop| same(hop)) {
                Some(hop) => hop.given.push((fact, dispatch)),
                None => hops.push(departed((fact, dispatch))),
            }
        }
    }
    for fact in cx.standing.facts.iter().copied() {
        if let Body::Receive(receive) = &fact.statement
            && let Some(hop) = answered(cx, &mut hops, receive)
        {
            arrive(hop, (fact, receive));
        }
    }
    hand(cx, &mut hops);
    hops.sort_by_key(Hop::began);
    hops
}

fn departed<'a>(word: Given<'a>) -> Hop<'a> {
    let (fact, dispatch) = word;
    let from = plain(dispatch.from, &fact.record.place, dispatch.from_label.as_ref());
    let to = plain(dispatch.to.kind, &dispatch.to.place, dispatch.to.label.as_ref());
    let (taken, passed, handed) = Default::default();
    Hop { from: Some(from), to, given: vec![word], taken, passed, handed }
}

/// A second word for a departure, by somebody else, is the same departure; whoever gives away again what came back
/// says so again.
fn depart<'a>(cx: &Cx<'a>, hops: &mut Vec<Hop<'a>>, word: Given<'a>) {
    let (fact, _) = word;
    let new = departed(word);
    let author = |f: &Fact| -> Author { judge::author(f, cx.reference) };
    let subject = cx.standing.subject(fact);
    let is_same_word = |hop: &Hop<'_>| hop.given.iter().any(|(f, _)| cx.standing.subject(f) == subject);
    let is_same_way = |hop: &Hop<'_>| hop.from == new.from && hop.to == new.to;
    // Brought back, it leaves anew.
    let back = hops.iter().filter(|hop| Some(&hop.to) == new.from.as_ref()).map(Hop::began).max();
    let is_other_authors = |hop: &Hop<'_>| {
        hop.given.iter().all(|(f, _)| author(f) != author(fact)) && back.is_none_or(|back| back < hop.began())
    };
    // What one giver lists in parts, as for two trucks, adds up.
    let is_part = |hop: &Hop<'_>| {
        is_listed(cx, &word)
            && hop.given.iter().all(|other| is_listed(cx, other) && author(other.0) == author(fact))
    };
    let is_same = |hop: &Hop<'_>| is_other_authors(hop) || is_part(hop);
    let known = hops.iter().position(is_same_word);
    let known =
        known.or_else(|| hops.iter().rposition(is_same_way).filter(|n| hops.get(*n).is_some_and(is_same)));
    match known.and_then(|n| hops.get_mut(n)) {
        Some(hop) => hop.given.push(word),
        None => hops.push(new),
    }
}

/// Whether a giver lists how many containers of the kit he sent, and does not mean all of it.
fn is_listed(cx: &Cx<'_>, (_, dispatch): &Given<'_>) -> bool {
    let mine = dispatch.kit_of(cx.place);
    let counted =
        dispatch.containers.iter().any(|c| c.kit == mine || (c.kit.is_none() && dispatch.kits.len() <= 1));
    dispatch.packed == Packed::AsListed && counted
}

/// The hop of the dispatch that a receipt names, corrected or not.
fn answered<'h, 'a>(cx: &Cx<'a>, hops: &'h mut [Hop<'a>], receive: &Receive) -> Option<&'h mut Hop<'a>> {
    of_dispatch(cx, hops, &receive.dispatch?)
}

fn of_dispatch<'h, 'a>(cx: &Cx<'a>, hops: &'h mut [Hop<'a>], id: &RecordId) -> Option<&'h mut Hop<'a>> {
    let subject = cx.standing.subject_of(id)?;
    let speaks_of = |f: &Fact| cx.standing.subject(f) == Some(subject);
    hops.iter_mut().find(|hop| hop.given.iter().any(|(f, _)| speaks_of(f)))
}

/// A receipt on the way to somewhere else is a stop; any other ends the hop.
fn arrive<'a>(hop: &mut Hop<'a>, word: Taken<'a>) {
    if word.1.at == CustodyKind::Transit && point(word.0, word.1) != hop.to {
        hop.passed.push(word);
    } else {
        hop.taken.push(word);
    }
}

/// The hop that a receipt without a known dispatch belongs to: the last one to this point that had begun, or one that
/// nobody has ended, if this may be its end. A point further down the line is a hop of its own.
fn whose<'h, 'a>(
    cx: &Cx<'a>,
    hops: &'h mut [Hop<'a>],
    (fact, receive): Taken<'a>,
) -> Option<&'h mut Hop<'a>> {
    let (here, at) = (point(fact, receive), fact.effective_at());
    let to_here = |hop: &Hop<'_>| hop.to == here || hop.taken.iter().any(|(f, r)| point(f, r) == here);
    let begun = |hop: &Hop<'_>| hop.began() <= at;
    let last = |is: &dyn Fn(&Hop<'_>) -> bool| {
        let mut all: Vec<(i64, usize)> =
            hops.iter().enumerate().filter(|(_, h)| is(h)).map(|(n, h)| (h.began(), n)).collect();
        all.sort_unstable();
        all.last().map(|(_, n)| *n)
    };
    let further = |hop: &Hop<'_>| {
        here.place.is_within(&hop.to.place)
            && here.kind.number() > hop.to.kind.number()
            && *cx.place != hop.to.place
    };
    let open = |hop: &Hop<'_>| hop.taken.is_empty() && begun(hop);
    let found = last(&|hop| to_here(hop) && begun(hop))
        .or_else(|| last(&|hop| hop.to == here && hop.taken.is_empty()))
        .or_else(|| last(&open).filter(|n| hops.get(*n).is_some_and(|hop| !further(hop))))?;
    hops.get_mut(found)
}
