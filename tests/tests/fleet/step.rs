//! The steps of a game, drawn from its seed. A step is plain data, so that a failing game can be told,
//! played again and made shorter.

use fastrand::Rng;

/// One step. Numbers choose among whatever there is when it is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Visit,
    Turnout,
    Incident,
    Standby,
    Receive,
    Progress,
    Correct,
    Retract,
    /// A sync, to its end or until something stops it.
    Sync(Stop),
    RestartPhone,
    KeepPhone,
    RestorePhone,
    ClonePhone,
    SetPhoneClock,
    Reenrol,
    LoseKey,
    NewerWrites,
    NewerPushes,
    DeliverLate,
    Replay,
    Directive,
    Erase,
    Revoke,
    Reassign,
    /// Trusts again what was revoked, or single records of it.
    Trust,
    /// Takes a directive back.
    TakeBack,
    /// Corrects the voters of a TPS.
    CorrectList,
    RestartServer,
    StopServer,
    KeepServer,
    RestoreServer,
    SetServerClock,
    Wait,
}

/// What stops a sync early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Nothing,
    /// A budget of few bytes or seconds.
    Budget,
    /// Cancelled at some poll.
    Cancel,
    /// Dropped at some poll, and the app restarted.
    Drop,
    /// Paused at some poll, and resumed.
    Pause,
}

/// A step with the phone that takes it, and the lots it draws.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) act: Act,
    pub(crate) phone: usize,
    pub(crate) lot: u64,
}

/// Acts with their weights.
const ACTS: &[(u16, Act)] = &[
    (24, Act::Visit),
    (14, Act::Turnout),
    (14, Act::Incident),
    (8, Act::Standby),
    (10, Act::Receive),
    (10, Act::Progress),
    (12, Act::Correct),
    (8, Act::Retract),
    (50, Act::Sync(Stop::Nothing)),
    (10, Act::Sync(Stop::Budget)),
    (8, Act::Sync(Stop::Cancel)),
    (12, Act::Sync(Stop::Drop)),
    (6, Act::Sync(Stop::Pause)),
    (8, Act::RestartPhone),
    (6, Act::KeepPhone),
    (5, Act::RestorePhone),
    (5, Act::ClonePhone),
    (12, Act::SetPhoneClock),
    (2, Act::Reenrol),
    (6, Act::NewerWrites),
    (6, Act::NewerPushes),
    (8, Act::DeliverLate),
    (8, Act::Replay),
    (8, Act::Directive),
    (8, Act::Erase),
    (2, Act::Revoke),
    (7, Act::Reassign),
    (5, Act::RestartServer),
    (3, Act::StopServer),
    (7, Act::KeepServer),
    (7, Act::RestoreServer),
    (3, Act::SetServerClock),
    (12, Act::Wait),
];

/// One game in four has a phone whose key is lost.
const LOSES_KEY: u8 = 0;

/// The steps of a game.
pub(crate) fn steps(rng: &mut Rng) -> Vec<Step> {
    let weight: u16 = ACTS.iter().map(|(w, _)| w).sum();
    let act = |mut lot: u16| {
        let mut acts = ACTS.iter().skip_while(|(w, _)| {
            let beyond = lot >= *w;
            lot = lot.saturating_sub(if beyond { *w } else { 0 });
            beyond
        });
        acts.next().expect("the lot is below the weight").1
    };
    let count = rng.usize(12..60);
    let mut step = || Step { act: act(rng.u16(..weight)), phone: rng.usize(..64), lot: rng.u64(..) };
    let mut steps: Vec<Step> = std::iter::repeat_with(&mut step).take(count).collect();
    // Drawn last: a game that was told by its seed before stays what it was, unless it is one of these.
    if rng.u8(..4) == LOSES_KEY {
        let lost = Step { act: Act::LoseKey, phone: rng.usize(..64), lot: rng.u64(..) };
        steps.insert(rng.usize(..=count), lost);
    }
    // Likewise: the way back from a revocation and from a directive, and lists that change.
    for act in [Act::Trust, Act::Trust, Act::TakeBack, Act::CorrectList, Act::CorrectList] {
        if rng.bool() {
            let step = Step { act, phone: rng.usize(..64), lot: rng.u64(..) };
            steps.insert(rng.usize(..=steps.len()), step);
        }
    }
    steps
}
