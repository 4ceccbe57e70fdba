// The order grid: keys, checking while typing, prices at once, undo. Without this file the grid is a plain form.

import { History } from "./history.js";
import { clearOfFoot, focusField, isUndo, move, moveOnEnter } from "./keyboard.js";
import { readLines } from "./lines.js";
import { fromPlain, nearestAllowed, plainQuantity, quantityText, readQuantity } from "./numbers.js";
import { orderInPlace } from "./order_act.js";
import { Quote } from "./quote.js";

class OrderGrid {
  constructor(form) {
    this.form = form;
    this.rows = form.querySelector("[data-grid-rows]");
    this.messages = JSON.parse(form.dataset.messages);
    this.history = new History((count) => this.showUndo(count));
    this.quote = new Quote(form, { onAnswer: (answer) => this.show(answer), onFailure: () => this.say(this.messages.offline) });
    this.before = new Map();
    this.shown = new WeakMap();
    form.classList.add("scripted");
    form.querySelector("[data-grid-tools]").hidden = false;
    this.reveal(this.rows);
    this.showWaiting();
    form.addEventListener("keydown", (event) => this.onKey(event));
    form.addEventListener("input", (event) => this.onInput(event));
    form.addEventListener("change", (event) => this.onChange(event));
    form.addEventListener("focusin", (event) => this.onFocus(event));
    form.addEventListener("click", (event) => this.onClick(event));
    if ("orderInPlace" in form.dataset) orderInPlace(form);
    form.orderGrid = this;
  }

  fields() {
    return [...this.rows.querySelectorAll("[data-quantity], [data-raw]")];
  }

  row(key) {
    return this.rows.querySelector(`[data-row="${CSS.escape(key)}"]`);
  }

  reveal(part) {
    for (const step of part.querySelectorAll("[data-step]")) step.hidden = false;
  }

  // Keys

  onKey(event) {
    const field = event.target;
    if (isUndo(event) && this.history.steps.length && !this.isTyping(field)) {
      event.preventDefault();
      this.undo();
    } else if (field.matches("[data-raw]") && event.key === "Enter") {
      event.preventDefault();
      this.readAgain(field.closest("tr"));
    } else if (field.matches("[data-quantity]")) {
      this.onQuantityKey(event, field);
    }
  }

  onQuantityKey(event, field) {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === "Enter" && plain) {
      this.commit(field);
      moveOnEnter(event, this.fields());
    } else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && plain) {
      event.preventDefault();
      this.step(field, event.key === "ArrowUp" ? 1n : -1n);
    } else if (event.key === "PageDown" || event.key === "PageUp") {
      if (move(field, this.fields(), event.key === "PageDown" ? 8 : -8)) event.preventDefault();
    }
  }

  // One step is the order multiple, at least one packaging where the line counts packagings; below the minimum it is none.
  step(field, direction) {
    const rule = this.rule(field.closest("tr"));
    const value = readQuantity(field.value);
    if (value === null) return;
    const base = (value * rule.contains) / 1000n;
    const step = rule.inPackaging && rule.multiple < rule.contains ? rule.contains : rule.multiple;
    let next = direction > 0n ? nearestAllowed(base + 1n, rule.minimum, step) : ((base - 1n) / step) * step;
    if (direction < 0n && next < rule.minimum) next = 0n;
    if (base === 0n && direction < 0n) return;
    this.remember(field);
    field.value = plainQuantity((next * 1000n) / rule.contains);
    this.check(field);
    this.quote.schedule();
    this.commit(field);
  }

  // Typing

  onFocus(event) {
    if (event.target.matches("[data-quantity]")) {
      this.remember(event.target);
      event.target.select();
      clearOfFoot(event.target);
    } else if (event.target.matches("[data-unit-choice]")) {
      this.remember(event.target);
    }
  }

  remember(field) {
    if (!this.before.has(field)) this.before.set(field, field.value);
  }

  onInput(event) {
    if (!event.target.matches("[data-quantity]")) return;
    this.check(event.target);
    this.pending(event.target.closest("tr"));
    this.quote.schedule();
  }

  onChange(event) {
    const field = event.target;
    if (field.matches("[data-unit-choice]")) {
      this.check(field.closest("tr").querySelector("[data-quantity]"));
      this.quote.schedule();
    }
    if (field.matches("[data-quantity], [data-unit-choice]")) this.commit(field);
  }

  // Something was typed that is not finished yet: the browser's own undo takes it back.
  isTyping(field) {
    return this.before.has(field) && this.before.get(field) !== field.value;
  }

  // A finished change becomes one step of the history.
  commit(field) {
    const old = this.before.get(field);
    this.before.set(field, field.value);
    if (old === undefined || old === field.value) return;
    this.history.add(() => {
      field.value = old;
      this.before.set(field, old);
      this.check(field.closest("tr").querySelector("[data-quantity]"));
      focusField(field);
    });
  }

  rule(row) {
    const inPackaging = row.querySelector("[data-unit-choice]")?.value === "packaging";
    return {
      inPackaging,
      minimum: fromPlain(row.dataset.minimum),
      multiple: fromPlain(row.dataset.multiple),
      contains: inPackaging ? fromPlain(row.dataset.contains) : 1000n,
      unit: row.dataset.unit,
      stated: (count) => (!inPackaging ? row.dataset.unit : count === 1000n ? row.dataset.packaging : row.dataset.packagings),
    };
  }

  // Says what is allowed and offers the nearest; what was typed stays as it is.
  check(field) {
    const row = field.closest("tr");
    const rule = this.rule(row);
    const value = readQuantity(field.value);
    if (value === null) return this.showError(row, this.messages.number);
    const base = (value * rule.contains) / 1000n;
    const nearest = nearestAllowed(base, rule.minimum, rule.multiple);
    if (base === 0n || nearest === base) return this.showError(row, "");
    const [message, amount] = base < rule.minimum ? ["minimum", rule.minimum] : ["multiple", rule.multiple];
    const text = this.messages[message].replace("{amount}", quantityText(amount, rule.unit));
    return this.showError(row, text, this.stated(nearest, rule), rule.stated);
  }

  // The nearest in the unit of the line: in packagings, the next whole number of them that is allowed.
  stated(nearest, rule) {
    for (let steps = 0n; steps < 1000n; steps += 1n) {
      const base = nearest + steps * rule.multiple;
      if (!rule.inPackaging || base % rule.contains === 0n) return (base * 1000n) / rule.contains;
    }
    return null;
  }

  showError(row, text, nearest = null, unit = null) {
    const place = row.querySelector("[data-error]");
    const field = row.querySelector("[data-quantity]");
    if (!place) return;
    place.hidden = !text;
    place.firstElementChild.textContent = text;
    place.querySelector("[data-take]")?.remove();
    if (text) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    if (text && nearest !== null) place.append(" ", this.takeButton(row, nearest, unit));
    if (text && document.activeElement === field) this.say(text);
    this.showWaiting();
  }

  takeButton(row, nearest, unit) {
    const button = document.createElement("button");
    button.className = "button take";
    button.name = `take-${row.dataset.row}`;
    button.value = plainQuantity(nearest);
    button.dataset.take = "";
    button.textContent = this.messages.take.replace("{amount}", quantityText(nearest, unit(nearest)));
    return button;
  }

  // Buttons

  onClick(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const row = button.closest("tr");
    if (button.matches("[data-undo]")) this.undo();
    else if (button.matches("[data-next-waiting]")) this.toNextWaiting();
    else if (button.matches("[data-step]")) this.step(row.querySelector("[data-quantity]"), BigInt(button.dataset.step));
    else if (button.matches("[data-take]")) this.act(event, () => this.take(row, button.value));
    else if (button.matches("[data-remove]")) this.act(event, () => this.remove(row));
    else if (button.matches("[data-read-again]")) this.act(event, () => this.readAgain(row));
  }

  act(event, work) {
    event.preventDefault();
    work();
  }

  take(row, value) {
    const field = row.querySelector("[data-quantity]");
    this.remember(field);
    field.value = value;
    this.check(field);
    this.commit(field);
    this.quote.schedule();
    focusField(field);
  }

  remove(row) {
    const fields = this.fields();
    const own = row.querySelector("[data-quantity], [data-raw]");
    const neighbour = fields[fields.indexOf(own) + 1] ?? fields[fields.indexOf(own) - 1];
    const after = row.nextElementSibling;
    const article = row.querySelector('[name^="article-"]')?.value ?? "";
    row.remove();
    this.quote.forget(row.dataset.row, article);
    this.history.add(() => {
      this.rows.insertBefore(row, after?.isConnected ? after : null);
      this.quote.recall(row.dataset.row);
      focusField(own);
    });
    this.say(this.messages.removed);
    this.showWaiting();
    this.quote.schedule();
    if (neighbour) focusField(neighbour);
  }

  undo() {
    this.history.undo();
    this.say(this.messages.undone);
    this.showWaiting();
    this.quote.schedule();
  }

  toNextWaiting() {
    const waiting = [...this.rows.querySelectorAll('[aria-invalid="true"]')];
    const next = waiting.find((field) => document.activeElement.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (waiting.length) focusField(next && this.rows.contains(document.activeElement) ? next : waiting[0]);
  }

  // Lines that arrive: from the entry box or a corrected line. Rows with a known key are replaced where they stand.

  receive(rows, { replaces = null } = {}) {
    const undo = [];
    let anchor = replaces;
    for (const row of rows) {
      const known = this.row(row.dataset.row);
      row.classList.add("new");
      if (known) {
        known.replaceWith(row);
        undo.push(() => row.replaceWith(known));
        if (known === anchor) anchor = row;
      } else {
        if (anchor?.isConnected) anchor.after(row);
        else this.rows.append(row);
        undo.push(() => this.takeBack(row));
      }
      this.quote.recall(row.dataset.row);
      this.reveal(row);
      if (anchor) anchor = row;
    }
    if (replaces?.isConnected && !rows.includes(replaces)) {
      const after = replaces.nextElementSibling;
      replaces.remove();
      undo.push(() => this.rows.insertBefore(replaces, after?.isConnected ? after : null));
    }
    this.form.querySelector("[data-grid-empty]")?.remove();
    this.history.add(() => undo.reverse().forEach((step) => step()));
    this.showWaiting();
    this.quote.schedule();
  }

  takeBack(row) {
    this.quote.forget(row.dataset.row, row.querySelector('[name^="article-"]')?.value ?? "");
    row.remove();
  }

  async readAgain(row) {
    const field = row.querySelector("[data-raw]");
    const body = new FormData();
    body.set("csrf_token", this.form.elements.csrf_token.value);
    body.set("text", field.value);
    body.set("replace", row.dataset.row);
    try {
      const { rows } = await readLines(this.form.dataset.readUrl, body);
      this.receive(rows, { replaces: row });
      const first = rows[0]?.querySelector("[data-quantity], [data-raw]");
      if (first) focusField(first);
    } catch (error) {
      this.say(error.told ?? this.messages.failed);
    }
  }

  // Answers

  pending(row) {
    row.querySelector('[data-cell="amount"]')?.classList.add("pending");
  }

  show(answer) {
    for (const row of this.rows.rows) {
      const line = answer.lines[row.dataset.row];
      if (line && !("unread" in row.dataset)) this.showLine(row, line);
    }
    this.form.querySelector("[data-totals]").innerHTML = answer.totals;
    this.form.elements.shown_total.value = answer.total;
    const act = this.form.querySelector("[data-act]");
    if (act) {
      act.textContent = answer.act;
      act.disabled = answer.lines_ordered === 0;
    }
    document.dispatchEvent(new CustomEvent("grid:quoted", { detail: answer }));
  }

  // The cells come as the server renders them; those that have not changed stay untouched.
  showLine(row, line) {
    const known = this.shown.get(row) ?? {};
    this.shown.set(row, line);
    for (const name of ["price", "availability", "amount"]) {
      const cell = row.querySelector(`[data-cell="${name}"]`);
      cell.classList.remove("pending");
      if (known[name] !== line[name]) cell.innerHTML = line[name];
    }
    if (known.conversion !== line.conversion) row.querySelector("[data-conversion]").textContent = line.conversion;
    if (known.unit_price !== line.unit_price) row.querySelector('[name^="shown_price-"]').value = line.unit_price ?? "";
    const field = row.querySelector("[data-quantity]");
    if (line.error && !field.hasAttribute("aria-invalid")) {
      const nearest = line.error.nearest ? readQuantity(line.error.nearest) : null;
      this.showError(row, line.error.text, nearest, this.rule(row).stated);
    }
  }

  showUndo(count) {
    this.form.querySelector("[data-undo]").disabled = count === 0;
  }

  showWaiting() {
    const button = this.form.querySelector("[data-next-waiting]");
    const count = this.rows.querySelectorAll('[aria-invalid="true"]').length;
    button.hidden = count === 0;
    button.lastElementChild.textContent = this.messages.waiting.replace("{count}", count);
  }

  say(text) {
    this.form.querySelector("[data-grid-status]").textContent = text;
  }
}

function enhance(part) {
  for (const form of part.querySelectorAll("[data-order-grid]")) if (!form.orderGrid) new OrderGrid(form);
}

enhance(document);
document.addEventListener("htmx:load", (event) => enhance(event.target.parentElement ?? document));
