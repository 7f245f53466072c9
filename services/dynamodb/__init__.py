"""DynamoDB and DynamoDB Streams.

From the ground up, each standing on those before it:

    errors, arns, settings      what every wing says and names
    values                      attribute values
    expressions, store, wire    what requests say of items; rows; the front end
    tables, streams, items      what the service is about
    runtime, jobs               what handlers share; work that outlasts a request
    backups, transfers, partiql tables at a moment; S3; statements
    housekeeping                what happens by itself
    operations, control, access what is asked for; routes that are no operations; who may ask
    app                         all of it put together
"""
