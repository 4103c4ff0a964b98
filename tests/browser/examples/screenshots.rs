//! The main pages of the desk as pictures: `cargo xtask screenshots`.
//!
//! Takes the program of the drill and the folder of the pictures. It plays a small drill up to the eve, when the desk page
//! is up, and ends it. Chromium packs the pictures itself, as WebP: small enough to be kept beside the text.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a tool of the workspace that has nothing to do but fail loudly"
)]

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use pantau_browser::Browser;

const DESK: (u32, u32) = (1440, 900);
const PHONE: (u32, u32) = (360, 780);
/// Most bytes of all pictures together.
const MOST: usize = 400_000;
/// Longest that a page may take to come.
const SOON: Duration = Duration::from_secs(30);

/// A drill that was played to the eve, with its desk page up. It ends with this.
struct Drill {
    child: Child,
    said: Vec<String>,
}

impl Drill {
    fn play(program: &Path) -> Self {
        let mut drill = Command::new(program);
        let drill = drill.args(["--quick", "--seed", "1"]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = drill.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let mut said = Vec::new();
        for line in lines.by_ref() {
            let is_up = line.contains("Ctrl-C ends the drill");
            said.push(line);
            if is_up {
                break;
            }
        }
        // Read on, or the drill would wait for us.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, said }
    }

    /// What it prints behind a word.
    fn told(&self, word: &str) -> String {
        let line = self.said.iter().find_map(|line| line.trim().strip_prefix(word));
        line.unwrap_or_else(|| panic!("no {word} in {:?}", self.said)).trim().to_owned()
    }
}

impl Drop for Drill {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Stores the window of a browser; how many bytes that takes.
async fn store(browser: &Browser, folder: &Path, name: &str) -> usize {
    // That the operator of a drill has no one-time codes is of no interest to anybody here.
    let hide = "(s => { s.replaceSync('#alarms { display: none }'); document.adoptedStyleSheets.push(s); })(new CSSStyleSheet())";
    browser.value(hide).await;
    browser.until("document.readyState === 'complete' && document.fonts.status === 'loaded'", SOON).await;
    let picture = browser.picture().await;
    fs::write(folder.join(format!("{name}.webp")), &picture).unwrap();
    println!("{name}.webp: {} bytes", picture.len());
    picture.len()
}

#[tokio::main]
async fn main() {
    let mut args = env::args_os().skip(1).map(PathBuf::from);
    let (program, folder) = (args.next().expect("the program of the drill"), args.next().expect("a folder"));
    fs::create_dir_all(&folder).unwrap();
    let drill = Drill::play(&program);
    let site = drill.told("Desk page:");
    let site = site.trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
    let (name, password) = (drill.told("User name:"), drill.told("Password:"));

    let desk = Browser::open(site, DESK).await;
    desk.sign_in(&name, &password).await;
    let mut bytes = 0;
    for (path, name) in [("/", "first-screen"), ("/attention", "needs-attention")] {
        desk.goto(path).await;
        bytes += store(&desk, &folder, name).await;
    }
    desk.goto("/findings").await;
    let first =
        |path: &str| format!("document.querySelector('main a[href^=\"{path}\"]').getAttribute('href')");
    let finding = desk.text(&first("/finding/")).await;
    desk.goto(&finding).await;
    bytes += store(&desk, &folder, "finding").await;
    let tps = desk.text(&first("/tps/")).await;
    desk.goto(&tps).await;
    bytes += store(&desk, &folder, "tps").await;
    desk.goto(&format!("/report?place={}&kind=receive", tps.trim_start_matches("/tps/"))).await;
    bytes += store(&desk, &folder, "told-report").await;
    drop(desk);

    let phone = Browser::open(site, PHONE).await;
    phone.sign_in(&name, &password).await;
    phone.goto("/").await;
    bytes += store(&phone, &folder, "first-screen-phone").await;
    assert!(bytes <= MOST, "the pictures have {bytes} bytes together");
}
