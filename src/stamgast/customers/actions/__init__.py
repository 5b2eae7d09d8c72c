"""The writers of this room: people, what they allow, what was said and promised."""

from stamgast.customers.actions.answers import (
    Asked,
    answer_question,
    ask_customers,
    ask_question,
    record_answer,
    withdraw_question,
)
from stamgast.customers.actions.care import (
    add_interaction,
    add_task,
    assign_complaint,
    close_complaint,
    finish_task,
    remove_note,
    remove_task,
    reopen_complaint,
    reopen_task,
    take_back_interaction,
)
from stamgast.customers.actions.consents import record_consent
from stamgast.customers.actions.people import (
    CustomerFacts,
    Recorded,
    allow_profiling,
    edit_customer,
    lift_erasure,
    object_to_profiling,
    record_customer,
    record_customers,
)
from stamgast.customers.actions.referrals import record_referral

__all__ = [
    "Asked",
    "CustomerFacts",
    "Recorded",
    "add_interaction",
    "add_task",
    "allow_profiling",
    "answer_question",
    "ask_customers",
    "ask_question",
    "assign_complaint",
    "close_complaint",
    "edit_customer",
    "finish_task",
    "lift_erasure",
    "object_to_profiling",
    "record_answer",
    "record_consent",
    "record_customer",
    "record_customers",
    "record_referral",
    "remove_note",
    "remove_task",
    "reopen_complaint",
    "reopen_task",
    "take_back_interaction",
    "withdraw_question",
]
