"""What mail systems write when they return a mail, as bytes; the wording is that of the systems named."""

from __future__ import annotations

from textwrap import dedent

OURS = "tra-lai@dondoc.example"


def _mail(text: str, **words: str) -> bytes:
    return dedent(text).lstrip("\n").format(**words).replace("\n", "\r\n").encode()


def report(
    *,
    to: str = OURS,
    about: str = "<khong-phai@cua.ta>",
    action: str = "failed",
    status: str = "5.1.1",
    answer: str = "550 5.1.1 <ai@don-vi.example>: Recipient address rejected: User unknown",
) -> bytes:
    """A report as Postfix writes it (RFC 3464), with the headers of the mail that came back."""
    return _mail(
        """
        Return-Path: <>
        Delivered-To: {to}
        From: MAILER-DAEMON@mail.don-vi.example (Mail Delivery System)
        Subject: Undelivered Mail Returned to Sender
        To: {to}
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="B1"
        Message-Id: <20230630.ABC@mail.don-vi.example>

        This is a MIME-encapsulated message.

        --B1
        Content-Type: text/plain; charset=us-ascii

        I'm sorry to have to inform you that your message could not
        be delivered to one or more recipients.

        --B1
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mail.don-vi.example
        Arrival-Date: Fri, 30 Jun 2023 07:30:00 +0700 (ICT)

        Final-Recipient: rfc822; ai@don-vi.example
        Original-Recipient: rfc822;ai@don-vi.example
        Action: {action}
        Status: {status}
        Remote-MTA: dns; mx.don-vi.example
        Diagnostic-Code: smtp; {answer}

        --B1
        Content-Type: text/rfc822-headers

        Message-ID: {about}
        Subject: =?utf-8?q?Nh=E1=BA=AFc?=

        --B1--
        """,
        to=to,
        about=about,
        action=action,
        status=status,
        answer=answer,
    )


def report_without_blank_line(*, to: str = OURS, about: str) -> bytes:
    """A report whose two groups of fields run together, with the whole mail in it."""
    return _mail(
        """
        From: postmaster@don-vi.example
        To: {to}
        Content-Type: multipart/report; report-type=delivery-status; boundary="B2"

        --B2
        Content-Type: text/html

        <p>Delivery has failed to these recipients or groups</p>
        --B2
        Content-Type: message/delivery-status

        Reporting-MTA: dns;EX01.don-vi.example
        Final-Recipient: rfc822;ai@don-vi.example
        Action: failed
        Status: 5.2.2
        Diagnostic-Code: smtp;552 5.2.2 mailbox full

        --B2
        Content-Type: message/rfc822

        Message-ID: {about}
        Subject: x

        x
        --B2--
        """,
        to=to,
        about=about,
    )


def qmail(*, to: str = OURS, about: str = "<khong-phai@cua.ta>") -> bytes:
    """A plain text, the mail itself below a line."""
    return _mail(
        """
        Return-Path: <>
        From: MAILER-DAEMON@mail.don-vi.example
        To: {to}
        Subject: failure notice

        Hi. This is the qmail-send program at mail.don-vi.example.
        I'm afraid I wasn't able to deliver your message to the following addresses.
        This is a permanent error; I've given up. Sorry it didn't work out.

        <ai@don-vi.example>:
        550 5.1.1 Sorry, no mailbox here by that name.

        --- Below this line is a copy of the message.

        Received: by dondoc
        Message-ID: {about}
        Subject: x
        """,
        to=to,
        about=about,
    )


def exim(*, to: str = OURS, about: str = "<khong-phai@cua.ta>") -> bytes:
    """A plain text with a header that says it failed."""
    return _mail(
        """
        X-Failed-Recipients: ai@don-vi.example
        Auto-Submitted: auto-replied
        From: Mail Delivery System <Mailer-Daemon@don-vi.example>
        To: {to}
        Subject: Mail delivery failed: returning message to sender

        This message was created automatically by mail delivery software.
          ai@don-vi.example
            Unrouteable address

        ------ This is a copy of the message, including all the headers. ------
        Message-ID: {about}
        """,
        to=to,
        about=about,
    )


def exchange(*, to: str = OURS, about: str = "<khong-phai@cua.ta>") -> bytes:
    """A text of an old Exchange, in two parts and without a report."""
    return _mail(
        """
        From: postmaster@don-vi.example
        To: {to}
        Subject: Undeliverable: Nhac viec
        Content-Type: multipart/mixed; boundary="B3"

        --B3
        Content-Type: text/plain

        Your message did not reach some or all of the intended recipients.
          ai@don-vi.example on 30/06/2023 7:30
          The e-mail account does not exist at the organization this message was sent to.
          <EX01.don-vi.example #5.1.1>
        --B3
        Content-Type: message/rfc822

        Message-ID: {about}

        x
        --B3--
        """,
        to=to,
        about=about,
    )


def still_trying(*, to: str = OURS, about: str = "<khong-phai@cua.ta>") -> bytes:
    """A plain text of a system that goes on trying."""
    return _mail(
        """
        From: Mail Delivery System <Mailer-Daemon@don-vi.example>
        To: {to}
        Subject: Warning: message delayed 24 hours

        A message that you sent has not yet been delivered. No action is required on your part.
        Delivery attempts will continue for some time.
        Message-ID: {about}
        """,
        to=to,
        about=about,
    )


def out_of_office(*, to: str = OURS, about: str = "<khong-phai@cua.ta>") -> bytes:
    """An answering machine that quotes what sounds like a bounce."""
    return _mail(
        """
        Return-Path: <>
        From: Ai Do <ai@don-vi.example>
        To: {to}
        Subject: Automatic reply: Nhac viec
        Auto-Submitted: auto-replied (vacation)
        In-Reply-To: {about}

        Toi vang mat. 550 5.1.1 could not be delivered.
        """,
        to=to,
        about=about,
    )


def a_person(*, to: str = OURS, about: str = "<khong-phai@cua.ta>") -> bytes:
    """Somebody who answers, and tells of a bounce."""
    return _mail(
        """
        From: Ai Do <ai@don-vi.example>
        To: {to}
        Subject: Re: Nhac viec
        In-Reply-To: {about}

        Thu cua toi could not be delivered: 550 5.1.1 user unknown
        """,
        to=to,
        about=about,
    )
