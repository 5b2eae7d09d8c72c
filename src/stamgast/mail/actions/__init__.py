"""The writers of this room."""

from stamgast.mail.actions.by_customers import (
    choose_consents,
    pause_mail,
    resume_mail,
    unsubscribe,
)
from stamgast.mail.actions.by_hand import drop_message, resend_message
from stamgast.mail.actions.coming_back import note_bounce, note_complaint, take_report, take_word
from stamgast.mail.actions.following import judge_clicks, note_click
from stamgast.mail.actions.handing_over import doubt_what_waited
from stamgast.mail.actions.queueing import (
    Draft,
    cancel_messages,
    queue_message,
    queue_messages,
    send_test,
)
from stamgast.mail.actions.setting_up import (
    change_brand,
    change_mail_settings,
    hold_sending,
    keep_picture,
    make_hook_secret,
    resume_sending,
)
from stamgast.mail.actions.suppressing import lift_suppression, suppress
from stamgast.mail.actions.writing import remove_template, restore_template, save_template

__all__ = [
    "Draft",
    "cancel_messages",
    "change_brand",
    "change_mail_settings",
    "choose_consents",
    "doubt_what_waited",
    "drop_message",
    "hold_sending",
    "judge_clicks",
    "keep_picture",
    "lift_suppression",
    "make_hook_secret",
    "note_bounce",
    "note_click",
    "note_complaint",
    "pause_mail",
    "queue_message",
    "queue_messages",
    "remove_template",
    "resend_message",
    "restore_template",
    "resume_mail",
    "resume_sending",
    "save_template",
    "send_test",
    "suppress",
    "take_report",
    "take_word",
    "unsubscribe",
]
