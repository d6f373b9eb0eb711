//! What the outside asks of the daemon: to stop, to reload. And a way to wait that a stop ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

/// Shared by all threads.
#[derive(Debug, Clone, Default)]
pub(crate) struct Control(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    stop: Mutex<bool>,
    stopped: Condvar,
    reload: AtomicBool,
    /// Who ends with it.
    children: Mutex<Vec<Weak<Inner>>>,
    parent: Option<Control>,
}

impl Control {
    /// Obeys SIGTERM and SIGINT (stop) and SIGHUP (reload) from now on.
    ///
    /// # Errors
    /// When the system does not let us.
    pub(crate) fn obey_signals(&self, runtime: &Runtime) -> anyhow::Result<()> {
        let _inside = runtime.enter();
        let listen = |kind| signal(kind).context("cannot listen for signals");
        let (mut term, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        let mut hangup = listen(SignalKind::hangup())?;
        let control = self.clone();
        runtime.spawn(async move {
            while hangup.recv().await.is_some() {
                control.0.reload.store(true, Ordering::Relaxed);
            }
        });
        let control = self.clone();
        runtime.spawn(async move {
            term.recv().await;
            control.stop();
        });
        let control = self.clone();
        runtime.spawn(async move {
            interrupt.recv().await;
            control.stop();
        });
        Ok(())
    }

    /// One that ends with this one, or before.
    #[cfg(feature = "kafka")]
    pub(crate) fn child(&self) -> Self {
        let child = Arc::new(Inner { parent: Some(self.clone()), ..Inner::default() });
        let mut children = self.0.children.lock().unwrap_or_else(PoisonError::into_inner);
        children.retain(|child| child.strong_count() > 0);
        children.push(Arc::downgrade(&child));
        drop(children);
        if self.is_stopping() {
            Self(Arc::clone(&child)).stop();
        }
        Self(child)
    }

    /// Asks everybody to end.
    pub(crate) fn stop(&self) {
        *self.0.stop.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.stopped.notify_all();
        let children = self.0.children.lock().unwrap_or_else(PoisonError::into_inner).clone();
        children.iter().filter_map(Weak::upgrade).for_each(|child| Self(child).stop());
    }

    /// Whether to end.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.0.stop.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, or until it is time to end; `true` then.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        let stop = self.0.stop.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.0.stopped.wait_timeout_while(stop, time, |stop| !*stop);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Whether a reload was asked for since the last call.
    pub(crate) fn take_reload(&self) -> bool {
        match &self.0.parent {
            Some(parent) => parent.take_reload(),
            None => self.0.reload.swap(false, Ordering::Relaxed),
        }
    }
}
