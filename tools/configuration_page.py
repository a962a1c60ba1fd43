"""Write the tables of docs/configuration.md from the structs: `python -m tools.configuration_page`."""

from pathlib import Path

from tickring.config.rules import in_toml, rule_of
from tickring.config.settings import CONTRACTS, Setting, contract_settings, section_texts, sections, settings

__all__ = ["END", "PAGE", "START", "tables"]

PAGE = Path(__file__).parents[1] / "docs" / "configuration.md"
START, END = "<!-- tables: written by tools/configuration_page.py -->", "<!-- end of tables -->"


def tables() -> str:
    """Return one table per section."""
    parts = [_table(section, [one for one in settings().values() if one.section == section]) for section in sections()]
    parts.append(_table(f"{CONTRACTS}.SYMBOL", list(contract_settings().values())))
    return "\n\n".join(parts)


def _table(title: str, rows: list[Setting]) -> str:
    text = section_texts()[title.partition(".")[0]]
    lines = [f"### [{title}]", "", text, "", "| key | default | must be | |", "|---|---|---|---|"]
    lines += [
        f"| `{row.key}` | `{in_toml(row, row.default)}` | {rule_of(row)} | {row.text.replace('|', chr(92) + '|')} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    """Replace what stands between the two marks."""
    before, _, rest = PAGE.read_text().partition(START)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{START}\n\n{tables()}\n\n{END}{after}")


if __name__ == "__main__":
    main()
