//! The audit log of a Vault server, as the server writes it: a request and a response a call, values as HMACs. For the
//! samples a real server does this; here its lines are written by themselves, in its shape and in its order of fields.

use ambit_schemas::EventTime;

use super::member::Member;
use super::words::VAULT_CLIENT;
use crate::calendar::{after, whole_seconds};
use crate::ids;
use crate::json::{Json, map, text, texts};
use crate::rng::Rng;

const VERSION: &str = "v2.7.2+builtin.bao";
/// How long a token lives.
const TOKEN_SECS: i64 = 8 * 3_600;

/// A line of the log.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// When it was written.
    pub time: EventTime,
    /// The line.
    pub text: String,
}

/// A token of a workload.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// What the log shows of the token itself.
    hashed: String,
    accessor: String,
    issued: EventTime,
    /// The address from which it was fetched.
    home: String,
}

impl Token {
    /// Whether it still lives, with some minutes to spare. No token moves between regions, which are networks.
    pub(super) fn holds_at(&self, time: EventTime, network: &str) -> bool {
        self.home.starts_with(network) && time < after(self.issued, TOKEN_SECS - 600)
    }
}

fn hmac(rng: &mut Rng) -> String {
    format!("hmac-sha256:{}", ids::hex(rng, 64))
}

/// The same value has the same HMAC for as long as the server lives.
fn hmac_of(value: &str) -> String {
    hmac(&mut Rng::stream(0, &format!("hmac/{value}")))
}

fn entity(member: &Member) -> String {
    ids::uuid(&mut Rng::stream(0, &format!("entity/{}", member.name)))
}

/// Logs in through the approle of a workload.
pub(super) fn login(
    log: &mut Vec<Line>,
    member: &Member,
    address: &str,
    time: EventTime,
    rng: &mut Rng,
) -> Token {
    let token = Token { hashed: hmac(rng), accessor: hmac(rng), issued: time, home: address.into() };
    let request = map([
        ("id", text(ids::uuid(rng))),
        ("operation", text("update")),
        ("mount_point", text("auth/approle/")),
        ("mount_type", text("approle")),
        ("mount_accessor", text("auth_approle_530db793")),
        ("mount_running_version", text(VERSION)),
        ("mount_class", text("auth")),
        ("namespace", map([("id", text("root"))])),
        ("path", text("auth/approle/login")),
        (
            "data",
            map([
                ("role_id", text(hmac_of(&format!("role/{}", member.name)))),
                ("secret_id", text(hmac_of(&format!("secret-id/{}", member.name)))),
            ]),
        ),
    ]);
    let request = way(request, address, rng);
    let nobody =
        map([("policy_results", map([("allowed", Json::Bool(true))])), ("token_type", text("default"))]);
    let auth = auth(member, &token);
    let response = map([
        ("auth", auth.clone()),
        ("mount_point", text("auth/approle/")),
        ("mount_type", text("approle")),
        ("mount_accessor", text("auth_approle_530db793")),
        ("mount_running_plugin_version", text(VERSION)),
        ("mount_class", text("auth")),
    ]);
    pair(log, time, Pair { asked_as: nobody, answered_as: auth, request, response }, rng);
    token
}

/// Reads a secret of the mount `kv/`; gives the event id of the response.
pub(super) fn read(
    log: &mut Vec<Line>,
    (member, address): (&Member, &str),
    token: &Token,
    (path, time): (&str, EventTime),
    rng: &mut Rng,
) -> String {
    let id = ids::uuid(rng);
    let request = map([
        ("id", text(&id)),
        ("client_id", text(entity(member))),
        ("operation", text("read")),
        ("mount_point", text("kv/")),
        ("mount_type", text("kv")),
        ("mount_accessor", text("kv_3817f458")),
        ("mount_running_version", text(VERSION)),
        ("mount_class", text("secret")),
        ("client_token", text(&token.hashed)),
        ("client_token_accessor", text(&token.accessor)),
        ("namespace", map([("id", text("root"))])),
        ("path", text(path)),
    ]);
    let request = way(request, address, rng);
    let granted = map([("name", text(member.team)), ("namespace_id", text("root")), ("type", text("acl"))]);
    let results = map([("allowed", Json::Bool(true)), ("granting_policies", Json::List(vec![granted]))]);
    let who = auth(member, token)
        .with("policy_results", results)
        .with("token_issue_time", whole_seconds(token.issued));
    let metadata = map([
        ("created_time", text("2026-01-14T10:20:00.969210826Z")),
        ("custom_metadata", Json::Null),
        ("deletion_time", text(hmac_of("deletion"))),
        ("destroyed", Json::Bool(false)),
        ("version", Json::Number(1)),
    ]);
    let values = map([
        ("password", text(hmac_of(&format!("password/{path}")))),
        ("user", text(hmac_of(&format!("user/{path}")))),
    ]);
    let response = map([
        ("mount_point", text("kv/")),
        ("mount_type", text("kv")),
        ("mount_accessor", text("kv_3817f458")),
        ("mount_running_plugin_version", text(VERSION)),
        ("mount_class", text("secret")),
        ("data", map([("data", values), ("metadata", metadata)])),
    ]);
    pair(log, time, Pair { asked_as: who.clone(), answered_as: who, request, response }, rng);
    format!("{id}:response")
}

fn auth(member: &Member, token: &Token) -> Json {
    let policies = texts(&["default", member.team]);
    map([
        ("client_token", text(&token.hashed)),
        ("accessor", text(&token.accessor)),
        ("display_name", text("approle")),
        ("policies", policies.clone()),
        ("token_policies", policies),
        ("metadata", map([("role_name", text(&member.name))])),
        ("entity_id", text(entity(member))),
        ("token_type", text("service")),
        ("token_ttl", Json::Number(TOKEN_SECS)),
    ])
}

/// How the request came.
fn way(request: Json, address: &str, rng: &mut Rng) -> Json {
    request
        .with("remote_address", address)
        .with("remote_port", rng.range(32_768, 60_999))
        .with("headers", map([("user-agent", texts(&[VAULT_CLIENT]))]))
}

/// What the two lines of a call say.
struct Pair {
    asked_as: Json,
    answered_as: Json,
    request: Json,
    response: Json,
}

/// The two lines of a call: the response a millisecond or so after the request.
fn pair(log: &mut Vec<Line>, time: EventTime, said: Pair, rng: &mut Rng) {
    let then = time.plus_micros(rng.range(250, 2_900));
    let line = |time: EventTime, kind: &str, auth: Json| {
        map([("time", text(time.to_string())), ("type", text(kind)), ("auth", auth)])
    };
    let asked = line(time, "request", said.asked_as).with("request", said.request.clone());
    let answered = line(then, "response", said.answered_as)
        .with("request", said.request)
        .with("response", said.response);
    log.push(Line { time, text: asked.line() });
    log.push(Line { time: then, text: answered.line() });
}
