//! What doubles of HTTP servers have in common: a request is read, and answered.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// A request that was read.
pub(crate) struct Asked {
    /// The request line and the headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    stream: BufReader<TcpStream>,
}

impl Asked {
    /// Reads one; who asks may be gone by now.
    pub(crate) fn read(stream: TcpStream) -> std::io::Result<Self> {
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head)? > 0 {}
        let length =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body)?;
        Ok(Self { head, body, stream })
    }

    pub(crate) fn answer(mut self, code: u16, body: &str) -> std::io::Result<()> {
        let head =
            format!("HTTP/1.1 {code} So\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        self.stream.get_mut().write_all((head + body).as_bytes())
    }
}
