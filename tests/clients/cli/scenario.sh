# The scenario with the AWS CLI: `bash scenario.sh PREFIX ENDPOINT [old]`, in an empty folder. `old`: a version from before 2024.
set -euo pipefail
prefix=$1 endpoint=$2 old=${3:-}
bucket=$prefix-bucket table=$prefix-table
trap 'echo "failed at line $LINENO: $BASH_COMMAND" >&2' ERR

aws() { command aws --endpoint-url "$endpoint" --output text "$@"; }
equal() { [ "$1" = "$2" ] || { echo "[$1] is not [$2]" >&2; return 1; }; }
# refused CODE COMMAND...: the command fails with that code.
refused() {
  local code=$1 said
  shift
  if said=$("$@" 2>&1); then echo "no $code: $*" >&2; return 1; fi
  case $said in *"($code)"*) ;; *) echo "$said is not $code" >&2; return 1 ;; esac
}
s3api() { aws s3api "$1" --bucket "$bucket" "${@:2}"; }
text() { s3api get-object --key "$1" "${@:2}" got > /dev/null && cat got; }

equal "$(aws sts get-caller-identity --query Account)" 000000000000
echo sts.caller_identity

aws s3 mb "s3://$bucket" > /dev/null
aws s3api wait bucket-exists --bucket "$bucket"
echo s3.create_bucket
refused BucketAlreadyOwnedByYou aws s3api create-bucket --bucket "$bucket" --region eu-west-1 \
  --create-bucket-configuration LocationConstraint=eu-west-1
echo s3.bucket_owned_by_you
printf hello > file
s3api put-object --key greeting --body file --content-type text/plain --metadata team=music > /dev/null
equal "$(text greeting)" hello
equal "$(s3api head-object --key greeting --query '[ContentType,Metadata.team]')" "text/plain	music"
echo s3.put_get
if [ -z "$old" ]; then
  for algorithm in CRC32 CRC32C CRC64NVME SHA1 SHA256; do
    s3api put-object --key $algorithm --body file --checksum-algorithm $algorithm > /dev/null
    equal "$(text $algorithm --checksum-mode ENABLED)" hello
    [ "$(s3api head-object --key $algorithm --checksum-mode ENABLED --query Checksum$algorithm)" != None ]
  done
  echo s3.checksums
else
  s3api put-object --key SHA256 --body file --checksum-algorithm SHA256 > /dev/null
fi
refused BadDigest s3api put-object --key wrong --body file --checksum-sha256 "$(head -c 32 /dev/zero | base64)"
echo s3.wrong_checksum
equal "$(text greeting --range bytes=1-3)" ell
echo s3.range
if [ -z "$old" ]; then
  s3api put-object --key once --body file --if-none-match '*' > /dev/null
  refused PreconditionFailed s3api put-object --key once --body file --if-none-match '*'
  echo s3.put_if_none_match
  seen=$(s3api head-object --key once --query ETag)
  printf second > second
  s3api put-object --key once --body second --if-match "$seen" > /dev/null
  refused PreconditionFailed s3api put-object --key once --body file --if-match "$seen"
  equal "$(text once)" second
  echo s3.put_if_match
else
  s3api put-object --key once --body file > /dev/null
fi
refused 304 text once --if-none-match "$(s3api head-object --key once --query ETag)"
echo s3.get_if_none_match
refused NoSuchKey text nothing
echo s3.no_such_key
refused NoSuchBucket aws s3api list-objects-v2 --bucket "$bucket-none"
echo s3.no_such_bucket
refused 404 s3api head-object --key nothing
echo s3.head_missing
key='a folder/b+c ü%20?'
aws s3 cp --quiet file "s3://$bucket/$key"
aws s3 cp --quiet "s3://$bucket/$key" "s3://$bucket/$key again"
equal "$(aws s3 cp "s3://$bucket/$key again" -)" hello
equal "$(s3api list-objects-v2 --prefix 'a folder/' --query 'Contents[].Key')" "$key	$key again"
echo s3.copy
head -c 20000000 /dev/urandom > large
aws s3 cp --quiet large "s3://$bucket/large"
case $(s3api head-object --key large --query ETag) in *-3\"*) ;; *) exit 1 ;; esac
echo s3.upload_manager
aws s3 cp --quiet "s3://$bucket/large" again
cmp large again
echo s3.download_manager
id=$(s3api create-multipart-upload --key parts --query UploadId)
head -c 5242880 large > part
s3api upload-part --key parts --upload-id "$id" --part-number 1 --body part > /dev/null
s3api upload-part --key parts --upload-id "$id" --part-number 2 --body file > /dev/null
parts=$(s3api list-parts --key parts --upload-id "$id" --query '{Parts: Parts[].{PartNumber: PartNumber, ETag: ETag}}' --output json)
s3api complete-multipart-upload --key parts --upload-id "$id" --multipart-upload "$parts" > /dev/null
equal "$(s3api head-object --key parts --query ContentLength)" 5242885
id=$(s3api create-multipart-upload --key other --query UploadId)
equal "$(s3api list-multipart-uploads --query 'Uploads[].Key')" other
s3api abort-multipart-upload --key other --upload-id "$id"
refused NoSuchUpload s3api list-parts --key other --upload-id "$id"
echo s3.multipart_by_hand
equal "$(curl -s "$(aws s3 presign "s3://$bucket/greeting")")" hello
echo s3.presigned_get
mkdir many
for n in $(seq 10 34); do : > "many/$n"; done
aws s3 sync --quiet many "s3://$bucket/many"
equal "$(s3api list-objects-v2 --prefix many/ --page-size 10 --query 'Contents[].Key' | tr '\t' '\n' | sort -u | wc -l)" 25
echo s3.paginator
equal "$(s3api list-objects-v2 --delimiter / --query 'CommonPrefixes[].Prefix')" "a folder/	many/"
echo s3.delimiter
s3api delete-objects --delete '{"Objects": [{"Key": "many/10"}, {"Key": "many/11"}]}' > /dev/null
equal "$(aws s3 ls "s3://$bucket/many/" | wc -l)" 23
echo s3.delete_objects
s3api put-bucket-versioning --versioning-configuration Status=Enabled
first=$(s3api put-object --key versioned --body file --query VersionId)
s3api put-object --key versioned --body large > /dev/null
s3api delete-object --key versioned > /dev/null
equal "$(s3api list-object-versions --prefix versioned --query '[length(Versions),length(DeleteMarkers)]')" "2	1"
equal "$(text versioned --version-id "$first")" hello
echo s3.versions
s3api put-object-tagging --key greeting --tagging 'TagSet=[{Key=team,Value=music + dance}]' > /dev/null
equal "$(s3api get-object-tagging --key greeting --query 'TagSet[].Value')" "music + dance"
echo s3.tags
equal "$(s3api get-object-attributes --key SHA256 --object-attributes ObjectSize StorageClass --query '[ObjectSize,StorageClass]')" \
  "5	STANDARD"
echo s3.attributes
refused BucketNotEmpty s3api delete-bucket
s3api put-bucket-versioning --versioning-configuration Status=Suspended
all=$(s3api list-object-versions --output json --query '{Objects: [Versions, DeleteMarkers][].{Key: Key, VersionId: VersionId}}')
s3api delete-objects --delete "$all" > /dev/null
aws s3 rb "s3://$bucket" > /dev/null
aws s3api wait bucket-not-exists --bucket "$bucket"
echo s3.delete_bucket

dynamodb() { aws dynamodb "$1" --table-name "$table" "${@:2}"; }
key() { printf '{"Artist": {"S": "Choir"}, "Song": {"S": "%s"}}' "$1"; }
create() {
  dynamodb create-table --billing-mode PAY_PER_REQUEST \
    --key-schema AttributeName=Artist,KeyType=HASH AttributeName=Song,KeyType=RANGE \
    --attribute-definitions AttributeName={Artist,Song,Genre},AttributeType=S \
    --global-secondary-indexes 'IndexName=ByGenre,KeySchema=[{AttributeName=Genre,KeyType=HASH}],Projection={ProjectionType=ALL}' \
    --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES > /dev/null
}
create
aws dynamodb wait table-exists --table-name "$table"
echo dynamodb.create_table
refused ResourceInUseException create
echo dynamodb.table_in_use
dynamodb put-item --item '{"Artist": {"S": "Choir"}, "Song": {"S": "Anthem"}, "Number": {"N": "-1.5"},
  "True": {"BOOL": true}, "Nothing": {"NULL": true}, "List": {"L": [{"S": "a"}]}, "Map": {"M": {"deep": {"S": "ü"}}},
  "Strings": {"SS": ["a", "b"]}}'
equal "$(dynamodb get-item --key "$(key Anthem)" --consistent-read \
  --query 'Item.[Number.N,True.BOOL,List.L[0].S,Map.M.deep.S,Strings.SS[1]]')" "-1.5	True	a	ü	b"
echo dynamodb.types
equal "$(dynamodb update-item --key "$(key Anthem)" --update-expression 'SET Plays = if_not_exists(Plays, :zero) + :one' \
  --expression-attribute-values '{":zero": {"N": "0"}, ":one": {"N": "6"}}' --return-values UPDATED_NEW --query Attributes.Plays.N)" 6
echo dynamodb.update
refused ConditionalCheckFailedException dynamodb put-item --item "$(key Anthem)" --condition-expression 'attribute_not_exists(Artist)'
echo dynamodb.condition_failed
refused ResourceNotFoundException aws dynamodb scan --table-name "$table-none"
echo dynamodb.no_such_table
refused ValidationException dynamodb update-item --key "$(key Anthem)" --update-expression 'SET Plays +'
echo dynamodb.validation
items=$(for n in $(seq 10 34); do
  printf '{"PutRequest": {"Item": {"Artist": {"S": "Choir"}, "Song": {"S": "Song %s"}, "Genre": {"S": "choral"}, "Year": {"N": "%s"}}}},' "$n" "$n"
done)
aws dynamodb batch-write-item --request-items "{\"$table\": [${items%,}]}" > /dev/null
equal "$(aws dynamodb batch-get-item --request-items "{\"$table\": {\"Keys\": [$(key 'Song 10'), $(key 'Song 34')]}}" \
  --query "length(Responses.\"$table\")")" 2
echo dynamodb.batch
equal "$(dynamodb query --index-name ByGenre --key-condition-expression 'Genre = :g' --filter-expression '#y >= :y' --no-paginate \
  --expression-attribute-names '{"#y": "Year"}' --expression-attribute-values '{":g": {"S": "choral"}, ":y": {"N": "30"}}' \
  --query '[Count,ScannedCount]')" "5	25"
echo dynamodb.query_index
equal "$(dynamodb query --key-condition-expression 'Artist = :a AND begins_with(Song, :s)' --page-size 10 --output json \
  --expression-attribute-values '{":a": {"S": "Choir"}, ":s": {"S": "Song "}}' --query 'length(Items)')" 25
echo dynamodb.query_paginator
cancelled() {
  aws dynamodb transact-write-items --transact-items "[{\"Put\": {\"TableName\": \"$table\", \"Item\": $(key Chorale)}},
    {\"Delete\": {\"TableName\": \"$table\", \"Key\": $(key Anthem), \"ConditionExpression\": \"attribute_not_exists(Artist)\"}}]"
}
refused TransactionCanceledException cancelled
said=$(cancelled 2>&1 || true)
case $said in *"[None, ConditionalCheckFailed]"*) ;; *) echo "$said" >&2; exit 1 ;; esac
echo dynamodb.transaction_cancelled
equal "$(aws dynamodb execute-statement --statement "SELECT Plays FROM \"$table\" WHERE Artist = ? AND Song = ?" \
  --parameters '[{"S": "Choir"}, {"S": "Anthem"}]' --query 'Items[].Plays.N')" 6
echo dynamodb.partiql
arn=$(dynamodb describe-table --query Table.LatestStreamArn)
shard=$(aws dynamodbstreams describe-stream --stream-arn "$arn" --query 'StreamDescription.Shards[0].ShardId')
iterator=$(aws dynamodbstreams get-shard-iterator --stream-arn "$arn" --shard-id "$shard" --shard-iterator-type TRIM_HORIZON)
equal "$(aws dynamodbstreams get-records --shard-iterator "$iterator" --query 'Records[:3].eventName')" "INSERT	MODIFY	INSERT"
echo dynamodb.stream
dynamodb delete-table > /dev/null
aws dynamodb wait table-not-exists --table-name "$table"
echo dynamodb.delete_table

created=()
queue() { aws sqs create-queue --queue-name "$prefix-$1" "${@:2}"; }
receive() { aws sqs receive-message --queue-url "$1" --wait-time-seconds 20 --query 'Messages[].Body' "${@:2}"; }
url=$(queue jobs --attributes VisibilityTimeout=45 --tags team=music)
equal "$(aws sqs get-queue-url --queue-name "$prefix-jobs")" "$url"
equal "$(aws sqs get-queue-attributes --queue-url "$url" --attribute-names All --query Attributes.VisibilityTimeout)" 45
equal "$(aws sqs list-queue-tags --queue-url "$url" --query Tags.team)" music
echo sqs.create_queue
aws sqs send-message --queue-url "$url" --message-body attributes \
  --message-attributes '{"Text": {"DataType": "String", "StringValue": "ü"}}' > /dev/null
equal "$(receive "$url" --message-attribute-names All --query 'Messages[].MessageAttributes.Text.StringValue')" ü
echo sqs.attributes
equal "$(receive "$url" --wait-time-seconds 1)" None
echo sqs.long_poll
equal "$(aws sqs send-message-batch --queue-url "$url" --query '[Successful[].Id,Failed[].Id][]' \
  --entries '[{"Id": "good", "MessageBody": "good"}, {"Id": "bad", "MessageBody": "bad", "DelaySeconds": 901}]')" "good	bad"
echo sqs.batch_failed
refused AWS.SimpleQueueService.NonExistentQueue aws sqs get-queue-url --queue-name "$prefix-none"
echo sqs.no_such_queue
for n in 1 2 3 4 5; do created+=("$(queue "page-$n")"); done
equal "$(aws sqs list-queues --queue-name-prefix "$prefix-page-" --page-size 2 --output json --query 'length(QueueUrls)')" 5
echo sqs.paginator
fifo=$(queue orders.fifo --attributes FifoQueue=true)
for n in 1 2 2 3; do
  aws sqs send-message --queue-url "$fifo" --message-body $n --message-group-id one --message-deduplication-id $n > /dev/null
done
equal "$(receive "$fifo" --max-number-of-messages 10)" "1	2	3"
echo sqs.fifo
dead=$(queue dead)
arn=$(aws sqs get-queue-attributes --queue-url "$dead" --attribute-names QueueArn --query Attributes.QueueArn)
tried=$(queue tried --attributes "{\"VisibilityTimeout\": \"0\", \"RedrivePolicy\": \"{\\\"deadLetterTargetArn\\\": \\\"$arn\\\", \\\"maxReceiveCount\\\": 1}\"}")
aws sqs send-message --queue-url "$tried" --message-body poison > /dev/null
equal "$(receive "$tried")" poison
equal "$(receive "$tried" --wait-time-seconds 1)" None
equal "$(receive "$dead")" poison
equal "$(aws sqs list-dead-letter-source-queues --queue-url "$dead" --query queueUrls)" "$tried"
echo sqs.dead_letter

topic=$(aws sns create-topic --name "$prefix-events")
enveloped=$(queue enveloped)
aws sns subscribe --topic-arn "$topic" --protocol sqs --notification-endpoint "${arn%-dead}-enveloped" > /dev/null
id=$(aws sns publish --topic-arn "$topic" --message 'a message')
case $(receive "$enveloped") in *"$id"*) ;; *) exit 1 ;; esac
echo sns.publish
filtered=$(queue filtered)
aws sns subscribe --topic-arn "$topic" --protocol sqs --notification-endpoint "${arn%-dead}-filtered" \
  --attributes '{"RawMessageDelivery": "true", "FilterPolicy": "{\"kind\": [\"order\"]}"}' > /dev/null
for kind in refund order; do
  aws sns publish --topic-arn "$topic" --message $kind \
    --message-attributes "{\"kind\": {\"DataType\": \"String\", \"StringValue\": \"$kind\"}}" > /dev/null
done
equal "$(receive "$filtered")" order
echo sns.filter
equal "$(aws sns publish-batch --topic-arn "$topic" --query '[Successful[].Id,Failed[].Id][]' --publish-batch-request-entries \
  '[{"Id": "good", "Message": "good"}, {"Id": "bad", "Message": "bad", "MessageDeduplicationId": "1"}]')" "good	bad"
echo sns.batch_failed
ordered=$(queue ordered.fifo --attributes FifoQueue=true)
ordered_topic=$(aws sns create-topic --name "$prefix-ordered.fifo" --attributes FifoTopic=true,ContentBasedDeduplication=true)
aws sns subscribe --topic-arn "$ordered_topic" --protocol sqs --notification-endpoint "${arn%-dead}-ordered.fifo" \
  --attributes RawMessageDelivery=true > /dev/null
for n in 1 2 2 3; do aws sns publish --topic-arn "$ordered_topic" --message $n --message-group-id one > /dev/null; done
equal "$(receive "$ordered" --max-number-of-messages 10)" "1	2	3"
echo sns.fifo
refused NotFound aws sns publish --topic-arn "$topic-none" --message 'to nobody'
echo sns.no_such_topic

for each in "$url" "$fifo" "$dead" "$tried" "$enveloped" "$filtered" "$ordered" "${created[@]}"; do
  aws sqs delete-queue --queue-url "$each"
done
for each in "$topic" "$ordered_topic"; do aws sns delete-topic --topic-arn "$each"; done
