package main

import (
	"bytes"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var (
	objects = s3.NewFromConfig(all)
	bucket  = aws.String(prefix + "-bucket")
)

func put(key, text string) *s3.PutObjectOutput {
	return must(objects.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: strings.NewReader(text)}))
}

func get(input *s3.GetObjectInput) (*s3.GetObjectOutput, string) {
	input.Bucket = bucket
	got := must(objects.GetObject(ctx, input))
	return got, string(must(io.ReadAll(got.Body)))
}

func text(key string) string {
	_, found := get(&s3.GetObjectInput{Key: &key})
	return found
}

func etag(key string) *string {
	return must(objects.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: &key})).ETag
}

// s3Objects: a bucket, objects in it, and what is refused.
func s3Objects() {
	step("s3.create_bucket", func() {
		must(objects.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket}))
		waiter := s3.NewBucketExistsWaiter(objects)
		check(waiter.Wait(ctx, &s3.HeadBucketInput{Bucket: bucket}, time.Minute))
	})
	step("s3.bucket_owned_by_you", func() {
		elsewhere := s3.NewFromConfig(all, func(o *s3.Options) { o.Region = "eu-west-1" })
		_, err := elsewhere.CreateBucket(ctx, &s3.CreateBucketInput{
			Bucket:                    bucket,
			CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"},
		})
		typed[*types.BucketAlreadyOwnedByYou](err)
	})
	step("s3.put_get", func() {
		must(objects.PutObject(ctx, &s3.PutObjectInput{
			Bucket: bucket, Key: aws.String("greeting"), Body: strings.NewReader("hello"),
			ContentType: aws.String("text/plain"), Metadata: map[string]string{"team": "music"},
		}))
		got, found := get(&s3.GetObjectInput{Key: aws.String("greeting")})
		equal(found, "hello")
		equal(*got.ContentType, "text/plain")
		equal(got.Metadata, map[string]string{"team": "music"})
	})
	s3Streams()
	step("s3.range", func() {
		got, found := get(&s3.GetObjectInput{Key: aws.String("greeting"), Range: aws.String("bytes=1-3")})
		equal(found, "ell")
		equal(*got.ContentRange, "bytes 1-3/5")
	})
	s3Conditions()
	step("s3.no_such_key", func() {
		_, err := objects.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("nothing")})
		typed[*types.NoSuchKey](err)
		refused(err, "NoSuchKey", 404)
	})
	step("s3.no_such_bucket", func() {
		_, err := objects.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String(*bucket + "-none")})
		typed[*types.NoSuchBucket](err)
	})
	step("s3.head_missing", func() {
		_, err := objects.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: aws.String("nothing")})
		typed[*types.NotFound](err)
		refused(err, "NotFound", 404)
	})
	step("s3.copy", func() {
		key := "a folder/b+c ü%20?"
		put(key, "strange")
		must(objects.CopyObject(ctx, &s3.CopyObjectInput{
			Bucket: bucket, Key: aws.String(key + " again"), CopySource: aws.String(url.QueryEscape(*bucket + "/" + key)),
		}))
		equal(text(key+" again"), "strange")
		listed := must(objects.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket, Prefix: aws.String("a folder/")}))
		equal(*listed.Contents[0].Key, key)
		equal(*listed.Contents[1].Key, key+" again")
	})
}

// s3Streams: bodies of a length that is not known, and checksums.
func s3Streams() {
	step("s3.put_stream", func() {
		upload("stream", io.MultiReader(bytes.NewReader(large))) // neither a length nor a way back
		equal(text("stream") == string(large), true)
	})
	step("s3.checksums", func() {
		for _, algorithm := range []types.ChecksumAlgorithm{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
			made := must(objects.PutObject(ctx, &s3.PutObjectInput{
				Bucket: bucket, Key: aws.String(string(algorithm)), Body: strings.NewReader("checked"),
				ChecksumAlgorithm: algorithm,
			}))
			got, found := get(&s3.GetObjectInput{Key: aws.String(string(algorithm)), ChecksumMode: "ENABLED"})
			equal(found, "checked")
			equal(
				[]*string{got.ChecksumCRC32, got.ChecksumCRC32C, got.ChecksumCRC64NVME, got.ChecksumSHA1, got.ChecksumSHA256},
				[]*string{made.ChecksumCRC32, made.ChecksumCRC32C, made.ChecksumCRC64NVME, made.ChecksumSHA1, made.ChecksumSHA256},
			)
		}
	})
	step("s3.wrong_checksum", func() {
		_, err := objects.PutObject(ctx, &s3.PutObjectInput{
			Bucket: bucket, Key: aws.String("wrong"), Body: strings.NewReader("checked"), ChecksumCRC32: aws.String("AAAAAA=="),
		})
		refused(err, "BadDigest", 400)
	})
}

func s3Conditions() {
	conditional := func(text string, ifMatch, ifNoneMatch *string) error {
		_, err := objects.PutObject(ctx, &s3.PutObjectInput{
			Bucket: bucket, Key: aws.String("once"), Body: strings.NewReader(text), IfMatch: ifMatch, IfNoneMatch: ifNoneMatch,
		})
		return err
	}
	step("s3.put_if_none_match", func() {
		check(conditional("first", nil, aws.String("*")))
		refused(conditional("second", nil, aws.String("*")), "PreconditionFailed", 412)
	})
	step("s3.put_if_match", func() {
		seen := etag("once")
		check(conditional("second", seen, nil))
		refused(conditional("third", seen, nil), "PreconditionFailed", 412)
		equal(text("once"), "second")
	})
	step("s3.get_if_none_match", func() {
		_, err := objects.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("once"), IfNoneMatch: etag("once")})
		refused(err, "NotModified", 304)
	})
}
