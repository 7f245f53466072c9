package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

const part = 5 << 20

var large = func() []byte {
	made := make([]byte, 12<<20)
	must(rand.Read(made))
	return made
}()

func manager() *transfermanager.Client {
	return transfermanager.New(objects, func(o *transfermanager.Options) {
		o.PartSizeBytes, o.MultipartUploadThreshold = part, part
	})
}

func upload(key string, body io.Reader) {
	must(manager().UploadObject(ctx, &transfermanager.UploadObjectInput{Bucket: bucket, Key: &key, Body: body}))
}

// s3Transfers: managers, multipart uploads, presigned URLs.
func s3Transfers() {
	step("s3.upload_manager", func() {
		upload("large", bytes.NewReader(large))
		equal(strings.HasSuffix(*etag("large"), `-3"`), true)
	})
	step("s3.download_manager", func() {
		got := must(manager().GetObject(ctx, &transfermanager.GetObjectInput{Bucket: bucket, Key: aws.String("large")}))
		equal(bytes.Equal(must(io.ReadAll(got.Body)), large), true)
	})
	step("s3.multipart_by_hand", multipartByHand)
	presigner := s3.NewPresignClient(objects)
	step("s3.presigned_get", func() {
		signed := must(presigner.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("greeting")}))
		equal(string(must(io.ReadAll(must(http.Get(signed.URL)).Body))), "hello")
	})
	step("s3.presigned_put", func() {
		key := "by plain HTTP"
		signed := must(presigner.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &key}))
		request := must(http.NewRequest("PUT", signed.URL, strings.NewReader("put")))
		equal(must(http.DefaultClient.Do(request)).StatusCode, 200)
		equal(text(key), "put")
	})
	step("s3.presigned_post", func() {
		key := "by form"
		signed := must(presigner.PresignPostObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &key}))
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		for name, value := range signed.Values {
			check(form.WriteField(name, value))
		}
		must(must(form.CreateFormFile("file", "file")).Write([]byte("posted")))
		check(form.Close())
		equal(must(http.Post(signed.URL, form.FormDataContentType(), &body)).StatusCode, 204)
		equal(text(key), "posted")
	})
}

func multipartByHand() {
	key := aws.String("parts")
	id := must(objects.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key})).UploadId
	for number, body := range [][]byte{large[:part], []byte("end")} {
		must(objects.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: bucket, Key: key, UploadId: id, PartNumber: aws.Int32(int32(number + 1)), Body: bytes.NewReader(body),
		}))
	}
	var chosen []types.CompletedPart
	for _, found := range must(objects.ListParts(ctx, &s3.ListPartsInput{Bucket: bucket, Key: key, UploadId: id})).Parts {
		chosen = append(chosen, types.CompletedPart{PartNumber: found.PartNumber, ETag: found.ETag})
	}
	must(objects.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: bucket, Key: key, UploadId: id, MultipartUpload: &types.CompletedMultipartUpload{Parts: chosen},
	}))
	head := must(objects.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: key}))
	equal(*head.ContentLength, int64(part+3))
	other := aws.String("other")
	id = must(objects.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: other})).UploadId
	uploads := must(objects.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: bucket})).Uploads
	equal([]any{len(uploads), *uploads[0].Key}, []any{1, "other"})
	abort := &s3.AbortMultipartUploadInput{Bucket: bucket, Key: other, UploadId: id}
	must(objects.AbortMultipartUpload(ctx, abort))
	_, err := objects.AbortMultipartUpload(ctx, abort)
	typed[*types.NoSuchUpload](err)
}

// s3Buckets: listings, versions, tags, notifications, and the bucket's end.
func s3Buckets() {
	step("s3.paginator", func() {
		var found, wanted []string
		for number := range 25 {
			wanted = append(wanted, fmt.Sprintf("many/%02d", number))
			put(wanted[number], "")
		}
		pages := s3.NewListObjectsV2Paginator(objects, &s3.ListObjectsV2Input{
			Bucket: bucket, Prefix: aws.String("many/"), MaxKeys: aws.Int32(10),
		})
		sizes := []int{}
		for pages.HasMorePages() {
			page := must(pages.NextPage(ctx))
			sizes = append(sizes, len(page.Contents))
			for _, object := range page.Contents {
				found = append(found, *object.Key)
			}
		}
		equal(sizes, []int{10, 10, 5})
		equal(found, wanted)
	})
	step("s3.delimiter", func() {
		listed := must(objects.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket, Delimiter: aws.String("/")}))
		equal(*listed.CommonPrefixes[0].Prefix, "a folder/")
		equal(*listed.CommonPrefixes[1].Prefix, "many/")
	})
	step("s3.delete_objects", func() {
		var keys []types.ObjectIdentifier
		for number := range 25 {
			keys = append(keys, types.ObjectIdentifier{Key: aws.String(fmt.Sprintf("many/%02d", number))})
		}
		answer := must(objects.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{Objects: keys}}))
		equal([]int{len(answer.Deleted), len(answer.Errors)}, []int{25, 0})
	})
	step("s3.versions", versions)
	step("s3.tags", func() {
		key := aws.String("greeting")
		tags := []types.Tag{{Key: aws.String("team"), Value: aws.String("music + dance")}}
		must(objects.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{
			Bucket: bucket, Key: key, Tagging: &types.Tagging{TagSet: tags},
		}))
		equal(must(objects.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: bucket, Key: key})).TagSet, tags)
	})
	step("s3.attributes", func() {
		found := must(objects.GetObjectAttributes(ctx, &s3.GetObjectAttributesInput{
			Bucket: bucket, Key: aws.String("SHA256"),
			ObjectAttributes: []types.ObjectAttributes{"ETag", "ObjectSize", "Checksum", "StorageClass"},
		}))
		equal(*found.ObjectSize, int64(7))
		equal(found.StorageClass, types.StorageClassStandard)
		equal(found.Checksum.ChecksumSHA256 != nil, true)
	})
	step("s3.notification", notification)
	step("s3.delete_bucket", deleteBucket)
}

func versions() {
	must(objects.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: "Enabled"},
	}))
	key := aws.String("versioned")
	first := put(*key, "one").VersionId
	put(*key, "two")
	marker := must(objects.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: key}))
	equal(*marker.DeleteMarker, true)
	listed := must(objects.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: bucket, Prefix: key}))
	equal([]int{len(listed.Versions), len(listed.DeleteMarkers)}, []int{2, 1})
	equal(listed.DeleteMarkers[0].VersionId, marker.VersionId)
	_, found := get(&s3.GetObjectInput{Key: key, VersionId: first})
	equal(found, "one")
}

func notification() {
	queue := newQueue("events", nil)
	must(objects.PutBucketNotificationConfiguration(ctx, &s3.PutBucketNotificationConfigurationInput{
		Bucket: bucket, SkipDestinationValidation: aws.Bool(true),
		NotificationConfiguration: &types.NotificationConfiguration{QueueConfigurations: []types.QueueConfiguration{
			{QueueArn: arnOf(queue), Events: []types.Event{"s3:ObjectCreated:*"}},
		}},
	}))
	put("told of", "event")
	var told struct {
		Records []struct {
			EventName string
			S3        struct{ Object struct{ Key string } }
		}
	}
	check(json.Unmarshal([]byte(*receive(queue, &sqs.ReceiveMessageInput{})[0].Body), &told))
	equal(told.Records[0].EventName, "ObjectCreated:Put")
	equal(told.Records[0].S3.Object.Key, "told+of")
}

func deleteBucket() {
	_, err := objects.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: bucket})
	refused(err, "BucketNotEmpty", 409)
	pages := s3.NewListObjectVersionsPaginator(objects, &s3.ListObjectVersionsInput{Bucket: bucket})
	for pages.HasMorePages() {
		var all []types.ObjectIdentifier
		page := must(pages.NextPage(ctx))
		for _, one := range page.Versions {
			all = append(all, types.ObjectIdentifier{Key: one.Key, VersionId: one.VersionId})
		}
		for _, one := range page.DeleteMarkers {
			all = append(all, types.ObjectIdentifier{Key: one.Key, VersionId: one.VersionId})
		}
		must(objects.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{Objects: all}}))
	}
	must(objects.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: bucket}))
	gone := s3.NewBucketNotExistsWaiter(objects)
	check(gone.Wait(ctx, &s3.HeadBucketInput{Bucket: bucket}, 60e9))
}
