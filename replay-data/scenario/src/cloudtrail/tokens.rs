//! How temporary credentials come about: the calls that hand them out, and the sessions they start.

use std::borrow::Cow;

use ambit_schemas::EventTime;

use super::call::Call;
use super::identity::{Account, Identity, Person, Place, Role, RoleSession, Session, Start};
use super::trail::{Setting, Trail};
use crate::calendar::{after, american};
use crate::ids;
use crate::json::{Json, map, text};
use crate::rng::Rng;

/// A session that somebody wants.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// Of this role.
    pub role: &'a Role,
    /// Under this session name.
    pub name: &'a str,
    /// For so many seconds.
    pub secs: i64,
    /// To be used from here.
    pub place: Place,
}

/// A web identity: who vouches for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Federation {
    /// The provider without the scheme: `token.actions.githubusercontent.com`.
    pub provider: Cow<'static, str>,
    /// The subject it vouches for.
    pub subject: Cow<'static, str>,
}

impl Wanted<'_> {
    fn session(&self, time: EventTime, start: Start, rng: &mut Rng) -> Session {
        let session = RoleSession {
            role: self.role.clone(),
            name: self.name.into(),
            key: ids::temporary_key(rng),
            created: time,
            expires: after(time, self.secs),
            start,
        };
        let rng = Rng::stream(rng.bits(), &session.key);
        Session { identity: Identity::Role(Box::new(session)), place: self.place.clone(), rng }
    }

    fn request(&self) -> Json {
        map([
            ("roleArn", text(self.role.arn())),
            ("roleSessionName", text(self.name)),
            ("durationSeconds", Json::Number(self.secs)),
        ])
    }
}

fn handed_out(session: &RoleSession, rng: &mut Rng) -> Json {
    map([
        (
            "credentials",
            map([
                ("accessKeyId", text(&session.key)),
                ("sessionToken", text(ids::session_token(rng))),
                ("expiration", text(american(session.expires))),
            ]),
        ),
        (
            "assumedRoleUser",
            map([
                ("assumedRoleId", text(format!("{}:{}", session.role.id, session.name))),
                ("arn", text(session.role.session_arn(&session.name))),
            ]),
        ),
    ])
}

/// The issuing call with the session in its answer.
fn issuing(name: &'static str, wanted: &Wanted<'_>, session: &Session, rng: &mut Rng) -> Call {
    let mut call = Call::read("sts", name).on(wanted.role.account.id, "AWS::IAM::Role", wanted.role.arn());
    call.request = wanted.request();
    if let Identity::Role(session) = &session.identity {
        call.response = handed_out(session, rng);
    }
    call
}

/// `AssumeRole` by a session; both accounts record it when they differ.
pub fn assume(
    trail: &mut Trail,
    by: &mut Session,
    time: EventTime,
    wanted: &Wanted<'_>,
) -> (Session, String) {
    let session = wanted.session(time, Start::Assumed, &mut by.rng);
    let call = issuing("AssumeRole", wanted, &session, &mut by.rng);
    let home = by.account();
    if home == wanted.role.account {
        let id = trail.record(by, time, call, Setting::default());
        return (session, id);
    }
    let shared = Some(ids::uuid(&mut by.rng));
    let request_id = Some(ids::uuid(&mut by.rng));
    let principal = match &by.identity {
        Identity::Role(caller) => format!("{}:{}", caller.role.id, caller.name),
        Identity::User(user) => user.id.clone(),
        Identity::Service(host, _) => (*host).to_owned(),
    };
    let stranger =
        map([("type", text("AWSAccount")), ("principalId", text(principal)), ("accountId", text(home.id))]);
    let there = Setting {
        recipient: Some(wanted.role.account),
        identity: Some(stranger),
        shared: shared.clone(),
        request_id: request_id.clone(),
        kind: None,
    };
    trail.record(by, time, call.clone(), there);
    let id = trail.record(by, time, call, Setting { shared, request_id, ..Setting::default() });
    (session, id)
}

/// `AssumeRoleWithWebIdentity`: a pod or a pipeline comes with a token.
pub fn federate(
    trail: &mut Trail,
    rng: &mut Rng,
    time: EventTime,
    who: &Federation,
    wanted: &Wanted<'_>,
) -> Session {
    let account = wanted.role.account;
    let provider = format!("arn:aws:iam::{}:oidc-provider/{}", account.id, who.provider);
    let mut session = wanted.session(time, Start::Federated(provider.clone()), rng);
    let mut call = issuing("AssumeRoleWithWebIdentity", wanted, &session, rng);
    call.response = map([("subjectFromWebIdentityToken", text(&*who.subject))])
        .with_some("credentials", field(&call.response, "credentials"))
        .with_some("assumedRoleUser", field(&call.response, "assumedRoleUser"))
        .with("provider", provider.clone())
        .with("audience", "sts.amazonaws.com");
    let identity = map([
        ("type", text("WebIdentityUser")),
        ("principalId", text(format!("{provider}:sts.amazonaws.com:{}", who.subject))),
        ("userName", text(&*who.subject)),
        ("identityProvider", text(provider)),
    ]);
    trail.record(&mut session, time, call, Setting { identity: Some(identity), ..Setting::default() });
    session
}

/// `AssumeRole` by a cloud service: for an instance, or for a job that runs in the service.
pub fn hand_over(
    trail: &mut Trail,
    rng: &mut Rng,
    time: EventTime,
    host: &'static str,
    wanted: &Wanted<'_>,
) -> Session {
    let start = if host == "ec2.amazonaws.com" { Start::Instance } else { Start::Assumed };
    let session = wanted.session(time, start, rng);
    let call = issuing("AssumeRole", wanted, &session, rng);
    let mut service = Session::of_service(host, wanted.role.account, Rng::stream(rng.bits(), host));
    let shared = Some(ids::uuid(rng));
    trail.record(&mut service, time, call, Setting { shared, ..Setting::default() });
    session
}

/// A session of a service's own role: its issuance is not logged.
pub fn own_role(rng: &mut Rng, time: EventTime, host: &'static str, wanted: &Wanted<'_>) -> Session {
    wanted.session(time, Start::Service(host), rng)
}

/// A person signs in to the console through single sign-on.
pub fn sign_in(trail: &mut Trail, rng: &mut Rng, time: EventTime, who: &Person, role: &Role) -> Session {
    let place = Place { address: who.address.into(), agent: who.browser.into(), endpoint: None };
    let wanted = Wanted { role, name: who.mail, secs: 4 * 3_600, place };
    let mut session = wanted.session(time, Start::Console, rng);
    let provider =
        format!("arn:aws:iam::{}:saml-provider/AWSSSO_4d1f0c7e92ab36d5_DO_NOT_DELETE", role.account.id);
    let identity = map([
        ("type", text("SAMLUser")),
        ("principalId", text(format!("kb0bZ2yUEXAMPLEkEmzBlUnLPqA=:{}", who.mail))),
        ("userName", text(who.mail)),
        ("identityProvider", text("kb0bZ2yUEXAMPLEkEmzBlUnLPqA=")),
    ]);
    let mut call = issuing("AssumeRoleWithSAML", &wanted, &session, rng);
    call.request = call.request.with("principalArn", provider);
    trail.record(&mut session, time, call, Setting { identity: Some(identity), ..Setting::default() });
    console_login(trail, &mut session, after(time, 1), role.account);
    session
}

fn console_login(trail: &mut Trail, session: &mut Session, time: EventTime, account: Account) {
    let mut call = Call::write("signin", "ConsoleLogin").answering([("ConsoleLogin", text("Success"))]);
    call.additional = map([("MobileVersion", text("No")), ("MFAUsed", text("No"))]);
    call.host = Some("signin".into());
    let kind = Some("AwsConsoleSignIn");
    trail.record(session, time, call, Setting { recipient: Some(account), kind, ..Setting::default() });
}

fn field(object: &Json, name: &str) -> Json {
    match object {
        Json::Map(fields) => {
            fields.iter().find(|(key, _)| key == name).map_or(Json::Null, |(_, value)| value.clone())
        }
        _ => Json::Null,
    }
}
