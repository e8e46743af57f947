CREATE TABLE {schema}.streams (
    project text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    pruned boolean NOT NULL DEFAULT false,
    due timestamptz,
    unfinished boolean NOT NULL DEFAULT false,
    in_doubt boolean NOT NULL DEFAULT false,
    needs_person boolean NOT NULL DEFAULT false,
    unhandled boolean NOT NULL DEFAULT false,
    kind text NOT NULL DEFAULT 'payment',
    name text,
    PRIMARY KEY (project, stream)
) WITH (fillfactor = 80);

CREATE INDEX streams_due ON {schema}.streams (project, due) WHERE (unfinished OR in_doubt) AND due IS NOT NULL;

CREATE INDEX streams_notable ON {schema}.streams (project, stream)
    WHERE unfinished OR in_doubt OR needs_person OR unhandled;

CREATE TABLE {schema}.entries (
    project text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    at timestamptz NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (project, stream, version)
);

CREATE INDEX entries_at ON {schema}.entries (at);

CREATE TABLE {schema}.names (
    project text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    name text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    PRIMARY KEY (project, kind, name)
);

-- One round trip: lock the stream, compare, claim the name, write. Refusals are told, not raised, so that they neither
-- fill the server's log nor spoil a transaction of the caller's.
CREATE FUNCTION {schema}.append(
    p_project text, p_stream text, p_bodies bytea[], p_expected bigint, p_hint boolean,
    p_indexed boolean, p_due timestamptz, p_unfinished boolean, p_in_doubt boolean, p_needs_person boolean,
    p_unhandled boolean, p_kind text, p_name text,
    OUT outcome text, OUT version bigint, OUT at timestamptz, OUT owner text
) LANGUAGE plpgsql AS $body$
DECLARE
    held record;
    written int := cardinality(p_bodies);
BEGIN
    LOOP
        SELECT s.version, s.moved_at, s.kind, s.name INTO held
            FROM {schema}.streams s WHERE s.project = p_project AND s.stream = p_stream FOR UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO {schema}.streams (project, stream) VALUES (p_project, p_stream) ON CONFLICT DO NOTHING;
    END LOOP;
    outcome := 'done';
    version := held.version;
    IF version <> p_expected THEN
        outcome := 'stale';
    ELSIF p_name IS NOT NULL AND (held.name, held.kind) IS DISTINCT FROM (p_name, p_kind) THEN
        INSERT INTO {schema}.names VALUES (p_project, p_kind, p_name, p_stream) ON CONFLICT DO NOTHING;
        SELECT n.stream INTO owner
            FROM {schema}.names n WHERE n.project = p_project AND n.kind = p_kind AND n.name = p_name;
        IF owner <> p_stream THEN
            outcome := 'taken';
        END IF;
    END IF;
    IF outcome <> 'done' THEN
        RETURN; -- what is left of a new stream is a row at version 0, which nothing shows
    END IF;
    at := greatest(clock_timestamp(), held.moved_at); -- a clock that is set back does not turn the order round
    version := version + written;
    INSERT INTO {schema}.entries
        SELECT p_project, p_stream, held.version + b.place, append.at, b.body
        FROM unnest(p_bodies) WITH ORDINALITY b (body, place);
    UPDATE {schema}.streams s SET
        version = append.version,
        moved_at = CASE WHEN written > 0 THEN append.at ELSE s.moved_at END,
        pruned = s.pruned AND written = 0,
        due = CASE WHEN p_indexed THEN p_due ELSE s.due END,
        unfinished = CASE WHEN p_indexed THEN p_unfinished ELSE s.unfinished END,
        in_doubt = CASE WHEN p_indexed THEN p_in_doubt ELSE s.in_doubt END,
        needs_person = CASE WHEN p_indexed THEN p_needs_person ELSE s.needs_person END,
        unhandled = CASE WHEN p_indexed THEN p_unhandled ELSE s.unhandled END,
        kind = CASE WHEN p_indexed THEN p_kind ELSE s.kind END,
        name = CASE WHEN p_indexed THEN p_name ELSE s.name END
        WHERE s.project = p_project AND s.stream = p_stream;
    IF p_hint AND octet_length(p_project) + octet_length(p_stream) < 4000 THEN -- NOTIFY takes 8000, quoted
        PERFORM pg_notify({channel}, json_build_array(p_project, p_stream, version)::text);
    END IF;
END
$body$;

CREATE FUNCTION {schema}.prune(
    p_project text, p_stream text, p_tombstone bytea, p_expected bigint,
    OUT outcome text, OUT version bigint, OUT at timestamptz, OUT owner text
) LANGUAGE plpgsql AS $body$
BEGIN
    SELECT a.* INTO outcome, version, at, owner FROM {schema}.append(
        p_project, p_stream, ARRAY[p_tombstone], p_expected, false,
        false, NULL, false, false, false, false, NULL, NULL) a;
    IF outcome = 'done' THEN
        DELETE FROM {schema}.entries e
            WHERE e.project = p_project AND e.stream = p_stream AND e.version < prune.version;
        UPDATE {schema}.streams s SET pruned = true WHERE s.project = p_project AND s.stream = p_stream;
    END IF;
END
$body$;
