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

use crate::PASSWORD;

/// Longest that anything in a page may take, so that a test ends in any case.
const LONGEST: Duration = Duration::from_secs(120);

/// One browser with one window. Its driver ends with it.
#[derive(Debug)]
pub struct Browser {
    /// The session, for what is not here.
    pub client: Client,
    driver: Child,
    site: String,
    _profile: TempDir,
}

impl Browser {
    /// A browser with a window of this size in CSS pixels, for the pages of a server.
    pub async fn open(site: SocketAddr, (width, height): (u32, u32)) -> Self {
        let mut driver = Command::new("chromedriver");
        let mut driver = driver.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = said.find_map(|line| {
            line.split("successfully on port ").nth(1).map(|p| p.trim_end_matches('.').to_owned())
        });
        let port = port.expect("chromedriver names its port");
        std::thread::spawn(move || said.for_each(drop));
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
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(wanted).connect(&format!("http://127.0.0.1:{port}")).await.unwrap();
        client.update_timeouts(TimeoutConfiguration::new(Some(LONGEST), Some(LONGEST), None)).await.unwrap();
        Self { client, driver, site: format!("http://{site}"), _profile: profile }
    }

    /// The same, signed in as `siti`.
    pub async fn signed_in(site: SocketAddr, size: (u32, u32)) -> Self {
        Self::signed_in_as(site, size, "siti").await
    }

    /// The same, signed in as another operator.
    pub async fn signed_in_as(site: SocketAddr, size: (u32, u32), name: &str) -> Self {
        let browser = Self::open(site, size).await;
        browser.goto("/sign-in").await;
        browser.client.find(Locator::Id("username")).await.unwrap().send_keys(name).await.unwrap();
        browser.client.find(Locator::Id("password")).await.unwrap().send_keys(PASSWORD).await.unwrap();
        browser.client.find(Locator::Css(".sign-in button")).await.unwrap().click().await.unwrap();
        browser.client.wait().at_most(LONGEST).for_element(Locator::Id("fresh")).await.unwrap();
        browser
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
