//! Calls to what services hand work and settings to each other with: tables, queues, topics, parameters, keys.

use super::call::Call;
use super::identity::Account;
use crate::json::{Json, map, text};

fn arn(owner: Account, service: &str, tail: &str) -> String {
    format!("arn:aws:{service}:{}:{}:{tail}", owner.region, owner.id)
}

/// Writes an item of a table.
pub fn put_item(owner: Account, table: &str, key: &str) -> Call {
    let mut call = Call::write("dynamodb", "PutItem")
        .asking([
            ("tableName", text(table)),
            ("key", map([(key, text("HIDDEN_DUE_TO_SECURITY_REASONS"))])),
            ("items", Json::List(vec![text(key)])),
        ])
        .on(owner.id, "AWS::DynamoDB::Table", arn(owner, "dynamodb", &format!("table/{table}")));
    call.data = true;
    call
}

/// Reads many items of a table.
pub fn query(owner: Account, table: &str) -> Call {
    let mut call = Call::read("dynamodb", "Query")
        .asking([("tableName", text(table)), ("consistentRead", Json::Bool(false))])
        .on(owner.id, "AWS::DynamoDB::Table", arn(owner, "dynamodb", &format!("table/{table}")));
    call.data = true;
    call
}

fn queue(mut call: Call, owner: Account, queue: &str) -> Call {
    let url = format!("https://sqs.{}.amazonaws.com/{}/{queue}", owner.region, owner.id);
    call = call.asking([("queueUrl", text(url))]).on(owner.id, "AWS::SQS::Queue", arn(owner, "sqs", queue));
    call.data = true;
    call
}

/// Waits at a queue.
pub fn receive_message(owner: Account, name: &str) -> Call {
    queue(Call::read("sqs", "ReceiveMessage"), owner, name)
}

/// Puts a message into a queue.
pub fn send_message(owner: Account, name: &str) -> Call {
    queue(Call::write("sqs", "SendMessage"), owner, name)
}

/// Tells the subscribers of a topic.
pub fn publish(owner: Account, topic: &str) -> Call {
    let arn = arn(owner, "sns", topic);
    let mut call = Call::write("sns", "Publish")
        .asking([("topicArn", text(&arn)), ("message", text("HIDDEN_DUE_TO_SECURITY_REASONS"))])
        .on(owner.id, "AWS::SNS::Topic", arn);
    call.data = true;
    call
}

/// Reads a plain parameter.
pub fn get_parameter(name: &str) -> Call {
    Call::read("ssm", "GetParameter").asking([("name", text(name)), ("withDecryption", Json::Bool(false))])
}

/// Decrypts with a key, by oneself.
pub fn decrypt_with(owner: Account, key: &str) -> Call {
    Call::read("kms", "Decrypt").asking([("encryptionAlgorithm", text("SYMMETRIC_DEFAULT"))]).on(
        owner.id,
        "AWS::KMS::Key",
        arn(owner, "kms", &format!("key/{key}")),
    )
}

/// Starts a state machine.
pub fn start_execution(owner: Account, machine: &str) -> Call {
    Call::write("states", "StartExecution")
        .asking([("stateMachineArn", text(arn(owner, "states", &format!("stateMachine:{machine}"))))])
}

/// Reads a secret of Secrets Manager by its whole ARN, with the six characters that the service puts behind the name.
pub fn get_secret_by_arn(owner: Account, name: &str, suffix: &str) -> Call {
    let arn = arn(owner, "secretsmanager", &format!("secret:{name}-{suffix}"));
    Call::read("secretsmanager", "GetSecretValue").asking([("secretId", text(arn))])
}
