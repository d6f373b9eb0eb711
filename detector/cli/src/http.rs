//! The HTTP server: how the daemon fares, and what is sent to it. Plain HTTP; see docs/run.md on how to put TLS before it.

mod dress;
mod grpc;
mod guard;
mod observe;
mod receive;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::routing::{get, post};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use crate::config;
use crate::run::health::Health;
use crate::run::metrics::Metrics;
use crate::source::Receiver;

/// What the handlers know.
#[derive(Debug)]
struct App {
    health: Health,
    metrics: Metrics,
    receivers: BTreeMap<String, Receiver>,
    /// The source of `/v1/traces` and `/v1/logs`.
    otlp: Option<String>,
    body_bytes: usize,
    /// Bodies that may be in memory at once.
    bodies: Semaphore,
}

/// A server that runs.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Binds the address and serves until [`Server::stop`].
///
/// # Errors
/// When the address cannot be had.
pub(crate) fn serve(
    runtime: &Runtime,
    config: &config::Http,
    receivers: Vec<Receiver>,
    health: &Health,
    metrics: &Metrics,
) -> anyhow::Result<Server> {
    let bound = || format!("http.listen: {} cannot be had", config.listen);
    let listener = TcpListener::bind(config.listen).with_context(bound)?;
    listener.set_nonblocking(true).with_context(bound)?;
    let address = listener.local_addr().with_context(bound)?;
    let _inside = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener).with_context(bound)?;
    let app = Arc::new(App {
        health: health.clone(),
        metrics: metrics.clone(),
        otlp: receivers.iter().find(|receiver| receiver.otlp).map(|receiver| receiver.name.clone()),
        receivers: receivers.into_iter().map(|receiver| (receiver.name.clone(), receiver)).collect(),
        body_bytes: config.body_bytes,
        bodies: Semaphore::new(config.queue.min(Semaphore::MAX_PERMITS)),
    });
    let router = Router::new()
        .route("/metrics", get(observe::metrics))
        .route("/livez", get(observe::livez))
        .route("/readyz", get(observe::readyz))
        .route("/healthz", get(observe::readyz))
        .route("/v1/traces", post(receive::traces))
        .route("/v1/logs", post(receive::logs))
        .route(grpc::TRACES, post(grpc::traces))
        .route(grpc::LOGS, post(grpc::logs))
        .route("/ingest/{source}", post(receive::records))
        .route("/k8s/audit/{source}", post(receive::records))
        .with_state(app);
    let (stop, stopped) = oneshot::channel::<()>();
    let task = runtime.spawn(async move {
        let ended = axum::serve(guard::Guarded::new(listener), router).with_graceful_shutdown(async {
            // A sender that is gone means the same.
            stopped.await.unwrap_or_default();
        });
        if let Err(error) = ended.await {
            tracing::error!("the HTTP server ended: {error}");
        }
    });
    Ok(Server { address, stop, task })
}

impl Server {
    /// Takes no more requests and ends with those that are open, if they end soon.
    pub(crate) fn stop(self, runtime: &Runtime) {
        const SOON: std::time::Duration = std::time::Duration::from_secs(3);
        let Self { stop, mut task, .. } = self;
        // A server that has ended already does not need to be told.
        stop.send(()).unwrap_or_default();
        let ended = runtime.block_on(async { tokio::time::timeout(SOON, &mut task).await.is_ok() });
        if !ended {
            task.abort();
        }
    }
}
