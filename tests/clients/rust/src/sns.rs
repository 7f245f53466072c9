use crate::sqs::{Queues, bodies};
use crate::{Outcome, Scenario, held, refused};
use aws_sdk_sns::Client;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use aws_sdk_sqs::types::QueueAttributeName;

async fn subscribe(sns: &Client, topic: &str, queue: &str, attributes: &[(&str, &str)]) -> Outcome<String> {
    let mut asked = sns.subscribe().topic_arn(topic).protocol("sqs").endpoint(queue).return_subscription_arn(true);
    for (name, value) in attributes {
        asked = asked.attributes(*name, *value);
    }
    Ok(asked.send().await?.subscription_arn.ok_or("no ARN")?)
}

pub async fn run(scenario: &Scenario, queues: &mut Queues) -> Outcome {
    let sns = Client::new(&scenario.config);
    let events = sns.create_topic().name(format!("{}-events", scenario.prefix)).send().await?.topic_arn.ok_or("no ARN")?;
    let queue = queues.create("enveloped", &[]).await?;
    let subscription = subscribe(&sns, &events, &queues.arn(&queue).await?, &[]).await?;
    let sent = sns.publish().topic_arn(&events).subject("a subject").message("a message").send().await?;
    let messages = queues.receive(&queue, 1, 20).await?;
    for part in [sent.message_id().ok_or("no id")?, "\"Notification\"", "\"a subject\"", "\"a message\""] {
        assert!(bodies(&messages)[0].contains(part), "{part}");
    }
    sns.unsubscribe().subscription_arn(subscription).send().await?;
    assert!(sns.list_subscriptions_by_topic().topic_arn(&events).send().await?.subscriptions().is_empty());
    held("sns.publish");
    filter(&sns, &events, queues).await?;
    let good = PublishBatchRequestEntry::builder().id("good").message("good").build()?;
    let bad = PublishBatchRequestEntry::builder().id("bad").message("bad").message_deduplication_id("1").build()?;
    let entries = vec![good, bad];
    let sent = sns.publish_batch().topic_arn(&events).set_publish_batch_request_entries(Some(entries)).send().await?;
    assert_eq!((sent.successful().len(), sent.failed().len()), (1, 1));
    assert_eq!((sent.failed()[0].id(), sent.failed()[0].sender_fault()), ("bad", true));
    held("sns.batch_failed");
    ordered(&sns, scenario, queues).await?;
    let nobody = sns.publish().topic_arn(format!("{events}-none")).message("to nobody").send().await;
    assert!(refused(nobody.map_err(|e| e.into_service_error()), "NotFound")?.is_not_found_exception());
    held("sns.no_such_topic");
    for n in 0..101 {
        sns.create_topic().name(format!("{}-page-{n}", scenario.prefix)).send().await?;
    }
    let mut pages = sns.list_topics().into_paginator().send();
    let mut sizes = vec![];
    while let Some(page) = pages.next().await {
        sizes.push(page?.topics().len());
    }
    assert!(sizes.len() > 1 && sizes[0] == 100);
    held("sns.paginator");
    Ok(())
}

async fn filter(sns: &Client, topic: &str, queues: &mut Queues) -> Outcome {
    let queue = queues.create("filtered", &[]).await?;
    let policy = r#"{"kind": ["order"], "price": [{"numeric": [">=", 10]}]}"#;
    let attributes = [("RawMessageDelivery", "true"), ("FilterPolicy", policy)];
    subscribe(sns, topic, &queues.arn(&queue).await?, &attributes).await?;
    for (body, kind, price) in [("cheap", "order", "5"), ("wanted", "order", "10"), ("other", "refund", "10")] {
        let kind = MessageAttributeValue::builder().data_type("String").string_value(kind).build()?;
        let price = MessageAttributeValue::builder().data_type("Number").string_value(price).build()?;
        let sent = sns.publish().topic_arn(topic).message(body);
        sent.message_attributes("kind", kind).message_attributes("price", price).send().await?;
    }
    let found = queues.receive(&queue, 10, 20).await?;
    assert_eq!(bodies(&found), ["wanted"]);
    assert!(queues.receive(&queue, 10, 1).await?.is_empty());
    held("sns.filter");
    Ok(())
}

async fn ordered(sns: &Client, scenario: &Scenario, queues: &mut Queues) -> Outcome {
    let queue = queues.create("ordered.fifo", &[(QueueAttributeName::FifoQueue, "true")]).await?;
    let made = sns.create_topic().name(format!("{}-ordered.fifo", scenario.prefix)).attributes("FifoTopic", "true");
    let topic = made.attributes("ContentBasedDeduplication", "true").send().await?.topic_arn.ok_or("no ARN")?;
    subscribe(sns, &topic, &queues.arn(&queue).await?, &[("RawMessageDelivery", "true")]).await?;
    for body in ["1", "2", "2", "3"] {
        sns.publish().topic_arn(&topic).message(body).message_group_id("one").send().await?;
    }
    let mut found = String::new();
    while found.len() < 3 {
        for message in queues.receive(&queue, 10, 20).await? {
            found += message.body().unwrap_or_default();
            queues.delete(&queue, &message).await?;
        }
    }
    assert_eq!(found, "123");
    held("sns.fifo");
    Ok(())
}
