// The preview of a brand follows the colour as it is chosen; without script a button shows it.

const field = document.querySelector("[data-accent]");
const picker = document.querySelector("[data-colour]");
const sheet = document.querySelector("#preview-sheet");
const note = document.querySelector("[data-contrast]");
const copy = document.querySelector("[data-accent-copy]");
let waiting;

if (field && picker) {
  picker.hidden = false;
  picker.addEventListener("input", () => { field.value = picker.value; show(); });
  field.addEventListener("input", show);
}

function show() {
  const colour = field.value.trim().toLowerCase();
  if (!/^#[0-9a-f]{6}$/.test(colour)) return;
  picker.value = colour;
  copy.value = colour;
  clearTimeout(waiting);
  waiting = setTimeout(() => load(colour), 120);
}

async function load(colour) {
  const query = `?accent=${encodeURIComponent(colour)}`;
  sheet.href = sheet.dataset.base + query;
  const answer = await fetch(note.dataset.contrast + query);
  if (answer.ok && field.value.trim().toLowerCase() === colour) note.textContent = await answer.text();
}
