//! Calls to stored data: objects, items, keys and secrets.

use super::call::Call;
use super::identity::Account;
use crate::json::{Json, map, text};

fn object(name: &'static str, read_only: bool, owner: Account, bucket: &str, key: &str) -> Call {
    let call = if read_only { Call::read("s3", name) } else { Call::write("s3", name) };
    let mut call = call
        .asking([("bucketName", text(bucket)), ("Host", text(host(owner, bucket))), ("key", text(key))])
        .on(owner.id, "AWS::S3::Object", format!("arn:aws:s3:::{bucket}/{key}"))
        .on(owner.id, "AWS::S3::Bucket", format!("arn:aws:s3:::{bucket}"));
    call.data = true;
    signed(call, bucket)
}

fn host(owner: Account, bucket: &str) -> String {
    format!("{bucket}.s3.{}.amazonaws.com", owner.region)
}

fn signed(mut call: Call, bucket: &str) -> Call {
    call.additional = map([
        ("SignatureVersion", text("SigV4")),
        ("CipherSuite", text("TLS_AES_128_GCM_SHA256")),
        ("AuthenticationMethod", text("AuthHeader")),
    ]);
    call.host = Some(if bucket.is_empty() { "s3".into() } else { format!("{bucket}.s3") });
    call
}

/// Reads an object.
pub fn get_object(owner: Account, bucket: &str, key: &str) -> Call {
    object("GetObject", true, owner, bucket, key)
}

/// Writes an object.
pub fn put_object(owner: Account, bucket: &str, key: &str) -> Call {
    object("PutObject", false, owner, bucket, key)
}

/// Lists a bucket under a prefix.
pub fn list_objects(owner: Account, bucket: &str, prefix: &str) -> Call {
    let mut call = Call::read("s3", "ListObjects")
        .asking([
            ("list-type", text("2")),
            ("bucketName", text(bucket)),
            ("prefix", text(prefix)),
            ("Host", text(host(owner, bucket))),
        ])
        .on(owner.id, "AWS::S3::Bucket", format!("arn:aws:s3:::{bucket}"));
    call.resources.push(map([
        ("type", text("AWS::S3::Object")),
        ("ARNPrefix", text(format!("arn:aws:s3:::{bucket}/{prefix}"))),
    ]));
    call.data = true;
    signed(call, bucket)
}

/// Lists all buckets.
pub fn list_buckets(owner: Account) -> Call {
    let host = format!("s3.{}.amazonaws.com", owner.region);
    signed(Call::read("s3", "ListBuckets").asking([("Host", text(host))]), "")
}

/// Reads an item of a table.
pub fn get_item(owner: Account, table: &str, key: &str) -> Call {
    let mut call = Call::read("dynamodb", "GetItem")
        .asking([
            ("tableName", text(table)),
            ("key", map([(key, text("HIDDEN_DUE_TO_SECURITY_REASONS"))])),
            ("consistentRead", Json::Bool(false)),
        ])
        .on(
            owner.id,
            "AWS::DynamoDB::Table",
            format!("arn:aws:dynamodb:{}:{}:table/{table}", owner.region, owner.id),
        );
    call.data = true;
    call
}

/// Decrypts a data key for a bucket: S3 does it for whoever reads the object.
pub fn decrypt(owner: Account, key: &str, bucket: &str) -> Call {
    Call::read("kms", "Decrypt")
        .asking([
            ("encryptionContext", map([("aws:s3:arn", text(format!("arn:aws:s3:::{bucket}")))])),
            ("encryptionAlgorithm", text("SYMMETRIC_DEFAULT")),
        ])
        .on(owner.id, "AWS::KMS::Key", format!("arn:aws:kms:{}:{}:key/{key}", owner.region, owner.id))
        .through("s3.amazonaws.com")
}

/// Reads a secret of Secrets Manager.
pub fn get_secret(owner: Account, name: &str) -> Call {
    let arn = format!("arn:aws:secretsmanager:{}:{}:secret:{name}", owner.region, owner.id);
    Call::read("secretsmanager", "GetSecretValue").asking([("secretId", text(arn))])
}
