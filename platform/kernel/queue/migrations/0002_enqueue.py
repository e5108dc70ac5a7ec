"""The one door to the queue: a function that runs as its owner, so that a client's role can enqueue and nothing else."""

from __future__ import annotations

from django.db import migrations

SIGNATURE = "public.queue_enqueue(uuid, text, text, text, jsonb, integer, bigint)"

ENQUEUE = """
CREATE FUNCTION public.queue_enqueue(
    p_id uuid, p_queue text, p_actor text, p_schema text, p_payload jsonb, p_priority integer, p_delay_ms bigint
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE
    caller text := pg_catalog.current_setting('role');
BEGIN
    IF caller = 'none' THEN
        caller := session_user;
    END IF;
    IF caller <> p_schema AND EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = caller) THEN
        RAISE insufficient_privilege USING MESSAGE = 'a client may enqueue for itself only';
    END IF;
    -- The same id comes again when a message is retried while its first row is still claimed: the row goes back to
    -- waiting in place, so that no crash can leave two of them.
    INSERT INTO public.queue_message AS m (id, queue, actor, schema, payload, priority, available_at)
    VALUES (p_id, p_queue, p_actor, p_schema, p_payload, p_priority,
            pg_catalog.clock_timestamp() + p_delay_ms * interval '1 millisecond')
    ON CONFLICT (id) DO UPDATE SET payload = excluded.payload, priority = excluded.priority,
        available_at = excluded.available_at, worker = NULL, claimed_at = NULL, attempts = 0
    WHERE m.schema = excluded.schema;
    IF p_delay_ms <= 0 THEN
        PERFORM pg_catalog.pg_notify('earshot_queue', p_queue);
    END IF;
END
$body$
"""


class Migration(migrations.Migration):
    dependencies = [("queue", "0001_initial")]

    operations = [
        migrations.RunSQL(
            ["CREATE SEQUENCE public.queue_worker AS integer CYCLE"], ["DROP SEQUENCE public.queue_worker"]
        ),
        migrations.RunSQL([ENQUEUE], [f"DROP FUNCTION {SIGNATURE}"]),
        migrations.RunSQL([f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO PUBLIC"], migrations.RunSQL.noop),
    ]
