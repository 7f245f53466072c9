use crate::{Outcome, Scenario, held, refused};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::*;
use aws_sdk_dynamodbstreams::types::{AttributeValue as StreamValue, OperationType, ShardIteratorType};
use std::collections::HashMap;
use std::time::Duration;

type Item = HashMap<String, AttributeValue>;

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

fn n(number: i32) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn key(song: &str) -> Item {
    HashMap::from([("Artist".to_string(), s("Choir")), ("Song".to_string(), s(song))])
}

fn with(song: &str, more: &[(&str, AttributeValue)]) -> Item {
    key(song).into_iter().chain(more.iter().map(|(name, value)| (name.to_string(), value.clone()))).collect()
}

fn create_table(dynamodb: &Client, table: &str) -> Outcome<CreateTableFluentBuilder> {
    let part = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    let mut asked = dynamodb.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    for name in ["Artist", "Song", "Genre"] {
        let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        asked = asked.attribute_definitions(attribute.build()?);
    }
    let all = Projection::builder().projection_type(ProjectionType::All).build();
    let index = GlobalSecondaryIndex::builder().index_name("ByGenre").projection(all);
    let index = index.key_schema(part("Genre", KeyType::Hash)?).build()?;
    let stream = StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::NewAndOldImages);
    let asked = asked.key_schema(part("Artist", KeyType::Hash)?).key_schema(part("Song", KeyType::Range)?);
    Ok(asked.global_secondary_indexes(index).stream_specification(stream.build()?))
}

pub async fn run(scenario: &Scenario) -> Outcome {
    let dynamodb = &Client::new(&scenario.config);
    let table = &format!("{}-table", scenario.prefix);
    create_table(dynamodb, table)?.send().await?;
    dynamodb.wait_until_table_exists().table_name(table).wait(Duration::from_secs(60)).await?;
    held("dynamodb.create_table");
    let again = create_table(dynamodb, table)?.send().await.map_err(|e| e.into_service_error());
    assert!(refused(again, "ResourceInUseException")?.is_resource_in_use_exception());
    held("dynamodb.table_in_use");
    items(dynamodb, table).await?;
    searches(dynamodb, table).await?;
    transactions(dynamodb, table).await?;
    stream(scenario, dynamodb, table).await?;
    dynamodb.delete_table().table_name(table).send().await?;
    dynamodb.wait_until_table_not_exists().table_name(table).wait(Duration::from_secs(60)).await?;
    held("dynamodb.delete_table");
    Ok(())
}

async fn items(dynamodb: &Client, table: &str) -> Outcome {
    let nested = AttributeValue::M(HashMap::from([("deep".to_string(), s("ü"))]));
    let item = with(
        "Anthem",
        &[
            ("Number", AttributeValue::N("-12345678901234567890.123456789".into())),
            ("Binary", AttributeValue::B(Blob::new([0, 255]))),
            ("True", AttributeValue::Bool(true)),
            ("Nothing", AttributeValue::Null(true)),
            ("List", AttributeValue::L(vec![s("a"), n(1), AttributeValue::L(vec![AttributeValue::Bool(false)])])),
            ("Map", AttributeValue::M(HashMap::from([("nested".to_string(), nested)]))),
            ("Strings", AttributeValue::Ss(vec!["a".into(), "b".into()])),
            ("Numbers", AttributeValue::Ns(vec!["1".into(), "2.5".into()])),
            ("Binaries", AttributeValue::Bs(vec![Blob::new([1]), Blob::new([2])])),
        ],
    );
    dynamodb.put_item().table_name(table).set_item(Some(item.clone())).send().await?;
    let got = dynamodb.get_item().table_name(table).set_key(Some(key("Anthem"))).consistent_read(true).send().await?;
    assert_eq!(got.item(), Some(&item));
    held("dynamodb.types");
    let update = || dynamodb.update_item().table_name(table).set_key(Some(key("Anthem")));
    let expression = "SET Plays = if_not_exists(Plays, :zero) + :one, #m.nested.deep = :new REMOVE Nothing";
    let asked = update().update_expression(expression).expression_attribute_names("#m", "Map");
    let asked = asked.expression_attribute_values(":zero", n(0)).expression_attribute_values(":one", n(1));
    let asked = asked.expression_attribute_values(":new", s("new")).return_values(ReturnValue::UpdatedNew);
    assert_eq!(asked.send().await?.attributes().map(|found| &found["Plays"]), Some(&n(1)));
    held("dynamodb.update");
    let put = dynamodb.put_item().table_name(table).set_item(Some(key("Anthem")));
    let put = put.condition_expression("attribute_not_exists(Artist)");
    let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld).send().await;
    match put.map_err(|e| e.into_service_error()) {
        Err(aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failed)) => {
            assert_eq!(failed.item().map(|found| &found["Plays"]), Some(&n(1)));
        }
        other => return Err(format!("{other:?}").into()),
    }
    held("dynamodb.condition_failed");
    let nowhere = dynamodb.get_item().table_name(format!("{table}-none")).set_key(Some(key("Anthem"))).send().await;
    let error = refused(nowhere.map_err(|e| e.into_service_error()), "ResourceNotFoundException")?;
    assert!(error.is_resource_not_found_exception());
    held("dynamodb.no_such_table");
    let wrong = update().update_expression("SET Plays +").send().await;
    refused(wrong.map_err(|e| e.into_service_error()), "ValidationException")?;
    held("dynamodb.validation");
    Ok(())
}

async fn searches(dynamodb: &Client, table: &str) -> Outcome {
    let mut writes = vec![];
    let mut keys = KeysAndAttributes::builder();
    for number in 0..25 {
        let song = format!("Song {number:02}");
        let item = with(&song, &[("Genre", s("choral")), ("Year", n(2000 + number))]);
        let put = PutRequest::builder().set_item(Some(item)).build()?;
        writes.push(WriteRequest::builder().put_request(put).build());
        keys = keys.keys(key(&song));
    }
    let written = dynamodb.batch_write_item().request_items(table, writes).send().await?;
    assert!(written.unprocessed_items().is_some_and(|left| left.is_empty()));
    let read = dynamodb.batch_get_item().request_items(table, keys.build()?).send().await?;
    assert_eq!(read.responses().map(|found| found[table].len()), Some(25));
    held("dynamodb.batch");
    let query = dynamodb.query().table_name(table).index_name("ByGenre").key_condition_expression("Genre = :g");
    let query = query.filter_expression("#y >= :y").expression_attribute_names("#y", "Year");
    let query = query.expression_attribute_values(":g", s("choral")).expression_attribute_values(":y", n(2020));
    let found = query.send().await?;
    assert_eq!((found.count(), found.scanned_count()), (5, 25));
    held("dynamodb.query_index");
    let query = dynamodb.query().table_name(table).key_condition_expression("Artist = :a AND begins_with(Song, :s)");
    let query = query.expression_attribute_values(":a", s("Choir")).expression_attribute_values(":s", s("Song "));
    let mut pages = query.scan_index_forward(false).into_paginator().page_size(10).send();
    let mut sizes = vec![];
    while let Some(page) = pages.next().await {
        sizes.push(page?.count());
    }
    assert_eq!(sizes, [10, 10, 5]);
    held("dynamodb.query_paginator");
    let mut sum = 0;
    for segment in 0..4 {
        let scan = dynamodb.scan().table_name(table).segment(segment).total_segments(4).select(Select::Count);
        sum += scan.send().await?.count();
    }
    assert_eq!(sum, 26);
    held("dynamodb.scan_segments");
    Ok(())
}

async fn transactions(dynamodb: &Client, table: &str) -> Outcome {
    let put = Put::builder().table_name(table).set_item(Some(with("Ballad", &[("Plays", n(1))]))).build()?;
    let update = Update::builder().table_name(table).set_key(Some(key("Anthem"))).update_expression("ADD Plays :n");
    let update = update.expression_attribute_values(":n", n(5)).build()?;
    let write = dynamodb.transact_write_items().transact_items(TransactWriteItem::builder().put(put).build());
    write.transact_items(TransactWriteItem::builder().update(update).build()).send().await?;
    held("dynamodb.transact");
    let put = Put::builder().table_name(table).set_item(Some(key("Chorale"))).build()?;
    let delete = Delete::builder().table_name(table).set_key(Some(key("Ballad"))).condition_expression("Plays > :n");
    let delete = delete.expression_attribute_values(":n", n(100)).build()?;
    let write = dynamodb.transact_write_items().transact_items(TransactWriteItem::builder().put(put).build());
    let write = write.transact_items(TransactWriteItem::builder().delete(delete).build()).send().await;
    use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
    match write.map_err(|e| e.into_service_error()) {
        Err(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let codes: Vec<_> = cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code()).collect();
            assert_eq!(codes, ["None", "ConditionalCheckFailed"]);
        }
        other => return Err(format!("{other:?}").into()),
    }
    held("dynamodb.transaction_cancelled");
    let statement = format!(r#"SELECT Plays FROM "{table}" WHERE Artist = ? AND Song = ?"#);
    let found = dynamodb.execute_statement().statement(statement).parameters(s("Choir")).parameters(s("Anthem"));
    assert_eq!(found.send().await?.items(), [HashMap::from([("Plays".to_string(), n(6))])]);
    held("dynamodb.partiql");
    let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name("Expires").build()?;
    dynamodb.update_time_to_live().table_name(table).time_to_live_specification(ttl).send().await?;
    let described = dynamodb.describe_time_to_live().table_name(table).send().await?;
    let status = described.time_to_live_description().and_then(|found| found.time_to_live_status().cloned());
    assert_eq!(status, Some(TimeToLiveStatus::Enabled));
    held("dynamodb.ttl");
    Ok(())
}

async fn stream(scenario: &Scenario, dynamodb: &Client, table: &str) -> Outcome {
    let streams = aws_sdk_dynamodbstreams::Client::new(&scenario.config);
    let described = dynamodb.describe_table().table_name(table).send().await?;
    let arn = described.table().and_then(|found| found.latest_stream_arn()).ok_or("no stream")?;
    let stream = streams.describe_stream().stream_arn(arn).send().await?.stream_description.ok_or("no stream")?;
    let shard = stream.shards().first().and_then(|shard| shard.shard_id()).ok_or("no shard")?;
    let start = streams.get_shard_iterator().stream_arn(arn).shard_id(shard);
    let start = start.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await?;
    let read = streams.get_records().set_shard_iterator(start.shard_iterator).send().await?;
    let names: Vec<_> = read.records().iter().take(3).filter_map(|record| record.event_name()).collect();
    assert_eq!(names, [&OperationType::Insert, &OperationType::Modify, &OperationType::Insert]);
    let image = read.records()[1].dynamodb().and_then(|change| change.new_image()).ok_or("no image")?;
    assert_eq!(image["Plays"], StreamValue::N("1".into()));
    held("dynamodb.stream");
    Ok(())
}
