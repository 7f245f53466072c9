use crate::{Outcome, Scenario, held, refused};
use aws_sdk_s3::Client;
use aws_sdk_s3::client::Waiters;
use aws_sdk_s3::config::Region;
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::*;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const PART: usize = 5 * 1024 * 1024;

struct Steps {
    s3: Client,
    bucket: String,
}

impl Steps {
    async fn put(&self, key: &str, text: &str) -> Outcome<aws_sdk_s3::operation::put_object::PutObjectOutput> {
        let body = ByteStream::from(text.as_bytes().to_vec());
        Ok(self.s3.put_object().bucket(&self.bucket).key(key).body(body).send().await?)
    }

    async fn text(&self, key: &str) -> Outcome<String> {
        let got = self.s3.get_object().bucket(&self.bucket).key(key).send().await?;
        Ok(String::from_utf8(got.body.collect().await?.to_vec())?)
    }

    async fn etag(&self, key: &str) -> Outcome<String> {
        let head = self.s3.head_object().bucket(&self.bucket).key(key).send().await?;
        Ok(head.e_tag.ok_or("no ETag")?)
    }
}

pub async fn run(scenario: &Scenario) -> Outcome {
    let steps = Steps { s3: Client::new(&scenario.config), bucket: format!("{}-bucket", scenario.prefix) };
    objects(&steps, scenario).await?;
    refusals(&steps).await?;
    transfers(&steps).await?;
    listings(&steps).await?;
    delete_bucket(&steps).await
}

async fn objects(steps: &Steps, scenario: &Scenario) -> Outcome {
    let Steps { s3, bucket } = steps;
    s3.create_bucket().bucket(bucket).send().await?;
    s3.wait_until_bucket_exists().bucket(bucket).wait(Duration::from_secs(60)).await?;
    held("s3.create_bucket");
    let region = Region::new("eu-west-1");
    let elsewhere = Client::from_conf(aws_sdk_s3::config::Builder::from(&scenario.config).region(region).build());
    let there = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1).build();
    let made = elsewhere.create_bucket().bucket(bucket).create_bucket_configuration(there).send().await;
    assert!(refused(made.map_err(|e| e.into_service_error()), "BucketAlreadyOwnedByYou")?.is_bucket_already_owned_by_you());
    held("s3.bucket_owned_by_you");
    let put = s3.put_object().bucket(bucket).key("greeting").body(ByteStream::from_static(b"hello"));
    put.content_type("text/plain").metadata("team", "music").send().await?;
    let got = s3.get_object().bucket(bucket).key("greeting").send().await?;
    assert_eq!(got.content_type(), Some("text/plain"));
    assert_eq!(got.metadata().and_then(|m| m.get("team")).map(String::as_str), Some("music"));
    assert_eq!(got.body.collect().await?.to_vec(), b"hello");
    held("s3.put_get");
    for algorithm in ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] {
        let body = ByteStream::from_static(b"checked");
        let put = s3.put_object().bucket(bucket).key(algorithm).body(body);
        put.checksum_algorithm(ChecksumAlgorithm::from(algorithm)).send().await?;
        let got = s3.get_object().bucket(bucket).key(algorithm).checksum_mode(ChecksumMode::Enabled).send().await?;
        let kept = [got.checksum_crc32(), got.checksum_crc32_c(), got.checksum_crc64_nvme(), got.checksum_sha1(), got.checksum_sha256()];
        assert_eq!(kept.iter().flatten().count(), 1);
        assert_eq!(got.body.collect().await?.to_vec(), b"checked");
    }
    held("s3.checksums");
    let wrong = s3.put_object().bucket(bucket).key("wrong").body(ByteStream::from_static(b"checked"));
    let wrong = wrong.checksum_crc32("AAAAAA==").send().await;
    refused(wrong.map_err(|e| e.into_service_error()), "BadDigest")?;
    held("s3.wrong_checksum");
    let got = s3.get_object().bucket(bucket).key("greeting").range("bytes=1-3").send().await?;
    assert_eq!(got.content_range(), Some("bytes 1-3/5"));
    assert_eq!(got.body.collect().await?.to_vec(), b"ell");
    held("s3.range");
    Ok(())
}

async fn refusals(steps: &Steps) -> Outcome {
    let Steps { s3, bucket } = steps;
    let once = || s3.put_object().bucket(bucket).key("once").body(ByteStream::from_static(b"once"));
    once().if_none_match("*").send().await?;
    refused(once().if_none_match("*").send().await.map_err(|e| e.into_service_error()), "PreconditionFailed")?;
    held("s3.put_if_none_match");
    let seen = steps.etag("once").await?;
    once().body(ByteStream::from_static(b"second")).if_match(&seen).send().await?;
    refused(once().if_match(&seen).send().await.map_err(|e| e.into_service_error()), "PreconditionFailed")?;
    assert_eq!(steps.text("once").await?, "second");
    held("s3.put_if_match");
    let unchanged = s3.get_object().bucket(bucket).key("once").if_none_match(steps.etag("once").await?).send().await;
    assert_eq!(unchanged.err().and_then(|e| e.raw_response().map(|r| r.status().as_u16())), Some(304));
    held("s3.get_if_none_match");
    let nothing = s3.get_object().bucket(bucket).key("nothing").send().await;
    assert!(refused(nothing.map_err(|e| e.into_service_error()), "NoSuchKey")?.is_no_such_key());
    held("s3.no_such_key");
    let nowhere = s3.list_objects_v2().bucket(format!("{bucket}-none")).send().await;
    assert!(refused(nowhere.map_err(|e| e.into_service_error()), "NoSuchBucket")?.is_no_such_bucket());
    held("s3.no_such_bucket");
    let missing = s3.head_object().bucket(bucket).key("nothing").send().await;
    assert!(refused(missing.map_err(|e| e.into_service_error()), "NotFound")?.is_not_found());
    held("s3.head_missing");
    Ok(())
}

/// What a presigned request answers to plain HTTP, by a connection of its own.
async fn plain(request: PresignedRequest, body: &str) -> Outcome<String> {
    let url = request.uri().strip_prefix("http://").ok_or("no http://")?;
    let (host, path) = url.split_once('/').ok_or("no path")?;
    let mut connection = tokio::net::TcpStream::connect(host).await?;
    let head = format!("{} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n", request.method());
    connection.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn transfers(steps: &Steps) -> Outcome {
    let Steps { s3, bucket } = steps;
    let key = "a folder/b+c ü%20?";
    steps.put(key, "strange").await?;
    let source = "a%20folder/b%2Bc%20%C3%BC%2520%3F";
    let copy = s3.copy_object().bucket(bucket).key(format!("{key} again"));
    copy.copy_source(format!("{bucket}/{source}")).send().await?;
    assert_eq!(steps.text(&format!("{key} again")).await?, "strange");
    held("s3.copy");
    let made = s3.create_multipart_upload().bucket(bucket).key("parts").send().await?;
    let id = made.upload_id().ok_or("no id")?;
    let mut parts = CompletedMultipartUpload::builder();
    for (number, body) in [(1, vec![7; PART]), (2, b"end".to_vec())] {
        let part = s3.upload_part().bucket(bucket).key("parts").upload_id(id).part_number(number);
        let sent = part.body(ByteStream::from(body)).send().await?;
        parts = parts.parts(CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).build());
    }
    let complete = s3.complete_multipart_upload().bucket(bucket).key("parts").upload_id(id);
    complete.multipart_upload(parts.build()).send().await?;
    let head = s3.head_object().bucket(bucket).key("parts").send().await?;
    assert_eq!(head.content_length(), Some(PART as i64 + 3));
    let abort = || s3.abort_multipart_upload().bucket(bucket).key("parts").upload_id("none").send();
    assert!(refused(abort().await.map_err(|e| e.into_service_error()), "NoSuchUpload")?.is_no_such_upload());
    held("s3.multipart_by_hand");
    let soon = PresigningConfig::expires_in(Duration::from_secs(300))?;
    let get = s3.get_object().bucket(bucket).key("greeting").presigned(soon.clone()).await?;
    assert!(plain(get, "").await?.ends_with("hello"));
    held("s3.presigned_get");
    let put = s3.put_object().bucket(bucket).key("plain").presigned(soon).await?;
    assert!(plain(put, "put").await?.starts_with("HTTP/1.1 200"));
    assert_eq!(steps.text("plain").await?, "put");
    held("s3.presigned_put");
    Ok(())
}

async fn listings(steps: &Steps) -> Outcome {
    let Steps { s3, bucket } = steps;
    let keys: Vec<String> = (0..25).map(|n| format!("many/{n:02}")).collect();
    for key in &keys {
        steps.put(key, "").await?;
    }
    let mut pages = s3.list_objects_v2().bucket(bucket).prefix("many/").into_paginator().page_size(10).send();
    let (mut sizes, mut found) = (vec![], vec![]);
    while let Some(page) = pages.next().await {
        let page = page?;
        sizes.push(page.contents().len());
        found.extend(page.contents().iter().filter_map(|object| object.key().map(String::from)));
    }
    assert_eq!((sizes, &found), (vec![10, 10, 5], &keys));
    held("s3.paginator");
    let listed = s3.list_objects_v2().bucket(bucket).delimiter("/").send().await?;
    let prefixes: Vec<_> = listed.common_prefixes().iter().filter_map(|found| found.prefix()).collect();
    assert_eq!(prefixes, ["a folder/", "many/"]);
    held("s3.delimiter");
    let all: Result<Vec<_>, _> = keys.iter().map(|key| ObjectIdentifier::builder().key(key).build()).collect();
    let delete = Delete::builder().set_objects(Some(all?)).build()?;
    let answer = s3.delete_objects().bucket(bucket).delete(delete).send().await?;
    assert_eq!((answer.deleted().len(), answer.errors().len()), (25, 0));
    held("s3.delete_objects");
    let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning().bucket(bucket).versioning_configuration(versioning).send().await?;
    let first = steps.put("versioned", "one").await?.version_id.ok_or("no version")?;
    steps.put("versioned", "two").await?;
    s3.delete_object().bucket(bucket).key("versioned").send().await?;
    let listed = s3.list_object_versions().bucket(bucket).prefix("versioned").send().await?;
    assert_eq!((listed.versions().len(), listed.delete_markers().len()), (2, 1));
    let old = s3.get_object().bucket(bucket).key("versioned").version_id(first).send().await?;
    assert_eq!(old.body.collect().await?.to_vec(), b"one");
    held("s3.versions");
    let tag = Tag::builder().key("team").value("music + dance").build()?;
    let tags = Tagging::builder().tag_set(tag.clone()).build()?;
    s3.put_object_tagging().bucket(bucket).key("greeting").tagging(tags).send().await?;
    assert_eq!(s3.get_object_tagging().bucket(bucket).key("greeting").send().await?.tag_set(), [tag]);
    held("s3.tags");
    let wanted = s3.get_object_attributes().bucket(bucket).key("SHA256");
    let found = wanted.object_attributes(ObjectAttributes::ObjectSize).object_attributes(ObjectAttributes::Checksum);
    let found = found.send().await?;
    assert_eq!(found.object_size(), Some(7));
    assert!(found.checksum().is_some_and(|checksum| checksum.checksum_sha256().is_some()));
    held("s3.attributes");
    Ok(())
}

async fn delete_bucket(steps: &Steps) -> Outcome {
    let Steps { s3, bucket } = steps;
    let full = s3.delete_bucket().bucket(bucket).send().await;
    refused(full.map_err(|e| e.into_service_error()), "BucketNotEmpty")?;
    let listed = s3.list_object_versions().bucket(bucket).send().await?;
    let versions = listed.versions().iter().map(|found| (found.key(), found.version_id()));
    let markers = listed.delete_markers().iter().map(|found| (found.key(), found.version_id()));
    for (key, version) in versions.chain(markers) {
        let delete = s3.delete_object().bucket(bucket).set_key(key.map(String::from));
        delete.set_version_id(version.map(String::from)).send().await?;
    }
    s3.delete_bucket().bucket(bucket).send().await?;
    s3.wait_until_bucket_not_exists().bucket(bucket).wait(Duration::from_secs(60)).await?;
    held("s3.delete_bucket");
    Ok(())
}
