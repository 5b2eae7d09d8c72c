"""Mail: the door for what comes back, whatever mailbox or provider it comes from."""

from __future__ import annotations

from stamgast.api.auth import ApiRequest, actor
from stamgast.api.contract import Operations
from stamgast.api.v1.schemas.mail import (
    MailNoticeSaid,
    MailNoticeTaken,
    MailReportSaid,
    MailReportTaken,
)
from stamgast.mail import actions
from stamgast.mail.suppressed import suppression_of

mail = Operations("mail")


@mail.post("/mail/notices", scope="mail:write", answers=MailNoticeTaken)
def take_mail_notice(request: ApiRequest, said: MailNoticeSaid) -> MailNoticeTaken:
    """Take word of a mail provider that mail came back, or that somebody called it spam.

    An address that does not exist, or complained, gets no mail any more. The same again changes
    nothing.
    """
    by = actor(request)
    if said.kind == "complained":
        messages = actions.note_complaint(said.address, at=request.at, by=by)
    else:
        messages = actions.note_bounce(
            said.address, is_gone=said.is_permanent, words=said.words, at=request.at, by=by
        )
    listed = suppression_of(said.address)
    return MailNoticeTaken(messages=messages, is_suppressed=listed is not None)


@mail.post("/mail/reports", scope="mail:write", answers=MailReportTaken, fails=[404])
def take_mail_report(request: ApiRequest, said: MailReportSaid) -> MailReportTaken:
    """Take a report of undelivered mail or of a complaint, as it came in a mailbox.

    It has to be about mail of ours, known by a mark that only we can make.
    """
    report = actions.take_report(said.source, at=request.at, by=actor(request))
    return MailReportTaken(kind=report.kind, message=report.message or 0)
