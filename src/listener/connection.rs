//! A connection whose silence is bounded.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::address::Stream;

/// A connection that fails with [`ErrorKind::TimedOut`] once nothing was read or written for too long.
#[derive(Debug)]
pub(super) struct Connection {
    inner: Stream,
    idle: Duration,
    deadline: Pin<Box<Sleep>>,
}

impl Connection {
    pub(super) fn new(inner: Stream, idle: Duration) -> Self {
        Self { inner, idle, deadline: Box::pin(sleep(idle)) }
    }

    /// Passes progress on and moves the deadline; while there is none, fails at the deadline.
    fn or_timeout<T>(&mut self, context: &mut Context<'_>, progress: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if progress.is_ready() {
            self.deadline.as_mut().reset(Instant::now() + self.idle);
            return progress;
        }
        ready!(self.deadline.as_mut().poll(context));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let progress = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.or_timeout(context, progress)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.or_timeout(context, progress)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.inner).poll_write_vectored(context, bytes);
        self.or_timeout(context, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    #[tokio::test]
    async fn a_silent_peer_loses_its_connection() {
        let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = TcpStream::connect(inner.local_addr().unwrap()).await.unwrap();
        let stream = Stream::Tcp(inner.accept().await.unwrap().0);
        let mut connection = Connection::new(stream, Duration::from_millis(20));

        let mut space = [0; 8];
        let mut buffer = ReadBuf::new(&mut space);
        let read = std::future::poll_fn(|context| Pin::new(&mut connection).poll_read(context, &mut buffer)).await;
        assert_eq!(read.unwrap_err().kind(), ErrorKind::TimedOut);
        drop(peer);
    }
}
