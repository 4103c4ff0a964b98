//! A phone process for tests that kill it: `phone DIR QRTEXT` enrols if need be, then saves visits and
//! syncs until it dies. It prints the id of a record once the core has said that it is saved.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "test support")]

use pantau_core::{Env, OpenOptions, Phone};
use pantau_protocol::enrol::Invitation;
use pantau_tests::{sync, visit};

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let (dir, code) = (args.next().unwrap(), args.next().unwrap());
    let phone = Phone::open(dir.as_ref(), Env::real().unwrap(), OpenOptions::default()).unwrap();
    if phone.status().unwrap().officer.is_none() {
        phone.enrol(&Invitation::parse(&code).unwrap()).await.unwrap();
    }
    for n in 0u32.. {
        let saved = visit(&phone, &format!("62.06.13.2001/00{}", n % 5 + 1), "catatan");
        println!("{}", saved.id);
        if n % 3 == 2 {
            sync(&phone).await;
        }
    }
}
