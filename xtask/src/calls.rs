//! `cargo xtask calls`: what a call of an app into the core costs, through JNA and through ctypes.

use std::{
    fmt::Write as _,
    io,
    process::{Command, ExitCode},
};

use crate::{
    bindings::{interpreter, maven, prepare, sources},
    command::{cargo, exit_code, root, stream, succeeds},
    tools::{C_COMPILER, JDK, MAVEN, PYTHON, ensure},
};

/// Measure what a call through JNA and ctypes costs, in microseconds (best of seven rounds)
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,

    /// Do not install what is missing
    #[arg(long)]
    no_install: bool,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    if let Err(missing) = ensure([C_COMPILER, JDK, MAVEN, PYTHON].iter(), !args.no_install) {
        eprintln!("calls: {missing}");
        return ExitCode::from(2);
    }
    let outcome = measure().map(|both| {
        let Some((jna, ctypes)) = both else { return false };
        match args.json {
            true => println!("{{\"jna_us\":{jna},\"ctypes_us\":{ctypes}}}"),
            false => println!("{}", table(&jna, &ctypes)),
        }
        true
    });
    exit_code("calls", outcome)
}

/// Both lines of JSON, from the release build: a development build says nothing of an app.
fn measure() -> io::Result<Option<(String, String)>> {
    let release = "build --release --locked --package pantau-server";
    let library = "build --release --locked --package pantau-bindings --features test-hooks";
    if !prepare()? || !succeeds(&mut cargo(release))? || !succeeds(&mut cargo(library))? {
        return Ok(None);
    }
    let mut jvm = maven("release", &sources());
    jvm.args(["--quiet", "test-compile", "exec:exec", "-Dexec.classpathScope=test"]);
    jvm.arg("-Dpantau.main=id.pantau.CallsKt");
    let Some(jna) = last_object(&mut jvm)? else { return Ok(None) };
    let Some(mut python) = interpreter("release")? else { return Ok(None) };
    let script = root().join("bindings/python/tests/calls.py");
    Ok(last_object(python.arg(script))?.map(|ctypes| (jna, ctypes)))
}

/// The JSON object at the end of the last line that has one: Maven colours what stands before.
fn last_object(command: &mut Command) -> io::Result<Option<String>> {
    let mut last = None;
    let succeeded = stream(command, |line| {
        let object = line.find('{').and_then(|at| line.get(at..)).filter(|o| o.ends_with('}'));
        last = object.map(str::to_owned).or(last.take());
    })?;
    Ok(last.filter(|_| succeeded))
}

/// What each measured name is.
const MEANINGS: [(&str, &str); 4] = [
    ("call", "a call that returns a small record"),
    ("status", "a suspending call that reads the disk"),
    ("card", "the card of one TPS"),
    ("rows_1000", "1,000 rows of the list of TPS, in pages of 200"),
];

fn table(jna: &str, ctypes: &str) -> String {
    let mut table = format!("{:<42}{:>12}{:>12}\n", "microseconds, best of 7 rounds", "JNA", "ctypes");
    for (name, meaning) in MEANINGS {
        // Writing to a String cannot fail.
        let _ = writeln!(table, "{meaning:<42}{:>12}{:>12}", value(jna, name), value(ctypes, name));
    }
    table
}

/// The number that stands after a name in a flat JSON object.
fn value<'a>(object: &'a str, name: &str) -> &'a str {
    let after = object.split_once(&format!("\"{name}\":")).map_or("", |(_, rest)| rest);
    after.split([',', '}']).next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_numbers_by_name() {
        let object = "{\"call\": 3.5, \"rows_1000\": 8900}";
        assert_eq!((value(object, "call"), value(object, "rows_1000")), ("3.5", "8900"));
        assert_eq!(value(object, "card"), "");
    }
}
