"""Browser uploads: POST with multipart/form-data and a signed policy. Stands on objects and access.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html
"""

from services.s3.post_form.uploads import PostForms

__all__ = ["PostForms"]
