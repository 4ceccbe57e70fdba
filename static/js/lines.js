// Posts entered lines; gives the rows of the answer and what became of them.
export async function readLines(url, body) {
  const response = await fetch(url, { method: "POST", body, headers: { "X-Fragment": "order-rows" } });
  if (!response.ok) throw new Error(`read: ${response.status}`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const lines = page.querySelector("tbody[data-summary]");
  const rows = [...lines.rows].map((row) => document.adoptNode(row));
  return { rows, summary: lines.dataset.summary, waiting: Number(lines.dataset.waiting) };
}
