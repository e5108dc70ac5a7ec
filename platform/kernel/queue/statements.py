"""The queue's SQL. Every table is named with its schema: callers may run with a client's search_path and role.

A client's role has no right on the tables; it reaches them through `queue_enqueue` alone (migration 0002), which runs
as its owner and lets a role that has a schema of its own enqueue for that schema only.
"""

from __future__ import annotations

CHANNEL = "earshot_queue"
# Advisory locks are (class, number) pairs; the class keeps ours apart from everybody else's.
LOCK_CLASS = 0x6561_7273

ENQUEUE = "SELECT public.queue_enqueue(%s::uuid, %s, %s, %s, %s::jsonb, %s::integer, %s::bigint)"

NEXT_WORKER = "SELECT nextval('public.queue_worker')::integer"
LOCK_WORKER = "SELECT pg_try_advisory_lock(%s::integer, %s::integer)"

CLAIM = """
WITH due AS (
    SELECT id FROM public.queue_message
    WHERE queue = %(queue)s AND worker IS NULL AND available_at <= clock_timestamp()
    ORDER BY priority, available_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE public.queue_message m SET worker = %(worker)s, claimed_at = clock_timestamp(), attempts = attempts + 1
    FROM due WHERE m.id = due.id
    RETURNING m.id, m.schema, m.payload, m.priority, m.available_at
)
SELECT id, schema, payload FROM claimed ORDER BY priority, available_at
"""
ACK = "DELETE FROM public.queue_message WHERE id = %(id)s AND worker = %(worker)s"
BURY = """
WITH dead AS (
    DELETE FROM public.queue_message WHERE id = %(id)s AND worker = %(worker)s
    RETURNING id, queue, actor, schema, payload, enqueued_at
)
INSERT INTO public.queue_dead_letter (id, queue, actor, schema, payload, error, enqueued_at)
SELECT id, queue, actor, schema, payload, %(error)s, enqueued_at FROM dead
ON CONFLICT (id) DO UPDATE SET payload = excluded.payload, error = excluded.error, died_at = clock_timestamp()
"""
# A worker that stops in good order gives back what it has not begun: that was no attempt.
REQUEUE = """
UPDATE public.queue_message SET worker = NULL, claimed_at = NULL, attempts = greatest(attempts - 1, 0),
    available_at = greatest(available_at, clock_timestamp() + %(delay_ms)s * interval '1 millisecond')
WHERE id = ANY(%(ids)s) AND worker = %(worker)s
"""
NOTIFY = f"SELECT pg_notify('{CHANNEL}', %s)"

# Claims whose worker's lock is gone. A message that took its workers down MAX_ATTEMPTS times is given up; one that
# did so more than once comes back after a random pause, so that its companions of the last time run without it.
RELEASE_DEAD = """
WITH alive AS (
    SELECT objid::bigint::integer AS worker FROM pg_catalog.pg_locks
    WHERE locktype = 'advisory' AND classid = %(lock_class)s::integer::oid AND objsubid = 2 AND granted
      AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
), orphans AS (
    SELECT id, attempts FROM public.queue_message
    WHERE worker IS NOT NULL AND worker NOT IN (SELECT worker FROM alive)
    FOR UPDATE SKIP LOCKED
), given_up AS (
    DELETE FROM public.queue_message m USING orphans o WHERE m.id = o.id AND o.attempts >= %(max_attempts)s
    RETURNING m.id, m.queue, m.actor, m.schema, m.payload, m.enqueued_at
), buried AS (
    INSERT INTO public.queue_dead_letter (id, queue, actor, schema, payload, error, enqueued_at)
    SELECT id, queue, actor, schema, payload, 'WorkerLost', enqueued_at FROM given_up
    ON CONFLICT (id) DO UPDATE SET payload = excluded.payload, error = excluded.error, died_at = clock_timestamp()
)
UPDATE public.queue_message m SET worker = NULL, claimed_at = NULL,
    available_at = clock_timestamp()
        + CASE WHEN m.attempts > 1 THEN random() * m.attempts * interval '2 seconds' ELSE interval '0' END
FROM orphans o WHERE m.id = o.id AND o.attempts < %(max_attempts)s
"""

RELAY = """
SELECT id, schema, payload FROM public.queue_message
WHERE worker IS NULL AND available_at <= clock_timestamp()
ORDER BY priority, available_at LIMIT %s FOR UPDATE SKIP LOCKED
"""
RELAYED = "DELETE FROM public.queue_message WHERE id = ANY(%s)"
INSERT_DEAD = """
INSERT INTO public.queue_dead_letter (id, queue, actor, schema, payload, error, enqueued_at)
VALUES (%s::uuid, %s, %s, %s, %s::jsonb, %s, to_timestamp(%s / 1000.0))
ON CONFLICT (id) DO UPDATE SET payload = excluded.payload, error = excluded.error, died_at = clock_timestamp()
"""
PENDING = """
SELECT count(*) FROM public.queue_message
WHERE queue = %s AND (worker IS NOT NULL OR available_at <= clock_timestamp())
"""
