package main

import (
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// s3DirectoryBuckets: a bucket of S3 Express One Zone, for which the SDK opens sessions by itself.
func s3DirectoryBuckets() {
	directory := aws.String(prefix + "--use1-az4--x-s3")
	read := func(key string) string {
		got := must(objects.GetObject(ctx, &s3.GetObjectInput{Bucket: directory, Key: &key}))
		return string(must(io.ReadAll(got.Body)))
	}
	step("s3express.create_bucket", func() {
		must(objects.CreateBucket(ctx, &s3.CreateBucketInput{
			Bucket: directory,
			CreateBucketConfiguration: &types.CreateBucketConfiguration{
				Location: &types.LocationInfo{Type: types.LocationTypeAvailabilityZone, Name: aws.String("use1-az4")},
				Bucket: &types.BucketInfo{
					Type: types.BucketTypeDirectory, DataRedundancy: types.DataRedundancySingleAvailabilityZone,
				},
			},
		}))
		found := false
		// With an endpoint that is given, the SDK looks for a session here too, and has no bucket to ask for one.
		plain := s3.NewFromConfig(all, func(o *s3.Options) { o.DisableS3ExpressSessionAuth = aws.Bool(true) })
		pages := s3.NewListDirectoryBucketsPaginator(plain, &s3.ListDirectoryBucketsInput{})
		for pages.HasMorePages() {
			for _, each := range must(pages.NextPage(ctx)).Buckets {
				found = found || *each.Name == *directory
			}
		}
		equal(found, true)
	})
	step("s3express.append", func() {
		key := aws.String("logs/today")
		must(objects.PutObject(ctx, &s3.PutObjectInput{Bucket: directory, Key: key, Body: strings.NewReader("one")}))
		must(objects.PutObject(ctx, &s3.PutObjectInput{
			Bucket: directory, Key: key, Body: strings.NewReader(", two"), WriteOffsetBytes: aws.Int64(3),
		}))
		equal(read(*key), "one, two")
	})
	step("s3express.rename", func() {
		must(objects.RenameObject(ctx, &s3.RenameObjectInput{
			Bucket: directory, Key: aws.String("logs/yesterday"), RenameSource: aws.String(*directory + "/logs/today"),
		}))
		listed := must(objects.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: directory, Prefix: aws.String("logs/")}))
		equal([]int{len(listed.Contents), int(*listed.KeyCount)}, []int{1, 1})
		equal(*listed.Contents[0].Key, "logs/yesterday")
		equal(read("logs/yesterday"), "one, two")
	})
	step("s3express.delete_bucket", func() {
		must(objects.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: directory, Key: aws.String("logs/yesterday")}))
		must(objects.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: directory}))
	})
}
