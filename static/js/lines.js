// Keys of lines on their way or not answered, by what they say: sent once more, they bear the same key and count once.
const unanswered = new Map();

// Posts entered lines; gives the rows of the answer and what became of them. An error's `told` is for the person.
export async function readLines(url, body) {
  const said = JSON.stringify([...body].map(([name, value]) => [name, value instanceof File ? [value.name, value.size, value.lastModified] : value]));
  if (!unanswered.has(said)) unanswered.set(said, newKey());
  body.set("idempotency_key", unanswered.get(said));
  const response = await fetch(url, { method: "POST", body, headers: { "X-Fragment": "order-rows" } });
  if (!response.ok) {
    const error = new Error(`read: ${response.status}`);
    if (response.status === 422) error.told = await response.text();
    throw error;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  unanswered.delete(said);
  const lines = page.querySelector("tbody[data-summary]");
  const rows = [...lines.rows].map((row) => document.adoptNode(row));
  return { rows, summary: lines.dataset.summary, waiting: Number(lines.dataset.waiting) };
}

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
