import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import en from "../src/i18n/en.json";
import zh from "../src/i18n/zh.json";
import { firstLanguage, translator, word } from "../src/i18n";

const SOURCE = join(import.meta.dirname, "..", "src");
const FILES = readdirSync(SOURCE, { recursive: true, encoding: "utf-8" }).filter((name) => /\.tsx?$/.test(name));
const SAID = new Set(["aria-label", "title", "placeholder", "alt", "label"]);
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

describe("the words", () => {
  it("are the same in both languages, with the same holes", () => {
    expect(Object.keys(zh)).toEqual(Object.keys(en));
    for (const [key, text] of Object.entries(en)) {
      expect(holes((zh as Record<string, string>)[key] ?? ""), key).toEqual(holes(text));
      expect((zh as Record<string, string>)[key]?.trim(), key).not.toBe("");
    }
  });

  it("are really Chinese in Chinese", () => {
    const same = Object.entries(zh).filter(([key, text]) => text === (en as Record<string, string>)[key]);
    const names = new Set(["app.name", "footer.version", "unit.none", "children.cpu"]);
    expect(same.map(([key]) => key).filter((key) => !names.has(key))).toEqual([]);
  });

  it("stand nowhere but in the dictionaries", () => {
    const found: string[] = [];
    for (const name of FILES.filter((each) => each.endsWith(".tsx"))) found.push(...literals(name));
    expect(found).toEqual([]);
  });

  it("are all said somewhere", () => {
    const code = FILES.filter((name) => !name.endsWith(".d.ts"))
      .map((name) => readFileSync(join(SOURCE, name), "utf-8"))
      .join("\n");
    const groups = [...code.matchAll(/`([\w.]+)\.\$\{/g), ...code.matchAll(/(?:word\(t, |group=)"([\w.]+)"/g)];
    const said = new Set(groups.map(([, group]) => `${group}.`));
    const silent = Object.keys(en).filter(
      (key) => !code.includes(`"${key}"`) && ![...said].some((group) => key.startsWith(group)),
    );
    expect(silent).toEqual([]);
  });

  it("leave a hole open rather than fail, and say an unknown word of the api as it is", () => {
    const t = translator("zh");
    expect(translator("en")("link.retry", {})).toContain("{seconds}");
    expect(translator("en")("link.retry", { seconds: 3 })).toBe("Next try in 3 s");
    expect(word(t, "verdict", "live")).toBe("实时");
    expect(word(t, "verdict", "brand_new")).toBe("brand_new");
  });

  it("begin in the language that was chosen, else the browser's, else English", () => {
    expect(firstLanguage("zh", ["en-US"])).toBe("zh");
    expect(firstLanguage(null, ["de-DE", "zh-TW", "en"])).toBe("zh");
    expect(firstLanguage("xx", ["de-DE"])).toBe("en");
  });
});

/** Text between tags, and text in attributes that are read out, of one component file. */
function literals(name: string): string[] {
  const text = readFileSync(join(SOURCE, name), "utf-8");
  const tree = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const note = (said: string) => {
    if (/\p{L}/u.test(said)) found.push(`${name}: ${said.trim()}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) note(node.text);
    if (ts.isJsxAttribute(node) && SAID.has(node.name.getText()) && node.initializer !== undefined) {
      if (ts.isStringLiteral(node.initializer)) note(node.initializer.text);
    }
    if (ts.isJsxExpression(node) && node.expression !== undefined && !ts.isJsxAttribute(node.parent)) {
      if (ts.isStringLiteral(node.expression)) note(node.expression.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}
