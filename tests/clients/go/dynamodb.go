package main

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

type item = map[string]types.AttributeValue

var (
	items = dynamodb.NewFromConfig(all)
	table = aws.String(prefix + "-table")
)

// values is a map of plain Go values as DynamoDB has them.
func values(given map[string]any) item { return must(attributevalue.MarshalMap(given)) }

func keyOf(song string) item { return values(map[string]any{"Artist": "Choir", "Song": song}) }

func plays(found item) int {
	var number int
	check(attributevalue.Unmarshal(found["Plays"], &number))
	return number
}

func definition() *dynamodb.CreateTableInput {
	attribute := func(name string) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: &name, AttributeType: "S"}
	}
	return &dynamodb.CreateTableInput{
		TableName: table, BillingMode: "PAY_PER_REQUEST",
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("Artist"), KeyType: "HASH"}, {AttributeName: aws.String("Song"), KeyType: "RANGE"},
		},
		AttributeDefinitions: []types.AttributeDefinition{attribute("Artist"), attribute("Song"), attribute("Genre")},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName:  aws.String("ByGenre"),
			KeySchema:  []types.KeySchemaElement{{AttributeName: aws.String("Genre"), KeyType: "HASH"}},
			Projection: &types.Projection{ProjectionType: "ALL"},
		}},
		StreamSpecification: &types.StreamSpecification{
			StreamEnabled: aws.Bool(true), StreamViewType: "NEW_AND_OLD_IMAGES",
		},
	}
}

// dynamodbItems: a table, items one by one, and what is refused.
func dynamodbItems() {
	step("dynamodb.create_table", func() {
		must(items.CreateTable(ctx, definition()))
		described := &dynamodb.DescribeTableInput{TableName: table}
		check(dynamodb.NewTableExistsWaiter(items).Wait(ctx, described, time.Minute))
		equal(must(items.DescribeTable(ctx, described)).Table.TableStatus, types.TableStatusActive)
	})
	step("dynamodb.table_in_use", func() {
		_, err := items.CreateTable(ctx, definition())
		typed[*types.ResourceInUseException](err)
	})
	step("dynamodb.types", func() {
		made := values(map[string]any{
			"Artist": "Choir", "Song": "Anthem", "Number": -1234567.125, "Binary": []byte{0, 255}, "True": true,
			"Nothing": nil, "List": []any{"a", 1, []bool{false}}, "Map": map[string]any{"nested": map[string]any{"deep": "ü"}},
		})
		made["Strings"] = &types.AttributeValueMemberSS{Value: []string{"a", "b"}}
		made["Numbers"] = &types.AttributeValueMemberNS{Value: []string{"1", "2.5"}}
		made["Binaries"] = &types.AttributeValueMemberBS{Value: [][]byte{{1}, {2}}}
		must(items.PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: made}))
		got := must(items.GetItem(ctx, &dynamodb.GetItemInput{
			TableName: table, Key: keyOf("Anthem"), ConsistentRead: aws.Bool(true),
		}))
		equal(got.Item, made)
	})
	step("dynamodb.update", func() {
		updated := must(items.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: table, Key: keyOf("Anthem"),
			UpdateExpression: aws.String(
				"SET Plays = if_not_exists(Plays, :zero) + :one, #m.nested.deep = :new REMOVE Nothing"),
			ExpressionAttributeNames:  map[string]string{"#m": "Map"},
			ExpressionAttributeValues: values(map[string]any{":zero": 0, ":one": 1, ":new": "new"}),
			ReturnValues:              "UPDATED_NEW",
		})).Attributes
		nested := map[string]any{"nested": map[string]any{"deep": "new"}}
		equal(updated, values(map[string]any{"Plays": 1, "Map": nested}))
	})
	step("dynamodb.condition_failed", func() {
		_, err := items.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: table, Item: keyOf("Anthem"), ConditionExpression: aws.String("attribute_not_exists(Artist)"),
			ReturnValuesOnConditionCheckFailure: "ALL_OLD",
		})
		equal(plays(typed[*types.ConditionalCheckFailedException](err).Item), 1)
	})
	step("dynamodb.no_such_table", func() {
		_, err := items.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(*table + "-none"), Key: keyOf("Anthem")})
		typed[*types.ResourceNotFoundException](err)
	})
	step("dynamodb.validation", func() {
		_, err := items.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: table, Key: keyOf("Anthem"), UpdateExpression: aws.String("SET Plays +"),
		})
		refused(err, "ValidationException", 400)
	})
}

// dynamodbSearches: many items, transactions, the stream, and the table's end.
func dynamodbSearches() {
	step("dynamodb.batch", func() {
		var writes []types.WriteRequest
		var keys []item
		for n := range 25 {
			song := fmt.Sprintf("Song %02d", n)
			made := values(map[string]any{"Artist": "Choir", "Song": song, "Genre": "choral", "Year": 2000 + n})
			writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: made}})
			keys = append(keys, keyOf(song))
		}
		written := must(items.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
			RequestItems: map[string][]types.WriteRequest{*table: writes},
		}))
		equal(len(written.UnprocessedItems), 0)
		read := must(items.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{*table: {Keys: keys}},
		}))
		equal(len(read.Responses[*table]), 25)
	})
	step("dynamodb.query_index", func() {
		found := must(items.Query(ctx, &dynamodb.QueryInput{
			TableName: table, IndexName: aws.String("ByGenre"), KeyConditionExpression: aws.String("Genre = :g"),
			FilterExpression: aws.String("#y >= :y"), ExpressionAttributeNames: map[string]string{"#y": "Year"},
			ExpressionAttributeValues: values(map[string]any{":g": "choral", ":y": 2020}),
		}))
		equal([]int32{found.Count, found.ScannedCount}, []int32{5, 25})
	})
	step("dynamodb.query_paginator", func() {
		pages := dynamodb.NewQueryPaginator(items, &dynamodb.QueryInput{
			TableName: table, KeyConditionExpression: aws.String("Artist = :a AND begins_with(Song, :s)"),
			ExpressionAttributeValues: values(map[string]any{":a": "Choir", ":s": "Song "}),
			ScanIndexForward:          aws.Bool(false), Limit: aws.Int32(10),
		})
		sizes := []int32{}
		for pages.HasMorePages() {
			sizes = append(sizes, must(pages.NextPage(ctx)).Count)
		}
		equal(sizes, []int32{10, 10, 5})
	})
	step("dynamodb.scan_segments", func() {
		sum := int32(0)
		for segment := range int32(4) {
			sum += must(items.Scan(ctx, &dynamodb.ScanInput{
				TableName: table, Segment: &segment, TotalSegments: aws.Int32(4), Select: "COUNT",
			})).Count
		}
		equal(sum, int32(26))
	})
	step("dynamodb.transact", transact)
	step("dynamodb.transaction_cancelled", func() {
		_, err := items.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
			{Put: &types.Put{TableName: table, Item: keyOf("Chorale")}},
			{Delete: &types.Delete{
				TableName: table, Key: keyOf("Ballad"), ConditionExpression: aws.String("Plays > :n"),
				ExpressionAttributeValues: values(map[string]any{":n": 100}),
			}},
		}})
		reasons := typed[*types.TransactionCanceledException](err).CancellationReasons
		equal([]string{*reasons[0].Code, *reasons[1].Code}, []string{"None", "ConditionalCheckFailed"})
	})
	step("dynamodb.partiql", func() {
		found := must(items.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{
			Statement: aws.String(fmt.Sprintf(`SELECT Plays FROM "%s" WHERE Artist = ? AND Song = ?`, *table)),
			Parameters: []types.AttributeValue{
				&types.AttributeValueMemberS{Value: "Choir"}, &types.AttributeValueMemberS{Value: "Anthem"},
			},
		}))
		equal([]int{len(found.Items), plays(found.Items[0])}, []int{1, 6})
	})
	step("dynamodb.ttl", func() {
		must(items.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
			TableName: table, TimeToLiveSpecification: &types.TimeToLiveSpecification{
				Enabled: aws.Bool(true), AttributeName: aws.String("Expires"),
			},
		}))
		described := must(items.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: table}))
		equal(described.TimeToLiveDescription.TimeToLiveStatus, types.TimeToLiveStatusEnabled)
	})
	step("dynamodb.stream", stream)
	step("dynamodb.delete_table", func() {
		must(items.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: table}))
		gone := dynamodb.NewTableNotExistsWaiter(items)
		check(gone.Wait(ctx, &dynamodb.DescribeTableInput{TableName: table}, time.Minute))
	})
}

func transact() {
	ballad := values(map[string]any{"Artist": "Choir", "Song": "Ballad", "Plays": 1})
	must(items.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: table, Item: ballad}},
		{Update: &types.Update{
			TableName: table, Key: keyOf("Anthem"), UpdateExpression: aws.String("ADD Plays :n"),
			ExpressionAttributeValues: values(map[string]any{":n": 5}),
		}},
	}}))
	got := must(items.TransactGetItems(ctx, &dynamodb.TransactGetItemsInput{TransactItems: []types.TransactGetItem{
		{Get: &types.Get{TableName: table, Key: keyOf("Ballad")}},
		{Get: &types.Get{TableName: table, Key: keyOf("Anthem")}},
	}}))
	equal([]int{plays(got.Responses[0].Item), plays(got.Responses[1].Item)}, []int{1, 6})
}

func stream() {
	streams := dynamodbstreams.NewFromConfig(all)
	arn := must(items.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: table})).Table.LatestStreamArn
	described := must(streams.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: arn}))
	iterator := must(streams.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: arn, ShardId: described.StreamDescription.Shards[0].ShardId, ShardIteratorType: "TRIM_HORIZON",
	})).ShardIterator
	records := must(streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: iterator})).Records
	names := []streamtypes.OperationType{records[0].EventName, records[1].EventName, records[2].EventName}
	equal(names, []streamtypes.OperationType{"INSERT", "MODIFY", "INSERT"})
	equal(records[1].Dynamodb.NewImage["Plays"], &streamtypes.AttributeValueMemberN{Value: "1"})
	equal(records[1].Dynamodb.OldImage["Plays"], nil)
}
