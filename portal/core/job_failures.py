"""What the worker notes of a job that failed, so that people see it without reading logs."""

from __future__ import annotations

import smtplib
import socket
import ssl

import psycopg
from sqlalchemy import Connection, delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from portal.core.models import FailureReason, JobFailure


def note_failure(connection: Connection, seller_id: int, job_id: int, error: BaseException) -> None:
    """Keep why a job failed the last time; under the worker's role. What the error says in words is left to the log."""
    reason, name = failure_reason(error), error_name(error)
    connection.execute(
        insert(JobFailure)
        .values(seller_id=seller_id, job_id=job_id, reason=reason, error=name)
        .on_conflict_do_update(
            index_elements=["seller_id", "job_id"], set_={"reason": reason, "error": name, "failed_at": func.now()}
        )
    )


def forget_failure(connection: Connection, seller_id: int, job_id: int) -> None:
    """Forget it after the job ended well; under the worker's role."""
    connection.execute(delete(JobFailure).where(JobFailure.seller_id == seller_id, JobFailure.job_id == job_id))


def failure_reason(error: BaseException) -> FailureReason:
    """Give the kind of trouble, which says who can put it right."""
    if isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused):
        return FailureReason.MAIL_REFUSED
    if isinstance(error, DBAPIError | psycopg.Error):
        return FailureReason.DATABASE
    if isinstance(error, smtplib.SMTPException | ConnectionError | TimeoutError | socket.gaierror | ssl.SSLError):
        return FailureReason.UNREACHABLE
    return FailureReason.OTHER


def error_name(error: BaseException) -> str:
    """Give the error's class and, of a mail server's answer, its code; never its words, which may name people."""
    codes = {str(error.smtp_code)} if isinstance(error, smtplib.SMTPResponseException) else set()
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = {str(code) for code, _ in error.recipients.values()}
    return " ".join([type(error).__name__, *sorted(codes)])
