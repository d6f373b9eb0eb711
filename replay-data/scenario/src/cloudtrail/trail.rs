//! The record: what CloudTrail writes when a session makes a call.

use ambit_schemas::EventTime;

use super::call::Call;
use super::identity::{Account, Identity, RoleSession, Session, Start};
use crate::calendar::whole_seconds;
use crate::ids;
use crate::json::{Json, map, text};
use crate::rng::Rng;

/// A record and what its delivery needs to know.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Event time.
    pub time: EventTime,
    /// The account whose trail it is in.
    pub account: Account,
    /// The region whose file it is in.
    pub region: &'static str,
    /// `eventID`.
    pub event_id: String,
    /// Whether every region's trail may write it.
    pub global: bool,
    /// The record.
    pub record: Json,
}

/// All that is recorded, in the order in which it was made.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    /// The records.
    pub entries: Vec<Entry>,
}

/// What a record says besides session and call.
#[derive(Debug, Clone, Default)]
pub(super) struct Setting {
    /// The account whose trail writes it, where it is not the caller's own.
    pub recipient: Option<Account>,
    /// A `userIdentity` other than the session's own.
    pub identity: Option<Json>,
    /// The id that two accounts' records of one call share.
    pub shared: Option<String>,
    /// The id of the request, where another record of the same call has it too.
    pub request_id: Option<String>,
    /// `eventType`, where it is not an API call.
    pub kind: Option<&'static str>,
}

impl Trail {
    /// Records a call in the caller's own account and gives its event id.
    pub fn call(&mut self, session: &mut Session, time: EventTime, call: Call) -> String {
        self.record(session, time, call, Setting::default())
    }

    pub(super) fn record(
        &mut self,
        session: &mut Session,
        time: EventTime,
        call: Call,
        setting: Setting,
    ) -> String {
        let account = setting.recipient.unwrap_or_else(|| session.account());
        let event_id = ids::uuid(&mut session.rng);
        let global = matches!(call.service, "iam" | "signin");
        let record = body(session, time, call, Frame { account, event_id: &event_id, setting });
        self.entries.push(Entry {
            time,
            account,
            region: account.region,
            event_id: event_id.clone(),
            global,
            record,
        });
        event_id
    }
}

struct Frame<'a> {
    account: Account,
    event_id: &'a str,
    setting: Setting,
}

fn body(session: &mut Session, time: EventTime, call: Call, frame: Frame<'_>) -> Json {
    let Frame { account, event_id, setting } = frame;
    let caller = call.invoked_by.or(match &session.identity {
        Identity::Service(host, _) => Some(*host),
        _ => None,
    });
    let route =
        Route { host: call.host, service: call.service, data: call.data, by_service: caller.is_some() };
    let identity = setting.identity.unwrap_or_else(|| session.identity.json(call.invoked_by));
    let (code, message) = call.fault.map_or((None, None), |fault| (Some(fault.code), Some(fault.message)));
    let record = map([
        ("eventVersion", text("1.11")),
        ("userIdentity", identity),
        ("eventTime", text(whole_seconds(time))),
        ("eventSource", text(format!("{}.amazonaws.com", call.service))),
        ("eventName", text(call.name)),
        ("awsRegion", text(account.region)),
        ("sourceIPAddress", text(caller.unwrap_or(&session.place.address))),
        ("userAgent", text(caller.unwrap_or(&session.place.agent))),
    ])
    .with_some("errorCode", code)
    .with_some("errorMessage", message)
    .with("requestParameters", call.request)
    .with("responseElements", call.response)
    .with_some("additionalEventData", call.additional)
    .with("requestID", setting.request_id.unwrap_or_else(|| request_id(&mut session.rng, call.service)))
    .with("eventID", event_id)
    .with("readOnly", call.read_only);
    let record = if call.resources.is_empty() { record } else { record.with("resources", call.resources) };
    let record = record
        .with("eventType", setting.kind.unwrap_or("AwsApiCall"))
        .with("managementEvent", !call.data)
        .with("recipientAccountId", account.id)
        .with_some("sharedEventID", setting.shared);
    way(record, session, route)
}

/// What of a call decides how it reaches AWS.
struct Route {
    host: Option<String>,
    service: &'static str,
    data: bool,
    by_service: bool,
}

/// How the call reached AWS.
fn way(record: Json, session: &Session, route: Route) -> Json {
    let category = if route.data { "Data" } else { "Management" };
    let endpoint = session.place.endpoint.filter(|_| !route.by_service);
    let record = record
        .with_some("vpcEndpointId", endpoint.map(|(id, _)| id))
        .with_some("vpcEndpointAccountId", endpoint.map(|(_, account)| account))
        .with("eventCategory", category);
    if route.by_service || own_service(&session.identity) {
        return record;
    }
    let region = session.account().region;
    let host = match (route.host, route.service) {
        (Some(host), _) => format!("{host}.{region}.amazonaws.com"),
        (None, "iam") => "iam.amazonaws.com".into(),
        (None, service) => format!("{service}.{region}.amazonaws.com"),
    };
    let record = record.with(
        "tlsDetails",
        map([
            ("tlsVersion", text("TLSv1.3")),
            ("cipherSuite", text("TLS_AES_128_GCM_SHA256")),
            ("clientProvidedHostHeader", text(host)),
        ]),
    );
    let console = matches!(&session.identity, Identity::Role(session) if session.start == Start::Console);
    record.with_some("sessionCredentialFromConsole", console.then_some("true"))
}

fn own_service(identity: &Identity) -> bool {
    matches!(identity, Identity::Role(session)
        if matches!(&**session, RoleSession { start: Start::Service(_), .. }))
}

/// A request id in the service's own shape.
pub(super) fn request_id(rng: &mut Rng, service: &str) -> String {
    match service {
        "s3" => ids::short_request_id(rng),
        _ => ids::uuid(rng),
    }
}
