"""The body of ``token``: what the bank's widgets may do (reference: methods, widgets)."""

from __future__ import annotations

from attrs import frozen

from bank131_async.sandbox.refusal import invalid
from bank131_async.sandbox.requests.fiscal import TAX_REFERENCE, TAX_REFERENCE_EXPECTED
from bank131_async.sandbox.shapes import Shape

WIDGETS = ("acquiring_widget", "tokenize_widget", "self_employed_widget", "fps_no_account_widget")


@frozen
class FormRequest:
    """The bank's payment form for one session."""

    session_id: str
    success_return_url: str | None = None
    failure_return_url: str | None = None
    success_on_hold: bool = False


@frozen
class WidgetRequest:
    """Everything that one public token is to allow."""

    form: FormRequest | None = None
    tokenize: bool = False
    tax_reference: str | None = None


def read_widget(shape: Shape) -> WidgetRequest:
    """One or more widgets."""
    if not any(name in shape for name in WIDGETS):
        raise invalid(f"{WIDGETS[0]}: missing; expected an object, here or in {', '.join(WIDGETS[1:])}")
    tokenize = shape.shape("tokenize_widget")
    if tokenize is not None:
        tokenize.flag("access")
        tokenize.text("locale")
    linking = shape.shape("self_employed_widget")
    reference: str | None = None
    if linking is not None:
        reference = linking.must_text("tax_reference", pattern=TAX_REFERENCE, expected=TAX_REFERENCE_EXPECTED)
    return WidgetRequest(_form(shape), tokenize is not None and tokenize.value("access") is not False, reference)


def _form(shape: Shape) -> FormRequest | None:
    widget = shape.shape("acquiring_widget")
    if widget is None:
        by_phone = shape.shape("fps_no_account_widget")
        return None if by_phone is None else FormRequest(by_phone.must_text("session_id"))
    widget.flag("show_recurrent_checkbox", texts=True)
    widget.texts("locale", "redirect_target")
    return FormRequest(
        session_id=widget.must_text("session_id"),
        success_return_url=widget.url("success_return_url"),
        failure_return_url=widget.url("failure_return_url"),
        success_on_hold=bool(widget.flag("success_on_hold", texts=True)),
    )
