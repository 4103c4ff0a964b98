//! Chromium, driven by chromedriver. What a test waits for is a condition in the page, with a deadline.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator, wd::Capabilities, wd::TimeoutConfiguration};
use hyper_util::client::legacy::connect::HttpConnector;
use pantau_env::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{self, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::PASSWORD;

/// Longest that anything in a page may take, so that a test ends in any case.
const LONGEST: Duration = Duration::from_secs(120);

/// How often a driver is started that gave up.
const STARTS: usize = 5;

/// The key to the next field.
const TAB: &str = "\u{E004}";
/// The key that presses what has the focus.
pub const ENTER: &str = "\u{E007}";

/// One browser with one window. Its driver ends with it.
#[derive(Debug)]
pub struct Browser {
    /// The session, for what is not here.
    pub client: Client,
    driver: Child,
    /// Where the driver listens.
    port: u16,
    site: String,
    _profile: TempDir,
}

impl Browser {
    /// A browser with a window of this size in CSS pixels, for the pages of a server.
    pub async fn open(site: SocketAddr, (width, height): (u32, u32)) -> Self {
        let (driver, port) = (0..STARTS).find_map(|_| driver()).expect("chromedriver names its port");
        let profile = tempfile::tempdir().unwrap();
        let mut options = json!({"args": [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
            "--no-first-run", "--disable-background-networking",
            format!("--user-data-dir={}", profile.path().display()),
        ]});
        options["mobileEmulation"] =
            json!({"deviceMetrics": {"width": width, "height": height, "pixelRatio": 1.0, "touch": false}});
        let mut wanted = Capabilities::new();
        wanted.insert("goog:chromeOptions".into(), options);
        wanted.insert("goog:loggingPrefs".into(), json!({"browser": "ALL"}));
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(wanted).connect(&format!("http://127.0.0.1:{port}")).await.unwrap();
        client.update_timeouts(TimeoutConfiguration::new(Some(LONGEST), Some(LONGEST), None)).await.unwrap();
        Self { client, driver, port, site: format!("http://{site}"), _profile: profile }
    }

    /// The same, signed in as `siti`.
    pub async fn signed_in(site: SocketAddr, size: (u32, u32)) -> Self {
        Self::signed_in_as(site, size, "siti").await
    }

    /// The same, signed in as another operator.
    pub async fn signed_in_as(site: SocketAddr, size: (u32, u32), name: &str) -> Self {
        let browser = Self::open(site, size).await;
        browser.sign_in(name, PASSWORD).await;
        browser
    }

    /// Signs in.
    pub async fn sign_in(&self, name: &str, password: &str) {
        self.goto("/sign-in").await;
        self.fill("#username", name).await;
        self.fill("#password", password).await;
        self.click(".sign-in button").await;
        self.client.wait().at_most(LONGEST).for_element(Locator::Id("fresh")).await.unwrap();
    }

    /// Presses the tabulator until what has the focus is meant, and types there: `e` is that element. Panics where the
    /// keyboard does not reach it.
    pub async fn at(&self, meant: &str, keys: &str) {
        let is_meant = format!("(e => !!e && !!({meant}))(document.activeElement)");
        for _ in 0..120 {
            if self.value(&is_meant).await.as_bool().unwrap_or(false) {
                if !keys.is_empty() {
                    self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
                }
                return;
            }
            self.client.active_element().await.unwrap().send_keys(TAB).await.unwrap();
        }
        panic!("the keyboard does not reach {meant}");
    }

    /// Clicks what a selector finds first; once more where news put something else in its place meanwhile.
    pub async fn click(&self, css: &str) {
        if self.client.find(Locator::Css(css)).await.unwrap().click().await.is_err() {
            self.client.find(Locator::Css(css)).await.unwrap().click().await.unwrap();
        }
    }

    /// Types into the field that a selector finds first.
    pub async fn fill(&self, css: &str, text: &str) {
        self.client.find(Locator::Css(css)).await.unwrap().send_keys(text).await.unwrap();
    }

    /// Goes to a page, which is there when this returns.
    pub async fn goto(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.site)).await.unwrap();
    }

    /// The value of an expression in the page.
    pub async fn value(&self, expression: &str) -> Value {
        self.client.execute(&format!("return ({expression});"), Vec::new()).await.unwrap()
    }

    /// The text of an expression in the page.
    pub async fn text(&self, expression: &str) -> String {
        self.value(expression).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression holds in the page, at most so long; how long that took. Panics beyond.
    pub async fn until(&self, expression: &str, at_most: Duration) -> Duration {
        let script = format!(
            "const done = arguments[arguments.length - 1], from = performance.now();\
             const look = () => {{\
               let holds = false; try {{ holds = ({expression}); }} catch {{}}\
               const took = performance.now() - from;\
               if (holds) done(took); else if (took > {}) done(null); else setTimeout(look, 20);\
             }}; look();",
            at_most.as_millis()
        );
        let clock = SystemClock::new();
        let took = loop {
            match self.client.execute_async(&script, Vec::new()).await {
                Ok(took) => break took,
                // The page was left while it was looked at: the next one is looked at.
                Err(_) if clock.monotonic() < at_most => {}
                Err(error) => panic!("{expression}: {error}"),
            }
        };
        let Some(took) = took.as_f64() else {
            let (url, main) = (self.text("location.href").await, self.text("document.body.innerText").await);
            panic!("after {at_most:?} not yet: {expression}\n{url}\n{main}");
        };
        Duration::from_secs_f64(took / 1000.0)
    }

    /// What the browser complained of since it was asked last: what the policy of a page kept from it, and errors, but for
    /// forms that the desk did not take.
    pub async fn complaints(&self) -> Vec<String> {
        let said = self.driver("se/log", &json!({"type": "browser"})).await;
        let lines = said.as_array().unwrap_or_else(|| panic!("no log: {said}"));
        let said = lines.iter().map(|line| format!("{}: {}", line["level"], line["message"]));
        said.filter(|line| !line.contains("the server responded with a status of 4")).collect()
    }

    /// The window as a picture in WebP, as the browser packs it.
    pub async fn picture(&self) -> Vec<u8> {
        let params = json!({"format": "webp", "quality": 55});
        let asked = json!({"cmd": "Page.captureScreenshot", "params": params});
        unpacked(self.driver("goog/cdp/execute", &asked).await["data"].as_str().unwrap())
    }

    /// Asks the driver for what its common commands do not have.
    async fn driver(&self, command: &str, asked: &Value) -> Value {
        let (session, asked) = (self.client.session_id().await.unwrap().unwrap(), asked.to_string());
        let head = format!("POST /session/{session}/{command} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n", self.port);
        let body = format!("Content-Length: {}\r\n\r\n{asked}", asked.len());
        let mut driver = io::BufReader::new(TcpStream::connect(("127.0.0.1", self.port)).await.unwrap());
        driver.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        // It keeps the connection open: as many bytes are read as it says.
        let (mut line, mut length) = (String::new(), 0);
        while driver.read_line(&mut line).await.unwrap() > 2 {
            let field = line.split_once(':').filter(|(key, _)| key.eq_ignore_ascii_case("content-length"));
            length = field.map_or(length, |(_, value)| value.trim().parse().unwrap());
            line.clear();
        }
        let mut said = vec![0; length];
        driver.read_exact(&mut said).await.unwrap();
        let mut said: Value = serde_json::from_slice(&said).unwrap();
        said["value"].take()
    }

    /// Fetches pages and sends forms from within the open page, as `plant.js` says; what in the answers nobody but
    /// somebody who planted it put there. Without steps the open page itself is looked at.
    pub async fn planted(&self, steps: Vec<Value>) -> Vec<String> {
        let found =
            self.client.execute_async(include_str!("plant.js"), vec![Value::Array(steps)]).await.unwrap();
        let found = found.as_array().unwrap();
        found.iter().map(|fault| fault.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// What axe finds that is serious, moderate or critical.
    pub async fn axe(&self) -> Vec<String> {
        let file = env::var("PANTAU_AXE").expect("PANTAU_AXE is set by `cargo xtask test --only browser`");
        self.client.execute(&fs::read_to_string(file).unwrap(), Vec::new()).await.unwrap();
        let script = "const done = arguments[arguments.length - 1];\
            axe.run(document, {resultTypes: ['violations']}).then(\
              found => done(found.violations.map(v => [v.impact, v.id, v.help, ...v.nodes.slice(0, 3).map(n => n.html)])),\
              error => done([['critical', 'axe', String(error)]]));";
        let found = self.client.execute_async(script, Vec::new()).await.unwrap();
        let is_grave = |v: &&Value| matches!(v[0].as_str(), Some("critical" | "serious" | "moderate"));
        found.as_array().unwrap().iter().filter(is_grave).map(ToString::to_string).collect()
    }
}

/// A driver and its port; `None` where it gave up: it wants one port in both families of addresses, and another program
/// may have taken that in the other one.
fn driver() -> Option<(Child, u16)> {
    let mut driver = Command::new("chromedriver");
    let mut driver = driver.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut said = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = said.find_map(|line| {
        line.split("successfully on port ").nth(1).and_then(|p| p.trim_end_matches('.').parse().ok())
    });
    let Some(port) = port else {
        driver.wait().unwrap();
        return None;
    };
    // Read on, or the driver would wait for us.
    std::thread::spawn(move || said.for_each(drop));
    Some((driver, port))
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser ends with its driver.
        let _ = rustix::process::kill_process(
            rustix::process::Pid::from_child(&self.driver),
            rustix::process::Signal::TERM,
        );
        let _ = self.driver.wait();
    }
}

/// Bytes of a text in base64.
fn unpacked(text: &str) -> Vec<u8> {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for sign in text.bytes().filter(|sign| *sign != b'=') {
        let six = SIGNS.iter().position(|other| *other == sign).expect("base64");
        (held, bits) = (held << 6 | u32::try_from(six).unwrap(), bits + 6);
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).unwrap());
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_unpacked() {
        assert_eq!(unpacked("UElGRg=="), b"PIFF");
        assert_eq!(unpacked("/+8A"), [0xff, 0xef, 0]);
    }
}
