-- The first schema. Portable columns only: TEXT, BIGINT (milliseconds in *_at), BOOLEAN, DOUBLE PRECISION, BYTEA; documents are JSON as TEXT.
-- retailer_id is the first column of every key and index of a retailer's data; ids are made by the program and grow with time.

-- Directory: small tables that are not a retailer's data.

CREATE TABLE retailer (
    retailer_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    preset TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- A sign-in address is unique across retailers.
CREATE TABLE sign_in_address (
    email TEXT NOT NULL PRIMARY KEY,
    retailer_id TEXT NOT NULL,
    staff_id TEXT NOT NULL
);

-- The sandbox's clock: how far the product's clock is ahead of the machine's.
CREATE TABLE product_clock (
    id BIGINT NOT NULL PRIMARY KEY,
    offset_ms BIGINT NOT NULL
);

-- A retailer's data.

-- A face of the retailer: name, colours, help, locale, zone in `doc`.
CREATE TABLE brand (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    doc TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, id)
);
CREATE UNIQUE INDEX brand_name_once ON brand (retailer_id, name_key);

-- Keys of the API. The secret itself is never stored.
CREATE TABLE api_key (
    retailer_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (retailer_id, hash)
);

-- People who sign in to the desk.
CREATE TABLE staff (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, id)
);

CREATE TABLE desk_session (
    retailer_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, hash)
);

-- What a shopper bought. A shipment registered without an order number gets an order of its own, so that every shipment has a page.
CREATE TABLE customer_order (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    brand_id TEXT NOT NULL,
    order_number TEXT,
    order_key TEXT,
    page_token TEXT NOT NULL,
    doc TEXT NOT NULL,
    facts TEXT NOT NULL,
    not_despatched BOOLEAN NOT NULL,
    next_check_at BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, id)
);
CREATE INDEX customer_order_number ON customer_order (retailer_id, order_key, id);
CREATE UNIQUE INDEX customer_order_page ON customer_order (retailer_id, page_token);
CREATE INDEX customer_order_due ON customer_order (retailer_id, next_check_at) WHERE next_check_at IS NOT NULL;

-- A consignment under one tracking number. `doc` is the registration, `journey` and `facts` are folded from its events.
CREATE TABLE shipment (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    brand_id TEXT NOT NULL,
    page_token TEXT NOT NULL,
    reference TEXT,
    order_key TEXT,
    tracking_number TEXT,
    tracking_key TEXT,
    carrier TEXT,
    type TEXT NOT NULL,
    state TEXT NOT NULL,
    milestone TEXT NOT NULL,
    attention TEXT NOT NULL,
    is_open BOOLEAN NOT NULL,
    late BOOLEAN NOT NULL,
    may_be_missing BOOLEAN NOT NULL,
    at_risk BOOLEAN NOT NULL,
    disputed BOOLEAN NOT NULL,
    tags TEXT NOT NULL,
    doc TEXT NOT NULL,
    first_promised TEXT,
    journey TEXT NOT NULL,
    facts TEXT NOT NULL,
    last_event_at BIGINT,
    next_check_at BIGINT,
    woken_at BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    stopped_at BIGINT,
    PRIMARY KEY (retailer_id, id)
);
CREATE INDEX shipment_order ON shipment (retailer_id, order_id, id);
CREATE INDEX shipment_reference ON shipment (retailer_id, reference, id) WHERE reference IS NOT NULL;
CREATE INDEX shipment_due ON shipment (retailer_id, next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX shipment_updated ON shipment (retailer_id, updated_at);
CREATE INDEX shipment_attention ON shipment (retailer_id, attention, id) WHERE is_open AND attention <> 'none';
CREATE INDEX shipment_late ON shipment (retailer_id, id) WHERE late AND is_open;
CREATE INDEX shipment_missing ON shipment (retailer_id, id) WHERE may_be_missing AND is_open;

-- What a shopper's page is made of, at one place: a row for the order (its shipment_id is empty) and one for each parcel, written with them.
-- `timeline` is what the page tells of the events. Both are MessagePack: rows are to be short.
CREATE TABLE tracking_page (
    retailer_id TEXT NOT NULL,
    page_token TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    doc BYTEA NOT NULL,
    timeline BYTEA NOT NULL,
    PRIMARY KEY (retailer_id, page_token, shipment_id)
) WITHOUT ROWID;

-- Under which numbers a shipment is known: its tracking number, the barcodes of its pieces, its other references. Numbers are recycled.
CREATE TABLE shipment_number (
    retailer_id TEXT NOT NULL,
    number_key TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (retailer_id, number_key, shipment_id)
) WITHOUT ROWID;

-- What carriers said. Never changed.
CREATE TABLE tracking_event (
    retailer_id TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    event_key TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (retailer_id, shipment_id, event_key)
) WITHOUT ROWID;

-- What we came to know, in the order in which we did; one row per digest, holding the changed fields.
CREATE TABLE shipment_change (
    retailer_id TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (retailer_id, shipment_id, id)
) WITHOUT ROWID;

-- Events for numbers that nobody has registered yet.
CREATE TABLE unmatched_event (
    retailer_id TEXT NOT NULL,
    number_key TEXT NOT NULL,
    event_key TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (retailer_id, number_key, event_key)
) WITHOUT ROWID;
CREATE INDEX unmatched_event_age ON unmatched_event (retailer_id, received_at);

-- Bytes as they came, until they are digested. One key that grows with time: a durable insert costs one page.
CREATE TABLE inbox (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    source TEXT NOT NULL,
    signature TEXT,
    dialect TEXT,
    headers TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (retailer_id, id)
);

-- Payloads that nobody could read, with the cause. The same bytes stand here once.
CREATE TABLE quarantine (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    times BIGINT NOT NULL,
    dialect TEXT,
    cause TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (retailer_id, id)
);
CREATE UNIQUE INDEX quarantine_once ON quarantine (retailer_id, body_hash);

-- What came in lately, as it came, and what was recognised in it; kept for some days, and of a burst only the first.
CREATE TABLE received (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    source TEXT NOT NULL,
    dialect TEXT NOT NULL,
    mapping_id TEXT NOT NULL,
    told_by TEXT NOT NULL,
    signature TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    numbers BIGINT NOT NULL,
    events BIGINT NOT NULL,
    headers TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (retailer_id, id)
);
CREATE INDEX received_age ON received (retailer_id, received_at);

-- How much came, all of it, by dialect, way in and day.
CREATE TABLE received_day (
    retailer_id TEXT NOT NULL,
    dialect TEXT NOT NULL,
    source TEXT NOT NULL,
    day_on TEXT NOT NULL,
    payloads BIGINT NOT NULL,
    events BIGINT NOT NULL,
    unread BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, dialect, source, day_on)
);

-- How the retailer has payloads read that no adapter knows: where what stands (doc), and the shape by which they are known again. Each
-- change is a version, and one without a doc takes the mapping back.
CREATE TABLE mapping (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    doc TEXT,
    shape TEXT NOT NULL,
    set_by TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, id, version)
);

-- The quarantine, gone through once more for a mapping: how far it is.
CREATE TABLE mapping_replay (
    retailer_id TEXT NOT NULL,
    mapping_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    total BIGINT NOT NULL,
    looked_at BIGINT NOT NULL,
    handed_in BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    done_at BIGINT,
    PRIMARY KEY (retailer_id, mapping_id)
);

-- The agents' queue.
CREATE TABLE alert (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    order_number TEXT,
    opened_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    assignee TEXT,
    due_at BIGINT,
    snoozed_until BIGINT,
    resolved_at BIGINT,
    resolution TEXT,
    resolved_by TEXT,
    PRIMARY KEY (retailer_id, id)
);
CREATE INDEX alert_open ON alert (retailer_id, kind, opened_at) WHERE state <> 'resolved';
CREATE INDEX alert_shipment ON alert (retailer_id, shipment_id, id);
CREATE INDEX alert_order ON alert (retailer_id, order_number, id) WHERE kind = 'not_despatched';

-- Work that is due at a time and concerns only the database: deciding whom to tell, scripted events of the sandbox.
CREATE TABLE task (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    shipment_id TEXT,
    payload TEXT NOT NULL,
    PRIMARY KEY (retailer_id, id)
);
CREATE INDEX task_due ON task (retailer_id, run_at, id);
CREATE INDEX task_shipment ON task (retailer_id, shipment_id, run_at, id);

-- Every message to a shopper: waiting, sending, sent, failed, unknown or withheld, with the reason. `business_key` is what makes it at most once.
CREATE TABLE notification (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    business_key TEXT NOT NULL,
    order_id TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    brand_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    rank BIGINT NOT NULL,
    covers TEXT NOT NULL,
    channel TEXT NOT NULL,
    role TEXT NOT NULL,
    address TEXT NOT NULL,
    subject TEXT NOT NULL,
    text_body TEXT NOT NULL,
    html_body TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    created_at BIGINT NOT NULL,
    send_at BIGINT,
    sent_at BIGINT,
    attempts BIGINT NOT NULL,
    leased_until BIGINT,
    PRIMARY KEY (retailer_id, id)
);
CREATE UNIQUE INDEX notification_once ON notification (retailer_id, business_key);
CREATE INDEX notification_due ON notification (retailer_id, send_at) WHERE send_at IS NOT NULL;
CREATE INDEX notification_held ON notification (retailer_id, id) WHERE state = 'waiting' AND send_at IS NULL;
CREATE INDEX notification_shipment ON notification (retailer_id, shipment_id, id);
CREATE INDEX notification_order ON notification (retailer_id, order_id, id);

-- Stop signs on sending: scope is `all`, `brand:ID` or `channel:NAME`.
CREATE TABLE sending_hold (
    retailer_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    since_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, scope)
);

CREATE TABLE rule (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    doc TEXT NOT NULL,
    before_doc TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    removed_at BIGINT,
    PRIMARY KEY (retailer_id, id)
);

CREATE TABLE setting (
    retailer_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    doc TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, scope)
);

-- Accounts with carriers that are asked. `credentials` are sealed with the operator's key, which is not in the database. `wait_until`: nobody
-- asks in its name before; a process that does holds the account by moving it ahead. `stretch` lengthens every pause, in thousandths, so that
-- a day's calls are enough for all parcels that it follows.
CREATE TABLE carrier_account (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    carrier TEXT NOT NULL,
    way TEXT NOT NULL,
    label TEXT NOT NULL,
    environment TEXT NOT NULL,
    covers TEXT NOT NULL,
    credentials BYTEA NOT NULL,
    per_day BIGINT,
    state TEXT NOT NULL,
    reason TEXT,
    tested_at BIGINT,
    verdict TEXT,
    heard_at BIGINT,
    heard TEXT,
    failures BIGINT NOT NULL,
    wait_until BIGINT NOT NULL,
    stretch BIGINT NOT NULL,
    followed BIGINT NOT NULL,
    weighed_at BIGINT NOT NULL,
    alert_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, id)
);

-- When a shipment is asked for next. `pause_ms` is what its state calls for, `wait_ms` what its account can bear.
CREATE TABLE poll_turn (
    retailer_id TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    next_at BIGINT NOT NULL,
    pause_ms BIGINT NOT NULL,
    wait_ms BIGINT NOT NULL,
    asked_at BIGINT,
    heard TEXT,
    not_known BIGINT NOT NULL,
    asks_on TEXT,
    asks BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, shipment_id)
) WITHOUT ROWID;
CREATE INDEX poll_turn_due ON poll_turn (retailer_id, account_id, next_at);

-- What a day's calls of an account were spent on. The state is that of the parcels asked for; an empty one counts the calls themselves.
CREATE TABLE poll_day (
    retailer_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    day_on TEXT NOT NULL,
    state TEXT NOT NULL,
    calls BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    asked BIGINT NOT NULL,
    told BIGINT NOT NULL,
    not_known BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, account_id, day_on, state)
) WITHOUT ROWID;

-- What carriers' feeds say by the hour (counted since 1970), by whatever door it comes …
CREATE TABLE feed_hour (
    retailer_id TEXT NOT NULL,
    carrier TEXT NOT NULL,
    hour BIGINT NOT NULL,
    events BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, carrier, hour)
) WITHOUT ROWID;

-- … and since when one is quiet.
CREATE TABLE feed (
    retailer_id TEXT NOT NULL,
    carrier TEXT NOT NULL,
    last_at BIGINT NOT NULL,
    next_check_at BIGINT,
    quiet_since BIGINT,
    alert_id TEXT,
    PRIMARY KEY (retailer_id, carrier)
) WITHOUT ROWID;

-- When a carrier's feed was down, as we noticed it by ourselves; open while it still is.
CREATE TABLE feed_outage (
    retailer_id TEXT NOT NULL,
    carrier TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT,
    noticed_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, carrier, from_at)
) WITHOUT ROWID;

-- Addresses that carriers call: the token's hash, and the token sealed so that it can be shown again (nothing where there was no key).
CREATE TABLE hook_address (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    sealed BYTEA,
    made_at BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (retailer_id, id)
);

-- What forecasts and promises were worth, as graded last: a document for each subject.
CREATE TABLE grade (
    retailer_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    graded_at BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (retailer_id, subject)
);

-- Secrets with which dialects sign.
CREATE TABLE hook_secret (
    retailer_id TEXT NOT NULL,
    dialect TEXT NOT NULL,
    secret TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, dialect)
);

-- Webhooks out: endpoints, what is to be delivered, and every attempt.
CREATE TABLE webhook (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    url TEXT NOT NULL,
    filter TEXT,
    enabled BOOLEAN NOT NULL,
    secret TEXT NOT NULL,
    failing_since BIGINT,
    disabled_reason TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, id)
);

CREATE TABLE webhook_message (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT,
    leased_until BIGINT,
    last_status BIGINT,
    last_error TEXT,
    PRIMARY KEY (retailer_id, id)
);
CREATE INDEX webhook_message_due ON webhook_message (retailer_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX webhook_message_lane ON webhook_message (retailer_id, webhook_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX webhook_message_log ON webhook_message (retailer_id, webhook_id, id);

CREATE TABLE webhook_attempt (
    retailer_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    at BIGINT NOT NULL,
    status BIGINT,
    error TEXT,
    took_ms BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, message_id, attempt)
);

-- First executed answers to POSTs with an Idempotency-Key. `status` 0: still being worked on.
CREATE TABLE idempotent_answer (
    retailer_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    status BIGINT NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, idempotency_key)
);

-- What an agent may type, normalised: order, tracking number, reference, names word by word, e-mail, phone, postcode. Read by prefix.
CREATE TABLE search_key (
    retailer_id TEXT NOT NULL,
    clue TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    PRIMARY KEY (retailer_id, clue, shipment_id)
) WITHOUT ROWID;

-- The words of names by their trigrams, each word once: a name typed wrongly or from its middle leads to the words it may mean.
CREATE TABLE name_trigram (
    retailer_id TEXT NOT NULL,
    trigram TEXT NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (retailer_id, trigram, word)
) WITHOUT ROWID;

CREATE TABLE note (
    retailer_id TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    author TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (retailer_id, shipment_id, id)
);

CREATE TABLE dispute (
    retailer_id TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    note TEXT,
    settled_at BIGINT,
    PRIMARY KEY (retailer_id, shipment_id, id)
);

-- Codes that stand in no carrier's list, by the shipment of which they were said.
CREATE TABLE unknown_code (
    retailer_id TEXT NOT NULL,
    carrier TEXT NOT NULL,
    code TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    words TEXT NOT NULL,
    times BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, carrier, code, shipment_id)
);

-- What the retailer takes such a code to mean; each change is a version, and one without a state takes the meaning back.
CREATE TABLE code_meaning (
    retailer_id TEXT NOT NULL,
    carrier TEXT NOT NULL,
    code TEXT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT,
    reason TEXT,
    set_by TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, carrier, code, version)
);

-- Files of orders, shipments or events that somebody sent: how their columns are read, and how far they are. `state` is draft, running,
-- done or stopped.
CREATE TABLE file_import (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    sent_by TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    size BIGINT NOT NULL,
    columns TEXT NOT NULL,
    mapping TEXT NOT NULL,
    mapping_id TEXT,
    state TEXT NOT NULL,
    rows_total BIGINT NOT NULL,
    rows_done BIGINT NOT NULL,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    version BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, id)
);
CREATE INDEX file_import_age ON file_import (retailer_id, created_at);

-- Their rows, so many as are taken in together, and what became of each.
CREATE TABLE file_import_part (
    retailer_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    part BIGINT NOT NULL,
    told TEXT NOT NULL,
    outcome TEXT,
    PRIMARY KEY (retailer_id, import_id, part)
) WITHOUT ROWID;

-- Mappings of columns that were given a name; known again by the columns they are for.
CREATE TABLE column_mapping (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    doc TEXT NOT NULL,
    set_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, id)
);
CREATE UNIQUE INDEX column_mapping_name_once ON column_mapping (retailer_id, name_key);
CREATE INDEX column_mapping_known ON column_mapping (retailer_id, fingerprint);

-- Others' servers from which files are fetched by SFTP. `secret` is sealed; `host_key` is what was seen at the first test.
CREATE TABLE file_source (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    doc TEXT NOT NULL,
    secret BYTEA NOT NULL,
    host_key TEXT,
    state TEXT NOT NULL,
    last_at BIGINT,
    last_error TEXT,
    next_at BIGINT,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (retailer_id, id)
);
CREATE INDEX file_source_due ON file_source (retailer_id, next_at) WHERE next_at IS NOT NULL;

-- Their files, each fetched once for its name, size and time.
CREATE TABLE fetched_file (
    retailer_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    name TEXT NOT NULL,
    size BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    noticed_at BIGINT NOT NULL,
    taken_at BIGINT,
    state TEXT NOT NULL,
    import_id TEXT,
    reason TEXT,
    result_at BIGINT,
    PRIMARY KEY (retailer_id, source_id, name, size, modified_at)
);

-- Who may put files into our own file door.
CREATE TABLE file_login (
    retailer_id TEXT NOT NULL,
    password_hash TEXT,
    keys TEXT NOT NULL,
    set_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (retailer_id)
);

-- Directory: the host key of the file door, sealed.
CREATE TABLE sftp_host_key (
    id BIGINT NOT NULL PRIMARY KEY,
    sealed BYTEA NOT NULL
);

-- Carriers that were guessed wrongly and put right, many at once: to which carrier, and what each shipment had before (doc), to be undone.
CREATE TABLE carrier_correction (
    retailer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    carrier TEXT NOT NULL,
    doc TEXT NOT NULL,
    made_by TEXT NOT NULL,
    undone_at BIGINT,
    undone_by TEXT,
    PRIMARY KEY (retailer_id, id)
);
