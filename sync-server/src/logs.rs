//! Structured logs. Fields are device ids, place codes, counts and times: never names, texts, secrets or
//! where a person was.

/// Sends the program's log to standard error, as text or as one JSON object per line. A second call does
/// nothing.
pub fn init(json: bool, level: tracing::Level) {
    let base = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr);
    // Fails only where a log is set up already.
    let _ = if json { base.json().try_init() } else { base.with_target(false).try_init() };
}
