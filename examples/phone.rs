//! The smallest app: one phone that enrols, reports an incident and brings it to a server.
//!
//! `cargo run -p pantau-core --example phone -- FOLDER "CODE"`, where CODE is a line that `pantau-server enrol` wrote.
//! The README says how to get there.

#![allow(clippy::print_stdout, reason = "an example speaks on standard output")]

use std::{env, error::Error, path::Path};

use pantau_core::{Budget, Cancel, Env, NewRecord, OpenOptions, Phone, Silent, TpsQuery};
use pantau_protocol::body::{Body, Category, Incident, Severity};
use pantau_protocol::enrol::Invitation;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let [folder, code] =
        env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "FOLDER and CODE, please")?;
    let phone = Phone::open(Path::new(&folder), Env::real()?, OpenOptions::default())?;
    println!("enrolled: {:?}", phone.enrol(&Invitation::parse(&code)?).await?);
    // The first sync brings the list of polling stations.
    phone.sync(Budget::PLENTY, &Silent, &Cancel::new()).await?;
    let stations = phone.tps_list(&TpsQuery::default())?;
    let first = stations.first().ok_or("this officer has no polling station")?;

    // This works without any signal: what capture returns is on disk.
    let incident = Incident { category: Category::Access, severity: Severity::High };
    phone.capture(NewRecord::new(first.place.clone(), Body::Incident(incident)))?;
    println!("saved, not yet sent: {} record(s)", phone.unsent()?.records);

    let report = phone.sync(Budget::PLENTY, &Silent, &Cancel::new()).await?;
    println!("{report:?}\nstill not held by the server: {} record(s)", phone.unsent()?.records);
    phone.shutdown()?;
    Ok(())
}
