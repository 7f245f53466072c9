use crate::{Outcome, Scenario, held, refused};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::*;
use std::collections::{BTreeSet, HashMap};

/// The queues of a run, and how all steps receive.
pub struct Queues {
    pub sqs: Client,
    prefix: String,
    made: Vec<String>,
}

impl Queues {
    pub fn new(scenario: &Scenario) -> Self {
        Self { sqs: Client::new(&scenario.config), prefix: scenario.prefix.clone(), made: vec![] }
    }

    pub async fn create(&mut self, name: &str, attributes: &[(QueueAttributeName, &str)]) -> Outcome<String> {
        let attributes = attributes.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
        let made = self.sqs.create_queue().queue_name(format!("{}-{name}", self.prefix));
        let url = made.set_attributes(Some(attributes)).send().await?.queue_url.ok_or("no URL")?;
        self.made.push(url.clone());
        Ok(url)
    }

    pub async fn arn(&self, url: &str) -> Outcome<String> {
        let asked = self.sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::QueueArn);
        let mut found = asked.send().await?.attributes.ok_or("no attributes")?;
        Ok(found.remove(&QueueAttributeName::QueueArn).ok_or("no ARN")?)
    }

    pub async fn receive(&self, url: &str, most: i32, wait: i32) -> Outcome<Vec<Message>> {
        let asked = self.sqs.receive_message().queue_url(url).max_number_of_messages(most).wait_time_seconds(wait);
        let asked = asked.message_attribute_names("All").message_system_attribute_names(MessageSystemAttributeName::All);
        Ok(asked.send().await?.messages.unwrap_or_default())
    }

    pub async fn delete(&self, url: &str, message: &Message) -> Outcome {
        self.sqs.delete_message().queue_url(url).set_receipt_handle(message.receipt_handle.clone()).send().await?;
        Ok(())
    }

    pub async fn delete_all(&self) -> Outcome {
        for url in &self.made {
            self.sqs.delete_queue().queue_url(url).send().await?;
        }
        Ok(())
    }
}

pub fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().filter_map(|message| message.body()).collect()
}

pub async fn run(queues: &mut Queues) -> Outcome {
    let jobs = queues.create("jobs", &[(QueueAttributeName::VisibilityTimeout, "45")]).await?;
    queues.sqs.tag_queue().queue_url(&jobs).tags("team", "music").send().await?;
    assert_eq!(queues.sqs.list_queue_tags().queue_url(&jobs).send().await?.tags().map(HashMap::len), Some(1));
    held("sqs.create_queue");
    messages(queues, &jobs).await?;
    batches(queues, &jobs).await?;
    let missing = queues.sqs.get_queue_url().queue_name(format!("{}-none", queues.prefix)).send().await;
    let error = missing.map_err(|e| e.into_service_error()).err().ok_or("no error")?;
    assert!(error.is_queue_does_not_exist(), "{error:?}");
    held("sqs.no_such_queue");
    let wrong = queues.sqs.delete_message().queue_url(&jobs).receipt_handle("no handle").send().await;
    let error = refused(wrong.map_err(|e| e.into_service_error()), "ReceiptHandleIsInvalid")?;
    assert!(error.is_receipt_handle_is_invalid());
    held("sqs.bad_handle");
    let prefix = format!("{}-page-", queues.prefix);
    for n in 0..5 {
        queues.create(&format!("page-{n}"), &[]).await?;
    }
    let mut pages = queues.sqs.list_queues().queue_name_prefix(prefix).into_paginator().page_size(2).send();
    let mut sizes = vec![];
    while let Some(page) = pages.next().await {
        sizes.push(page?.queue_urls().len());
    }
    assert_eq!(sizes, [2, 2, 1]);
    held("sqs.paginator");
    let url = queues.create("orders.fifo", &[(QueueAttributeName::FifoQueue, "true")]).await?;
    for body in ["1", "2", "2", "3"] {
        let sent = queues.sqs.send_message().queue_url(&url).message_body(body).message_group_id("one");
        sent.message_deduplication_id(body).send().await?;
    }
    assert_eq!(bodies(&queues.receive(&url, 10, 20).await?), ["1", "2", "3"]);
    held("sqs.fifo");
    dead_letter(queues).await
}

async fn messages(queues: &Queues, jobs: &str) -> Outcome {
    let text = MessageAttributeValue::builder().data_type("String").string_value("ü").build()?;
    let bytes = MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([0, 255])).build()?;
    let sent = queues.sqs.send_message().queue_url(jobs).message_body("with attributes");
    sent.message_attributes("Text", text.clone()).message_attributes("Bytes", bytes.clone()).send().await?;
    let messages = queues.receive(jobs, 1, 20).await?;
    let found = messages[0].message_attributes().ok_or("no attributes")?;
    assert_eq!((&found["Text"], &found["Bytes"]), (&text, &bytes));
    queues.delete(jobs, &messages[0]).await?;
    held("sqs.attributes");
    assert!(queues.receive(jobs, 1, 1).await?.is_empty());
    held("sqs.long_poll");
    queues.sqs.send_message().queue_url(jobs).message_body("twice").send().await?;
    let first = &queues.receive(jobs, 1, 20).await?[0];
    let change = queues.sqs.change_message_visibility().queue_url(jobs).visibility_timeout(0);
    change.set_receipt_handle(first.receipt_handle.clone()).send().await?;
    let second = &queues.receive(jobs, 1, 20).await?[0];
    let count = second.attributes().and_then(|a| a.get(&MessageSystemAttributeName::ApproximateReceiveCount));
    assert_eq!(count.map(String::as_str), Some("2"));
    queues.delete(jobs, second).await?;
    held("sqs.visibility");
    Ok(())
}

async fn batches(queues: &Queues, jobs: &str) -> Outcome {
    let entry = |id: &str| SendMessageBatchRequestEntry::builder().id(id).message_body(id);
    let entries: Result<Vec<_>, _> = (0..10).map(|n| entry(&n.to_string()).build()).collect();
    let sent = queues.sqs.send_message_batch().queue_url(jobs).set_entries(Some(entries?)).send().await?;
    assert_eq!((sent.successful().len(), sent.failed().len()), (10, 0));
    let mut found = BTreeSet::new();
    while found.len() < 10 {
        for message in queues.receive(jobs, 10, 20).await? {
            queues.delete(jobs, &message).await?;
            found.extend(message.body);
        }
    }
    held("sqs.batch");
    let sent = queues.sqs.send_message_batch().queue_url(jobs).entries(entry("good").build()?);
    let sent = sent.entries(entry("bad").delay_seconds(901).build()?).send().await?;
    assert_eq!((sent.successful().len(), sent.failed().len()), (1, 1));
    let failed = &sent.failed()[0];
    assert_eq!((failed.id(), failed.code(), failed.sender_fault()), ("bad", "InvalidParameterValue", true));
    held("sqs.batch_failed");
    Ok(())
}

async fn dead_letter(queues: &mut Queues) -> Outcome {
    let dead = queues.create("dead", &[]).await?;
    let arn = queues.arn(&dead).await?;
    let policy = format!(r#"{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 2}}"#);
    let attributes = [(QueueAttributeName::RedrivePolicy, policy.as_str()), (QueueAttributeName::VisibilityTimeout, "0")];
    let url = queues.create("tried", &attributes).await?;
    queues.sqs.send_message().queue_url(&url).message_body("poison").send().await?;
    for wait in [20, 20, 1] {
        assert_eq!(queues.receive(&url, 1, wait).await?.len(), usize::from(wait == 20));
    }
    assert_eq!(bodies(&queues.receive(&dead, 1, 20).await?), ["poison"]);
    let sources = queues.sqs.list_dead_letter_source_queues().queue_url(&dead).send().await?;
    assert_eq!(sources.queue_urls(), [url]);
    held("sqs.dead_letter");
    Ok(())
}
