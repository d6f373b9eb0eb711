//! Who acted, with which credential.

use std::borrow::Cow;

use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::{CredentialKind, PrincipalKind};

use crate::decode::pieces::{before, cut, pieces};
use crate::decode::session_arn::own_role;
use crate::decode::text::behind_colons;

use super::event::{Event, Identity, some};

/// The identity columns of a row.
#[derive(Debug, Default)]
pub(super) struct Who<'e> {
    pub(super) principal: Option<Cow<'e, str>>,
    pub(super) kind: Option<PrincipalKind>,
    /// AWS's unique id of the same role or user: all that records of another account show of it.
    pub(super) alias: Option<Cow<'e, str>>,
    pub(super) session: Option<&'e str>,
    pub(super) credential: Option<&'e str>,
    pub(super) credential_kind: Option<CredentialKind>,
    pub(super) issued_at: Option<EventTime>,
    pub(super) auth_method: Option<&'static str>,
    pub(super) via_service: Option<&'e str>,
}

/// By which the console calls for who clicks in it.
const CONSOLE: &str = "signin.amazonaws.com";
/// How a cluster begins the subjects of its tokens.
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// The subject of a web identity. Any issuer may write the subject of a service account into its tokens: where it is none
/// that a managed cluster has, or one that is not told, its name stands before the subject, and it is nobody's account.
fn subject_of<'e>(subject: &'e str, provider: Option<&'e str>) -> Cow<'e, str> {
    let Some(provider) = provider.filter(|_| subject.starts_with(SERVICE_ACCOUNT)) else {
        return Cow::Borrowed(subject);
    };
    let issuer = provider.split_once("oidc-provider/").map_or(provider, |(_, issuer)| before(issuer, b':'));
    if is_clusters(issuer) { Cow::Borrowed(subject) } else { Cow::Owned(format!("{issuer}#{subject}")) }
}

/// Whether an issuer is that of a cluster which a cloud runs: of EKS, GKE or AKS.
fn is_clusters(issuer: &str) -> bool {
    let host = before(issuer, b'/');
    let is_of = |first: &str, domains: &[&str]| {
        host.starts_with(first) && domains.iter().any(|domain| host.ends_with(domain))
    };
    is_of("oidc.eks.", &[".amazonaws.com", ".amazonaws.com.cn"])
        || is_of("oidc-eks.", &[".api.aws", ".api.amazonwebservices.com.cn"])
        || is_of("", &[".oic.prod-aks.azure.com"])
        || host == "container.googleapis.com"
}

/// A name is no id where it was masked.
pub(super) fn unmasked(id: &str) -> Option<&str> {
    (!id.is_empty() && !id.as_bytes().contains(&b'*')).then_some(id)
}

/// An ARN's account, and what stands behind it: `(“111122223333”, “assumed-role/name/session”)`.
fn arn_tail(arn: &str) -> Option<(&str, &str)> {
    cut(behind_colons(arn, 4)?, b':')
}

impl<'e> Who<'e> {
    /// `from_console` is what AWS itself says of the call: a user agent may say anything.
    pub(super) fn of(event: &'e Event<'_>, from_console: bool) -> Self {
        let identity = &event.identity;
        let mut who = Self::default();
        let tail = some(&identity.arn).and_then(arn_tail);
        match tail.and_then(|(account, tail)| Some((account, cut(tail, b'/')?))) {
            Some((account, ("assumed-role", session))) => who.assumed_role(identity, account, session),
            Some((_, ("federated-user", name))) => who.federated_user(identity, name),
            Some((_, ("user", _))) => who.user(identity),
            _ => who.by_type(identity),
        }
        who.credential(event, from_console);
        // Who clicks in the console acts himself.
        who.via_service = some(&identity.invoked_by).filter(|service| *service != CONSOLE).or_else(|| {
            some(&event.source_address).filter(|address| !is_address(address) && !is_mask(address))
        });
        who
    }

    /// The role is the principal; its session is not. The issuer names the role with its path, the session's ARN
    /// without.
    fn assumed_role(&mut self, identity: &'e Identity<'_>, account: &str, session: &'e str) {
        let (role, session) = cut(session, b'/').unwrap_or((session, ""));
        let issuer = some(&identity.issuer);
        let partition = some(&identity.arn).and_then(|arn| pieces(arn, b':').nth(1)).unwrap_or("aws");
        self.principal = Some(match issuer {
            Some(issuer) => Cow::Borrowed(issuer),
            None => Cow::Owned(format!("arn:{partition}:iam::{account}:role/{role}")),
        });
        self.session = Some(session).filter(|session| !session.is_empty());
        self.alias = match some(&identity.federated_subject) {
            Some(subject) => Some(subject_of(subject, some(&identity.federated_provider))),
            None => unique_id(identity).map(Cow::Borrowed),
        };
        // The path is AWS's own; a name anybody may give, and it tells only where the path is not logged.
        let kind = match issuer {
            Some(issuer) => {
                let path = behind_colons(issuer, 5).and_then(|tail| tail.strip_prefix("role/"));
                path.and_then(own_role)
            }
            None if role.starts_with("AWSReservedSSO_") => Some(PrincipalKind::Human),
            None if role.starts_with("AWSServiceRoleFor") => Some(PrincipalKind::Service),
            None => None,
        };
        self.kind = kind.or(Some(PrincipalKind::Role));
        self.auth_method = Some(if kind == Some(PrincipalKind::Human) {
            "sso"
        } else if identity.ec2_role_delivery {
            "instance_profile"
        } else if identity.federated_provider.is_some() {
            "web_identity"
        } else {
            "assume_role"
        });
    }

    /// A user who took a token under a name of their own choice: the user is the principal.
    fn federated_user(&mut self, identity: &'e Identity<'_>, name: &'e str) {
        self.principal = some(&identity.issuer).or(some(&identity.arn)).map(Cow::Borrowed);
        self.kind = Some(PrincipalKind::User);
        self.session = Some(name);
        self.auth_method = Some("federation");
    }

    fn user(&mut self, identity: &'e Identity<'_>) {
        self.principal = some(&identity.arn).map(Cow::Borrowed);
        self.kind = Some(PrincipalKind::User);
        self.alias = unique_id(identity).map(Cow::Borrowed);
    }

    /// Who acts as the root of a member account (`sts:AssumeRoot`).
    fn assumed_root(&mut self, identity: &'e Identity<'_>) {
        let account = some(&identity.account);
        self.principal = match account {
            Some(account) => Some(Cow::Owned(format!("arn:aws:iam::{account}:root"))),
            None => some(&identity.arn).map(Cow::Borrowed),
        };
        self.kind = Some(PrincipalKind::Root);
        self.auth_method = Some("assume_root");
    }

    /// Identities without an ARN that says what they are.
    fn by_type(&mut self, identity: &'e Identity<'_>) {
        let name = some(&identity.arn).or(some(&identity.user_name)).or(some(&identity.principal_id));
        let kind = some(&identity.kind);
        if kind == Some("AssumedRoot") || name.is_some_and(|name| name.ends_with(":assumed-root")) {
            return self.assumed_root(identity);
        }
        let (principal, kind, method) = match kind {
            Some("Root") => (name, PrincipalKind::Root, None),
            Some("IAMUser") => return self.named_user(identity),
            Some("AWSAccount" | "AWSService") | None if identity.invoked_by.is_some() => {
                (some(&identity.invoked_by), PrincipalKind::Service, None)
            }
            Some("AWSAccount") => return self.other_account(identity),
            Some("AWSService") => (name, PrincipalKind::Service, None),
            Some("WebIdentityUser") => return self.web_identity(identity),
            Some("SAMLUser") => (some(&identity.user_name).or(name), PrincipalKind::Human, Some("saml")),
            Some("IdentityCenterUser") => {
                let person = some(&identity.on_behalf_of).or(name);
                (person, PrincipalKind::Human, Some("identity_center"))
            }
            Some("Role" | "AssumedRole") => return self.unnamed_role(identity),
            _ => (name, PrincipalKind::User, None),
        };
        self.principal = principal.and_then(unmasked).map(Cow::Borrowed);
        self.kind = self.principal.is_some().then_some(kind);
        self.auth_method = method;
    }

    /// The subject of a token that somebody else issued.
    fn web_identity(&mut self, identity: &'e Identity<'_>) {
        let (subject, id) = (some(&identity.user_name), some(&identity.principal_id));
        self.principal = match subject {
            Some(subject) => Some(subject_of(subject, some(&identity.provider).or(id))),
            None => id.map(Cow::Borrowed),
        };
        let is_account = |subject: &Cow<'_, str>| subject.starts_with(SERVICE_ACCOUNT);
        self.kind = self.principal.as_ref().map(|subject| {
            if is_account(subject) { PrincipalKind::ServiceAccount } else { PrincipalKind::User }
        });
        self.alias = id.filter(|_| subject.is_some()).map(Cow::Borrowed);
        self.auth_method = Some("web_identity");
    }

    /// A role of which only the unique id is logged, and behind it the name that whoever took it gave the session.
    fn unnamed_role(&mut self, identity: &'e Identity<'_>) {
        let id = some(&identity.principal_id);
        self.session = id.and_then(|id| cut(id, b':')).map(|(_, session)| session);
        let role = some(&identity.issuer).or(some(&identity.arn)).or_else(|| unique_id(identity));
        self.principal = role.or(some(&identity.user_name)).or(id).and_then(unmasked).map(Cow::Borrowed);
        self.kind = self.principal.is_some().then_some(PrincipalKind::Role);
    }

    fn named_user(&mut self, identity: &'e Identity<'_>) {
        self.alias = unique_id(identity).map(Cow::Borrowed);
        self.kind = Some(PrincipalKind::User);
        // Who fails to log in may have typed a password for a name: it is hidden.
        let name = some(&identity.user_name).filter(|name| !is_mask(name));
        self.principal = match (some(&identity.account), name) {
            (Some(account), Some(name)) => Some(Cow::Owned(format!("arn:aws:iam::{account}:user/{name}"))),
            (_, name) => name.or_else(|| unique_id(identity)).map(Cow::Borrowed),
        };
        self.kind = self.kind.filter(|_| self.principal.is_some());
    }

    /// A caller from another account: the record shows its unique id and account, no name.
    fn other_account(&mut self, identity: &'e Identity<'_>) {
        let id = unique_id(identity);
        self.alias = id.map(Cow::Borrowed);
        self.session = some(&identity.principal_id).and_then(|id| cut(id, b':')).map(|(_, session)| session);
        self.kind = match id.and_then(|id| id.get(..4)) {
            Some("AIDA") => Some(PrincipalKind::User),
            Some("AROA") => Some(PrincipalKind::Role),
            _ => None,
        };
        self.principal = match (id, some(&identity.account)) {
            (Some(id), _) => Some(Cow::Borrowed(id)),
            (None, Some("ANONYMOUS_PRINCIPAL") | None) => None,
            (None, Some(account)) => Some(Cow::Owned(format!("arn:aws:iam::{account}:root"))),
        };
        // Somebody of that account, machine or human.
        self.kind = self.kind.or(self.principal.as_ref().map(|_| PrincipalKind::User));
    }

    fn credential(&mut self, event: &'e Event<'_>, from_console: bool) {
        let identity = &event.identity;
        self.issued_at = some(&identity.created).and_then(EventTime::parse_rfc3339);
        let id = some(&identity.access_key).or(some(&identity.credential_id));
        self.credential = id.and_then(unmasked);
        self.credential_kind = id.map(|id| match kind_of_key(id) {
            Some(CredentialKind::StsSession) | None if from_console => CredentialKind::ConsoleSession,
            Some(kind) => kind,
            // Only bearer tokens, such as those of the Identity Center, are logged as `credentialId`.
            None if some(&identity.access_key).is_none() => CredentialKind::OauthToken,
            None if self.issued_at.is_some() => CredentialKind::StsSession,
            None => CredentialKind::StaticKey,
        });
        if from_console {
            self.auth_method = Some("console");
        } else if self.credential_kind == Some(CredentialKind::StaticKey) {
            self.auth_method = Some("access_key");
        }
    }
}

/// The kind of an access key by its first four characters.
pub(in crate::decode) fn kind_of_key(id: &str) -> Option<CredentialKind> {
    match id.get(..4)? {
        "ASIA" => Some(CredentialKind::StsSession),
        "AKIA" => Some(CredentialKind::StaticKey),
        "ABIA" => Some(CredentialKind::OauthToken),
        _ => None,
    }
}

/// The unique id of a role (`AROA…`) or user (`AIDA…`), without the session's name.
fn unique_id<'e>(identity: &'e Identity<'_>) -> Option<&'e str> {
    let id = some(&identity.principal_id)?;
    let id = cut(id, b':').map_or(id, |(id, _)| id);
    (id.starts_with("AROA") || id.starts_with("AIDA")).then(|| unmasked(id)).flatten()
}

/// Whether a source address is an address rather than a service's name.
pub(in crate::decode) fn is_address(text: &str) -> bool {
    let plausible = text.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':'));
    plausible && text.bytes().any(|byte| matches!(byte, b'.' | b':'))
}

/// A source address that was withheld.
fn is_mask(text: &str) -> bool {
    text.contains('*') || text.starts_with("HIDDEN") || text == "-"
}
