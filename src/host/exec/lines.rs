//! The output of a program, line by line, whatever bytes it is made of.

use std::future::pending;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

/// A longer line is told in parts: a program that never ends one must not fill the memory.
const LONGEST: usize = 8 << 10;

/// The lines of a pipe.
#[derive(Debug)]
pub(super) struct Lines<R> {
    /// None once it is closed.
    pipe: Option<BufReader<R>>,
    /// The line so far.
    line: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// The lines of this pipe; none where there is none.
    pub(super) fn of(pipe: Option<R>) -> Self {
        Self {
            pipe: pipe.map(BufReader::new),
            line: Vec::new(),
        }
    }

    /// The next line, without its end; never, once the pipe is closed.
    ///
    /// Nothing is lost when this is dropped before it is done.
    pub(super) async fn next(&mut self) -> String {
        loop {
            let Some(pipe) = &mut self.pipe else {
                return pending().await;
            };
            let read = pipe.fill_buf().await.unwrap_or_default();
            if read.is_empty() {
                self.pipe = None;
                if !self.line.is_empty() {
                    return self.take();
                }
                continue;
            }
            let room = LONGEST - self.line.len();
            let end = read.iter().take(room).position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(read.len().min(room));
            self.line.extend(read.iter().take(taken));
            pipe.consume(taken + usize::from(end.is_some()));
            if end.is_some() || self.line.len() == LONGEST {
                return self.take();
            }
        }
    }

    fn take(&mut self) -> String {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        String::from_utf8_lossy(line).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of these bytes.
    fn lines(bytes: &[u8]) -> Vec<String> {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.build().unwrap().block_on(async {
            let mut lines = Lines::of(Some(bytes));
            let mut all = Vec::new();
            while lines.pipe.is_some() {
                tokio::select! {
                    biased;
                    line = lines.next() => all.push(line),
                    () = std::future::ready(()) => break,
                }
            }
            all
        })
    }

    #[test]
    fn any_bytes_are_lines() {
        assert_eq!(
            lines(b"one\r\n\ntwo \xff\x1b\nend"),
            ["one", "", "two \u{fffd}\u{1b}", "end"]
        );
        assert_eq!(lines(b""), [""; 0]);
        let long = lines(&vec![b'x'; LONGEST + 1]);
        assert_eq!(
            long.iter().map(String::len).collect::<Vec<_>>(),
            [LONGEST, 1]
        );
    }
}
