//! The second step of signing in: a one-time code, for whoever has them, after the password was right.

use std::sync::Arc;

use pantau_log::{
    Error,
    store::{Operator, Tx},
};

use super::{Ended, counted_as, open, operator, who};
use crate::{
    auth::totp,
    state::{Desk, lock},
    visit::Asked,
};

/// Judges a code. `half_in` says that the password was right in the browser with the cookie `bound`. Wrong codes count as
/// wrong passwords do; a code is used up in the transaction that opens the session.
pub(super) async fn judge(
    desk: &Arc<Desk>,
    asked: &Asked,
    half_in: &str,
    typed: &str,
    bound: &[u8; 32],
) -> Result<Ended, Error> {
    let name = half_in.splitn(3, '.').nth(2).unwrap_or_default().to_owned();
    let now = desk.env().now();
    let Some(known) = operator(desk, &name).await? else { return Ok(Ended::TooLate) };
    if !desk.forms.is_half_in(half_in, &known, bound, now) {
        return Ok(Ended::TooLate);
    }
    let (source, who) = (asked.caller.source, who(desk, asked, Some(&known)));
    let key = counted_as(&name, Some(&known));
    let counted = &desk.server.metrics().sign_ins;
    if let Err(wait) = lock(&desk.throttle).admit(&key, who, now) {
        tracing::debug!(%source, wait, "sign-in: too many wrong ones before");
        counted.throttled.add(1);
        return Ok(Ended::Throttled(wait));
    }
    let typed = typed.to_owned();
    let is_let_in = move |tx: &mut dyn Tx, operator: Operator| {
        let Some(left) = operator.totp.as_ref().and_then(|codes| totp::used(codes, &typed, now)) else {
            return Ok(false);
        };
        tx.put_operator(&Operator { totp: Some(left), ..operator })?;
        Ok(true)
    };
    let operator = known.username.clone();
    match open(desk, asked, known, is_let_in).await? {
        Some(opened) => {
            lock(&desk.throttle).welcome(&key, who);
            tracing::info!(%source, operator, outcome = "ok", "sign-in: code");
            counted.ok.add(1);
            Ok(Ended::In(opened))
        }
        None => {
            tracing::info!(%source, operator, outcome = "wrong", "sign-in: code");
            counted.wrong.add(1);
            Ok(Ended::WrongCode)
        }
    }
}
