//! Which words are about one hop: a dispatch and its receipts, several words for one departure, receipts that name
//! no dispatch.

use std::collections::BTreeSet;

use crate::{
    body::{Body, CustodyKind, Dispatch, Handover, Point, Receive},
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
pub(super) type Given<'a> = (&'a Fact, &'a Dispatch);
/// A receiver's word.
pub(super) type Taken<'a> = (&'a Fact, &'a Receive);

/// A giver's word that the receiver answered.
pub(super) type Handed<'a> = (&'a Fact, &'a Handover);

/// The words about one hop.
pub(super) struct Hop<'a> {
    /// Where it left; absent where only a receiver spoke.
    pub(super) from: Option<Point>,
    pub(super) to: Point,
    /// Words for the departure.
    pub(super) given: Vec<Given<'a>>,
    /// Words for the arrival, wherever that was.
    pub(super) taken: Vec<Taken<'a>>,
    /// Words from on the way: of landings and houses for the night.
    pub(super) passed: Vec<Taken<'a>>,
    /// What givers were shown or told of the receiver's answer. It counts nothing: that is his own word.
    pub(super) handed: Vec<Handed<'a>>,
}

fn latest<'a, B>(words: &[(&'a Fact, &'a B)]) -> Option<(&'a Fact, &'a B)> {
    let fact = judge::latest(words.iter().map(|(f, _)| *f))?;
    words.iter().find(|(f, _)| f.id == fact.id).copied()
}

impl<'a> Hop<'a> {
    /// The latest word for the departure.
    pub(super) fn giver(&self) -> Option<Given<'a>> {
        latest(&self.given)
    }

    /// The latest word for the arrival.
    pub(super) fn receiver(&self) -> Option<Taken<'a>> {
        latest(&self.taken)
    }

    /// The latest word from on the way.
    pub(super) fn on_the_way(&self) -> Option<Taken<'a>> {
        latest(&self.passed)
    }

    /// The latest answer that a giver was shown or told.
    pub(super) fn handover(&self) -> Option<Handed<'a>> {
        latest(&self.handed)
    }

    /// All records behind it, by id.
    pub(super) fn records(&self) -> Vec<RecordId> {
        let given = self.given.iter().map(|(f, _)| f.id);
        let taken = self.taken.iter().chain(&self.passed).map(|(f, _)| f.id);
        let handed = self.handed.iter().map(|(f, _)| f.id);
        given.chain(taken).chain(handed).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// When it began: the first word of all.
    fn began(&self) -> i64 {
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
pub(super) fn point(fact: &Fact, receive: &Receive) -> Point {
    plain(receive.at, &fact.record.place, receive.label.as_ref())
}

/// The hops of the kit of a place, oldest first.
pub(super) fn of<'a>(cx: &Cx<'a>) -> Vec<Hop<'a>> {
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
    for fact in facts.iter().copied() {
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
    for fact in facts {
        if let Body::Handover(handover) = &fact.statement
            && let Some(hop) = of_dispatch(cx, &mut hops, &handover.dispatch)
        {
            hop.handed.push((fact, handover));
        }
    }
    hops.sort_by_key(Hop::began);
    hops
}

/// A second word for a departure, by somebody else, is the same departure; whoever gives away again what came back
/// says so again.
fn depart<'a>(cx: &Cx<'a>, hops: &mut Vec<Hop<'a>>, word: Given<'a>) {
    let (fact, dispatch) = word;
    let from = plain(dispatch.from, &fact.record.place, dispatch.from_label.as_ref());
    let to = plain(dispatch.to.kind, &dispatch.to.place, dispatch.to.label.as_ref());
    let author = |f: &Fact| -> Author { judge::author(f, cx.reference) };
    let subject = cx.standing.subject(fact);
    let is_same_word = |hop: &Hop<'_>| hop.given.iter().any(|(f, _)| cx.standing.subject(f) == subject);
    let is_same_way = |hop: &Hop<'_>| hop.from.as_ref() == Some(&from) && hop.to == to;
    // Brought back, it leaves anew.
    let back = hops.iter().filter(|hop| hop.to == from).map(Hop::began).max();
    let is_other_authors = |hop: &Hop<'_>| {
        hop.given.iter().all(|(f, _)| author(f) != author(fact)) && back.is_none_or(|back| back < hop.began())
    };
    let known = hops.iter().position(is_same_word);
    let known = known.or_else(|| {
        hops.iter().rposition(is_same_way).filter(|n| hops.get(*n).is_some_and(is_other_authors))
    });
    match known.and_then(|n| hops.get_mut(n)) {
        Some(hop) => hop.given.push(word),
        None => {
            let (taken, passed, handed) = Default::default();
            hops.push(Hop { from: Some(from), to, given: vec![word], taken, passed, handed });
        }
    }
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
