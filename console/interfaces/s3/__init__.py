"""S3's operations, as far as pages ask for them. Keys go and come as texts; listings ask for them encoded.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""
