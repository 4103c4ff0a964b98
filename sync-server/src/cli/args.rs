//! The command line: every command teaches what it does and shows an example.

mod audit;
mod import;
mod operator;
mod token;

use std::{net::SocketAddr, path::PathBuf};

use clap::{ArgGroup, Args, Parser, Subcommand};
use pantau_log::caller::Proxy;
use pantau_log::intake::Quota;
use pantau_protocol::{address, place::Place};

pub(crate) use audit::Audit;
use import::HELP as IMPORT_HELP;
pub(crate) use import::Import;
pub(crate) use operator::{AddOperator, Operator, RightsArg};
pub(crate) use token::{NewToken, Token};

/// Where a public address defaults to, which only phones on the same machine reach.
pub(crate) const LOCAL_URL: &str = "http://127.0.0.1:8413";

/// The server of Pantau: takes in what phones report from polling stations, keeps it provable, and shows it
/// to the election desk in a browser.
#[derive(Debug, Parser)]
#[command(
    name = "pantau-server",
    version,
    about = "Takes in reports from polling stations and shows them to the election desk",
    long_about = "Takes in reports from polling stations (TPS), keeps them provable, and shows them to the \
        election desk (Desk Pemilu) in a browser.\n\nOne server is one directory (--data): the log, the keys \
        and the desk's journal. Nothing else on the machine is touched.",
    after_long_help = "A first day:\n  \
        pantau-server init --place 62\n  \
        pantau-server import --regions regions.csv --tps tps.csv --profile pemilu-2024 \\\n    \
        --checklists shipped --officers officers.csv\n  \
        pantau-server serve --url https://pantau.example.go.id --tls-cert cert.pem --tls-key key.pem\n  \
        pantau-server enrol --officer 7 --url https://pantau.example.go.id\n\n\
        Then open the address in a browser and sign in with the name and password that init printed.\n\
        Commands may run while the server does. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 import refused, \
        4 damage found.",
    arg_required_else_help = true,
    subcommand_required = true
)]
pub(crate) struct Cli {
    /// Directory of this server.
    #[arg(long, global = true, value_name = "DIR", default_value = "./pantau-data", env = "PANTAU_DATA")]
    pub(crate) data: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a new server: keys, an empty log, the first operator
    #[command(after_long_help = "Example:\n  pantau-server init --place 62 --operator siti\n\n\
        Prints the operator's password once. Keep identity.json safe and apart from the machine: \
        without it no phone trusts a rebuilt server. `backup` contains it, encrypted.")]
    Init(Init),
    /// Load regions, TPS, profile, checklists and officers from files
    #[command(after_long_help = IMPORT_HELP)]
    Import(Box<Import>),
    /// Run the server: phones sync, the desk looks
    #[command(after_long_help = "Example:\n  pantau-server serve --listen 0.0.0.0:8413 \\\n    \
        --url https://pantau.example.go.id --tls-cert cert.pem --tls-key key.pem\n\n\
        pantau-server serve --url https://pantau.example.go.id --trusted-proxy 127.0.0.1 \\\n    \
        --metrics-listen 127.0.0.1:9413\n\n\
        Stops cleanly on Ctrl-C and SIGTERM. A renewed certificate is taken up by itself, or at once on SIGHUP. Without --tls-cert put a proxy with TLS in front, \
        or stay on 127.0.0.1. Name that proxy with --trusted-proxy: without, all callers count as one, and \
        wrong passwords of one slow down all. docs/OPERATION.md has settings for nginx and HAProxy.")]
    Serve(Serve),
    /// Make enrolment codes: a QR code and its text
    #[command(
        after_long_help = "Examples:\n  pantau-server enrol --officer 7 --url https://pantau.example.go.id\n  \
        pantau-server enrol --all --out codes.csv --cards cards.html \\\n    \
        --url https://pantau.example.go.id\n\n\
        A code enrols one phone, once, within 72 hours (--hours). --all makes one for every officer who \
        has no working phone. --out is a table that says whose each code is (number,name,role,place,handle,qr_text), \
        --cards a page to print and cut. Only their owner may read the files, and none is ever overwritten. If it \
        stops midway, the codes in the files work."
    )]
    Enrol(Enrol),
    /// Give officers a task with a due time
    #[command(after_long_help = "Examples:\n  \
        pantau-server directive --to role:Camat@62.06 --due \"2024-02-13 18:00\" \"Kunjungi semua TPS\"\n  \
        pantau-server directive --to officer:7 --due \"2024-02-13 12:00\" \"Hubungi desk\"\n  \
        pantau-server directive --to place:62.06.13 --due \"2024-02-13 18:00\" \"Laporkan kondisi jalan\"\n\n\
        pantau-server directive --list\n  pantau-server directive --retract 0d9b…\n\n\
        The due time is local time of the election profile. Phones get the task at their next sync, and \
        stop showing one that is retracted. Retracting shows the task and asks; to undo it, give the task again.")]
    Directive(Directive),
    /// Show what disagrees, is missing or is silent, and close it
    #[command(after_long_help = "Examples:\n  \
        pantau-server finding --list\n  pantau-server finding --list --within 62.06.13\n  \
        pantau-server finding --close 1f3a… --why \"Kotak kelima ada di gudang\"\n  \
        pantau-server finding --close 1f3a… --place 62.06.13.2001/003 --why \"TPS 3 memakai kotak cadangan\"\n  \
        pantau-server finding --reopen 1f3a… --why \"Keliru ditutup\"\n\n\
        A finding is closed on the evidence of now: new evidence opens it again. A finding whose cause is cured by a \
        record closes by itself. --place closes it for some of its TPS only and leaves it open for the others.")]
    Finding(Finding),
    /// Stop trusting a phone that was lost or stolen
    #[command(after_long_help = "Examples:\n  pantau-server revoke --device 1f3a9c\n  \
        pantau-server revoke --officer 7\n  pantau-server revoke --device 1f3a9c --after 120\n  \
        pantau-server revoke --device 1f3a9c --undo\n\n\
        Shows first what will stop counting, and asks. What the server holds of the phone by now stays \
        trusted; --after N trusts only its records up to number N, --after 0 none. The phone gets no more \
        data; what it still sends is kept as evidence, listed by `uncounted`, and can be let in record by \
        record with `admit`. --undo trusts the phone again, with all it wrote. \
        Device ids are on the pages of officers; the first characters are enough.")]
    Revoke(Revoke),
    /// Let single records of a revoked phone count
    #[command(after_long_help = "Examples:\n  pantau-server admit --record 0d9b…\n  \
        pantau-server admit --record 0d9b… --undo\n\n\
        Shows the records and asks. The phone stays revoked. Ids are listed by `uncounted`.")]
    Admit(Admit),
    /// List every record that is held and does not count, with why
    #[command(after_long_help = "Examples:\n  pantau-server uncounted\n  pantau-server uncounted --json\n\n\
        These are records of revoked phones and of those that follow them. Quarantined records are on the \
        desk's page \"Quarantine\".")]
    Uncounted(Uncounted),
    /// Erase a name, phone number or note for ever, everywhere
    #[command(after_long_help = "Examples:\n  pantau-server erase --officer 7\n  \
        pantau-server erase --record 0d9b… --field Note\n\n\
        The text is deleted here and on every phone at its next sync; the record and its place in the chain \
        stay. This cannot be undone, and older backups still hold the text until they are deleted.")]
    Erase(Erase),
    /// Write everything into one encrypted file
    #[command(after_long_help = "Example:\n  pantau-server backup /media/usb/pantau-13feb.backup\n\n\
        Works while the server runs. The file holds log, keys and desk journal, encrypted with a passphrase: \
        PANTAU_PASSPHRASE, --passphrase-file, or typed; or to the public key of age that --recipient names. It is \
        a tar archive in the format of age: `age --decrypt` opens it, too.\n\n\
        The log is verified first. If it is not what was written, no backup is made, so that a good one is not \
        thrown away for it; --unverified then saves what is there to OUT.unverified.")]
    Backup(Backup),
    /// Bring a server back from a backup, in a new directory
    #[command(
        after_long_help = "Example:\n  pantau-server --data ./restored restore pantau-13feb.backup \\\n    \
        --journal ./pantau-data/desk.journal\n\n\
        Starts a new epoch: phones send again whatever the backup lacks. The desk's own records come back \
        from desk.journal, if the old directory or a copy of it is still there. Open enrolment codes are \
        void afterwards; make new ones with `enrol`.\n\n\
        The log in the backup is verified first; if it is damaged, the directory stays as it was. --unverified \
        restores it all the same, where no better one is left."
    )]
    Restore(Restore),
    /// Find out whether the log is still what was written
    #[command(after_long_help = super::verify::HELP)]
    Verify(super::verify::Options),
    /// Write the whole log as one JSON object a line
    #[command(after_long_help = "Example:\n  pantau-server export > log.ndjson\n  \
        pantau-server export --out log.ndjson\n\n\
        The file carries signatures and links, so that `verify FILE` proves it without this server. \
        With names and notes as they are held: treat the file as personal data. --out makes a file that \
        only its owner may read.")]
    Export(Export),
    /// Work out the state of all places anew from the log
    #[command(after_long_help = "Example:\n  pantau-server rebuild\n\n\
        What pages show is kept beside the log and follows from it. This makes it anew, beside the one that pages \
        read, and then puts it in its place. The server may be running. Needed when a page says so; a new \
        version does it by itself.")]
    Rebuild,
    /// Say how much the server holds
    #[command(after_long_help = "Example:\n  pantau-server stats --json")]
    Stats(Stats),
    /// People who sign in to the desk
    #[command(subcommand)]
    Operator(Operator),
    /// Show what operators did and read at the desk
    #[command(after_long_help = "Example:\n  pantau-server audit --operator siti --day 2026-11-28")]
    Audit(Audit),
    /// Tokens by which programs read what the desk knows
    #[command(
        subcommand,
        after_long_help = "Examples:\n  pantau-server token new --name papan-katingan --within 62.06\n  \
        pantau-server token list\n  pantau-server token revoke papan-katingan"
    )]
    Token(Token),
}

/// Options of `init`.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The place this desk watches over: the code of its province.
    #[arg(long, value_name = "CODE", default_value = "62")]
    pub(crate) place: Place,
    /// Name of the desk, shown as author of what it writes.
    #[arg(long, value_name = "NAME", default_value = "Desk Pemilu")]
    pub(crate) name: String,
    /// User name of the first operator.
    #[arg(long, value_name = "NAME", default_value = "admin")]
    pub(crate) operator: String,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address to listen on.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8413")]
    pub(crate) listen: SocketAddr,
    /// Certificate chain, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Address by which phones and browsers reach this server, with the path under which a proxy keeps it, if any:
    /// https://host/pantau. https makes cookies secure.
    #[arg(long, value_name = "URL", env = "PANTAU_URL", value_parser = address::read)]
    pub(crate) url: Option<String>,
    /// Base URL by which phones will reach this server after a move: they are told with every reply, ask there first,
    /// and stay there once it answers. Serve at both addresses until all have come.
    #[arg(long, value_name = "URL", value_parser = address::read)]
    pub(crate) moving_to: Option<String>,
    /// Address or network of a reverse proxy whose X-Forwarded-For is believed; may be given several times.
    #[arg(long = "trusted-proxy", value_name = "CIDR|IP")]
    pub(crate) trusted_proxies: Vec<Proxy>,
    /// Address on which /metrics is told, over plain HTTP; nowhere without. Keep it from the public.
    #[arg(long, value_name = "ADDR")]
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// The clock of this machine is right although the log knows a later time: it was ahead before.
    #[arg(long)]
    pub(crate) clock_is_right: bool,
    /// Log as one JSON object a line.
    #[arg(long)]
    pub(crate) log_json: bool,
    /// Records one phone may add in a day (UTC); beyond, it is told to come back the next day, loses nothing,
    /// and the desk sees it under "Officers". A revoked phone: 200.
    #[arg(long, value_name = "N", default_value_t = Quota::default().trusted.records)]
    pub(crate) quota_records: u64,
    /// Bytes on the server's disk one phone may add in a day. A revoked phone: 262144.
    #[arg(long, value_name = "BYTES", default_value_t = Quota::default().trusted.bytes)]
    pub(crate) quota_bytes: u64,
    /// Hours between two full verifications of the log; 0 makes none.
    #[arg(long, value_name = "HOURS", default_value_t = pantau_log::verify::watch::EVERY_HOURS)]
    pub(crate) verify_every: u32,
}

/// Options of `enrol`.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("whom").required(true).args(["officer", "all"]))]
pub(crate) struct Enrol {
    /// Number of the officer.
    #[arg(long, value_name = "N")]
    pub(crate) officer: Option<u32>,
    /// Every officer who has no working phone.
    #[arg(long, requires = "out")]
    pub(crate) all: bool,
    /// New file for the codes, CSV: whose each is, and its QR text.
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) out: Option<PathBuf>,
    /// New file with a card to print for each code.
    #[arg(long, value_name = "FILE.html", requires = "out")]
    pub(crate) cards: Option<PathBuf>,
    /// Address of this server as phones reach it, without a page behind it; it is part of the QR code.
    #[arg(long, value_name = "URL", env = "PANTAU_URL", default_value = LOCAL_URL, value_parser = address::read)]
    pub(crate) url: String,
    /// Hours until the code is void.
    #[arg(long, value_name = "H", default_value_t = 72, value_parser = clap::value_parser!(u32).range(1..=24 * 60))]
    pub(crate) hours: u32,
}

/// Options of `directive`.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("act").required(true).args(["to", "retract", "list"]))]
pub(crate) struct Directive {
    /// To whom: officer:N, role:NAME@PLACE, or place:PLACE for everyone there.
    #[arg(long, value_name = "TO", requires_all = ["due", "text"])]
    pub(crate) to: Option<pantau_log::ops::To>,
    /// When it must be done, local time of the profile: "2024-02-13 18:00".
    #[arg(long, value_name = "TIME", requires = "to")]
    pub(crate) due: Option<String>,
    /// What to do.
    #[arg(value_name = "TEXT", requires = "to")]
    pub(crate) text: Option<String>,
    /// Take this directive back.
    #[arg(long, value_name = "ID")]
    pub(crate) retract: Option<String>,
    /// Show the directives that stand, with their ids.
    #[arg(long)]
    pub(crate) list: bool,
    /// Why it is taken back: a note beside the retraction.
    #[arg(long, value_name = "TEXT", requires = "retract")]
    pub(crate) why: Option<String>,
    /// Do not ask.
    #[arg(long, conflicts_with = "list")]
    pub(crate) yes: bool,
}

/// Options of `finding`.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("act").required(true).args(["list", "close", "reopen"]))]
pub(crate) struct Finding {
    /// Show the findings that are open, with their ids.
    #[arg(long)]
    pub(crate) list: bool,
    /// Those that are closed, too.
    #[arg(long, requires = "list")]
    pub(crate) all: bool,
    /// Only those of this region or TPS.
    #[arg(long, value_name = "CODE", requires = "list", value_parser = Place::typed)]
    pub(crate) within: Option<Place>,
    /// Close this finding.
    #[arg(long, value_name = "ID", requires = "why")]
    pub(crate) close: Option<pantau_protocol::body::FindingId>,
    /// Open a finding again that was closed.
    #[arg(long, value_name = "ID", requires = "why")]
    pub(crate) reopen: Option<pantau_protocol::body::FindingId>,
    /// Only for this TPS; may be repeated.
    #[arg(long, value_name = "CODE", conflicts_with = "list", value_parser = Place::typed)]
    pub(crate) place: Vec<Place>,
    /// The reason: a note beside the ruling.
    #[arg(long, value_name = "TEXT", conflicts_with = "list")]
    pub(crate) why: Option<String>,
    /// Do not ask.
    #[arg(long, conflicts_with = "list")]
    pub(crate) yes: bool,
}

/// Options of `revoke`.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("which").required(true).args(["device", "officer"]))]
pub(crate) struct Revoke {
    /// Id of the phone, or its first characters.
    #[arg(long, value_name = "ID")]
    pub(crate) device: Option<String>,
    /// All phones of this officer.
    #[arg(long, value_name = "N", conflicts_with = "after")]
    pub(crate) officer: Option<u32>,
    /// Trust only records up to this number.
    #[arg(long, value_name = "SEQ", conflicts_with = "undo")]
    pub(crate) after: Option<u64>,
    #[command(flatten)]
    pub(crate) decide: Decide,
}

/// Options of `admit`.
#[derive(Debug, Args)]
pub(crate) struct Admit {
    /// Id of the record; may be given several times.
    #[arg(long, value_name = "ID", required = true)]
    pub(crate) record: Vec<String>,
    #[command(flatten)]
    pub(crate) decide: Decide,
}

/// What every decision about trust is given with.
#[derive(Debug, Args)]
pub(crate) struct Decide {
    /// Take the decision back: a revoked phone's records count again, admitted ones no more.
    #[arg(long)]
    pub(crate) undo: bool,
    /// Why: a note beside the decision.
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Options of `uncounted`.
#[derive(Debug, Args)]
pub(crate) struct Uncounted {
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `erase`.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("what").required(true).args(["officer", "record"]))]
pub(crate) struct Erase {
    /// Name and phone number of this officer.
    #[arg(long, value_name = "N")]
    pub(crate) officer: Option<u32>,
    /// A note of this record.
    #[arg(long, value_name = "ID", requires = "field")]
    pub(crate) record: Option<String>,
    /// Which note: Note, Informant, Receiver, Name, Phone, Need, Vehicle, Escort.
    #[arg(long, value_name = "FIELD")]
    pub(crate) field: Option<String>,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Where a passphrase comes from.
#[derive(Debug, Args)]
pub(crate) struct Passphrase {
    /// File whose first line is the passphrase; otherwise PANTAU_PASSPHRASE or typed.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// Options of `backup`.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file to write; it must not exist.
    #[arg(value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// Save a damaged server as it is, to OUT.unverified.
    #[arg(long)]
    pub(crate) unverified: bool,
    /// Public key of age (age1…) to encrypt to instead of a passphrase; may be given several times.
    #[arg(long, value_name = "AGE1", conflicts_with = "passphrase_file")]
    pub(crate) recipient: Vec<String>,
    #[command(flatten)]
    pub(crate) passphrase: Passphrase,
}

/// Options of `restore`.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup.
    #[arg(value_name = "IN")]
    pub(crate) from: PathBuf,
    /// desk.journal of the lost server, if it survived.
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// Restore a backup that cannot be verified.
    #[arg(long)]
    pub(crate) unverified: bool,
    /// Private keys of age, as age-keygen writes them, for a backup made with --recipient.
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_file")]
    pub(crate) identity: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) passphrase: Passphrase,
}

/// Options of `export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// File to write; standard output if none.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Options of `stats`.
#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// As one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests;
