// Moving through a column of inputs by keyboard, shared by the order grid and the editor grid.

// Enter → the next field of the column, Shift+Enter → the one before. True when the key was used.
export function moveOnEnter(event, fields) {
  if (event.key !== "Enter" || event.isComposing) return false;
  event.preventDefault();
  return move(event.target, fields, event.shiftKey ? -1 : 1);
}

// The field `offset` places further on takes the focus; at the end it stays where it is.
export function move(field, fields, offset) {
  const target = fields[fields.indexOf(field) + offset];
  if (!target) return false;
  focusField(target);
  return true;
}

export function focusField(field) {
  field.focus();
  if (field.select) field.select();
  // scroll-margin in the style sheet keeps the row clear of the bar.
  field.closest("tr")?.scrollIntoView({ block: "nearest" });
  clearOfFoot(field);
}

// The totals that stick to the bottom never hide the row that has the focus, however tall they have become.
export function clearOfFoot(field) {
  const foot = field.form?.querySelector("[data-grid-foot]");
  if (!foot) return;
  const row = (field.closest("tr") ?? field).getBoundingClientRect();
  const hidden = Math.max(row.bottom, field.getBoundingClientRect().bottom + 8) - foot.getBoundingClientRect().top;
  if (hidden > 0) window.scrollBy(0, hidden);
}

// Ctrl+Z / ⌘Z, but not while the field itself still has something to take back.
export function isUndo(event) {
  return (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "z";
}
