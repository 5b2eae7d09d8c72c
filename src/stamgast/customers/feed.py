"""What scoring reads from this room: portable statements, for a process without Django.

SQLite and PostgreSQL both understand them, without parameters. Flags are 0 and 1 on both; on SQLite
days arrive as `YYYY-MM-DD`. A day that may be empty is an empty text then: a column of SQLite that
begins with tens of thousands of NULLs would be taken for one of whole numbers.
"""

from __future__ import annotations

# What somebody said last counts; of two at the same moment, the one written down last.
_CONTACT = """
WITH said AS (
  SELECT customer_id, channel, is_granted,
         ROW_NUMBER() OVER (PARTITION BY customer_id, channel ORDER BY at DESC, id DESC) AS nth
  FROM stamgast_consent
  WHERE purpose = 'offers' AND channel IN ('email', 'phone')
),
allowed AS (
  SELECT customer_id,
         MAX(CASE WHEN channel = 'email' AND is_granted THEN 1 ELSE 0 END) AS by_email,
         MAX(CASE WHEN channel = 'phone' AND is_granted THEN 1 ELSE 0 END) AS by_phone
  FROM said WHERE nth = 1 GROUP BY customer_id
),
talks AS (
  SELECT customer_id,
         MAX(CASE WHEN kind = 'complaint' AND closed_at IS NULL THEN 1 ELSE 0 END) AS has_complaint,
         MAX(CASE WHEN is_ours THEN date(at) END) AS last_contact
  FROM stamgast_interaction GROUP BY customer_id
)
SELECT c.id AS customer_id,
       CASE WHEN c.email <> '' THEN COALESCE(a.by_email, 0) ELSE 0 END AS may_email,
       CASE WHEN c.phone <> '' THEN COALESCE(a.by_phone, 0) ELSE 0 END AS may_phone,
       COALESCE(t.has_complaint, 0) AS has_open_complaint,
       COALESCE(CAST(t.last_contact AS VARCHAR(10)), '') AS last_contact,
       CASE WHEN c.objects_to_profiling THEN 1 ELSE 0 END AS objects_to_profiling
FROM stamgast_customer c
LEFT JOIN allowed a ON a.customer_id = c.id
LEFT JOIN talks t ON t.customer_id = c.id
WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL
"""

_THERE = """
JOIN stamgast_customer c ON c.id = {of}.customer_id
WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL AND NOT c.objects_to_profiling
"""

_ANSWERS = f"""
SELECT a.customer_id,
       CASE WHEN a.question = 'csat' AND a.out_of = 10 THEN 'csat_10' ELSE a.question END
         AS question,
       CAST(date(a.answered_at) AS VARCHAR(10)) AS day,
       CASE a.choice WHEN 'yes' THEN 1 WHEN 'no' THEN 0 ELSE a.score END AS score,
       a.choice
FROM stamgast_answer a {_THERE.format(of="a").strip()} AND a.answered_at IS NOT NULL
"""  # noqa: S608 - fixed names

_CONTACTS = f"""
SELECT i.customer_id, i.kind, CAST(date(i.at) AS VARCHAR(10)) AS day,
       COALESCE(CAST(i.due AS VARCHAR(10)), '') AS due_on,
       COALESCE(CAST(date(i.closed_at) AS VARCHAR(10)), '') AS closed_on,
       CASE WHEN lower(i.outcome) IN ('none', 'nothing', 'geen', 'niets') THEN 'none'
            ELSE 'some' END AS outcome,
       i.score, i.referred_id
FROM stamgast_interaction i {_THERE.format(of="i").strip()}
  AND i.kind IN ('complaint', 'review', 'referral')
"""  # noqa: S608 - fixed names


def contact_sql() -> str:
    """Return the statement for every customer who is there: one row each, with what they allow.

    Columns: customer_id, may_email and may_phone (offers, and we have the address),
    has_open_complaint, last_contact (the day we last reached out ourselves, in the time zone of the
    connection; empty when never) and objects_to_profiling. Erased and merged customers are out.
    """
    return _CONTACT.strip()


def answers_sql() -> str:
    """Return the statement for all answers of customers who may be judged.

    Columns: customer_id, question (`csat_10` for satisfaction on ten points), day, score (of
    knows_others 1 for yes and 0 for no; empty for a choice) and choice.
    """
    return _ANSWERS.strip()


def contacts_sql() -> str:
    """Return the statement for complaints, reviews and referrals of customers who may be judged.

    Columns: customer_id, kind, day, due_on and closed_on (of a complaint), outcome (`none` when
    nothing was done, else `some`), score (of a review) and referred_id (whom they brought).
    """
    return _CONTACTS.strip()


def objectors_sql() -> str:
    """Return the statement for customers who object to profiling: customer_id."""
    return "SELECT id AS customer_id FROM stamgast_customer WHERE objects_to_profiling"
