import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbEnhancedClient;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbTable;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.enhanced.dynamodb.document.EnhancedDocument;
import software.amazon.awssdk.enhanced.dynamodb.AttributeConverterProvider;
import software.amazon.awssdk.enhanced.dynamodb.AttributeValueType;
import software.amazon.awssdk.enhanced.dynamodb.TableMetadata;
import software.amazon.awssdk.enhanced.dynamodb.Key;
import software.amazon.awssdk.enhanced.dynamodb.model.QueryConditional;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.*;
import software.amazon.awssdk.services.dynamodb.streams.DynamoDbStreamsClient;

/** DynamoDB by the low-level client, by the enhanced one, and its streams. */
final class DynamodbSteps {
    private final DynamoDbClient dynamodb = DynamoDbClient.create();
    private final String table = Scenario.prefix + "-table";
    private final DynamoDbTable<EnhancedDocument> documents = DynamoDbEnhancedClient.builder().dynamoDbClient(dynamodb).build()
        .table(table, TableSchema.documentSchemaBuilder()
            .addIndexPartitionKey(TableMetadata.primaryIndexName(), "Artist", AttributeValueType.S)
            .addIndexSortKey(TableMetadata.primaryIndexName(), "Song", AttributeValueType.S)
            .addIndexPartitionKey("ByGenre", "Genre", AttributeValueType.S)
            .attributeConverterProviders(AttributeConverterProvider.defaultProvider()).build());

    private static AttributeValue s(String text) {
        return AttributeValue.fromS(text);
    }

    private static AttributeValue n(int number) {
        return AttributeValue.fromN(Integer.toString(number));
    }

    private static Map<String, AttributeValue> key(String song) {
        return Map.of("Artist", s("Choir"), "Song", s(song));
    }

    private static EnhancedDocument.Builder document(String song) {
        return EnhancedDocument.builder().attributeConverterProviders(AttributeConverterProvider.defaultProvider())
            .putString("Artist", "Choir").putString("Song", song);
    }

    private void createTable() {
        dynamodb.createTable(r -> r.tableName(table).billingMode(BillingMode.PAY_PER_REQUEST)
            .keySchema(k -> k.attributeName("Artist").keyType(KeyType.HASH), k -> k.attributeName("Song").keyType(KeyType.RANGE))
            .attributeDefinitions(List.of("Artist", "Song", "Genre").stream().map(name -> AttributeDefinition.builder()
                .attributeName(name).attributeType(ScalarAttributeType.S).build()).toList())
            .globalSecondaryIndexes(i -> i.indexName("ByGenre").projection(p -> p.projectionType(ProjectionType.ALL))
                .keySchema(k -> k.attributeName("Genre").keyType(KeyType.HASH)))
            .streamSpecification(d -> d.streamEnabled(true).streamViewType(StreamViewType.NEW_AND_OLD_IMAGES)));
    }

    void run() throws Exception {
        Scenario.step("dynamodb.create_table", () -> {
            createTable();
            dynamodb.waiter().waitUntilTableExists(r -> r.tableName(table));
        });
        Scenario.step("dynamodb.table_in_use", () -> Scenario.thrown(ResourceInUseException.class, this::createTable));
        items();
        many();
        Scenario.step("dynamodb.transact", this::transact);
        Scenario.step("dynamodb.transaction_cancelled", () -> {
            var cancelled = Scenario.thrown(TransactionCanceledException.class, () -> dynamodb.transactWriteItems(
                r -> r.transactItems(t -> t.put(p -> p.tableName(table).item(key("Chorale"))),
                    t -> t.delete(d -> d.tableName(table).key(key("Ballad")).conditionExpression("Plays > :n")
                        .expressionAttributeValues(Map.of(":n", n(100)))))));
            var codes = cancelled.cancellationReasons().stream().map(CancellationReason::code).toList();
            Scenario.equal(codes, List.of("None", "ConditionalCheckFailed"));
        });
        Scenario.step("dynamodb.partiql", () -> {
            var found = dynamodb.executeStatement(r -> r.parameters(s("Choir"), s("Anthem"))
                .statement("SELECT Plays FROM \"" + table + "\" WHERE Artist = ? AND Song = ?"));
            Scenario.equal(found.items(), List.of(Map.of("Plays", n(6))));
        });
        Scenario.step("dynamodb.ttl", () -> {
            dynamodb.updateTimeToLive(r -> r.tableName(table)
                .timeToLiveSpecification(t -> t.enabled(true).attributeName("Expires")));
            var described = dynamodb.describeTimeToLive(r -> r.tableName(table)).timeToLiveDescription();
            Scenario.equal(described.timeToLiveStatus(), TimeToLiveStatus.ENABLED);
        });
        Scenario.step("dynamodb.stream", this::stream);
        Scenario.step("dynamodb.delete_table", () -> {
            dynamodb.deleteTable(r -> r.tableName(table));
            dynamodb.waiter().waitUntilTableNotExists(r -> r.tableName(table));
        });
    }

    private void items() throws Exception {
        Scenario.step("dynamodb.types", () -> {
            EnhancedDocument made = document("Anthem").putNumber("Number", -1234567.125)
                .putBytes("Binary", SdkBytes.fromByteArray(new byte[] {0, -1})).putBoolean("True", true).putNull("Nothing")
                .putJson("List", "[\"a\", 1, [false]]").putJson("Map", "{\"nested\": {\"deep\": \"ü\"}}")
                .putStringSet("Strings", Set.of("a", "b")).putNumberSet("Numbers", Set.of(1, 2.5)).build();
            documents.putItem(made);
            EnhancedDocument got = documents.getItem(r -> r.consistentRead(true)
                .key(Key.builder().partitionValue("Choir").sortValue("Anthem").build()));
            var wanted = made.toMap();
            Scenario.equal(got.toMap().keySet(), wanted.keySet());
            for (String name : List.of("Number", "Binary", "True", "Nothing", "List", "Map")) {
                Scenario.equal(got.toMap().get(name), wanted.get(name));
            }
            Scenario.equal(got.getStringSet("Strings"), Set.of("a", "b"));
        });
        Scenario.step("dynamodb.update", () -> {
            var updated = dynamodb.updateItem(r -> r.tableName(table).key(key("Anthem"))
                .updateExpression("SET Plays = if_not_exists(Plays, :zero) + :one, #m.nested.deep = :new REMOVE Nothing")
                .expressionAttributeNames(Map.of("#m", "Map"))
                .expressionAttributeValues(Map.of(":zero", n(0), ":one", n(1), ":new", s("new")))
                .returnValues(ReturnValue.UPDATED_NEW)).attributes();
            Scenario.equal(updated.get("Plays"), n(1));
            Scenario.equal(updated.get("Map").m().get("nested").m().get("deep"), s("new"));
        });
        Scenario.step("dynamodb.condition_failed", () -> {
            var failed = Scenario.thrown(ConditionalCheckFailedException.class, () -> dynamodb.putItem(
                r -> r.tableName(table).item(key("Anthem")).conditionExpression("attribute_not_exists(Artist)")
                    .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)));
            Scenario.equal(failed.item().get("Plays"), n(1));
        });
        Scenario.step("dynamodb.no_such_table", () -> Scenario.thrown(ResourceNotFoundException.class,
            () -> dynamodb.getItem(r -> r.tableName(table + "-none").key(key("Anthem")))));
        Scenario.step("dynamodb.validation", () -> Scenario.refused("ValidationException", 400, () -> dynamodb.updateItem(
            r -> r.tableName(table).key(key("Anthem")).updateExpression("SET Plays +"))));
    }

    private void many() throws Exception {
        List<EnhancedDocument> all = IntStream.range(0, 25).mapToObj(n -> document(String.format("Song %02d", n))
            .putString("Genre", "choral").putNumber("Year", 2000 + n).build()).toList();
        Scenario.step("dynamodb.batch", () -> {
            List<WriteRequest> writes = all.stream().map(d -> WriteRequest.builder().putRequest(
                p -> p.item(d.toMap())).build()).toList();
            Scenario.equal(dynamodb.batchWriteItem(r -> r.requestItems(Map.of(table, writes))).unprocessedItems(), Map.of());
            var keys = all.stream().map(d -> key(d.getString("Song"))).toList();
            var read = dynamodb.batchGetItem(r -> r.requestItems(
                Map.of(table, KeysAndAttributes.builder().keys(keys).build())));
            Scenario.equal(read.responses().get(table).size(), 25);
        });
        Scenario.step("dynamodb.query_index", () -> {
            var pages = documents.index("ByGenre").query(r -> r
                .queryConditional(QueryConditional.keyEqualTo(k -> k.partitionValue("choral")))
                .filterExpression(software.amazon.awssdk.enhanced.dynamodb.Expression.builder().expression("#y >= :y")
                    .putExpressionName("#y", "Year").putExpressionValue(":y", n(2020)).build()));
            var page = pages.iterator().next();
            Scenario.equal(List.of(page.count(), page.scannedCount()), List.of(5, 25));
        });
        Scenario.step("dynamodb.query_paginator", () -> {
            var pages = documents.query(r -> r.limit(10).scanIndexForward(false).queryConditional(
                QueryConditional.sortBeginsWith(k -> k.partitionValue("Choir").sortValue("Song "))));
            Scenario.equal(pages.stream().map(page -> page.items().size()).toList(), List.of(10, 10, 5));
        });
        Scenario.step("dynamodb.scan_segments", () -> {
            int sum = IntStream.range(0, 4).map(n -> dynamodb.scan(
                r -> r.tableName(table).segment(n).totalSegments(4).select(Select.COUNT)).count()).sum();
            Scenario.equal(sum, 26);
        });
    }

    private void transact() {
        Map<String, AttributeValue> ballad = Map.of("Artist", s("Choir"), "Song", s("Ballad"), "Plays", n(1));
        dynamodb.transactWriteItems(r -> r.transactItems(t -> t.put(p -> p.tableName(table).item(ballad)),
            t -> t.update(u -> u.tableName(table).key(key("Anthem")).updateExpression("ADD Plays :n")
                .expressionAttributeValues(Map.of(":n", n(5))))));
        var got = dynamodb.transactGetItems(r -> r.transactItems(
            t -> t.get(g -> g.tableName(table).key(key("Ballad"))), t -> t.get(g -> g.tableName(table).key(key("Anthem")))));
        Scenario.equal(got.responses().stream().map(i -> i.item().get("Plays")).toList(), List.of(n(1), n(6)));
    }

    private void stream() {
        DynamoDbStreamsClient streams = DynamoDbStreamsClient.create();
        String arn = dynamodb.describeTable(r -> r.tableName(table)).table().latestStreamArn();
        String shard = streams.describeStream(r -> r.streamArn(arn)).streamDescription().shards().get(0).shardId();
        String iterator = streams.getShardIterator(r -> r.streamArn(arn).shardId(shard)
            .shardIteratorType(ShardIteratorType.TRIM_HORIZON)).shardIterator();
        var records = streams.getRecords(r -> r.shardIterator(iterator)).records();
        Scenario.equal(records.subList(0, 3).stream().map(software.amazon.awssdk.services.dynamodb.model.Record::eventNameAsString)
            .toList(), List.of("INSERT", "MODIFY", "INSERT"));
        Scenario.equal(records.get(1).dynamodb().newImage().get("Plays"), n(1));
    }
}
