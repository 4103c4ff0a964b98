//! People who sign in, one after the other at a steady pace.

use std::{
    io,
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use pantau_core::env::Clock as _;

use super::{OPERATORS, PASSWORD, Seen, Size, ask, operator};

/// Signs somebody in so many times a second, until the load ends.
pub(super) async fn come(seen: Arc<Seen>, size: Size) {
    let mut inside = tokio::task::JoinSet::new();
    let started = seen.clock.monotonic();
    for n in 0..size.sign_ins * size.seconds {
        let due = Duration::from_millis(n * 1_000 / size.sign_ins);
        tokio::time::sleep((started + due).saturating_sub(seen.clock.monotonic())).await;
        if seen.is_over.load(SeqCst) {
            break;
        }
        let who = operator(usize::try_from(n).unwrap_or(0) % OPERATORS);
        inside.spawn(one(Arc::clone(&seen), who));
    }
    while inside.join_next().await.is_some() {}
}

/// Asks for the form and sends it.
async fn one(seen: Arc<Seen>, who: String) {
    match enter(&seen, &who).await {
        Ok(303) => {}
        // Too many wait: the page says when to come again.
        Ok(429 | 503) => drop(seen.refused.fetch_add(1, SeqCst)),
        Ok(status) => seen.fail(&format!("a sign-in: status {status}")),
        Err(error) => seen.fail(&format!("a sign-in: {error}")),
    }
}

async fn enter(seen: &Seen, who: &str) -> io::Result<u16> {
    let form = ask::get(seen.addr, "/sign-in", "").await?;
    let csrf = form.between("name=\"csrf\" value=\"", "\"");
    let csrf = csrf.ok_or_else(|| io::Error::other("a sign-in page without its form"))?;
    let cookies: Vec<&str> = form.all("set-cookie").filter_map(|cookie| cookie.split(';').next()).collect();
    let headers = format!("Cookie: {}\r\n", cookies.join("; "));
    let sent = format!("csrf={csrf}&next=/&username={who}&password={}", PASSWORD.replace(' ', "+"));
    let started = seen.clock.monotonic();
    let status = ask::post(seen.addr, "/sign-in", &headers, &sent).await?.status;
    if status == 303 {
        Seen::add(&seen.sign_in_ms, (seen.clock.monotonic() - started).as_secs_f64() * 1e3);
    }
    Ok(status)
}
