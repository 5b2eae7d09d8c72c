"""Contracts: written down under the shop's own number, and read."""

from __future__ import annotations

from typing import Annotated

from ninja import Path
from ninja.responses import Status

from stamgast.api.auth import ApiRequest, actor
from stamgast.api.contract import Operations
from stamgast.api.errors import Fault
from stamgast.api.v1.people import customer_meant
from stamgast.api.v1.schemas.common import Number
from stamgast.api.v1.schemas.contracts import ContractRecorded, ContractSaid, ContractTold
from stamgast.sales import actions
from stamgast.sales.models import Contract

contracts = Operations("contracts")


@contracts.get("/contracts/{own:number}", scope="orders:read", answers=ContractTold, fails=[404])
def get_contract(request: ApiRequest, number: Annotated[Number, Path()]) -> ContractTold:
    """Return the contract with this number of yours."""
    contract = Contract.objects.select_related("customer").filter(number=number).first()
    if contract is None:
        raise Fault(404, "no_such_contract", "No contract has this number.")
    return ContractTold.of(contract)


@contracts.put(
    "/contracts/{own:number}",
    scope="contracts:write",
    answers=ContractRecorded,
    fails=[404, 409],
)
def record_contract(
    request: ApiRequest, number: Annotated[Number, Path()], said: ContractSaid
) -> Status[ContractRecorded]:
    """Write down a contract of a customer we know; the same again changes nothing.

    Whoever has a contract is staged by it: notice given is drifting, ended is lost.
    """
    contract, outcome = actions.record_contract(
        customer_meant(said.customer),
        number=number,
        name=said.name,
        started_on=said.started_on,
        ends_on=said.ends_on,
        notice_on=said.notice_on,
        months=said.months,
        amount=said.money("amount"),
        margin=said.money("margin"),
        at=request.at,
        by=actor(request),
    )
    told = ContractRecorded(outcome=outcome, contract=ContractTold.of(contract))
    return Status(201 if outcome == "made" else 200, told)
