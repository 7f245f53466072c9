"""The SMS sandbox: its numbers, and the one-time passwords they are verified with.

The password goes where every SMS goes: `/_aws/sns/sms-messages` shows it. Sending is not held to verified numbers.

https://docs.aws.amazon.com/sns/latest/dg/sns-sms-sandbox.html
"""

from __future__ import annotations

import secrets

import orjson

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.sns.errors import invalid_parameter
from services.sns.mobile.phone_numbers import is_phone_number
from services.sns.paging import PAGE_SIZE, page, position_of
from services.sns.runtime import SnsContext
from services.sns.store import deliveries, sms
from services.sns.store.deliveries import SinkMessage
from services.sns.store.sms import SandboxNumber

MAX_NUMBERS = 10


@read_operation("GetSMSSandboxAccountStatus")
def get_sms_sandbox_account_status(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Every account is in the sandbox, as a new one is on AWS."""
    return {"IsInSandbox": True}


@write_operation("CreateSMSSandboxPhoneNumber")
def create_sms_sandbox_phone_number(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Add the number and send it a new password."""
    number = input["PhoneNumber"]
    if not is_phone_number(number):
        raise invalid_parameter("PhoneNumber Reason: input incorrectly formatted")
    owner = (context.account_id, context.region)
    if sms.is_opted_out(transaction, *owner, number):
        raise AwsError("OptedOutException", f"Phone number {number} is opted out")
    known = sms.page_of_sandbox_numbers(transaction, *owner, 0, MAX_NUMBERS)
    existing = next((entry for entry in known if entry.phone_number == number), None)
    if existing is None and len(known) >= MAX_NUMBERS:
        raise AwsError("UserErrorException", f"The sandbox holds at most {MAX_NUMBERS} phone numbers")
    password = f"{secrets.randbelow(1_000_000):06d}"
    status = existing.status if existing is not None else "Pending"
    sms.set_sandbox_number(transaction, *owner, number, status, password)
    content = {"PhoneNumber": number, "Message": f"Your Amazon SNS verification code is {password}"}
    message = SinkMessage("sms", context.account_id, context.region, number, orjson.dumps(content))
    deliveries.add_to_sinks(transaction, [message], context.now)
    return {}


@write_operation("VerifySMSSandboxPhoneNumber")
def verify_sms_sandbox_phone_number(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    number = _number_of(context, transaction, input["PhoneNumber"])
    given = input["OneTimePassword"].encode("utf-8", "surrogatepass")
    if not secrets.compare_digest(number.one_time_password.encode(), given):
        raise AwsError("VerificationException", "Incorrect one-time password", members={"Status": "INCORRECT"})
    owner = (context.account_id, context.region)
    sms.set_sandbox_number(transaction, *owner, number.phone_number, "Verified", number.one_time_password)
    return {}


@write_operation("DeleteSMSSandboxPhoneNumber")
def delete_sms_sandbox_phone_number(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    number = _number_of(context, transaction, input["PhoneNumber"])
    sms.delete_sandbox_number(transaction, context.account_id, context.region, number.phone_number)
    return {}


@read_operation("ListSMSSandboxPhoneNumbers")
def list_sms_sandbox_phone_numbers(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    size = input.get("MaxResults", PAGE_SIZE)
    after = position_of(input.get("NextToken"))
    found = sms.page_of_sandbox_numbers(transaction, context.account_id, context.region, after, size + 1)
    rows = [(number.id, {"PhoneNumber": number.phone_number, "Status": number.status}) for number in found]
    shown, token = page(rows, size)
    output: Output = {"PhoneNumbers": shown}
    if token is not None:
        output["NextToken"] = token
    return output


def _number_of(context: SnsContext, transaction: Transaction, phone_number: str) -> SandboxNumber:
    found = sms.find_sandbox_number(transaction, context.account_id, context.region, phone_number)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Phone number {phone_number} is not in the sandbox", 404)
    return found
