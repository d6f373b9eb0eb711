//! What is known of an action before looking at the record: worked out once for each event source and name.

use std::hash::BuildHasher;

use ambit_schemas::vocabulary::ActionClass;
use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::resource::{self, Recipe};
use crate::actions::{self, ActionEntry};

/// AWS has some 20,000 actions; a log that names more is forged, and the memory is emptied.
const MAX_OPERATIONS: usize = 32_768;

/// What an action needs besides the columns that every record fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) enum Special {
    Nothing,
    /// Reads one secret.
    Secret,
    /// Reads several secrets.
    Secrets,
    /// Reads parameters, which are secrets when they are decrypted.
    Parameters,
    /// Hands out a credential, which the response names.
    Issue,
    /// Signs in at the console; the response says whether it worked.
    SignIn,
    /// Switches an access key on or off; off takes it away as much as deleting it does.
    KeyStatus,
    /// Calls a model.
    Model,
}

/// An action.
#[derive(Debug)]
pub(in crate::decode) struct Operation {
    source: Box<str>,
    name: Box<str>,
    /// `aws:<service>:<name>`.
    pub(in crate::decode) action: String,
    pub(super) service: Box<str>,
    pub(in crate::decode) entry: ActionEntry,
    pub(super) recipes: Vec<&'static Recipe>,
    pub(super) special: Special,
    /// Sensitivities by class and kind of resource, as far as they were needed.
    levels: Vec<(ActionClass, Option<&'static str>, u8)>,
}

impl Operation {
    fn new(source: &str, name: &str) -> Self {
        let service = actions::aws_service(source);
        let plain = actions::without_version(name);
        let entry = actions::aws(source, name);
        let special = match (service, plain, entry.class) {
            ("secretsmanager", "GetSecretValue", _) => Special::Secret,
            ("secretsmanager", "BatchGetSecretValue", _) => Special::Secrets,
            ("ssm", "GetParameter" | "GetParameters" | "GetParametersByPath" | "GetParameterHistory", _) => {
                Special::Parameters
            }
            ("iam", "UpdateAccessKey", _) => Special::KeyStatus,
            ("signin", "ConsoleLogin" | "CheckMfa" | "CredentialVerification", _) => Special::SignIn,
            // Its response repeats the caller's own key.
            ("signin", ..) => Special::Nothing,
            (_, _, ActionClass::Assume | ActionClass::CredentialIssue) => Special::Issue,
            ("bedrock" | "bedrock-runtime" | "sagemaker", _, ActionClass::ModelInvoke) => Special::Model,
            _ => Special::Nothing,
        };
        // A listing of machines names those it filters by, which says nothing of what was reached.
        let skipped = service == "ec2" && entry.class == ActionClass::List;
        Self {
            source: source.into(),
            name: name.into(),
            action: format!("aws:{service}:{plain}"),
            service: service.into(),
            entry,
            recipes: if skipped { Vec::new() } else { resource::recipes(service, plain) },
            special,
            levels: Vec::new(),
        }
    }

    /// The kind of what it acts on, where that is always the same.
    pub(in crate::decode) fn kind(&self) -> Option<&'static str> {
        let kind = self.recipes.first()?.kind;
        self.recipes.iter().all(|recipe| recipe.kind == kind).then_some(kind)
    }

    /// Whether it reads parameters, which are secrets only where they are decrypted.
    pub(in crate::decode) fn reads_parameters(&self) -> bool {
        self.special == Special::Parameters
    }

    /// The sensitivity of the action on a kind of resource.
    pub(in crate::decode) fn sensitivity(&mut self, class: ActionClass, kind: Option<&'static str>) -> u8 {
        let held = self.levels.iter().find(|(other, level_kind, _)| *other == class && *level_kind == kind);
        if let Some((_, _, level)) = held {
            return *level;
        }
        let level = self.entry.sensitivity_on(class, kind);
        self.levels.push((class, kind, level));
        level
    }
}

/// The actions seen so far.
#[derive(Debug, Default)]
pub(in crate::decode) struct Operations {
    all: Vec<Operation>,
    index: HashTable<(u64, usize)>,
    last: usize,
}

impl Operations {
    pub(in crate::decode) fn get(&mut self, source: &str, name: &str) -> &mut Operation {
        let at = self.find(source, name);
        self.last = at;
        &mut self.all[at]
    }

    fn find(&mut self, source: &str, name: &str) -> usize {
        let same = |operation: &Operation| *operation.name == *name && *operation.source == *source;
        if self.all.get(self.last).is_some_and(same) {
            return self.last;
        }
        let hash = FixedState::default().hash_one((source, name));
        let all = &self.all;
        if let Some((_, at)) = self.index.find(hash, |(other, at)| *other == hash && same(&all[*at])) {
            return *at;
        }
        if self.all.len() >= MAX_OPERATIONS {
            self.all.clear();
            self.index.clear();
        }
        let at = self.all.len();
        self.all.push(Operation::new(source, name));
        self.index.insert_unique(hash, (hash, at), |(hash, _)| *hash);
        at
    }
}
