//! Plays a file from its first line to its last.

use std::collections::BTreeMap;

use pantau_protocol::projection::Fold;

use crate::{
    block::Bad,
    check::{self, Came, Compared, Names},
    expect::Expectation,
    file::{self, Scenario, Step},
    journals,
    observe::Scene,
};

/// What came of a file.
#[derive(Debug)]
pub struct Played {
    /// What the file says of itself.
    pub title: String,
    /// The rule it is about.
    pub rule: String,
    /// All that was compared, in the order of the file.
    pub compared: Vec<Compared>,
    /// Records that the engine does not have yet, by name: they were left out.
    pub left_out: Vec<String>,
}

impl Played {
    /// How much held, differed, and could not be compared.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for compared in &self.compared {
            match compared.came {
                Came::Held => counts.held += 1,
                Came::Differs(_) => counts.differs += 1,
                Came::NotBuilt => counts.not_built += 1,
            }
        }
        counts
    }
}

/// Numbers of things that were expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Came as expected.
    pub held: usize,
    /// Came otherwise.
    pub differs: usize,
    /// Of something that the engine does not have yet.
    pub not_built: usize,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.held += more.held;
        self.differs += more.differs;
        self.not_built += more.not_built;
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} held, {} differ, {} not built yet", self.held, self.differs, self.not_built)
    }
}

/// Plays the text of a file.
///
/// # Errors
/// The first line that cannot be read, or whose record a phone would refuse.
pub fn play(text: &str) -> Result<Played, Bad> {
    let scenario = file::read(text)?;
    let journals = journals::write(&scenario)?;
    let Scenario { title, rule, cast, steps, .. } = &scenario;
    let officers = cast.officers.iter().map(|(name, officer)| (officer.number, name.clone())).collect();
    let names = Names { cast, journals: &journals };
    let mut game = Game {
        fold: Fold::new(),
        now: cast.set_down_at(),
        officers,
        wanted: Vec::new(),
        compared: Vec::new(),
    };
    for fact in &journals.set_down {
        game.fold.insert(fact.clone());
    }
    let mut left_out = Vec::new();
    for step in steps {
        if let Step::Expect(expectation) = step {
            game.wanted.push(expectation);
            continue;
        }
        game.look(&names);
        match step {
            Step::Said(told) => {
                game.now = told.arrives;
                match journals.said.get(&told.name).and_then(Option::as_ref) {
                    Some(fact) => drop(game.fold.insert(fact.clone())),
                    None => left_out.push(told.name.clone()),
                }
            }
            Step::Again(name) => {
                if let Some(Some(fact)) = journals.said.get(name) {
                    game.fold.insert(fact.clone());
                }
            }
            Step::Now(now) => game.now = *now,
            Step::Copied(_) | Step::Expect(_) => {}
        }
    }
    game.look(&names);
    Ok(Played { title: title.clone(), rule: rule.clone(), compared: game.compared, left_out })
}

struct Game<'a> {
    fold: Fold,
    now: i64,
    officers: BTreeMap<u32, String>,
    /// What is expected at this moment.
    wanted: Vec<&'a Expectation>,
    compared: Vec<Compared>,
}

impl Game<'_> {
    /// Compares what is expected at this moment.
    fn look(&mut self, names: &Names<'_>) {
        let wanted = std::mem::take(&mut self.wanted);
        if !wanted.is_empty() {
            let scene = Scene { fold: &self.fold, now: self.now, names: &self.officers };
            self.compared.extend(check::moment(&wanted, &scene, names));
        }
    }
}
