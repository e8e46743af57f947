"""What the bank's manager sets for a project, and every question that the bank's documents leave open, as a switch.

Each switch says what it decides, its default and where the default comes from. "open" means that no document of the
bank tells: the default is then the reading that most of the evidence supports, and both readings should be tried.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from types import NoneType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from attrs import Attribute, evolve, field, fields, frozen
from attrs.validators import ge, le

from bank131_async.errors import ConfigurationError

LONGEST_S = 100 * 365 * 86_400
"""More than any test needs, and still a date on the bank's clock."""


def _address(_owner: Settings, attribute: Attribute[str | None], value: str | None) -> None:
    if isinstance(value, str) and not (value.startswith(("http://", "https://")) and urlsplit(value).hostname):
        raise ConfigurationError(
            f"{attribute.name}: expected an address such as http://127.0.0.1:8080/webhooks/bank131"
        )


@frozen(kw_only=True)
class Settings:
    """The switches of one project of the sandbox bank. Times are seconds.

    **What the manager agrees with the merchant** (docs: payments/payment-hold, reference/webhooks)

    - ``two_stage`` (off): money is held first and taken by ``session/capture``.
    - ``auto_confirm`` (off): the step ``ready_to_confirm`` is skipped.
    - ``sync_enabled`` (on): ``session/init/payment/sync`` may be called.
    - ``partial_refunds`` (on): a refund may name a part of the sum.
    - ``merchant_chargebacks`` (on; open): ``session/chargeback`` may be called. The official PHP SDK has the call, the
      bank's pages say that a merchant cannot start one.
    - ``submerchant_required`` (off): every request needs ``X-PARTNER-SUBMERCHANT``, as some partners' do.
    - ``payout_recipient_required`` (off; open): a payout needs ``participant_details.recipient`` with a name. The PHP
      SDK insists, examples of the bank leave it out.
    - ``check_accounts`` (off; the bank's own examples have shorter ones): a payout goes only to Russian accounts of 20
      digits that begin as the bank's pages list.
    - ``confirm_information_required`` (on; open): a payout from an escrow or settlement account is confirmed with what
      ``ready_to_confirm`` brought; ``confirm_exchanges`` (off): that holds a conversion of its sum as well.
    - ``opening_balance`` (1,000,000,000 minor units): what is on each of the merchant's accounts at the beginning.
      ``no_funds_code`` (``provider_exceeds_amount_limit``; open): the error of a payout that needs more.
    - ``webhooks`` (on), ``webhook_url`` (none: events only pile up in the outbox of the bank object).
    - ``webhook_names`` (``v2``): the names in webhooks: ``v1``, ``v2``, or ``session``: those of the version that made
      the session. Open what decides it at the bank; live webhooks of 2025 had v1 names.
    - ``hold_s`` (5 days), ``hold_end`` (``release``, or ``debit``): what happens to a hold nobody captures.

    **Time limits**

    - ``created_limit_s`` (none; open): how long a session waits to be started.
    - ``confirm_limit_s`` (240 min), ``action_limit_s`` (60 min): then the payment is cancelled.
    - ``action_timeout_code`` (none; open): the error code of a payment whose payer did not act in time.
      ``payer_refusal_code`` (none; open): that of one whose payer refused to pay a QR code or on another bank's page.
    - ``sberpay_limit_s`` (20 min): the life of an order at SberPay, for the confirmation and for the payer together.
      ``tpay_limit_s`` (20 min): how long T-Pay waits for the payer; then the session ends with ``error``.
    - ``expiration_zone`` (``moscow``, ``utc`` or ``ignored``; open): how ``payment_options.expiration_at`` is read; at
      that time what is not paid is cancelled.
    - ``payout_return_after_s`` (60; days at the bank): when a payout to the card ``payout_return`` comes back.
    - ``npd_delay_s`` (0): how long a check of a self-employed person is ``pending``. ``receipt_link_delay_s`` (0): how
      long a receipt has no link yet.
    - ``key_lifetime_s`` (24 h; open): how long an idempotency key is remembered. ``None`` is for ever.
    - ``token_lifetime_s`` (24 h): the life of a public token.
    - ``step_delay_s`` (0): how long the bank works between two steps. ``refund_delay_s`` (0): the same for a refund.
    - ``error_resolves_after_s`` (600; open): when a session in ``error`` gets its end. ``None``: only by hand.

    **How a payment ends**

    - ``declined_session`` (``cancelled``, or ``error``; open): the session's status after a decline.
    - ``failed_attempt_ends_session`` (on; open): off, the payer may try again in the same session.
    - ``error_on`` (``payment``, ``session`` or ``both``; open): where the error of a failed payment is shown.
    - ``unknown_item_status`` (``failed``, ``pending`` or ``in_progress``): what the payment of a session in ``error``
      reads. The documents show ``failed`` and say that it is not final then.
    - ``sberpay_web_redirect`` (off; open): SberPay over the channel ``web`` shows the payer a page. Older documents
      have no ``action_required`` there: the payer gets a push message.
    - ``sberpay_refusal_waits`` (on): a payer's refusal at SberPay shows only when the order's life is over.
    - ``multi_mixed_session`` (``accepted``, ``cancelled`` or ``error``; open): a session with several operations of
      which some succeeded and some failed. ``multi_finished_webhooks`` (``each`` operation, or the ``last``; open).
    - ``not_enrolled_holds`` (off; open): a card without 3-D Secure is held even in a one-stage project and debited at
      the end of the hold, so that the merchant may still cancel.
    - ``finished_webhook_for_unstarted`` (off; open): ``payment_finished`` when a session is
      cancelled in which no payment was tried.
    - ``check_expiry`` (off; open): decline cards whose date is past. The bank's own examples use past dates.

    **How things are written**

    - ``updated_at`` (``fine``: microseconds; ``coarse``: whole seconds; ``equal``: always the time of creation;
      ``missing``).
    - ``between_steps_status`` (``pending``, or ``in_progress``): a payment after confirm, capture or cancel was
      answered. The documents differ.
    - ``next_action_in_ready_to_capture`` (on), ``next_action_in_held_status`` (on): whether ``next_action: capture`` is
      in the webhook, and in every other rendering of a held payment. The documented webhook lacks it.
    - ``refund_metadata_echoed`` (on; open), ``concurrent_refunds`` (on; open): a refund may be asked for while another
      is under way.
    - ``show_actions`` (on), ``show_amounts`` (on): ``session.actions`` and ``payment.amounts``.
    - ``show_fee`` (off), ``show_card_id`` (off): ``amounts.fee`` (2 %) and ``card_id``, which the manager switches on.
    - ``answer_names`` (``called``, ``v1`` or ``v2``; open): whose names answers have, whatever version was called.
      Tests of the PHP SDK have v1 names in answers of v2.
    - ``id_prefixes`` (on): ids are ``ps_1001``; off, ``1001`` as in older documents.
    - ``unknown_fields`` (off): sessions, payments and payouts have fields that no document names.
      ``unknown_values`` (off): between two steps the status of a payment is a word that no document names.
    - ``capture_changes_amount`` (off; open): ``amount_details`` becomes the captured part; ``amounts`` shows it always.
    - ``redirect_method`` (``GET`` with a query, or ``POST`` with ``params``) of the 3-D Secure redirect.
    - ``json_style`` (``plain``, or ``php``: escaped slashes and non-ASCII): the bytes of answers and webhooks.

    **What is refused**

    - ``other_versions_names`` (``refuse``, or ``accept``; open): ``payout_details`` in v1, ``payment_method`` in v2.
      They may make the operation fail, say the documents; the PHP SDK sends such in some calls of v1.
    - ``unknown_request_fields`` (``ignore``, or ``refuse``; open).
    - ``refused_request_burns_key`` (off; open): a request refused by validation uses its idempotency key up.
    - ``server_error_burns_key`` (on; open): a request that ends with HTTP 5xx before anything was done does so, too.
    - ``key_scope`` (``project``, or ``method``; open): where a key may be used once.

    **Delivery of webhooks** (docs: reference/webhooks; first pause, factor and answer limit are open)

    - ``resend_first_s`` (10), ``resend_factor`` (2), ``resend_cap_s`` (15 min), ``resend_end_s`` (30 min after the
      first try), ``webhook_timeout_s`` (5).
    - ``resend_body`` (``same``, or ``fresh``: the session is rendered anew; open).
    """

    two_stage: bool = False
    auto_confirm: bool = False
    sync_enabled: bool = True
    partial_refunds: bool = True
    merchant_chargebacks: bool = True
    submerchant_required: bool = False
    payout_recipient_required: bool = False
    check_accounts: bool = False
    confirm_information_required: bool = True
    confirm_exchanges: bool = False
    opening_balance: int = field(default=1_000_000_000, validator=ge(0))
    no_funds_code: str = "provider_exceeds_amount_limit"
    webhooks: bool = True
    webhook_url: str | None = field(default=None, validator=_address)
    webhook_names: Literal["v1", "v2", "session"] = "v2"
    hold_s: float = 5 * 86_400.0
    hold_end: Literal["release", "debit"] = "release"

    created_limit_s: float | None = None
    confirm_limit_s: float = 240 * 60.0
    action_limit_s: float = 60 * 60.0
    action_timeout_code: str | None = None
    payer_refusal_code: str | None = None
    sberpay_limit_s: float = 20 * 60.0
    tpay_limit_s: float = 20 * 60.0
    expiration_zone: Literal["moscow", "utc", "ignored"] = "moscow"
    payout_return_after_s: float = 60.0
    npd_delay_s: float = 0.0
    receipt_link_delay_s: float = 0.0
    key_lifetime_s: float | None = 86_400.0
    token_lifetime_s: float = 86_400.0
    step_delay_s: float = 0.0
    refund_delay_s: float = 0.0
    error_resolves_after_s: float | None = 600.0

    declined_session: Literal["cancelled", "error"] = "cancelled"
    failed_attempt_ends_session: bool = True
    error_on: Literal["payment", "session", "both"] = "payment"
    unknown_item_status: Literal["failed", "pending", "in_progress"] = "failed"
    sberpay_web_redirect: bool = False
    sberpay_refusal_waits: bool = True
    multi_mixed_session: Literal["accepted", "cancelled", "error"] = "accepted"
    multi_finished_webhooks: Literal["each", "last"] = "each"
    not_enrolled_holds: bool = False
    finished_webhook_for_unstarted: bool = False
    check_expiry: bool = False

    updated_at: Literal["fine", "coarse", "equal", "missing"] = "fine"
    between_steps_status: Literal["pending", "in_progress"] = "pending"
    next_action_in_ready_to_capture: bool = True
    next_action_in_held_status: bool = True
    refund_metadata_echoed: bool = True
    concurrent_refunds: bool = True
    show_actions: bool = True
    show_amounts: bool = True
    show_fee: bool = False
    show_card_id: bool = False
    answer_names: Literal["called", "v1", "v2"] = "called"
    id_prefixes: bool = True
    unknown_fields: bool = False
    unknown_values: bool = False
    capture_changes_amount: bool = False
    redirect_method: Literal["GET", "POST"] = "GET"
    json_style: Literal["plain", "php"] = "plain"

    other_versions_names: Literal["refuse", "accept"] = "refuse"
    unknown_request_fields: Literal["ignore", "refuse"] = "ignore"
    refused_request_burns_key: bool = False
    server_error_burns_key: bool = True
    key_scope: Literal["project", "method"] = "project"

    resend_first_s: float = 10.0
    resend_factor: float = field(default=2.0, validator=[ge(1), le(1000)])
    resend_cap_s: float = 15 * 60.0
    resend_end_s: float = 30 * 60.0
    webhook_timeout_s: float = 5.0
    resend_body: Literal["same", "fresh"] = "same"

    def __attrs_post_init__(self) -> None:
        for name, hint in _HINTS.items():
            _check(name, hint, getattr(self, name))

    def with_switches(self, switches: Iterable[str]) -> Settings:
        """The same settings with ``name=value`` texts applied, as the command line gives them.

        Booleans are ``true`` or ``false``, numbers seconds, ``none`` is no value. Raises ``ConfigurationError`` for an
        unknown name or an unfit value.
        """
        changes: dict[str, Any] = {}
        for text in switches:
            name, separator, value = text.partition("=")
            if not separator:
                raise ConfigurationError(f"{text!r}: expected name=value, such as two_stage=true")
            _refuse_unknown(name)
            changes[name] = _read(name, value)
        return changed(self, **changes)


def _check(name: str, hint: object, value: object) -> None:
    """Raises ``ConfigurationError`` if a value is not of its switch's kind."""
    parts: tuple[Any, ...] = get_args(hint) or (hint,)
    if get_origin(hint) is Literal:
        if value not in parts:
            raise ConfigurationError(f"{name}: expected one of {', '.join(parts)}")
        return
    if value is None and NoneType in parts:
        return
    kinds: tuple[type, ...] = (int, float) if parts[0] is float else (parts[0],)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise ConfigurationError(f"{name}: expected {_EXPECTED[parts[0]]}")
    if name.endswith("_s") and not 0 <= cast("float", value) <= LONGEST_S:
        raise ConfigurationError(f"{name}: expected seconds, from 0 to {LONGEST_S} (100 years)")


_EXPECTED: dict[object, str] = {
    bool: "true or false", int: "a whole number of minor units", float: "a number", str: "a text",
}  # fmt: skip


def changed(settings: Settings, **changes: Any) -> Settings:
    """``settings`` with some switches set. Raises ``ConfigurationError`` for an unknown name or an unfit value."""
    for name in changes:
        _refuse_unknown(name)
    try:
        return evolve(settings, **changes)
    except ConfigurationError:
        raise
    except (AttributeError, TypeError, ValueError):
        raise ConfigurationError(f"{', '.join(changes)}: a value does not fit, or is out of its range") from None


def _refuse_unknown(name: str) -> None:
    if name not in _HINTS:
        near = ", ".join(get_close_matches(name, _HINTS))
        raise ConfigurationError(
            f"{name}: no such switch; {f'is it {near}?' if near else 'docs/sandbox.md and the dashboard list them'}"
        )


_HINTS: dict[str, object] = {}
_HINTS.update({item.name: get_type_hints(Settings)[item.name] for item in fields(Settings)})


def _read(name: str, value: str) -> object:
    hint = _HINTS[name]
    parts = get_args(hint) if get_origin(hint) is not Literal else ()
    if NoneType in parts and value == "none":
        return None
    if hint is bool:
        if value not in ("true", "false"):
            raise ConfigurationError(f"{name}: expected true or false")
        return value == "true"
    if hint is int:
        if not value.isascii() or not value.isdigit():
            raise ConfigurationError(f"{name}: expected a whole number of minor units")
        return int(value)
    if hint is float or float in parts:
        try:
            return float(value)
        except ValueError:
            raise ConfigurationError(f"{name}: expected a number of seconds") from None
    return value
