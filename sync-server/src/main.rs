//! `pantau-server`: the command line of the server.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
