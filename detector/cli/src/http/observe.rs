//! How the daemon fares.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::App;

/// The page for Prometheus.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Response {
    for (part, why) in app.health.parts() {
        app.metrics.outside.up.with_label_values(&[part.as_str()]).set(i64::from(why.is_none()));
    }
    match app.metrics.page() {
        Ok(page) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], page).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}\n")).into_response(),
    }
}

/// Whether the process should be let live.
pub(super) async fn livez(State(app): State<Arc<App>>) -> Response {
    if app.health.is_alive() {
        return "alive\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, "the loop hangs\n").into_response()
}

/// Whether everything works that it needs.
pub(super) async fn readyz(State(app): State<Arc<App>>) -> Response {
    let parts = app.health.parts();
    let ready = parts.values().all(Option::is_none) && app.health.is_alive();
    let code = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let parts = parts.into_iter().map(|(part, why)| (part, why.unwrap_or_else(|| "works".to_owned())));
    let parts = parts.collect::<std::collections::BTreeMap<_, _>>();
    let body = format!("{:#}\n", json!({ "ready": ready, "parts": parts }));
    (code, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
