"""What may be asked through an access point. Data.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-service-api-support.html
"""

from __future__ import annotations

ALLOWED = frozenset(
    (
        "AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload DeleteObject DeleteObjects"
        " DeleteObjectTagging GetBucketAcl GetBucketCors GetBucketLocation GetBucketNotificationConfiguration"
        " GetBucketPolicy GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention"
        " GetObjectTagging HeadBucket HeadObject ListMultipartUploads ListObjects ListObjectsV2 ListObjectVersions"
        " ListParts PostObject PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging"
        " RestoreObject SelectObjectContent UploadPart UploadPartCopy"
        " GetObjectAnnotation ListObjectAnnotations PutObjectAnnotation DeleteObjectAnnotation"
        " CreateSession RenameObject"
    ).split()
)
