//! What was acted on: the ARN that the record lists, or one made from the request.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::event::{Event, some};
use super::group;
use crate::json::{Fault, Json};

/// A line of `aws-resources.txt`.
#[derive(Debug)]
pub(super) struct Recipe {
    service: &'static str,
    events: &'static str,
    path: Vec<&'static str>,
    pub(super) kind: &'static str,
    form: &'static str,
}

static RECIPES: LazyLock<Vec<Recipe>> = LazyLock::new(|| {
    let lines = include_str!("../../../data/aws-resources.txt").lines();
    lines.filter(|line| !line.starts_with('#')).filter_map(recipe).collect()
});

fn recipe(line: &'static str) -> Option<Recipe> {
    let mut words = line.split_whitespace();
    let mut word = || words.next();
    let (service, events, parameter, kind, form) = (word()?, word()?, word()?, word()?, word()?);
    word().is_none().then(|| Recipe { service, events, path: parameter.split('.').collect(), kind, form })
}

/// The recipes that fit an action, in the order of the table.
pub(super) fn recipes(service: &str, event_name: &str) -> Vec<&'static Recipe> {
    let fits = |recipe: &&Recipe| {
        recipe.service == service
            && match recipe.events.strip_suffix('*') {
                Some(prefix) => event_name.starts_with(prefix),
                None => event_name == recipe.events,
            }
    };
    RECIPES.iter().filter(fits).collect()
}

/// The kinds of `resources[].type`.
const TYPES: &[(&str, &str)] = &[
    ("AWS::S3::Object", "aws.s3.object"),
    ("AWS::S3::Bucket", "aws.s3.bucket"),
    ("AWS::IAM::Role", "aws.role"),
    ("AWS::IAM::User", "aws.user"),
    ("AWS::KMS::Key", "aws.kms_key"),
    ("AWS::DynamoDB::Table", "aws.dynamodb.table"),
    ("AWS::Lambda::Function", "aws.lambda.function"),
    ("AWS::SecretsManager::Secret", "aws.secret"),
    ("AWS::SQS::Queue", "aws.queue"),
    ("AWS::SNS::Topic", "aws.topic"),
    ("AWS::SES::EmailIdentity", "aws.email_identity"),
    ("AWS::Bedrock::Model", "aws.bedrock.model"),
    ("AWS::Bedrock::AgentAlias", "aws.bedrock.agent"),
    ("AWS::Bedrock::InlineAgent", "aws.bedrock.agent"),
    ("AWS::Bedrock::FlowAlias", "aws.bedrock.flow"),
    ("AWS::Bedrock::FlowExecution", "aws.bedrock.flow"),
    ("AWS::Bedrock::Guardrail", "aws.bedrock.guardrail"),
    ("AWS::Bedrock::KnowledgeBase", "aws.bedrock.knowledge_base"),
    ("AWS::Bedrock::Prompt", "aws.bedrock.prompt"),
    ("AWS::Bedrock::PromptVersion", "aws.bedrock.prompt"),
];

/// The kind of a type of resource.
pub(in crate::decode) fn kind_of_type(kind: &str) -> Option<&'static str> {
    TYPES.iter().find(|(word, _)| *word == kind).map(|(_, kind)| *kind)
}

/// A resource and its kind.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Resource<'e> {
    pub(super) name: Cow<'e, str>,
    pub(super) kind: Option<&'static str>,
    /// Whether the log names no ARN, and the name was made into one.
    pub(super) is_made: bool,
}

impl<'e> Resource<'e> {
    /// A resource that is named as it is in the log.
    pub(super) const fn logged(name: Cow<'e, str>, kind: Option<&'static str>) -> Self {
        Self { name, kind, is_made: false }
    }

    /// A resource by the value of a request's parameter: an ARN as it is, anything else by the recipe's form.
    pub(super) fn by_recipe(event: &Event<'e>, recipe: &Recipe, value: Cow<'e, str>) -> Self {
        let value = if recipe.kind == "aws.parameter" { without_selector(value) } else { value };
        let is_made = recipe.form != "{}" && !value.starts_with("arn:");
        let name = if is_made { Cow::Owned(made(event, recipe, &value)) } else { value };
        Self { name, kind: Some(recipe.kind), is_made }
    }

    /// Writes its template.
    pub(super) fn write_group(&self, into: &mut String) {
        match self.kind {
            Some("aws.secret") if self.is_made => group::group_of_secret(into, &self.name),
            kind => group::group(into, &self.name, kind),
        }
    }
}

/// A parameter without the version or label behind it: it is one parameter, whichever of its values is asked for.
fn without_selector(name: Cow<'_, str>) -> Cow<'_, str> {
    let parts = if name.starts_with("arn:") { 6 } else { 1 };
    match name.match_indices(':').nth(parts - 1) {
        Some((at, _)) => Cow::Owned(name.get(..at).unwrap_or_default().to_owned()),
        None => name,
    }
}

/// The resources that the record lists by ARN, with their kinds where it says them.
pub(super) fn listed<'e>(event: &Event<'e>) -> Vec<Resource<'e>> {
    let mut found = Vec::new();
    let Some(resources) = event.resources else { return found };
    let mut json = Json::of_text(resources);
    let read = json.array(|json| {
        let (mut name, mut kind) = (None, None);
        json.object(|json, key| {
            match key {
                b"ARN" | b"arn" => name = json.text()?,
                b"type" => kind = json.text()?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            let kind = kind.as_deref().and_then(kind_of_type);
            found.push(Resource::logged(name, kind));
        }
        Ok(())
    });
    // The text was checked when the record was read.
    debug_assert_eq!(read, Ok(()));
    found
}

/// The resource of an event: the first listed that is not merely the bucket of another, else by the recipes.
pub(super) fn resource<'e>(event: &Event<'e>, recipes: &[&'static Recipe]) -> Option<Resource<'e>> {
    if event.resources.is_some() {
        let mut listed = listed(event);
        if !listed.is_empty() {
            let best = listed.iter().position(|resource| resource.kind != Some("aws.s3.bucket")).unwrap_or(0);
            let mut resource = listed.swap_remove(best);
            resource.kind = resource.kind.or_else(|| recipes.first().map(|recipe| recipe.kind));
            return Some(resource);
        }
    }
    let request = event.request.filter(|_| !recipes.is_empty())?;
    let (recipe, value) = find(request, recipes)?;
    if recipe.kind == "aws.s3.bucket"
        && let Some(key) = member(request, "key").filter(|key| !key.is_empty())
    {
        let name = Cow::Owned(format!("{}/{key}", Resource::by_recipe(event, recipe, value).name));
        return Some(Resource::logged(name, Some("aws.s3.object")));
    }
    Some(Resource::by_recipe(event, recipe, value))
}

/// The value of the first recipe whose parameter is present.
fn find<'e>(request: &'e str, recipes: &[&'static Recipe]) -> Option<(&'static Recipe, Cow<'e, str>)> {
    let mut best: Option<(usize, Cow<'e, str>)> = None;
    let mut json = Json::of_text(request);
    let read = json.object(|json, key| {
        for (index, recipe) in recipes.iter().enumerate() {
            let (first, rest) = recipe.path.split_first().ok_or(Fault::Broken)?;
            if first.as_bytes() == key && best.as_ref().is_none_or(|(held, _)| index < *held) {
                let value = descend(&mut json.clone(), rest)?.filter(|value| !value.is_empty());
                best = value.map(|value| (index, value)).or(best.take());
            }
        }
        json.skip()
    });
    debug_assert_eq!(read, Ok(()));
    best.and_then(|(index, value)| Some((*recipes.get(index)?, value)))
}

/// The text at a path; of an array the first element counts.
fn descend<'e>(json: &mut Json<'e>, path: &[&str]) -> Result<Option<Cow<'e, str>>, Fault> {
    let mut found = None;
    match (json.peek(), path.split_first()) {
        (b'[', _) => json.array(|json| {
            if found.is_some() {
                return json.skip();
            }
            found = descend(json, path)?;
            Ok(())
        })?,
        (b'{', Some((first, rest))) => json.object(|json, key| {
            if key != first.as_bytes() {
                return json.skip();
            }
            found = descend(json, rest)?;
            Ok(())
        })?,
        (_, None) => found = json.text()?,
        _ => json.skip()?,
    }
    Ok(found)
}

/// A member of an object, as text.
pub(super) fn member<'e>(object: &'e str, name: &str) -> Option<Cow<'e, str>> {
    let mut found = None;
    let mut json = Json::of_text(object);
    let read = json.object(|json, key| {
        if key == name.as_bytes() {
            found = json.text()?;
            return Ok(());
        }
        json.skip()
    });
    debug_assert_eq!(read, Ok(()));
    found
}

/// All texts of a list in an object; a single text counts as a list of one.
pub(super) fn list<'e>(object: &'e str, name: &str) -> Vec<Cow<'e, str>> {
    let mut found = Vec::new();
    let mut json = Json::of_text(object);
    let read = json.object(|json, key| match json.peek() {
        _ if key != name.as_bytes() => json.skip(),
        b'[' => json.array(|json| json.text().map(|text| found.extend(text))),
        _ => json.text().map(|text| found.extend(text)),
    });
    debug_assert_eq!(read, Ok(()));
    found
}

/// The ARN of a value by the recipe's form.
fn made(event: &Event<'_>, recipe: &Recipe, value: &str) -> String {
    let region = some(&event.region).unwrap_or_default();
    let partition = match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    let account = some(&event.recipient_account).or(some(&event.identity.account)).unwrap_or_default();
    let mut name = String::with_capacity(recipe.form.len() + value.len() + 32);
    let mut rest = recipe.form;
    while let Some((before, tail)) = rest.split_once('{') {
        name.push_str(before);
        let (hole, tail) = tail.split_once('}').unwrap_or((tail, ""));
        name.push_str(match hole {
            "p" => partition,
            "r" => region,
            "a" => account,
            _ if before.ends_with('/') => value.trim_start_matches('/').trim_end_matches('/'),
            _ => value,
        });
        rest = tail;
    }
    name.push_str(rest);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_recipe() {
        let lines =
            include_str!("../../../data/aws-resources.txt").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(lines.count(), RECIPES.len());
        for recipe in RECIPES.iter() {
            assert!(recipe.kind.starts_with("aws."), "{recipe:?}");
            assert!(recipe.form.ends_with("{}") || recipe.form.ends_with("{}/*"), "{recipe:?}");
        }
    }
}
