"""S3's errors with AWS's own wording. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""

from __future__ import annotations

import base64

from awskit.errors import AwsError


def no_such_bucket(bucket: str) -> AwsError:
    return AwsError("NoSuchBucket", "The specified bucket does not exist", 404, members={"BucketName": bucket})


def invalid_bucket_name(name: str) -> AwsError:
    return AwsError("InvalidBucketName", "The specified bucket is not valid.", 400, members={"BucketName": name})


def no_such_access_point(name: str) -> AwsError:
    """`name` is the access point's, or the alias by which it was asked for."""
    return AwsError(
        "NoSuchAccessPoint", "The specified accesspoint does not exist", 404, members={"AccessPointName": name}
    )


def no_such_multi_region_access_point() -> AwsError:
    message = "The specified Multi-Region Access Point does not exist."
    return AwsError("NoSuchMultiRegionAccessPoint", message, 404)


def no_such_key(key: str) -> AwsError:
    return AwsError("NoSuchKey", "The specified key does not exist.", 404, members={"Key": key})


def no_such_version(key: str, version_id: str) -> AwsError:
    return AwsError(
        "NoSuchVersion", "The specified version does not exist.", 404, members={"Key": key, "VersionId": version_id}
    )


def no_such_upload(upload_id: str) -> AwsError:
    return AwsError(
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or"
        " completed.",
        404,
        members={"UploadId": upload_id},
    )


def invalid_argument(message: str, name: str, value: str | None) -> AwsError:
    """`value` None: S3 names the argument alone. Where it shows none of a value's characters, it is "" or "null"."""
    members = {"ArgumentName": name} if value is None else {"ArgumentName": name, "ArgumentValue": value}
    return AwsError("InvalidArgument", message, 400, members=members)


def invalid_request(message: str) -> AwsError:
    return AwsError("InvalidRequest", message, 400)


def malformed_xml() -> AwsError:
    return AwsError(
        "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema", 400
    )


def malformed_acl() -> AwsError:
    return AwsError(
        "MalformedACLError",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )


def wrong_md5(expected: bytes, calculated: bytes, *, of_part: bool = False) -> AwsError:
    """The digest that was sent is shown in hexadecimal, the one of what was received, and a part's, in base64."""
    return AwsError(
        "BadDigest",
        "The Content-MD5 you specified did not match what we received.",
        members={
            "ExpectedDigest": base64.b64encode(expected).decode() if of_part else expected.hex(),
            "CalculatedDigest": base64.b64encode(calculated).decode(),
        },
    )


def access_denied(message: str = "Access Denied") -> AwsError:
    return AwsError("AccessDenied", message, 403)


def blocked(account_id: str, action: str, resource: str, what: str, setting: str) -> AwsError:
    """The refusal of what a public access block forbids (`setting`: `BlockPublicPolicy`), to an account's root.

    `resource` is an ARN.
    """
    partition = resource.split(":", 2)[1]
    return access_denied(
        f"User: arn:{partition}:iam::{account_id}:root is not authorized to perform: s3:{action} on resource:"
        f' "{resource}" because public {what} are blocked by the {setting} block public access setting.'
    )


def method_not_allowed(method: str, resource_type: str, **headers: str) -> AwsError:
    """`resource_type` is S3's word for it (`BUCKETPOLICY`, `DeleteMarker`); headers are written with `_` for `-`."""
    return AwsError(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        405,
        members={"Method": method, "ResourceType": resource_type},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def not_implemented_header(header: str) -> AwsError:
    """What a header, or a parameter, asks for that its bucket has not."""
    message = "A header you provided implies functionality that is not implemented"
    return AwsError("NotImplemented", message, 501, members={"Header": header})


def precondition_failed(condition: str) -> AwsError:
    """`condition`: the name of the header, or the form's field, that did not hold."""
    return AwsError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        412,
        members={"Condition": condition},
    )


def not_modified(headers: dict[str, str]) -> AwsError:
    return AwsError("NotModified", "Not Modified", 304, headers=headers)
