// A sheet of cells (the price-list editor): the order grid's keys, pasted blocks, new rows, undo. Without it: a plain form.

import { parseBlock } from "./delimited.js";
import { History } from "./history.js";
import { focusField, isUndo, move, moveOnEnter } from "./keyboard.js";

class EntryGrid {
  constructor(form) {
    this.form = form;
    this.rows = form.querySelector("[data-sheet-rows]");
    this.template = form.querySelector("template");
    this.messages = JSON.parse(form.dataset.messages);
    this.history = new History((count) => { form.querySelector("[data-undo]").disabled = count === 0; });
    this.before = new Map();
    this.created = 0;
    form.querySelector("[data-grid-tools]").hidden = false;
    form.addEventListener("keydown", (event) => this.onKey(event));
    form.addEventListener("focusin", (event) => event.target.matches(".cell") && this.touch(event.target));
    form.addEventListener("change", (event) => event.target.matches(".cell") && this.commit(event.target));
    form.addEventListener("paste", (event) => this.onPaste(event));
    form.addEventListener("click", (event) => this.onClick(event));
    form.entryGrid = this;
  }

  touch(cell) {
    this.last = cell;
    this.before.set(cell, cell.value);
  }

  column(cell) {
    return [...this.rows.querySelectorAll(`.cell[data-column="${cell.dataset.column}"]`)];
  }

  onKey(event) {
    const cell = event.target;
    if (!cell.matches(".cell")) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const typing = this.before.get(cell) !== cell.value;
    if (isUndo(event) && this.history.steps.length && !typing) {
      event.preventDefault();
      this.undo();
    } else if (event.key === "Enter" && plain) {
      this.commit(cell);
      if (!moveOnEnter(event, this.column(cell)) && !event.shiftKey) this.addRow(cell.dataset.column);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && plain) {
      if (move(cell, this.column(cell), event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
    } else if (event.key.toLowerCase() === "d" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.fillFromAbove(cell);
    } else if (event.key === "Escape" && typing) {
      cell.value = this.before.get(cell);
    }
  }

  onClick(event) {
    const button = event.target.closest("button");
    if (button?.matches("[data-undo]")) this.undo();
    if (button?.matches("[data-add-row]")) this.addRow();
    if (button?.matches("[data-fill]")) this.fillDown();
  }

  addRow(column) {
    const row = this.newRow();
    this.rows.append(row);
    this.history.add(() => row.remove());
    const cell = column ? row.querySelector(`[data-column="${column}"]`) : row.querySelector(".cell:not([readonly])");
    focusField(cell);
  }

  // Rows made here are named new-1, new-2 …; the server reads them like the others.
  newRow() {
    this.created += 1;
    const key = `new-${this.created}`;
    const row = this.template.content.firstElementChild.cloneNode(true);
    row.dataset.row = key;
    for (const cell of row.querySelectorAll(".cell")) cell.name = `cell-${key}-${cell.dataset.column}`;
    return row;
  }

  commit(cell) {
    const old = this.before.get(cell);
    this.before.set(cell, cell.value);
    if (old === undefined || old === cell.value) return;
    this.mark(cell);
    this.history.add(() => {
      this.set(cell, old);
      focusField(cell);
    });
  }

  // A block fills from the cell down and to the right; it is one step of undo, and nothing of it is dropped silently.
  onPaste(event) {
    const start = event.target;
    const text = event.clipboardData.getData("text/plain");
    if (!start.matches?.(".cell") || !/[\t\n;]/.test(text.trim())) return;
    event.preventDefault();
    const block = parseBlock(text);
    const undo = [];
    const place = { row: start.closest("tr"), column: this.cells(start.closest("tr")).indexOf(start) };
    let dropped = 0;
    for (const values of block) {
      if (!place.row) undo.push(this.append(place));
      const cells = this.cells(place.row).slice(place.column);
      dropped += values.slice(cells.length).filter(Boolean).length;
      for (const [at, cell] of cells.slice(0, values.length).entries()) {
        if (cell.readOnly && cell.value !== values[at]) dropped += 1;
        if (cell.readOnly || cell.value === values[at]) continue;
        undo.push(this.restore(cell));
        this.set(cell, values[at]);
      }
      place.row = place.row.nextElementSibling;
    }
    this.history.add(() => undo.reverse().forEach((step) => step()));
    const counted = this.messages.pasted.replace("{rows}", block.length);
    this.say(dropped ? `${counted} ${this.messages.dropped.replace("{cells}", dropped)}` : counted);
  }

  fillFromAbove(cell) {
    const column = this.column(cell);
    const above = column[column.indexOf(cell) - 1];
    if (above) this.fill([cell], above.value);
  }

  // What stands in the cell last touched goes into those below it whose row names an article: one step of undo.
  fillDown() {
    if (!this.last?.isConnected) return;
    const below = this.column(this.last).slice(this.column(this.last).indexOf(this.last) + 1);
    this.fill(below.filter((cell) => this.cells(cell.closest("tr"))[0].value), this.last.value);
  }

  fill(cells, value) {
    const filled = cells.filter((cell) => !cell.readOnly && cell.value !== value);
    const undo = filled.map((cell) => this.restore(cell));
    for (const cell of filled) this.set(cell, value);
    if (undo.length) this.history.add(() => undo.forEach((step) => step()));
    this.say(this.messages.filled.replace("{cells}", filled.length));
  }

  append(place) {
    const row = this.newRow();
    this.rows.append(row);
    place.row = row;
    return () => row.remove();
  }

  restore(cell) {
    const old = cell.value;
    return () => this.set(cell, old);
  }

  cells(row) {
    return [...row.querySelectorAll(".cell")];
  }

  set(cell, value) {
    cell.value = value;
    this.before.set(cell, value);
    this.mark(cell);
  }

  mark(cell) {
    cell.parentElement.classList.toggle("changed", cell.value !== cell.defaultValue);
    cell.removeAttribute("aria-invalid");
    const count = this.rows.querySelectorAll(".changed").length;
    this.form.querySelector("[data-changed]").textContent = this.messages.changed.replace("{cells}", count);
  }

  undo() {
    this.history.undo();
    this.say(this.messages.undone);
  }

  say(text) {
    this.form.querySelector("[data-grid-status]").textContent = text;
  }
}

function enhance(part) {
  for (const form of part.querySelectorAll("[data-entry-grid]")) if (!form.entryGrid) new EntryGrid(form);
}

enhance(document);
document.addEventListener("htmx:load", (event) => enhance(event.target.parentElement ?? document));
