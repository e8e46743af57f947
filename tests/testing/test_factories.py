"""A factory for every model, each with one changed field."""

from __future__ import annotations

import inspect
import re

import attrs
import pytest

from bank131_async.core import models
from bank131_async.core.codec import decode, encode
from bank131_async.core.models import Model
from bank131_async.testing import factories
from bank131_async.testing.factories import Factory

FACTORIES = {name: made for name, made in vars(factories).items() if isinstance(made, Factory)}
BASES = {"Model", "Method", "Tagged"}
MODELS = [
    value
    for name in dir(models)
    if inspect.isclass(value := getattr(models, name)) and issubclass(value, Model) and name not in BASES
]


def spelled(model: type[Model]) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model.__name__).lower()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_has_a_factory_of_its_name(model: type[Model]) -> None:
    assert FACTORIES[spelled(model)].model is model


@pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)
def test_what_a_factory_makes_is_what_the_codec_reads(factory: Factory[Model]) -> None:
    made = factory()

    assert decode(factory.model, encode(made)) == made
    assert factory() == made


@pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)
def test_one_field_is_changed_and_nothing_else(factory: Factory[Model]) -> None:
    changed = factory(extra={"new": 1})

    assert attrs.evolve(changed, extra=factory().extra) == factory()
    assert dict(changed.extra) == {"new": 1}


def test_a_field_that_the_model_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="stauts"):
        factories.session(stauts="cancelled")


def test_changes_may_be_made_inside() -> None:
    session = factories.session(payment_list=(factories.payment(amount_details=factories.amount(amount=1)),))

    assert session.payment_list[0].amount_details == factories.amount(amount=1)
    assert session.id == "ps_1001"
    assert repr(factories.session) == "<Factory of Session>"
