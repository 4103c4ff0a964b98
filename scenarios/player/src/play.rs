//! Plays a file from its first line to its last.

use std::collections::BTreeMap;

use pantau_protocol::{
    body::Share,
    projection::{
        Fact, Fold,
        findings::{self, Sign},
    },
};

use crate::{
    block::Bad,
    check::{self, Came, Compared, Names},
    expect::Expectation,
    file::{self, Scenario, Step},
    journals::{self, Decision},
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
    let mut journals = journals::write(&scenario)?;
    let Scenario { title, rule, cast, steps, .. } = &scenario;
    let officers = cast.officers.iter().map(|(name, officer)| (officer.number, name.clone())).collect();
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
        game.look(&Names { cast, journals: &journals });
        match step {
            Step::Said(told) => {
                game.now = told.arrives;
                if let Some(decision) = journals.decisions.get(&told.name) {
                    let fact = decided(decision, &game, told.line)?;
                    journals.said.insert(told.name.clone(), Some(fact));
                }
                if let Some(loss) = journals.losses.get(&told.name) {
                    game.fold.insert_loss(*loss);
                    continue;
                }
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
    game.look(&Names { cast, journals: &journals });
    Ok(Played { title: title.clone(), rule: rule.clone(), compared: game.compared, left_out })
}

/// The ruling that closes a finding, on the evidence that the desk sees when it decides.
fn decided(decision: &Decision, game: &Game<'_>, line: usize) -> Result<Fact, Bad> {
    let is_meant = |sign: &Sign| match (&sign.place, &sign.device) {
        (Some(place), _) => decision.places.contains(place),
        (None, device) => device.is_some_and(|device| decision.devices.contains(&device)),
    };
    let open = findings::all(&game.fold, game.now).into_iter().filter(|f| f.is_open());
    let found = open.filter(|f| f.rule == decision.rule).find(|f| f.signs.iter().any(is_meant));
    let found = found.ok_or_else(|| "expected an open finding of that rule there".to_owned());
    let found = crate::block::at(line, found)?;
    let signs = found.signs.iter().filter(|sign| is_meant(sign));
    let shares = signs.map(|sign| Share { place: sign.place.clone(), version: sign.version() }).collect();
    decision.fact(found.id, shares)
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
