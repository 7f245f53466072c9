"""What a data scientist does with s3fs. Usage: python s3fs_scenario.py ENDPOINT BUCKET"""

import os
import sys

import s3fs

endpoint, bucket = sys.argv[1:]
fs = s3fs.S3FileSystem(key="test", secret="test", endpoint_url=endpoint, default_block_size=5 * 2**20)
fs.mkdir(bucket)
large = os.urandom(11 * 2**20)
with fs.open(f"{bucket}/data/large.bin", "wb") as file:
    file.write(large)
with fs.open(f"{bucket}/data/large.bin", "rb") as file:
    file.seek(6 * 2**20 - 3)
    assert file.read(10) == large[6 * 2**20 - 3 : 6 * 2**20 + 7]
with fs.open(f"{bucket}/data/naïve name.txt", "w") as file:
    file.write("one\ntwo\n")
with fs.open(f"{bucket}/data/naïve name.txt", "r") as file:
    assert file.read().splitlines() == ["one", "two"]
assert fs.ls(f"{bucket}/data") == [f"{bucket}/data/large.bin", f"{bucket}/data/naïve name.txt"]
assert fs.find(bucket) == fs.ls(f"{bucket}/data")
assert fs.info(f"{bucket}/data/large.bin")["size"] == len(large)
assert fs.glob(f"{bucket}/*/*.txt") == [f"{bucket}/data/naïve name.txt"]
fs.copy(f"{bucket}/data/large.bin", f"{bucket}/copy.bin")
assert fs.cat(f"{bucket}/copy.bin") == large
fs.mv(f"{bucket}/copy.bin", f"{bucket}/moved.bin")
assert not fs.exists(f"{bucket}/copy.bin")
fs.pipe({f"{bucket}/many/{number}": b"x" for number in range(30)})
assert len(fs.ls(f"{bucket}/many")) == 30
fs.rm(bucket, recursive=True)
assert not fs.exists(bucket)
print("done")
