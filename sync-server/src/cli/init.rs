//! `init`: a new server with its first operator.

use pantau_log::{
    DataDir, Env,
    ops::{self, InitOptions},
    store::Rights,
};

use super::{args::Init, fail::Done, operator, out};

/// Runs it.
pub(crate) fn run(dir: &DataDir, args: &Init) -> Done {
    operator::check_name(&args.operator)?;
    let options = InitOptions { regions: vec![args.place.clone()], desk_name: args.name.clone() };
    let server = ops::init(dir, &Env::real(), &options)?;
    out::line(format_args!("Server:    {}", server.identity().server_id()));
    out::line(format_args!("Directory: {}", dir.path().display()));
    operator::add(&server, &args.operator, Rights::Admin, None)?;
    out::note(format_args!(
        "Keep {} safe: without it no phone trusts a rebuilt server. Next: pantau-server import --help",
        dir.identity().display()
    ));
    Ok(())
}
