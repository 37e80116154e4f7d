/** One section of an INI file by the rules of Python's configparser (docs.python.org/3/library/configparser). */

/** Keys in lower case; `[DEFAULT]` lies under the section. A line that is no key and no comment belongs to none. */
export function iniSection(text: string, section: string): ReadonlyMap<string, string> {
  const own = new Map<string, string>();
  const defaults = new Map<string, string>();
  let current: Map<string, string> | undefined;
  let key: string | undefined;
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    if (line.trim() === "" || /^\s*[#;]/.test(line)) continue;
    const header = /^\[([^\]]+)\]/.exec(line)?.[1];
    if (header !== undefined) {
      current = header === "DEFAULT" ? defaults : header === section ? own : undefined;
      key = undefined;
    } else if (/^\s/.test(line) && key !== undefined) {
      current?.set(key, `${current.get(key)}\n${line.trim()}`);
    } else {
      const [, name, value] = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(line.trim()) ?? [];
      key = name?.toLowerCase();
      if (key !== undefined) current?.set(key, (value ?? "").trim());
    }
  }
  const all = new Map([...defaults, ...own]);
  return new Map([...all].map(([name, value]) => [name, filledIn(value, all)]));
}

/** `%(name)s` stands for another key's value, `%%` for a percent sign; a chain of them ends after ten, as in Python. */
function filledIn(value: string, all: ReadonlyMap<string, string>, depth = 0): string {
  if (depth === 10) return value;
  return value.replaceAll(/%%|%\(([^)]+)\)s/g, (found, name?: string) => {
    if (name === undefined) return "%";
    const other = all.get(name.toLowerCase());
    return other === undefined ? found : filledIn(other, all, depth + 1);
  });
}
