"""A contract's fields have one home, and what was kept or told before is still understood."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec

import tickring
from tickring.config.structs import ContractConfig
from tickring.feeder.contract_store import ContractStore
from tickring.feeder_answers import ContractAnswer, ContractFacts, decode_answer, encode_answer
from tickring.known_contract import KnownContract

FIELDS = ("con_id", "symbol", "sec_type", "exchange", "primary_exchange", "currency", "local_symbol", "trading_class")


def test_the_eight_fields_stand_in_one_struct() -> None:
    """Whoever tells or keeps a contract uses that one; `ContractConfig` says what is asked for, with other defaults."""
    holders = {
        node.name
        for path in Path(tickring.__file__).parent.rglob("*.py")
        if not {"simulator", "db", "api"} & set(path.parts)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        and {"con_id", "primary_exchange", "local_symbol", "trading_class"}
        <= {ast.unparse(inner.target) for inner in node.body if isinstance(inner, ast.AnnAssign)}
    }
    assert holders == {"KnownContract", "ContractConfig"}
    assert KnownContract.__struct_fields__ == FIELDS
    assert ContractFacts.__struct_fields__[: len(FIELDS)] == FIELDS


def test_a_file_of_an_earlier_release_is_read(tmp_path: Path) -> None:
    """What an earlier life has kept, byte by byte, leads to the contract without a question."""
    path = tmp_path / "feeder_contracts.json"
    path.write_bytes(
        b'{"version":1,"api_mode":"paper","contracts":{"SPY":{"wanted":{"symbol":"","sec_type":"STK","exchange":"SMART",'
        b'"primary_exchange":"","currency":"USD","con_id":0,"local_symbol":"","trading_class":""},"known":{"con_id":756733,'
        b'"symbol":"SPY","sec_type":"STK","exchange":"SMART","primary_exchange":"ARCA","currency":"USD",'
        b'"local_symbol":"SPY","trading_class":"SPY"}}}}\n'
    )
    found = ContractStore(path, "paper").find("SPY", ContractConfig())
    assert found is not None
    assert (found.con_id, found.primary_exchange, found.trading_class) == (756733, "ARCA", "SPY")


def test_an_answer_of_an_earlier_release_is_understood() -> None:
    """The bytes on the pipe are those of before: names, order and defaults."""
    told = (
        b'{"type":"contract_answer","question":7,"symbol":"SPY","found":[{"con_id":756733,"symbol":"SPY","sec_type":'
        b'"STK","exchange":"SMART","primary_exchange":"ARCA","currency":"USD","local_symbol":"SPY","trading_class":'
        b'"SPY","long_name":"SPDR","min_tick":"0.01","multiplier":"","time_zone_id":"US/Eastern","trading_hours":"",'
        b'"liquid_hours":""}],"code":0,"text":"","at":""}'
    )
    answer = decode_answer(told)
    assert isinstance(answer, ContractAnswer)
    assert answer.found[0].long_name == "SPDR"
    assert encode_answer(answer) == told
    short = msgspec.json.decode(
        b'{"con_id":1,"symbol":"A","sec_type":"STK","exchange":"X","currency":"USD"}', type=ContractFacts
    )
    assert (short.primary_exchange, short.min_tick) == ("", "")
