"""The catalogue's tables, and the triggers that follow clients and agencies. Whoever changes those is in the public
schema, and so are the triggers then: they run with the rights and the search_path of who makes the change."""

from django.db import migrations, models

# Whoever changes the catalogue takes the position's row first. Who follows it is woken by any change of it.
WOKEN = """
CREATE FUNCTION catalogue_wake() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM pg_catalog.pg_notify('earshot_catalogue', '');
    RETURN NULL;
END
$body$
"""
SETTLE = """
CREATE FUNCTION catalogue_settle(p_schema text, p_works boolean, p_gone boolean) RETURNS void
LANGUAGE plpgsql AS $body$
DECLARE
    number bigint;
BEGIN
    UPDATE catalogue_position SET change = change + 1 RETURNING change INTO number;
    IF p_gone THEN
        UPDATE catalogue_entry
        SET tree = '', source = '', active = false, heard = false, change = number,
            deleted_at = pg_catalog.clock_timestamp()
        WHERE schema = p_schema AND deleted_at IS NULL;
    ELSE
        UPDATE catalogue_entry SET heard = active AND p_works, change = number
        WHERE schema = p_schema AND heard <> (active AND p_works);
    END IF;
END
$body$
"""
FOLLOW_CLIENT = """
CREATE FUNCTION catalogue_follow_client() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    works boolean;
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM catalogue_settle(OLD.schema_name, false, true);
        DELETE FROM catalogue_told WHERE schema = OLD.schema_name;
        RETURN NULL;
    END IF;
    -- A client in the making has told of nothing yet.
    IF OLD.status <> 'creating' THEN
        -- What is read behind the lock is what whoever held it has committed.
        PERFORM FROM catalogue_position FOR UPDATE;
        works := NEW.status = 'active' AND EXISTS (
            SELECT FROM tenants_agency a WHERE a.id = NEW.agency_id AND a.suspended_at IS NULL);
        PERFORM catalogue_settle(NEW.schema_name, works, NEW.status = 'purging');
    END IF;
    RETURN NULL;
END
$body$
"""
FOLLOW_AGENCY = """
CREATE FUNCTION catalogue_follow_agency() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    client record;
BEGIN
    PERFORM FROM catalogue_position FOR UPDATE;
    FOR client IN SELECT schema_name, status FROM tenants_client
        WHERE agency_id = NEW.id AND status NOT IN ('creating', 'purging') ORDER BY schema_name
    LOOP
        PERFORM catalogue_settle(
            client.schema_name, client.status = 'active' AND NEW.suspended_at IS NULL, false);
    END LOOP;
    RETURN NULL;
END
$body$
"""
TRIGGERS = (
    "CREATE TRIGGER catalogue_wake AFTER UPDATE ON catalogue_position "
    "FOR EACH STATEMENT EXECUTE FUNCTION catalogue_wake()",
    "CREATE TRIGGER catalogue_follow_client AFTER UPDATE OF status ON tenants_client "
    "FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION catalogue_follow_client()",
    "CREATE TRIGGER catalogue_forget_client AFTER DELETE ON tenants_client "
    "FOR EACH ROW EXECUTE FUNCTION catalogue_follow_client()",
    "CREATE TRIGGER catalogue_follow_agency AFTER UPDATE OF suspended_at ON tenants_agency "
    "FOR EACH ROW WHEN ((OLD.suspended_at IS NULL) <> (NEW.suspended_at IS NULL)) "
    "EXECUTE FUNCTION catalogue_follow_agency()",
)
GONE = (
    "DROP TRIGGER catalogue_follow_agency ON tenants_agency",
    "DROP TRIGGER catalogue_forget_client ON tenants_client",
    "DROP TRIGGER catalogue_follow_client ON tenants_client",
    "DROP TRIGGER catalogue_wake ON catalogue_position",
    "DROP FUNCTION catalogue_follow_agency()",
    "DROP FUNCTION catalogue_follow_client()",
    "DROP FUNCTION catalogue_settle(text, boolean, boolean)",
    "DROP FUNCTION catalogue_wake()",
)


class Migration(migrations.Migration):
    initial = True

    dependencies = [("tenants", "0009_names_by_prefix")]

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("schema", models.CharField(max_length=63)),
                ("query_id", models.CharField(max_length=40)),
                ("version", models.IntegerField()),
                ("tree", models.TextField()),
                ("source", models.CharField(max_length=64)),
                ("active", models.BooleanField()),
                ("heard", models.BooleanField()),
                ("change", models.BigIntegerField(db_index=True)),
                ("deleted_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("schema", "query_id"), name="catalogue_knows_a_query_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Position",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("change", models.BigIntegerField(default=0)),
                ("forgotten", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Told",
            fields=[
                ("schema", models.CharField(max_length=63, primary_key=True, serialize=False)),
                ("asked", models.BigIntegerField(default=0)),
                ("told", models.BigIntegerField(default=0)),
                ("told_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RunSQL(
            ["INSERT INTO catalogue_position (id, change, forgotten) VALUES (1, 0, 0)"], migrations.RunSQL.noop
        ),
        *(migrations.RunSQL([function], migrations.RunSQL.noop) for function in (WOKEN, SETTLE, FOLLOW_CLIENT, FOLLOW_AGENCY)),
        *(migrations.RunSQL([trigger], migrations.RunSQL.noop) for trigger in TRIGGERS),
        migrations.RunSQL(migrations.RunSQL.noop, list(GONE)),
    ]
