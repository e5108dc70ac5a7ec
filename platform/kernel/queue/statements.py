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
_DEAD_AND_BURIED = """
WITH dead AS (
    DELETE FROM public.queue_message WHERE id = %(id)s AND worker IS NOT DISTINCT FROM %(worker)s::integer
    RETURNING id, queue, actor, schema, payload, enqueued_at
), buried AS (
    INSERT INTO public.queue_dead_letter (id, queue, actor, schema, payload, error, enqueued_at)
    SELECT id, queue, actor, schema, payload, %(error)s, enqueued_at FROM dead
    ON CONFLICT (id) DO UPDATE SET payload = excluded.payload, error = excluded.error, died_at = clock_timestamp()
)
"""
# Of a message that nobody holds `worker` is NULL.
BURY = f"{_DEAD_AND_BURIED} SELECT count(*) FROM dead"
# And tells whoever wants to know, in the same statement: who comes second finds nothing to tell of.
BURY_AND_SEND = f"""{_DEAD_AND_BURIED}
SELECT public.queue_enqueue(%(next_id)s::uuid, %(next_queue)s, %(next_actor)s, dead.schema, %(next_payload)s::jsonb,
    %(next_priority)s::integer, 0::bigint) FROM dead
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
_ALIVE = """
    SELECT objid::bigint::integer AS worker FROM pg_catalog.pg_locks
    WHERE locktype = 'advisory' AND classid = %(lock_class)s::integer::oid AND objsubid = 2 AND granted
      AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
"""
LOST = f"""
SELECT id, queue, actor, schema, payload, worker FROM public.queue_message
WHERE worker IS NOT NULL AND attempts >= %(max_attempts)s AND worker NOT IN ({_ALIVE})
"""
RELEASE_DEAD = f"""
WITH orphans AS (
    SELECT id FROM public.queue_message
    WHERE worker IS NOT NULL AND attempts < %(max_attempts)s AND worker NOT IN ({_ALIVE})
    FOR UPDATE SKIP LOCKED
)
UPDATE public.queue_message m SET worker = NULL, claimed_at = NULL,
    available_at = clock_timestamp()
        + CASE WHEN m.attempts > 1 THEN random() * m.attempts * interval '2 seconds' ELSE interval '0' END
FROM orphans o WHERE m.id = o.id
"""

RELAY = """
SELECT id, queue, schema, payload FROM public.queue_message
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
