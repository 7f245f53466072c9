# The scenario in the AWS SDK for Ruby, as Debian packages it (S3 and STS of early 2023): `ruby scenario.rb PREFIX ENDPOINT`.
require "aws-sdk-s3"
require "net/http"
require "stringio"
require "tempfile"

PREFIX, ENDPOINT = ARGV
BUCKET = "#{PREFIX}-bucket"
LARGE = Random.bytes(12 * 1024 * 1024)
PART = 5 * 1024 * 1024
COMMON = { endpoint: ENDPOINT, region: "us-east-1", retry_limit: 0 }
S3 = Aws::S3::Client.new(**COMMON, force_path_style: true)

def equal(found, wanted)
  raise "#{found.inspect} is not #{wanted.inspect}" unless found == wanted
end

# The exception of this class that the block must end with.
def raised(type)
  yield
rescue type => error
  error
else
  raise "no #{type}"
end

def step(name)
  yield
  puts name
end

def text(key, **given)
  S3.get_object(bucket: BUCKET, key: key, **given).body.read
end

def put(key, body, **given)
  S3.put_object(bucket: BUCKET, key: key, body: body, **given)
end

step("sts.caller_identity") { equal Aws::STS::Client.new(**COMMON).get_caller_identity.account, "000000000000" }
step("sts.assume_role") do
  role = { role_arn: "arn:aws:iam::000000000000:role/reader", role_session_name: "session" }
  assumed = Aws::AssumeRoleCredentials.new(client: Aws::STS::Client.new(**COMMON), **role)
  who = Aws::STS::Client.new(**COMMON, credentials: assumed).get_caller_identity
  equal who.arn, "arn:aws:sts::000000000000:assumed-role/reader/session"
end

step("s3.create_bucket") do
  S3.create_bucket(bucket: BUCKET)
  S3.wait_until(:bucket_exists, bucket: BUCKET)
end
step("s3.bucket_owned_by_you") do
  elsewhere = Aws::S3::Client.new(**COMMON, force_path_style: true, region: "eu-west-1")
  there = { bucket: BUCKET, create_bucket_configuration: { location_constraint: "eu-west-1" } }
  raised(Aws::S3::Errors::BucketAlreadyOwnedByYou) { elsewhere.create_bucket(**there) }
end
step("s3.put_get") do
  put("greeting", "hello", content_type: "text/plain", metadata: { "team" => "music" })
  got = S3.get_object(bucket: BUCKET, key: "greeting")
  equal [got.body.read, got.content_type, got.metadata], ["hello", "text/plain", { "team" => "music" }]
end
step("s3.put_stream") do
  Aws::S3::Object.new(BUCKET, "stream", client: S3).upload_stream { |stream| stream.binmode << LARGE }
  equal text("stream").b == LARGE, true
end
step("s3.wrong_checksum") do
  raised(Aws::S3::Errors::BadDigest) { put("wrong", "checked", checksum_crc32: "AAAAAA==") }
end
step("s3.range") do
  got = S3.get_object(bucket: BUCKET, key: "greeting", range: "bytes=1-3")
  equal [got.body.read, got.content_range], ["ell", "bytes 1-3/5"]
end
put("once", "once")
step("s3.get_if_none_match") do
  raised(Aws::S3::Errors::NotModified) { text("once", if_none_match: S3.head_object(bucket: BUCKET, key: "once").etag) }
end
step("s3.no_such_key") { raised(Aws::S3::Errors::NoSuchKey) { text("nothing") } }
step("s3.no_such_bucket") do
  raised(Aws::S3::Errors::NoSuchBucket) { S3.list_objects_v2(bucket: "#{BUCKET}-none") }
end
step("s3.head_missing") { raised(Aws::S3::Errors::NotFound) { S3.head_object(bucket: BUCKET, key: "nothing") } }
step("s3.copy") do
  key = "a folder/b+c ü%20?"
  put(key, "strange")
  Aws::S3::Object.new(BUCKET, "#{key} again", client: S3).copy_from(bucket: BUCKET, key: key)
  equal text("#{key} again"), "strange"
end
Tempfile.create("large", binmode: true) do |file|
  file.write(LARGE)
  file.flush
  step("s3.upload_manager") do
    Aws::S3::Object.new(BUCKET, "large", client: S3).upload_file(file.path, multipart_threshold: PART)
    equal S3.head_object(bucket: BUCKET, key: "large").etag.end_with?("-3\""), true
  end
  step("s3.download_manager") do
    Aws::S3::Object.new(BUCKET, "large", client: S3).download_file("#{file.path}-again")
    equal File.binread("#{file.path}-again") == LARGE, true
    File.delete("#{file.path}-again")
  end
end
step("s3.multipart_by_hand") do
  upload = { bucket: BUCKET, key: "parts" }
  upload[:upload_id] = S3.create_multipart_upload(**upload).upload_id
  [LARGE[0, PART], "end"].each.with_index(1) { |body, number| S3.upload_part(**upload, part_number: number, body: body) }
  parts = S3.list_parts(**upload).parts.map { |part| { part_number: part.part_number, etag: part.etag } }
  S3.complete_multipart_upload(**upload, multipart_upload: { parts: parts })
  equal S3.head_object(bucket: BUCKET, key: "parts").content_length, PART + 3
  raised(Aws::S3::Errors::NoSuchUpload) { S3.abort_multipart_upload(**upload, upload_id: "none") }
end
presigner = Aws::S3::Presigner.new(client: S3)
step("s3.presigned_get") do
  equal Net::HTTP.get(URI(presigner.presigned_url(:get_object, bucket: BUCKET, key: "greeting"))), "hello"
end
step("s3.presigned_put") do
  url = URI(presigner.presigned_url(:put_object, bucket: BUCKET, key: "plain"))
  equal Net::HTTP.start(url.host, url.port) { |http| http.put(url.request_uri, "put") }.code, "200"
  equal text("plain"), "put"
end
step("s3.presigned_post") do
  form = Aws::S3::Bucket.new(BUCKET, client: S3).presigned_post(key: "by form")
  request = Net::HTTP::Post.new(URI(form.url))
  request.set_form([*form.fields.to_a, ["file", StringIO.new("posted")]], "multipart/form-data")
  equal Net::HTTP.start(request.uri.host, request.uri.port) { |http| http.request(request) }.code, "204"
  equal text("by form"), "posted"
end
step("s3.paginator") do
  25.times { |n| put("many/#{n}", "") }
  pages = S3.list_objects_v2(bucket: BUCKET, prefix: "many/", max_keys: 10)
  equal pages.map { |page| page.contents.size }, [10, 10, 5]
end
step("s3.delimiter") do
  found = S3.list_objects_v2(bucket: BUCKET, delimiter: "/").common_prefixes.map(&:prefix)
  equal found, ["a folder/", "many/"]
end
step("s3.delete_objects") do
  objects = Array.new(25) { |n| { key: "many/#{n}" } }
  answer = S3.delete_objects(bucket: BUCKET, delete: { objects: objects })
  equal [answer.deleted.size, answer.errors], [25, []]
end
step("s3.versions") do
  S3.put_bucket_versioning(bucket: BUCKET, versioning_configuration: { status: "Enabled" })
  first = put("versioned", "one").version_id
  put("versioned", "two")
  S3.delete_object(bucket: BUCKET, key: "versioned")
  listed = S3.list_object_versions(bucket: BUCKET, prefix: "versioned")
  equal [listed.versions.size, listed.delete_markers.size], [2, 1]
  equal text("versioned", version_id: first), "one"
end
step("s3.tags") do
  S3.put_object_tagging(bucket: BUCKET, key: "greeting", tagging: { tag_set: [{ key: "team", value: "music + dance" }] })
  equal S3.get_object_tagging(bucket: BUCKET, key: "greeting").tag_set.map(&:value), ["music + dance"]
end
step("s3.attributes") do
  found = S3.get_object_attributes(bucket: BUCKET, key: "greeting", object_attributes: %w[ObjectSize StorageClass])
  equal [found.object_size, found.storage_class], [5, "STANDARD"]
end
step("s3.delete_bucket") do
  raised(Aws::S3::Errors::BucketNotEmpty) { S3.delete_bucket(bucket: BUCKET) }
  Aws::S3::Bucket.new(BUCKET, client: S3).object_versions.batch_delete!
  S3.delete_bucket(bucket: BUCKET)
  S3.wait_until(:bucket_not_exists, bucket: BUCKET)
end
