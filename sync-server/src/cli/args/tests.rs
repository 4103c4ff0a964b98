//! What the command line reads, and what it refuses.

use clap::CommandFactory as _;

use super::*;

fn reads(line: &str) -> bool {
    Cli::try_parse_from(line.split_whitespace()).is_ok()
}

#[test]
fn options_that_belong_together_are_asked_together() {
    assert!(reads("p import --regions r.csv --tps t.csv --check"));
    assert!(!reads("p import --check"), "something must be imported");
    assert!(reads("p serve --trusted-proxy 10.0.0.0/8 --trusted-proxy ::1 --metrics-listen 127.0.0.1:0"));
    assert!(!reads("p serve --trusted-proxy proxy.example"), "a name may turn into another address");
    assert!(reads("p enrol --officer 7 --url https://x --hours 5"));
    assert!(reads("p enrol --all --out codes.txt"));
    assert!(!reads("p enrol --all") && !reads("p enrol --out codes.txt"));
    assert!(!reads("p enrol --officer 7 --all --out codes.txt"));
    assert!(reads("p revoke --device 1f3a9c --after 3") && !reads("p revoke --after 3"));
    assert!(!reads("p revoke --officer 7 --after 3"));
    assert!(reads("p erase --officer 7 --yes") && reads("p erase --record x --field Note"));
    assert!(!reads("p erase --record x") && !reads("p erase"));
    assert!(reads("p directive --to officer:7 --due x TEXT") && !reads("p directive --to 7 --due x TEXT"));
    assert!(reads("p serve --quota-records 50000 --quota-bytes 100000000"));
    assert!(!reads("p directive --to officer:7 TEXT") && !reads("p directive --due x TEXT"));
    assert!(reads("p directive --list") && reads("p directive --retract 0d9b --yes --why salah"));
    assert!(!reads("p directive") && !reads("p directive --list --retract 0d9b"));
    assert!(reads("p revoke --device 1f3a9c --undo --yes") && !reads("p revoke --undo"));
    assert!(!reads("p revoke --device 1f3a9c --undo --after 3"));
    assert!(reads("p admit --record a --record b --undo") && !reads("p admit"));
    assert!(reads("p operator disable siti --yes") && reads("p operator enable siti"));
    assert!(reads("p serve --tls-cert a --tls-key b") && !reads("p serve --tls-cert a"));
}

#[test]
fn the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_says_what_it_does() {
    for command in Cli::command().get_subcommands() {
        assert!(command.get_about().is_some(), "{}", command.get_name());
        if command.get_name() != "operator" {
            let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example"), "{} shows no example", command.get_name());
        }
    }
}
