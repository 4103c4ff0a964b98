//! How often a suite repeats its game, and from which seeds.
//!
//! Every suite has a size for CI. `PANTAU_FACTOR=N` makes it N times as long, `PANTAU_SEED=S` plays the
//! same games again, and `PANTAU_LEDGER=FILE` notes what was played, one line a suite:
//! `name first-seed games`. `cargo xtask campaign` sets all three.

use std::io::Write as _;

use fastrand::Rng;

/// One run of a suite. What it played is noted when it is dropped without a panic.
#[derive(Debug)]
pub struct Campaign {
    name: &'static str,
    seed: u64,
    games: u64,
}

impl Campaign {
    /// A suite of `games` games in CI, other ones each time.
    #[expect(clippy::print_stderr, reason = "whoever reads a failed test needs the seed")]
    pub fn new(name: &'static str, games: u64) -> Self {
        let asked = |name| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
        let seed = asked("PANTAU_SEED").unwrap_or_else(|| fastrand::u64(..));
        let games = games.saturating_mul(asked("PANTAU_FACTOR").unwrap_or(1).max(1));
        eprintln!("{name}: {games} games, PANTAU_SEED={seed}");
        Self { name, seed, games }
    }

    /// Number of games.
    pub fn games(&self) -> u64 {
        self.games
    }

    /// The seed all others follow from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// One seed a game.
    pub fn seeds(&self) -> impl Iterator<Item = u64> + use<> {
        let mut rng = Rng::with_seed(self.seed);
        let games = usize::try_from(self.games).unwrap_or(usize::MAX);
        std::iter::repeat_with(move || rng.u64(..)).take(games)
    }

    /// One stream of randomness for the whole run.
    pub fn rng(&self) -> Rng {
        Rng::with_seed(self.seed)
    }
}

impl Drop for Campaign {
    fn drop(&mut self) {
        let ledger = std::env::var_os("PANTAU_LEDGER").filter(|_| !std::thread::panicking());
        let file = ledger.map(|path| std::fs::File::options().create(true).append(true).open(path).unwrap());
        if let Some(mut file) = file {
            writeln!(file, "{} {} {}", self.name, self.seed, self.games).unwrap();
        }
    }
}
