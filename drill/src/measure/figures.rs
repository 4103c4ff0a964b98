//! How each figure is taken.

use std::{collections::HashMap, fs};

use pantau_log::{DataDir, ops, store};

use super::{
    Measure,
    child::Process,
    slow::{self, SlowLink},
    stage::{self, Stage, number, sync},
    table::Table,
    workload::CheckIn,
};
use crate::stage::DrillError;

/// A port of its own on loopback.
const LOOPBACK: &str = "127.0.0.1:0";

fn around(e: impl std::fmt::Display) -> DrillError {
    DrillError::around(e)
}

/// So many check-ins from there on.
fn span(all: &[CheckIn], from: usize, count: usize) -> &[CheckIn] {
    all.get(from..(from + count).min(all.len())).unwrap_or_default()
}

/// Bytes on the wire.
///
/// # Errors
/// See [`super::measure`].
pub async fn bytes(all: &[CheckIn], table: &mut Table) -> Result<(), DrillError> {
    let keys = [
        "up_bytes_1",
        "up_bytes_50",
        "up_bytes_1000",
        "exchange_bytes_50",
        "requests_per_sync",
        "idle_bytes",
    ];
    if !table.wants(&keys) {
        return Ok(());
    }
    let stage = Stage::new(all, LOOPBACK)?;
    let (mut phone, counts) = stage.phone(1).await?;
    let (mut other, _) = stage.phone(2).await?;
    let mut at = 0;
    let sizes = [("up_bytes_1", 1, 40), ("up_bytes_50", 50, 7), ("up_bytes_1000", 1_000, 3)];
    let (mut whole, mut idle, mut requests) = (Vec::new(), Vec::new(), Vec::new());
    for (key, size, runs) in sizes {
        let mut ups = Vec::new();
        for _ in 0..runs {
            phone.give("capture", span(all, at, size))?;
            at += size;
            let before = counts.passed();
            sync(&mut phone)?;
            let passed = counts.passed() - before;
            ups.push(passed.body_up as f64 / size as f64);
            if size == 50 {
                whole.push((passed.up + passed.down) as f64);
            }
        }
        table.put(key, ups);
    }
    for _ in 0..5 {
        // Somebody else says something, so that there is something to pull too.
        other.give("capture", span(all, at, 5))?;
        sync(&mut other)?;
        phone.give("capture", span(all, at + 5, 5))?;
        at += 10;
        let before = counts.passed();
        let said = sync(&mut phone)?;
        if number(&said, "received") < 1.0 {
            return Err(around("a sync that should have pulled did not"));
        }
        requests.push((counts.passed() - before).requests as f64);
        let before = counts.passed();
        sync(&mut phone)?;
        let passed = counts.passed() - before;
        idle.push((passed.up + passed.down) as f64);
    }
    table.put("exchange_bytes_50", whole);
    table.put("requests_per_sync", requests);
    table.put("idle_bytes", idle);
    Ok(())
}

/// What a durable capture costs beside a plain insert.
///
/// # Errors
/// See [`super::measure`].
pub async fn capture(all: &[CheckIn], table: &mut Table) -> Result<(), DrillError> {
    if !table.wants(&["capture_ratio", "capture_fsyncs"]) {
        return Ok(());
    }
    let stage = Stage::new(all, LOOPBACK)?;
    let (mut phone, _) = stage.phone(1).await?;
    let mut ratios = Vec::new();
    for round in 0..5 {
        let said = phone.give("race", span(all, round * 200, 200))?;
        ratios.push(number(&said, "insert_s") / number(&said, "capture_s"));
    }
    table.put("capture_ratio", ratios);
    drop(phone);
    let trace = stage.path("trace");
    let wrapper = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", &trace.to_string_lossy()];
    let traced = stage.phone_under(&wrapper, "hp-1");
    let Ok(mut phone) = traced else {
        table.skip("capture_fsyncs", "no strace here (package strace)");
        return Ok(());
    };
    let count = || fs::read_to_string(&trace).map(|t| t.lines().filter(|l| l.contains("sync(")).count());
    // One to warm up: the first write after an open may tidy up. Now and then the log of the database is
    // written back, which takes two more.
    phone.give("capture", span(all, 1_000, 1))?;
    let (mut each, mut before) = (Vec::new(), count().map_err(around)?);
    for n in 1..=100 {
        phone.give("capture", span(all, 1_000 + n, 1))?;
        let after = count().map_err(around)?;
        each.push((after - before) as f64);
        before = after;
    }
    table.put("capture_fsyncs", each);
    Ok(())
}

/// Seconds and memory of a push of 1,000.
///
/// # Errors
/// See [`super::measure`].
pub fn speed(options: &Measure, all: &[CheckIn], table: &mut Table) -> Result<(), DrillError> {
    if !table.wants(&["push_1000_ratio", "rss_phone_mb", "rss_server_mb"]) {
        return Ok(());
    }
    let mut ratios = Vec::new();
    for run in 0..5 {
        // Both as an app is that was opened to send: fresh processes, and no records but these.
        let mut stage = Stage::new(all, LOOPBACK)?;
        let mut phone = stage.phone_under(&[], "hp-1")?;
        stage::enrol(&mut phone, &stage.code(1, &stage.addr.to_string())?)?;
        sync(&mut phone)?;
        let file = stage.path("plain.db").to_string_lossy().into_owned();
        let mut plain = Process::start(&[], &["baseline", &file, LOOPBACK])?;
        let to = plain.hear()?["addr"].as_str().unwrap_or_default().to_owned();
        phone.give("capture", span(all, run * 1_000, 1_000))?;
        let ours = number(&sync(&mut phone)?, "seconds");
        let mut poster = poster(options, &[], &to)?;
        let theirs = number(&poster.ask(&format!("post 9 {} 1000", run * 1_000))?, "seconds");
        ratios.push(ours / theirs);
        if run == 0 {
            table.put("rss_phone_mb", vec![number(&phone.ask("peak")?, "peak_mb")]);
            table.put("rss_server_mb", vec![number(&stage.server.ask("peak")?, "peak_mb")]);
        }
    }
    table.put("push_1000_ratio", ratios);
    Ok(())
}

fn poster(options: &Measure, wrapper: &[&str], to: &str) -> Result<Process, DrillError> {
    let workload = options.ndjson.as_ref().map(|w| w.to_string_lossy().into_owned());
    let mut args = vec!["poster", to];
    args.extend(workload.as_deref());
    let mut poster = Process::start(wrapper, &args)?;
    poster.hear()?;
    Ok(poster)
}

/// Cuts at many offsets of an exchange, and one in the middle of a push of 1,000.
///
/// # Errors
/// See [`super::measure`].
pub async fn cuts(all: &[CheckIn], table: &mut Table) -> Result<(), DrillError> {
    if !table.wants(&["lost", "doubled", "false_acks", "resent_ratio"]) {
        return Ok(());
    }
    let stage = Stage::new(all, LOOPBACK)?;
    let (mut phone, counts) = stage.phone(1).await?;
    let dir = DataDir::new(stage.path("server"));
    let log = ops::open(&dir, &stage::env()).map_err(around)?;
    let times_held = || -> Result<HashMap<String, u32>, DrillError> {
        let rows = store::read(log.store(), |view| view.desk_rows(0, 1_000_000)).map_err(around)?;
        let ids = rows.iter().filter(|r| !r.entry.payload.is_empty()).map(|r| r.entry.id.to_string());
        Ok(ids.fold(HashMap::new(), |mut all, id| {
            *all.entry(id).or_default() += 1;
            all
        }))
    };
    let listed = |said: &serde_json::Value, key: &str| -> Vec<String> {
        let list = said[key].as_array().cloned().unwrap_or_default();
        list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
    };
    let mut false_acks = 0;
    // An exchange of 5 is about 900 bytes up and 600 down.
    let ups = (0..60).map(|n| (Some(n * 16), None));
    let downs = (0..60).map(|n| (None, Some(n * 11)));
    for ((up, down), n) in ups.chain(downs).zip(0..) {
        phone.give("capture", span(all, n * 5, 5))?;
        counts.cut_after(up, down);
        phone.ask("sync")?;
        counts.cut_after(None, None);
        let (held, log) = (listed(&phone.ask("held")?, "held"), times_held()?);
        false_acks += held.iter().filter(|id| !log.contains_key(*id)).count();
        sync(&mut phone)?;
    }
    let (saved, held) = (listed(&phone.ask("held")?, "saved"), times_held()?);
    table.put("lost", vec![saved.iter().filter(|id| !held.contains_key(*id)).count() as f64]);
    table.put("doubled", vec![held.values().filter(|n| **n > 1).count() as f64]);
    table.put("false_acks", vec![false_acks as f64]);
    let mut ratios = Vec::new();
    for run in 0..3 {
        phone.give("capture", span(all, 1_000 + 2_000 * run, 1_000))?;
        let before = counts.passed();
        sync(&mut phone)?;
        let whole = (counts.passed() - before).up;
        phone.give("capture", span(all, 2_000 + 2_000 * run, 1_000))?;
        counts.cut_after(Some(whole / 2), None);
        phone.ask("sync")?;
        counts.cut_after(None, None);
        let before = counts.passed();
        sync(&mut phone)?;
        ratios.push((counts.passed() - before).up as f64 / whole as f64);
    }
    table.put("resent_ratio", ratios);
    Ok(())
}

/// Over the 2G link: a push of 50 beside a plain POST, and a camat's first sync.
///
/// # Errors
/// See [`super::measure`].
pub async fn slow_link(options: &Measure, all: &[CheckIn], table: &mut Table) -> Result<(), DrillError> {
    let keys = ["slow_link_ratio", "first_sync_bytes", "first_sync_s"];
    if !table.wants(&keys) {
        return Ok(());
    }
    let _link = match SlowLink::up(1) {
        Ok(link) => link,
        Err(why) => {
            keys.into_iter().for_each(|key| table.skip(key, &why));
            return Ok(());
        }
    };
    let at_server = format!("{}:0", slow::SERVER);
    let stage = Stage::new(all, &at_server)?;
    let mut phone = stage.phone_under(&slow::AT_PHONE, "hp-1")?;
    stage::enrol(&mut phone, &stage.code(1, &stage.addr.to_string())?)?;
    sync(&mut phone)?;
    let file = stage.path("plain.db").to_string_lossy().into_owned();
    let mut plain = Process::start(&[], &["baseline", &file, &at_server])?;
    let to = plain.hear()?["addr"].as_str().unwrap_or_default().to_owned();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for run in 0..9 {
        phone.give("capture", span(all, run * 50, 50))?;
        // A phone that comes back after hours has no connection left.
        drop(phone);
        phone = stage.phone_under(&slow::AT_PHONE, "hp-1")?;
        ours.push(number(&sync(&mut phone)?, "seconds"));
        let mut poster = poster(options, &slow::AT_PHONE, &to)?;
        theirs.push(number(&poster.ask(&format!("post 19 {} 50", run * 50))?, "seconds"));
    }
    let median = |all: &mut Vec<f64>| {
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
    };
    // A lost packet costs a second on either side: medians, not pairs.
    table.put("slow_link_ratio", vec![median(&mut ours) / median(&mut theirs)]);
    super::pulls::first_sync(table).await
}
