//! The commands. Each is a thin hand on [`pantau_log::ops`] and [`pantau_log::import`].

mod admit;
mod agree;
mod args;
mod audit;
mod cards;
mod codes;
mod directive;
mod enrol;
mod erase;
mod export;
mod fail;
mod finding;
mod import;
mod init;
mod keep;
mod operator;
mod out;
mod qr;
mod rebuild;
mod revoke;
mod secret;
mod serve;
mod stats;
mod token;
mod verify;

use std::{
    fs::{File, TryLockError},
    io::ErrorKind::{NotFound, PermissionDenied, ReadOnlyFilesystem, StorageFull},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use clap::Parser as _;
use pantau_log::{DataDir, Env, Error, Server, ops, store::StoreError};
use pantau_server::logs;

use self::{
    args::{Cli, Command},
    fail::{Done, Failure},
};

/// Reads the command line and runs the command.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    if !matches!(cli.command, Command::Serve(_)) {
        // What a person should know is printed; the log is for what must never happen.
        logs::init(false, tracing::Level::ERROR);
    }
    let dir = DataDir::new(cli.data);
    match mend(&dir, &cli.command).and_then(|()| run(&dir, &cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out::note(&failure);
            failure.code()
        }
    }
}

fn run(dir: &DataDir, command: &Command) -> Done {
    let _turn = turn(dir, command)?;
    match command {
        Command::Init(args) => init::run(dir, args),
        Command::Import(args) => import::run(dir, args),
        Command::Serve(args) => serve::run(dir, args),
        Command::Enrol(args) => enrol::run(dir, args),
        Command::Directive(args) => directive::run(dir, args),
        Command::Finding(args) => finding::run(dir, args),
        Command::Revoke(args) => revoke::run(dir, args),
        Command::Admit(args) => admit::admit(dir, args),
        Command::Uncounted(args) => admit::uncounted(dir, args),
        Command::Erase(args) => erase::run(dir, args),
        Command::Backup(args) => keep::backup(dir, args),
        Command::Restore(args) => keep::restore(dir, args),
        Command::Verify(args) => verify::run(dir, args),
        Command::Export(args) => export::run(dir, args),
        Command::Rebuild => rebuild::run(dir),
        Command::Stats(args) => stats::run(dir, args),
        Command::Operator(command) => operator::run(dir, command),
        Command::Audit(args) => audit::run(dir, args),
        Command::Token(command) => token::run(dir, command),
    }
}

/// Whether a command first looks at what is there and then writes what follows from that: two of them at once would
/// write it twice. The running server is no such command: it takes what comes, in one transaction each.
fn takes_turns(command: &Command) -> bool {
    match command {
        Command::Init(_)
        | Command::Import(_)
        | Command::Enrol(_)
        | Command::Directive(_)
        | Command::Finding(_)
        | Command::Revoke(_)
        | Command::Admit(_)
        | Command::Erase(_)
        | Command::Restore(_) => true,
        Command::Operator(args::Operator::List) | Command::Token(args::Token::List) => false,
        Command::Operator(_) | Command::Token(_) => true,
        Command::Serve(_)
        | Command::Audit(_)
        | Command::Uncounted(_)
        | Command::Backup(_)
        | Command::Verify(_)
        | Command::Export(_)
        | Command::Rebuild
        | Command::Stats(_) => false,
    }
}

/// Waits until no other command changes this server; the file keeps the turn until it is dropped, or the process
/// ends in whatever way.
fn turn(dir: &DataDir, command: &Command) -> Result<Option<File>, Failure> {
    if !takes_turns(command) {
        return Ok(None);
    }
    if matches!(command, Command::Init(_) | Command::Restore(_)) {
        dir.create()?;
    }
    let path = dir.path().join("pantau.lock");
    let mut options = std::fs::OpenOptions::new();
    let file = match options.write(true).create(true).truncate(false).mode(0o600).open(&path) {
        Ok(file) => file,
        // There is no server, or nothing can be written: the command says what is wrong.
        Err(e) if matches!(e.kind(), NotFound | PermissionDenied | ReadOnlyFilesystem | StorageFull) => {
            return Ok(None);
        }
        Err(e) => return Err(Error::io(&path)(e).into()),
    };
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        out::note("Another command changes this server; waiting until it ends …");
    }
    file.lock().map_err(Error::io(&path))?;
    Ok(Some(file))
}

/// The server of a directory; says what to do where there is none.
fn open(dir: &DataDir) -> Result<Arc<Server>, Failure> {
    if !dir.has_server()? {
        return Err(Failure::Usage(format!(
            "there is no server in {}; make one with `init`, or name its directory with --data",
            dir.path().display()
        )));
    }
    Ok(ops::open(dir, &Env::real())?)
}

/// The same for a command that only reads: where nothing may be written, that is enough.
fn open_to_read(dir: &DataDir) -> Result<Arc<Server>, Failure> {
    match open(dir) {
        Err(Failure::Server(Error::Store(StoreError::ReadOnly { .. }))) => {
            Ok(ops::open_to_read(dir, &Env::real())?)
        }
        opened => opened,
    }
}

/// Takes away what other users may do with a data directory, and says so.
fn mend(dir: &DataDir, command: &Command) -> Done {
    let only_reads = matches!(
        command,
        Command::Export(_)
            | Command::Stats(_)
            | Command::Operator(args::Operator::List)
            | Command::Token(args::Token::List)
    );
    match if dir.path().exists() { dir.mend() } else { Ok(Vec::new()) } {
        Ok(mended) => mended.iter().for_each(|path| {
            out::note(format_args!("note: other users could read {}; now they cannot.", path.display()));
        }),
        Err(error) if only_reads => out::note(format_args!("warning: {error}")),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// A new file that only its owner may read; one that is there is never overwritten.
fn private_file(path: &Path) -> Result<File, Error> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path).map_err(Error::io(path))
}
