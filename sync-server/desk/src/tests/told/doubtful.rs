//! What can be and is not likely is asked about once.

use super::*;

#[tokio::test]
async fn a_turnout_that_falls_is_asked_about_and_saved_by_a_second_press() {
    let (world, mut phone) = World::with_data();
    report(&world, &mut phone);
    let cookie = world.sign_in().await;
    let all = [&WHO[..], &[("hour", "10"), ("voters", "80")]].concat();
    let before = rows(&world);
    let asked = send(&world, &cookie, &typed(form(&world, &cookie, "turnout").await, &all)).await;
    assert_eq!((asked.status, rows(&world)), (StatusCode::UNPROCESSABLE_ENTITY, before));
    assert!(asked.body.contains("Lebih rendah dari pukul 09.00 (88)."), "{}", asked.body);
    assert!(asked.body.contains("Tetap simpan"));
    // Another doubt is asked about anew.
    let other = send(&world, &cookie, &typed(fields_of(&asked), &[("voters", "900")])).await;
    assert_eq!((other.status, rows(&world)), (StatusCode::UNPROCESSABLE_ENTITY, before));
    assert!(other.body.contains("Lebih banyak dari surat suara untuk TPS ini (277)."), "{}", other.body);
    let (_, record, _) = written(&world, &send(&world, &cookie, &typed(fields_of(&asked), &[])).await);
    assert_eq!(record.decode_body().unwrap(), Body::Turnout(Turnout { hour: 10, voters: 80 }));
    // An earlier hour above a later one is the same slip.
    let early = [&WHO[..], &[("hour", "8"), ("voters", "99")]].concat();
    let asked = send(&world, &cookie, &typed(form(&world, &cookie, "turnout").await, &early)).await;
    assert!(asked.body.contains("Lebih tinggi dari pukul 10.00 (80)."), "{}", asked.body);
}

#[tokio::test]
async fn what_was_long_ago_is_asked_about() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let all = [&WHO[..], &[("present", "1"), ("team", "7"), ("held", "2023-02-13T10:05")]].concat();
    let asked = send(&world, &cookie, &typed(form(&world, &cookie, "standby").await, &all)).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asked.body.contains("lebih dari tujuh hari"), "{}", asked.body);
    written(&world, &send(&world, &cookie, &typed(fields_of(&asked), &[])).await);
}
