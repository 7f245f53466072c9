-- Revision 0004: what versions/ make of an empty SQLite database, written by `make schema`.

CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE backlogs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	discarded SMALLINT NOT NULL
);

CREATE TABLE queues (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	name TEXT NOT NULL,
	backlog_id BIGINT NOT NULL,
	fifo SMALLINT NOT NULL,
	fair SMALLINT NOT NULL,
	attributes TEXT NOT NULL,
	tags TEXT NOT NULL,
	dead_letter_arn TEXT,
	created_at DOUBLE NOT NULL,
	modified_at DOUBLE NOT NULL,
	purged_at DOUBLE
, earlier_deduplication_scope TEXT, deduplication_scope_changed_at DOUBLE);

CREATE TABLE deleted_queues (
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	name TEXT NOT NULL,
	deleted_at DOUBLE NOT NULL,
	PRIMARY KEY (account_id, region, name)
);

CREATE TABLE messages (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	backlog_id BIGINT NOT NULL,
	state SMALLINT NOT NULL,
	turn BIGINT NOT NULL,
	visible_at DOUBLE NOT NULL,
	sent_at DOUBLE NOT NULL,
	message_id TEXT NOT NULL,
	body TEXT,
	body_md5 TEXT NOT NULL,
	attributes TEXT,
	trace_header TEXT,
	group_id TEXT,
	deduplication_id TEXT,
	sender_id TEXT NOT NULL,
	receive_count INTEGER NOT NULL,
	earlier_receives INTEGER NOT NULL,
	first_received_at DOUBLE,
	received_at DOUBLE,
	receipt BIGINT,
	source_arn TEXT
);

CREATE TABLE large_bodies (
	message_key INTEGER NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (message_key),
	FOREIGN KEY(message_key) REFERENCES messages (id) ON DELETE CASCADE
);

CREATE TABLE message_groups (
	backlog_id BIGINT NOT NULL,
	group_id TEXT NOT NULL,
	available_at DOUBLE NOT NULL,
	PRIMARY KEY (backlog_id, group_id)
);

CREATE TABLE deduplications (
	queue_id BIGINT NOT NULL,
	scope TEXT NOT NULL,
	deduplication_id TEXT NOT NULL,
	message_id TEXT NOT NULL,
	message_key BIGINT NOT NULL,
	expires_at DOUBLE NOT NULL,
	PRIMARY KEY (queue_id, scope, deduplication_id)
);

CREATE TABLE receive_attempts (
	queue_id BIGINT NOT NULL,
	attempt_id TEXT NOT NULL,
	answer TEXT NOT NULL,
	expires_at DOUBLE NOT NULL,
	PRIMARY KEY (queue_id, attempt_id)
);

CREATE TABLE move_tasks (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	task_id TEXT NOT NULL,
	account_id TEXT NOT NULL,
	region TEXT NOT NULL,
	source_arn TEXT NOT NULL,
	destination_arn TEXT,
	maximum_per_second INTEGER,
	status TEXT NOT NULL,
	moved BIGINT NOT NULL,
	to_move BIGINT NOT NULL,
	failure_reason TEXT,
	started_at DOUBLE NOT NULL,
	UNIQUE (task_id)
);

CREATE TABLE clock (
	offset_seconds DOUBLE NOT NULL
, moved_at DOUBLE DEFAULT '0' NOT NULL);

CREATE INDEX deduplications_by_expiry ON deduplications (expires_at);

CREATE INDEX message_groups_available ON message_groups (backlog_id, available_at);

CREATE INDEX messages_by_age ON messages (backlog_id, sent_at);

CREATE INDEX messages_by_group ON messages (backlog_id, group_id, turn, id) WHERE group_id IS NOT NULL;

CREATE INDEX messages_ready ON messages (backlog_id, turn, visible_at) WHERE state = 0;

CREATE INDEX messages_waiting ON messages (backlog_id, visible_at, state) WHERE state > 0;

CREATE INDEX move_tasks_by_source ON move_tasks (source_arn, id);

CREATE INDEX move_tasks_by_status ON move_tasks (status);

CREATE INDEX queues_by_dead_letter_arn ON queues (dead_letter_arn);

CREATE UNIQUE INDEX queues_by_name ON queues (account_id, region, name);

CREATE INDEX receive_attempts_by_expiry ON receive_attempts (expires_at);

INSERT INTO alembic_version (version_num) VALUES ('0004');
