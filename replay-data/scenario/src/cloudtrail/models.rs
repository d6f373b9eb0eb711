//! Calls to models and to what serves them.

use super::call::Call;
use super::identity::Account;
use crate::json::{Json, map, text};

/// Invokes a model of Bedrock; with an answer in pieces where `streaming`.
pub fn invoke_model(owner: Account, model: &str, streaming: bool) -> Call {
    let name = if streaming { "InvokeModelWithResponseStream" } else { "InvokeModel" };
    let mut call = Call::read("bedrock", name).asking([("modelId", text(model))]);
    call.additional = map([("inferenceRegion", text(owner.region))]);
    call.host = Some("bedrock-runtime".into());
    call
}

fn arn(owner: Account, kind: &str, name: &str) -> String {
    format!("arn:aws:sagemaker:{}:{}:{kind}/{name}", owner.region, owner.id)
}

/// Looks at an endpoint.
pub fn describe_endpoint(endpoint: &str) -> Call {
    let mut call = Call::read("sagemaker", "DescribeEndpoint").asking([("endpointName", text(endpoint))]);
    call.host = Some("api.sagemaker".into());
    call
}

/// Prepares what an endpoint is to serve.
pub fn create_endpoint_config(owner: Account, config: &str, model: &str) -> Call {
    let variant = map([
        ("variantName", text("AllTraffic")),
        ("modelName", text(model)),
        ("initialInstanceCount", Json::Number(2)),
        ("instanceType", text("ml.g6.xlarge")),
    ]);
    let mut call = Call::write("sagemaker", "CreateEndpointConfig")
        .asking([("endpointConfigName", text(config)), ("productionVariants", Json::List(vec![variant]))])
        .answering([("endpointConfigArn", text(arn(owner, "endpoint-config", config)))]);
    call.host = Some("api.sagemaker".into());
    call
}

/// Makes an endpoint serve something else.
pub fn update_endpoint(owner: Account, endpoint: &str, config: &str) -> Call {
    let mut call = Call::write("sagemaker", "UpdateEndpoint")
        .asking([
            ("endpointName", text(endpoint)),
            ("endpointConfigName", text(config)),
            ("retainAllVariantProperties", Json::Bool(false)),
        ])
        .answering([("endpointArn", text(arn(owner, "endpoint", endpoint)))]);
    call.host = Some("api.sagemaker".into());
    call
}

/// Starts a training job that runs under a role.
pub fn create_training_job(owner: Account, job: &str, role: &str) -> Call {
    let resources = map([
        ("instanceType", text("ml.g5.2xlarge")),
        ("instanceCount", Json::Number(1)),
        ("volumeSizeInGB", Json::Number(100)),
    ]);
    let mut call = Call::write("sagemaker", "CreateTrainingJob")
        .asking([
            ("trainingJobName", text(job)),
            ("roleArn", text(role)),
            ("resourceConfig", resources),
            ("stoppingCondition", map([("maxRuntimeInSeconds", Json::Number(14_400))])),
        ])
        .answering([("trainingJobArn", text(arn(owner, "training-job", job)))]);
    call.host = Some("api.sagemaker".into());
    call
}
