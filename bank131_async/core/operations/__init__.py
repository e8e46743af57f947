"""The calls of the API as values: what is sent where, what comes back, and whether it moves money."""

from __future__ import annotations

from bank131_async.core.operations.base import Operation as Operation
from bank131_async.core.operations.session import CancelSession as CancelSession
from bank131_async.core.operations.session import CaptureSession as CaptureSession
from bank131_async.core.operations.session import ConfirmSession as ConfirmSession
from bank131_async.core.operations.session import CreateSession as CreateSession
from bank131_async.core.operations.session import GetSessionStatus as GetSessionStatus
from bank131_async.core.operations.session import InitPayment as InitPayment
from bank131_async.core.operations.session import InitPaymentSync as InitPaymentSync
from bank131_async.core.operations.session import RefundSession as RefundSession
from bank131_async.core.operations.session import StartPayment as StartPayment
from bank131_async.core.operations.token import CreateToken as CreateToken
