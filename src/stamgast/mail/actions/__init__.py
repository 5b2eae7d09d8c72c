"""The writers of this room."""

from stamgast.mail.actions.queueing import (
    Draft,
    cancel_messages,
    queue_message,
    queue_messages,
    send_test,
)

__all__ = [
    "Draft",
    "cancel_messages",
    "queue_message",
    "queue_messages",
    "send_test",
]
