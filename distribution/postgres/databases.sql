-- Run once by PostgreSQL's image, when its volume is new: a database for each service.
CREATE DATABASE s3;
CREATE DATABASE dynamodb;
CREATE DATABASE sqs;
CREATE DATABASE sns;
