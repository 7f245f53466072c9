-- Revision 0005: what versions/ make of an empty SQLite database, written by `make schema`.

CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE tables (
	table_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	name TEXT NOT NULL,
	definition BLOB NOT NULL,
	UNIQUE (account_id, region, name)
);

CREATE TABLE statistics (
	table_id BIGINT NOT NULL,
	index_number INTEGER NOT NULL,
	item_count BIGINT NOT NULL,
	size_bytes BIGINT NOT NULL,
	PRIMARY KEY (table_id, index_number)
)
 WITHOUT ROWID

;

CREATE TABLE items (
	table_id BIGINT NOT NULL,
	hash BLOB NOT NULL,
	sort BLOB NOT NULL,
	size INTEGER NOT NULL,
	page_size INTEGER NOT NULL,
	item BLOB NOT NULL,
	PRIMARY KEY (table_id, hash, sort)
)
 WITHOUT ROWID

;

CREATE TABLE index_entries (
	table_id BIGINT NOT NULL,
	index_number INTEGER NOT NULL,
	hash BLOB NOT NULL,
	sort BLOB NOT NULL,
	tie BLOB NOT NULL,
	item_hash BLOB NOT NULL,
	item_sort BLOB NOT NULL,
	PRIMARY KEY (table_id, index_number, hash, sort, tie)
)
 WITHOUT ROWID

;

CREATE TABLE expirations (
	expires_at BIGINT NOT NULL,
	table_id BIGINT NOT NULL,
	hash BLOB NOT NULL,
	sort BLOB NOT NULL,
	PRIMARY KEY (expires_at, table_id, hash, sort)
)
 WITHOUT ROWID

;

CREATE TABLE history (
	table_id BIGINT NOT NULL,
	hash BLOB NOT NULL,
	sort BLOB NOT NULL,
	sequence BIGINT NOT NULL,
	changed_at DOUBLE NOT NULL,
	item BLOB,
	PRIMARY KEY (table_id, hash, sort, sequence)
)
 WITHOUT ROWID

;

CREATE TABLE purges (
	table_id BIGINT NOT NULL,
	index_number INTEGER NOT NULL,
	PRIMARY KEY (table_id, index_number)
)
 WITHOUT ROWID

;

CREATE TABLE streams (
	stream_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	table_name TEXT NOT NULL,
	label TEXT NOT NULL,
	definition BLOB NOT NULL,
	UNIQUE (account_id, region, table_name, label)
);

CREATE TABLE shards (
	stream_id BIGINT NOT NULL,
	shard_number INTEGER NOT NULL,
	shard_id TEXT NOT NULL,
	parent_shard_id TEXT,
	opened_at DOUBLE NOT NULL,
	closed_at DOUBLE,
	first_sequence BIGINT NOT NULL,
	next_sequence BIGINT NOT NULL,
	PRIMARY KEY (stream_id, shard_number)
)
 WITHOUT ROWID

;

CREATE TABLE stream_records (
	stream_id BIGINT NOT NULL,
	shard_number INTEGER NOT NULL,
	sequence BIGINT NOT NULL,
	created_at DOUBLE NOT NULL,
	record BLOB NOT NULL,
	PRIMARY KEY (stream_id, shard_number, sequence)
)
 WITHOUT ROWID

;

CREATE TABLE backups (
	backup_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	table_name TEXT NOT NULL,
	arn TEXT NOT NULL,
	created_at DOUBLE NOT NULL,
	definition BLOB NOT NULL,
	UNIQUE (arn)
);

CREATE TABLE backup_items (
	backup_id BIGINT NOT NULL,
	hash BLOB NOT NULL,
	sort BLOB NOT NULL,
	size INTEGER NOT NULL,
	page_size INTEGER NOT NULL,
	item BLOB NOT NULL,
	PRIMARY KEY (backup_id, hash, sort)
)
 WITHOUT ROWID

;

CREATE TABLE documents (
	kind TEXT NOT NULL,
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	name TEXT NOT NULL,
	document BLOB NOT NULL,
	PRIMARY KEY (kind, account_id, region, name)
)
 WITHOUT ROWID

;

CREATE TABLE tokens (
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	token TEXT NOT NULL,
	request_hash BLOB NOT NULL,
	output BLOB NOT NULL,
	used_at DOUBLE NOT NULL,
	PRIMARY KEY (account_id, region, token)
)
 WITHOUT ROWID

;

CREATE TABLE jobs (
	job_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	kind TEXT NOT NULL,
	account_id TEXT NOT NULL,
	table_id BIGINT,
	document BLOB NOT NULL,
	claimed_by TEXT,
	claimed_until DOUBLE NOT NULL
);

CREATE TABLE clock (
	offset_seconds DOUBLE NOT NULL
, moved_at DOUBLE DEFAULT '0' NOT NULL);

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

CREATE TABLE item_versions (
	table_id BIGINT NOT NULL,
	hash BLOB NOT NULL,
	sort BLOB NOT NULL,
	written_at BIGINT NOT NULL,
	region TEXT NOT NULL,
	deleted BLOB,
	PRIMARY KEY (table_id, hash, sort)
)
 WITHOUT ROWID

;

CREATE TABLE replication (
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

CREATE INDEX history_by_time ON history (table_id, changed_at);

CREATE INDEX item_versions_deleted ON item_versions (written_at) WHERE deleted IS NOT NULL;

CREATE INDEX ix_tokens_used_at ON tokens (used_at);

CREATE INDEX outbox_by_destination ON outbox (destination, due_at);

CREATE INDEX outbox_by_ordering_key ON outbox (destination, ordering_key, id) WHERE ordering_key IS NOT NULL;

CREATE INDEX replication_by_destination ON replication (destination, due_at);

CREATE INDEX replication_by_ordering_key ON replication (destination, ordering_key, id) WHERE ordering_key IS NOT NULL;

CREATE INDEX sink_messages_by_kind ON sink_messages (kind, account_id);

CREATE INDEX stream_records_by_time ON stream_records (created_at);

INSERT INTO alembic_version (version_num) VALUES ('0005');
