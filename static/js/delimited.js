// A block copied from a spreadsheet → rows of cells: tab or semicolon between cells, quoted fields, a byte-order mark.

export function parseBlock(text) {
  const clean = text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n").replace(/\n$/, "");
  const delimiter = clean.includes("\t") ? "\t" : ";";
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < clean.length; at += 1) {
    const sign = clean[at];
    const row = rows.at(-1);
    if (quoted && sign === '"' && clean[at + 1] === '"') row[row.length - 1] += clean[(at += 1)];
    else if (sign === '"' && (quoted || row.at(-1) === "")) quoted = !quoted;
    else if (sign === delimiter && !quoted) row.push("");
    else if (sign === "\n" && !quoted) rows.push([""]);
    else row[row.length - 1] += sign;
  }
  return rows.map((row) => row.map((cell) => cell.trim()));
}
