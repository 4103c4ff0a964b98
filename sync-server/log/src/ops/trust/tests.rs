//! Decisions about trust: told before they are taken, and taken back.

use pantau_protocol::{exchange::Counted, role::Role};

use super::*;
use crate::rig::{Phone, Rig, incident, place, revoked, standby};

const HERE: &str = "62.06.13";

/// A phone with three records, and its ids.
fn three(rig: &Rig) -> (Phone, Vec<RecordId>) {
    let mut phone = rig.phone(7, Role::Camat, HERE);
    let ids = (0..3).map(|n| phone.write(&standby(n), HERE)).collect();
    phone.sync(&rig.server);
    (phone, ids)
}

fn ids(listed: &[Listed]) -> Vec<RecordId> {
    listed.iter().map(|l| l.record).collect()
}

fn words(rig: &Rig) -> u32 {
    rig.server.places().unwrap().state(&place(HERE)).unwrap().records
}

#[test]
fn a_revocation_tells_what_stops_counting_and_can_be_taken_back() {
    let rig = Rig::memory();
    let (mut phone, all) = three(&rig);
    let whom = Revoked::Device(phone.device());
    let decision = prepare_revocation(&rig.server, whom, Some(1)).unwrap();
    assert_eq!((ids(&decision.stops), decision.starts.len()), (all[1..].to_vec(), 0));
    assert_eq!((&decision.lose, &decision.named), (&vec![phone.device()], &vec![phone.device()]));
    assert_eq!((words(&rig), uncounted(&rig.server).unwrap().len()), (3, 0), "nothing is done yet");
    let by = decision.take(&rig.server, "HP hilang").unwrap()[0];
    assert_eq!(words(&rig), 1);
    let listed = uncounted(&rig.server).unwrap();
    assert!(listed.iter().all(|(_, why)| *why == Distrust::Revoked(by)));
    assert_eq!(listed.iter().map(|(l, _)| l.record).collect::<Vec<_>>(), all[1..]);
    let kept = [Counted { device: phone.device(), first: 1, last: 1 }];
    assert_eq!(revoked(&phone.push(&rig.server, 1, 0)), Some(&kept[..]));

    let undo = prepare_reinstatement(&rig.server, whom).unwrap();
    assert_eq!((ids(&undo.starts), &undo.gain), (all[1..].to_vec(), &vec![phone.device()]));
    undo.take(&rig.server, "").unwrap();
    assert_eq!((words(&rig), uncounted(&rig.server).unwrap().len()), (3, 0));
    assert_eq!(revoked(&phone.push(&rig.server, 1, 0)), None);
    let again = prepare_reinstatement(&rig.server, whom).unwrap();
    assert!(again.is_empty() && again.unchanged[0].contains("is not revoked"));
}

#[test]
fn revoking_again_moves_the_last_trusted_number_both_ways_or_says_that_it_stands() {
    let rig = Rig::memory();
    let (phone, all) = three(&rig);
    let whom = Revoked::Officer(7);
    revoke(&rig, whom, Some(1));
    let same = prepare_revocation(&rig.server, whom, Some(1)).unwrap();
    assert!(same.is_empty() && same.unchanged[0].contains("trusted through 1"), "{:?}", same.unchanged);
    assert!(prepare_revocation(&rig.server, whom, None).unwrap().is_empty());
    let further = prepare_revocation(&rig.server, whom, Some(2)).unwrap();
    assert_eq!((ids(&further.starts), further.stops.len()), (all[1..2].to_vec(), 0));
    further.take(&rig.server, "").unwrap();
    assert_eq!(words(&rig), 2);
    revoke(&rig, whom, Some(0));
    assert_eq!(words(&rig), 0);
    revoke(&rig, whom, Some(99));
    assert_eq!(words(&rig), 3);
    let board = rig.server.known().unwrap();
    assert_eq!(board.reference().revocations(&phone.device()).len(), 1, "the others are undone");
}

fn revoke(rig: &Rig, whom: Revoked, through: Option<u64>) {
    prepare_revocation(&rig.server, whom, through).unwrap().take(&rig.server, "").unwrap();
}

#[test]
fn single_records_are_admitted_and_dismissed() {
    let rig = Rig::memory();
    let (mut phone, all) = three(&rig);
    revoke(&rig, Revoked::Officer(7), Some(0));
    let admit = |records: &[RecordId], verdict| prepare_admission(&rig.server, records, verdict);
    let decision = admit(&[all[0], all[2]], Verdict::Admit).unwrap();
    assert_eq!(ids(&decision.starts), [all[0], all[2]]);
    decision.take(&rig.server, "dilihat saksi").unwrap();
    assert_eq!(words(&rig), 2);
    let span = |n| Counted { device: phone.device(), first: n, last: n };
    let mut told = [span(1), span(3)].to_vec();
    let mut counted = revoked(&phone.push(&rig.server, 1, 0)).unwrap().to_vec();
    counted.sort_by_key(|c| c.first);
    assert_eq!(counted, told);
    let known = admit(&[all[0]], Verdict::Admit).unwrap();
    assert!(known.is_empty() && known.unchanged[0].contains("counts already"));
    admit(&[all[0]], Verdict::Dismiss).unwrap().take(&rig.server, "").unwrap();
    told.remove(0);
    assert_eq!(revoked(&phone.push(&rig.server, 1, 0)), Some(&told[..]));
    assert_eq!(words(&rig), 1);
    assert!(matches!(admit(&[RecordId::from_bytes([9; 16])], Verdict::Admit), Err(Error::NotFound(_))));
    let aside = phone.write(&incident(), "62.07.01");
    phone.sync(&rig.server);
    assert!(matches!(admit(&[aside], Verdict::Admit), Err(Error::Refused(_))));
}

#[test]
fn as_many_rulings_are_written_as_the_limits_ask_for() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    let all: Vec<RecordId> =
        (0..300).map(|n| phone.write(&standby(1), &format!("{HERE}.2001/{:03}", n % 70))).collect();
    phone.sync(&rig.server);
    revoke(&rig, Revoked::Officer(7), Some(0));
    let decision = prepare_admission(&rig.server, &all, Verdict::Admit).unwrap();
    assert_eq!(decision.starts.len(), 300);
    assert!(decision.take(&rig.server, "").unwrap().len() > 1);
    assert!(uncounted(&rig.server).unwrap().is_empty());
    let kept = revoked(&phone.push(&rig.server, 1, 0)).unwrap().len();
    assert_eq!(kept, limit::COUNTED_SPANS, "the rest is shown as not counted");
}

#[test]
fn the_desk_and_unknown_phones_are_not_revoked() {
    let rig = Rig::memory();
    let desk = rig.server.identity().desk_key().public().device_id();
    assert!(matches!(prepare_revocation(&rig.server, Revoked::Device(desk), None), Err(Error::Refused(_))));
    assert!(matches!(prepare_revocation(&rig.server, Revoked::Officer(99), None), Err(Error::NotFound(_))));
}

#[test]
fn whoever_may_have_seen_its_records_learns_of_a_revocation() {
    let rig = Rig::memory();
    let (phone, _) = three(&rig);
    // Moved since the phone was enrolled: what it says there is seen by others.
    rig.grant(7, Role::Camat, "62.06.14");
    let whom = Revoked::Device(phone.device());
    let keys = |id| store::read(rig.server.store(), |v| v.desk_record(&id)).unwrap()[0].entry.keys.clone();
    let by = prepare_revocation(&rig.server, whom, Some(1)).unwrap().take(&rig.server, "").unwrap()[0];
    assert_eq!(keys(by), [place(HERE), place("62.06.14")]);
    let undone = prepare_reinstatement(&rig.server, whom).unwrap().take(&rig.server, "").unwrap()[0];
    assert_eq!(keys(undone), [place(HERE), place("62.06.14")]);
}
