-- Revision 0003: what versions/ make of an empty SQLite database, written by `make schema`.

CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE topics (
	id INTEGER NOT NULL,
	arn TEXT NOT NULL,
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	attributes TEXT NOT NULL,
	tags TEXT NOT NULL,
	data_protection_policy TEXT,
	sequence BIGINT NOT NULL,
	version BIGINT NOT NULL,
	subscriptions_deleted INTEGER NOT NULL,
	created_at FLOAT NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (arn)
);

CREATE TABLE subscriptions (
	id INTEGER NOT NULL,
	arn TEXT NOT NULL,
	topic_arn TEXT NOT NULL,
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	protocol TEXT NOT NULL,
	endpoint TEXT NOT NULL,
	attributes TEXT NOT NULL,
	status TEXT NOT NULL,
	token TEXT,
	token_expires_at FLOAT,
	authenticate_on_unsubscribe BOOLEAN NOT NULL,
	confirmation_was_authenticated BOOLEAN NOT NULL,
	principal TEXT NOT NULL,
	callback_url TEXT NOT NULL,
	created_at FLOAT NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (arn)
);

CREATE TABLE deduplication (
	topic_arn TEXT NOT NULL,
	scope TEXT NOT NULL,
	deduplication_id TEXT NOT NULL,
	message_id TEXT NOT NULL,
	sequence_number TEXT NOT NULL,
	expires_at FLOAT NOT NULL,
	PRIMARY KEY (topic_arn, scope, deduplication_id)
);

CREATE TABLE archive (
	topic_arn TEXT NOT NULL,
	sequence_number TEXT NOT NULL,
	message BLOB NOT NULL,
	published_at FLOAT NOT NULL,
	PRIMARY KEY (topic_arn, sequence_number)
);

CREATE TABLE platform_applications (
	id INTEGER NOT NULL,
	arn TEXT NOT NULL,
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	attributes TEXT NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (arn)
);

CREATE TABLE platform_endpoints (
	id INTEGER NOT NULL,
	arn TEXT NOT NULL,
	application_arn TEXT NOT NULL,
	account_id TEXT NOT NULL,
	token TEXT NOT NULL,
	attributes TEXT NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (arn)
);

CREATE TABLE sms_attributes (
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	attributes TEXT NOT NULL,
	PRIMARY KEY (account_id, region)
);

CREATE TABLE sms_sandbox_numbers (
	id INTEGER NOT NULL,
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	phone_number TEXT NOT NULL,
	status TEXT NOT NULL,
	one_time_password TEXT NOT NULL,
	PRIMARY KEY (id)
);

CREATE TABLE opted_out_numbers (
	id INTEGER NOT NULL,
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	phone_number TEXT NOT NULL,
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

CREATE TABLE delivery_log (
	parcel_id BIGINT NOT NULL,
	account_id TEXT NOT NULL,
	topic_arn TEXT NOT NULL,
	subscription_arn TEXT NOT NULL,
	message_id TEXT NOT NULL,
	destination TEXT NOT NULL,
	status TEXT NOT NULL,
	attempts TEXT NOT NULL,
	created_at FLOAT NOT NULL,
	PRIMARY KEY (parcel_id)
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

CREATE TABLE signing_keys (
	id TEXT NOT NULL,
	private_key BLOB NOT NULL,
	certificate BLOB NOT NULL,
	created_at FLOAT NOT NULL,
	PRIMARY KEY (id)
);

CREATE TABLE clock (
	offset_seconds DOUBLE NOT NULL
, moved_at DOUBLE DEFAULT '0' NOT NULL);

CREATE INDEX archive_by_time ON archive (topic_arn, published_at);

CREATE INDEX deduplication_by_expiry ON deduplication (topic_arn, expires_at);

CREATE UNIQUE INDEX opted_out_numbers_by_owner ON opted_out_numbers (account_id, region, phone_number);

CREATE INDEX outbox_by_destination ON outbox (destination, due_at);

CREATE INDEX outbox_by_ordering_key ON outbox (destination, ordering_key, id) WHERE ordering_key IS NOT NULL;

CREATE INDEX platform_applications_by_owner ON platform_applications (account_id, region, id);

CREATE INDEX platform_endpoints_by_application ON platform_endpoints (application_arn, id);

CREATE UNIQUE INDEX platform_endpoints_by_token ON platform_endpoints (application_arn, token);

CREATE INDEX sink_messages_by_kind ON sink_messages (kind, account_id, id);

CREATE UNIQUE INDEX sms_sandbox_numbers_by_owner ON sms_sandbox_numbers (account_id, region, phone_number);

CREATE INDEX subscriptions_by_endpoint ON subscriptions (topic_arn, protocol, endpoint);

CREATE INDEX subscriptions_by_expiry ON subscriptions (token_expires_at) WHERE token_expires_at IS NOT NULL;

CREATE INDEX subscriptions_by_owner ON subscriptions (account_id, region, id);

CREATE INDEX subscriptions_by_topic ON subscriptions (topic_arn, id);

CREATE INDEX topics_by_owner ON topics (account_id, region, id);

INSERT INTO alembic_version (version_num) VALUES ('0003');
