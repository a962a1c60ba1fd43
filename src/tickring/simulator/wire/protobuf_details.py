"""Contracts in protobuf replies. Source of the field numbers: the descriptors in ibapi 10.51.1."""

from tickring.simulator.wire.number_text import java_double, size_text
from tickring.simulator.wire.protobuf_fields import double_field, int_field, message_field, text_field
from tickring.simulator.wire.replies import ContractDetails, SymbolSample
from tickring.simulator.wire.requests import Contract

__all__ = ["contract_body", "contract_details_body", "symbol_sample_body"]


def contract_body(contract: Contract) -> bytes:
    """A Contract."""
    return b"".join(
        [
            int_field(1, contract.con_id),
            text_field(2, contract.symbol),
            text_field(3, contract.sec_type),
            text_field(4, contract.last_trade_date),
            double_field(5, contract.strike),
            text_field(6, contract.right),
            double_field(7, float(contract.multiplier)) if contract.multiplier else b"",
            text_field(8, contract.exchange),
            text_field(9, contract.primary_exchange),
            text_field(10, contract.currency),
            text_field(11, contract.local_symbol),
            text_field(12, contract.trading_class),
            text_field(16, contract.issuer_id),
            text_field(21, contract.last_trade_date),
        ]
    )


def contract_details_body(reply: ContractDetails) -> bytes:
    """A ContractData: request, contract, details."""
    details = [
        text_field(1, reply.market_name),
        text_field(2, java_double(reply.min_tick)),
        text_field(3, reply.order_types),
        text_field(4, reply.valid_exchanges),
        int_field(5, reply.price_magnifier),
        text_field(7, reply.long_name),
        text_field(9, reply.industry),
        text_field(10, reply.category),
        text_field(11, reply.subcategory),
        text_field(12, reply.time_zone_id),
        text_field(13, reply.trading_hours),
        text_field(14, reply.liquid_hours),
        message_field(17, text_field(1, "ISIN") + text_field(2, reply.isin)) if reply.isin else b"",
        int_field(18, reply.agg_group),
        text_field(21, reply.market_rule_ids),
        text_field(23, reply.stock_type),
        text_field(24, size_text(reply.min_size)),
        text_field(25, size_text(reply.size_increment)),
        text_field(26, size_text(reply.suggested_size_increment)),
    ]
    return (
        int_field(1, reply.req_id)
        + message_field(2, contract_body(reply.contract))
        + message_field(3, b"".join(details))
    )


def symbol_sample_body(sample: SymbolSample) -> bytes:
    """A ContractDescription."""
    contract = [
        int_field(1, sample.con_id),
        text_field(2, sample.symbol),
        text_field(3, sample.sec_type),
        text_field(9, sample.primary_exchange),
        text_field(10, sample.currency),
        text_field(15, sample.description),
        text_field(16, sample.issuer_id),
    ]
    derivatives = [text_field(2, name) for name in sample.derivative_types]
    return message_field(1, b"".join(contract)) + b"".join(derivatives)
