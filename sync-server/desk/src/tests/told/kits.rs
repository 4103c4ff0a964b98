//! What a form of goods may cost: lines of kits and bytes are bounded.

use pantau_protocol::limit::PLACE_KEYS;

use super::*;
use crate::limit;

/// So many lines, each another way to write the one village.
fn lines(count: usize) -> String {
    (0..count).map(|n| format!("62.06.{}13.2001\r\n", " ".repeat(n))).collect()
}

#[tokio::test]
async fn no_more_lines_of_kits_are_looked_up_than_a_record_has_places() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let sent = async |kits: &str| {
        let all = [&WHO[..], &[("rest", "3"), ("c-good", "2"), ("at", "3"), ("kits", kits)]].concat();
        let page = world.get("/report?place=62.06.13.2001&kind=receive", &cookie).await;
        send(&world, &cookie, &typed(fields_of(&page), &all)).await
    };
    let before = rows(&world);
    let refused = sent(&lines(PLACE_KEYS + 1)).await;
    assert_eq!((refused.status, rows(&world)), (StatusCode::UNPROCESSABLE_ENTITY, before));
    let (_, problem) = refused.body.split_once("id=\"kits-problem\">").unwrap();
    assert!(problem.split("</p>").next().unwrap().contains("terlalu banyak"), "{}", refused.body);
    // A line that stands there again asks for nothing more.
    let twice = lines(PLACE_KEYS) + &lines(PLACE_KEYS);
    let (_, record, _) = written(&world, &sent(&twice).await);
    let Ok(Body::Receive(receive)) = record.decode_body() else { panic!("{record:?}") };
    assert_eq!(receive.kits, [place(TPS), place("62.06.13.2001/002")]);
}

#[tokio::test]
async fn a_form_beyond_the_largest_honest_one_is_not_read() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let form = typed(form(&world, &cookie, "standby").await, &[("present", "3"), ("team", "7")]);
    let form = format!("{form}&officer=7");
    let before = rows(&world);
    let padded = |bytes: usize| format!("{form}&padding={}", "x".repeat(bytes - form.len() - 9));
    let refused = send(&world, &cookie, &padded(limit::REPORT_FORM_BYTES + 1)).await;
    assert_eq!((refused.status, rows(&world)), (StatusCode::PAYLOAD_TOO_LARGE, before));
    assert_ne!(
        send(&world, &cookie, &padded(limit::REPORT_FORM_BYTES)).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}
