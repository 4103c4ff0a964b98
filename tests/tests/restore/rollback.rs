//! A database put back as a plain file: no restore, no new epoch but the one that phones call for. And the
//! identity file, without which nothing is touched.

use std::sync::Arc;

use fastrand::Rng;
use pantau_core::SyncEnd;
use pantau_env::fake::HandClock;
use pantau_log::{DataDir, Env, Error, ops};
use pantau_tests::{backup_key, backup_lock, world::START};

use crate::{
    backup::Game,
    rig::{Template, folder, game, is_held, journal, say, sync},
};

/// A phone shows a receipt beyond the log: the server starts a new epoch by itself.
#[test]
fn a_new_epoch_starts_by_itself() {
    let template = Template::get();
    game(5, || async {
        let game = Game::new(&template, 5);
        let (fleet, camat) = (&game.fleet, &game.members[0]);
        let old = fleet.path("lama.db");
        fleet.stop();
        std::fs::copy(fleet.dir.db(), &old).unwrap();
        fleet.start();
        let mut rng = Rng::with_seed(5);
        while say(camat, &mut rng, "hilang dari server").is_none() {}
        assert_eq!(sync(camat).await, SyncEnd::Done);
        let before = fleet.server().epoch().unwrap();
        fleet.stop();
        std::fs::copy(&old, fleet.dir.db()).unwrap();
        fleet.pass(60);
        fleet.start();
        assert_eq!(sync(camat).await, SyncEnd::Done);
        assert!(fleet.server().epoch().unwrap() > before);
        assert!(journal(&camat.phone).iter().all(is_held));
        game.check_log();
    });
}

/// Restored twice from one backup, the second time by a clock that is behind: the log is older than the one
/// the phone knows, which the phone's receipt shows.
#[test]
fn a_clock_that_is_behind_a_restore_holds_nobody_up() {
    let template = Template::get();
    game(7, || async {
        let game = Game::new(&template, 7);
        let (fleet, camat) = (&game.fleet, &game.members[0]);
        let backup = fleet.path("cadangan");
        ops::backup(&fleet.dir, &backup, &backup_lock()).unwrap();
        let mut rng = Rng::with_seed(7);
        while say(camat, &mut rng, "hilang dari server").is_none() {}
        assert_eq!(sync(camat).await, SyncEnd::Done);
        let behind = Env { clock: Arc::new(HandClock::at(START - 86_400)), ..fleet.env() };
        let mut newest = fleet.server().epoch().unwrap();
        for (lost, env) in [("hilang1", fleet.env()), ("hilang2", behind)] {
            fleet.stop();
            fleet.pass(60);
            std::fs::rename(fleet.dir.path(), fleet.path(lost)).unwrap();
            ops::restore(&backup, &backup_key(), &fleet.dir, &env).unwrap();
            fleet.start();
            let is_older = fleet.server().epoch().unwrap() < newest;
            assert_eq!(is_older, lost == "hilang2");
            assert_eq!(sync(camat).await, SyncEnd::Done);
            assert!(fleet.server().epoch().unwrap() > newest);
            newest = fleet.server().epoch().unwrap();
            assert!(journal(&camat.phone).iter().all(is_held));
            game.check_log();
        }
    });
}

#[test]
fn without_its_identity_file_a_server_touches_nothing() {
    let template = Template::get();
    game(6, || async {
        let game = Game::new(&template, 6);
        let fleet = &game.fleet;
        fleet.stop();
        let (dir, identity) = (&fleet.dir, fleet.dir.identity());
        let sound = std::fs::read(&identity).unwrap();
        let folder = folder();
        let other = DataDir::new(folder.path().join("lain"));
        let options =
            ops::InitOptions { regions: vec![pantau_tests::place("62")], desk_name: "Desk Lain".into() };
        drop(ops::init(&other, &fleet.env(), &options).unwrap());
        let cut = sound[..sound.len() / 2].to_vec();
        let strange = std::fs::read(other.identity()).unwrap();
        for (content, word) in [
            (None, "missing"),
            (Some(Vec::new()), "damaged"),
            (Some(cut), "damaged"),
            (Some(strange), "another"),
        ] {
            match &content {
                None => std::fs::remove_file(&identity).unwrap(),
                Some(bytes) => std::fs::write(&identity, bytes).unwrap(),
            }
            let database = std::fs::read(dir.db()).unwrap();
            let refused = ops::open(dir, &fleet.env()).unwrap_err();
            assert!(matches!(refused, Error::Identity(_)), "{refused}");
            let text = refused.to_string();
            assert!(text.contains(word) && text.contains("identity.json"), "{text}");
            assert!(text.contains("restore a backup"), "no way out is named: {text}");
            assert_eq!(std::fs::read(dir.db()).unwrap(), database, "{word}");
            assert_eq!(std::fs::read(&identity).ok(), content, "{word}");
        }
        std::fs::write(&identity, sound).unwrap();
        fleet.start();
        assert_eq!(sync(&game.members[0]).await, SyncEnd::Done);
    });
}
