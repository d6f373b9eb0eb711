//! AWS CloudTrail as AWS writes it: identities and sessions, the record, the calls, and the files that are delivered.

mod call;
mod delivery;
mod identity;
mod models;
mod operations;
mod services;
mod storage;
mod tokens;
mod trail;

pub use call::{Call, Fault};
pub(crate) use delivery::arrivals;
pub use delivery::{DeliveredFile, deliver};
pub use identity::{Account, Identity, Person, Place, Role, RoleSession, Session, Start, User};
pub use models::{
    create_endpoint_config, create_training_job, describe_endpoint, invoke_model, update_endpoint,
};
pub use operations::{
    attach_role_policy, detach_role_policy, invoke_function, named, put_role_policy, set_key_status,
    start_logging, stop_logging, update_function_code,
};
pub use services::{
    decrypt_with, get_parameter, get_secret_by_arn, publish, put_item, query, receive_message, send_message,
    start_execution,
};
pub use storage::{decrypt, get_item, get_object, get_secret, list_buckets, list_objects, put_object};
pub use tokens::{Federation, Wanted, assume, federate, hand_over, own_role, sign_in};
pub use trail::{Entry, Trail};
