//! What changed between judging a password and opening the session.

use axum::extract::FromRequestParts as _;
use pantau_log::{
    rig::{NOW, Rig},
    store::Rights,
};

use super::*;
use crate::auth::totp;

async fn asked() -> Asked {
    let (mut parts, ()) = axum::http::Request::new(()).into_parts();
    let Ok(asked) = Asked::from_request_parts(&mut parts, &()).await;
    asked
}

fn sessions(desk: &Desk) -> usize {
    let all = store::read(desk.store(), |view| view.desk_audit(i64::MIN, i64::MAX, None)).unwrap();
    all.iter().filter(|audit| audit.act == "sign-in").count()
}

#[tokio::test]
async fn an_operator_who_changed_since_he_was_judged_is_not_let_in() {
    let Rig { server, .. } = Rig::memory();
    let desk = Arc::new(Desk::new(server, Arc::default()).unwrap());
    let judged = Operator::new("siti", "$argon2id$1", NOW, Rights::Desk);
    let enter = async |now: Option<&Operator>| {
        if let Some(now) = now {
            store::write(desk.store(), |tx| tx.put_operator(now)).unwrap();
        }
        let judged = judged.clone();
        open(&desk, &asked().await, judged, |_, now| Ok(now.totp.is_none())).await.unwrap().is_some()
    };
    assert!(!enter(None).await, "there is no such operator any more");
    assert!(!enter(Some(&Operator { disabled: true, ..judged.clone() })).await, "disabled");
    let renewed = Operator { password_hash: "$argon2id$2".into(), ..judged.clone() };
    assert!(!enter(Some(&renewed)).await, "another password");
    let (codes, _) = totp::make([5; 20], &[[1; 10]; totp::RECOVERY]);
    assert!(!enter(Some(&Operator { totp: Some(codes), ..judged.clone() })).await, "a code is to follow");
    assert_eq!(sessions(&desk), 0);
    // What he may do is looked up with every page.
    assert!(enter(Some(&Operator { rights: Rights::Viewer, ..judged.clone() })).await);
    assert_eq!(sessions(&desk), 1);
}
