/** The name of a quote's JSON file, as docs/files.md has it. Pure. */

const PLAIN = /[A-Za-z0-9.\-_+=@,^]/;

/** Every other byte of the symbol is % and two capital hexadecimal digits; a leading `.` or `-` is too. */
export function fileName(symbol: string): string {
  let name = "";
  for (const byte of new TextEncoder().encode(symbol)) {
    const letter = String.fromCharCode(byte);
    const isPlain = PLAIN.test(letter) && !(name === "" && (letter === "." || letter === "-"));
    name += isPlain ? letter : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return `stream/${name}.json`;
}
