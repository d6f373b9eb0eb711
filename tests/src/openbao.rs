//! A real OpenBao server with a file audit device, on a free port of loopback, with its data in memory.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// A running, unsealed server; it ends with this value.
#[derive(Debug)]
pub struct OpenBao {
    child: Child,
    /// Kept open: a server whose output nobody can read would fail to write it.
    stdout: BufReader<ChildStdout>,
    port: u16,
    audit: PathBuf,
    root_token: String,
}

/// One request to the server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// `GET`, `POST`, `PUT`, `LIST`, `DELETE`.
    pub method: &'a str,
    /// Without `/v1/`.
    pub path: &'a str,
    /// The token, if any.
    pub token: Option<&'a str>,
    /// Seconds for which the answer is to be wrapped.
    pub wrap_secs: Option<u32>,
}

impl OpenBao {
    /// Starts, initialises and unseals a server whose audit log is `audit.log` in `folder`.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(program: &Path, folder: &Path) -> io::Result<Self> {
        let audit = folder.join("audit.log");
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        // A JSON string is also a string of the configuration's language.
        let file = json!(audit);
        let config = format!(
            r#"storage "inmem" {{}}
            listener "tcp" {{
              address = "127.0.0.1:{port}"
              tls_disable = true
            }}
            audit "file" "to-file" {{
              options {{ file_path = {file} }}
            }}"#
        );
        let config_path = folder.join("openbao.hcl");
        std::fs::write(&config_path, config)?;
        let mut command = Command::new(program);
        command.arg("server").arg("-log-level=error").arg("-config").arg(&config_path).current_dir(folder);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| io::Error::other("no stdout"))?;
        let mut server =
            Self { child, stdout: BufReader::new(stdout), port, audit, root_token: String::new() };
        server.wait_until_up()?;
        let init = server.expect(
            Request { method: "PUT", path: "sys/init", ..Request::default() },
            &json!({ "secret_shares": 1, "secret_threshold": 1 }),
        )?;
        let key = text(&init["keys"][0])?;
        let unseal = Request { method: "PUT", path: "sys/unseal", ..Request::default() };
        server.expect(unseal, &json!({ "key": key }))?;
        server.root_token = text(&init["root_token"])?;
        Ok(server)
    }

    /// It says so on its standard output: no clock is needed to wait for it.
    fn wait_until_up(&mut self) -> io::Result<()> {
        let mut said = String::new();
        while self.stdout.read_line(&mut said)? > 0 {
            if said.contains("server started") {
                return Ok(());
            }
        }
        Err(io::Error::other(format!("OpenBao ended: {said}")))
    }

    /// The audit log; a record is in it before the answer arrives.
    pub fn audit_log(&self) -> &Path {
        &self.audit
    }

    /// The token that may do all.
    pub fn root_token(&self) -> &str {
        &self.root_token
    }

    /// Has it open its audit log anew, as a rotation does that renamed the log.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn hang_up(&self) -> io::Result<()> {
        let told = Command::new("sh").args(["-c", &format!("kill -s HUP {}", self.child.id())]).status()?;
        if told.success() { Ok(()) } else { Err(io::Error::other("kill -HUP")) }
    }

    /// Sends a request and gives the status and the answer (`null` if it is empty).
    ///
    /// # Errors
    /// When the connection fails or the answer is no HTTP.
    pub fn send(&self, request: Request<'_>, body: &Value) -> io::Result<(u16, Value)> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let token = request.token.map(|token| format!("X-Vault-Token: {token}\r\n"));
        let wrap = request.wrap_secs.map(|secs| format!("X-Vault-Wrap-TTL: {secs}s\r\n"));
        let headers = [token, wrap].into_iter().flatten().collect::<String>();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        let Request { method, path, .. } = request;
        // HTTP/1.0: the answer ends with the connection and comes in one piece.
        write!(
            stream,
            "{method} /v1/{path} HTTP/1.0\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| io::Error::other("no HTTP answer"))?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("no HTTP status"))?;
        let body = if body.trim().is_empty() { Value::Null } else { serde_json::from_str(body)? };
        Ok((status, body))
    }

    /// Sends a request that must succeed.
    ///
    /// # Errors
    /// As [`OpenBao::send`], and when the server refuses.
    pub fn expect(&self, request: Request<'_>, body: &Value) -> io::Result<Value> {
        let (status, answer) = self.send(request, body)?;
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        Err(io::Error::other(format!("{} {}: {status} {answer}", request.method, request.path)))
    }
}

/// The text of a JSON value.
///
/// # Errors
/// When it is none.
pub fn text(value: &Value) -> io::Result<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| io::Error::other(format!("{value} is no text")))
}

impl Drop for OpenBao {
    fn drop(&mut self) {
        // It may have ended by itself; either way there is nothing left to do.
        if self.child.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}
