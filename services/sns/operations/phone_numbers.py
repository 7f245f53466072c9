"""Numbers that opted out of SMS, and numbers to send from.

https://docs.aws.amazon.com/sns/latest/api/API_ListPhoneNumbersOptedOut.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.sns.errors import invalid_parameter
from services.sns.mobile.phone_numbers import is_phone_number
from services.sns.paging import PAGE_SIZE, page, position_of
from services.sns.runtime import SnsContext
from services.sns.store import sms


@read_operation("CheckIfPhoneNumberIsOptedOut")
def check_if_phone_number_is_opted_out(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    number = _checked(input["phoneNumber"])
    return {"isOptedOut": sms.is_opted_out(transaction, context.account_id, context.region, number)}


@read_operation("ListPhoneNumbersOptedOut")
def list_phone_numbers_opted_out(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    after = position_of(input.get("nextToken"), "nextToken")
    rows = sms.page_of_opted_out(transaction, context.account_id, context.region, after, PAGE_SIZE + 1)
    numbers, token = page(rows, PAGE_SIZE)
    output: Output = {"phoneNumbers": numbers}
    if token is not None:
        output["nextToken"] = token
    return output


@write_operation("OptInPhoneNumber")
def opt_in_phone_number(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    sms.opt_in(transaction, context.account_id, context.region, _checked(input["phoneNumber"]))
    return {}


@read_operation("ListOriginationNumbers")
def list_origination_numbers(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """None: SNS has no operation to get one, so that an account without Pinpoint has none."""
    position_of(input.get("NextToken"))
    return {"PhoneNumbers": []}


def _checked(number: str) -> str:
    if not is_phone_number(number):
        raise invalid_parameter("PhoneNumber Reason: input incorrectly formatted")
    return number
