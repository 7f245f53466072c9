//! The scenario in the AWS SDK for Rust: `scenario PREFIX`, with AWS_ENDPOINT_URL and the other variables.

mod dynamodb;
mod s3;
mod sns;
mod sqs;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_sts::config::Credentials;
use aws_sdk_sts::error::ProvideErrorMetadata;
use std::error::Error;
use std::fmt::Debug;

pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

pub struct Scenario {
    pub config: SdkConfig,
    pub prefix: String,
}

/// Says that a step has held.
pub fn held(name: &str) {
    println!("{name}");
}

/// The modelled error of a call that must have failed, with this code.
pub fn refused<T: Debug, E: ProvideErrorMetadata + Debug>(answer: Result<T, E>, code: &str) -> Outcome<E> {
    let error = answer.err().ok_or(format!("no {code}"))?;
    if error.code() != Some(code) {
        return Err(format!("{error:?} is not {code}").into());
    }
    Ok(error)
}

async fn sts(scenario: &Scenario) -> Outcome {
    let sts = aws_sdk_sts::Client::new(&scenario.config);
    assert_eq!(sts.get_caller_identity().send().await?.account(), Some("000000000000"));
    held("sts.caller_identity");
    let role = sts.assume_role().role_arn("arn:aws:iam::000000000000:role/reader").role_session_name("session");
    let taken = role.send().await?.credentials.ok_or("no credentials")?;
    let (key, secret, token) = (taken.access_key_id, taken.secret_access_key, taken.session_token);
    let session = Credentials::new(key, secret, Some(token), None, "assumed");
    let config = aws_sdk_sts::config::Builder::from(&scenario.config).credentials_provider(session).build();
    let who = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send().await?;
    assert_eq!(who.arn(), Some("arn:aws:sts::000000000000:assumed-role/reader/session"));
    held("sts.assume_role");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let prefix = std::env::args().nth(1).ok_or("scenario PREFIX")?;
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let scenario = Scenario { config, prefix };
    sts(&scenario).await?;
    s3::run(&scenario).await?;
    dynamodb::run(&scenario).await?;
    let mut queues = sqs::Queues::new(&scenario);
    sqs::run(&mut queues).await?;
    sns::run(&scenario, &mut queues).await?;
    queues.delete_all().await
}
