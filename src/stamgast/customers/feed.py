"""What scoring reads from this room: one portable statement, for a process without Django.

SQLite and PostgreSQL both understand it, without parameters. Flags are 0 and 1 on both; on SQLite
days arrive as `YYYY-MM-DD`.
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
       t.last_contact,
       CASE WHEN c.objects_to_profiling THEN 1 ELSE 0 END AS objects_to_profiling
FROM stamgast_customer c
LEFT JOIN allowed a ON a.customer_id = c.id
LEFT JOIN talks t ON t.customer_id = c.id
WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL
"""


def contact_sql() -> str:
    """Return the statement for every customer who is there: one row each, with what they allow.

    Columns: customer_id, may_email and may_phone (offers, and we have the address),
    has_open_complaint, last_contact (the day we last reached out ourselves, in the time zone of the
    connection; empty when never) and objects_to_profiling. Erased and merged customers are out.
    """
    return _CONTACT.strip()
