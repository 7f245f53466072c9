// The scenario in the AWS SDK for Go, version 2: `scenario PREFIX`, with AWS_ENDPOINT_URL and the other variables.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/transport/http"
)

var (
	ctx    = context.Background()
	prefix = os.Args[1]
	all    = must(config.LoadDefaultConfig(ctx))
)

// must gives back a call's answer; an error ends the program.
func must[T any](answer T, err error) T {
	check(err)
	return answer
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// equal ends the program where what was found is not what was wanted.
func equal(found, wanted any) {
	if !reflect.DeepEqual(found, wanted) {
		panic(fmt.Sprintf("%#v, not %#v", found, wanted))
	}
}

// refused takes the error of a call, which must have this code and HTTP status (0: any).
func refused(err error, code string, status int) {
	var api smithy.APIError
	var answer *http.ResponseError
	if !errors.As(err, &api) || api.ErrorCode() != code {
		panic(fmt.Sprintf("%v, not %s", err, code))
	}
	if status != 0 && (!errors.As(err, &answer) || answer.HTTPStatusCode() != status) {
		panic(fmt.Sprintf("%v, not of status %d", err, status))
	}
}

// typed is the error as the modelled type T, which it must be.
func typed[T error](err error) T {
	var found T
	if !errors.As(err, &found) {
		panic(fmt.Sprintf("%v (%T) is no %T", err, err, found))
	}
	return found
}

func step(name string, function func()) {
	function()
	fmt.Println(name)
}

func main() {
	step("sts.caller_identity", func() {
		who := must(sts.NewFromConfig(all).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))
		equal(*who.Account, "000000000000")
	})
	step("sts.assume_role", func() {
		taken := must(sts.NewFromConfig(all).AssumeRole(ctx, &sts.AssumeRoleInput{
			RoleArn: aws.String("arn:aws:iam::000000000000:role/reader"), RoleSessionName: aws.String("session"),
		})).Credentials
		client := sts.NewFromConfig(all, func(o *sts.Options) {
			o.Credentials = credentials.NewStaticCredentialsProvider(
				*taken.AccessKeyId, *taken.SecretAccessKey, *taken.SessionToken)
		})
		who := must(client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))
		equal(*who.Arn, "arn:aws:sts::000000000000:assumed-role/reader/session")
	})
	s3Objects()
	s3Transfers()
	s3Buckets()
	dynamodbItems()
	dynamodbSearches()
	sqsMessages()
	sqsQueues()
	snsTopics()
	s3DirectoryBuckets()
}
