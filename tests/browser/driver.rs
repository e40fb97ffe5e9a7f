//! Opens a file in headless Chromium through WebDriver. Shared by the tests of HTML pages.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::LoggingPrefsLogLevel;
use thirtyfour::prelude::*;

/// Timeout of every wait.
const PATIENCE: Duration = Duration::from_secs(30);

/// A page in a separate browser.
pub(crate) struct Page {
    web: WebDriver,
    /// Where the file is, as an address.
    address: String,
}

/// The medium of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Medium {
    Light,
    Dark,
    Print,
}

/// Opens a file, passes it to `test`, and ends the browser in any case. Warnings in the console fail the test.
pub(crate) async fn open(file: &Path, test: impl AsyncFnOnce(&Page)) {
    let driver = Driver::start();
    let web = driver.browser().await;
    let page = Page { web, address: format!("file://{}", file.display()) };
    let whole = async {
        page.go("").await;
        test(&page).await;
        assert_eq!(page.complaints().await, [] as [String; 0], "the page complained");
    };
    let ended = AssertUnwindSafe(whole).catch_unwind().await;
    let closed = page.web.quit().await;
    ended.unwrap_or_else(|panic| resume_unwind(panic));
    closed.unwrap();
}

/// The accessibility rules that the page violates now: rule, description and place.
pub(crate) async fn axe(page: &Page) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/axe/axe.min.js");
    let script = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("failed to read `{}`: {error}\nhelp: run `.ci/setup tests`, which fetches it", path.display())
    });
    page.run(&script).await;
    let found: Vec<Value> = page.wait_for("axe.run({resultTypes: ['violations']}).then((found) => found.violations)").await;
    let place = |node: &Value| format!("{} {}", node["target"], node["failureSummary"].as_str().unwrap_or_default());
    let in_words = |rule: &Value| {
        let places: Vec<String> = rule["nodes"].as_array().into_iter().flatten().take(5).map(place).collect();
        format!("{}: {}\n  {}", rule["id"], rule["help"], places.join("\n  "))
    };
    found.iter().map(in_words).collect()
}

impl Page {
    /// Goes to a place of the page, with everything as if it had just been opened.
    pub(crate) async fn go(&self, fragment: &str) {
        // A change of the fragment alone would load nothing.
        self.web.goto("about:blank").await.unwrap();
        self.web.goto(format!("{}{fragment}", self.address)).await.unwrap();
    }

    /// The value of an expression in the page.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, expression: &str) -> T {
        let answer = self.web.execute(format!("return {expression}"), Vec::new()).await;
        let answer = answer.unwrap_or_else(|error| panic!("`{expression}`: {error}"));
        answer.convert().unwrap_or_else(|error| panic!("`{expression}`: {error}"))
    }

    /// The result of an expression with a promise.
    pub(crate) async fn wait_for<T: DeserializeOwned>(&self, promise: &str) -> T {
        let script = format!("const done = arguments[0]; {promise}.then(done, (error) => done(String(error)))");
        let answer = self.web.execute_async(script, Vec::new()).await.unwrap();
        answer.convert().unwrap_or_else(|error| panic!("`{promise}`: {error}"))
    }

    pub(crate) async fn run(&self, script: &str) {
        self.web.execute(script, Vec::new()).await.unwrap();
    }

    /// Waits until an expression has the expected value, because a page may take some time.
    pub(crate) async fn comes_to<T: DeserializeOwned + PartialEq + std::fmt::Debug>(&self, expression: &str, wanted: T) {
        let begun = Instant::now();
        loop {
            let seen: T = self.ask(expression).await;
            if seen == wanted {
                return;
            }
            assert!(begun.elapsed() < PATIENCE / 3, "`{expression}` is {seen:?}, not {wanted:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn click(&self, selector: &str) {
        let found = self.web.find(By::Css(selector)).await.unwrap_or_else(|error| panic!("`{selector}`: {error}"));
        found.click().await.unwrap_or_else(|error| panic!("`{selector}`: {error}"));
    }

    /// Types into the focused element.
    pub(crate) async fn press(&self, keys: impl Into<TypingData>) {
        self.web.action_chain().send_keys(keys).perform().await.unwrap();
    }

    /// Shows the page on another medium.
    pub(crate) async fn on(&self, medium: Medium) {
        let scheme = if medium == Medium::Dark { "dark" } else { "light" };
        let media = if medium == Medium::Print { "print" } else { "screen" };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.devtools("Emulation.setEmulatedMedia", json!({"media": media, "features": features})).await;
    }

    /// Sets the width of the page in pixels.
    pub(crate) async fn narrow(&self, width: u32) {
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        self.web.cdp().send_raw(command, parameters).await.unwrap();
    }

    /// Warnings and errors in the console since the last call.
    async fn complaints(&self) -> Vec<String> {
        let entries = self.web.get_log("browser").await.unwrap();
        entries.into_iter().map(|entry| format!("{:?}", entry)).collect()
    }
}

/// The driver of the browser, and all processes it starts.
struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    fn start() -> Self {
        // In a group of its own, so that nothing it started outlives it.
        let started =
            Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0).spawn();
        let mut child = started.unwrap_or_else(|error| {
            panic!("failed to start `chromedriver`: {error}\nhelp: run `.ci/setup tests`, which installs it")
        });
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines
            .into_iter()
            .find_map(|line| line.rsplit_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok());
        Driver { child, port: port.expect("chromedriver says where it listens") }
    }

    async fn browser(&self) -> WebDriver {
        let mut wanted = DesiredCapabilities::chrome();
        for argument in ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900", "--no-first-run"]
        {
            wanted.add_arg(argument).unwrap();
        }
        if is_root() {
            wanted.add_arg("--no-sandbox").unwrap();
        }
        wanted.set_browser_log_level(LoggingPrefsLogLevel::Warning).unwrap();
        let web = WebDriver::new(format!("http://127.0.0.1:{}", self.port), wanted).await;
        let web = web
            .unwrap_or_else(|error| panic!("failed to start Chromium: {error}\nhelp: run `.ci/setup tests`, which installs it"));
        web.set_script_timeout(PATIENCE).await.unwrap();
        web
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", self.child.id())]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}

/// Chromium has no sandbox for root.
fn is_root() -> bool {
    let own = std::fs::metadata("/proc/self").ok();
    own.is_some_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// A folder for pages, where a browser that is confined to the home folder may read too.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(PathBuf::from(env!("CARGO_TARGET_TMPDIR"))).unwrap()
}
