-- The points ledger on PostgreSQL: one call writes one entry, as docs/reference/ledger.md specifies.
-- book/sqlite.py does the same on SQLite; tests feed both the same histories.

-- Write an entry; NULL when its key came at the same moment from elsewhere.
CREATE OR REPLACE FUNCTION stamgast_points_entry(
    w stamgast_wallet, key_ text, digest_ text, kind_ text, points_ bigint, by_ text,
    reason_ text, ref_ text, of_ bigint, rules_ jsonb, customer bigint, event text
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    e bigint;
BEGIN
    INSERT INTO stamgast_entry
        (key, digest, kind, member_id, sequence, at, points, by, reason, ref, of_entry_id, rules)
    VALUES (key_, digest_, kind_, w.member_id, w.entries, w.at, points_, by_, reason_, ref_, of_, rules_)
    ON CONFLICT (key) DO NOTHING
    RETURNING id INTO e;
    IF e IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO stamgast_webhookdelivery
        (endpoint_id, member_id, entry_id, sequence, status, attempts, next_at, answer)
    SELECT id, w.member_id, e, w.entries, 'waiting', 0, w.at, ''
    FROM stamgast_webhookendpoint WHERE is_active AND hears = 'points' ORDER BY id;
    INSERT INTO stamgast_event (kind, at, actor, subject, subject_id, facts, is_historic)
    VALUES (event, w.at, by_, 'customer', customer,
            jsonb_build_object('entry', e, 'points', points_), false);
    RETURN e;
END $$;

-- Write the legs that lead from the balances `was` to the balances `w`.
CREATE OR REPLACE FUNCTION stamgast_points_legs(e bigint, was stamgast_wallet, w stamgast_wallet)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stamgast_leg (entry_id, wallet_id, account, points, after)
    SELECT e, w.id, account, after - before, after
    FROM (VALUES
        ('available', was.available, w.available),
        ('pending', was.pending, w.pending),
        ('reserved', was.reserved, w.reserved),
        ('owed', -was.owed, -w.owed),
        ('issued', -was.issued, -w.issued),
        ('redeemed', was.redeemed, w.redeemed),
        ('expired', was.expired, w.expired)
    ) AS moved (account, before, after)
    WHERE after <> before;
END $$;

-- Take points out of the open lots in the order in which they end; or only hold them apart.
CREATE OR REPLACE FUNCTION stamgast_points_take(e bigint, wallet bigint, amount bigint, is_hold boolean)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lot record;
    part bigint;
BEGIN
    FOR lot IN
        SELECT id, remaining - held AS free FROM stamgast_pointslot
        WHERE wallet_id = wallet AND is_active AND remaining > held
        ORDER BY expires_at, granted_at, id
    LOOP
        EXIT WHEN amount = 0;
        part := LEAST(amount, lot.free);
        amount := amount - part;
        IF is_hold THEN
            UPDATE stamgast_pointslot SET held = held + part WHERE id = lot.id;
            INSERT INTO stamgast_lotuse (lot_id, entry_id, remaining, held, expired)
            VALUES (lot.id, e, 0, part, 0);
        ELSE
            UPDATE stamgast_pointslot SET remaining = remaining - part WHERE id = lot.id;
            INSERT INTO stamgast_lotuse (lot_id, entry_id, remaining, held, expired)
            VALUES (lot.id, e, -part, 0, 0);
        END IF;
    END LOOP;
    IF amount <> 0 THEN
        RAISE EXCEPTION 'wallet % has fewer points in lots than available: % missing', wallet, amount;
    END IF;
END $$;

-- Let a debt take what became available.
CREATE OR REPLACE FUNCTION stamgast_points_absorb(e bigint, w stamgast_wallet)
RETURNS stamgast_wallet LANGUAGE plpgsql AS $$
DECLARE
    part bigint := LEAST(w.owed, w.available);
BEGIN
    IF part > 0 THEN
        PERFORM stamgast_points_take(e, w.id, part, false);
        w.owed := w.owed - part;
        w.available := w.available - part;
    END IF;
    RETURN w;
END $$;

-- End a hold: spend `post` of it and let the rest go back to its lots.
CREATE OR REPLACE FUNCTION stamgast_points_close(
    e bigint, w stamgast_wallet, h stamgast_hold, post bigint, status_ text
) RETURNS stamgast_wallet LANGUAGE plpgsql AS $$
DECLARE
    use record;
    part bigint;
    left_ bigint := post;
    ends timestamptz;
BEGIN
    FOR use IN
        SELECT lot_id, held FROM stamgast_lotuse
        WHERE entry_id = h.entry_id AND held > 0 ORDER BY id
    LOOP
        part := LEAST(left_, use.held);
        left_ := left_ - part;
        UPDATE stamgast_pointslot SET remaining = remaining - part, held = held - use.held
        WHERE id = use.lot_id RETURNING expires_at INTO ends;
        INSERT INTO stamgast_lotuse (lot_id, entry_id, remaining, held, expired)
        VALUES (use.lot_id, e, -part, -use.held, 0);
        IF part < use.held THEN
            w.due_at := LEAST(w.due_at, ends);
        END IF;
    END LOOP;
    UPDATE stamgast_hold SET status = status_, posted = post, closed_by_id = e WHERE id = h.id;
    w.reserved := w.reserved - h.points;
    w.redeemed := w.redeemed + post;
    w.available := w.available + h.points - post;
    RETURN stamgast_points_absorb(e, w);
END $$;

-- Bring a wallet up to a moment: what had to activate, lapse or expire by then, in that order.
CREATE OR REPLACE FUNCTION stamgast_points_settle(w stamgast_wallet, upto timestamptz, customer bigint)
RETURNS stamgast_wallet LANGUAGE plpgsql AS $$
DECLARE
    was stamgast_wallet;
    coming stamgast_pointslot;
    ending stamgast_pointslot;
    h stamgast_hold;
    e bigint;
    part bigint;
BEGIN
    WHILE w.due_at <= upto LOOP
        SELECT * INTO coming FROM stamgast_pointslot
        WHERE wallet_id = w.id AND NOT is_active AND remaining > 0
        ORDER BY activates_at, id LIMIT 1;
        SELECT * INTO h FROM stamgast_hold
        WHERE wallet_id = w.id AND status = 'open' ORDER BY expires_at, id LIMIT 1;
        SELECT * INTO ending FROM stamgast_pointslot
        WHERE wallet_id = w.id AND is_active AND remaining > held
        ORDER BY expires_at, granted_at, id LIMIT 1;
        w.due_at := LEAST(coming.activates_at, h.expires_at, ending.expires_at);
        EXIT WHEN w.due_at IS NULL OR w.due_at > upto;
        w.at := GREATEST(w.at, w.due_at);
        w.entries := w.entries + 1;
        was := w;
        IF coming.activates_at = w.due_at THEN
            e := stamgast_points_entry(
                w, 'lot:' || coming.id || ':activate', '', 'activate', coming.remaining, 'ledger',
                '', '', coming.entry_id, '[]', customer, 'points_activated');
            UPDATE stamgast_pointslot SET is_active = true WHERE id = coming.id;
            w.pending := w.pending - coming.remaining;
            w.available := w.available + coming.remaining;
            IF coming.does_forgive THEN
                w.issued := w.issued + w.owed;
                w.owed := 0;
            END IF;
            w := stamgast_points_absorb(e, w);
            w.due_at := LEAST(w.due_at, coming.expires_at);
        ELSIF h.expires_at = w.due_at THEN
            e := stamgast_points_entry(
                w, 'hold:' || h.id || ':lapse', '', 'lapse', h.points, 'ledger',
                '', '', h.entry_id, '[]', customer, 'hold_lapsed');
            w := stamgast_points_close(e, w, h, 0, 'lapsed');
        ELSE
            part := ending.remaining - ending.held;
            e := stamgast_points_entry(
                w, 'lot:' || ending.id || ':expire:' || w.entries, '', 'expire', -part, 'ledger',
                '', '', ending.entry_id, '[]', customer, 'points_expired');
            UPDATE stamgast_pointslot SET remaining = held, expired = expired + part
            WHERE id = ending.id;
            INSERT INTO stamgast_lotuse (lot_id, entry_id, remaining, held, expired)
            VALUES (ending.id, e, -part, 0, part);
            w.available := w.available - part;
            w.expired := w.expired + part;
        END IF;
        PERFORM stamgast_points_legs(e, was, w);
    END LOOP;
    RETURN w;
END $$;

CREATE OR REPLACE FUNCTION stamgast_points_save(w stamgast_wallet)
RETURNS void LANGUAGE sql AS $$
    UPDATE stamgast_wallet SET
        available = w.available, pending = w.pending, reserved = w.reserved, owed = w.owed,
        redeemed = w.redeemed, expired = w.expired, issued = w.issued, entries = w.entries,
        at = w.at, due_at = w.due_at
    WHERE id = w.id
$$;

-- Do one operation; answers what was written, or why not.
CREATE OR REPLACE FUNCTION stamgast_points(op jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    w stamgast_wallet;
    q stamgast_wallet;
    was stamgast_wallet;
    was_q stamgast_wallet;
    h stamgast_hold;
    own stamgast_pointslot;
    known record;
    part record;
    e bigint;
    made bigint;
    at_ timestamptz := (op->>'at')::timestamptz;
    do_ text := op->>'do';
    points_ bigint := COALESCE((op->>'points')::bigint, 0);
    qualifying bigint := COALESCE((op->>'qualifying')::bigint, 0);
    give bigint := COALESCE((op->>'give')::bigint, 0);
    given bigint := COALESCE((op->>'given')::bigint, 0);
    claw bigint := COALESCE((op->>'claw')::bigint, 0);
    shown bigint;
    taken bigint;
    starts timestamptz;
    ends timestamptz;
BEGIN
    SELECT * INTO w FROM stamgast_wallet
    WHERE member_id = (op->>'member')::bigint AND kind = 'spendable' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('refused', 'no_wallet');
    END IF;
    IF do_ <> 'settle' THEN
        SELECT id, digest, member_id, sequence INTO known FROM stamgast_entry WHERE key = op->>'key';
        IF FOUND THEN
            IF known.digest <> op->>'digest' OR known.member_id <> w.member_id THEN
                RETURN jsonb_build_object('refused', 'key_reused');
            END IF;
            RETURN jsonb_build_object('entry', known.id, 'sequence', known.sequence, 'is_new', false);
        END IF;
    END IF;
    shown := w.entries;
    at_ := GREATEST(w.at, at_);
    IF w.due_at <= at_ THEN
        w := stamgast_points_settle(w, at_, (op->>'customer')::bigint);
        PERFORM stamgast_points_save(w);
    END IF;
    w.at := at_;
    IF do_ = 'settle' THEN
        RETURN jsonb_build_object('settled', w.entries - shown);
    END IF;

    shown := points_;
    IF do_ IN ('spend', 'hold') THEN
        IF points_ > w.available THEN
            RETURN jsonb_build_object('refused', 'not_enough_points', 'available', w.available);
        END IF;
        shown := -points_;
    ELSIF do_ IN ('commit', 'release') THEN
        SELECT * INTO h FROM stamgast_hold
        WHERE id = (op->>'hold')::bigint AND wallet_id = w.id;
        IF NOT FOUND THEN
            RETURN jsonb_build_object('refused', 'no_such_hold');
        ELSIF h.status = 'lapsed' THEN
            RETURN jsonb_build_object('refused', 'hold_lapsed');
        ELSIF h.status <> 'open' THEN
            RETURN jsonb_build_object('refused', 'hold_closed', 'status', h.status);
        ELSIF points_ > h.points THEN
            RETURN jsonb_build_object('refused', 'more_than_held', 'held', h.points);
        END IF;
        shown := CASE do_ WHEN 'commit' THEN -points_ ELSE h.points END;
    ELSIF do_ = 'return' THEN
        shown := give - claw;
    ELSIF do_ = 'forfeit' THEN
        shown := -w.available - w.pending;
    END IF;

    w.entries := w.entries + 1;
    -- As stamgast_points_entry does, but in place: this is the way that everything goes.
    INSERT INTO stamgast_entry
        (key, digest, kind, member_id, sequence, at, points, by, reason, ref, of_entry_id, rules)
    VALUES (op->>'key', op->>'digest', op->>'kind', w.member_id, w.entries, at_, shown,
            COALESCE(op->>'by', ''), COALESCE(op->>'reason', ''), COALESCE(op->>'ref', ''),
            (op->>'of_entry')::bigint, COALESCE(op->'rules', '[]'))
    ON CONFLICT (key) DO NOTHING
    RETURNING id INTO e;
    IF e IS NULL THEN
        RETURN jsonb_build_object('refused', 'key_reused');
    END IF;
    INSERT INTO stamgast_webhookdelivery
        (endpoint_id, member_id, entry_id, sequence, status, attempts, next_at, answer)
    SELECT id, w.member_id, e, w.entries, 'waiting', 0, at_, ''
    FROM stamgast_webhookendpoint WHERE is_active AND hears = 'points' ORDER BY id;
    INSERT INTO stamgast_event (kind, at, actor, subject, subject_id, facts, is_historic)
    VALUES (op->>'event', at_, COALESCE(op->>'by', ''), 'customer', (op->>'customer')::bigint,
            jsonb_build_object('entry', e, 'points', shown), false);
    was := w;

    IF do_ = 'issue' THEN
        IF points_ > 0 AND op ? 'does_forgive' AND NOT EXISTS (
            SELECT FROM jsonb_array_elements(op->'lots') AS lot
            WHERE (lot->>1)::timestamptz > at_)
        THEN
            w.issued := w.issued + w.owed;
            w.owed := 0;
        END IF;
        FOR place IN 0 .. COALESCE(jsonb_array_length(op->'lots'), 0) - 1 LOOP
            given := (op->'lots'->place->>0)::bigint;
            starts := (op->'lots'->place->>1)::timestamptz;
            ends := (op->'lots'->place->>2)::timestamptz;
            INSERT INTO stamgast_pointslot
                (wallet_id, entry_id, granted, remaining, held, expired, granted_at, activates_at,
                 expires_at, is_active, does_forgive)
            VALUES (w.id, e, given, given, 0, 0, at_, starts, ends, starts <= at_,
                    op ? 'does_forgive')
            RETURNING id INTO made;
            w.issued := w.issued + given;
            IF starts <= at_ THEN
                w.available := w.available + given;
                w.due_at := LEAST(w.due_at, ends);
            ELSE
                w.pending := w.pending + given;
                w.due_at := LEAST(w.due_at, starts);
            END IF;
        END LOOP;
        IF w.owed > 0 AND w.available > 0 THEN
            w := stamgast_points_absorb(e, w);
        END IF;
    ELSIF do_ = 'spend' THEN
        -- Mostly the lot that ends first holds enough.
        UPDATE stamgast_pointslot SET remaining = remaining - points_
        WHERE remaining - held >= points_ AND id = (
            SELECT id FROM stamgast_pointslot
            WHERE wallet_id = w.id AND is_active AND remaining > held
            ORDER BY expires_at, granted_at, id LIMIT 1)
        RETURNING id INTO taken;
        IF FOUND THEN
            INSERT INTO stamgast_lotuse (lot_id, entry_id, remaining, held, expired)
            VALUES (taken, e, -points_, 0, 0);
        ELSE
            PERFORM stamgast_points_take(e, w.id, points_, false);
        END IF;
        w.available := w.available - points_;
        IF op->>'to' = 'redeemed' THEN
            w.redeemed := w.redeemed + points_;
        ELSE
            w.issued := w.issued - points_;
        END IF;
    ELSIF do_ = 'hold' THEN
        PERFORM stamgast_points_take(e, w.id, points_, true);
        w.available := w.available - points_;
        w.reserved := w.reserved + points_;
        w.due_at := LEAST(w.due_at, (op->>'hold_until')::timestamptz);
        INSERT INTO stamgast_hold (wallet_id, entry_id, points, posted, status, expires_at)
        VALUES (w.id, e, points_, 0, 'open', (op->>'hold_until')::timestamptz)
        RETURNING id INTO made;
    ELSIF do_ = 'commit' THEN
        w := stamgast_points_close(e, w, h, points_, 'posted');
        made := h.id;
    ELSIF do_ = 'release' THEN
        w := stamgast_points_close(e, w, h, 0, 'released');
        made := h.id;
    ELSIF do_ = 'return' THEN
        -- Give back first: by the order in which they were taken, past what was given before.
        FOR part IN
            SELECT lot_id, -remaining AS took FROM stamgast_lotuse
            WHERE entry_id = (op->>'give_of')::bigint AND remaining < 0 ORDER BY id
        LOOP
            EXIT WHEN give = 0;
            taken := LEAST(GREATEST(part.took - given, 0), give);
            given := GREATEST(given - part.took, 0);
            CONTINUE WHEN taken = 0;
            give := give - taken;
            SELECT * INTO own FROM stamgast_pointslot WHERE id = part.lot_id;
            ends := NULL;
            -- Points that were spent in a grace get no other one.
            IF own.expires_at <= at_ AND NOT EXISTS (
                SELECT 1 FROM stamgast_lotuse WHERE lot_id = own.id AND expires_at IS NOT NULL
                AND entry_id < (op->>'give_of')::bigint
            ) THEN
                ends := (op->>'grace_until')::timestamptz;
            END IF;
            UPDATE stamgast_pointslot SET remaining = remaining + taken,
                expires_at = COALESCE(ends, expires_at) WHERE id = own.id;
            INSERT INTO stamgast_lotuse (lot_id, entry_id, remaining, held, expired, expires_at)
            VALUES (own.id, e, taken, 0, 0, ends);
            w.available := w.available + taken;
            IF op->>'to' = 'redeemed' THEN
                w.redeemed := w.redeemed - taken;
            ELSE
                w.issued := w.issued + taken;
            END IF;
            w.due_at := LEAST(w.due_at, COALESCE(ends, own.expires_at));
        END LOOP;
        IF give <> 0 THEN
            RAISE EXCEPTION 'entry % took fewer points than are given back', op->>'give_of';
        END IF;
        -- Then take back: from its own lots, what expired of them, other lots, and else as a debt.
        w.issued := w.issued - claw;
        FOR own IN
            SELECT * FROM stamgast_pointslot WHERE entry_id = (op->>'claw_of')::bigint ORDER BY id
        LOOP
            taken := LEAST(claw, own.remaining - own.held);
            claw := claw - taken;
            IF own.is_active THEN
                w.available := w.available - taken;
            ELSE
                w.pending := w.pending - taken;
            END IF;
            given := LEAST(claw, own.expired);
            claw := claw - given;
            w.expired := w.expired - given;
            CONTINUE WHEN taken = 0 AND given = 0;
            UPDATE stamgast_pointslot SET remaining = remaining - taken, expired = expired - given
            WHERE id = own.id;
            INSERT INTO stamgast_lotuse (lot_id, entry_id, remaining, held, expired)
            VALUES (own.id, e, -taken, 0, -given);
        END LOOP;
        taken := LEAST(claw, w.available);
        IF taken > 0 THEN
            PERFORM stamgast_points_take(e, w.id, taken, false);
            w.available := w.available - taken;
        END IF;
        w.owed := w.owed + claw - taken;
        w := stamgast_points_absorb(e, w);
    ELSIF do_ = 'forfeit' THEN
        FOR own IN
            SELECT * FROM stamgast_pointslot WHERE wallet_id = w.id AND remaining > held ORDER BY id
        LOOP
            taken := own.remaining - own.held;
            given := CASE op->>'to' WHEN 'expired' THEN taken ELSE 0 END;
            UPDATE stamgast_pointslot SET remaining = held, expired = expired + given
            WHERE id = own.id;
            INSERT INTO stamgast_lotuse (lot_id, entry_id, remaining, held, expired)
            VALUES (own.id, e, -taken, 0, given);
        END LOOP;
        IF op->>'to' = 'expired' THEN
            w.expired := w.expired + w.available + w.pending;
        ELSE
            w.issued := w.issued - w.available - w.pending;
        END IF;
        w.issued := w.issued + w.owed;
        w.available := 0;
        w.pending := 0;
        w.owed := 0;
    ELSE
        RAISE EXCEPTION 'no such operation: %', do_;
    END IF;
    IF do_ IN ('issue', 'spend') AND w.owed = was.owed AND w.pending = was.pending
        AND w.issued <> was.issued
    THEN
        INSERT INTO stamgast_leg (entry_id, wallet_id, account, points, after) VALUES
            (e, w.id, 'available', w.available - was.available, w.available),
            (e, w.id, 'issued', was.issued - w.issued, -w.issued);
    ELSIF do_ = 'spend' THEN
        INSERT INTO stamgast_leg (entry_id, wallet_id, account, points, after) VALUES
            (e, w.id, 'available', w.available - was.available, w.available),
            (e, w.id, 'redeemed', w.redeemed - was.redeemed, w.redeemed);
    ELSE
        PERFORM stamgast_points_legs(e, was, w);
    END IF;
    UPDATE stamgast_wallet SET
        available = w.available, pending = w.pending, reserved = w.reserved, owed = w.owed,
        redeemed = w.redeemed, expired = w.expired, issued = w.issued, entries = w.entries,
        at = w.at, due_at = w.due_at
    WHERE id = w.id;

    IF qualifying <> 0 THEN
        SELECT * INTO q FROM stamgast_wallet
        WHERE member_id = w.member_id AND kind = 'qualifying' FOR UPDATE;
        was_q := q;
        q.issued := q.issued + qualifying;
        q.available := q.available - q.owed + qualifying;
        q.owed := GREATEST(-q.available, 0);
        q.available := GREATEST(q.available, 0);
        q.at := at_;
        PERFORM stamgast_points_legs(e, was_q, q);
        PERFORM stamgast_points_save(q);
    END IF;
    IF op ? 'kept' THEN
        INSERT INTO stamgast_reply (key, digest, status, member_id, at, entry_id)
        VALUES (op->'kept'->>0, op->'kept'->>1, (op->'kept'->>2)::smallint, w.member_id,
                (op->>'at')::timestamptz, e);
    END IF;
    RETURN jsonb_build_object(
        'entry', e, 'sequence', w.entries, 'is_new', true, 'made', made, 'points', shown,
        'available', w.available, 'pending', w.pending, 'reserved', w.reserved, 'owed', w.owed);
END $$;
