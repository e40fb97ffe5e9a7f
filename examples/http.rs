//! The program that makes the requests of `http` steps. A container gets it as `/dev/matrix/http`, because an image need not have a
//! client. `build.rs` compiles it without libraries of the system, and it understands the few options of curl that steps need, so
//! that curl can take its place where it cannot run.
//!
//!     http --max-time 15 [--head] [-X POST] [-H 'Name: value']... [--data-binary BODY] http://localhost:8080/path
//!
//! It prints the head and the decoded body of the response. Exit statuses are those of curl.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Time that a server has to ask for a body that it is asked to ask for.
const CONTINUE: Duration = Duration::from_secs(1);
/// Longest line of a response head, in bytes.
const LONGEST_LINE: usize = 1 << 20;

/// Why there is no complete response: the exit status, and a message.
type Failed = (u8, String);

fn main() -> ExitCode {
    let ended = Request::parse(std::env::args().skip(1)).and_then(|request| request.send());
    let Err((code, message)) = ended else { return ExitCode::SUCCESS };
    // Standard error may be closed.
    let _ = writeln!(io::stderr(), "http: {message}");
    ExitCode::from(code)
}

struct Request {
    timeout: Duration,
    method: Option<String>,
    headers: Vec<(String, String)>,
    body: Option<String>,
    host: String,
    port: u16,
    path: String,
}

impl Request {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Request, Failed> {
        let (mut timeout, mut method, mut headers, mut body, mut url) = (Duration::from_secs(15), None, Vec::new(), None, None);
        let wrong = |what: String| (2, what);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| wrong(format!("`{word}` needs a value")));
            match word.as_str() {
                "--max-time" => {
                    let seconds = value()?;
                    let seconds = seconds.parse().map_err(|_| wrong(format!("`{seconds}` is no number of seconds")))?;
                    timeout = Duration::from_secs(seconds);
                }
                "--head" => method = Some("HEAD".to_owned()),
                "-X" => method = Some(value()?),
                "-H" => {
                    let header = value()?;
                    let (name, value) = header.split_once(':').ok_or_else(|| wrong(format!("`{header}` is no header")))?;
                    headers.push((name.to_owned(), value.trim().to_owned()));
                }
                "--data-binary" => body = Some(value()?),
                option if option.starts_with('-') => return Err(wrong(format!("`{option}` is no option"))),
                _ if url.is_some() => return Err(wrong(format!("`{word}` is one address too many"))),
                _ => url = Some(word),
            }
        }
        let url = url.ok_or_else(|| wrong("an address is missing".to_owned()))?;
        let (host, port, path) = split(&url).ok_or_else(|| wrong(format!("`{url}` is no address on localhost")))?;
        Ok(Request { timeout, method, headers, body, host, port, path })
    }

    fn send(&self) -> Result<(), Failed> {
        let deadline = Instant::now() + self.timeout;
        let stream = self.connect(deadline)?;
        let mut answer = Answer { stream, deadline, unread: Vec::new(), received: 0, request: self };
        let (head, body) = self.text();
        if answer.write(&head) && self.waits_to_continue() {
            answer.deadline = deadline.min(Instant::now() + CONTINUE);
            let asked = answer.head();
            answer.deadline = deadline;
            match asked {
                // The server refuses the body.
                Ok(head) if head.status >= 200 => return answer.body(&head),
                Err(failed) if failed.0 != TIMED_OUT => return Err(failed),
                Ok(_) | Err(_) => {}
            }
        }
        answer.write(body);
        loop {
            let head = answer.head()?;
            if head.status >= 200 || head.status == 101 {
                return answer.body(&head);
            }
        }
    }

    /// Connects to the loopback interface, by either protocol: a server may listen on only one.
    fn connect(&self, deadline: Instant) -> Result<TcpStream, Failed> {
        let mut refused = String::new();
        for address in [IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)] {
            let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            match TcpStream::connect_timeout(&SocketAddr::new(address, self.port), left) {
                Ok(stream) => return Ok(stream),
                Err(error) if is_timeout(&error) => return Err(self.timed_out(0)),
                Err(error) => refused = plain(&error),
            }
        }
        Err((7, format!("failed to connect to localhost port {}: {refused}", self.port)))
    }

    fn method(&self) -> &str {
        self.method.as_deref().unwrap_or(if self.body.is_some() { "POST" } else { "GET" })
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name))
    }

    /// Whether the server is to say whether it wants the body.
    fn waits_to_continue(&self) -> bool {
        let expects =
            |(name, value): &(String, String)| name.eq_ignore_ascii_case("expect") && value.eq_ignore_ascii_case("100-continue");
        self.body.is_some() && self.headers.iter().any(expects)
    }

    /// The head and the body. A header without a value is not sent, and neither is the usual one of its name.
    fn text(&self) -> (Vec<u8>, &[u8]) {
        let mut usual = vec![("Host", self.host.clone()), ("User-Agent", "matrix".to_owned()), ("Accept", "*/*".to_owned())];
        let body = self.body.as_deref().unwrap_or_default().as_bytes();
        if self.body.is_some() {
            usual.push(("Content-Length", body.len().to_string()));
            usual.push(("Content-Type", "application/x-www-form-urlencoded".to_owned()));
        }
        usual.retain(|(name, _)| !self.has(name));
        let own = self.headers.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.as_str(), value));
        let lines = usual.iter().map(|(name, value)| (*name, value)).chain(own);
        let lines: String = lines.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        (format!("{} {} HTTP/1.1\r\n{lines}\r\n", self.method(), self.path).into_bytes(), body)
    }

    fn timed_out(&self, received: usize) -> Failed {
        let so_far = if received == 0 { String::new() } else { format!(", only {received} bytes") };
        let seconds = self.timeout.as_secs();
        (TIMED_OUT, format!("no complete answer from localhost port {} within {seconds} s{so_far}", self.port))
    }
}

/// Exit status of a request that takes too long.
const TIMED_OUT: u8 = 28;

/// Splits an address into the value of the header `Host`, the port, and the path.
fn split(url: &str) -> Option<(String, u16, String)> {
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // The part after `#` is for the client.
    let path = path.split('#').next().filter(|path| !path.is_empty()).unwrap_or("/");
    let port = match host.strip_prefix("localhost")? {
        "" => 80,
        port => port.strip_prefix(':')?.parse().ok()?,
    };
    Some((host.to_owned(), port, path.to_owned()))
}

struct Head {
    status: u16,
    length: Length,
}

/// Where a body ends.
#[derive(Clone, Copy)]
enum Length {
    Bytes(usize),
    Chunks,
    Close,
}

struct Answer<'a> {
    stream: TcpStream,
    deadline: Instant,
    /// Bytes that were received and not printed.
    unread: Vec<u8>,
    received: usize,
    request: &'a Request,
}

impl Answer<'_> {
    /// Sends a part of the request. A server that no longer reads may still have answered.
    fn write(&mut self, part: &[u8]) -> bool {
        let left = self.deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.stream.set_write_timeout(Some(left)).and_then(|()| self.stream.write_all(part)).is_ok()
    }

    /// Reads and prints the head of a response.
    fn head(&mut self) -> Result<Head, Failed> {
        let first = self.line()?;
        let status =
            std::str::from_utf8(&first).ok().and_then(|line| line.strip_prefix("HTTP/")?.split(' ').nth(1)?.trim().parse().ok());
        let Some(status) = status else {
            return Err((1, format!("the answer from localhost port {} is not HTTP", self.request.port)));
        };
        print(&first)?;
        let mut length = Length::Close;
        loop {
            let line = self.line()?;
            print(&line)?;
            let line = String::from_utf8_lossy(&line);
            let line = line.trim();
            let Some((name, value)) = line.split_once(':') else {
                if line.is_empty() {
                    break;
                }
                continue;
            };
            let value = value.trim().to_ascii_lowercase();
            match (name.to_ascii_lowercase().as_str(), length) {
                ("transfer-encoding", _) if value.ends_with("chunked") => length = Length::Chunks,
                ("content-length", Length::Close) => length = value.parse().map_or(Length::Close, Length::Bytes),
                _ => {}
            }
        }
        if status < 200 || status == 204 || status == 304 || self.request.method() == "HEAD" {
            length = Length::Bytes(0);
        }
        Ok(Head { status, length })
    }

    /// Reads and prints the body.
    fn body(&mut self, head: &Head) -> Result<(), Failed> {
        match head.length {
            Length::Bytes(count) => self.pass(count),
            Length::Chunks => loop {
                let size = self.line()?;
                let size = String::from_utf8_lossy(&size);
                let size = size.split(';').next().unwrap_or_default().trim();
                let Ok(size) = usize::from_str_radix(size, 16) else {
                    return Err((56, format!("the answer from localhost port {} is malformed", self.request.port)));
                };
                if size == 0 {
                    return self.trailers();
                }
                self.pass(size)?;
                self.line()?;
            },
            Length::Close => loop {
                print(&std::mem::take(&mut self.unread))?;
                if self.receive()? == 0 {
                    return Ok(());
                }
            },
        }
    }

    /// Headers after the last chunk.
    fn trailers(&mut self) -> Result<(), Failed> {
        loop {
            let line = self.line()?;
            if line.trim_ascii().is_empty() {
                return Ok(());
            }
            print(&line)?;
        }
    }

    /// Prints a number of bytes.
    fn pass(&mut self, mut count: usize) -> Result<(), Failed> {
        loop {
            let now = count.min(self.unread.len());
            print(&self.unread.drain(..now).collect::<Vec<_>>())?;
            count -= now;
            if count == 0 {
                return Ok(());
            }
            if self.receive()? == 0 {
                return Err((18, format!("the answer ended early: {count} bytes are missing")));
            }
        }
    }

    /// The next line, with its end.
    fn line(&mut self) -> Result<Vec<u8>, Failed> {
        let mut seen = 0;
        loop {
            if let Some(end) = self.unread[seen..].iter().position(|byte| *byte == b'\n') {
                return Ok(self.unread.drain(..=seen + end).collect());
            }
            seen = self.unread.len();
            if seen > LONGEST_LINE {
                return Err((56, format!("the answer from localhost port {} is malformed", self.request.port)));
            }
            if self.receive()? == 0 {
                let port = self.request.port;
                return Err(match self.received {
                    0 => (52, format!("localhost port {port} closed the connection without an answer")),
                    _ => (56, format!("localhost port {port} closed the connection in the middle of the answer")),
                });
            }
        }
    }

    /// Receives more bytes, and returns how many; zero at the end.
    fn receive(&mut self) -> Result<usize, Failed> {
        let mut piece = [0; 1 << 14];
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.request.timed_out(self.received));
            }
            let read = self.stream.set_read_timeout(Some(left)).and_then(|()| self.stream.read(&mut piece));
            match read {
                Ok(read) => {
                    self.unread.extend_from_slice(&piece[..read]);
                    self.received += read;
                    return Ok(read);
                }
                Err(error) if is_timeout(&error) || error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err((56, format!("the connection to localhost port {} broke: {}", self.request.port, plain(&error))));
                }
            }
        }
    }
}

fn print(text: &[u8]) -> Result<(), Failed> {
    let mut out = io::stdout().lock();
    out.write_all(text).and_then(|()| out.flush()).map_err(|error| (23, format!("failed to print the answer: {}", plain(&error))))
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// The message of an error without its number.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}
