-- Revision 0008: what versions/ make of an empty SQLite database, written by `make schema`.

CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE buckets (
	id INTEGER NOT NULL,
	name TEXT NOT NULL,
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	created_at FLOAT NOT NULL,
	versioning TEXT NOT NULL,
	object_lock BOOLEAN NOT NULL,
	ownership TEXT NOT NULL,
	configured TEXT NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (name)
);

CREATE TABLE bucket_configurations (
	bucket_id INTEGER NOT NULL,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	document TEXT NOT NULL,
	PRIMARY KEY (bucket_id, kind, name)
);

CREATE TABLE objects (
	bucket_id INTEGER NOT NULL,
	"key" BLOB NOT NULL,
	version_order BIGINT NOT NULL,
	version_id TEXT NOT NULL,
	is_latest BOOLEAN NOT NULL,
	is_delete_marker BOOLEAN NOT NULL,
	last_modified FLOAT NOT NULL,
	size BIGINT NOT NULL,
	etag TEXT NOT NULL,
	storage_class TEXT NOT NULL,
	owner_id TEXT NOT NULL,
	checksum TEXT,
	attributes TEXT NOT NULL,
	tags TEXT,
	acl TEXT,
	body_id TEXT,
	part_count INTEGER,
	data BLOB,
	PRIMARY KEY (bucket_id, "key", version_order)
);

CREATE TABLE uploads (
	upload_id TEXT NOT NULL,
	bucket_id INTEGER NOT NULL,
	"key" BLOB NOT NULL,
	initiated_at FLOAT NOT NULL,
	owner_id TEXT NOT NULL,
	initiator_id TEXT NOT NULL,
	storage_class TEXT NOT NULL,
	checksum_algorithm TEXT,
	checksum_type TEXT,
	attributes TEXT NOT NULL,
	tags TEXT,
	acl TEXT,
	completed TEXT,
	completed_at FLOAT,
	PRIMARY KEY (upload_id)
);

CREATE TABLE parts (
	body_id TEXT NOT NULL,
	part_number INTEGER NOT NULL,
	size BIGINT NOT NULL,
	etag TEXT NOT NULL,
	last_modified FLOAT NOT NULL,
	checksum TEXT,
	position BIGINT,
	blob TEXT,
	data BLOB,
	PRIMARY KEY (body_id, part_number)
);

CREATE TABLE accounts (
	account_id TEXT NOT NULL,
	public_access_block TEXT,
	PRIMARY KEY (account_id)
);

CREATE TABLE object_annotations (
	bucket_id INTEGER NOT NULL,
	"key" BLOB NOT NULL,
	version_order BIGINT NOT NULL,
	name TEXT NOT NULL,
	last_modified FLOAT NOT NULL,
	size INTEGER NOT NULL,
	etag TEXT NOT NULL,
	checksum TEXT NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (bucket_id, "key", version_order, name)
);

CREATE TABLE outbox (
	id BIGINT NOT NULL,
	destination TEXT NOT NULL,
	ordering_key TEXT,
	payload BLOB NOT NULL,
	attempts INTEGER NOT NULL,
	created_at FLOAT NOT NULL,
	due_at FLOAT NOT NULL,
	leased_until FLOAT NOT NULL,
	last_error TEXT,
	PRIMARY KEY (id)
);

CREATE TABLE clock (
	offset_seconds DOUBLE NOT NULL
, moved_at DOUBLE DEFAULT '0' NOT NULL);

CREATE TABLE database_identity (
	id TEXT NOT NULL,
	PRIMARY KEY (id)
);

CREATE TABLE sink_messages (
	id INTEGER NOT NULL,
	kind TEXT NOT NULL,
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	recipient TEXT NOT NULL,
	content BLOB NOT NULL,
	created_at FLOAT NOT NULL,
	PRIMARY KEY (id)
);

CREATE TABLE access_points (
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	name TEXT NOT NULL,
	alias TEXT NOT NULL,
	bucket TEXT NOT NULL,
	bucket_account_id TEXT NOT NULL,
	created_at FLOAT NOT NULL,
	vpc_id TEXT NOT NULL,
	public_access_block TEXT NOT NULL,
	policy TEXT,
	scope TEXT,
	tags TEXT,
	PRIMARY KEY (account_id, region, name),
	UNIQUE (alias)
);

CREATE TABLE multi_region_access_points (
	account_id TEXT NOT NULL,
	name TEXT NOT NULL,
	alias TEXT NOT NULL,
	created_at FLOAT NOT NULL,
	public_access_block TEXT NOT NULL,
	routes TEXT NOT NULL,
	policy TEXT,
	PRIMARY KEY (account_id, name),
	UNIQUE (alias)
);

CREATE TABLE multi_region_requests (
	account_id TEXT NOT NULL,
	token TEXT NOT NULL,
	client_token TEXT NOT NULL,
	created_at FLOAT NOT NULL,
	operation TEXT NOT NULL,
	document TEXT NOT NULL,
	PRIMARY KEY (account_id, token)
);

CREATE TABLE inventory_marks (
	bucket_id INTEGER NOT NULL,
	name TEXT NOT NULL,
	since FLOAT NOT NULL,
	delivered BOOLEAN NOT NULL,
	PRIMARY KEY (bucket_id, name)
);

CREATE INDEX access_points_bucket ON access_points (bucket);

CREATE INDEX multi_region_requests_client ON multi_region_requests (account_id, client_token);

CREATE INDEX objects_body ON objects (body_id) WHERE body_id IS NOT NULL;

CREATE INDEX objects_current ON objects (bucket_id, "key", is_latest, is_delete_marker) WHERE is_latest AND NOT is_delete_marker;

CREATE INDEX outbox_by_destination ON outbox (destination, due_at);

CREATE INDEX outbox_by_ordering_key ON outbox (destination, ordering_key, id) WHERE ordering_key IS NOT NULL;

CREATE INDEX parts_blob ON parts (blob) WHERE blob IS NOT NULL;

CREATE INDEX sink_messages_by_kind ON sink_messages (kind, account_id);

CREATE INDEX uploads_by_key ON uploads (bucket_id, "key", upload_id);

INSERT INTO alembic_version (version_num) VALUES ('0008');
